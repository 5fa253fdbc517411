"""Numbers of labelled reports -> calibrated heads, with their cuts and spread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from escalation import features, regression
from escalation.errors import InputError
from escalation.evaluation import cells, coverage
from escalation.examples import Examples
from escalation.risk import HEADS, Linear, half_width

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Inverse strength of regularisation, as scikit-learn has it, and the scales
# that decide how much of it each kind of feature feels. Chosen by leave one
# source out on the development reports; flat around these values.
_C = 0.5
_WORD, _TEMPERATURE = 2.5, 4.0
# The risk listens a little to where the neighbouring codes divide: the labels
# are ordered, and a 2 that is nearly 3 looks like one.
_MIX = {"guarded": 0.3, "risk": 1.0, "high": 0.3}
_FOLDS = 5
TEMPERATURES = (*tuple(f"{a}.{b}" for a in ("heat", "calm") for b in ("mean", "peak", "lead")), "calm.ratio")
_COVERAGE, _SPREADS, _LARGE = 0.9, tuple(round(0.05 * k, 2) for k in range(1, 41)), 30
_IN_CELL = 20  # reports of which a rate can be observed


class Start(NamedTuple):
    """A fitted model's heads, from which new ones are learnt.

    ``heads`` as in :class:`RiskModel`; ``held`` as in :func:`regression.platt`.
    """

    heads: Mapping[str, Linear]
    held: float


class Fitted(NamedTuple):
    """Heads, and what they say out of fold: log-odds of each head, shape (n,)."""

    heads: dict[str, Linear]
    logits: dict[str, NDArray[np.float64]]

    @property
    def expected(self) -> NDArray[np.float64]:
        """Codes that the heads together expect out of fold, shape (n,)."""
        total: NDArray[np.float64] = np.sum([1 / (1 + np.exp(-part)) for part in self.logits.values()], axis=0)
        return total


def fit(rows: Sequence[features.Numbers], examples: Examples, start: Start | None = None) -> Fitted:
    """Heads for all codes, calibrated out of fold.

    Parameters
    ----------
    rows : features of each report
    start : heads to learn from
    """
    raw, full, names = _fit_each(rows, examples, tuple(HEADS), start)
    for parts in (raw, full):
        parts["risk"] = np.sum([share * parts[head] for head, share in _MIX.items()], axis=0)
    return _calibrated(raw, full, names, examples, start)


def fit_risk(rows: Sequence[features.Numbers], examples: Examples, start: Start) -> Fitted:
    """The head of the risk alone, for labels of two classes."""
    return _calibrated(*_fit_each(rows, examples, ("risk",), start), examples, start)


def _fit_each(rows: Sequence[features.Numbers], examples: Examples, chosen: Sequence[str], start: Start | None) -> tuple[dict[str, NDArray[np.float64]], dict[str, NDArray[np.float64]], tuple[str, ...]]:
    """Log-odds out of fold, and bias and coefficients, of each head; and the features' names."""
    names = tuple(sorted({name for row in rows for name in row} | _known(start)))
    scale = scales(names)
    matrix, signs = regression.scale(regression.matrix(rows, names), scale), regression.signs(names)
    raw, full = {}, {}
    for head in chosen:
        known = None if start is None else _vector(start.heads[head], names, scale)
        raw[head], full[head] = _fit_one(matrix, examples.risk >= HEADS[head], examples, signs, known)
    return raw, full, names


def _known(start: Start | None) -> set[str]:
    return set() if start is None else {name for head in start.heads.values() for name in head.weights}


def _vector(head: Linear, names: Sequence[str], scale: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bias and weights of a head in the units of a scaled matrix, shape (1 + names,)."""
    return np.array([head.bias, *(head.weights.get(name, 0.0) / unit for name, unit in zip(names, scale, strict=True))])


def _fit_one(matrix: Any, target: NDArray[np.bool_], examples: Examples, signs: NDArray[np.float64], start: NDArray[np.float64] | None) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Log-odds of every report from a head that has not seen its fold, and the head that has seen all."""
    raw = np.zeros(len(target))
    for train, test in splits(examples, target):
        part = regression.logistic(matrix[train], target[train], _C, examples.weights[train], signs, start)
        raw[test] = part[0] + matrix[test] @ part[1:]
    return raw, regression.logistic(matrix, target, _C, examples.weights, signs, start)


def _calibrated(raw: Mapping[str, NDArray[np.float64]], full: Mapping[str, NDArray[np.float64]], names: tuple[str, ...], examples: Examples, start: Start | None) -> Fitted:
    scale, held = scales(names), start.held if start else 0.0
    lines = {head: regression.platt(raw[head], examples.risk >= HEADS[head], calibrating(examples), held) for head in raw}
    linears = {head: regression.linear(full[head], names, scale, *lines[head]) for head in raw}
    return Fitted(linears, {head: slope * raw[head] + shift for head, (slope, shift) in lines.items()})


def splits(examples: Examples, target: NDArray[np.bool_]) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Folds that never split a group."""
    from warnings import catch_warnings, simplefilter

    from sklearn.model_selection import StratifiedGroupKFold

    count = len(set(examples.groups))
    if count < 2:
        raise InputError(f"groups: all {len(examples)} reports are of one group, so that nothing can be tested on another. Give groups that differ, or none.")
    number = min(_FOLDS, count, max(int(target.sum()), int((~target).sum())))
    folds = StratifiedGroupKFold(number, shuffle=True, random_state=0)
    with catch_warnings():
        # Some code may be rarer than there are folds; the heads cope with that.
        simplefilter("ignore", UserWarning)
        return list(folds.split(np.zeros(len(target)), target, examples.groups))


def calibrating(examples: Examples) -> NDArray[np.float64]:
    """Weights that leave calibration to the typical reports."""
    return np.where(examples.typical, examples.weights, 1e-6)


def cuts(expected: NDArray[np.float64], examples: Examples) -> tuple[float, float, float, float]:
    """Expected codes that reproduce the share of each level among the reports."""
    codes = np.floor(examples.risk[examples.typical] + 0.5)
    shares = [float((codes < code).mean()) for code in (1, 2, 3, 4)]
    return tuple(round(float(q), regression.DECIMALS) for q in np.quantile(expected[examples.typical], shares))  # type: ignore[return-value]


def spread(logits: NDArray[np.float64], examples: Examples) -> float:
    """Smallest standard deviation of the log-odds with which the intervals hold.

    They hold when nine in ten cells (see ``evaluation.coverage``) have
    their observed rate inside, judged by models that have not seen the group.
    """
    rows = np.flatnonzero(examples.typical)
    amounts = np.array([features.amount(examples.numbers[i]) for i in rows])
    positive, middle = examples.risk[rows] >= HEADS["risk"], logits[rows]
    groups = examples.groups[rows]
    for spread in _SPREADS:
        half = half_width(spread, amounts)
        low, p, high = (1 / (1 + np.exp(-(middle + shift))) for shift in (-half, 0, half))
        if not coverage(positive, p, low, high, like(p, groups)) < _COVERAGE:
            break
    return float(spread)


def like(risk: NDArray[np.float64], groups: NDArray[np.str_]) -> NDArray[np.int_]:
    """Cells of like reports, shape (n,): thirds of each large group and of all small ones, or up to ten parts where no group is large."""
    names, counts = np.unique(groups, return_counts=True)
    large = np.where(np.isin(groups, names[counts >= _LARGE]), groups, "")
    return cells(risk, large) if large.any() else cells(risk, parts=max(1, min(10, len(risk) // _IN_CELL)))


def scales(names: Sequence[str]) -> NDArray[np.float64]:
    """How little regularisation each feature feels, shape (names,)."""
    return np.array([_WORD if name.startswith(features.WORD) else _TEMPERATURE if name in TEMPERATURES else 1.0 for name in names])
