"""Texts -> matrix of report features, as scikit-learn wants it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.exceptions import NotFittedError as NotFittedInScikitLearn

from escalation import features, lexicon, store
from escalation.adding import add_up
from escalation.archive import as_report
from escalation.errors import InputError, NotFittedError
from escalation.lexicon import Lexicon
from escalation.reader import read
from escalation.records import Report
from escalation.risk import RiskModel

_MAGNITUDES = ("killed", "injured", "displaced", "units")


class CueVectorizer(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Turn texts into rates of cues by what their qualifiers make of them.

    Parameters
    ----------
    lexicon : Lexicon or None
        None is the shipped lexicon.

    Attributes
    ----------
    feature_names_in_ : not set, as the input is a sequence of texts

    Notes
    -----
    One column per cue and bucket (``"air_strike.actual"``), per family and
    bucket, per magnitude, for the sum of weights up and down and the rung.
    Values lie in [0, 1) and do not grow with the length of a report.
    """

    def __init__(self, lexicon: Lexicon | None = None) -> None:
        self.lexicon = lexicon

    def fit(self, X: Iterable[str | Report], y: object = None) -> CueVectorizer:
        """Fix the columns; they depend on the lexicon alone."""
        _texts(X)
        self.lexicon_ = self.lexicon if self.lexicon is not None else lexicon.load()
        self.columns_ = _columns(self.lexicon_)
        return self

    def transform(self, X: Iterable[str | Report]) -> NDArray[np.float64]:
        """Matrix of shape (n_texts, n_features)."""
        check_fitted(self, "columns_")
        place = {name: j for j, name in enumerate(self.columns_)}
        texts = _texts(X)
        matrix = np.zeros((len(texts), len(place)))
        for i, text in enumerate(texts):
            sentences = read(text, self.lexicon_, frozenset())
            body = [k for k, item in enumerate(sentences) if item.counts]
            for name, parts in features.of_numbers([item.numbers for item in sentences], body, {}).items():
                if name in place:
                    matrix[i, place[name]] = add_up(parts.values())
        return matrix

    def get_feature_names_out(self, input_features: object = None) -> NDArray[np.object_]:
        """Names of the columns, shape (n_features,)."""
        check_fitted(self, "columns_")
        return np.asarray(self.columns_, dtype=object)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.string = True
        return tags


class EscalationClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """The library's own model as a scikit-learn classifier on texts.

    It learns from few labels, starting from a fitted model: see
    :func:`escalation.transfer.adapt`.

    Parameters
    ----------
    lexicon : Lexicon or None
        None is the shipped lexicon.
    base : RiskModel or None
        The model to learn from; None is the shipped model.

    Attributes
    ----------
    classes_ : the two classes, the second the one of the risk
    model_ : RiskModel
    """

    def __init__(self, lexicon: Lexicon | None = None, base: RiskModel | None = None) -> None:
        self.lexicon = lexicon
        self.base = base

    def fit(self, X: Iterable[str | Report], y: Iterable[Any], sample_weight: Iterable[float] | None = None, groups: Iterable[str] | None = None) -> EscalationClassifier:
        """Fit to texts and labels.

        Parameters
        ----------
        X : n texts
        y : n labels of two classes
        sample_weight : n weights of 0 or more, optional; routed to with ``set_fit_request``
        groups : of what must not be divided in calibration, routed likewise

        Raises
        ------
        InputError
            Lengths differ, there are not two classes, all is one group, or a
            text is none; the row is named.
        """
        from escalation import transfer
        from escalation.examples import examples_of

        texts, labels = _texts(X), np.asarray(list(y))
        _check_length("labels", len(labels), len(texts))
        self.classes_ = np.unique(labels)
        if len(self.classes_) != 2:
            raise InputError(f"labels: {len(self.classes_)} classes, two are needed. Map your codes to two first, for instance y >= 3.")
        base = self.base if self.base is not None else store.shipped()
        self.lexicon_ = self.lexicon if self.lexicon is not None else lexicon.load()
        self.vocabulary_ = base.vocabulary
        names = None if groups is None else list(groups)
        _check_length("groups", len(texts) if names is None else len(names), len(texts))
        examples = examples_of([read(text, self.lexicon_, self.vocabulary_) for text in texts], np.where(labels == self.classes_[1], 4.0, 0.0), names)
        examples = replace(examples, weights=_weights(sample_weight, len(texts)))
        self.model_ = transfer.adapt(examples, base, self.lexicon_.digest, binary=True).model
        return self

    def predict_proba(self, X: Iterable[str | Report]) -> NDArray[np.float64]:
        """Probabilities of shape (n_texts, 2), columns as in ``classes_``."""
        positive = 1 / (1 + np.exp(-self.decision_function(X)))
        return np.column_stack([1 - positive, positive])

    def predict_log_proba(self, X: Iterable[str | Report]) -> NDArray[np.float64]:
        """Logarithms of the probabilities, shape (n_texts, 2)."""
        logits = self.decision_function(X)
        return np.column_stack([-np.logaddexp(0, logits), -np.logaddexp(0, -logits)])

    def decision_function(self, X: Iterable[str | Report]) -> NDArray[np.float64]:
        """Log-odds of the second class, shape (n_texts,)."""
        check_fitted(self, "model_")
        judged = [self.model_.judge(text, read(text, self.lexicon_, self.vocabulary_)) for text in _texts(X)]
        return np.array([a.baseline + add_up([sentence.share for sentence in a.sentences]) for a in judged])

    def predict(self, X: Iterable[str | Report]) -> NDArray[Any]:
        """The likelier class of each text."""
        logits = self.decision_function(X)
        chosen: NDArray[Any] = self.classes_[(logits >= 0).astype(int)]
        return chosen

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.string = True
        tags.classifier_tags.multi_class = False
        return tags


def _check_length(name: str, number: int, texts: int) -> None:
    if number != texts:
        raise InputError(f"{name}: {number} for {texts} texts. Give one per text.")


class _NotFittedError(NotFittedError, NotFittedInScikitLearn):  # type: ignore[misc]
    """What both this library's and scikit-learn's callers catch."""


def check_fitted(estimator: BaseEstimator, attribute: str) -> None:
    """Refuse to go on before ``fit``.

    Raises
    ------
    NotFittedError
        Ours, which is also scikit-learn's.
    """
    if not hasattr(estimator, attribute):
        raise _NotFittedError(f"{type(estimator).__name__}: not fitted. Call fit first.")


def _texts(X: Iterable[str | Report]) -> list[Report]:
    """Reports, every one of which can be read."""
    if isinstance(X, (str, bytes, Report)):
        raise InputError("X: one text stands where many belong. Put it into a list.")
    if isinstance(X, Mapping) or getattr(X, "ndim", 1) != 1 or not isinstance(X, Iterable):
        raise InputError(f"X: a {type(X).__name__} stands where texts belong. Give a list or one column, for instance df['text'].")
    return [_report(row, text) for row, text in enumerate(X)]


def _report(row: int, text: str | Report) -> Report:
    try:
        return as_report(text)
    except InputError as fault:
        raise InputError(f"X, row {row}: {fault}") from fault


def _weights(given: Iterable[float] | None, count: int) -> NDArray[np.float64]:
    weights = np.ones(count) if given is None else np.asarray(list(given), dtype=float)
    if weights.shape != (count,) or not (weights >= 0).all() or not 0 < weights.sum() < np.inf:
        raise InputError(f"sample_weight: shape {weights.shape} for {count} texts, or a weight that is negative or no number. Give one of 0 or more per text.")
    return weights


def _columns(lex: Lexicon) -> tuple[str, ...]:
    families = sorted({features.side_of(name, direction, about["family"]) for name, about in lex.metadata.items() for direction in (-1, 0, 1)})
    cues = [f"{name}.{bucket}" for name in lex.cues for bucket in features.BUCKETS]
    sides = [f"{family}.{bucket}" for family in families for bucket in features.BUCKETS]
    sums = [*_MAGNITUDES, "up", "down", "rung"]
    subjects = sorted({features.SUBJECT + subject for subject in lex.subjects.values()})
    return (*cues, *sides, *subjects, *sums)
