"""Judged reports -> those of them that may be picked for labelling."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from escalation.duplicates import Copies, signature
from escalation.records import Report


class Candidate(NamedTuple):
    """A report that may be picked; those of lowest priority are."""

    priority: float
    report: Report
    risk: float


class Stratum:
    """The candidates of one group that the model expects at one code.

    Attributes
    ----------
    seen : reports, each copy counted
    kept : candidates by priority, each text once
    times : how often each of them was seen
    """

    def __init__(self) -> None:
        self.seen = 0
        self.kept: dict[float, Candidate] = {}
        self.times: Counter[float] = Counter()

    @property
    def texts(self) -> float:
        """Different texts, estimated from how often the kept ones were seen; exact while none was dropped."""
        return self.seen * len(self.kept) / self.times.total()

    def add(self, candidate: Candidate, most: int) -> None:
        self.seen += 1
        self.times[candidate.priority] += 1
        self.kept.setdefault(candidate.priority, candidate)
        if len(self.kept) > 2 * most:
            self.trim(most)

    def trim(self, most: int) -> None:
        """Keep the lowest priorities."""
        lowest = sorted(self.kept)[:most]
        self.kept = {priority: self.kept[priority] for priority in lowest}
        self.times = Counter({priority: self.times[priority] for priority in lowest})


Strata = dict[tuple[str, int], Stratum]


class Doubtful:
    """The candidates of one group that the model is least sure of, each text once."""

    def __init__(self) -> None:
        self.kept: dict[float, tuple[int, Candidate]] = {}

    def add(self, code: int, candidate: Candidate, most: int) -> None:
        self.kept.setdefault(candidate.priority, (code, candidate))
        if len(self.kept) > 2 * most:
            self.kept = {one.priority: (code, one) for code, one in self.by_doubt()[:most]}

    def by_doubt(self) -> list[tuple[int, Candidate]]:
        return sorted(self.kept.values(), key=lambda one: (abs(one[1].risk - 0.5), one[1].priority))


@dataclass(slots=True)
class Candidates:
    """All that may be picked: by group and code at random, and by group where the model is least sure."""

    strata: Strata = field(default_factory=dict)
    doubtful: dict[str, Doubtful] = field(default_factory=dict)


class Chosen:
    """What has been picked, so that nothing is picked twice.

    Attributes
    ----------
    groups : picks of each group
    copies : priorities of the candidates that are copies of a pick
    """

    def __init__(self) -> None:
        self.groups: Counter[str] = Counter()
        self.copies: set[float] = set()
        self._picked: set[float] = set()
        self._texts = Copies()

    def take(self, group: str, candidate: Candidate) -> bool:
        """Whether the candidate is new; if it is, it is picked."""
        if candidate.priority in self._picked or candidate.priority in self.copies:
            return False
        if self._texts.first_of("", signature(candidate.report.text)) is not None:
            self.copies.add(candidate.priority)
            return False
        self._picked.add(candidate.priority)
        self.groups[group] += 1
        return True
