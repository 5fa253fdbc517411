"""Figures -> figures with intervals, by resampling reports."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from escalation.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    # How often each of n reports is drawn, shape (resamples, n) -> the figure
    # of each resample, shape (resamples,).
    Figure = Callable[[NDArray[np.float64]], NDArray[np.float64]]

RESAMPLES = 1000
LEVEL = 0.95
_BLOCK = 4_000_000  # draws held at once: 32 MB
_COSTS: Mapping[str, Callable[[Any], Any]] = {"quadratic": np.square, "linear": np.abs, "none": np.sign}
_SMALLEST_CELL = 10  # reports below which an observed rate says nothing about an interval


class Estimate(NamedTuple):
    """A figure with the percentile interval of its resamples."""

    point: float
    low: float
    high: float

    def excludes(self, value: float = 0.0) -> bool:
        """Whether the interval leaves ``value`` out; a difference that includes 0 is not distinguishable from none."""
        return not self.low <= value <= self.high


def estimates(
    figures: Mapping[str, Figure], strata: ArrayLike, groups: ArrayLike | None = None, resamples: int = RESAMPLES, level: float = LEVEL, seed: int = 0, rough: Collection[str] = ()
) -> dict[str, Estimate]:
    """Figures with bootstrap intervals (Efron 1979), all from the same resamples.

    Parameters
    ----------
    figures : name to figure, made by :func:`auc` and the others of this module
    strata : shape (n,); each resample has as many reports of each stratum as
        there are, so that none misses a class
    groups : shape (n,); groups are resampled whole, within the groups that hold
        the same strata
    level : share of the resamples that the interval holds
    rough : figures that resampling by itself moves to one side (a resample is
        rougher than the sample, which raises ECE): their intervals are moved
        back by as much

    Raises
    ------
    InputError
        All reports are of one group.
    """
    drawn: dict[str, list[NDArray[np.float64]]] = {name: [] for name in figures}
    for counts in draws(strata, groups, resamples, seed):
        for name, figure in figures.items():
            drawn[name].append(figure(counts))
    whole = np.ones((1, np.size(strata)))
    return {name: _estimate(float(figure(whole)[0]), np.concatenate(drawn[name]), level, name in rough) for name, figure in figures.items()}


def differences(new: Mapping[str, Figure], old: Mapping[str, Figure], strata: ArrayLike, groups: ArrayLike | None = None, resamples: int = RESAMPLES, level: float = LEVEL, seed: int = 0) -> dict[str, Estimate]:
    """New minus old on the same reports, paired: every resample judges both.

    Parameters are those of :func:`estimates`; ``new`` and ``old`` have the same
    names.
    """
    return estimates({name: _difference(new[name], old[name]) for name in new}, strata, groups, resamples, level, seed)


def draws(strata: ArrayLike, groups: ArrayLike | None = None, resamples: int = RESAMPLES, seed: int = 0) -> Iterator[NDArray[np.float64]]:
    """How often each report is in each resample, in blocks of shape (some, n)."""
    kinds = np.unique(np.asarray(strata), return_inverse=True)[1]
    units = np.arange(len(kinds)) if groups is None else np.unique(np.asarray(groups), return_inverse=True)[1]
    if groups is not None and len(kinds) and units.max() == 0:
        raise InputError("groups: all reports are of one group, which leaves nothing to resample. Give groups that differ, or none.")
    pools = [np.flatnonzero(kind) for kind in _pools(kinds, units)]
    # One stream per pool, so that the size of the blocks changes nothing.
    streams = [np.random.default_rng([seed, number]) for number in range(len(pools))]
    block = max(1, _BLOCK // max(len(kinds), 1))
    for start in range(0, resamples, block):
        counts = np.zeros((min(block, resamples - start), units.max() + 1))
        for pool, stream in zip(pools, streams, strict=True):
            counts[:, pool] = stream.multinomial(len(pool), np.full(len(pool), 1 / len(pool)), size=len(counts))
        yield counts[:, units]


def auc(positive: ArrayLike, score: ArrayLike) -> Figure:
    """Area under the ROC curve, ties counted half."""
    y, order, starts = _ranked(positive, score)

    def figure(counts: NDArray[np.float64]) -> NDArray[np.float64]:
        up, down = _ties(counts, y, order, starts), _ties(counts, ~y, order, starts)
        below = np.cumsum(down, axis=1) - down / 2
        return _ratio((up * below).sum(axis=1), up.sum(axis=1) * down.sum(axis=1))

    return figure


def average_precision(positive: ArrayLike, score: ArrayLike) -> Figure:
    """Precision averaged over the recall gained at each score, from the highest down."""
    y, order, starts = _ranked(positive, -np.asarray(score, dtype=float))

    def figure(counts: NDArray[np.float64]) -> NDArray[np.float64]:
        up, down = _ties(counts, y, order, starts), _ties(counts, ~y, order, starts)
        found = np.cumsum(up, axis=1)
        precision = _ratio(found, found + np.cumsum(down, axis=1), nothing=0.0)
        return _ratio((up * precision).sum(axis=1), up.sum(axis=1))

    return figure


def brier(positive: ArrayLike, probability: ArrayLike) -> Figure:
    """Mean squared error of probabilities."""
    return mean((np.asarray(probability, dtype=float) - np.asarray(positive, dtype=float)) ** 2)


def mean(values: ArrayLike) -> Figure:
    """Mean of a number per report, for instance of hits as 0 and 1."""
    column = np.asarray(values, dtype=float)

    def figure(counts: NDArray[np.float64]) -> NDArray[np.float64]:
        return _ratio(counts @ column, counts.sum(axis=1))

    return figure


def ece(positive: ArrayLike, probability: ArrayLike, bins: int = 10) -> Figure:
    """Expected calibration error over equal-width bins."""
    p, y = np.asarray(probability, dtype=float), np.asarray(positive, dtype=float)
    place = np.minimum((p * bins).astype(int), bins - 1)
    gaps = _indicator(place, bins) * (p - y)[:, None]

    def figure(counts: NDArray[np.float64]) -> NDArray[np.float64]:
        return _ratio(np.abs(counts @ gaps).sum(axis=1), counts.sum(axis=1))

    return figure


def kappa(truth: ArrayLike, given: ArrayLike, weights: str = "quadratic", values: ArrayLike = (0, 1, 2, 3, 4)) -> Figure:
    """Cohen's weighted kappa (Cohen 1968); nan where both coders use one code only.

    Parameters
    ----------
    truth, given : shape (n,); places in ``values``
    weights : {"quadratic", "linear", "none"}
        What a difference of codes costs.
    values : the codes, whose distances count
    """
    if weights not in _COSTS:
        raise InputError(f"weights: {weights!r} are not known. Choose one of {', '.join(_COSTS)}.")
    codes = np.asarray(values, dtype=float)
    distance = np.abs(np.subtract.outer(codes, codes))
    cost = _COSTS[weights](distance)

    def figure(counts: NDArray[np.float64]) -> NDArray[np.float64]:
        observed = confusions(counts, truth, given, len(codes))
        rows, columns = observed.sum(axis=2), observed.sum(axis=1)
        expected = rows[:, :, None] * columns[:, None, :]
        return 1 - _ratio((cost * observed).sum(axis=(1, 2)) * rows.sum(axis=1), (cost * expected).sum(axis=(1, 2)))

    return figure


def confusions(counts: NDArray[np.float64], truth: ArrayLike, given: ArrayLike, size: int) -> NDArray[np.float64]:
    """Confusion of each resample, shape (resamples, size, size)."""
    cells = np.asarray(truth, dtype=int) * size + np.asarray(given, dtype=int)
    found: NDArray[np.float64] = (counts @ _indicator(cells, size * size)).reshape(-1, size, size)
    return found


def coverage(positive: ArrayLike, probability: ArrayLike, low: ArrayLike, high: ArrayLike, cells: ArrayLike) -> Figure:
    """Share of cells whose observed rate lies in the mean of their intervals.

    An interval of one report holds a probability, which nobody observes; the
    rate of a cell of like reports is observed up to its standard error, by
    which the interval is widened.

    Parameters
    ----------
    cells : shape (n,); see :func:`escalation.evaluation.cells`. Cells of fewer
        than ten reports do not count.
    """
    kinds, place = np.unique(np.asarray(cells), return_inverse=True)
    member = _indicator(place, len(kinds))
    columns = [member * np.asarray(values, dtype=float)[:, None] for values in (positive, probability, low, high)]

    def figure(counts: NDArray[np.float64]) -> NDArray[np.float64]:
        size = counts @ member
        rate, risk, lowest, highest = (_ratio(counts @ column, size) for column in columns)
        # A rate of 0 or 1 is not known without error either.
        noise = np.sqrt(_ratio(np.maximum(risk * (1 - risk), 0.01), size))
        held = (rate >= lowest - noise) & (rate <= highest + noise)
        counted = size >= _SMALLEST_CELL
        return _ratio((held & counted).sum(axis=1), counted.sum(axis=1))

    return figure


def _estimate(point: float, drawn: NDArray[np.float64], level: float, rough: bool) -> Estimate:
    known = drawn[~np.isnan(drawn)]
    if not len(known):
        return Estimate(point, float("nan"), float("nan"))
    low, high = np.quantile(known, [(1 - level) / 2, (1 + level) / 2])
    if rough:
        # Rates and errors lie in [0, 1], and so does where they move to.
        low, high = np.clip(np.array([low, high]) + point - known.mean(), 0, 1)
    return Estimate(point, float(low), float(high))


def _difference(new: Figure, old: Figure) -> Figure:
    return lambda counts: new(counts) - old(counts)


def _pools(kinds: NDArray[np.intp], units: NDArray[np.intp]) -> list[NDArray[np.bool_]]:
    """Units that may stand for each other: those that hold the same strata."""
    held = np.zeros((units.max(initial=-1) + 1, kinds.max(initial=-1) + 1), dtype=bool)
    held[units, kinds] = True
    patterns, pattern = np.unique(held, axis=0, return_inverse=True)
    pattern = pattern.reshape(-1)  # numpy 2.0.0 gives a column
    return [pattern.ravel() == number for number in range(len(patterns))]


def _ranked(positive: ArrayLike, score: ArrayLike) -> tuple[NDArray[np.bool_], NDArray[np.intp], NDArray[np.intp]]:
    """Classes in the order of the score, that order, and where each run of ties starts."""
    values = np.asarray(score, dtype=float)
    order = np.argsort(values, kind="stable")
    starts = np.flatnonzero(np.diff(values[order], prepend=-np.inf))
    return np.asarray(positive, dtype=bool)[order], order, starts


def _ties(counts: NDArray[np.float64], kind: NDArray[np.bool_], order: NDArray[np.intp], starts: NDArray[np.intp]) -> NDArray[np.float64]:
    """Counts of one class per run of ties, shape (resamples, runs)."""
    summed: NDArray[np.float64] = np.add.reduceat(counts[:, order] * kind, starts, axis=1)
    return summed


def _indicator(place: NDArray[np.int_], size: int) -> NDArray[np.float64]:
    """Which of ``size`` places each report has, shape (n, size)."""
    flags: NDArray[np.float64] = np.eye(size)[place]
    return flags


def _ratio(above: Any, below: Any, nothing: float = float("nan")) -> NDArray[np.float64]:
    """Above over below; ``nothing`` where below is 0."""
    above, below = np.broadcast_arrays(np.asarray(above, dtype=float), np.asarray(below, dtype=float))
    ratio: NDArray[np.float64] = np.divide(above, below, out=np.full(above.shape, nothing), where=below != 0)
    return ratio
