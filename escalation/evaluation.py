"""Probabilities and labels -> figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from escalation import bootstrap
from escalation.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

UNDATED = "undated"


class Bin(NamedTuple):
    """Reports of like risk: what was predicted, and what was observed.

    ``low`` and ``high`` are the Wilson interval of ``observed``.
    """

    start: float
    end: float
    n: int
    predicted: float
    observed: float
    low: float
    high: float


class Part(NamedTuple):
    """The figures of one group or period."""

    name: str
    n: int
    positives: int
    figures: Mapping[str, float]


def auc(positive: ArrayLike, score: ArrayLike) -> float:
    """Area under the ROC curve; nan where only one class is there."""
    from sklearn.metrics import roc_auc_score

    truth = np.asarray(positive, dtype=bool)
    return float(roc_auc_score(truth, np.asarray(score))) if truth.any() and not truth.all() else float("nan")


def average_precision(positive: ArrayLike, score: ArrayLike) -> float:
    """Precision averaged over recall; nan where nothing is positive."""
    from sklearn.metrics import average_precision_score

    truth = np.asarray(positive, dtype=bool)
    return float(average_precision_score(truth, np.asarray(score))) if truth.any() else float("nan")


def brier(positive: ArrayLike, probability: ArrayLike) -> float:
    """Mean squared error of probabilities (Brier 1950)."""
    return float(np.mean((np.asarray(probability, dtype=float) - np.asarray(positive, dtype=float)) ** 2))


def ece(positive: ArrayLike, probability: ArrayLike, bins: int = 10) -> float:
    """Expected calibration error over equal-width bins (Naeini et al. 2015)."""
    p, y = np.asarray(probability, dtype=float), np.asarray(positive, dtype=float)
    place = np.minimum((p * bins).astype(int), bins - 1)
    return float(sum(abs(p[place == k].mean() - y[place == k].mean()) * (place == k).mean() for k in np.unique(place)))


def kappa(truth: ArrayLike, given: ArrayLike) -> float:
    """Cohen's kappa with quadratic weights (Cohen 1968) over codes 0 to 4."""
    from sklearn.metrics import cohen_kappa_score

    return float(cohen_kappa_score(codes(truth), codes(given), weights="quadratic", labels=range(5)))


def codes(risk: ArrayLike) -> NDArray[np.int_]:
    """Whole codes; a mean of two coders half way between goes to the higher."""
    return np.floor(np.asarray(risk, dtype=float) + 0.5).astype(int)


def confusion(truth: ArrayLike, given: ArrayLike, size: int = 5) -> NDArray[np.int_]:
    """Counts of shape (size, size): rows the true code, columns the given one."""
    from sklearn.metrics import confusion_matrix

    counts: NDArray[np.int_] = confusion_matrix(codes(truth), codes(given), labels=range(size))
    return counts


def cells(probability: ArrayLike, groups: ArrayLike | None = None, parts: int | None = None) -> NDArray[np.int_]:
    """Cells of like reports, shape (n,): each group cut into parts of equal size by probability.

    Parameters
    ----------
    parts : 3 where there are groups, else 10
    """
    p = np.asarray(probability, dtype=float)
    names = np.zeros(len(p), dtype=int) if groups is None else np.unique(np.asarray(groups), return_inverse=True)[1]
    parts = parts or (10 if groups is None else 3)
    place = np.zeros(len(p), dtype=int)
    for name in np.unique(names):
        inside = np.flatnonzero(names == name)
        for part, rows in enumerate(np.array_split(inside[np.argsort(p[inside], kind="stable")], parts)):
            place[rows] = name * parts + part
    return place


def coverage(positive: ArrayLike, probability: ArrayLike, low: ArrayLike, high: ArrayLike, cells: ArrayLike) -> float:
    """Share of cells whose observed rate lies in the mean of their intervals; see :func:`bootstrap.coverage`."""
    figure = bootstrap.coverage(positive, probability, low, high, cells)
    return float(figure(np.ones((1, np.size(cells))))[0])


def reliability(positive: ArrayLike, probability: ArrayLike, bins: int = 10) -> tuple[Bin, ...]:
    """The reliability curve over equal-width bins, with Wilson's 95 % intervals (Wilson 1927); empty bins are left out."""
    from scipy.stats import binomtest

    p, y = np.asarray(probability, dtype=float), np.asarray(positive, dtype=bool)
    place = np.minimum((p * bins).astype(int), bins - 1)
    curve = []
    for k in np.unique(place):
        inside = place == k
        hits, n = int(y[inside].sum()), int(inside.sum())
        wilson = binomtest(hits, n).proportion_ci(method="wilson")
        curve.append(Bin(k / bins, (k + 1) / bins, n, float(p[inside].mean()), hits / n, float(wilson.low), float(wilson.high)))
    return tuple(curve)


def figures(positive: ArrayLike, probability: ArrayLike, truth: ArrayLike | None = None, given: ArrayLike | None = None) -> dict[str, float]:
    """All figures of probabilities, and kappa where the codes of coder and model are given."""
    found = {measure.__name__: measure(positive, probability) for measure in (auc, average_precision, brier, ece)}
    return found if truth is None or given is None else found | {"kappa": kappa(truth, given)}


def by_group(groups: ArrayLike, positive: ArrayLike, probability: ArrayLike, truth: ArrayLike | None = None, given: ArrayLike | None = None) -> tuple[Part, ...]:
    """The figures of each group, in the order of their names; for time see :func:`periods`."""
    names = np.asarray(groups)
    return tuple(_part(str(name), names == name, positive, probability, truth, given) for name in np.unique(names))


def periods(published: Iterable[date | None], size: str = "year") -> NDArray[np.str_]:
    """Groups by time: ``"2024"`` or ``"2024-Q3"``; ``"undated"`` where there is no date.

    Parameters
    ----------
    size : {"year", "quarter"}
    """
    if size not in ("year", "quarter"):
        raise InputError(f"size: {size!r} is no period. Choose 'year' or 'quarter'.")
    return np.array([_period(day, size) for day in published], dtype=str)


def _part(name: str, inside: NDArray[np.bool_], positive: ArrayLike, probability: ArrayLike, truth: ArrayLike | None, given: ArrayLike | None) -> Part:
    y, p = np.asarray(positive)[inside], np.asarray(probability)[inside]
    coded = [None if codes is None else np.asarray(codes)[inside] for codes in (truth, given)]
    return Part(name, int(inside.sum()), int(y.sum()), figures(y, p, *coded))


def _period(day: date | None, size: str) -> str:
    if day is None:
        return UNDATED
    return f"{day.year:04d}" if size == "year" else f"{day.year:04d}-Q{(day.month + 2) // 3}"
