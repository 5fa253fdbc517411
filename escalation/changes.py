"""Numbers over time -> where their level changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Periods of the shortest level, and of the shortest series that is looked at.
_SHORTEST, _FEWEST = 3, 8
# What a further level costs, in variances times the logarithm of the length;
# chosen by measurement, see docs/about/index.md.
_PRICE = 6.0
_NORMAL = 0.6745  # median absolute deviation of a normal variable, in deviations


def find(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Where a new level begins: +1 if it is higher than the one before, -1 if lower, else 0.

    The levels that fit best, by least squares, at a price for each (optimal
    partitioning, Jackson et al. 2005). The noise is taken from the differences
    of neighbours (robustly), which a change of level hardly moves. NaN are
    passed over; fewer than eight numbers have one level.

    Parameters
    ----------
    values : shape (n,)

    Returns
    -------
    array, shape (n,)
    """
    signs = np.zeros(len(values), dtype=np.int64)
    there = np.flatnonzero(~np.isnan(values))
    known = values[there]
    starts = _starts(known) if len(known) >= _FEWEST else []
    for before, start, end in zip([0, *starts], starts, [*starts[1:], len(known)], strict=False):
        signs[there[start]] = 1 if known[start:end].mean() > known[before:start].mean() else -1
    return signs


def _starts(known: NDArray[np.float64]) -> list[int]:
    """First places of the levels after the first."""
    n = len(known)
    price = _PRICE * np.log(n) * _noise(known) ** 2
    if not price > 0:
        return []
    sums, squares = _running(known), _running(known**2)
    best = np.full(n + 1, np.inf)
    best[0] = -price
    origin = np.zeros(n + 1, dtype=np.int64)
    for end in range(_SHORTEST, n + 1):
        start = np.arange(end - _SHORTEST + 1)
        cost = best[start] + price + squares[end] - squares[start] - (sums[end] - sums[start]) ** 2 / (end - start)
        origin[end] = np.argmin(cost)
        best[end] = cost[origin[end]]
    starts = []
    at = int(origin[n])
    while at:
        starts.append(at)
        at = int(origin[at])
    return starts[::-1]


def _noise(known: NDArray[np.float64]) -> float:
    return float(np.median(np.abs(np.diff(known))) / _NORMAL / np.sqrt(2))


def _running(numbers: NDArray[np.float64]) -> NDArray[Any]:
    return np.concatenate(([0.0], np.cumsum(numbers)))
