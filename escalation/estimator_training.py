"""Labelled numbers -> a fitted model with any scikit-learn classifier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from escalation import features, heads, regression
from escalation.errors import InputError
from escalation.estimator import EstimatorModel, log_odds
from escalation.evaluation import codes
from escalation.examples import Examples
from escalation.risk import HEADS, RiskModel
from escalation.transfer import Learnt, learnt

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from escalation.lexicon import Lexicon

# Labels of two classes say nothing of levels. The risk is the probability of
# elevated or more: at one half that is the likelier; the others halve the rest.
_CUTS = (0.125, 0.25, 0.5, 0.75)
_FROM = "sklearn."


def import_estimator(path: str, parameters: Mapping[str, Any] | None = None) -> Any:
    """An unfitted classifier, by the import path of its class.

    Parameters
    ----------
    path : such as ``"sklearn.ensemble.HistGradientBoostingClassifier"``
    parameters : of its constructor; ``random_state`` is 0 where none is given,
        so that the same labels give the same model

    Raises
    ------
    InputError
        There is no such class, it is not one of scikit-learn's classifiers, or
        it does not take the parameters.
    """
    cls = _find(path)
    try:
        estimator = cls(**(parameters or {}))
    except TypeError as fault:
        raise InputError(f"estimator {path}: {fault}. Give all and only the parameters that it takes, as JSON.") from fault
    from sklearn.base import is_classifier

    if not is_classifier(estimator):
        raise InputError(f"estimator {path}: not a classifier. {_remedy('')}")
    if estimator.get_params().get("random_state", 0) is None:
        estimator.set_params(random_state=0)
    return estimator


def unfitted(estimator: str | Any, parameters: Mapping[str, Any] | None = None) -> Any:
    """An unfitted classifier, by its import path or like a given one; raises as :func:`import_estimator` does."""
    if isinstance(estimator, str):
        return import_estimator(estimator, parameters)
    if isinstance(estimator, type) or not hasattr(estimator, "get_params"):
        raise InputError(f"estimator {estimator!r}: neither an import path nor an estimator. {_remedy('')}")
    return import_estimator(_path(type(estimator)), estimator.get_params(deep=False))


def fit_estimator(examples: Examples, estimator: str | Any, base: RiskModel | None = None, lexicon: Lexicon | None = None, parameters: Mapping[str, Any] | None = None, card: Mapping[str, Any] | None = None) -> EstimatorModel:
    """Fit a classifier on report features, and calibrate it out of fold; see :func:`learn_estimator`."""
    return learn_estimator(examples, estimator, base, lexicon, parameters, card).model


def learn_estimator(examples: Examples, estimator: str | Any, base: RiskModel | None = None, lexicon: Lexicon | None = None, parameters: Mapping[str, Any] | None = None, card: Mapping[str, Any] | None = None) -> Learnt[EstimatorModel]:
    """Fit a classifier on report features, with what it says of each example out of fold.

    Parameters
    ----------
    examples : labelled reports, read with ``base.vocabulary``
    estimator : import path, see :func:`import_estimator`, or an unfitted
        classifier of scikit-learn
    base : whose heat, calm and gate make the features; None is the shipped model
    lexicon : whose cues are the columns; None is the shipped lexicon
    parameters : of the estimator that is named by its path
    card : what the model is to say of itself

    Raises
    ------
    InputError
        All labels lie on one side of code 2.5, fewer than two on a side, or the
        estimator cannot be fitted to them.
    """
    from escalation import lexicon as lexicons
    from escalation import store

    positive = examples.risk >= HEADS["risk"]
    if min(positive.sum(), (~positive).sum()) < 2:
        raise InputError(f"labels: {int(positive.sum())} of {len(examples)} lie above 2.5; two or more are needed on either side. Add reports of the other kind.")
    chosen = unfitted(estimator, parameters)
    lex = lexicon if lexicon is not None else lexicons.load()
    model = EstimatorModel(
        base=base if base is not None else store.shipped(), estimator=chosen, columns=_columns(lex), slope=1.0, shift=0.0, cuts=_CUTS, spread=0.0,
        lexicon_digest=lex.digest, card=_card(examples, positive, chosen, card),
    )
    rows = [model.measure(examples.numbers[i], examples.counted[i])[2].values for i in range(len(examples))]
    return _calibrated(model, rows, positive, examples)


def _find(path: str) -> Any:
    module, _, name = path.rpartition(".")
    if not path.startswith(_FROM) or not name.isidentifier():
        raise InputError(f"estimator {path!r}: not the import path of a scikit-learn classifier. {_remedy(path)}")
    try:
        cls = getattr(import_module(module), name)
    except (ImportError, AttributeError) as fault:
        raise InputError(f"estimator {path!r}: {fault}. {_remedy(path)}") from fault
    if not isinstance(cls, type) or not cls.__module__.startswith(_FROM):
        raise InputError(f"estimator {path!r}: not a class of scikit-learn. {_remedy(path)}")
    return cls


def _remedy(path: str) -> str:
    """Where a class of that name is, or what a path looks like."""
    from sklearn.utils import all_estimators

    name = path.rpartition(".")[2].lower()
    found = [_path(cls) for known, cls in all_estimators(type_filter="classifier") if known.lower() == name]
    return f"Give {(found or ['a path such as sklearn.ensemble.HistGradientBoostingClassifier'])[0]}."


def _path(cls: type) -> str:
    """Import path without the private module that scikit-learn defines the class in."""
    public = [part for part in cls.__module__.split(".") if not part.startswith("_")]
    return ".".join([*public, cls.__name__])


def _columns(lexicon: Lexicon) -> tuple[str, ...]:
    """Temperatures, and what the vectorizer has but for other subjects, which only the gate hears."""
    from escalation import vectorizer

    return (*heads.TEMPERATURES, *(name for name in vectorizer._columns(lexicon) if not name.startswith(features.SUBJECT)))


def _card(examples: Examples, positive: NDArray[np.bool_], estimator: Any, card: Mapping[str, Any] | None) -> dict[str, Any]:
    rate = float(np.average(positive, weights=heads.calibrating(examples)))
    return {"base_rate": round(min(max(rate, 1e-4), 1 - 1e-4), 4), "estimator": _path(type(estimator)), "parameters": repr(estimator), **(card or {})}


def _calibrated(model: EstimatorModel, rows: Sequence[features.Numbers], positive: NDArray[np.bool_], examples: Examples) -> Learnt[EstimatorModel]:
    """The model fitted to all reports, its calibration, cuts and spread to each by the others."""
    matrix, raw = model.matrix(rows), np.zeros(len(positive))
    for train, test in heads.splits(examples, positive):
        raw[test] = log_odds(_fitted(model.estimator, matrix[train], positive[train], examples.weights[train]), matrix[test])
    slope, shift = regression.platt(raw, positive, heads.calibrating(examples))
    logits = slope * raw + shift
    risk = 1 / (1 + np.exp(-logits))
    spread, cuts = heads.spread(logits, examples), _cuts(risk, examples)
    fitted = replace(model, estimator=_fitted(model.estimator, matrix, positive, examples.weights), slope=slope, shift=shift, cuts=cuts, spread=spread)
    return learnt(fitted, logits, np.searchsorted(np.asarray(cuts), risk, side="right"), [model.base.heads["risk"].logit(row) for row in rows], examples)


def _fitted(estimator: Any, matrix: NDArray[np.float64], positive: NDArray[np.bool_], weights: NDArray[np.float64]) -> Any:
    from sklearn import config_context
    from sklearn.base import clone
    from sklearn.utils.validation import has_fit_parameter

    given = {} if (weights == weights[0]).all() else {"sample_weight": weights}
    if given and not has_fit_parameter(estimator, "sample_weight"):
        raise InputError(f"weights: {type(estimator).__name__} takes none. Leave the weights out, or choose another estimator.")
    try:
        # What a user has routed for pipelines of his own is not for this estimator,
        # and CalibratedClassifierCV would keep of it what no file can hold.
        with config_context(enable_metadata_routing=False):
            return clone(estimator).fit(matrix, positive.astype(int), **given)
    except ValueError as fault:
        raise InputError(f"estimator {_path(type(estimator))}: cannot be fitted: {str(fault).rstrip('.')}. Change its parameters, or choose another one.") from fault


def _cuts(risk: NDArray[np.float64], examples: Examples) -> tuple[float, float, float, float]:
    """Risks that reproduce the share of each level among the reports, where the labels tell of levels."""
    if len(np.unique(codes(examples.risk))) < 3:
        return _CUTS
    return heads.cuts(risk, examples)
