"""Labelled reports -> a model that has learnt from them."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from warnings import warn

import numpy as np

from escalation import bootstrap, digests, gate, heads, language, reader, store, transfer
from escalation import lexicon as lexicons
from escalation.archive import as_report
from escalation.errors import InputError
from escalation.evaluation import codes
from escalation.examples import Examples, examples_of
from escalation.labelled import Labelled, Rejected, read_labelled
from escalation.lexicon import Lexicon
from escalation.records import Report
from escalation.risk import HEADS, RiskModel

if TYPE_CHECKING:
    import pandas as pd

LEAST = 5  # reports of each kind: as many as there are folds
_FEW = 50  # labels from which the figures of the card say something
_SHOWN = 5  # rows that a message quotes
_LIMITS = (
    "It reads what the report says, not what is true.",
    "It has learnt what its coders call risk, in reports like theirs; elsewhere evaluate it first.",
    "English only. Not for decisions about persons, and not for operational warning without a human reader.",
)
_METHOD = "logistic regressions (scikit-learn, liblinear, L2) that start from the base model's; Platt scaling out of fold"
_UNGROUPED = "; no groups were given, so that figures hold for reports of the same sources only"


class _Material(NamedTuple):
    """Labelled reports as numbers, with what they were read from."""

    labelled: Labelled
    examples: Examples
    base: RiskModel
    lexicon: Lexicon

    @property
    def binary(self) -> bool:
        return self.labelled.scale == "binary"


def train(
    reports: str | Path | pd.DataFrame | Labelled | Iterable[str | Report],
    labels: Sequence[Any] | str | None = None,
    *,
    groups: Sequence[Any] | str | None = None,
    published: Sequence[Any] | str | None = None,
    weights: Sequence[float] | str | None = None,
    label_names: Mapping[Any, Any] | None = None,
    lexicon: Lexicon | str | Path | None = None,
    base: RiskModel | str | Path | None = None,
    progress: bool = False,
    card: Mapping[str, Any] | None = None,
) -> RiskModel:
    """Train a model on labelled reports.

    Parameters
    ----------
    reports : what :func:`read_labelled` takes, a :class:`Labelled`, or texts or
        :class:`Report` with ``labels``
    labels : one per report, or the name of their field
    groups : what must not be divided between training and test (source, event),
        one per report or the name of a field
    published : dates of publication, as groups
    weights : how much each report counts, as groups
    label_names : what each label stands for (``{"calm": 0, "hot": 4}``)
    lexicon : as in :class:`Scorer`; None is the shipped one
    base : model or its folder to learn from; None is the shipped model
    progress : show progress on standard error
    card : what the model is to say of itself, for instance ``{"coded by": ...}``

    Returns
    -------
    RiskModel
        Its ``card`` holds the data, figures out of fold with 95 % intervals,
        versions and limits. The same input gives the same model.

    Raises
    ------
    InputError
        The labels cannot be read, fewer than five reports are risk or fewer
        than five are not, or all are of one group.

    Warns
    -----
    UserWarning
        Rows were left out, or the labels run against the base model, or
        the model breaks promises that the shipped one keeps: they are named.
    """
    labelled = judged(_read(reports, labels, groups, published, weights, label_names))
    if labelled.rejected and labelled is not reports:
        _warn_of(labelled.rejected)
    check(labelled)
    known = base if isinstance(base, RiskModel) else store.load(base)
    lex = lexicon if isinstance(lexicon, Lexicon) else lexicons.load() if lexicon is None else lexicons.load(lexicon)
    return fit(_Material(labelled, _examples(labelled, known, lex, progress), known, lex), card or {})


def fit(material: _Material, card: Mapping[str, Any]) -> RiskModel:
    """Fit to reports that have been read, and hold the model to the promises."""
    about = {**_card(material), **card}
    learnt = transfer.adapt(material.examples, material.base, material.lexicon.digest, material.binary)
    told = {"method": _METHOD + (", groups kept whole" if material.labelled.groups else _UNGROUPED), "figures": _figures(material, learnt)}
    kept = gate.check(learnt.model, material.lexicon)
    if not kept.ok:
        warn(kept.warning(), stacklevel=3)
    return replace(learnt.model, card={**learnt.model.card, **told, **about, "promises": kept.to_card()})


def check(labelled: Labelled) -> None:
    """Whether a model can be trained on these labels, and an honest figure be given.

    Raises
    ------
    InputError
        See :func:`train`.
    """
    positive = sum(labelled.positive)
    fewer, kind = min((positive, "are risk"), (len(labelled) - positive, "are not risk"))
    if fewer < LEAST:
        meaning = "1" if labelled.scale == "binary" else "3 or 4"
        rare = [place for place, yes in zip(labelled.places, labelled.positive, strict=True) if yes == (kind == "are risk")]
        raise InputError(f"labels: only {fewer} of {len(labelled)} reports {kind} ({meaning} counts as risk){': ' + ', '.join(rare) if rare else ''}. Label at least {LEAST} of each kind, 50 reports in all, or map the labels with label_names=....")
    if labelled.groups is not None and len(set(labelled.groups)) == 1:
        raise InputError(f"groups: all {len(labelled)} reports are of the group {labelled.groups[0]!r}, so that nothing can be tested on another. Name a field that tells sources or events apart, or leave groups out.")


def judged(labelled: Labelled) -> Labelled:
    """Labelled reports without those that no model of this library judges; they join the rejected."""
    odd = [language.flags(report.text) for report in labelled.reports]
    left_out = tuple(Rejected(place, f"not judged: {', '.join(flags)}") for place, flags in zip(labelled.places, odd, strict=True) if flags)
    return _kept(labelled, [not flags for flags in odd], (*labelled.rejected, *left_out)) if left_out else labelled


def _read(reports: Any, labels: Any, groups: Any, published: Any, weights: Any, names: Mapping[Any, Any] | None) -> Labelled:
    given = {"label": labels, "group": groups, "published": published, "weight": weights}
    if isinstance(reports, Labelled):
        stray = [name for name, value in given.items() if value is not None]
        if stray:
            raise InputError(f"{stray[0]}: given beside reports that are read already. Give it to read_labelled, or give the file itself.")
        return reports
    columns = {name: value for name, value in given.items() if value is not None and not isinstance(value, str)}
    fields: dict[str, Any] = {name: value for name, value in given.items() if isinstance(value, str)}
    if not columns:
        return read_labelled(reports, **fields, labels=names)
    if isinstance(reports, (str, Path)):
        raise InputError(f"{next(iter(columns))}: a list beside the file {reports}. Give the name of a field of the file.")
    held = reports if hasattr(reports, "itertuples") else list(reports)
    columns = {name: list(values) for name, values in columns.items()}
    for name, values in columns.items():
        if len(values) != len(held):
            raise InputError(f"{name}: {len(values)} for {len(held)} reports. Give one per report, in their order.")
    named: dict[str, Any] = {name: name for name in columns} | fields
    return read_labelled(held.assign(**columns) if hasattr(held, "assign") else _rows(held, columns), **named, labels=names)


def _rows(reports: Sequence[Any], columns: Mapping[str, Sequence[Any]]) -> list[dict[str, Any]]:
    """One mapping per report, with its label and what else is given for each."""
    told = zip(*columns.values(), strict=True)
    return [_fields(report) | dict(zip(columns, values, strict=True)) for report, values in zip(reports, told, strict=True)]


def _fields(report: Any) -> dict[str, Any]:
    if isinstance(report, Mapping):
        return dict(report)
    if isinstance(report, Report):
        held = {"text": report.text, "published": report.published, "id": report.id, "source": report.source}
        return {name: value for name, value in held.items() if value is not None}
    return {"text": report}


def _warn_of(rejected: Sequence[Rejected]) -> None:
    quoted = "; ".join(f"{item.place}: {item.reason}" for item in rejected[:_SHOWN]) + ("; ..." if len(rejected) > _SHOWN else "")
    warn(f"{len(rejected)} rows are left out: {quoted}", UserWarning, stacklevel=3)


def _kept(labelled: Labelled, keep: Sequence[bool], rejected: tuple[Rejected, ...]) -> Labelled:
    def some(values: tuple[Any, ...] | None) -> Any:
        return None if values is None else tuple(value for value, yes in zip(values, keep, strict=True) if yes)

    if not any(keep):
        raise InputError(f"reports: none of {len(labelled)} is in English. This version reads English only.")
    return replace(
        labelled, reports=some(labelled.reports), codes=some(labelled.codes), places=some(labelled.places),
        groups=some(labelled.groups), weights=some(labelled.weights), rejected=rejected,
    )


def _examples(labelled: Labelled, base: RiskModel, lex: Lexicon, progress: bool) -> Examples:
    reports = _with_progress(labelled.reports) if progress else labelled.reports
    # Cues have done their part in the numbers, and would fill the memory.
    read = [[item._replace(cues=()) for item in reader.read(as_report(report), lex, base.vocabulary)] for report in reports]
    risk = np.where(labelled.positive, 4.0, 0.0) if labelled.scale == "binary" else np.array(labelled.codes)
    examples = examples_of(read, risk, labelled.groups)
    if labelled.weights is None:
        return examples
    weights = np.array(labelled.weights)
    if not (weights > 0).sum() >= 2 * LEAST:
        raise InputError(f"weights: only {int((weights > 0).sum())} of {len(weights)} are above 0. Give a weight to more reports, or none at all.")
    # Their mean is 1, so that their unit does not change how much is learnt.
    return replace(examples, weights=weights / weights.mean())


def _with_progress(reports: Sequence[Report]) -> Iterable[Report]:
    from rich.console import Console
    from rich.progress import track

    return track(reports, "reading", console=Console(stderr=True), transient=True)


def _card(material: _Material) -> dict[str, Any]:
    """What the model is, made of, good for, and not good for."""
    labelled = material.labelled
    return {
        "name": "model trained on a user's labels",
        "predicts": "probability that the coders of these labels would call the report risk" + ("" if material.binary else ": 3 (elevated) or 4 (high)"),
        "data": _data(labelled),
        "coded by": "not told",
        "base": {"weights": _digest(material.base), "name": str(material.base.card.get("name", "")), "lexicon": material.base.lexicon_digest},
        "lexicon": material.lexicon.digest,
        "intended use": "research on news reports in English: ranking, monitoring, explaining",
        "limits": [*_LIMITS, *([f"Only {len(labelled)} labels: the figures are rough."] if len(labelled) < _FEW else [])],
        "versions": {"python": platform.python_version(), **{name: import_module(name).__version__ for name in ("escalation", "numpy", "scipy", "sklearn")}},
    }


def _data(labelled: Labelled) -> dict[str, Any]:
    days = sorted(report.published for report in labelled.reports if report.published)
    return {
        "reports": len(labelled), "scale": labelled.scale, "left out": len(labelled.rejected), "disputed": labelled.disputed,
        "labels": {f"{code:g}": count for code, count in sorted(Counter(labelled.codes).items())},
        "label names": dict(labelled.names),
        "groups": dict(sorted(Counter(labelled.groups).items())) if labelled.groups else None,
        "digests": sorted(digests.digest(report.text) for report in labelled.reports),
        "published": {"first": days[0].isoformat(), "last": days[-1].isoformat(), "undated": len(labelled) - len(days)} if days else None,
    }


def _figures(material: _Material, learnt: transfer.Learnt) -> dict[str, Any]:
    """Figures out of fold, each as point and 95 % interval."""
    examples, groups = material.examples, material.labelled.groups
    positive = examples.risk >= HEADS["risk"]
    figures = {name: getattr(bootstrap, name)(positive, learnt.risk) for name in ("auc", "average_precision", "brier", "ece")}
    figures["auc of the base"] = bootstrap.auc(positive, learnt.before)
    figures["coverage"] = bootstrap.coverage(positive, learnt.risk, learnt.low, learnt.high, heads.like(learnt.risk, examples.groups))
    if not material.binary:
        figures["kappa"] = bootstrap.kappa(codes(examples.risk), learnt.codes)
    found = bootstrap.estimates(figures, positive, groups)
    if found["auc of the base"].high < 0.5:
        warn("labels: they run against the base model, which finds those reports riskier that are labelled calmer. Check which label means risk.", UserWarning, stacklevel=5)
    return {name: [_number(value) for value in estimate] for name, estimate in found.items()}


def _number(value: float) -> float | None:
    return None if value != value else round(value, 4)


def _digest(model: RiskModel) -> str:
    """Sum of a model's weights, the same for the same numbers wherever they are kept."""
    from hashlib import sha256

    linears = [model.heat, model.calm, model.topic, *(model.heads[name] for name in HEADS)]
    numbers = [(linear.bias, sorted(linear.weights.items())) for linear in linears]
    return sha256(repr((numbers, sorted(model.idf.items()))).encode()).hexdigest()
