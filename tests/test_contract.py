"""What the README promises, as a user would try it."""

from __future__ import annotations

import ast
import cProfile
import json
import math
import re
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import HERE, promised

import escalation
from escalation.records import LEVELS

PACKAGE = Path(escalation.__file__).parent
SHAPE = (HERE / "probes" / "example_shape.txt").read_text(encoding="utf-8")
EXAMPLES = sorted((HERE.parent / "examples").glob("*.txt"))
DOCS = [HERE.parent / "README.md", *sorted((HERE.parent / "docs").rglob("*.md"))]
# escalation.step.name, as README and docs write it; one-word names are in __all__.
DOCUMENTED = sorted({name for page in DOCS for name in re.findall(r"\bescalation\.([a-z_]+(?:\.[a-z_]+)+)", page.read_text(encoding="utf-8"))})
LAYERS = (
    ("records", "entries", "errors", "grids", "digests", "progress", "structure", "columns", "locks", "marks", "rendering", "adding", "twins"),
    ("visible", "surrounds", "names", "tokens", "text", "inflection", "phrases", "automaton", "lexicon", "language", "archive", "intake", "blocks", "reading", "rows", "columnar", "documents", "sources", "markup", "webarchive", "packed", "dates", "tables", "fields", "coding", "coders", "labelled", "exports", "pairing", "form", "folder", "estimator_file", "actors", "places", "cutzip", "scores"),
    ("cues", "magnitude", "clauses", "listed", "scope", "context"),
    ("features", "duplicates", "changes", "compact", "reader", "proofreading", "drafting"),
    ("risk", "estimator", "vectorizer", "evaluation", "bootstrap", "agreement", "examples", "regression"),
    ("batch", "parts", "reasons", "writers", "explain", "store", "training", "heads", "transfer", "gate", "estimator_store", "estimator_training", "classifier", "passages", "waterfall", "gauge", "explain_page"),
    ("scorer", "workers", "scoring", "verdicts", "wrong", "curve", "layout", "assessing", "comparing", "learning", "candidates", "sampling", "gaps", "index"),
    ("present", "svg", "pages", "__init__", "__main__", "plots", "pictures", "excerpts", "reporting"),
)
RANK = {module: rank for rank, layer in enumerate(LAYERS) for module in layer}
# Models and the scikit-learn classes call saving, loading and fitting when they are used.
UPWARD = {("risk", "store"), ("estimator", "store"), ("vectorizer", "store"), ("vectorizer", "transfer"), ("records", "pandas")}


def imports(module: str) -> set[str]:
    tree = ast.parse((PACKAGE / f"{module}.py").read_text(encoding="utf-8"))
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("escalation"):
            found |= {node.module.partition(".")[2]} if "." in node.module else {alias.name for alias in node.names}
    return found & set(RANK)


def test_every_module_has_a_layer():
    assert {path.stem for path in PACKAGE.glob("*.py")} == set(RANK)


@pytest.mark.parametrize("module", sorted(RANK))
def test_imports_go_down(module):
    assert {m for m in imports(module) if RANK[m] > RANK[module] and (module, m) not in UPWARD} == set()


@pytest.mark.parametrize("module", sorted(RANK))
def test_a_module_says_which_step_it_is(module):
    assert ast.get_docstring(ast.parse((PACKAGE / f"{module}.py").read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", escalation.__all__)
def test_every_public_name_is_there_and_documented(name):
    assert getattr(escalation, name).__doc__


@pytest.mark.parametrize("name", DOCUMENTED)
def test_a_name_in_the_docs_is_there_whatever_was_used_before(name):
    code = f"import operator, escalation; operator.attrgetter({name!r})(escalation)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=HERE.parent, check=False)
    assert told.stderr == ""


def test_shares_add_up_to_the_log_odds(scorer):
    gaps = []
    for row in promised("offtopic.jsonl") + [{"text": SHAPE}] + [{"text": p.read_text(encoding="utf-8")} for p in EXAMPLES]:
        a = scorer.score(row["text"])
        gaps.append(abs(a.baseline + sum(s.share for s in a.sentences) - math.log(a.risk / (1 - a.risk))))
    assert max(gaps) < 1e-9


def test_a_console_shows_an_assessment_and_a_model_in_a_line(scorer):
    report = escalation.Report("Rebels shelled the port on Monday.", id="r1")
    assert repr(scorer.score(report)).startswith("<Assessment: r1, risk 0.")
    assert repr(escalation.load_model()) == "<RiskModel: escalation default model>"
    assert repr(replace(escalation.load_model(), card={})) == "<RiskModel: without a card>"


def test_explanations_add_up_three_ways(scorer):
    a = scorer.score(SHAPE)
    e = a.explain()
    logit = math.log(a.risk / (1 - a.risk))
    sums = [e.baseline + sum(share for _, share in side) for side in (e.by_sentence, e.by_cue, e.by_feature)]
    assert sums == pytest.approx([logit] * 3, abs=1e-9)
    assert all(0 <= risk <= 1 for _, risk in e.without)


def test_an_explanation_is_shown_as_a_table_the_strongest_first(scorer):
    e = scorer.score("Rebels shelled the port of Tarvos. The envoys met at noon. " * 12).explain()
    shown = str(e).splitlines()
    assert repr(e) == str(e)
    assert shown[0] == f"Explanation: risk {e.risk:.3f}; baseline {e.baseline:+.2f} and all shares of a table are its log-odds"
    assert shown[2].split() == ["share", "sentence", "risk", "without", "it"]
    assert shown[3].split() == [f"{e.by_sentence[0][1]:+.2f}", "sentence", str(e.by_sentence[0][0]), f"{dict(e.without)[e.by_sentence[0][0]]:.3f}"]
    assert f"… and {len(e.by_sentence) - 10} weaker" in shown
    assert f"{e.by_cue[0][1]:+.2f}  {e.by_cue[0][0]}" in shown


def test_an_assessment_has_what_the_contract_names(scorer):
    a = scorer.score(SHAPE)
    assert 0 <= a.interval[0] <= a.risk <= a.interval[1] <= 1
    assert a.level in LEVELS
    assert a.rung in range(6)
    assert a.evidence in ("none", "thin", "enough")
    assert all(0 <= v <= 1 for v in (a.acts, a.threats, a.restraint))
    assert all(-1 <= s.score <= 1 for s in a.sentences)
    assert all(SHAPE[s.start : s.end] == s.text for s in a.sentences)
    assert all(SHAPE[c.start : c.end] == c.text for c in a.cues)
    assert [c.start for c in a.cues] == sorted(c.start for c in a.cues)
    assert all(a.sentences[c.sentence].start <= c.start < c.end <= a.sentences[c.sentence].end for c in a.cues)
    assert all(0 <= x < y <= len(SHAPE) for c in a.cues for x, y in c.spans.values())
    json.dumps(a.to_dict())
    assert len(a.to_frame()) == len(a.sentences)
    assert "<script" not in scorer.score("<script>alert(1)</script> Rebels shelled the port.")._repr_html_()


def test_codes_whose_sign_differs_are_kept(scorer):
    cue = next(c for c in scorer.score("Arland sent 3,000 troops to fight beside its ally.").cues if c.direction == 1)
    assert cue.goldstein is None or isinstance(cue.goldstein, tuple)
    assert cue.plover["event"]


@pytest.mark.parametrize("value", ["", " \n\t\u00a0", None, float("nan"), b"Rebels shelled the port.", ["Rebels shelled the port."], 7])
def test_what_is_not_a_text_is_refused(scorer, value):
    with pytest.raises(escalation.InputError, match="text"):
        scorer.score(value)


@pytest.mark.parametrize("name", ["mine.txt", "news/2024.JSONL.gz ", "clean.csv", "https://example.org/story", "page.html"])
def test_a_name_of_a_file_is_not_scored_as_a_report(scorer, name):
    with pytest.raises(escalation.InputError, match=r"name of a file or page, not a report\. Read it first"):
        scorer.score(name)


def test_a_file_that_is_there_does_not_change_what_its_name_scores(scorer, tmp_path, monkeypatch):
    words = "troops mass at the border"
    before = scorer.score(words).risk
    monkeypatch.chdir(tmp_path)
    Path(words).write_text("Rebels shelled the port.")
    assert scorer.score(words).risk == before
    with pytest.raises(escalation.InputError, match=r"file\.read_text"):
        scorer.score(Path(words))


@pytest.mark.parametrize("text", ["Rebels shelled the port, says story.txt", "U.S. troops left.", "Ceasefire.", "troops\nclean.csv", "a" * 300 + ".txt"])
def test_a_text_that_names_a_file_is_a_text(scorer, text):
    assert 0 < scorer.score(text).risk < 1


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: escalation.score_frame("clean.csv"), r"a str \('clean.csv'\) stands where a DataFrame belongs\. Make one, for instance with pandas.read_csv"),
        (lambda: escalation.sample("clean.csv", 5), r"stands where reports belong\. Give read_archive\(file\)"),
        (lambda: escalation.sample(Path("clean.csv"), 5), "stands where reports belong"),
        (lambda: escalation.sample(pd.DataFrame({"text": ["Guns fired."]}), 5), r"of a DataFrame df\['text'\]"),
        (lambda: escalation.plots.waterfall("Guns fired."), r"stands where an assessment belongs\. Give what escalation.score"),
        (lambda: escalation.drill(pd.DataFrame(), 3), r"no 'start' and 'end' in '3'\. Give a row of the index \(index.iloc\[3\]\)"),
    ],
)
def test_a_thing_in_the_wrong_place_is_told_what_belongs_there(call, told):
    with pytest.raises(escalation.InputError, match=told):
        call()


@pytest.mark.parametrize(
    "foreign",
    [
        "El presidente dijo el lunes que las tropas del norte atacaron la ciudad y que hubo muertos en los combates de la noche.",
        "Президент заявил, что войска обстреляли город ночью и есть погибшие.",
        "\u0642\u0627\u0644 \u0627\u0644\u0631\u0626\u064a\u0633 \u0625\u0646 \u0627\u0644\u0642\u0648\u0627\u062a \u0642\u0635\u0641\u062a \u0627\u0644\u0645\u062f\u064a\u0646\u0629",
        "\u603b\u7edf\u8bf4\u519b\u961f\u6628\u665a\u70ae\u51fb\u4e86\u57ce\u5e02\u3002",
    ],
)
def test_other_languages_are_flagged_not_calm(scorer, foreign):
    a = scorer.score(foreign)
    assert a.flags == ("not_english",)
    assert a.interval == (0.0, 1.0)
    assert a.evidence == "none"
    assert a.risk > 0.1


DISGUISED = {"one Cyrillic letter": "sh\u0435lled", "one Greek letter": "shell\u0435\u03bfd", "a capital": "\u0410rmies", "hidden by a soft hyphen": "sh\u0435\u00adlled"}


@pytest.mark.parametrize("word", DISGUISED.values(), ids=DISGUISED)
def test_words_in_disguise_are_told_and_not_read_as_what_they_look_like(scorer, word):
    text = f"The army said that rebels {word} the port, and attacked the town."
    a = scorer.score(text)
    assert a.flags == ("homoglyphs",)
    assert a.judged
    assert a.interval != (0.0, 1.0)
    assert [text[cue.start : cue.end] for cue in a.cues] == ["attacked the town"]
    assert escalation.score_frame(pd.DataFrame({"text": [text]})).loc[0, ["flags", "error"]].tolist() == ["homoglyphs", ""]
    assert "Not judged" not in a._repr_html_()
    assert "cues may be missing" in a._repr_html_()


@pytest.mark.parametrize("plain", ["The plant takes 5 k\u03a9 and 3 \u03bcm.", "Rebels of \u0422\u0430\u0440\u0432\u043e\u0441 shelled the port.", "The caf\u00e9 in \u0141\u00f3d\u017a was shelled."])
def test_units_and_words_of_one_script_are_no_disguise(scorer, plain):
    assert scorer.score(plain).flags == ()


def test_a_text_that_is_too_long_says_so(scorer):
    long = "The army said that rebels shelled the port. " + "The sun was out and the road to the lake was dry. " * 24_000 + "Rebels shelled the port."
    a = scorer.score(long)
    assert a.flags == ("truncated",)
    assert a.judged
    assert len(a.cues) == 1
    assert 999_000 < a.sentences[-1].end <= 1_000_000
    assert scorer.score(long[: a.sentences[-1].end]).risk == a.risk
    assert scorer.score("\u0432\u043e\u0439\u043d\u0430 " * 200_000).flags == ("not_english", "truncated")


@pytest.mark.parametrize("odd", ["Rebels shelled\x00 the port.", "Rebels \ud800 shelled the port.", "Rebels shelled the port" + "\u0301" * 1000, "\u202eRebels shelled the port."])
def test_odd_characters_do_no_harm(scorer, odd):
    assert any(c.direction == 1 for c in scorer.score(odd).cues)


def test_time_is_linear_in_length(scorer):
    def calls(text: str) -> int:
        """Calls of functions: the same on every machine, however busy."""
        counted = cProfile.Profile()
        counted.runcall(scorer.score, text)
        return sum(entry.callcount for entry in counted.getstats())

    unit = "Rebels shelled the port and the army vowed to retaliate. "
    calls(unit)  # parts of the automaton are built when they are first used
    assert calls(unit * 1600) < calls(unit * 400) * 4 * 1.01


@pytest.mark.parametrize("hostile", ["a" * 1_000_000, "a\u0301" * 100_000, "\"" * 100_000, "attack " * 50_000, "not " * 50_000, "the 2006 war " * 20_000])
def test_hostile_text_is_read_in_seconds(scorer, hostile):
    scorer.score("Rebels said. " + hostile)


def test_a_report_is_not_riskier_for_being_longer(scorer):
    once = scorer.score(SHAPE).risk
    assert scorer.score(SHAPE + "\n\n" + SHAPE).risk == pytest.approx(once, abs=0.05)


def test_the_frame_keeps_every_row():
    df = pd.DataFrame({"text": ["Rebels shelled the port.", "", None, "Die Truppen haben die Stadt in der Nacht mit Raketen beschossen."]}, index=["a", "b", "c", "d"])
    out = escalation.score_frame(df)
    assert list(out.index) == ["a", "b", "c", "d"]
    assert out["risk"].notna().tolist() == [True, False, False, True]
    assert out["error"].astype(bool).tolist() == [False, True, True, False]
    assert out.loc["d", "flags"] == "not_english"
    with pytest.raises(escalation.InputError, match="no column 'body'"):
        escalation.score_frame(df, text="body")


def test_published_decides_what_is_old(scorer):
    text = "Rebels shelled the port in 2021, killing nine people."
    now = [c.time for c in scorer.score(text, published=date(2021, 5, 3)).cues]
    later = [c.time for c in scorer.score(text, published="2024-05-03").cues]
    assert "background" not in now
    assert "background" in later


@pytest.mark.parametrize(
    ("when", "published", "time"),
    [
        ("in March 2025", "2025-03-20", "new"),
        ("in March 2025", "2025-04-02", "new"),
        ("in March 2025", "2025-11-08", "background"),
        ("on 12 March 2025", "2025-11-08", "background"),
        ("on March 12, 2025", "2025-11-08", "background"),
        ("on 30 December 2024", "2025-01-02", "new"),
        ("in 2025", "2025-11-08", "new"),
        ("in 2024", "2025-01-08", "background"),
        ("in March 2025", None, "background"),
        ("on 12 March 2025", None, "new"),
    ],
)
def test_what_happened_months_before_the_report_is_background(scorer, when, published, time):
    assert [cue.time for cue in scorer.score(f"Rebels shelled the port of Tarvos {when}.", published=published).cues] == [time]


def test_scoring_is_the_same_in_every_process():
    code = "import escalation,hashlib,sys;print(hashlib.sha256(repr(escalation.score(sys.stdin.read()).to_dict()).encode()).hexdigest())"
    runs = {subprocess.run([sys.executable, "-c", code], input=SHAPE, capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": seed, "PATH": ""}, cwd=HERE.parent).stdout for seed in ("0", "1", "4242")}
    assert len(runs) == 1


def test_one_text_needs_no_heavy_import():
    code = "import sys, escalation; escalation.score('Rebels shelled the port.'); print([m for m in ('numpy','scipy','sklearn','pandas','skops','matplotlib') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=HERE.parent).stdout.strip() == "[]"


def test_the_vectorizer_fits_a_pipeline():
    from sklearn.base import clone
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    texts = ["Rebels shelled the port.", "The two sides signed a ceasefire."] * 4
    pipe = make_pipeline(clone(escalation.CueVectorizer()).set_output(transform="pandas"), LogisticRegression()).fit(texts, [1, 0] * 4)
    names = pipe[0].get_feature_names_out()
    assert pipe[0].transform(texts).shape == (8, len(names))
    assert pipe.predict(texts).tolist() == [1, 0] * 4
    assert np.all(pipe[0].transform(texts) >= 0)


def test_the_classifier_learns_labels_of_its_user():
    texts = [row["text"] for row in promised("offtopic.jsonl")][:20] + [p["hi"] for p in promised("pairs/development.jsonl")[:20]]
    labels = np.array(["calm"] * 20 + ["hot"] * 20)
    model = escalation.EscalationClassifier().fit(texts, labels)
    assert model.predict_proba(texts).shape == (40, 2)
    assert model.score(texts, labels) > 0.8
    assert model.get_params() == {"base": None, "lexicon": None}
    with pytest.raises(escalation.InputError, match="two are needed"):
        escalation.EscalationClassifier().fit(texts, ["calm"] * 40)


def test_of_a_long_report_the_strongest_sentences_are_left_out_in_turn(scorer):
    a = scorer.score("Rebels shelled the port. " * 150 + "The two sides met for talks. " * 150)
    tried = dict(a.explain().without)
    weakest = min(abs(a.sentences[number].share) for number in tried)
    assert len(tried) == 200
    assert all(abs(s.share) <= weakest for number, s in enumerate(a.sentences) if number not in tried)
