"""Labelled reports -> a model that has learnt from them."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from warnings import warn

import numpy as np

from escalation import bootstrap, digests, estimator_training, gate, heads, language, pairing, reader, store, transfer
from escalation import lexicon as lexicons
from escalation.archive import as_report
from escalation.errors import InputError, PromiseWarning
from escalation.estimator import EstimatorModel, Model
from escalation.evaluation import codes
from escalation.examples import Examples, examples_of
from escalation.labelled import Labelled, Rejected
from escalation.lexicon import Lexicon
from escalation.progress import watched
from escalation.records import Report
from escalation.risk import HEADS, RiskModel
from escalation.store import ModelLike

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

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
    estimator: Any = None

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
    base: ModelLike = None,
    estimator: str | Any = None,
    progress: bool = False,
    card: Mapping[str, Any] | None = None,
) -> Model:
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
    estimator : another classifier of scikit-learn to learn with: its import
        path (``"sklearn.ensemble.RandomForestClassifier"``) or an unfitted one.
        It takes the base's report features, not its weights, and needs more
        labels
    progress : show progress on standard error
    card : what the model is to say of itself, for instance ``{"coded by": ...}``

    Returns
    -------
    RiskModel, or EstimatorModel where an estimator was given
        Its ``card`` holds the data, figures out of fold with 95 % intervals,
        versions and limits. The same input gives the same model.

    Raises
    ------
    InputError
        The labels cannot be read, fewer than five reports are risk or fewer
        than five are not, all are of one group, or the estimator is none of
        scikit-learn's classifiers.

    Warns
    -----
    UserWarning
        Rows were left out, or the labels run against the base model, or
        the model breaks promises that the shipped one keeps: they are named.
    """
    labelled = judged(pairing.labelled(reports, labels, groups, published, label_names, weights=weights))
    if labelled.rejected and labelled is not reports:
        _warn_of(labelled.rejected)
    check(labelled)
    chosen = None if estimator is None else estimator_training.unfitted(estimator)
    given = store.given(base)
    known = given if isinstance(given, RiskModel) else given.base
    lex = lexicon if isinstance(lexicon, Lexicon) else lexicons.load() if lexicon is None else lexicons.load(lexicon)
    return fit(_Material(labelled, _examples(labelled, known, lex, progress), known, lex, chosen), card or {})


def fit(material: _Material, card: Mapping[str, Any]) -> Model:
    """Fit to reports that have been read, and hold the model to the promises."""
    about = {**_card(material), **card}
    learnt = _learnt(material)
    method = _METHOD if material.estimator is None else f"{material.estimator!r} on report features; Platt scaling out of fold"
    told = {"method": method + (", groups kept whole" if material.labelled.groups else _UNGROUPED), "figures": _figures(material, learnt)}
    kept = gate.check(learnt.model, material.lexicon)
    if not kept.ok:
        warn(kept.warning(), PromiseWarning, stacklevel=3)
    limits = [*_LIMITS, *doubts({**told, "data": _data(material.labelled)})]
    full = {**learnt.model.card, **told, "limits": limits, **about, "promises": kept.to_card()}
    return replace(learnt.model, card=full)


def doubts(card: Mapping[str, Any]) -> list[str]:
    """What the card of a trained model gives reason to doubt."""
    labels, figures = card["data"]["reports"], card["figures"]
    new, base = figures["auc"][0], figures["auc of the base"][0]
    few = [f"Only {labels} labels: below {_FEW} the figures mean little."] if labels < _FEW else []
    no_better = [f"Not better than its base on these labels, out of fold: AUC {new:.3f}, base {base:.3f}."] if new is not None and base is not None and new <= base else []
    return few + no_better


def _learnt(material: _Material) -> transfer.Learnt[RiskModel] | transfer.Learnt[EstimatorModel]:
    if material.estimator is None:
        return transfer.adapt(material.examples, material.base, material.lexicon.digest, material.binary)
    return estimator_training.learn_estimator(material.examples, material.estimator, material.base, material.lexicon)


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
    # Cues have done their part in the numbers, and would fill the memory.
    read = [[item._replace(cues=()) for item in reader.read(as_report(report), lex, base.vocabulary)] for report in watched(labelled.reports, "reading", progress)]
    risk = np.where(labelled.positive, 4.0, 0.0) if labelled.scale == "binary" else np.array(labelled.codes)
    examples = examples_of(read, risk, labelled.groups)
    if labelled.weights is None:
        return examples
    weights = np.array(labelled.weights)
    if not (weights > 0).sum() >= 2 * LEAST:
        raise InputError(f"weights: only {int((weights > 0).sum())} of {len(weights)} are above 0. Give a weight to more reports, or none at all.")
    # Their mean is 1, so that their unit does not change how much is learnt.
    return replace(examples, weights=weights / weights.mean())


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


def _figures(material: _Material, learnt: transfer.Learnt[Any]) -> dict[str, Any]:
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
    elif against := _against(material, learnt.before):
        warn(f"labels: to the base model {'; '.join(against)}. Check what each label stands for.", UserWarning, stacklevel=5)
    return {name: [_number(value) for value in estimate] for name, estimate in found.items()}


def _against(material: _Material, before: NDArray[np.float64]) -> list[str]:
    """Neighbouring codes whose reports the base finds the other way round."""
    given = codes(material.examples.risk)
    known = [code for code, count in sorted(Counter(given.tolist()).items()) if count >= LEAST]
    return [_told(material.labelled, lower, higher) for lower, higher in pairwise(known) if _reversed(given, before, lower, higher)]


def _reversed(given: NDArray[np.int_], before: NDArray[np.float64], lower: int, higher: int) -> bool:
    inside = np.isin(given, (lower, higher))
    positive = given[inside] == higher
    return bootstrap.estimates({"auc": bootstrap.auc(positive, before[inside])}, positive)["auc"].high < 0.5


def _told(labelled: Labelled, lower: int, higher: int) -> str:
    calmer, hotter = (" or ".join(repr(name) for name, known in labelled.names.items() if known == code) or f"code {code}" for code in (higher, lower))
    return f"reports labelled {calmer} ({higher}) are calmer than those labelled {hotter} ({lower})"


def _number(value: float) -> float | None:
    return None if value != value else round(value, 4)


def _digest(model: RiskModel) -> str:
    """Sum of a model's weights, the same for the same numbers wherever they are kept."""
    from hashlib import sha256

    linears = [model.heat, model.calm, model.topic, *(model.heads[name] for name in HEADS)]
    numbers = [(linear.bias, sorted(linear.weights.items())) for linear in linears]
    return sha256(repr((numbers, sorted(model.idf.items()))).encode()).hexdigest()
