"""Assessments that the labels contradict -> what misled the model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from escalation import explain
from escalation.estimator import Model
from escalation.labelled import Labelled
from escalation.lexicon import Lexicon
from escalation.records import Assessment
from escalation.verdicts import Verdicts

_REPORTS = 10
_STRONGEST = 3  # sentences and cues that are told in words
_SHOWN = 60  # sentences that a page shows of one report: a long one would hide the others
_OPENING = 80  # characters of a text that tell which report it is


class Told(NamedTuple):
    """A sentence or cue with its share, in log-odds."""

    name: str
    share: float


class Wrong(NamedTuple):
    """A report on which the model and the coder disagree.

    ``sentences`` are in the order of the text, ``cues`` the strongest first;
    ``loss`` is in nats.
    """

    place: str
    report: str
    code: float
    positive: bool
    risk: float
    level: str
    loss: float
    sentences: tuple[Told, ...]
    cues: tuple[Told, ...]

    @property
    def strongest(self) -> tuple[Told, ...]:
        """The sentences with the largest shares that speak for the model's error."""
        side = -1 if self.positive else 1
        guilty = sorted((item for item in self.sentences if item.share * side > 0), key=lambda item: -abs(item.share))
        return tuple(guilty[:_STRONGEST])

    def to_dict(self) -> dict[str, Any]:
        """Plain values; of the sentences the strongest."""
        told = {"sentences": [item._asdict() for item in self.strongest], "cues": [item._asdict() for item in self.cues]}
        return self._asdict() | told


def worst(model: Model, lex: Lexicon, found: Labelled, v: Verdicts) -> tuple[Wrong, ...]:
    """The ten reports with the largest log-loss, each with what misled the model."""
    order = np.argsort(-v.loss, kind="stable")[:_REPORTS]
    return tuple(_wrong(model.assess(found.reports[row], lex), found, row, float(v.loss[at])) for at, row in zip(order, v.rows[order].tolist(), strict=True))


def opening(found: Labelled, row: int) -> str:
    """Id and first words of a report."""
    report = found.reports[row]
    text = " ".join(report.text.split())
    first = text if len(text) <= _OPENING else text[:_OPENING] + "\u2026"
    return first if report.id is None else f"{report.id}: {first}"


def _wrong(a: Assessment, found: Labelled, row: int, loss: float) -> Wrong:
    positive = found.positive[row]
    return Wrong(
        found.places[row], opening(found, row), found.codes[row], positive, a.risk, a.level, loss,
        tuple(Told(" ".join(s.text.split()), s.share) for s in a.sentences[:_SHOWN]), _cues(explain.explain(a).by_cue, positive),
    )


def _cues(by_cue: Sequence[tuple[str, float]], positive: bool) -> tuple[Told, ...]:
    """The strongest cues on the side of the error."""
    side = -1 if positive else 1
    return tuple(Told(name, share) for name, share in by_cue if share * side > 0)[:_STRONGEST]
