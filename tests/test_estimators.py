"""Any classifier of scikit-learn as the report model: the same face, the same care."""

from __future__ import annotations

import io
import json
import math
import shutil
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from conftest import HERE
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import escalation
from escalation import estimator_file, lexicon, reader, store
from escalation.errors import InputError
from escalation.estimator import _deal
from escalation.estimator_training import fit_estimator, import_estimator
from escalation.examples import examples_of
from escalation.records import Report

HOT = ("Rebels shelled the port on Monday, killing nine people.", "Jets bombed the depot and the army massed tanks on the border.", "The general vowed to strike back after the raid killed forty soldiers.")
MILD = ("The two sides signed a ceasefire and pulled back their guns.", "The mayor opened a school on Tuesday.", "Envoys met for talks and freed thirty prisoners.")
TEXT = "Rebels shelled the port on Monday, killing nine people. The mayor spoke of the budget. Envoys will meet for talks on Friday.\n\nA ceasefire held in the north."
KINDS = {
    "RandomForestClassifier": ("sklearn.ensemble.RandomForestClassifier", {"n_estimators": 5, "max_depth": 3}),
    "HistGradientBoostingClassifier": ("sklearn.ensemble.HistGradientBoostingClassifier", {"max_iter": 3, "min_samples_leaf": 2}),
    "SVC": ("sklearn.svm.SVC", {"kernel": "rbf"}),
    "RidgeClassifier": ("sklearn.linear_model.RidgeClassifier", {}),
    "KNeighborsClassifier": ("sklearn.neighbors.KNeighborsClassifier", {"algorithm": "brute"}),
    "CalibratedClassifierCV": ("sklearn.calibration.CalibratedClassifierCV", {"cv": 2}),
    "GaussianNB": ("sklearn.naive_bayes.GaussianNB", {}),
}


@pytest.fixture(scope="module")
def examples():
    base, lex = store.shipped(), lexicon.load()
    texts = [f"{first} {second}" for group in (HOT, MILD) for first in group for second in (*group, "The weather was fine.", "He spoke on television.")]
    return examples_of([reader.read(Report(text), lex, base.vocabulary) for text in texts], [4.0] * 15 + [0.0] * 15)


@pytest.fixture(scope="module", params=sorted(KINDS))
def model(request, examples):
    path, parameters = KINDS[request.param]
    return fit_estimator(examples, path, parameters=parameters)


@pytest.fixture(scope="module")
def forest(examples):
    return fit_estimator(examples, *KINDS["RandomForestClassifier"][:1], parameters=KINDS["RandomForestClassifier"][1])


def test_a_console_shows_a_model_in_a_line(forest):
    assert repr(forest).endswith(", RandomForestClassifier>")


@pytest.fixture
def folder(forest, tmp_path) -> Path:
    return forest.save(tmp_path / "forest")


def gap(a: escalation.Assessment) -> float:
    return abs(a.baseline + sum(s.share for s in a.sentences) - math.log(a.risk / (1 - a.risk)))


def test_an_assessment_has_all_that_a_linear_models_has(model):
    a = escalation.Scorer(model=model).score(TEXT)
    assert 0 < a.interval[0] <= a.risk <= a.interval[1] < 1
    assert a.level in escalation.records.LEVELS
    assert a.rung == 3
    json.dumps(a.to_dict())
    assert len(a.to_frame()) == len(a.sentences)


@pytest.mark.parametrize("text", [TEXT, HOT[0], MILD[1], " ".join((*HOT, *MILD) * 5), "He spoke.", "1234"])
def test_shares_add_up_to_the_log_odds(model, text):
    assert gap(escalation.Scorer(model=model).score(text)) < 1e-9


def test_explanations_add_up_three_ways(model):
    a = escalation.Scorer(model=model).score(TEXT)
    e = a.explain()
    sums = [e.baseline + sum(share for _, share in side) for side in (e.by_sentence, e.by_cue, e.by_feature)]
    assert sums == pytest.approx([math.log(a.risk / (1 - a.risk))] * 3, abs=1e-9)
    assert all(0 < risk < 1 for _, risk in e.without)


def test_fighting_is_riskier_than_a_ceasefire(model):
    score = escalation.Scorer(model=model).score
    assert score(HOT[0] + " " + HOT[1]).risk > score(MILD[0] + " " + MILD[2]).risk


def test_actors_names_do_not_move_the_risk(model):
    score = escalation.Scorer(model=model).score
    assert score("Arland shelled the port of Belmar.").risk == score("Belmar shelled the port of Arland.").risk


def test_foreign_text_is_not_judged(forest):
    a = escalation.Scorer(model=forest).score("El presidente dijo el lunes que las tropas del norte atacaron la ciudad y que hubo muertos en los combates de la noche.")
    assert (a.flags, a.interval, a.risk) == (("not_english",), (0.0, 1.0), 0.5)


def test_time_is_linear_in_the_sentences(forest):
    from time import perf_counter

    def seconds(count: int) -> float:
        start = perf_counter()
        escalation.Scorer(model=forest).score((HOT[0] + " ") * count)
        return perf_counter() - start

    seconds(50)
    assert seconds(1600) < 8 * 3 * min(seconds(200) for _ in range(3))


@example(effects=[5e-324], total=1.5)
@given(effects=st.lists(st.floats(-5, 5), min_size=1, max_size=9), total=st.floats(-20, 20))
def test_dealt_shares_sum_to_the_total(effects, total):
    assert sum(_deal(effects, [1.0] * len(effects), total)) == pytest.approx(total, abs=1e-6)


# Fitting -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("RandomForestClassifier", r"Give sklearn.ensemble.RandomForestClassifier\."), ("sklearn.tree.RandomForestClassifier", r"Give sklearn.ensemble.RandomForestClassifier\."),
        ("sklearn.nowhere.Forest", "No module named"), ("os.system", "not the import path"), ("sklearn.", "not the import path"), ("", "not the import path"),
        ("sklearn.linear_model.Ridge", "not a classifier"), ("sklearn.preprocessing.StandardScaler", "not a classifier"), ("sklearn.base.clone", "not a class of scikit-learn"),
        ("sklearn.utils.np.ndarray", ""), ("sklearn.ensemble.VotingClassifier", "required positional argument"),
    ],
)
def test_only_scikit_learns_classifiers_are_taken(path, told):
    with pytest.raises(InputError, match=told):
        import_estimator(path)


@pytest.mark.parametrize(("parameters", "told"), [({"tres": 5}, "unexpected keyword argument 'tres'"), ({"n_estimators": "many"}, "cannot be fitted.*n_estimators")])
def test_wrong_parameters_are_told(examples, parameters, told):
    with pytest.raises(InputError, match=told):
        fit_estimator(examples, "sklearn.ensemble.RandomForestClassifier", parameters=parameters)


def test_an_instance_is_as_good_as_its_path(examples, forest):
    from sklearn.ensemble import RandomForestClassifier

    given = RandomForestClassifier(n_estimators=5, max_depth=3)
    fitted = fit_estimator(examples, given)
    assert escalation.Scorer(model=fitted).score(TEXT).risk == escalation.Scorer(model=forest).score(TEXT).risk
    assert not hasattr(given, "classes_")


def test_one_side_only_is_told(examples):
    with pytest.raises(InputError, match=r"1 of 16 lie above 2\.5"):
        fit_estimator(examples.take([0, *range(15, 30)]), "sklearn.svm.SVC")


def test_weights_that_an_estimator_cannot_take_are_told(examples):
    with pytest.raises(InputError, match="KNeighborsClassifier takes none"):
        fit_estimator(replace(examples, weights=np.linspace(1, 2, 30)), "sklearn.neighbors.KNeighborsClassifier")


def test_weights_count(examples, forest):
    heavy = fit_estimator(replace(examples, weights=np.repeat([9.0, 1.0], 15)), "sklearn.linear_model.LogisticRegression")
    light = fit_estimator(replace(examples, weights=np.repeat([1.0, 9.0], 15)), "sklearn.linear_model.LogisticRegression")
    assert (heavy.estimator.intercept_ > light.estimator.intercept_).all()


def test_levels_follow_the_codes_where_there_are_codes(examples):
    coded = replace(examples, risk=np.repeat([4.0, 3.0, 2.0, 1.0, 0.0], 6))
    assert fit_estimator(examples, "sklearn.naive_bayes.GaussianNB").cuts == (0.125, 0.25, 0.5, 0.75)
    assert fit_estimator(coded, "sklearn.naive_bayes.GaussianNB").cuts != (0.125, 0.25, 0.5, 0.75)


# Files -------------------------------------------------------------------


def sign(folder: Path) -> None:
    import hashlib

    sums = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir() if path.name != "manifest.json"}
    (folder / "manifest.json").write_text(json.dumps(sums))


def test_a_saved_model_scores_the_same(model, tmp_path):
    loaded = escalation.load_model(model.save(tmp_path / "model"))
    assert escalation.Scorer(model=loaded).score(TEXT).to_dict() == escalation.Scorer(model=model).score(TEXT).to_dict()


def test_a_model_is_saved_whatever_scikit_learn_was_told_of_routing(examples, tmp_path):
    from sklearn import config_context

    with config_context(enable_metadata_routing=True):
        fitted = fit_estimator(examples, "sklearn.calibration.CalibratedClassifierCV", parameters={"cv": 2})
        loaded = escalation.load_model(fitted.save(tmp_path / "model"))
    assert escalation.Scorer(model=loaded).score(TEXT).risk == escalation.Scorer(model=fitted).score(TEXT).risk


def test_the_same_labels_give_the_same_bytes(model, examples, tmp_path):
    saved = model.save(tmp_path / "model")
    again = escalation.load_model(saved).save(tmp_path / "again")
    name = type(model.estimator).__name__
    refitted = fit_estimator(examples, KINDS[name][0], parameters=KINDS[name][1]).save(tmp_path / "refitted")
    assert [(again / path.name).read_bytes() for path in sorted(saved.iterdir())] == [path.read_bytes() for path in sorted(saved.iterdir())]
    assert [(refitted / path.name).read_bytes() for path in sorted(saved.iterdir())] == [path.read_bytes() for path in sorted(saved.iterdir())]


def test_what_may_not_be_in_a_file_is_not_saved(examples, tmp_path):
    model = fit_estimator(examples, "sklearn.neighbors.KNeighborsClassifier", parameters={"algorithm": "ball_tree"})
    with pytest.raises(escalation.ModelError, match=r"holds .*BallTree.*algorithm='brute'"):
        model.save(tmp_path / "model")
    assert list(tmp_path.iterdir()) == []


class Foreign:
    """Not of scikit-learn."""

    def __init__(self) -> None:
        self.harm = 1


def test_foreign_types_are_listed_and_not_made(folder, tmp_path):
    import skops.io

    (folder / "estimator.skops").write_bytes(skops.io.dumps(Foreign()))
    sign(folder)
    with pytest.raises(escalation.ModelError, match=r"estimator.skops: holds test_estimators.Foreign, which no file may"):
        escalation.load_model(folder)


def test_without_skops_the_extra_is_named(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "skops.io", None)
    monkeypatch.setitem(sys.modules, "skops", None)
    with pytest.raises(escalation.MissingExtraError, match=r"pip install 'escalation\[estimators\]'"):
        escalation.load_model(folder)


def forge(folder: Path, change) -> None:
    """Replace the estimator by a changed one, written without our checks."""
    import skops.io

    estimator = skops.io.loads((folder / "estimator.skops").read_bytes(), trusted=list(estimator_file.ALLOWED))
    (folder / "estimator.skops").write_bytes(skops.io.dumps(change(estimator)))
    sign(folder)


def astray(forest):
    """Branches that lead out of the tree."""
    state = forest.estimators_[0].tree_.__getstate__()
    state["nodes"]["left_child"][0] = 10**9
    forest.estimators_[0].tree_.__setstate__(state)
    return forest


def circular(forest):
    """Branches that lead back to the root."""
    state = forest.estimators_[0].tree_.__getstate__()
    state["nodes"]["right_child"][0] = 0
    forest.estimators_[0].tree_.__setstate__(state)
    return forest


def blind(forest):
    """A feature that no matrix has."""
    state = forest.estimators_[0].tree_.__getstate__()
    state["nodes"]["feature"][0] = 10**9
    forest.estimators_[0].tree_.__setstate__(state)
    return forest


def other(forest):
    """Another classifier, of other columns."""
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression().fit([[0.0], [1.0]], [0, 1])


def regressor(forest):
    """No classifier at all."""
    from sklearn.linear_model import Ridge

    return Ridge().fit([[0.0], [1.0]], [0, 1])


def fewer(forest):
    """A forest that lost a tree, as another version might read it."""
    forest.estimators_ = forest.estimators_[1:]
    return forest


@pytest.mark.parametrize(
    ("change", "told"),
    [(astray, "branches lead nowhere"), (circular, "branches lead nowhere"), (blind, "branches lead nowhere"), (other, "not a classifier of two classes on"), (regressor, "not a classifier"), (fewer, r"does not predict what it did.*Install scikit-learn \d")],
)
def test_a_forged_estimator_is_refused(folder, change, told):
    forge(folder, change)
    with pytest.raises(escalation.ModelError, match=told):
        escalation.load_model(folder)


def test_a_packed_archive_is_refused(folder):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("schema.json", "0" * 10_000_000)
    (folder / "estimator.skops").write_bytes(buffer.getvalue())
    sign(folder)
    with pytest.raises(escalation.ModelError, match="compressed"):
        escalation.load_model(folder)


def outcome(folder: Path) -> float | None:
    try:
        model = escalation.load_model(folder)
    except escalation.ModelError:
        return None
    return escalation.Scorer(model=model).score(TEXT).risk


@pytest.fixture(scope="module")
def saved(forest, tmp_path_factory) -> Path:
    return forest.save(tmp_path_factory.mktemp("saved") / "forest")


FUZZ = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@given(data=st.data())
@FUZZ
def test_a_changed_byte_is_refused(saved, tmp_path, data):
    folder = shutil.copytree(saved, tmp_path / "model", dirs_exist_ok=True)
    file = folder / data.draw(st.sampled_from(["estimator.json", "estimator.skops", "weights.f64"]))
    whole = bytearray(file.read_bytes())
    whole[data.draw(st.integers(0, len(whole) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    file.write_bytes(bytes(whole))
    assert outcome(folder) is None


@given(data=st.data())
@FUZZ
def test_a_forged_schema_is_refused_or_scores(saved, tmp_path, data):
    folder = shutil.copytree(saved, tmp_path / "model", dirs_exist_ok=True)
    buffer = io.BytesIO()
    with zipfile.ZipFile(folder / "estimator.skops") as old, zipfile.ZipFile(buffer, "w") as new:
        schema = old.read("schema.json")
        at = data.draw(st.integers(0, len(schema) - 1))
        changed = {"schema.json": schema[:at] + data.draw(st.binary(max_size=4)) + schema[at + data.draw(st.integers(0, 4)) :]}
        [new.writestr(name, changed.get(name, old.read(name))) for name in old.namelist()]
    (folder / "estimator.skops").write_bytes(buffer.getvalue())
    sign(folder)
    risk = outcome(folder)
    assert risk is None or 0 < risk < 1


@given(key=st.sampled_from(["format", "columns", "platt", "cuts", "spread", "lexicon", "base_card", "probe", "versions"]), value=st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.floats() | st.text(), max_size=5) | st.dictionaries(st.text(), st.integers(), max_size=2))
@FUZZ
def test_forged_json_is_refused_or_scores(saved, tmp_path, key, value):
    folder = shutil.copytree(saved, tmp_path / "model", dirs_exist_ok=True)
    held = json.loads((saved / "estimator.json").read_text())
    (folder / "estimator.json").write_text(json.dumps({**held, key: value, **({"lexicon": ""} if key != "lexicon" else {})}))
    sign(folder)
    risk = outcome(folder)
    assert risk is None or 0 < risk < 1


def test_one_text_needs_skops_only_for_an_estimator():
    import subprocess

    code = "import sys, escalation; escalation.Scorer().score('Rebels shelled the port.'); print([m for m in ('escalation.estimator_store', 'sklearn', 'skops', 'numpy') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True, cwd=HERE.parent).stdout.strip() == "[]"
