"""Labelled numbers -> a fitted model."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from math import log
from typing import TYPE_CHECKING, Any

import numpy as np

from escalation import features
from escalation.errors import InputError
from escalation.evaluation import cells, coverage
from escalation.examples import Examples
from escalation.risk import HEADS, Linear, RiskModel, half_width, sigmoid

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Strength of regularisation (inverse, as scikit-learn has it) and the scales
# that decide how much of it each kind of feature feels. Chosen by leave one
# source out on the development reports; flat around these values.
_C_SENTENCE, _C_REPORT, _C_TOPIC = 0.3, 0.5, 1.0
_OTHER_SENSES, _SHORT = 4.0, 0.1
_DOUBT = 0.7  # in doubt a report is about a conflict: a gate that closes too early hides a threat
_WORD_IN_SENTENCE, _WORD_IN_REPORT, _TEMPERATURE = 0.5, 2.5, 4.0
# The risk listens a little to where the neighbouring codes divide: the labels
# are ordered, and a 2 that is nearly 3 looks like one.
_MIX = {"guarded": 0.3, "risk": 1.0, "high": 0.3}
_FOLDS = 5
_TEMPERATURES = (*tuple(f"{a}.{b}" for a in ("heat", "calm") for b in ("mean", "peak", "lead")), "calm.ratio")
_DIRECTIONS = {"act": 1, "trend": 1, "posture": 1, "threat": 1, "refusal": 1, "restraint": -1, "diplomacy": -1}
_FORCE = frozenset({"act", "trend", "posture"})
_NOT_DONE = frozenset({"background", "imagined", "doubted", "requested"})
_SUMS = {"up": 1, "down": -1, "killed": 1, "injured": 1, "displaced": 1, "units": 1, "rung": 1}
_REFITS = 4
_COVERAGE, _SPREADS, _LARGE = 0.9, tuple(round(0.05 * k, 2) for k in range(1, 41)), 30
# Weights are rounded so that a last bit in a linear algebra library does not
# show in the model's bytes.
_DECIMALS = 5


def fit(examples: Examples, lexicon_digest: str = "", card: Mapping[str, Any] | None = None, sentence_model: tuple[Linear, Linear] | None = None) -> RiskModel:
    """Fit sentence model, report model, calibration and cuts.

    Parameters
    ----------
    examples : at least one report on each side of every head
    sentence_model : heat and calm to use as they are (a model is retrained on
        reports alone where nobody named evidence sentences)

    Raises
    ------
    InputError
        All labels lie on one side of code 2.5.
    """
    positive = examples.risk >= HEADS["risk"]
    if positive.all() or not positive.any():
        raise InputError(f"labels: all {len(examples)} lie on one side of 2.5. Add reports of the other kind.")
    idf = _idf(examples)
    if sentence_model is None:
        temperatures = _out_of_fold_temperatures(examples)
        heat, calm = fit_sentences(examples)
    else:
        heat, calm = sentence_model
        temperatures = [_temperatures(heat, calm, sentences) for sentences in examples.numbers]
    measured = [features.of_report(examples.numbers[i], *temperatures[i], examples.counted[i], idf) for i in range(len(examples))]
    topic, topics = _fit_topic(measured, examples)
    rows = [features.gate(item, about).values for item, about in zip(measured, topics, strict=True)]
    names = tuple(sorted({name for row in rows for name in row}))
    matrix = _scale(_matrix(rows, names), names)
    heads, expected, logits = _fit_heads(matrix, names, examples)
    return RiskModel(
        heat=heat, calm=calm, topic=topic, heads=heads, idf=idf, cuts=_cuts(expected, examples),
        spread=_spread(logits, examples), lexicon_digest=lexicon_digest,
        card={"base_rate": round(float(np.average(positive, weights=_calibrating(examples))), 4), **(card or {})},
    )


def fit_sentences(examples: Examples) -> tuple[Linear, Linear]:
    """Heat and calm: log-odds of being named as evidence, from a sentence alone."""
    rows = [row for sentences in examples.numbers for row in sentences]
    names = tuple(sorted({name for row in rows for name in row}))
    scale = np.array([_WORD_IN_SENTENCE if name.startswith(features.WORD) else 1.0 for name in names])
    matrix = _matrix(rows, names) @ _diagonal(scale)
    # What is old is told by the report, not by the sentence: a chronicle's
    # sentences all look old and still heat or calm.
    not_done = _NOT_DONE - {"background", "requested"}
    heat, calm = (
        _linear(_logistic(matrix, _flat(flags), _C_SENTENCE, signs=_signs(names, side, not_done)), names, scale)
        for flags, side in ((examples.up, 1), (examples.down, -1))
    )
    return heat, calm


def _idf(examples: Examples) -> dict[str, float]:
    """Smoothed inverse document frequency of the words of the channel."""
    counts: dict[str, int] = {}
    for sentences in examples.numbers:
        for name in {name for row in sentences for name in row if name.startswith(features.WORD)}:
            counts[name] = counts.get(name, 0) + 1
    total = len(examples)
    return {name: round(log((1 + total) / (1 + n)) + 1, _DECIMALS) for name, n in sorted(counts.items()) if n >= 3}


def _out_of_fold_temperatures(examples: Examples) -> list[tuple[list[float], list[float]]]:
    """Heat and calm of every report from models that have not seen it."""
    fold = np.random.default_rng(0).integers(_FOLDS, size=len(examples))
    result: list[tuple[list[float], list[float]]] = [([], [])] * len(examples)
    for k in range(_FOLDS):
        if not (fold == k).any():
            continue
        heat, calm = fit_sentences(examples.take(np.flatnonzero(fold != k)))
        for i in np.flatnonzero(fold == k):
            result[i] = _temperatures(heat, calm, examples.numbers[i])
    return result


def _temperatures(heat: Linear, calm: Linear, sentences: Sequence[features.Numbers]) -> tuple[list[float], list[float]]:
    return [sigmoid(heat.logit(row)) for row in sentences], [sigmoid(calm.logit(row)) for row in sentences]


def _fit_topic(measured: Sequence[features.Measured], examples: Examples) -> tuple[Linear, NDArray[np.float64]]:
    """The gate, and for every report what a gate that has not seen it says."""
    rows = [{name: value for name, value in item.values.items() if name not in _TEMPERATURES} for item in measured]
    names = tuple(sorted({name for row in rows for name in row}))
    matrix, target = _scale(_matrix(rows, names), names), examples.risk >= HEADS["conflict"]
    # Texts without a conflict that are full of martial words are rare in an
    # archive and are what the gate is for.
    weights = np.where(examples.weights < _SHORT, 0.3, np.where(target | examples.typical, 1.0, _OTHER_SENSES))
    fold = np.random.default_rng(1).integers(_FOLDS, size=len(examples))
    logits = np.zeros(len(examples))
    for k in range(_FOLDS):
        test, train = np.flatnonzero(fold == k), np.flatnonzero(fold != k)
        part = _logistic(matrix[train], target[train], _C_TOPIC, weights[train])
        logits[test] = part[0] + matrix[test] @ part[1:] + _DOUBT
    fitted = _linear(_logistic(matrix, target, _C_TOPIC, weights), names, _scales(names), shift=_DOUBT)
    return fitted, 1 / (1 + np.exp(-logits))


def _fit_heads(matrix: Any, names: tuple[str, ...], examples: Examples) -> tuple[dict[str, Linear], NDArray[np.float64], NDArray[np.float64]]:
    """Heads calibrated out of fold, and the codes and the log-odds of the risk they expect out of fold."""
    signs = _signs(names)
    raw, full = {}, {}
    for head, code in HEADS.items():
        target = examples.risk >= code
        raw[head] = _out_of_fold(matrix, target, examples, signs)
        full[head] = _logistic(matrix, target, _C_REPORT, examples.weights, signs)
    raw["risk"] = np.sum([share * raw[head] for head, share in _MIX.items()], axis=0)
    full["risk"] = np.sum([share * full[head] for head, share in _MIX.items()], axis=0)
    heads, expected, logits = {}, np.zeros(len(examples)), np.zeros(len(examples))
    for head, code in HEADS.items():
        slope, shift = _platt(raw[head], examples.risk >= code, _calibrating(examples))
        heads[head] = _linear(full[head], names, _scales(names), slope, shift)
        expected += 1 / (1 + np.exp(-(slope * raw[head] + shift)))
        logits = slope * raw[head] + shift if head == "risk" else logits
    return heads, expected, logits


def _out_of_fold(matrix: Any, target: NDArray[np.bool_], examples: Examples, signs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log-odds of every report from a head that has not seen its fold."""
    raw = np.zeros(len(target))
    for train, test in _splits(examples, target):
        part = _logistic(matrix[train], target[train], _C_REPORT, examples.weights[train], signs)
        raw[test] = part[0] + matrix[test] @ part[1:]
    return raw


def _splits(examples: Examples, target: NDArray[np.bool_]) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Folds that keep groups whole where there are groups enough."""
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    empty = np.zeros(len(target))
    if len(set(examples.groups)) >= _FOLDS:
        folds = StratifiedGroupKFold(_FOLDS, shuffle=True, random_state=0).split(empty, target, examples.groups)
    else:
        folds = StratifiedKFold(min(_FOLDS, int(min(target.sum(), (~target).sum()))), shuffle=True, random_state=0).split(empty, target)
    return [(train, test) for train, test in folds if 0 < target[train].sum() < len(train)]


def _platt(raw: NDArray[np.float64], target: NDArray[np.bool_], weights: NDArray[np.float64]) -> tuple[float, float]:
    """Slope and shift that calibrate log-odds (Platt 1999)."""
    from sklearn.linear_model import LogisticRegression

    fitted = LogisticRegression(C=1e3).fit(raw[:, None], target, sample_weight=weights)
    return max(float(fitted.coef_[0, 0]), 0.1), float(fitted.intercept_[0])


def _calibrating(examples: Examples) -> NDArray[np.float64]:
    """Weights that leave calibration to the typical reports."""
    return np.where(examples.typical, 1.0, 1e-6)


def _logistic(matrix: Any, target: NDArray[np.bool_], c: float, weights: Any = None, signs: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
    """Bias and coefficients, shape (1 + features,).

    A coefficient with the wrong sign (restraint that raises the risk) tells of
    the sample, not of the language: its feature is left out and the rest is
    fitted again.
    """
    from sklearn.linear_model import LogisticRegression

    if target.all() or not target.any():
        rate = (target.sum() + 0.5) / (len(target) + 1)
        return np.concatenate([[log(rate / (1 - rate))], np.zeros(matrix.shape[1])])
    kept = np.ones(matrix.shape[1])
    for _ in range(_REFITS):
        fitted = LogisticRegression(C=c, solver="liblinear", max_iter=1000, tol=1e-6, random_state=0).fit(matrix @ _diagonal(kept), target, sample_weight=weights)
        wrong = np.zeros(len(kept), dtype=bool) if signs is None else signs * fitted.coef_[0] < 0
        if not wrong.any():
            break
        kept[wrong] = 0.0
    return np.concatenate([fitted.intercept_, fitted.coef_[0] * kept])


def _signs(names: Sequence[str], side: int = 1, not_done: Collection[str] = _NOT_DONE) -> NDArray[np.float64]:
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


def _linear(fitted: NDArray[np.float64], names: tuple[str, ...], scale: NDArray[np.float64], slope: float = 1.0, shift: float = 0.0) -> Linear:
    coefficients = np.round(fitted[1:] * scale * slope, _DECIMALS)
    bias = round(float(fitted[0]) * slope + shift, _DECIMALS)
    return Linear(bias, {name: float(value) for name, value in zip(names, coefficients, strict=True) if value})


def _cuts(expected: NDArray[np.float64], examples: Examples) -> tuple[float, float, float, float]:
    """Expected codes that reproduce the share of each level among the reports."""
    codes = np.floor(examples.risk[examples.typical] + 0.5)
    shares = [float((codes < code).mean()) for code in (1, 2, 3, 4)]
    return tuple(round(float(q), _DECIMALS) for q in np.quantile(expected[examples.typical], shares))  # type: ignore[return-value]


def _spread(logits: NDArray[np.float64], examples: Examples) -> float:
    """Smallest standard deviation of the log-odds with which the intervals hold.

    They hold when nine in ten cells (see ``evaluation.coverage``) have
    their observed rate inside, judged by models that have not seen the group.
    """
    rows = np.flatnonzero(examples.typical)
    amounts = np.array([features.amount(examples.numbers[i]) for i in rows])
    positive, middle = examples.risk[rows] >= HEADS["risk"], logits[rows]
    groups = _large(examples.groups[rows])
    for spread in _SPREADS:
        half = half_width(spread, amounts)
        low, p, high = (1 / (1 + np.exp(-(middle + shift))) for shift in (-half, 0, half))
        if not coverage(positive, p, low, high, cells(p, groups)) < _COVERAGE:
            break
    return float(spread)


def _large(groups: NDArray[np.str_]) -> NDArray[np.str_]:
    """Groups too small for cells of their own count as one."""
    names, counts = np.unique(groups, return_counts=True)
    return np.where(np.isin(groups, names[counts >= _LARGE]), groups, "")


def _scales(names: Sequence[str]) -> NDArray[np.float64]:
    return np.array([_WORD_IN_REPORT if name.startswith(features.WORD) else _TEMPERATURE if name in _TEMPERATURES else 1.0 for name in names])


def _scale(matrix: Any, names: Sequence[str]) -> Any:
    return (matrix @ _diagonal(_scales(names))).tocsr()


def _diagonal(values: NDArray[np.float64]) -> Any:
    from scipy import sparse

    return sparse.diags(values)


def _matrix(rows: Sequence[features.Numbers], names: Sequence[str]) -> Any:
    """Sparse matrix of shape (rows, names)."""
    from scipy import sparse

    column = {name: j for j, name in enumerate(names)}
    pairs = [[(column[name], value) for name, value in sorted(row.items()) if name in column] for row in rows]
    indptr = np.concatenate([[0], np.cumsum([len(row) for row in pairs])])
    indices = np.array([j for row in pairs for j, _ in row], dtype=np.int32)
    data = np.array([value for row in pairs for _, value in row])
    return sparse.csr_matrix((data, indices, indptr), shape=(len(rows), len(names)))


def _flat(flags: Sequence[Sequence[bool]]) -> NDArray[np.bool_]:
    return np.array([flag for row in flags for flag in row], dtype=bool)
