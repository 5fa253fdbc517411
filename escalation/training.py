"""Labelled numbers -> a fitted model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log
from typing import TYPE_CHECKING, Any

import numpy as np

from escalation import features, heads, regression
from escalation.errors import InputError
from escalation.examples import Examples
from escalation.risk import HEADS, Linear, RiskModel, sigmoid

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Inverse strength of regularisation, as scikit-learn has it, and the scale that
# decides how much of it words feel. Chosen by leave one source out on the
# development reports; flat around these values.
_C_SENTENCE, _C_TOPIC = 0.3, 1.0
_WORD_IN_SENTENCE = 0.5
_OTHER_SENSES, _SHORT = 4.0, 0.1
_DOUBT = 0.7  # in doubt a report is about a conflict: a gate that closes too early hides a threat
_FOLDS = 5


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
    fitted = heads.fit(rows, examples)
    return RiskModel(
        heat=heat, calm=calm, topic=topic, heads=fitted.heads, idf=idf, cuts=heads.cuts(fitted.expected, examples),
        spread=heads.spread(fitted.logits["risk"], examples), lexicon_digest=lexicon_digest,
        card={"base_rate": round(float(np.average(positive, weights=heads.calibrating(examples))), 4), **(card or {})},
    )


def fit_sentences(examples: Examples) -> tuple[Linear, Linear]:
    """Heat and calm: log-odds of being named as evidence, from a sentence alone."""
    rows = [row for sentences in examples.numbers for row in sentences]
    names = tuple(sorted({name for row in rows for name in row}))
    scale = np.array([_WORD_IN_SENTENCE if name.startswith(features.WORD) else 1.0 for name in names])
    matrix = regression.matrix(rows, names) @ regression.diagonal(scale)
    # What is old is told by the report, not by the sentence: a chronicle's
    # sentences all look old and still heat or calm.
    not_done = regression.NOT_DONE - {"background", "requested"}
    heat, calm = (
        regression.linear(regression.logistic(matrix, _flat(flags), _C_SENTENCE, signs=regression.signs(names, side, not_done)), names, scale)
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
    return {name: round(log((1 + total) / (1 + n)) + 1, regression.DECIMALS) for name, n in sorted(counts.items()) if n >= 3}


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
    rows = [{name: value for name, value in item.values.items() if name not in heads.TEMPERATURES} for item in measured]
    names = tuple(sorted({name for row in rows for name in row}))
    matrix, target = regression.scale(regression.matrix(rows, names), heads.scales(names)), examples.risk >= HEADS["conflict"]
    # Texts without a conflict that are full of martial words are rare in an
    # archive and are what the gate is for.
    weights = np.where(examples.weights < _SHORT, 0.3, np.where(target | examples.typical, 1.0, _OTHER_SENSES))
    fold = np.random.default_rng(1).integers(_FOLDS, size=len(examples))
    logits = np.zeros(len(examples))
    for k in range(_FOLDS):
        test, train = np.flatnonzero(fold == k), np.flatnonzero(fold != k)
        part = regression.logistic(matrix[train], target[train], _C_TOPIC, weights[train])
        logits[test] = part[0] + matrix[test] @ part[1:] + _DOUBT
    fitted = regression.linear(regression.logistic(matrix, target, _C_TOPIC, weights), names, heads.scales(names), shift=_DOUBT)
    return fitted, 1 / (1 + np.exp(-logits))


def _flat(flags: Sequence[Sequence[bool]]) -> NDArray[np.bool_]:
    return np.array([flag for row in flags for flag in row], dtype=bool)
