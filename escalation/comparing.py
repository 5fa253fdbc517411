"""Two models and labelled reports -> which is better, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from escalation import assessing, bootstrap, explain, grids, layout, pairing, store, verdicts, wrong
from escalation.bootstrap import Estimate
from escalation.estimator import Model
from escalation.labelled import Labelled, Rejected
from escalation.lexicon import Lexicon
from escalation.records import Assessment
from escalation.store import ModelLike
from escalation.verdicts import Verdicts
from escalation.wrong import Told

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from escalation.pairing import Given, Reports

SAME = "not distinguishable"
BASELINE = "(baseline)"
_MOVED = 10
_KNOWN = 0.1  # share of reports that a model has learnt by heart from which a figure says little of others
_CAUSES = 4  # cues and features that a report's change is told by
_STILL = 0.005  # a change of risk that two decimals hide
_LAST = 9  # decimals beyond which differences are those of floating point
_WORDS = {(1, True): "better", (1, False): "worse", (-1, True): "worse", (-1, False): "better", (0, True): "higher", (0, False): "lower"}


class Change(NamedTuple):
    """A figure of both models, and new minus old on the same reports."""

    old: float
    new: float
    difference: Estimate
    verdict: str


class Moved(NamedTuple):
    """A report whose risk changed.

    ``towards`` the label or away from it; ``by_cue`` and ``by_feature`` are
    shares in the log-odds, new minus old, the largest first.
    """

    place: str
    report: str
    code: float
    old: float
    new: float
    towards: bool
    by_cue: tuple[Told, ...]
    by_feature: tuple[Told, ...]


@dataclass(frozen=True, eq=False)
class Comparison:
    """Which of two models is better on labelled reports.

    Attributes
    ----------
    old, new : str
        Their names.
    figures : mapping of str to Change
        Names as in :class:`escalation.Evaluation`; ``verdict`` is ``"better"``,
        ``"worse"`` (of coverage ``"higher"``, ``"lower"``), or ``"not
        distinguishable"`` where the 95 % interval of the paired difference
        holds 0.
    lacking : mapping of str to str
        Figures that these reports cannot give, and why.
    nearer, farther, still : int
        Reports whose risk went towards their label, away from it, or by less
        than .005 either way.
    groups : tuple of Part
        Differences of each group of ten reports or more.
    moved : tuple of Moved
        The ten reports whose risk changed most.
    overlap : tuple of str, or None
        Places of reports that either model was fitted on; None where neither
        card tells.
    unjudged, rejected, notes : as in :class:`escalation.Evaluation`
    """

    old: str
    new: str
    n: int
    positives: int
    figures: Mapping[str, Change]
    lacking: Mapping[str, str]
    nearer: int
    farther: int
    still: int
    groups: tuple[assessing.Part, ...]
    moved: tuple[Moved, ...]
    overlap: tuple[str, ...] | None
    unjudged: tuple[Rejected, ...]
    rejected: tuple[Rejected, ...]
    notes: tuple[str, ...]

    @property
    def conclusion(self) -> str:
        """What the figures and the reports say together."""
        moves = f"Nearer to the label: {self.nearer}, farther: {self.farther}, unmoved: {self.still}."
        known = f"{len(self.overlap or ())} of {self.n} reports were trained on"
        if len(self.overlap or ()) > _KNOWN * self.n:
            return f"Cannot be judged: {known}, which flatters the model that knows them. Leave them out. {moves}"
        told = [f"{verdict} in {', '.join(names)}" for verdict in ("better", "worse") if (names := [layout.NAMES[n] for n, c in self.figures.items() if c.verdict == verdict])]
        verdict = f"New is {'; '.join(told)}." if told else f"New and old are {SAME}."
        return f"{verdict} {moves}" + (f" {known}: leave them out." if self.overlap else "")

    def to_dict(self) -> dict[str, Any]:
        """Plain values that ``json.dumps`` takes; what is not a number becomes None."""
        return {name: layout.bare(getattr(self, name)) for name in self.__dataclass_fields__} | {"conclusion": self.conclusion}

    def to_frame(self) -> pd.DataFrame:
        """A DataFrame with a row per figure: figure, old, new, difference, low, high, verdict."""
        import pandas as pd

        rows = [(name, c.old, c.new, *c.difference, c.verdict) for name, c in self.figures.items()]
        return pd.DataFrame(rows, columns=["figure", "old", "new", "difference", "low", "high", "verdict"])

    def __str__(self) -> str:
        return "\n".join([layout.head_of_comparison(self), "", grids.plain(layout.of_comparison(self)), *layout.notes(self)])

    def _repr_html_(self) -> str:
        return layout.notebook([layout.head_of_comparison(self), *layout.notes(self)], layout.of_comparison(self))


def compare(
    old: ModelLike, new: ModelLike, reports: Reports, labels: Given = None, *, groups: Given = None, published: Given = None,
    label_names: Mapping[Any, Any] | None = None, lexicon: Lexicon | str | Path | None = None, resamples: int = bootstrap.RESAMPLES, progress: bool = False,
) -> Comparison:
    """Which of two models is better on the same labelled reports.

    Every resample judges both models, so that reports which are hard for both
    do not blur the difference. Parameters and errors are those of
    :func:`escalation.evaluate`.
    """
    models, lex = (store.given(old), store.given(new)), verdicts.words(lexicon)
    found = pairing.labelled(reports, labels, groups, published, label_names, varied=False)
    (before, after), unjudged = verdicts.judge(models, lex, found, progress=progress)
    nearer, farther = _directions(before, after)
    return Comparison(
        old=assessing.name(old, models[0]), new=assessing.name(new, models[1]), n=len(after), positives=int(after.positive.sum()),
        figures=_changes(before, after, resamples), lacking=verdicts.lacking(before) | verdicts.lacking(after),
        nearer=nearer, farther=farther, still=len(after) - nearer - farther,
        groups=_groups(before, after, resamples), moved=_moved(models, lex, found, before, after),
        overlap=_overlap(models, found), unjudged=unjudged, rejected=found.rejected, notes=assessing.of_groups(after) + assessing.of_lexicon(models[0], lex, "the old model") + assessing.of_lexicon(models[1], lex, "the new model"),
    )


def _directions(before: Verdicts, after: Verdicts) -> tuple[int, int]:
    """How many risks went towards the label, and away from it."""
    gain = (after.risk - before.risk) * np.where(after.positive, 1, -1)
    return int((gain >= _STILL).sum()), int((gain <= -_STILL).sum())


def _changes(before: Verdicts, after: Verdicts, resamples: int) -> dict[str, Change]:
    old, new, apart = _paired(before, after, resamples)
    return {name: Change(old[name], new[name], apart[name], verdict(name, apart[name])) for name in apart}


def verdict(figure: str, difference: Estimate) -> str:
    """What a difference says of the new model, in a word or two."""
    rounded = Estimate(*(round(value, _LAST) for value in difference))
    known = rounded.low == rounded.low
    return _WORDS[verdicts.BETTER[figure], rounded.point > 0] if known and rounded.excludes(0.0) else SAME


def _paired(before: Verdicts, after: Verdicts, resamples: int) -> tuple[dict[str, float], dict[str, float], dict[str, Estimate]]:
    """Figures of both, and their differences."""
    old, new = verdicts.measures(before), verdicts.measures(after)
    both = [name for name in new if name in old]
    old, new = ({name: side[name] for name in both} for side in (old, new))
    whole = np.ones((1, len(after)))
    apart = bootstrap.differences(new, old, after.positive, verdicts.units(after), resamples)
    return {n: float(f(whole)[0]) for n, f in old.items()}, {n: float(f(whole)[0]) for n, f in new.items()}, apart


def _groups(before: Verdicts, after: Verdicts, resamples: int) -> tuple[assessing.Part, ...]:
    def part(label: str, inside: NDArray[np.bool_]) -> assessing.Part:
        old, new = before.take(inside), after.take(inside)
        return assessing.Part(label, len(new), int(new.positive.sum()), _paired(old, new, resamples)[2])

    return () if after.groups is None else tuple(part(*item) for item in assessing.pieces(after.groups))


def _moved(models: tuple[Model, Model], lex: Lexicon, found: Labelled, before: Verdicts, after: Verdicts) -> tuple[Moved, ...]:
    change = after.risk - before.risk
    order = [at for at in np.argsort(-np.abs(change), kind="stable")[:_MOVED].tolist() if abs(change[at]) >= _STILL]
    return tuple(_of_report(models, lex, found, int(after.rows[at])) for at in order)


def _of_report(models: tuple[Model, Model], lex: Lexicon, found: Labelled, row: int) -> Moved:
    old, new = (model.assess(found.reports[row], lex) for model in models)
    towards = (new.risk > old.risk) == found.positive[row]
    by_cue, by_feature = _causes(old, new)
    return Moved(found.places[row], wrong.opening(found, row), found.codes[row], old.risk, new.risk, towards, by_cue, by_feature)


def _causes(old: Assessment, new: Assessment) -> tuple[tuple[Told, ...], tuple[Told, ...]]:
    """Cues and features whose shares changed most; with the baseline all of them sum to the change of the log-odds."""
    before, after = explain.explain(old), explain.explain(new)
    lift = {BASELINE: after.baseline - before.baseline}
    return tuple(_largest(lift | _minus(dict(b), dict(a))) for a, b in ((before.by_cue, after.by_cue), (before.by_feature, after.by_feature)))  # type: ignore[return-value]


def _minus(new: Mapping[str, float], old: Mapping[str, float]) -> dict[str, float]:
    return {name: new.get(name, 0.0) - old.get(name, 0.0) for name in {**old, **new}}


def _largest(shares: Mapping[str, float]) -> tuple[Told, ...]:
    order = sorted(shares, key=lambda name: (-abs(shares[name]), name))
    return tuple(Told(name, shares[name]) for name in order[:_CAUSES] if shares[name])


def _overlap(models: tuple[Model, Model], found: Labelled) -> tuple[str, ...] | None:
    sides = [side for model in models if (side := assessing.overlap(model, found)) is not None]
    places = {place for side in sides for place in side}
    return tuple(place for place in found.places if place in places) if sides else None
