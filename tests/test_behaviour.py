"""Language in context: minimal pairs, swapped actors, other senses, the first report."""

from __future__ import annotations

from collections import Counter

import numpy as np
from conftest import HERE, rows

SHAPE = (HERE / "probes" / "example_shape.txt").read_text(encoding="utf-8")
PAIRS = {name: rows(f"pairs/{name}.jsonl") for name in ("written_first", "development")}
ALL = [pair for pairs in PAIRS.values() for pair in pairs]


def test_the_suite_is_large_and_varied():
    groups = Counter(pair["group"] for pair in ALL)
    assert len(ALL) >= 400
    assert len(PAIRS["written_first"]) >= len(ALL) / 3
    assert len(groups) == 13
    assert min(groups.values()) >= 25
    assert len({pair["id"] for pair in ALL}) == len(ALL)


def test_swapped_actors_leave_the_risk_alone(scorer):
    actors = rows("probes/swap_actors.jsonl")
    spread = [np.ptp([scorer.score(t["text"].format(**a)).risk for a in actors]) for t in rows("probes/swap_templates.jsonl")]
    assert max(spread) < 1e-12
