"""Probabilities and labels -> figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

_LEAST_IN_CELL = 10


def auc(positive: ArrayLike, score: ArrayLike) -> float:
    """Area under the ROC curve; nan where only one class is there."""
    from sklearn.metrics import roc_auc_score

    truth = np.asarray(positive, dtype=bool)
    return float(roc_auc_score(truth, np.asarray(score))) if truth.any() and not truth.all() else float("nan")


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


def cell_coverage(positive: ArrayLike, probability: ArrayLike, low: ArrayLike, high: ArrayLike, groups: ArrayLike) -> float:
    """Share of cells whose observed rate lies in their mean interval.

    A cell is a third of a group by probability; those of fewer than ten
    reports are left out. The interval is widened by the sampling error of the
    rate: it is about the risk, not about so many draws.
    """
    y, p, a, b = (np.asarray(values, dtype=float) for values in (positive, probability, low, high))
    names = np.asarray(groups)
    cells = [cell for name in np.unique(names) for cell in _thirds(np.flatnonzero(names == name), p) if len(cell) >= _LEAST_IN_CELL]
    noise = [np.sqrt(max(p[cell].mean() * (1 - p[cell].mean()), 0.01) / len(cell)) for cell in cells]
    held = [a[cell].mean() - e <= y[cell].mean() <= b[cell].mean() + e for cell, e in zip(cells, noise, strict=True)]
    return float(np.mean(held)) if held else float("nan")


def _thirds(places: NDArray[np.intp], p: NDArray[np.float64]) -> list[NDArray[np.intp]]:
    return np.array_split(places[np.argsort(p[places], kind="stable")], 3)


def codes(risk: ArrayLike) -> NDArray[np.int_]:
    """Whole codes; a mean of two coders half way between goes to the higher."""
    return np.floor(np.asarray(risk, dtype=float) + 0.5).astype(int)
