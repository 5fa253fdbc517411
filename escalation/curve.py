"""Labelled reports -> how a model grows with its labels."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

from escalation import bootstrap, transfer
from escalation.bootstrap import Estimate
from escalation.examples import Examples
from escalation.progress import watched
from escalation.risk import HEADS, RiskModel, sigmoid

if TYPE_CHECKING:
    from numpy.typing import NDArray

Fit: TypeAlias = Callable[[Examples, RiskModel], RiskModel]
FIGURES = ("auc", "brier")
_SLOPES = {"auc": -1, "brier": 1}  # sign of b in a law: AUC rises with labels, Brier falls
MORE = 100  # labels whose gain is told
_FOLDS = 5
_SMALLEST, _GROWTH = 25, 2  # of the first size, and from size to size
_RARE = 5  # reports of each class without which nothing can be fitted and calibrated
_HIGHEST = 4.0  # code of the codebook
_SIZES = 4  # sizes without which three parameters fit anything
_CLOSE = 0.8  # share of the points' variance that a law explains where it holds
_RESAMPLES = 200
# Exponents between all but logarithmic growth and the square of n: power laws
# of learning curves lie within (Hestness et al. 2017, arXiv:1712.00409).
_EXPONENTS = tuple(round(0.05 * k, 2) for k in range(1, 41))


class Point(NamedTuple):
    """Figures of models fitted on ``labels`` reports, on reports of other groups."""

    labels: int
    auc: Estimate
    brier: Estimate


class Law(NamedTuple):
    """``a + b * n ** -c``: the figure after n labels."""

    a: float
    b: float
    c: float

    def at(self, labels: float) -> float:
        """The figure that the law expects after so many labels."""
        return float(self.a + self.b * labels**-self.c)


@dataclass(frozen=True, slots=True)
class Curve:
    """How figures grow with labels.

    Attributes
    ----------
    points : tuple of Point
    laws : mapping of figure to Law, for those that a power law describes
    gains : mapping of figure to Estimate
        What :data:`MORE` labels more than the last point's would bring, as a law
        tells.
    reason : str
        Why there is no law, where there is none.
    """

    points: tuple[Point, ...]
    laws: dict[str, Law]
    gains: dict[str, Estimate]
    reason: str = ""

    def __str__(self) -> str:
        if not self.gains:
            return f"Not enough labels to tell what {MORE} more would bring: {self.reason}."
        told = [f"{'AUC' if name == 'auc' else 'Brier'} {gain.point:+.4f} ({gain.low:+.4f} to {gain.high:+.4f})" for name, gain in self.gains.items()]
        return f"{MORE} more labels would bring: {', '.join(told)}."


def refit(examples: Examples, base: RiskModel) -> RiskModel:
    """A model learnt from the labels as ``escalation.train`` does, starting from the base."""
    binary = bool(np.isin(examples.risk, (0.0, _HIGHEST)).all())
    return transfer.adapt(examples, base, base.lexicon_digest, binary).model


def learn(examples: Examples, base: RiskModel, fit: Fit = refit, seed: int = 0, progress: bool = False) -> Curve:
    """Fit on growing shares of the examples; judge the groups left out.

    Each fold's groups are judged by models fitted on 25, 50, 100 ... of the
    other reports, each share holding the smaller ones.

    Parameters
    ----------
    base : what models are fitted from; one that was not fitted on the examples
    fit : what makes a model of examples
    """
    positive = examples.risk >= HEADS["risk"]
    if min(int(positive.sum()), int((~positive).sum())) < 2 * _RARE:
        return Curve((), {}, {}, f"the rarer class has {min(positive.sum(), (~positive).sum())} reports, {2 * _RARE} are needed")
    folds = [(_shuffled(train, examples.risk, seed), test) for train, test in _splits(examples, positive)]
    sizes = _sizes([positive[train] for train, _ in folds])
    risks = {size: np.full(len(examples), np.nan) for size in sizes}
    for size, (train, test) in watched([(size, fold) for size in sizes for fold in folds], "fitting", progress):
        risks[size][test] = _risks(fit(examples.take(train[:size]), base), examples, test)
    return _curve(risks, positive, examples, seed)


def _splits(examples: Examples, positive: NDArray[np.bool_]) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Folds that keep groups whole, as many as the groups allow."""
    from sklearn.model_selection import StratifiedGroupKFold

    count = min(_FOLDS, len(set(examples.groups)))
    if count < 2:
        return []
    folds = StratifiedGroupKFold(count, shuffle=True, random_state=0).split(positive, positive, examples.groups)
    return [(train, test) for train, test in folds if len(test) and 0 < positive[train].sum() < len(train)]


def _shuffled(rows: NDArray[np.intp], codes: NDArray[np.float64], seed: int) -> NDArray[np.intp]:
    """Rows in an order whose every beginning has all codes in their proportion."""
    random = np.random.default_rng(seed)
    places = np.zeros(len(rows))
    for code in np.unique(codes[rows]):
        inside = np.flatnonzero(codes[rows] == code)
        places[random.permutation(inside)] = (np.arange(len(inside)) + 0.5) / len(inside)
    return rows[np.argsort(places, kind="stable")]


def _sizes(kinds: Sequence[NDArray[np.bool_]]) -> list[int]:
    """Numbers of labels to fit on, doubling up to all there are; the first has enough of both classes in every fold."""
    size = max((_enough(kind) for kind in kinds), default=0)
    most = min((len(kind) for kind in kinds), default=0)
    found = []
    while size * _GROWTH**0.5 < most:
        found.append(size)
        size *= _GROWTH
    return [*found, most] if found else []


def _enough(kind: NDArray[np.bool_]) -> int:
    """How many of the first reports hold enough of both classes, at least the smallest share."""
    short = (np.cumsum(kind) < _RARE) | (np.cumsum(~kind) < _RARE)
    return max(_SMALLEST, int(short.sum()) + 1)


def _risks(model: RiskModel, examples: Examples, rows: NDArray[np.intp]) -> list[float]:
    """What a model says of some of the examples."""
    measured = [model.measure(examples.numbers[row], examples.counted[row])[2] for row in rows]
    return [sigmoid(model.heads["risk"].logit(item.values)) for item in measured]


def _curve(risks: Mapping[int, NDArray[np.float64]], positive: NDArray[np.bool_], examples: Examples, seed: int) -> Curve:
    if not risks:
        return Curve((), {}, {}, _why_nothing(examples))
    # A fold whose other groups are of one class judged nothing.
    judged = ~np.isnan(np.sum(list(risks.values()), axis=0))
    truth, groups, sizes = positive[judged], examples.groups[judged], list(risks)
    if truth.all() or not truth.any():
        return Curve((), {}, {}, "one group holds all reports of a class")
    figures = {(size, name): getattr(bootstrap, name)(truth, risk[judged]) for size, risk in risks.items() for name in FIGURES}
    drawn = _drawn(figures, truth, groups, seed)
    points = tuple(Point(size, *(_estimate(drawn[size, name]) for name in FIGURES)) for size in sizes)
    laws = {name: law for name in FIGURES if (law := power_law(sizes, [getattr(point, name).point for point in points], _SLOPES[name]))}
    gains = {name: _gain(sizes, np.array([drawn[size, name] for size in sizes]), _SLOPES[name]) for name in laws}
    return Curve(points, laws, gains, "" if gains else _why_no_law(len(points)))


def _drawn(figures: dict[tuple[int, str], bootstrap.Figure], truth: NDArray[np.bool_], groups: NDArray[np.str_], seed: int) -> dict[tuple[int, str], NDArray[np.float64]]:
    """Every figure of the sample, then of the resamples."""
    whole = np.ones((1, len(truth)))
    blocks = [whole, *bootstrap.draws(truth, groups if len(set(groups)) > 1 else None, _RESAMPLES, seed)]
    return {key: np.concatenate([figure(counts) for counts in blocks]) for key, figure in figures.items()}


def _estimate(drawn: NDArray[np.float64]) -> Estimate:
    low, high = np.nanquantile(drawn[1:], [0.025, 0.975])
    return Estimate(float(drawn[0]), float(low), float(high))


def _why_nothing(examples: Examples) -> str:
    if len(set(examples.groups)) < 2:
        return "all reports are of one group, so none can be left out to judge on"
    return f"{len(examples)} reports are too few to fit on a share of them"


def _why_no_law(points: int) -> str:
    return f"{points} sizes of training data are too few for a curve" if points < _SIZES else "the curve does not follow a power law"


def power_law(labels: Sequence[int], values: Sequence[float], sign: int) -> Law | None:
    """The power law through a learning curve, where it holds.

    It holds where four sizes or more were tried, growth goes the way of ``sign``
    (-1: the figure rises with labels; 1: it falls), four fifths of the variance
    are explained, and the law of all points but the last foretells the last
    better than the last but one does.
    """
    if len(labels) < _SIZES:
        return None
    law, left = _fitted(labels, values, sign)
    spread = float(np.var(values) * len(values))
    if law is None or spread == 0 or left > (1 - _CLOSE) * spread:
        return None
    before, _ = _fitted(labels[:-1], values[:-1], sign)
    foretold = before.at(labels[-1]) if before else math.inf
    return law if abs(foretold - values[-1]) < max(abs(values[-2] - values[-1]), 0.1 * math.sqrt(spread)) else None


def _fitted(labels: Sequence[int], values: Sequence[float], sign: int) -> tuple[Law | None, float]:
    """Least squares for each exponent; the best one whose slope has the sign, and its squared error."""
    best: tuple[Law | None, float] = (None, math.inf)
    for c in _EXPONENTS:
        basis = np.column_stack([np.ones(len(labels)), np.asarray(labels, dtype=float) ** -c])
        (a, b), *_ = np.linalg.lstsq(basis, np.asarray(values, dtype=float), rcond=None)
        left = float(((basis @ [a, b] - values) ** 2).sum())
        if b * sign > 0 and left < best[1]:
            best = (Law(float(a), float(b), c), left)
    return best


def _gain(labels: Sequence[int], drawn: NDArray[np.float64], sign: int) -> Estimate:
    """What more labels bring, the law fitted to each resample's curve."""
    gains = []
    for column in drawn.T:
        law, _ = _fitted(labels, column, sign)
        gains.append(law.at(labels[-1] + MORE) - law.at(labels[-1]) if law else 0.0)
    return _estimate(np.array(gains))
