"""A model and labelled reports -> how good the model is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from escalation import bootstrap, digests, evaluation, grids, layout, pairing, store, verdicts, wrong
from escalation import curve as learning
from escalation.bootstrap import Estimate
from escalation.estimator import Model
from escalation.evaluation import Bin
from escalation.labelled import Labelled, Rejected
from escalation.lexicon import Lexicon
from escalation.reader import Read
from escalation.records import LEVELS
from escalation.risk import RiskModel
from escalation.store import ModelLike
from escalation.verdicts import Verdicts

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from escalation.pairing import Given, Reports

_PART = 10  # reports below which a group or period has no figures of its own
_PARTS = 20  # groups shown: the largest
_YEARS = 3  # calendar years up to which time is told by quarters
SMALLER = "(smaller groups)"


class Part(NamedTuple):
    """The figures of one group or period, with intervals."""

    name: str
    n: int
    positives: int
    figures: Mapping[str, Estimate]


class Confusion(NamedTuple):
    """Counts: rows the coder's codes, columns the levels of the model."""

    codes: tuple[int, ...]
    levels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, eq=False)
class Evaluation:
    """How good a model is on labelled reports.

    Attributes
    ----------
    model : str
        Its name.
    n, positives : int
        Reports that were judged, and those labelled as risk (3 and 4, or 1).
    figures : mapping of str to (point, low, high)
        ``auc``, ``average_precision``, ``brier``, ``ece`` (ten bins), quadratic
        ``kappa`` of codes and levels, ``coverage`` of the 90 % intervals; each
        with its 95 % bootstrap interval, groups resampled whole.
    lacking : mapping of str to str
        Figures that these reports cannot give, and why.
    groups, periods : tuple of Part
        The figures of each group of ten reports or more, and of each quarter or
        (where the dates span more than three years) year.
    confusion : Confusion
    reliability : tuple of Bin
    worst : tuple of Wrong
        The ten reports with the largest log-loss; some are errors of the labels.
    overlap : tuple of str, or None
        Places of reports that the model was fitted on, whose figures are too
        good; None where the model's card does not tell.
    unjudged, rejected : tuple of (place, reason)
        Reports that are not English, and rows without a usable text or label:
        neither is in any figure.
    notes : tuple of str
        What else to know before trusting the figures.
    curve : Curve or None
        How the figures grow with labels, where it was asked for.
    """

    model: str
    n: int
    positives: int
    scale: str
    figures: Mapping[str, Estimate]
    lacking: Mapping[str, str]
    groups: tuple[Part, ...]
    periods: tuple[Part, ...]
    confusion: Confusion
    reliability: tuple[Bin, ...]
    worst: tuple[wrong.Wrong, ...]
    overlap: tuple[str, ...] | None
    unjudged: tuple[Rejected, ...]
    rejected: tuple[Rejected, ...]
    notes: tuple[str, ...]
    curve: learning.Curve | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain values that ``json.dumps`` takes; what is not a number becomes None."""
        plain = {name: layout.bare(getattr(self, name)) for name in self.__dataclass_fields__}
        return plain | {"worst": [layout.bare(item.to_dict()) for item in self.worst]}

    def to_frame(self) -> pd.DataFrame:
        """A DataFrame with a row per figure: of, name, n, positives, figure, value, low, high."""
        import pandas as pd

        columns = ["of", "name", "n", "positives", "figure", "value", "low", "high"]
        return pd.DataFrame(list(self._rows()), columns=columns)

    def _rows(self) -> Iterator[tuple[Any, ...]]:
        whole = Part("", self.n, self.positives, self.figures)
        for of, parts in (("all", (whole,)), ("group", self.groups), ("period", self.periods)):
            for part in parts:
                for figure, estimate in part.figures.items():
                    yield (of, part.name, part.n, part.positives, figure, *estimate)

    def __str__(self) -> str:
        return "\n".join([layout.head(self), "", grids.plain(layout.of_evaluation(self)), *layout.notes(self)])

    def _repr_html_(self) -> str:
        return layout.notebook([layout.head(self), *layout.notes(self)], layout.of_evaluation(self))


def evaluate(
    model: ModelLike, reports: Reports, labels: Given = None, *, groups: Given = None, published: Given = None,
    label_names: Mapping[Any, Any] | None = None, lexicon: Lexicon | str | Path | None = None, curve: bool = False, resamples: int = bootstrap.RESAMPLES, progress: bool = False,
) -> Evaluation:
    """How good a model is on labelled reports.

    Parameters
    ----------
    model : RiskModel, EstimatorModel, path of a model folder, or None for the shipped model
    reports : all that :func:`escalation.read_labelled` takes, a
        :class:`Labelled`, or texts or reports without labels
    labels : None where ``reports`` holds them; a string names their field, a
        sequence has one per report
    groups : field or sequence: reports that are not independent (one event, one
        source) and are resampled as one
    published : field or sequence of dates
    label_names : what each label stands for (``{"calm": 0, "hot": 4}``)
    lexicon : Lexicon or path of a TOML file that extends the shipped one
    curve : whether to fit models anew on growing shares of the reports, which
        takes minutes; they start from the shipped model, for one fitted on
        these reports would know what it is to learn
    resamples : of the bootstrap
    progress : whether to show a bar on standard error, where it is a terminal

    Raises
    ------
    InputError
        The reports or labels cannot be read, or none can be judged.
    ModelError, LexiconError
        The model or lexicon cannot be loaded.
    """
    chosen, lex = store.given(model), verdicts.words(lexicon)
    found = pairing.labelled(reports, labels, groups, published, label_names, varied=False)
    base = store.shipped()
    kept: list[list[Read]] = []
    models = [chosen, base] if curve and chosen is not base else [chosen]
    (v, *_), unjudged = verdicts.judge(models, lex, found, (lambda sentences: kept.append(_slim(sentences, base))) if curve else None, progress)
    days = evaluation.periods([found.reports[row].published for row in v.rows], _size(found))
    return Evaluation(
        model=name(model, chosen), n=len(v), positives=int(v.positive.sum()), scale=found.scale,
        figures=verdicts.estimates(v, resamples), lacking=verdicts.lacking(v),
        groups=_parts(v, v.groups, resamples), periods=_parts(v, days, resamples) if len({*days} - {evaluation.UNDATED}) > 1 else (),
        confusion=_confusion(v), reliability=evaluation.reliability(v.positive, v.risk), worst=wrong.worst(chosen, lex, found, v),
        overlap=overlap(chosen, found), unjudged=unjudged, rejected=found.rejected, notes=of_groups(v) + of_lexicon(chosen, lex),
        curve=_curve(kept, v, found, base, progress) if curve else None,
    )


def name(model: ModelLike, chosen: Model) -> str:
    """What to call a model: its folder, or the name on its card."""
    return str(chosen.card.get("name", "model")) if model is None or model is chosen else str(model)


def overlap(model: Model, found: Labelled) -> tuple[str, ...] | None:
    """Places of the reports that the model was fitted on; None where its card does not tell."""
    rows = digests.seen((report.text for report in found.reports), model.card)
    return None if rows is None else tuple(found.places[row] for row in rows)


def of_groups(v: Verdicts) -> tuple[str, ...]:
    """A note where there are too few groups to be resampled."""
    if v.groups is None or verdicts.units(v) is not None:
        return ()
    few = len(set(v.groups))
    return (f"{'one group' if few == 1 else f'{few} groups'} only: the intervals take reports for independent and are too narrow for what other groups would give",)


def of_lexicon(model: Model, lex: Lexicon, which: str = "the model") -> tuple[str, ...]:
    """A note where a model is judged with a lexicon that it does not know."""
    if not model.lexicon_digest or model.lexicon_digest == lex.digest:
        return ()
    return (f"{which} was fitted with another lexicon than it was judged with",)


def _slim(sentences: list[Read], base: RiskModel) -> list[Read]:
    """Numbers without cues: thirty thousand reports fit into memory."""
    return [item._replace(cues=()) for item in verdicts.known(sentences, base.vocabulary)]


def _size(found: Labelled) -> str:
    years = [report.published.year for report in found.reports if report.published]
    return "year" if years and max(years) - min(years) >= _YEARS else "quarter"


def pieces(names: NDArray[np.str_]) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """Every group large enough for figures of its own, in the order of their names; the rest as one."""
    found, counts = np.unique(names, return_counts=True)
    largest = sorted(zip(counts, found, strict=True), key=lambda pair: (-pair[0], pair[1]))[:_PARTS]
    own = sorted(str(label) for count, label in largest if count >= _PART)
    yield from ((label, names == label) for label in own)
    rest = ~np.isin(names, own)
    if own and rest.sum() >= _PART:
        yield SMALLER, rest


def _parts(v: Verdicts, names: NDArray[np.str_] | None, resamples: int) -> tuple[Part, ...]:
    return () if names is None else tuple(_part(label, v.take(inside), resamples) for label, inside in pieces(names))


def _part(label: str, v: Verdicts, resamples: int) -> Part:
    return Part(label, len(v), int(v.positive.sum()), verdicts.estimates(v, resamples))


def _confusion(v: Verdicts) -> Confusion:
    codes = tuple(range(len(LEVELS) if v.ordinal else 2))
    counts = evaluation.confusion(v.codes, v.level)[: len(codes)]
    return Confusion(codes, LEVELS, tuple(tuple(row) for row in counts.tolist()))


def _curve(kept: list[list[Read]], v: Verdicts, found: Labelled, base: RiskModel, progress: bool) -> learning.Curve:
    from escalation.examples import examples_of

    highest = float(len(LEVELS) - 1)
    codes = [found.codes[row] if v.ordinal else highest * found.positive[row] for row in v.rows]
    grouped = None if v.groups is None else v.groups.tolist()
    return learning.learn(examples_of(kept, codes, grouped), base, progress=progress)
