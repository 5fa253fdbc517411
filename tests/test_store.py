"""Model folders: saved whole or not at all, and anything that is not one is refused by name."""

from __future__ import annotations

import hashlib
import json
import math
import os
import pickle
import re
import shutil
import struct
import subprocess
import sys
import warnings
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import HERE
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import escalation
from escalation import features, lexicon, store
from escalation.risk import Linear

DEFAULT = HERE.parent / "models" / "default"
OLDER = HERE / "models" / "older"
TEXT = "Rebels shelled the port on Monday, killing nine people. The two sides will meet for talks."
FUZZ = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
FILES = ("card.json", "model.json", "weights.f64")
JSON_FILES = ("card.json", "model.json", "manifest.json")


@pytest.fixture(scope="module")
def small() -> escalation.RiskModel:
    """A model of a few weights, so that every byte of its files matters."""
    names = ("heat.mean", "air_strike.actual", "word rocket")
    linear, topic = Linear(-0.5, dict.fromkeys(names, 0.25)), Linear(0.125, {"subject.sport": -2.0})
    return replace(store.shipped(), heat=linear, calm=linear, topic=topic, heads=dict.fromkeys(store.HEADS, linear), idf={"word rocket": 2.0}, lexicon_digest="", card={"base_rate": 0.3})


@pytest.fixture
def folder(small, tmp_path) -> Path:
    return small.save(tmp_path / "model")


def sign(folder: Path) -> None:
    """Make the manifest agree with the files, as one would who forges them."""
    sums = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in FILES}
    (folder / "manifest.json").write_text(json.dumps(sums))


def rewrite(folder: Path, name: str, **changes: object) -> None:
    held = json.loads((folder / name).read_text())
    (folder / name).write_text(json.dumps({**held, **changes}))
    sign(folder)


def outcome(folder: Path) -> float | None:
    """What a loaded model scores, or None where it is refused with the folder's name."""
    try:
        model = escalation.load_model(folder)
    except escalation.ModelError as refused:
        return None if str(folder) in str(refused) else math.nan
    return escalation.Scorer(model=model).score(TEXT).risk


def test_a_saved_model_is_the_same_model(small, folder):
    loaded = escalation.load_model(folder)
    assert [getattr(loaded, name) for name in ("heat", "calm", "topic", "heads", "idf", "cuts", "spread", "card")] == [getattr(small, name) for name in ("heat", "calm", "topic", "heads", "idf", "cuts", "spread", "card")]


def test_two_saves_are_the_same_bytes(small, folder, tmp_path):
    again = small.save(tmp_path / "again")
    assert [(again / name).read_bytes() for name in (*FILES, "manifest.json")] == [(folder / name).read_bytes() for name in (*FILES, "manifest.json")]


def test_the_shipped_model_saved_again_is_the_same_bytes(tmp_path):
    again = store.save(store.load(DEFAULT), tmp_path / "again")
    assert [(again / name).read_bytes() for name in (*FILES, "manifest.json")] == [(DEFAULT / name).read_bytes() for name in (*FILES, "manifest.json")]


def test_a_digest_is_that_of_the_manifest_however_the_model_is_given(small, folder):
    held = hashlib.sha256((folder / "manifest.json").read_bytes()).hexdigest()
    assert [store.digest(model) for model in (small, folder, str(folder))] == [held] * 3
    assert store.digest(None) == store.digest(DEFAULT) == store.digest(store.shipped())


def test_a_model_inside_the_package_comes_before_that_of_the_checkout(folder, monkeypatch):
    inside = folder.parent / "package" / "models" / "default"
    shutil.copytree(folder, inside)
    monkeypatch.setattr(store.resources, "files", {"escalation": inside.parents[1]}.__getitem__)
    assert store.digest(None) == store.digest(folder)


def test_machines_of_either_byte_order_write_the_same_numbers(small, folder, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "byteorder", {"little": "big", "big": "little"}[sys.byteorder])
    other = small.save(tmp_path / "other")
    written, turned = ((place / "weights.f64").read_bytes() for place in (folder, other))
    assert struct.unpack(f">{len(turned) // 8}d", turned) == struct.unpack(f"<{len(written) // 8}d", written)
    assert escalation.load_model(other).topic == small.topic


def test_the_shipped_model_loads_in_milliseconds():
    from time import perf_counter

    def seconds() -> float:
        start = perf_counter()
        escalation.load_model(DEFAULT)
        return perf_counter() - start

    assert min(seconds() for _ in range(5)) < 0.2


# Damage -------------------------------------------------------------------


@given(data=st.data())
@FUZZ
def test_a_flipped_or_lost_byte_is_refused(small, tmp_path, data):
    folder = small.save(tmp_path / "model")
    file = folder / data.draw(st.sampled_from(FILES))
    whole = bytearray(file.read_bytes())
    at = data.draw(st.integers(0, len(whole) - 1))
    harmed = data.draw(st.sampled_from([bytes(whole[:at]), bytes(whole[:at]) + bytes([whole[at] ^ 1 << data.draw(st.integers(0, 7))]) + bytes(whole[at + 1 :]), bytes(whole) + b"\0"]))
    file.write_bytes(harmed)
    assert outcome(folder) is None


@given(data=st.data())
@FUZZ
def test_a_harmed_manifest_is_refused_or_harmless(small, tmp_path, data):
    folder = small.save(tmp_path / "model")
    whole = bytearray((folder / "manifest.json").read_bytes())
    whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    expected = escalation.Scorer(model=small).score(TEXT).risk
    (folder / "manifest.json").write_bytes(bytes(whole))
    assert outcome(folder) in (None, expected)


@given(data=st.data())
@FUZZ
def test_forged_weights_are_refused_or_score(small, tmp_path, data):
    folder = small.save(tmp_path / "model")
    whole = bytearray((folder / "weights.f64").read_bytes())
    at = data.draw(st.integers(0, len(whole) - 8))
    whole[at : at + 8] = data.draw(st.binary(max_size=16))
    (folder / "weights.f64").write_bytes(bytes(whole))
    sign(folder)
    risk = outcome(folder)
    assert risk is None or 0 <= risk <= 1


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from([10**400, -1, "nan", "1", 1e300]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(name=st.sampled_from(["model.json", "card.json"]), key=st.sampled_from(["format", "names", "linears", "cuts", "spread", "lexicon", "base_rate", "else"]), value=ANY_JSON)
@FUZZ
def test_forged_json_is_refused_or_scores(small, tmp_path, name, key, value):
    folder = small.save(tmp_path / "model")
    rewrite(folder, name, **{key: value})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", escalation.LexiconWarning)
        risk = outcome(folder)
    assert risk is None or 0 <= risk <= 1


@given(name=st.sampled_from(JSON_FILES), value=ANY_JSON)
@FUZZ
def test_any_other_json_is_refused_or_scores(small, tmp_path, name, value):
    folder = small.save(tmp_path / "model")
    (folder / name).write_text(json.dumps(value))
    risk = outcome(folder)
    assert risk is None or 0 <= risk <= 1


@pytest.mark.parametrize("name", JSON_FILES)
@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"[" * 100_000, b"9" * 5_000, b'{"a": NaN', b"null", b"\x00" * 10])
def test_what_is_not_json_is_refused(folder, name, content):
    (folder / name).write_bytes(content)
    assert outcome(folder) is None


# Each fault by name -----------------------------------------------------------


def lose(folder: Path) -> None:
    (folder / "model.json").unlink()


def lose_manifest(folder: Path) -> None:
    (folder / "manifest.json").unlink()


def add(folder: Path) -> None:
    (folder / "extra.py").write_text("print()")


def list_other(folder: Path) -> None:
    (folder / "manifest.json").write_text(json.dumps({"evil.pkl": "0"}))


def list_more(folder: Path) -> None:
    (folder / "manifest.json").write_text(json.dumps({**json.loads((folder / "manifest.json").read_text()), "../other": "0"}))


def lead_out(folder: Path) -> None:
    shutil.copy(folder / "weights.f64", folder.parent / "outside")
    (folder / "weights.f64").unlink()
    (folder / "weights.f64").symlink_to(folder.parent / "outside")


def lead_nowhere(folder: Path) -> None:
    (folder / "weights.f64").unlink()
    (folder / "weights.f64").symlink_to("weights.f64")


def nest(folder: Path) -> None:
    (folder / "weights.f64").unlink()
    (folder / "weights.f64").mkdir()


def pipe(folder: Path) -> None:
    (folder / "weights.f64").unlink()
    os.mkfifo(folder / "weights.f64")


def age(folder: Path) -> None:
    rewrite(folder, "model.json", format=2)


def confuse(folder: Path) -> None:
    rewrite(folder, "model.json", format=True)


def repeat(folder: Path) -> None:
    rewrite(folder, "model.json", names=["heat.mean", "heat.mean", "word rocket"])


def fall(folder: Path) -> None:
    rewrite(folder, "model.json", cuts=[3, 2, 1, 0])


def be_sure(folder: Path) -> None:
    rewrite(folder, "card.json", base_rate=1)


def mislabel(folder: Path) -> None:
    rewrite(folder, "model.json", linears=["calm", "heat"])


def shorten(folder: Path) -> None:
    (folder / "weights.f64").write_bytes(b"\0" * 16)
    sign(folder)


def garble(folder: Path) -> None:
    (folder / "card.json").write_bytes(b"{")
    sign(folder)


def inflate(folder: Path) -> None:
    (folder / "weights.f64").write_bytes(b"\x7f" * (folder / "weights.f64").stat().st_size)
    sign(folder)


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (lose, "model.json: cannot be read: there is no such file"), (lose_manifest, "manifest.json: cannot be read"), (add, "holds 'extra.py', which the manifest does not list"),
        (list_other, r"lists 'evil.pkl' instead of"), (list_more, "update escalation"), (lead_out, "weights.f64: a link that leads out"), (lead_nowhere, "weights.f64: cannot be read"),
        (nest, "weights.f64: cannot be read: not a file"), (pipe, "not a file"), (age, "format 2, newer than the 1 that this version reads. Update escalation"), (confuse, "format True"),
        (repeat, "'names' is not a list of different texts"), (fall, "'cuts' do not rise"), (be_sure, "'base_rate' is 1"), (mislabel, r"model.json: '\w+' is not \['calm', 'head conflict', .* The file is foreign"), (shorten, "weights.f64: 16 bytes do not fit 4 names"), (garble, r"model/card\.json: not JSON"), (inflate, "not a number or beyond 1e6"),
    ],
)
def test_a_fault_is_told_with_its_file(folder, harm, told):
    harm(folder)
    with pytest.raises(escalation.ModelError, match=told) as refused:
        escalation.load_model(folder)
    assert str(folder) in str(refused.value)


@pytest.mark.parametrize("path", ["/nonexistent/model", "a\0b", 7, b"model", ["model"]])
def test_what_is_no_folder_is_refused(path):
    with pytest.raises(escalation.ModelError, match="Give"):
        escalation.load_model(path)


@pytest.mark.parametrize("name", ["README.md", ".DS_Store", "notes.txt"])
def test_notes_and_hidden_files_do_no_harm(folder, name):
    (folder / name).write_text("our third model")
    assert outcome(folder) is not None


def test_a_folder_may_itself_be_a_link(folder, tmp_path):
    (tmp_path / "latest").symlink_to(folder)
    assert outcome(tmp_path / "latest") is not None


# Saving -------------------------------------------------------------------


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_model_replaces_a_model_whole(small, folder, tmp_path):
    (folder / "card.md").write_text("the old one's card")
    replace(small, spread=0.75).save(folder)
    assert escalation.load_model(folder).spread == 0.75
    assert names(folder) == sorted((*FILES, "manifest.json"))
    assert names(tmp_path) == ["model"]


def test_a_link_to_a_model_stays_a_link(small, folder, tmp_path):
    (tmp_path / "latest").symlink_to(folder)
    replace(small, spread=0.75).save(tmp_path / "latest")
    assert (tmp_path / "latest").is_symlink()
    assert escalation.load_model(folder).spread == 0.75


def test_a_folder_with_other_things_is_left_alone(small, tmp_path):
    (tmp_path / "thesis.docx").write_text("four years")
    with pytest.raises(escalation.ModelError, match=r"'thesis.docx', which is no part of a model and would be lost"):
        small.save(tmp_path)
    assert names(tmp_path) == ["thesis.docx"]


@pytest.mark.parametrize(("place", "told"), [("notes", "holds 'thesis.tex'"), ("notes/thesis.tex", "is a file"), ("notes/thesis.tex/mine", "Not a directory")])
def test_a_folder_that_cannot_be_written_is_told_before_training(tmp_path, place, told):
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "thesis.tex").write_text("mine")
    with pytest.raises(escalation.errors.ModelError, match=told):
        store.check_writable(tmp_path / place)


def test_asking_whether_a_folder_can_be_written_leaves_nothing_there(tmp_path):
    store.check_writable(tmp_path / "new" / "mine")
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_not_replaced_by_a_model(small, tmp_path):
    (tmp_path / "model").write_text("")
    with pytest.raises(escalation.ModelError, match="is a file"):
        small.save(tmp_path / "model")


@pytest.mark.parametrize("fails", ["fsync", "rename"])
def test_a_save_that_fails_leaves_the_old_model(small, folder, tmp_path, monkeypatch, fails):
    rename, done = Path.rename, []

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    def second(self: Path, to: Path) -> Path:
        done.append(to)
        return refuse() if len(done) == 2 else rename(self, to)

    monkeypatch.setattr(*{"fsync": (os, "fsync", refuse), "rename": (Path, "rename", second)}[fails])
    with pytest.raises(escalation.ModelError, match="cannot be written: No space left on device"):
        replace(small, spread=0.75).save(folder)
    monkeypatch.undo()
    assert escalation.load_model(folder).spread == small.spread
    assert names(tmp_path) == ["model"]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"card": {"coder": object()}}, "card.json: holds what JSON does not"), ({"card": {"auc": math.nan}}, "card.json: holds what JSON does not"),
        ({"spread": math.nan}, "model.json: holds what JSON does not"), ({"heat": Linear(math.inf, {})}, "not a number or beyond"), ({"cuts": (1, 0, 2, 3)}, "do not rise"),
    ],
)
def test_what_could_not_be_loaded_is_not_saved(small, tmp_path, changes, told):
    with pytest.raises(escalation.ModelError, match=told):
        replace(small, **changes).save(tmp_path / "model")
    assert names(tmp_path) == []


def test_a_weight_that_could_not_be_loaded_is_told_with_the_folder(small, tmp_path):
    with pytest.raises(escalation.ModelError, match=f"^{re.escape(str(tmp_path / 'model'))}/weights.f64: holds a weight"):
        replace(small, heat=Linear(1e7, {})).save(tmp_path / "model")


@pytest.mark.parametrize("weight", [1e6, -1e6])
def test_a_weight_may_be_a_million(small, tmp_path, weight):
    assert escalation.load_model(replace(small, heat=Linear(weight, {})).save(tmp_path / "model")).heat.bias == weight


# Pickles ----------------------------------------------------------------------


class Mark:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


@pytest.mark.parametrize("name", ["model.pkl", "model.pickle", "model.joblib", "model.bin", "model"])
def test_nothing_in_a_pickle_runs(tmp_path, name):
    (tmp_path / name).write_bytes(pickle.dumps(Mark(tmp_path / "ran")))
    with pytest.raises(escalation.ModelError, match=r"can run code and are refused.*trust_pickle=True"):
        escalation.load_model(tmp_path / name)
    assert names(tmp_path) == [name]


@pytest.mark.parametrize("name", ["model.json", "weights.f64", "manifest.json", "estimator.skops"])
def test_nothing_in_a_folder_runs(folder, tmp_path, name):
    (folder / name).write_bytes(pickle.dumps(Mark(tmp_path / "ran")))
    assert outcome(folder) is None
    assert names(tmp_path) == ["model"]


def test_a_trusted_pickle_is_a_model(small, tmp_path):
    import joblib

    joblib.dump(small, tmp_path / "model.joblib")
    assert escalation.load_model(tmp_path / "model.joblib", trust_pickle=True).heat == small.heat


def test_a_trusted_pickle_may_hold_a_fitted_classifier(small, tmp_path):
    classifier = escalation.EscalationClassifier()
    classifier.model_ = small
    (tmp_path / "model.pkl").write_bytes(pickle.dumps(classifier))
    assert escalation.load_model(tmp_path / "model.pkl", trust_pickle=True).heat == small.heat


@pytest.mark.parametrize(("content", "told"), [(pickle.dumps({"a": 1}), "holds a dict, not a model"), (b"no pickle", "model.pkl: cannot be unpickled: (KeyError|UnpicklingError): .*Load it with")])
def test_a_trusted_pickle_of_something_else_is_refused(tmp_path, content, told):
    (tmp_path / "model.pkl").write_bytes(content)
    with pytest.raises(escalation.ModelError, match=told):
        escalation.load_model(tmp_path / "model.pkl", trust_pickle=True)


# Lexicon ----------------------------------------------------------------------


def test_another_lexicon_than_the_models_is_told(small):
    with pytest.warns(escalation.LexiconWarning, match=rf"lexicon {lexicon.load().digest[:12]}: the model was fitted with lexicon abcabcabcabc,.*Train again") as told:
        escalation.Scorer(model=replace(small, lexicon_digest="abc" * 20))
    assert [item.filename for item in told] == [__file__]


@pytest.mark.parametrize("digest", ["", lexicon.load().digest])
def test_the_models_own_lexicon_is_silent(small, digest):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        escalation.Scorer(model=replace(small, lexicon_digest=digest))


def test_a_scorer_wants_a_model():
    with pytest.raises(escalation.ModelError, match="a int, not the path of a model folder"):
        escalation.Scorer(model=7)


# Other versions ---------------------------------------------------------------


def test_an_older_scikit_learns_model_scores_the_same_to_the_last_bit_without_scikit_learn():
    code = """
import json, sys
from pathlib import Path
from escalation import store
folder = Path(sys.argv[1])
model = store.load(folder / "linear")
expected = json.loads((folder / "expected.json").read_text())
linears = {"heat": model.heat, "calm": model.calm, "topic": model.topic, **model.heads}
found = [{name: linear.logit(row["values"]) for name, linear in linears.items()} for row in expected]
assert found == [row["logits"] for row in expected], "scores differ"
assert not {"sklearn", "numpy", "scipy"} & set(sys.modules)
print(len(found))
"""
    run = subprocess.run([sys.executable, "-c", code, str(OLDER)], capture_output=True, text=True, check=True, cwd=HERE.parent)
    assert int(run.stdout) >= 40


def test_the_older_model_was_written_by_the_oldest_scikit_learn_allowed():
    assert json.loads((OLDER / "linear" / "card.json").read_text())["versions"]["scikit-learn"].startswith("1.6.")


def test_an_older_models_reports_score_the_same():
    model = store.load(OLDER / "linear")
    expected = json.loads((OLDER / "expected.json").read_text())
    measured = [model.measure(row["numbers"], [True] * len(row["numbers"]))[2].values for row in expected]
    assert [model.heads["risk"].logit(values) for values in measured] == pytest.approx([row["logits"]["risk"] for row in expected], abs=1e-9)


def test_every_word_of_the_older_model_is_a_feature():
    assert {name for name in store.load(OLDER / "linear").idf if not name.startswith(features.WORD)} == set()


def test_an_older_forest_scores_the_same():
    model = store.load(OLDER / "forest")
    expected = json.loads((OLDER / "expected.json").read_text())
    assert model.logits(model.matrix([row["values"] for row in expected])).tolist() == pytest.approx([row["forest"] for row in expected], abs=1e-9)


def test_a_forest_saved_again_scores_the_same_and_keeps_its_card(tmp_path):
    model = store.load(OLDER / "forest")
    again = store.load(model.save(tmp_path / "again"))
    row = [json.loads((OLDER / "expected.json").read_text())[0]["values"]]
    assert again.logits(again.matrix(row)).tolist() == model.logits(model.matrix(row)).tolist()
    assert again.card == model.card
    assert store.digest(again) == store.digest(tmp_path / "again")


def test_a_forest_whose_card_is_not_json_is_not_saved(tmp_path):
    with pytest.raises(escalation.ModelError, match=r"^card\.json: holds what JSON does not"):
        store.save(replace(store.load(OLDER / "forest"), card={"coder": object()}), tmp_path / "again")


def test_a_fault_of_an_estimator_is_told_with_the_folder(tmp_path):
    folder = Path(shutil.copytree(OLDER / "forest", tmp_path / "forest"))
    held = {**json.loads((folder / "estimator.json").read_text()), "versions": 3}
    (folder / "estimator.json").write_text(json.dumps(held))
    sums = {**json.loads((folder / "manifest.json").read_text()), "estimator.json": hashlib.sha256((folder / "estimator.json").read_bytes()).hexdigest()}
    (folder / "manifest.json").write_text(json.dumps(sums))
    with pytest.raises(escalation.ModelError, match=f"^{re.escape(str(folder))}/.*'versions' is no object"):
        escalation.load_model(folder)
