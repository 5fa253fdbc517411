"""Labelled reports -> what models say of each, ready for figures."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from escalation import bootstrap, evaluation, language, lexicon
from escalation.errors import InputError
from escalation.estimator import Model
from escalation.features import WORD
from escalation.labelled import Labelled, Rejected
from escalation.lexicon import Lexicon
from escalation.progress import watched
from escalation.reader import Read, read
from escalation.records import LEVELS, Assessment, Report

if TYPE_CHECKING:
    from numpy.typing import NDArray

# What each figure is better at; coverage is best where it is nominal.
BETTER: Mapping[str, int] = {"auc": 1, "average_precision": 1, "brier": -1, "ece": -1, "kappa": 1, "coverage": 0}
NOMINAL = 0.9  # what the intervals of risk promise
ROUGH = ("ece", "coverage")
_CELL = 15  # reports that a cell of the coverage has at least
_CELLS = 10
_LEAST = 30  # three cells of ten: with fewer, coverage says nothing
_GROUPS = 5  # with fewer groups whole, resamples are but a few that repeat
_CERTAIN = 1e-15  # keeps the loss of a risk of 0 or 1 finite


_Said = tuple[float, float, float, int]  # risk, its interval, level


@dataclass(frozen=True, eq=False)
class Verdicts:
    """Labelled reports beside what one model says of them, each of shape (n,).

    Attributes
    ----------
    rows : places among the labelled reports
    positive : whether the coder sees risk
    codes : of the coder, 0 to 4, or 0 and 1 where ``ordinal`` is False
    risk, low, high, level : of the model
    groups : None where reports stand for themselves
    """

    rows: NDArray[np.int_]
    positive: NDArray[np.bool_]
    codes: NDArray[np.int_]
    risk: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    level: NDArray[np.int_]
    groups: NDArray[np.str_] | None
    ordinal: bool

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, inside: NDArray[np.bool_]) -> Verdicts:
        """The reports where ``inside`` is True."""
        columns = ("rows", "positive", "codes", "risk", "low", "high", "level")
        groups = None if self.groups is None else self.groups[inside]
        return replace(self, groups=groups, **{name: getattr(self, name)[inside] for name in columns})

    @property
    def loss(self) -> NDArray[np.float64]:
        """Log-loss of each report in nats."""
        given = np.where(self.positive, self.risk, 1 - self.risk)
        losses: NDArray[np.float64] = -np.log(np.maximum(given, _CERTAIN))
        return losses


def words(given: Lexicon | str | Path | None) -> Lexicon:
    """A lexicon as given, from its file, or the shipped one."""
    if given is None:
        return lexicon.load()
    return given if isinstance(given, Lexicon) else lexicon.load(given)


def judge(
    models: Sequence[Model], lex: Lexicon, found: Labelled, keep: Callable[[list[Read]], None] | None = None, progress: bool = False
) -> tuple[tuple[Verdicts, ...], tuple[Rejected, ...]]:
    """What each model says of each report, and the reports that none can judge.

    Parameters
    ----------
    keep : given the sentences of every report that is judged, each read once

    Raises
    ------
    InputError
        No report can be judged.
    """
    said: list[list[_Said]] = [[] for _ in models]
    rows, unjudged = [], []
    vocabulary = frozenset().union(*(model.vocabulary for model in models))
    narrower = [model.vocabulary != vocabulary for model in models]
    for row, sentences in read_all(found.reports, lex, vocabulary, progress):
        if isinstance(sentences, str):
            unjudged.append(Rejected(found.places[row], sentences))
            continue
        rows.append(row)
        for column, model, narrow in zip(said, models, narrower, strict=True):
            ours = known(sentences, model.vocabulary) if narrow else sentences
            column.append(_said(model.judge(found.reports[row], ours)))
        if keep:
            keep(sentences)
    if not rows:
        raise InputError(f"{found.places[0]}: {unjudged[0].reason}, and so are all {len(found)} reports: none can be judged. Give reports in English.")
    return tuple(_verdicts(found, rows, column) for column in said), tuple(unjudged)


def read_all(reports: Sequence[Report], lex: Lexicon, vocabulary: frozenset[str], progress: bool = False) -> Iterator[tuple[int, list[Read] | str]]:
    """Number and sentences of each report, or why it is not judged."""
    for row, report in enumerate(watched(reports, "reading", progress)):
        odd = language.flags(report.text)
        yield row, ", ".join(flag.replace("_", " ") for flag in odd) or read(report, lex, vocabulary)


def known(sentences: list[Read], vocabulary: Collection[str]) -> list[Read]:
    """Sentences as a model with a smaller vocabulary reads them."""
    return [item._replace(numbers={name: value for name, value in item.numbers.items() if not name.startswith(WORD) or name[len(WORD) :] in vocabulary}) for item in sentences]


def measures(v: Verdicts) -> dict[str, bootstrap.Figure]:
    """Figures that can be resampled; see :func:`lacking` for those that cannot be had."""
    missing = lacking(v)
    makers: dict[str, Callable[[], bootstrap.Figure]] = {
        "auc": lambda: bootstrap.auc(v.positive, v.risk),
        "average_precision": lambda: bootstrap.average_precision(v.positive, v.risk),
        "brier": lambda: bootstrap.brier(v.positive, v.risk),
        "ece": lambda: bootstrap.ece(v.positive, v.risk),
        "kappa": lambda: bootstrap.kappa(v.codes, v.level),
        "coverage": lambda: bootstrap.coverage(v.positive, v.risk, v.low, v.high, cells(v)),
    }
    return {name: make() for name, make in makers.items() if name not in missing}


def lacking(v: Verdicts) -> dict[str, str]:
    """Figures that these reports cannot give, each with the reason."""
    found: dict[str, str] = {}
    if v.positive.all() or not v.positive.any():
        kind = "all reports are labelled as risk" if v.positive.any() else "no report is labelled as risk"
        found |= {"auc": f"{kind}: nothing to rank them against", "average_precision": kind}
    if not v.ordinal:
        found["kappa"] = "the labels have two codes, the levels five"
    elif len(set(v.codes.tolist())) == 1:
        # It would be 0 whatever the model says.
        found["kappa"] = "all labels are the same: no agreement beyond chance to tell"
    if len(v) < _LEAST:
        found["coverage"] = f"needs {_LEAST} reports, there are {len(v)}"
    return found


def cells(v: Verdicts) -> NDArray[np.int_]:
    """Cells of like reports for the coverage: thirds of each group by risk, or tenths where there are no groups."""
    groups = None if v.groups is None else _large(v.groups)
    if groups is None or len(set(groups)) == 1:
        return evaluation.cells(v.risk, parts=max(1, min(_CELLS, len(v) // _CELL)))
    return evaluation.cells(v.risk, groups)


def units(v: Verdicts) -> NDArray[np.str_] | None:
    """What is resampled whole: groups, where there are five or more."""
    return v.groups if v.groups is not None and len(set(v.groups)) >= _GROUPS else None


def estimates(v: Verdicts, resamples: int) -> dict[str, bootstrap.Estimate]:
    """All figures that can be had, with 95 % intervals."""
    return bootstrap.estimates(measures(v), v.positive, units(v), resamples, rough=ROUGH)


def _large(groups: NDArray[np.str_]) -> NDArray[np.str_]:
    """Groups too small for cells of their own count as one."""
    names, counts = np.unique(groups, return_counts=True)
    return np.where(np.isin(groups, names[counts >= _LEAST]), groups, "")


def _said(a: Assessment) -> _Said:
    return a.risk, *a.interval, LEVELS.index(a.level)


def _verdicts(found: Labelled, rows: Sequence[int], said: Sequence[_Said]) -> Verdicts:
    place = np.array(rows, dtype=int)
    risk, low, high, level = (np.array(column) for column in zip(*said, strict=True))
    names = None if found.groups is None or len(set(found.groups)) == len(found) else np.array(found.groups)[place]
    ordinal = found.scale == "ordinal"
    codes = np.array([math.floor(found.codes[row] + 0.5) for row in rows])
    return Verdicts(place, np.array(found.positive)[place], codes, risk, low, high, level, names, ordinal)
