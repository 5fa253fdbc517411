"""Language in context: minimal pairs, swapped actors, other senses, the first report."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from conftest import HERE, promised

SHAPE = (HERE / "probes" / "example_shape.txt").read_text(encoding="utf-8")
PAIRS = {name: promised(f"pairs/{name}.jsonl") for name in ("written_first", "development", "fresh", "unseen", "hard", "wires_read", "wires")}
ALL = [pair for pairs in PAIRS.values() for pair in pairs]


def test_the_suite_is_large_and_varied():
    groups = Counter(pair["group"] for pair in ALL)
    assert len(ALL) >= 400
    assert len(PAIRS["written_first"]) >= 400 / 3
    assert len(groups) == 13
    assert min(groups.values()) >= 25
    assert len({pair["id"] for pair in ALL}) == len(ALL)


def test_swapped_actors_leave_the_risk_alone(scorer):
    actors = promised("swap_actors.jsonl")
    spread = [np.ptp([scorer.score(t["text"].format(**a)).risk for a in actors]) for t in promised("swap_templates.jsonl")]
    assert max(spread) < 1e-12


def test_names_of_other_actors_leave_a_report_alone(scorer):
    names = {"Karovia": "the Republic of Two Rivers", "Drosland": "Peru", "Velmar": "Lower Saxony", "Velde": "Abd al-Karim", "Geneva": "New Delhi"}
    text = SHAPE
    for old, new in names.items():
        text = text.replace(old, new)
    assert abs(scorer.score(text).risk - scorer.score(SHAPE).risk) < 0.005


# What quality.py last printed, less a little: a change that loses a kind of
# pair must say so here. The aim is .97.
REACHED = {"written_first": 0.85, "development": 0.95, "fresh": 0.92, "unseen": 0.88, "hard": 0.70, "wires_read": 0.94, "wires": 0.92}


@pytest.mark.parametrize("name", sorted(PAIRS))
def test_pairs_stay_in_order(scorer, name):
    right = [scorer.score(pair["hi"]).risk > scorer.score(pair["lo"]).risk for pair in PAIRS[name]]
    assert np.mean(right) >= REACHED[name]


def test_other_senses_of_war_words_stay_calm(scorer):
    found = [scorer.score(row["text"]) for row in promised("offtopic.jsonl")]
    assert len(found) >= 60
    assert np.mean([a.risk < 0.10 for a in found]) >= 0.88


@pytest.fixture(scope="module")
def shape(scorer):
    return scorer.score(SHAPE)


def cues_at(assessment, words: str, start: int = 0):
    """Cues that touch the words' place in the report."""
    at = SHAPE.index(words, start)
    return [cue for cue in assessment.cues if cue.start < at + len(words) and at < cue.end]


def test_the_first_report_is_elevated(shape):
    assert shape.level in ("elevated", "high")
    assert shape.rung >= 3
    assert shape.evidence == "enough"


@pytest.mark.parametrize("words", ["so far refrained", "timing isn\u2019t right", "doesn\u2019t want to fall into", "still haven\u2019t retaliated", "didn\u2019t give a positive response"])
def test_the_patrons_restraint_is_found(shape, words):
    assert any(cue.weight < 0 for cue in cues_at(shape, words))


@pytest.mark.parametrize("words", ["attack Drosland as battles", "strike on Drosland would", "attack Drosland, since", "strike Drosland as revenge", "avenge Lenz"])
def test_urged_and_vowed_attacks_are_not_acts(shape, words):
    assert all(cue.realis != "actual" or cue.family != "act" or cue.weight <= 0 for cue in cues_at(shape, words[:14]))


@pytest.mark.parametrize("words", ["1998 war", "assassination of the exiled", "February attack"])
def test_what_is_long_past_is_background(shape, words):
    assert [cue.time for cue in cues_at(shape, words)] != []
    assert {cue.time for cue in cues_at(shape, words)} == {"background"}


def test_the_deterrence_statement_is_found(shape):
    assert "deterrence" in {cue.name for cue in cues_at(shape, "postured to defend League crews and bases and to deter anyone")}


def test_interceptions_mitigate(shape):
    at = SHAPE.index("intercepted")
    index = next(i for i, s in enumerate(shape.sentences) if s.start <= at < s.end)
    assert "mitigation" in {cue.name for cue in shape.sentences[index].cues}
    assert any(cue.mitigated for cue in shape.sentences[index].cues)


@pytest.mark.parametrize(("kind", "low", "high"), [("killed", 200, 999), ("killed", 7, 7), ("injured", 2000, 9999), ("displaced", 20_000, 99_999)])
def test_magnitudes_are_read(shape, kind, low, high):
    assert (kind, low, high) in {(m.kind, m.low, m.high) for cue in shape.cues for m in cue.magnitude}


def test_share_lines_and_captions_are_harmless(shape):
    assert {"boilerplate", "caption"} <= {s.role for s in shape.sentences}
    assert all(abs(s.share) < 0.3 for s in shape.sentences if s.role in ("boilerplate", "caption"))
