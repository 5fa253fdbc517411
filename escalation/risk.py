"""Numbers of a report -> its risk, with the part that each sentence has in it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain, repeat
from math import exp, log
from operator import mul
from sys import intern
from typing import TYPE_CHECKING, Any

from escalation import features, language
from escalation.adding import add_up
from escalation.features import Measured, Numbers
from escalation.lexicon import Lexicon
from escalation.reader import Read, read
from escalation.records import LEVELS, Assessment, Cue, Grade, Report, ScoredSentence
from escalation.twins import builder
from escalation.visible import beginning

if TYPE_CHECKING:
    from pathlib import Path

# Heads: the codes at which each splits the codebook's scale.
HEADS = {"conflict": 0.5, "guarded": 1.5, "risk": 2.5, "high": 3.5}
_NORMAL_90 = 1.645  # half width of a 90 % interval in standard deviations
_THIN = 1.0  # amount of cues below which evidence is called thin
_ACTS = frozenset({"act", "trend", "posture"})  # families whose cues are acts
_THREATS = frozenset({"threat", "refusal", "words", "words-deter+"})
_MANY_DEAD = 50  # killed from which fighting is rung 4 (codebook: many casualties)

_new_sentence = builder(ScoredSentence)


@dataclass(frozen=True, slots=True)
class Linear:
    """A bias and a weight per feature."""

    bias: float
    weights: Mapping[str, float]

    def logit(self, values: Numbers) -> float:
        total: float = add_up(map(mul, values.values(), map(self.weights.get, values, repeat(0.0))))
        return self.bias + total


@dataclass(frozen=True, eq=False)
class RiskModel:
    """Fitted weights: sentences to heat and calm, reports to risk.

    Attributes
    ----------
    heat, calm : Linear
        Log-odds that a coder would name a sentence as evidence of escalation
        (of restraint).
    topic : Linear
        Log-odds that a report is about a conflict at all, from cues and words;
        the other features count only as far as it is.
    heads : mapping of name to Linear
        Log-odds that a report's code lies above each of :data:`HEADS`.
    idf : mapping of word to float
        Inverse document frequency; its keys are the word channel's vocabulary.
    cuts : four floats
        Expected codes at which the level changes.
    spread : float
        Standard deviation of the log-odds where evidence is plenty.
    """

    heat: Linear
    calm: Linear
    topic: Linear
    heads: Mapping[str, Linear]
    idf: Mapping[str, float]
    cuts: tuple[float, float, float, float]
    spread: float
    lexicon_digest: str
    card: Mapping[str, Any] = field(default_factory=dict)
    vocabulary: frozenset[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "vocabulary", frozenset(name.removeprefix(features.WORD) for name in self.idf))

    def __repr__(self) -> str:
        return f"<RiskModel: {self.card.get('name', 'without a card')}>"  # all weights are a megabyte

    @property
    def baseline(self) -> float:
        """Log-odds of the risk of an empty report."""
        return self.heads["risk"].bias

    def save(self, path: str | Path) -> Path:
        """Write the model's folder; see :func:`escalation.store.save`."""
        from escalation import store

        return store.save(self, path)

    def assess(self, report: Report, lexicon: Lexicon) -> Assessment:
        """Judge one report.

        Text that is not English, or has no words, is not judged: its risk is
        the rate at which reports are risky at all, its interval is everything,
        and ``flags`` says why.
        """
        odd = language.flags(report.text)
        if odd:
            return self._unjudged(report, odd)
        return self.judge(report, read(report, lexicon, self.vocabulary))

    def judge(self, report: Report, sentences: Sequence[Read]) -> Assessment:
        """Judge a report whose sentences have been read."""
        numbers = [item.numbers for item in sentences]
        heat, calm, measured = self.measure(numbers, [item.counts for item in sentences])
        logits = self.logits(measured.values)
        amount = features.amount(numbers)
        counted = [item for item in sentences if item.counts]
        told = [item.cues for item in counted if item.cues]
        return Assessment(
            report=report,
            risk=sigmoid(logits["risk"]),
            interval=self.interval(logits["risk"], amount),
            level=self.level(logits),
            rung=max((_rung(cue) for item in sentences for cue in item.cues), default=0),
            evidence="none" if amount == 0 else "thin" if amount < _THIN else "enough",
            acts=_strength(told, len(counted), _ACTS, 1, measured.passed),
            threats=_strength(told, len(counted), _THREATS, 1, measured.passed),
            restraint=_strength(told, len(counted), (), -1, measured.passed),
            baseline=self.baseline,
            flags=language.notes(report.text),
            cues=tuple([cue for item in sentences for cue in item.cues]),
            length=len(sentences),
            shared=lambda: self._shared(sentences, heat, calm, measured),
            without=lambda i: self._without(sentences, i),
            grade=Grade(expected(logits), self.cuts, float(len(self.heads))),
        )

    def measure(self, numbers: Sequence[Numbers], counted: Sequence[bool]) -> tuple[list[float], list[float], Measured]:
        """Heat and calm of each sentence, and the report's features."""
        heat, calm = self._temperatures(numbers)
        measured = features.of_report(numbers, heat, calm, counted, self.idf)
        return heat, calm, features.gate(measured, sigmoid(self.topic.logit(measured.values)))

    def logits(self, values: Numbers) -> dict[str, float]:
        """Log-odds that the code lies above each of :data:`HEADS`."""
        nothing = (0.0,) * len(self.heads)
        rows = map(self._rows.get, values, repeat(nothing))
        columns = zip(nothing, *rows, strict=True)  # the first row is there in case of no other
        return {name: head.bias + add_up(map(mul, column[1:], values.values())) for (name, head), column in zip(self.heads.items(), columns, strict=True)}

    def shares(self, measured: Measured, count: int) -> tuple[list[float], dict[str, float]]:
        """Part of each sentence, and of each feature, in the log-odds of the risk."""
        weights, (values, parts, places, passed) = self.heads["risk"].weights, measured
        by_feature = {name: weights[name] * value for name, value in values.items() if name in weights}
        shares = [0.0] * count
        for name, part_of in parts.items():
            if name in by_feature:
                weight = weights[name]
                for i, part in part_of.items():
                    shares[i] += weight * (passed * part)
        for name, where in places.items():
            if name in by_feature:
                even = by_feature[name] / len(where)
                for i in where:
                    shares[i] += even
        return shares, by_feature

    def level(self, logits: Mapping[str, float]) -> str:
        """Name of the codebook's code that the heads together expect."""
        code = expected(logits)
        return LEVELS[sum(code >= cut for cut in self.cuts)]

    def interval(self, logit: float, amount: float) -> tuple[float, float]:
        """Nominal 90 % interval; wider where there is little to judge from."""
        half = half_width(self.spread, amount)
        return sigmoid(logit - half), sigmoid(logit + half)

    @cached_property
    def _rows(self) -> dict[str, tuple[float, ...]]:
        """Weights of all heads side by side: one look-up instead of four."""
        return _side_by_side([head.weights for head in self.heads.values()])

    @cached_property
    def _warmth(self) -> dict[str, tuple[float, ...]]:
        """Weights of heat and calm side by side."""
        return _side_by_side([self.heat.weights, self.calm.weights])

    def _temperatures(self, numbers: Sequence[Numbers]) -> tuple[list[float], list[float]]:
        """Heat and calm of each sentence."""
        warmth = self._warmth
        heat, calm = [], []
        for sentence in numbers:
            up, down = self.heat.bias, self.calm.bias
            for name, value in sentence.items():
                if name in warmth:
                    hot, cool = warmth[name]
                    up += hot * value
                    down += cool * value
            heat.append(sigmoid(up))
            calm.append(sigmoid(down))
        return heat, calm

    def _shared(self, sentences: Sequence[Read], heat: Sequence[float], calm: Sequence[float], measured: Measured) -> tuple[tuple[ScoredSentence, ...], Mapping[str, float]]:
        """The sentences with their shares, and the share of each feature."""
        shares, by_feature = self.shares(measured, len(sentences))
        return tuple([
            _new_sentence(span.text, span.start, span.end, span.role, hot - cool, share, cues)
            for (span, cues, _), hot, cool, share in zip(sentences, heat, calm, shares, strict=True)
        ]), by_feature

    def _without(self, sentences: Sequence[Read], index: int) -> float:
        kept = [item for i, item in enumerate(sentences) if i != index]
        _, _, measured = self.measure([item.numbers for item in kept], [item.counts for item in kept])
        return sigmoid(self.heads["risk"].logit(measured.values))

    def _unjudged(self, report: Report, odd: tuple[str, ...]) -> Assessment:
        from escalation.text import split

        rate, spans = float(self.card.get("base_rate", 0.5)), split(beginning(report.text))
        return Assessment(
            report=report, risk=rate, interval=(0.0, 1.0), level="guarded", rung=0, evidence="none", acts=0.0, threats=0.0, restraint=0.0,
            baseline=log(rate / (1 - rate)), flags=(*odd, *language.extent(report.text)), cues=(), length=len(spans),
            shared=lambda: (tuple([ScoredSentence(s.text, s.start, s.end, s.role, 0.0, 0.0) for s in spans]), {}), without=lambda _: rate,
        )


def _side_by_side(columns: Sequence[Mapping[str, float]]) -> dict[str, tuple[float, ...]]:
    """Each feature's weight in every column, 0 where it has none."""
    names = list(dict.fromkeys(chain.from_iterable(columns)))
    return {intern(name): tuple([column.get(name, 0.0) for column in columns]) for name in names}


def expected(logits: Mapping[str, float]) -> float:
    """The codebook's code that the heads together expect."""
    return add_up(map(sigmoid, logits.values()))


def half_width(spread: float, amount: Any) -> Any:
    """Half of a nominal 90 % interval in log-odds, for one amount of evidence or an array of them."""
    return _NORMAL_90 * spread * (1 + 1 / (1 + amount)) ** 0.5


def sigmoid(logit: float) -> float:
    """Logistic function that does not overflow."""
    if logit >= 0:
        return 1 / (1 + exp(-logit))
    small = exp(logit)
    return small / (1 + small)


def with_view(assessment: Assessment, explain: Callable[[Assessment], Any], html: Callable[[Assessment], str]) -> Assessment:
    """Attach the views that live further up."""
    return replace(assessment, views=(explain, html))


def _rung(cue: Cue) -> int:
    """Rung of a cue that happens now, raised where many are killed."""
    if cue.direction < 1 or cue.status != "asserted" or cue.time == "background":
        return 0
    if cue.realis != "actual":
        return 1 if cue.realis in ("threatened", "planned") and cue.family in ("act", "posture", "threat") else 0
    killed = max((size.low for size in cue.magnitude if size.kind == "killed"), default=0)
    return max(cue.rung or 0, 4 if killed >= _MANY_DEAD else 0)


def _strength(told: Sequence[Sequence[Cue]], count: int, families: Collection[str], sign: int, passed: float) -> float:
    """Strongest and average weight of one side, squeezed into [0, 1].

    ``told`` are the cues of those of ``count`` sentences that have any; they
    count as far as the report is about a conflict (``passed``, see
    :func:`features.gate`): a tariff is threatened, too.
    """
    sums = [add_up([sign * cue.weight for cue in cues if sign * cue.weight > 0 and (not families or cue.family in families)]) for cues in told]
    return 1 - exp(-passed * (0.5 * max(sums) + add_up(sums) / count)) if sums else 0.0
