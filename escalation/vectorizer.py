"""Texts -> matrix of report features, as scikit-learn wants it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from escalation import features, lexicon, store
from escalation.archive import as_report
from escalation.errors import InputError
from escalation.lexicon import Lexicon
from escalation.reader import Read, read
from escalation.records import Report
from escalation.risk import RiskModel

if TYPE_CHECKING:
    from escalation.examples import Examples

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
        check_is_fitted(self, "columns_")
        place = {name: j for j, name in enumerate(self.columns_)}
        texts = _texts(X)
        matrix = np.zeros((len(texts), len(place)))
        for i, text in enumerate(texts):
            sentences = read(as_report(text), self.lexicon_, frozenset())
            body = [k for k, item in enumerate(sentences) if item.counts]
            for name, parts in features.of_numbers([item.numbers for item in sentences], body, {}).items():
                if name in place:
                    matrix[i, place[name]] = sum(parts.values())
        return matrix

    def get_feature_names_out(self, input_features: object = None) -> NDArray[np.object_]:
        """Names of the columns, shape (n_features,)."""
        check_is_fitted(self, "columns_")
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
        sample_weight : of each text; routed to with ``set_fit_request``
        groups : of what must not be divided in calibration, routed likewise

        Raises
        ------
        InputError
            Lengths differ, there are not two classes, or all is one group.
        """
        from escalation import transfer

        texts, labels = _texts(X), np.asarray(list(y))
        _check_length("labels", len(labels), len(texts))
        self.classes_ = np.unique(labels)
        if len(self.classes_) != 2:
            raise InputError(f"labels: {len(self.classes_)} classes where two are needed. Map your codes to two first, for instance y >= 3.")
        base = self.base if self.base is not None else store.load()
        self.lexicon_ = self.lexicon if self.lexicon is not None else lexicon.load()
        self.vocabulary_ = base.vocabulary
        self.model_ = transfer.adapt(self._examples(texts, labels, sample_weight, groups), base, self.lexicon_.digest, binary=True).model
        return self

    def predict_proba(self, X: Iterable[str | Report]) -> NDArray[np.float64]:
        """Probabilities of shape (n_texts, 2), columns as in ``classes_``."""
        check_is_fitted(self, "model_")
        positive = np.array([self.model_.judge(as_report(text), self._read(text)).risk for text in _texts(X)])
        return np.column_stack([1 - positive, positive])

    def predict(self, X: Iterable[str | Report]) -> NDArray[Any]:
        """The likelier class of each text."""
        chosen: NDArray[Any] = self.classes_[(self.predict_proba(X)[:, 1] >= 0.5).astype(int)]
        return chosen

    def _examples(self, texts: list[str | Report], labels: NDArray[Any], sample_weight: Iterable[float] | None, groups: Iterable[str] | None) -> Examples:
        from escalation.examples import examples_of

        names = None if groups is None else list(groups)
        weights = np.ones(len(texts)) if sample_weight is None else np.asarray(list(sample_weight), dtype=float)
        _check_length("groups", len(texts) if names is None else len(names), len(texts))
        _check_length("sample_weight", len(weights), len(texts))
        examples = examples_of([self._read(text) for text in texts], np.where(labels == self.classes_[1], 4.0, 0.0), names)
        return replace(examples, weights=weights / weights.mean())

    def _read(self, text: str | Report) -> list[Read]:
        return read(as_report(text), self.lexicon_, self.vocabulary_)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.string = True
        tags.classifier_tags.multi_class = False
        return tags


def _check_length(name: str, number: int, texts: int) -> None:
    if number != texts:
        raise InputError(f"{name}: {number} for {texts} texts. Give one per text.")


def _texts(X: Iterable[str | Report]) -> list[str | Report]:
    if isinstance(X, (str, bytes)):
        raise InputError("X: one text stands where many belong. Put it into a list.")
    return list(X)


def _columns(lex: Lexicon) -> tuple[str, ...]:
    families = sorted({features.side_of(name, direction, about["family"]) for name, about in lex.metadata.items() for direction in (-1, 0, 1)})
    cues = [f"{name}.{bucket}" for name in lex.cues for bucket in features.BUCKETS]
    sides = [f"{family}.{bucket}" for family in families for bucket in features.BUCKETS]
    sums = [*_MAGNITUDES, "up", "down", "rung"]
    subjects = sorted({features.SUBJECT + subject for subject in lex.subjects.values()})
    return (*cues, *sides, *subjects, *sums)
