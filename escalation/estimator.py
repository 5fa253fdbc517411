"""Numbers of a report -> its risk by any scikit-learn classifier, with the part that each sentence has in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import log
from typing import TYPE_CHECKING, Any, TypeAlias

from escalation import features, language
from escalation.adding import add_up
from escalation.features import Measured, Numbers
from escalation.lexicon import Lexicon
from escalation.reader import Read
from escalation.records import LEVELS, Assessment, Grade, Report, ScoredSentence
from escalation.risk import RiskModel, half_width, sigmoid

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

# A forest of a hundred trees that says 0 means less than one in a hundred.
_LEAST = 1e-3
# Beyond one in a million no calibration reaches, and log-odds of a risk that
# rounds to 1 cannot be shared out.
_MOST_LOG_ODDS = 13.8
# Effects below this have too few digits to deal anything out by.
_NOTHING = 1e-300
_BATCH = 2_000  # rows predicted at once: flat memory for a report of any length


@dataclass(frozen=True, eq=False)
class EstimatorModel:
    """A scikit-learn classifier on the report features of another model.

    It is used as a :class:`RiskModel` is: ``Scorer(model=...)``, ``assess``,
    ``save``.

    Attributes
    ----------
    base : RiskModel
        Whose heat, calm and gate make the report features.
    estimator : fitted classifier of two classes, 0 and 1
    columns : names of the features, in the estimator's order
    slope, shift : float
        Platt scaling of the estimator's log-odds, fitted out of fold.
    cuts : four floats
        Risks at which the level changes.
    spread : float
        Standard deviation of the log-odds where evidence is plenty.

    Notes
    -----
    A linear model's shares are its computation. Those of any other model are an
    attribution: a sentence gets the mean of what its part of the features adds
    to an empty report and of what it takes from the whole one (the first and
    the last step of a Shapley value, Shapley 1953); what is then missing to the
    log-odds, the sentences' joint effect, is dealt out in proportion to size.
    They sum as exactly, but say less: where sentences only act together, a
    share depends on this rule.
    """

    base: RiskModel
    estimator: Any
    columns: tuple[str, ...]
    slope: float
    shift: float
    cuts: tuple[float, float, float, float]
    spread: float
    lexicon_digest: str
    card: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"<EstimatorModel: {self.card.get('name', 'without a card')}, {type(self.estimator).__name__}>"

    @property
    def vocabulary(self) -> frozenset[str]:
        """Words of the base model's word channel."""
        return self.base.vocabulary

    @cached_property
    def baseline(self) -> float:
        """Log-odds of the risk of an empty report."""
        return self._logit({})

    def save(self, path: str | Path) -> Path:
        """Write the model's folder; see :func:`escalation.store.save`."""
        from escalation import store

        return store.save(self, path)

    def assess(self, report: Report, lexicon: Lexicon) -> Assessment:
        """Judge one report; see :meth:`RiskModel.assess`."""
        from escalation.reader import read

        if language.flags(report.text):
            rate = float(self.card.get("base_rate", 0.5))
            return replace(self.base.assess(report, lexicon), risk=rate, baseline=log(rate / (1 - rate)), without=lambda _: rate)
        return self.judge(report, read(report, lexicon, self.vocabulary))

    def judge(self, report: Report, sentences: Sequence[Read]) -> Assessment:
        """Judge a report whose sentences have been read."""
        found, measured = self.base.judge(report, sentences), self._measure(sentences)
        logit = self._logit(measured.values)
        return replace(
            found,
            risk=sigmoid(logit),
            interval=self.interval(logit, features.amount([item.numbers for item in sentences])),
            level=self.level(sigmoid(logit)),
            grade=Grade(sigmoid(logit), self.cuts, 1.0),
            baseline=self.baseline,
            shared=lambda: self._shared(found, measured),
            without=lambda i: sigmoid(self._logit(self._measure([*sentences[:i], *sentences[i + 1 :]]).values)),
        )

    def measure(self, numbers: Sequence[Numbers], counted: Sequence[bool]) -> tuple[list[float], list[float], Measured]:
        """Heat and calm of each sentence, and the report's features."""
        return self.base.measure(numbers, counted)

    def matrix(self, rows: Sequence[Mapping[str, float]]) -> NDArray[Any]:
        """Features as the estimator wants them, shape (rows, columns)."""
        import numpy as np

        place = self._places
        filled = np.zeros((len(rows), len(self.columns)))
        for i, row in enumerate(rows):
            for name, value in row.items():
                if name in place:
                    filled[i, place[name]] = value
        return filled

    def logits(self, matrix: NDArray[Any]) -> NDArray[Any]:
        """Calibrated log-odds, shape (rows,)."""
        import numpy as np

        return np.clip(self.slope * log_odds(self.estimator, matrix) + self.shift, -_MOST_LOG_ODDS, _MOST_LOG_ODDS)

    def shares(self, measured: Measured, count: int) -> tuple[list[float], dict[str, float]]:
        """Part of each sentence, and of each feature, in the log-odds of the risk."""
        values = {name: value for name, value in measured.values.items() if name in self._places and value}
        parts: list[dict[str, float]] = [{} for _ in range(count)]
        for name in values:
            for i, part in measured.parts[name].items():
                parts[i][name] = part
        total = self._logit(values) - self.baseline
        by_feature = _deal(self._effects(values, [{name: value} for name, value in values.items()]), [abs(value) for value in values.values()], total)
        held = [i for i, part in enumerate(parts) if part]
        dealt = _deal(self._effects(values, [parts[i] for i in held]), [add_up(map(abs, parts[i].values())) for i in held], total)
        by_sentence = dict(zip(held, dealt, strict=True))
        return [by_sentence.get(i, 0.0) for i in range(count)], dict(zip(values, by_feature, strict=True))

    def level(self, risk: float) -> str:
        """Name of the codebook's code that the risk stands for."""
        return LEVELS[sum(risk >= cut for cut in self.cuts)]

    def interval(self, logit: float, amount: float) -> tuple[float, float]:
        """Nominal 90 % interval; wider where there is little to judge from."""
        half = half_width(self.spread, amount)
        return sigmoid(logit - half), sigmoid(logit + half)

    @cached_property
    def _places(self) -> dict[str, int]:
        return {name: j for j, name in enumerate(self.columns)}

    def _shared(self, found: Assessment, measured: Measured) -> tuple[tuple[ScoredSentence, ...], Mapping[str, float]]:
        """The sentences with their shares, and the share of each feature."""
        shares, by_feature = self.shares(measured, found.length)
        return tuple([replace(sentence, share=share) for sentence, share in zip(found.sentences, shares, strict=True)]), by_feature

    def _measure(self, sentences: Sequence[Read]) -> Measured:
        return self.base.measure([item.numbers for item in sentences], [item.counts for item in sentences])[2]

    def _logit(self, values: Mapping[str, float]) -> float:
        return float(self.logits(self.matrix([values]))[0])

    def _effects(self, whole: Mapping[str, float], parts: Sequence[Mapping[str, float]]) -> list[float]:
        """Mean of what each part adds to nothing and takes from the whole."""
        logit, effects = self._logit(whole), []
        for batch in _batches(parts):
            alone = self.matrix(batch)
            added = self.logits(alone) - self.baseline
            taken = logit - self.logits(self.matrix([whole]) - alone)
            effects += ((added + taken) / 2).tolist()
        return effects


Model: TypeAlias = RiskModel | EstimatorModel


def log_odds(estimator: Any, matrix: NDArray[Any]) -> NDArray[Any]:
    """What a fitted classifier of two classes says, on a scale without ends."""
    import numpy as np

    if hasattr(estimator, "decision_function"):
        return np.asarray(estimator.decision_function(matrix), dtype=float)
    p = np.clip(np.asarray(estimator.predict_proba(matrix), dtype=float)[:, 1], _LEAST, 1 - _LEAST)
    odds: NDArray[Any] = np.log(p / (1 - p))
    return odds


def _batches(parts: Sequence[Mapping[str, float]]) -> Iterator[Sequence[Mapping[str, float]]]:
    for start in range(0, len(parts), _BATCH):
        yield parts[start : start + _BATCH]


def _deal(effects: Sequence[float], sizes: Sequence[float], total: float) -> list[float]:
    """Effects that sum to the total: what is missing goes by the size of the effect, or of the part where none has any."""
    claims = [abs(effect) for effect in effects] if any(abs(effect) > _NOTHING for effect in effects) else sizes
    missing, claimed = total - add_up(effects), add_up(claims)
    return [effect + missing * claim / claimed for effect, claim in zip(effects, claims, strict=True)]
