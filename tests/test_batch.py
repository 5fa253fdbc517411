"""Entries -> rows, whatever a report does to its scorer."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import pytest
from conftest import HERE

import escalation
from escalation import batch, columns
from escalation.entries import Entry
from escalation.records import Report

TEXT = "Rebels shelled the port of Tarvos on Monday, killing nine people. The governor called for restraint."
ENTRIES = [
    Entry(0, "news.jsonl, line 1", Report(TEXT, date(2024, 5, 1), "a", "Daily")),
    Entry(1, "news.jsonl, line 2", None, "news.jsonl, line 2: not JSON."),
    Entry(2, "news.jsonl, line 3", Report("  ", id="c")),
    Entry(3, "news.jsonl, line 4", Report("Talks resumed.")),
]


class Failing:
    """A scorer that one text breaks."""

    def __init__(self, scorer, fault):
        self.scorer, self.fault = scorer, fault

    def score(self, report):
        if report.text == TEXT:
            raise self.fault
        return self.scorer.score(report)


def test_rows_and_rejections_are_all_entries(scorer):
    rows, rejected = batch.score_entries(ENTRIES, scorer)
    assert [row[:2] for row in rows] == [(0, "a"), (3, "3")]
    assert [(r.row, r.place, r.id) for r in rejected] == [(1, "news.jsonl, line 2", None), (2, "news.jsonl, line 3", "c")]
    assert "not JSON" in rejected[0].reason
    assert "empty" in rejected[1].reason


@pytest.mark.parametrize("fault", [MemoryError(), RecursionError("too deep"), ValueError("odd"), KeyError("x"), AssertionError()])
def test_whatever_a_report_raises_the_others_go_on(scorer, fault):
    rows, rejected = batch.score_entries(ENTRIES[:1] + ENTRIES[3:], Failing(scorer, fault))
    assert [row[0] for row in rows] == [3]
    assert type(fault).__name__ in rejected[0].reason


@pytest.mark.parametrize("level", columns.LEVELS)
def test_every_row_has_every_column(scorer, level):
    rows, _ = batch.score_entries(ENTRIES, scorer, level)
    shape = columns.of(level)
    kinds = {"int": int, "float": float, "text": str}
    cells = [(column, cell) for row in rows for column, cell in zip(shape, row, strict=True)]
    assert [(c.name, cell) for c, cell in cells if not (isinstance(cell, kinds[c.kind]) or (cell is None and c.empty))] == []


def test_a_row_says_what_the_assessment_says(scorer):
    a = scorer.score(ENTRIES[0].report)
    row = dict(zip([c.name for c in columns.REPORT], batch.score_entries(ENTRIES, scorer)[0][0], strict=True))
    assert (row["risk"], row["low"], row["high"]) == (a.risk, *a.interval)
    assert (row["published"], row["source"], row["sentences"], row["cues"]) == ("2024-05-01", "Daily", 2, len(a.cues))


def test_sentences_and_cues_are_those_of_the_text(scorer):
    sentences = [dict(zip([c.name for c in columns.SENTENCE], row, strict=True)) for row in batch.score_entries(ENTRIES[:1], scorer, "sentence")[0]]
    cues = [dict(zip([c.name for c in columns.CUE], row, strict=True)) for row in batch.score_entries(ENTRIES[:1], scorer, "cue")[0]]
    assert all(TEXT[row["start"] : row["end"]] == row["text"] for row in sentences + cues)
    assert [name for row in sentences for name in row["cues"].split()] == [row["name"] for row in cues]
    assert "killed 9 9" in {row["magnitude"] for row in cues}


def test_countries_actors_and_signatures_are_read_where_wanted(scorer):
    extras = batch.Extras(lambda text: SimpleNamespace(countries=("SDN", "TCD"), actors=("RSF",)), lambda text: b"same")
    row = batch.score_entries(ENTRIES[:1], scorer, extras=extras)[0][0]
    assert row[-3:] == ("SDN TCD", "RSF", None)
    assert next(batch.outcomes(ENTRIES[:1], scorer, "report", extras)).signature == b"same"


def test_half_a_character_is_replaced_in_cells(scorer):
    rows, _ = batch.score_entries([Entry(0, "x", Report("Rebels \ud800 shelled the port.", id="a\udfff"))], scorer, "sentence")
    assert rows[0][1] == "a\ufffd"
    assert rows[0][5] == "Rebels \ufffd shelled the port."


def test_an_unknown_level_is_refused(scorer):
    with pytest.raises(escalation.InputError, match="report, sentence, cue"):
        batch.score_entries(ENTRIES, scorer, "word")


def test_the_page_of_columns_is_current():
    assert (HERE.parent / "docs" / "reference" / "columns.md").read_text(encoding="utf-8") == columns.page()
