"""What a sentence says of the one before it: "They did not", "The report proved false"."""

from __future__ import annotations

from math import log10

import pytest

from escalation import lexicon
from escalation.reader import read
from escalation.records import Report

LEXICON = lexicon.parse_shipped()
VERDICTS = [entry for entry in LEXICON.entries if entry.kind == "verdict"]


def first(report: str):
    """The sentence's first cue of force or restraint."""
    return next(cue for item in read(Report(report), LEXICON, frozenset()) for cue in item.cues if cue.direction)


def judged(report: str) -> bool:
    """Whether words of a later sentence set a qualifier of a cue before them."""
    items = read(Report(report), LEXICON, frozenset())
    return any(start >= item.sentence.end for item in items for cue in item.cues for start, _ in cue.spans.values())


@pytest.mark.parametrize("entry", VERDICTS, ids=lambda e: e.id)
def test_a_verdict_reaches_back_one_sentence(entry):
    assert [s for s in entry.fires_on if not judged(s)] == []
    assert [s for s in entry.silent_on if judged(s)] == []


@pytest.mark.parametrize(
    ("report", "status", "realis"),
    [
        ("The general vowed to bomb the port. He did not.", "negated", "actual"),
        ("Jets were to bomb the port. On Friday they did.", "asserted", "actual"),
        ("Jets were to bomb the port. They did not, and the fleet sailed home.", "negated", "hypothetical"),
        ("Jets were to bomb the port. They did not explain why.", "asserted", "hypothetical"),
        ("Jets were to bomb the port. It was all they thought of.", "asserted", "hypothetical"),
        ("Jets were to bomb the port. They will, of course, be seen.", "asserted", "hypothetical"),
        ("Radio Two said the army had bombed the port. The army denied it.", "doubted", "actual"),
        ("Radio Two said the army had bombed the port. The report proved false.", "denied", "actual"),
        # "It was true" stands in it, too: the longest tells.
        ("Radio Two said the army had bombed the port. None of it was true.", "denied", "actual"),
        ("The army bombed the port in the war of 1954. It did not.", "asserted", "actual"),
    ],
)
def test_a_verdict_sets_status_or_realis(report, status, realis):
    cue = first(report)
    assert (cue.status, cue.realis) == (status, realis)


OPEN = "Jets were to bomb the port. "


@pytest.mark.parametrize(
    ("verdict", "told"),
    [
        ("They did.", "They did"), ("They did", "They did"),
        # Five words may stand before it, of which none opens another statement.
        ("On the third of May they did.", "they did"), ("On the very third of May they did.", None), ("And they did.", "they did"),
        ("Yes, they did.", None), ("If they did.", None), ("As they did.", None), ("The minister said they did.", None), ("Did they? They did.", None), ("What they did is not known.", None),
        # Nothing may follow it in its clause, unless its entry lets so many words.
        ("They did twice.", None), ("They did at 5.", None), ("They did \u2013 twice.", "They did"), ("They did (twice).", "They did"), ("They did; the pier burned.", "They did"),
        ("They came to nothing.", "They came to nothing"), ("They came to nothing in the end after all of these years.", "They came to nothing"),
        ("They came to nothing in the end after all of these long years.", None), ("They were called off on Sunday.", "They were called off"),
        # A comma goes on with the same clause, "and" opens another.
        ("They did, the minister said.", None), ("They were called off, the radio said.", "They were called off"), ("They did, and the fleet sailed.", "They did"), ("They did and the fleet sailed.", "They did"),
        ("They did not, but others did.", "They did not"), ("They did not, nor did others.", "They did not"), ("They did not, the radio said.", None),
        # Of several the longest, whatever follows.
        ("They did not. They did.", "They did not"), ("They never did.", "They never did"), ("Never.", "Never"), ("No.", "No"), ("No, he said.", None),
    ],
)
def test_a_verdict_opens_its_sentence_and_little_follows(verdict, told):
    report = OPEN + verdict
    spans = {kind: report[start:end] for kind, (start, end) in first(report).spans.items() if start >= len(OPEN)}
    assert [*spans.values()] == ([told] if told else [])


def test_a_verdict_tells_its_words():
    done, undone = "Jets were to bomb the port. On Friday they did.", "Jets were to bomb the port. On Friday they did not."
    assert done[slice(*first(done).spans["realis"])] == "they did"
    assert undone[slice(*first(undone).spans["status"])] == "they did not"


@pytest.mark.parametrize(
    ("report", "weight"),
    [
        ("Jets were to bomb the port. They did.", 0.7), ("Jets were to bomb the port. They did not.", 0.7 * 0.2 * -0.6),
        # What softened the act or held only so far does so still.
        ("Jets were to bomb the port, causing no casualties. They did.", 0.7 * 0.6), ("For now jets are to bomb the port. They did not.", 0.7 * -0.6 * 0.8),
        ("Rebels were to kill ten dockers. They did.", 0.4 * (0.6 + 0.4 * log10(11))),
    ],
)
def test_a_verdict_weighs_anew(report, weight):
    assert first(report).weight == pytest.approx(weight)


def test_what_was_open_is_meant_before_what_was_done():
    report = "After an ambush on Monday, the army will shell the village. It did not."
    assert [(cue.name, cue.status) for item in read(Report(report), LEXICON, frozenset()) for cue in item.cues] == [("ground_combat", "asserted"), ("threat_force", "negated")]
