"""Whatever characters a text holds, everything that takes one gives an answer, or says why not."""

from __future__ import annotations

import csv
import io
import json
import math

import numpy as np
import pandas as pd
import pytest
from conftest import promised
from hypothesis import given, settings
from hypothesis import strategies as st

import escalation
from escalation import duplicates, explain_page, intake, language, places, present
from escalation.batch import score_entries
from escalation.records import Report
from escalation.scorer import is_name

# Words that fire, marks that divide, and characters that upset: together they
# get further into the reader than any text of single characters does.
PIECES = (
    "Rebels shelled the port", "killed at least 12 people", "did not", "vowed to retaliate", "a ceasefire", "since the 2006 war", "on Monday", "He said", "Tarvos", "the Army of", "U.S.", "Jan. 5", "(Reuters)", "Read more:", "and", "that", " ", " ", " ", ". ", ", ",
    "; ", ": ", "\n", "\n\n", "\r\n", "\t", '"', "'", "\u2019", "\u201c", "\u201d", "(", ")", "\u2014", "\u2022 ", "1. ", "\u00a0", "\u00ad", "\u200b", "\u202e", "\ufeff", "\u0301", "\ud800", "\udc80", "\x00", "\x1b[31m", "\x85", "\u2028", "\uff41", "\ufb01", "\u0430", "\u03b1", "\u05d0", "\u0627", "\u6218", "\U0001f680", "<b>", "&amp;", "]]>", "{{ 7 }}", "{", "}", "|", "~", "#",
)
ANY = st.text(alphabet=st.characters(exclude_categories=()), max_size=200) | st.lists(st.sampled_from(PIECES), max_size=40).map("".join)
TEXT = ANY.filter(lambda text: text.strip() and not is_name(text))
MANY = st.lists(ANY | st.none() | st.just(float("nan")), max_size=4)
hard = settings(max_examples=120, deadline=None)
FOREIGN = {
    "Ukrainian": "\u0423\u043d\u043e\u0447\u0456 \u0437\u0430\u0433\u043e\u043d\u0438 \u0437 \u043f\u0456\u0432\u043d\u043e\u0447\u0456 \u043e\u0431\u0441\u0442\u0440\u0456\u043b\u044f\u043b\u0438 \u043f\u043e\u0440\u0442 \u0422\u0430\u0440\u0432\u043e\u0441, \u0454 \u0437\u0430\u0433\u0438\u0431\u043b\u0456, \u043f\u043e\u0432\u0456\u0434\u043e\u043c\u0438\u0432 \u0433\u0443\u0431\u0435\u0440\u043d\u0430\u0442\u043e\u0440.",
    "Russian": "\u041d\u043e\u0447\u044c\u044e \u043e\u0442\u0440\u044f\u0434\u044b \u0441 \u0441\u0435\u0432\u0435\u0440\u0430 \u043e\u0431\u0441\u0442\u0440\u0435\u043b\u044f\u043b\u0438 \u043f\u043e\u0440\u0442 \u0422\u0430\u0440\u0432\u043e\u0441, \u0435\u0441\u0442\u044c \u043f\u043e\u0433\u0438\u0431\u0448\u0438\u0435, \u0441\u043e\u043e\u0431\u0449\u0438\u043b \u0433\u0443\u0431\u0435\u0440\u043d\u0430\u0442\u043e\u0440.",
    "Arabic": "\u0642\u0635\u0641\u062a \u0642\u0648\u0627\u062a \u0645\u0646 \u0627\u0644\u0634\u0645\u0627\u0644 \u0645\u064a\u0646\u0627\u0621 \u062a\u0627\u0631\u0641\u0648\u0633 \u0644\u064a\u0644\u0627 \u0648\u0633\u0642\u0637 \u0642\u062a\u0644\u0649 \u0648\u0641\u0642 \u0627\u0644\u062d\u0627\u0643\u0645.",
    "Persian": "\u0646\u06cc\u0631\u0648\u0647\u0627\u06cc \u0634\u0645\u0627\u0644 \u0634\u0628\u0627\u0646\u0647 \u0628\u0646\u062f\u0631 \u062a\u0627\u0631\u0648\u0633 \u0631\u0627 \u06af\u0644\u0648\u0644\u0647\u200c\u0628\u0627\u0631\u0627\u0646 \u06a9\u0631\u062f\u0646\u062f \u0648 \u0686\u0646\u062f \u0646\u0641\u0631 \u06a9\u0634\u062a\u0647 \u0634\u062f\u0646\u062f.",
    "Hebrew": "\u05db\u05d5\u05d7\u05d5\u05ea \u05de\u05d4\u05e6\u05e4\u05d5\u05df \u05d4\u05e4\u05d2\u05d9\u05d6\u05d5 \u05d1\u05dc\u05d9\u05dc\u05d4 \u05d0\u05ea \u05e0\u05de\u05dc \u05d8\u05e8\u05d5\u05d5\u05e1 \u05d5\u05d9\u05e9 \u05d4\u05e8\u05d5\u05d2\u05d9\u05dd, \u05d0\u05de\u05e8 \u05d4\u05de\u05d5\u05e9\u05dc.",
    "Chinese": "\u5317\u65b9\u7684\u90e8\u961f\u6628\u591c\u70ae\u51fb\u4e86\u5854\u6c83\u65af\u6e2f\uff0c\u9020\u6210\u6570\u4eba\u6b7b\u4ea1\uff0c\u603b\u7763\u8bf4\u3002",
    "Spanish": "Fuerzas del norte bombardearon anoche el puerto de Tarvos y hubo varios muertos, dijo el gobernador a los periodistas en la capital.",
    "French": "Des forces venues du nord ont bombard\u00e9 le port de Tarvos dans la nuit et il y a des morts, a d\u00e9clar\u00e9 le gouverneur.",
    "German": "Truppen aus dem Norden haben in der Nacht den Hafen von Tarvos beschossen, es gibt Tote, sagte der Gouverneur am Montag.",
    "Turkish": "Kuzeyden gelen birlikler gece Tarvos liman\u0131n\u0131 bombalad\u0131 ve \u00e7ok say\u0131da ki\u015fi \u00f6ld\u00fc, dedi vali gazetecilere.",
}


@hard
@given(TEXT)
def test_an_assessment_of_any_text_is_whole(scorer, text):
    a = scorer.score(text)
    assert 0 <= a.interval[0] <= a.risk <= a.interval[1] <= 1
    assert abs(a.baseline + sum(s.share for s in a.sentences) - math.log(a.risk / (1 - a.risk))) < 1e-9
    assert all(text[s.start : s.end] == s.text for s in a.sentences)
    assert all(text[c.start : c.end] == c.text for c in a.cues)
    assert all(a.sentences[c.sentence].start <= c.start < c.end <= a.sentences[c.sentence].end for c in a.cues)
    assert all(0 <= start < end <= len(text) for c in a.cues for start, end in c.spans.values())
    assert all(before.end <= after.start for before, after in zip(a.sentences, a.sentences[1:], strict=False))
    assert len(a.sentences) == a.length
    assert set(a.flags) <= {"not_english", "no_words", "homoglyphs"}


@hard
@given(TEXT)
def test_the_same_text_gives_the_same_bytes(scorer, text):
    assert json.dumps(scorer.score(text).to_dict()) == json.dumps(escalation.score(text).to_dict())


@settings(max_examples=40, deadline=None)
@given(TEXT)
def test_everything_that_shows_an_assessment_shows_any(scorer, text):
    from rich.console import Console

    a = scorer.score(text)
    out = io.StringIO()
    present.explanation(a, Console(file=out, width=80))
    a.explain()
    assert len(a.to_frame()) == a.length
    assert a._repr_html_().encode()
    assert explain_page.page(a).encode()
    assert present.plain([a]).encode()
    assert "\x1b" not in out.getvalue()


@hard
@given(TEXT)
def test_everything_that_reads_a_text_reads_any(text):
    assert all(code.isascii() and len(code) == 3 for code in places.mentions(text).countries)
    assert len(duplicates.signature(text)) == 264
    assert set(language.flags(text)) <= {"not_english", "no_words"}
    assert set(language.notes(text)) <= {"homoglyphs"}
    assert len(list(escalation.Scorer().score_many([text, Report(text)]))) == 2


@hard
@given(MANY)
def test_a_frame_of_anything_has_a_risk_or_a_reason_in_every_row(texts):
    out = escalation.score_frame(pd.DataFrame({"text": pd.Series(texts, dtype=object)}))
    assert len(out) == len(texts)
    assert (out["risk"].notna() != (out["error"] != "")).all()


@settings(max_examples=40, deadline=None)
@given(st.lists(TEXT, min_size=1, max_size=3))
def test_the_vectorizer_takes_any_texts(texts):
    matrix = escalation.CueVectorizer().fit_transform(texts)
    assert len(matrix) == len(texts)
    assert ((matrix >= 0) & (matrix < 1)).all()


@pytest.fixture(scope="module")
def classifier() -> escalation.EscalationClassifier:
    return escalation.EscalationClassifier().fit([row["text"] for row in promised("offtopic.jsonl")][:20] + [row["hi"] for row in promised("pairs/development.jsonl")[:20]], np.repeat([0, 1], 20))


@hard
@given(texts=st.lists(TEXT, min_size=1, max_size=3))
def test_the_classifier_takes_any_texts(classifier, texts):
    chances = classifier.predict_proba(texts)
    assert chances.shape == (len(texts), 2)
    assert np.allclose(chances.sum(axis=1), 1)


@settings(max_examples=60, deadline=None)
@given(texts=st.lists(ANY, min_size=1, max_size=4))
@pytest.mark.parametrize("kind", ["jsonl", "csv"])
def test_an_archive_of_any_texts_loses_none(tmp_path_factory, scorer, kind, texts):
    path = tmp_path_factory.mktemp("archive") / f"news.{kind}"
    WRITERS[kind](path, texts)
    rejected: list = []
    reports = list(escalation.read_archive(path, {"text": "text", "id": "id"}, rejected.append))
    rows, faults = score_entries(intake.entries(path, {"text": "text", "id": "id"}), scorer)
    assert len(reports) + len(rejected) == len(texts) == len(rows) + len(faults)
    assert all(entry.place and entry.fault for entry in rejected)
    assert {report.text for report in reports} <= set(texts)


@pytest.mark.parametrize("text", FOREIGN.values(), ids=FOREIGN)
def test_other_languages_are_told_and_left_as_they_are(scorer, text):
    a = scorer.score(text)
    assert a.flags == ("not_english",)
    assert not a.judged
    assert (a.interval, a.cues) == ((0.0, 1.0), ())
    assert "".join(s.text for s in a.sentences).replace(" ", "") == text.replace(" ", "")


def _lines(path, texts):
    path.write_text("".join(json.dumps({"id": str(n), "text": text}) + "\n" for n, text in enumerate(texts)), encoding="utf-8")


def _cells(path, texts):
    with path.open("w", encoding="utf-8", errors="surrogatepass", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows([("id", "text"), *((str(n), text) for n, text in enumerate(texts))])


WRITERS = {"jsonl": _lines, "csv": _cells}
