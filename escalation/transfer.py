"""Labelled numbers and a fitted model -> a model that has learnt from both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import sqrt
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

import numpy as np

from escalation import features, heads, regression
from escalation.estimator import EstimatorModel
from escalation.examples import Examples
from escalation.risk import HEADS, Linear, RiskModel, half_width

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Imagined reports that hold the calibration: enough for 25 labels, gone at 300.
_HELD = 6.0
# What few labels leave open, as variance of the log-odds: about 8 / n, measured
# as the spread that intervals need on sources that were left out, n from 25 to
# 1,000 (tests/benchmarks/learning.py).
_FEW = 8.0
# Labels from which the spread can be measured at all (ten cells of twenty), and
# at which what is measured counts as much as what the base knows.
_MEASURABLE, _HALF = 200, 500

M = TypeVar("M", RiskModel, EstimatorModel)


class Learnt(NamedTuple, Generic[M]):
    """A model, and what models that had not seen a report's fold say of it.

    ``risk``, ``low``, ``high`` are probabilities, ``codes`` the levels 0 to 4,
    ``before`` the log-odds of the base, each of shape (n,).
    """

    model: M
    risk: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    codes: NDArray[np.int_]
    before: NDArray[np.float64]


def adapt(examples: Examples, base: RiskModel, lexicon_digest: str, binary: bool = False, card: Mapping[str, Any] | None = None) -> Learnt[RiskModel]:
    """Learn heads from labels, starting from those of a fitted model.

    Sentence model, gate and word frequencies stay those of the base; every head
    becomes ``a * head of the base + what the labels add``, regularised as the
    default model is, which suits 25 labels as well as 1,000: the base's log-odds
    are one more feature, and weigh most while labels are few.

    Parameters
    ----------
    examples : labelled reports, read with ``base.vocabulary``; some of each kind
    binary : labels are of two classes, 0 and 4. Then only the head of the risk
        is learnt; the others keep their distance from it, and the cuts of the
        levels move so that "elevated" begins where the labels say.
    """
    rows = [base.measure(numbers, counted)[2].values for numbers, counted in zip(examples.numbers, examples.counted, strict=True)]
    start = heads.Start(base.heads, _HELD)
    fitted = _beside(heads.fit_risk(rows, examples, start), base, rows) if binary else heads.fit(rows, examples, start)
    cuts = _moved(base.cuts, fitted.expected, examples) if binary else heads.cuts(fitted.expected, examples)
    logits = fitted.logits["risk"]
    spread = _spread(logits, examples, base)
    rate = np.average(examples.risk >= HEADS["risk"], weights=examples.weights)
    model = replace(base, heads=fitted.heads, cuts=cuts, spread=spread, lexicon_digest=lexicon_digest, card={**(card or {}), "base_rate": round(float(rate), 4)})
    return learnt(model, logits, np.searchsorted(np.asarray(cuts), fitted.expected, side="right"), [base.heads["risk"].logit(row) for row in rows], examples)


def learnt(model: M, logits: NDArray[np.float64], codes: NDArray[np.int_], before: Sequence[float], examples: Examples) -> Learnt[M]:
    """A model with what its like said out of fold: log-odds and codes of each example."""
    half = half_width(model.spread, np.array([features.amount(numbers) for numbers in examples.numbers]))
    low, risk, high = (1 / (1 + np.exp(-(logits + shift))) for shift in (-half, 0, half))
    return Learnt(model, risk, low, high, codes, np.array(before))


def _beside(fitted: heads.Fitted, base: RiskModel, rows: list[features.Numbers]) -> heads.Fitted:
    """All heads, those of the other codes as far from the risk as they are in the base."""
    risk, known = fitted.heads["risk"], base.heads
    linears = {head: risk if head == "risk" else _moved_head(known[head], known["risk"], risk) for head in HEADS}
    before = {head: np.array([known[head].logit(row) for row in rows]) for head in HEADS}
    return heads.Fitted(linears, {head: fitted.logits["risk"] + before[head] - before["risk"] for head in HEADS})


def _moved_head(head: Linear, before: Linear, now: Linear) -> Linear:
    """The head plus what the risk has learnt; a weight with the wrong sign is left out."""
    names = sorted({*head.weights, *before.weights, *now.weights})
    moved = {name: round(head.weights.get(name, 0.0) - before.weights.get(name, 0.0) + now.weights.get(name, 0.0), regression.DECIMALS) for name in names}
    signs = regression.signs(names)
    return Linear(round(head.bias - before.bias + now.bias, regression.DECIMALS), {name: moved[name] for name, sign in zip(names, signs, strict=True) if moved[name] and sign * moved[name] >= 0})


def _moved(cuts: tuple[float, float, float, float], expected: NDArray[np.float64], examples: Examples) -> tuple[float, float, float, float]:
    """Cuts stretched so that as many reports are elevated or high as the labels say."""
    codes = len(HEADS)
    share = 1 - np.average(examples.risk >= HEADS["risk"], weights=examples.weights)
    middle = min(max(float(np.quantile(expected, share)), 0.1), codes - 0.1)
    below, above = middle / cuts[2], (codes - middle) / (codes - cuts[2])
    return tuple(round(cut * below if cut <= cuts[2] else codes - (codes - cut) * above, regression.DECIMALS) for cut in cuts)  # type: ignore[return-value]


def _spread(logits: NDArray[np.float64], examples: Examples, base: RiskModel) -> float:
    """Between the base's spread and the one that holds out of fold, and what few labels leave open."""
    n = len(examples)
    trust = n / (n + _HALF) if n >= _MEASURABLE else 0.0
    known = trust * heads.spread(logits, examples) + (1 - trust) * base.spread if trust else base.spread
    return round(sqrt(known**2 + _FEW / n), regression.DECIMALS)
