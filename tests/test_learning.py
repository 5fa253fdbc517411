"""Learning from a user's labels."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from conftest import HERE, rows

import escalation
from escalation import heads, learning, reader, regression, store, transfer
from escalation.examples import examples_of
from escalation.risk import HEADS, Linear

FILE = HERE / "labelled" / "sixty.jsonl"
ROWS = rows("labelled/sixty.jsonl")
TEXTS = [row["text"] for row in ROWS]
CODES = [row["label"] for row in ROWS]
EVENTS = [row["event"] for row in ROWS]
HOT = "Rebels shelled the port of Dorn on Monday, killing eleven people."
OWN_ENTRY = '''[[entry]]
id = "talks.palaver"
cue = "talks"
phrases = ["palaver/n"]
fires_on = ["The elders held a palaver at dusk."]
silent_on = ["The elders slept at dusk."]
source = "own"
'''
MILD = "The two governments signed a treaty on fishing and praised the talks."


@pytest.fixture(scope="module")
def model():
    return escalation.train(FILE)


def weights_of(model) -> tuple:
    return tuple((head.bias, dict(head.weights)) for head in model.heads.values())


def written(path, rows: list[dict]):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_a_trained_model_tells_war_from_peace(model):
    scorer = escalation.Scorer(model)
    assert scorer.score(HOT).risk > 0.5 > scorer.score(MILD).risk


def test_shares_of_a_trained_model_add_up(model):
    assessments = [escalation.Scorer(model).score(text) for text in TEXTS]
    gaps = [a.baseline + sum(s.share for s in a.sentences) - np.log(a.risk / (1 - a.risk)) for a in assessments]
    assert np.abs(gaps).max() < 1e-9


def test_no_weight_has_the_wrong_sign(model):
    risk = model.heads["risk"].weights
    signs = dict(zip(risk, regression.signs(tuple(risk)), strict=True))
    assert [name for name, weight in risk.items() if signs[name] * weight < 0] == []


def frame() -> pd.DataFrame:
    return pd.DataFrame(ROWS)


@pytest.mark.parametrize(
    "given",
    [
        {"reports": frame()},
        {"reports": escalation.read_labelled(FILE)},
        {"reports": TEXTS, "labels": CODES, "groups": EVENTS, "published": [row["published"] for row in ROWS]},
        {"reports": frame().drop(columns=["label", "event"]), "labels": CODES, "groups": EVENTS},
        {"reports": [escalation.Report(row["text"], id=row["id"]) for row in ROWS], "labels": CODES, "groups": EVENTS},
        {"reports": ROWS, "label_names": {0: "none", 1: "low", 2: "guarded", 3: "elevated", 4: "high"}},
        {"reports": ROWS, "labels": "label", "groups": "event", "weights": [2.0] * 60},
    ],
    ids=["frame", "read before", "lists", "frame and lists", "reports", "names", "mappings and equal weights"],
)
def test_the_same_labels_give_the_same_weights_however_they_come(model, given):
    assert weights_of(escalation.train(**given)) == weights_of(model)


def test_a_binary_scale_moves_the_other_heads_along():
    known = store.load()
    model = escalation.train(TEXTS, [int(code >= 3) for code in CODES], groups=EVENTS)
    assert model.card["data"]["scale"] == "binary"
    assert all(low < high for low, high in zip(model.cuts, model.cuts[1:], strict=False))
    biases = [model.heads[name].bias - model.heads["risk"].bias for name in HEADS]
    assert biases == pytest.approx([known.heads[name].bias - known.heads["risk"].bias for name in HEADS], abs=1e-4)
    levels = [escalation.Scorer(model).score(text).level for text in TEXTS]
    assert sum(level in ("elevated", "high") for level in levels) == pytest.approx(24, abs=5)


def test_the_card_says_what_was_learnt_from_what():
    card = escalation.train(FILE, card={"coded by": "two students, with the codebook"}).card
    assert card["data"]["labels"] == {"0": 12, "1": 12, "2": 12, "3": 12, "4": 12}
    assert len(card["data"]["groups"]) == 12
    assert card["data"]["published"] == {"first": "2024-01-03", "last": "2024-12-23", "undated": 0}
    assert card["coded by"] == "two students, with the codebook"
    assert set(card["figures"]) == {"auc", "average_precision", "brier", "ece", "kappa", "coverage", "auc of the base"}
    assert card["figures"]["auc"][1] <= card["figures"]["auc"][0] <= card["figures"]["auc"][2]
    assert card["lexicon"] == escalation.Scorer()._lexicon.digest
    assert "promises" in card
    json.dumps(card)


def test_groups_are_never_divided():
    examples = examples_of([[]] * 60, np.array(CODES, dtype=float), EVENTS)
    parts = heads.splits(examples, examples.risk >= 2.5)
    assert [set(examples.groups[train]) & set(examples.groups[test]) for train, test in parts] == [set()] * len(parts)
    assert sorted(np.concatenate([test for _, test in parts])) == list(range(60))


def test_few_labels_change_a_head_less_than_many():
    lexicon, known = escalation.Scorer()._lexicon, store.load()
    read = [reader.read(escalation.Report(text), lexicon, known.vocabulary) for text in TEXTS]
    examples = examples_of(read, np.array([float(i % 5) for i in range(60)]))
    moved = [distance(transfer.adapt(examples.take(range(n)), known, "").model.heads["conflict"], known.heads["conflict"]) for n in (15, 60)]
    assert moved[0] < moved[1]


def distance(now: Linear, before: Linear) -> float:
    """Sine of the angle between two heads: what calibration does not touch."""
    names = sorted({*now.weights, *before.weights})
    a, b = (np.array([head.weights.get(name, 0.0) for name in names]) for head in (now, before))
    return float(np.sqrt(1 - (a @ b / np.linalg.norm(a) / np.linalg.norm(b)) ** 2))


@pytest.mark.parametrize("missing", [0, 4])
def test_a_code_that_nobody_gave_is_no_obstacle(missing):
    kept = [row for row in ROWS if row["label"] != missing]
    assert 0 < escalation.Scorer(escalation.train(kept)).score(HOT).risk < 1


def test_weights_count():
    heavy = [10.0 if code in (1, 2) else 1.0 for code in CODES]
    assert weights_of(escalation.train(TEXTS, CODES, weights=heavy)) != weights_of(escalation.train(TEXTS, CODES))


def test_a_lexicon_of_the_users_own_is_learnt_with(model, tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(OWN_ENTRY, encoding="utf-8")
    trained = escalation.train(FILE, lexicon=path)
    assert trained.card["lexicon"] == trained.lexicon_digest == escalation.Scorer(lexicon=path)._lexicon.digest != model.lexicon_digest


def test_labels_the_wrong_way_round_are_told():
    with pytest.warns(UserWarning, match="run against the base model"):
        escalation.train(TEXTS, [int(code < 3) for code in CODES])


def test_labels_in_the_order_of_the_alphabet_are_told():
    words = ["tense" if code == 2 else "hot" if code > 2 else "calm" for code in CODES]
    with pytest.warns(UserWarning, match=r"reports labelled 'tense' \(4\) are calmer than those labelled 'hot' \(2\)"):
        escalation.train(TEXTS, words, label_names={"calm": 0, "hot": 2, "tense": 4})


def test_rows_left_out_are_told_with_their_place(tmp_path):
    foreign = {"text": "Die Truppen haben die Stadt in der Nacht mit Raketen beschossen, und es gab viele Tote.", "label": 3}
    path = written(tmp_path / "some.jsonl", [*ROWS, {"text": "", "label": 1}, foreign])
    with pytest.warns(UserWarning, match=r"2 rows are left out: .*line 61: no text; .*line 62: not judged: not_english"):
        model = escalation.train(path)
    assert model.card["data"]["left out"] == 2


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"labels": [3] * 60}, "all 60 labels are '3'"),
        ({"labels": [1, 2] * 30}, "only 0 of 60 reports are risk"),
        ({"labels": [4, 4, 4, *[0] * 57]}, "only 3 of 60 reports are risk .*: item 1, item 2, item 3"),
        ({"labels": [0, 0, *[1] * 58]}, "only 2 of 60 reports are not risk .*: item 1, item 2"),
        ({"labels": [*CODES[:59], 7]}, "item 60: label '7' is not known"),
        ({"labels": [*["high", "none"] * 29, "high", "hihg"]}, "item 60: label 'hihg' is not known.*'high'"),
        ({"labels": CODES[:59]}, "label: 59 for 60 reports"),
        ({"labels": [row["id"] for row in ROWS]}, "rather an id"),
        ({"groups": ["one"] * 60}, "all 60 reports are of the group 'one'"),
        ({"groups": ["one"] * 5}, "group: 5 for 60 reports"),
        ({"weights": [1.0] * 3 + [0.0] * 57}, "only 3 of 60 are above 0"),
        ({"reports": "nowhere.csv", "labels": None}, "nowhere.csv: cannot be read"),
        ({"reports": FILE}, "one per report beside the file"),
    ],
)
def test_labels_that_cannot_be_learnt_from_are_refused(change, told):
    with pytest.raises(escalation.InputError, match=told):
        escalation.train(**({"reports": TEXTS, "labels": CODES} | change))


def test_a_text_with_two_labels_is_left_out():
    with pytest.warns(UserWarning, match="item 61: the same text as in item 1, but labelled"):
        model = escalation.train([*TEXTS, TEXTS[0]], [*CODES, 4])
    assert model.card["data"]["reports"] == 59


@pytest.fixture(scope="module")
def once(tmp_path_factory):
    return trained_apart(tmp_path_factory.mktemp("once"), "1", "0")


def trained_apart(folder, threads: str, seed: str) -> list[bytes]:
    """Bytes of a model that a process of its own has trained."""
    code = "import sys, escalation; from escalation import store; store.save(escalation.train(sys.argv[1]), sys.argv[2])"
    env = {"OPENBLAS_NUM_THREADS": threads, "OMP_NUM_THREADS": threads, "PYTHONHASHSEED": seed, "PYTHONPATH": str(HERE.parent), "PATH": ""}
    subprocess.run([sys.executable, "-c", code, str(FILE), str(folder)], check=True, cwd=HERE.parent, env=env)
    return [(folder / name).read_bytes() for name in ("manifest.json", "model.json", "weights.f64", "card.json")]


def test_another_process_with_other_threads_gives_the_same_bytes(once, tmp_path):
    assert trained_apart(tmp_path, "4", "77") == once


def shell(*words: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-m", "escalation", *words], capture_output=True, text=True, cwd=HERE.parent, check=False)


def test_the_shell_trains_a_model_that_scores(tmp_path):
    done = shell("train", str(FILE), "--out", str(tmp_path / "mine"), "--group", "event", "--coded-by", "the author")
    assert done.returncode == 0
    assert "group from 'event'" in done.stderr
    assert "auc" in done.stdout
    loaded = escalation.load_model(tmp_path / "mine")
    assert loaded.card["coded by"] == "the author"
    assert escalation.Scorer(loaded).score(HOT).risk > 0.5


def test_the_shell_tells_below_the_figures_what_to_doubt(tmp_path):
    few = [ROWS[at] for at in range(24)]
    path = written(tmp_path / "few.jsonl", few)
    done = subprocess.run(f"{sys.executable} -m escalation train {path} --out {tmp_path / 'mine'} 2>&1", shell=True, capture_output=True, text=True, cwd=HERE.parent, check=False)
    below = done.stdout.partition("saved to")[2].splitlines()[1:]
    assert below[0] == "Only 24 labels: below 50 the figures mean little."
    assert below[0] in escalation.load_model(tmp_path / "mine").card["limits"]
    assert len(below) <= 4


def test_a_model_that_is_not_better_than_its_base_says_so():
    figures = {"auc": [0.917, 0.8, 1.0], "auc of the base": [0.959, 0.9, 1.0]}
    assert learning.doubts({"data": {"reports": 90}, "figures": figures}) == ["Not better than its base on these labels, out of fold: AUC 0.917, base 0.959."]


def test_a_trained_model_is_replaced_on_request_only(tmp_path):
    words = ("train", str(FILE), "--out", str(tmp_path / "mine"))
    told = [shell(*words, *more) for more in ((), (), ("--fresh",))]
    assert [done.returncode for done in told] == [0, 2, 0]
    assert told[1].stderr == f"escalation: {tmp_path / 'mine'}: holds a model that took work. Choose another name, or replace it with --fresh.\n"


def test_the_shell_trains_another_estimator_that_is_judged_like_any(tmp_path):
    mine = tmp_path / "forest"
    done = shell("train", str(FILE), "--out", str(mine), "--estimator", "sklearn.ensemble.RandomForestClassifier", "--set", "n_estimators=9", "--set", "criterion=entropy")
    assert done.returncode == 0
    model = escalation.load_model(mine)
    assert model.estimator.get_params()["n_estimators"] == 9
    assert model.card["figures"]["auc"][0] > 0.8
    assert set(model.card["promises"]) >= {"pairs", "swaps", "offtopic"}
    judged = escalation.evaluate(mine, FILE)
    assert judged.figures["auc"].point > 0.9
    assert len(judged.overlap) == len(ROWS)
    assert escalation.compare(None, mine, FILE).moved


def test_an_estimator_of_ones_own_making_is_learnt_with():
    from sklearn.tree import DecisionTreeClassifier

    with pytest.warns(UserWarning, match="breaks promises"):
        model = escalation.train(ROWS, estimator=DecisionTreeClassifier(max_depth=1))
    assert model.estimator.get_depth() == 1
    assert "DecisionTreeClassifier(max_depth=1" in model.card["method"]


@pytest.mark.parametrize(("estimator", "told"), [("sklearn.linear_model.Ridge", "not a classifier"), ("os.system", "import path"), (7, "neither an import path nor an estimator")])
def test_no_text_is_read_for_an_estimator_that_is_none(monkeypatch, estimator, told):
    monkeypatch.setattr(reader, "read", None)
    with pytest.raises(escalation.InputError, match=told):
        escalation.train(ROWS, estimator=estimator)


def test_without_its_extra_an_estimator_is_refused_before_the_work(monkeypatch):
    from escalation.commands import labels

    monkeypatch.setitem(sys.modules, "skops.io", None)
    monkeypatch.setitem(sys.modules, "skops", None)
    with pytest.raises(escalation.MissingExtraError, match="estimators"):
        labels._estimator("sklearn.svm.SVC", None)


@pytest.mark.parametrize("words", [("--set", "n_estimators=9"), ("--estimator", "sklearn.svm.SVC", "--set", "C"), ("--estimator", "sklearn.svm.SVR"), ("--label", "id"), ("--label", "nothing"), ("--map", "calm=0"), ("--base", "nowhere"), ("--lexicon", "nowhere.toml")])
def test_a_fault_leaves_nothing_behind(tmp_path, words):
    done = shell("train", str(FILE), "--out", str(tmp_path / "mine"), *words)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("escalation: ")
    assert list(tmp_path.iterdir()) == []


def test_the_classifier_learns_from_ten_labels():
    few, labels = TEXTS[:10], np.array(["war" if code >= 3 else "calm" for code in CODES])
    model = escalation.EscalationClassifier().fit(few, labels[:10])
    assert model.score(TEXTS, labels) > 0.8


def test_the_classifier_is_routed_groups_and_weights():
    from sklearn import config_context
    from sklearn.base import clone
    from sklearn.model_selection import GroupKFold, cross_val_score

    with config_context(enable_metadata_routing=True):
        classifier = clone(escalation.EscalationClassifier()).set_fit_request(groups=True, sample_weight=True).set_score_request(sample_weight=True)
        given = {"groups": EVENTS, "sample_weight": np.ones(60)}
        found = cross_val_score(classifier, TEXTS, np.array(CODES) >= 3, cv=GroupKFold(3), params=given)
    assert found.min() > 0.8


def test_least_is_a_report_of_each_kind_in_every_fold():
    assert learning.LEAST == heads._FOLDS
