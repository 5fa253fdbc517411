"""Numbers and yes or no -> the weights of one linear part."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from math import log
from typing import TYPE_CHECKING, Any

import numpy as np

from escalation import features
from escalation.risk import Linear

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Force that is told of like this has not just happened.
NOT_DONE = frozenset({"background", "imagined", "doubted", "requested"})
_DIRECTIONS = {"act": 1, "trend": 1, "posture": 1, "threat": 1, "refusal": 1, "restraint": -1, "diplomacy": -1}
_FORCE = frozenset({"act", "trend", "posture"})
_SUMS = {"up": 1, "down": -1, "killed": 1, "injured": 1, "displaced": 1, "units": 1, "rung": 1}
_REFITS = 4
_IMAGINED_AT = 2.0  # log-odds at which most reports of either kind lie
# Weights are rounded so that a last bit in a linear algebra library does not
# show in the model's bytes.
DECIMALS = 5


def matrix(rows: Sequence[features.Numbers], names: Sequence[str]) -> Any:
    """Sparse matrix of shape (rows, names)."""
    from scipy import sparse

    column = {name: j for j, name in enumerate(names)}
    pairs = [[(column[name], value) for name, value in sorted(row.items()) if name in column] for row in rows]
    indptr = np.concatenate([[0], np.cumsum([len(row) for row in pairs])])
    indices = np.array([j for row in pairs for j, _ in row], dtype=np.int32)
    data = np.array([value for row in pairs for _, value in row])
    return sparse.csr_matrix((data, indices, indptr), shape=(len(rows), len(names)))


def scale(matrix: Any, scales: NDArray[np.float64]) -> Any:
    """The matrix with each column times its scale: a larger one feels less regularisation."""
    return (matrix @ diagonal(scales)).tocsr()


def diagonal(values: NDArray[np.float64]) -> Any:
    from scipy import sparse

    return sparse.diags(values)


def logistic(matrix: Any, target: NDArray[np.bool_], c: float, weights: Any = None, signs: NDArray[np.float64] | None = None, start: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
    """Bias and coefficients, shape (1 + features,).

    A coefficient with the wrong sign (restraint that raises the risk) tells of
    the sample, not of the language: its feature is left out and the rest is
    fitted again.

    Parameters
    ----------
    start : bias and coefficients to learn from, shape (1 + features,). What
        they say of a report becomes one more column; what few labels cannot
        tell otherwise stays as it was there. The result is
        ``a * start + what was learnt``, with ``a`` at least 0.
    """
    from scipy import sparse
    from sklearn.linear_model import LogisticRegression

    if target.all() or not target.any():
        return _one_class(target, matrix.shape[1]) if start is None else start
    kept = np.ones(matrix.shape[1])
    known = None if start is None else sparse.csr_matrix((start[0] + matrix @ start[1:])[:, None])
    for _ in range(_REFITS):
        columns = matrix @ diagonal(kept)
        columns = columns if known is None else sparse.hstack([columns, known]).tocsr()
        fitted = LogisticRegression(C=c, solver="liblinear", max_iter=1000, tol=1e-6, random_state=0).fit(columns, target, sample_weight=weights)
        total = _total(fitted.intercept_[0], fitted.coef_[0], kept, start)
        wrong = np.zeros(len(kept), dtype=bool) if signs is None else (signs * total[1:] < 0) & (kept > 0)
        if not wrong.any():
            break
        kept[wrong] = 0.0
    return total


def _one_class(target: NDArray[np.bool_], width: int) -> NDArray[np.float64]:
    rate = (target.sum() + 0.5) / (len(target) + 1)
    return np.concatenate([[log(rate / (1 - rate))], np.zeros(width)])


def _total(bias: float, coefficients: NDArray[np.float64], kept: NDArray[np.float64], start: NDArray[np.float64] | None) -> NDArray[np.float64]:
    """Bias and coefficients, with those of the start added in."""
    learnt = np.concatenate([[bias], coefficients[: len(kept)] * kept])
    return learnt if start is None else max(float(coefficients[-1]), 0.0) * start + learnt


def platt(raw: NDArray[np.float64], target: NDArray[np.bool_], weights: NDArray[np.float64], held: float = 0.0) -> tuple[float, float]:
    """Slope and shift that calibrate log-odds (Platt 1999).

    Parameters
    ----------
    held : so many imagined reports, whose log-odds are right as they are, keep
        a few labels from turning a chance separation into certainty
    """
    from sklearn.linear_model import LogisticRegression

    if held:
        raw, target, weights = _with_imagined(raw, target, weights, held)
    # Solved to the last digits: a solver that stops early stops elsewhere on another machine.
    fitted = LogisticRegression(C=1e3, solver="newton-cholesky", tol=1e-10).fit(raw[:, None], target, sample_weight=weights)
    return max(float(fitted.coef_[0, 0]), 0.1), float(fitted.intercept_[0])


def _with_imagined(raw: NDArray[np.float64], target: NDArray[np.bool_], weights: NDArray[np.float64], held: float) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.float64]]:
    """The reports, and imagined ones at two places of the scale, split as the log-odds say."""
    places = np.repeat([-_IMAGINED_AT, _IMAGINED_AT], 2)
    hit = np.tile([False, True], 2)
    shares = 1 / (1 + np.exp(np.where(hit, -places, places)))
    return np.concatenate([raw, places]), np.concatenate([target, hit]), np.concatenate([weights, held / 2 * shares])


def signs(names: Sequence[str], side: int = 1, not_done: Collection[str] = NOT_DONE) -> NDArray[np.float64]:
    """Sign that a feature must have towards escalation (1) or restraint (-1).

    An act raises the risk and restraint lowers it, a negated one the other way
    round; force that is remembered, imagined, doubted or only asked for does
    not raise it by itself. Another subject speaks for neither side.
    """
    from escalation.lexicon import load

    about = load().metadata
    directions = {name: int(item["direction"]) for name, item in about.items()} | _DIRECTIONS
    force = {name for name, item in about.items() if item["family"] in _FORCE} | _FORCE
    return np.array([-1 if name.startswith(features.SUBJECT) else side * _sign(name, directions, force, not_done) for name in names], dtype=float)


def _sign(name: str, directions: Mapping[str, int], force: Collection[str], not_done: Collection[str]) -> int:
    cue, _, bucket = name.partition(".")
    if name in _SUMS or bucket == "actual":
        return _SUMS.get(name, directions.get(cue, 0))
    if cue in ("heat", "calm"):
        return 1 if cue == "heat" else -1
    return -directions.get(cue, 0) if bucket == "negated" or (bucket in not_done and cue in force) else 0


def linear(fitted: NDArray[np.float64], names: tuple[str, ...], scale: NDArray[np.float64], slope: float = 1.0, shift: float = 0.0) -> Linear:
    coefficients = np.round(fitted[1:] * scale * slope, DECIMALS)
    bias = round(float(fitted[0]) * slope + shift, DECIMALS)
    return Linear(bias, {name: float(value) for name, value in zip(names, coefficients, strict=True) if value})
