"""Matrix of report features and labels -> calibrated risk, as scikit-learn wants it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import _check_sample_weight, validate_data

from escalation import regression
from escalation.errors import InputError
from escalation.vectorizer import check_fitted

_NAMES = "names"
# As in training: calibration is hardly regularised, and never turned round.
_C_PLATT, _LEAST_SLOPE = 1e3, 0.1
_REFITS = 4
_CLOSE = 1e-10  # so close that a weight of two and two equal rows agree


class RiskClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Logistic regression whose signs make sense, calibrated out of fold.

    The report model of this library for a matrix of one's own: after
    :class:`CueVectorizer` in a pipeline, or on its features beside others.

    Parameters
    ----------
    C : float
        Inverse strength of regularisation.
    signs : "names", None or array-like of shape (n_features,)
        +1 where a feature may only raise the risk, -1 where it may only lower
        it, 0 where it is free. ``"names"`` takes them from the names of cue
        features (a DataFrame from :class:`CueVectorizer` with
        ``set_output(transform="pandas")``); other names, and a matrix without
        names, are free. A feature with the wrong sign is left out.
    folds : int
        Parts for calibration (Platt 1999).

    Attributes
    ----------
    classes_ : the two labels
    coef_ : array of shape (1, n_features)
    intercept_ : array of shape (1,)
        Calibrated: ``X @ coef_.T + intercept_`` is the log-odds.
    n_features_in_, feature_names_in_ : as everywhere in scikit-learn

    Notes
    -----
    Equal rows lie in the same fold and the folds do not depend on the order of
    the rows, so that a weight of two is the same as a row that is there twice.
    """

    def __init__(self, C: float = 0.5, signs: str | ArrayLike | None = _NAMES, folds: int = 5) -> None:
        self.C = C
        self.signs = signs
        self.folds = folds

    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> RiskClassifier:
        """Fit to features and labels of two classes.

        Raises
        ------
        InputError
            There are not two classes, or a parameter is out of range.
        """
        matrix, labels = validate_data(self, X, y, dtype=np.float64)
        target, weights = self._target(labels), _check_sample_weight(sample_weight, matrix)
        signs = self._checked(matrix.shape[1])
        kept = weights > 0
        matrix, target, weights = matrix[kept], target[kept], weights[kept]
        fitted = _logistic(matrix, target, weights, self.C, signs)
        slope, shift = self._platt(matrix, target, weights, signs)
        self.coef_, self.intercept_ = slope * fitted[None, 1:], slope * fitted[:1] + shift
        return self

    def decision_function(self, X: ArrayLike) -> NDArray[np.float64]:
        """Log-odds of the second class, shape (n,)."""
        check_fitted(self, "coef_")
        values: NDArray[np.float64] = validate_data(self, X, dtype=np.float64, reset=False)
        # Summed row by row: a product of matrices has other last bits for other numbers of rows.
        logits: NDArray[np.float64] = (values * self.coef_[0]).sum(axis=1) + self.intercept_[0]
        return logits

    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]:
        """Probabilities of shape (n, 2), columns as in ``classes_``."""
        from scipy.special import expit

        logits = self.decision_function(X)
        return np.column_stack([expit(-logits), expit(logits)])

    def predict_log_proba(self, X: ArrayLike) -> NDArray[np.float64]:
        """Logarithms of the probabilities, shape (n, 2)."""
        from scipy.special import log_expit

        logits = self.decision_function(X)
        return np.column_stack([log_expit(-logits), log_expit(logits)])

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """The likelier class of each row."""
        logits = self.decision_function(X)
        chosen: NDArray[Any] = self.classes_[(logits > 0).astype(int)]
        return chosen

    def _target(self, y: NDArray[Any]) -> NDArray[np.bool_]:
        check_classification_targets(y)
        if type_of_target(y) != "binary":
            raise InputError(f"y: Only binary classification is supported. The type of the target is {type_of_target(y)}. Map your codes to two classes first, for instance y >= 3.")
        self.classes_ = np.unique(y)
        if len(self.classes_) != 2:
            raise InputError(f"y: {len(self.classes_)} class, two are needed. Add reports of the other kind.")
        target: NDArray[np.bool_] = y == self.classes_[1]
        return target

    def _checked(self, width: int) -> NDArray[np.float64]:
        """Sign of each feature; parameters are looked at here, as scikit-learn has it."""
        if not self.C > 0 or self.folds < 2:
            raise InputError(f"C={self.C!r}, folds={self.folds!r}: C must be above 0 and folds at least 2.")
        if isinstance(self.signs, str):
            if self.signs != _NAMES:
                raise InputError(f"signs: {self.signs!r}. Give {_NAMES!r}, None, or one number per feature.")
            return regression.signs(list(map(str, getattr(self, "feature_names_in_", [""] * width))))
        signs = np.zeros(width) if self.signs is None else np.sign(np.asarray(self.signs, dtype=float))
        if signs.shape != (width,):
            raise InputError(f"signs: shape {signs.shape} for {width} features. Give one number per feature.")
        return signs

    def _platt(self, X: NDArray[np.float64], target: NDArray[np.bool_], weights: NDArray[np.float64], signs: NDArray[np.float64]) -> tuple[float, float]:
        """Slope and shift by rows that the model has not seen; none where a class has a single row."""
        place, count = _places(X, target)
        if count < 2:
            return 1.0, 0.0
        fold, raw = place % min(self.folds, count), np.zeros(len(target))
        for k in np.unique(fold):
            test = fold == k
            part = _logistic(X[~test], target[~test], weights[~test], self.C, signs)
            raw[test] = part[0] + X[test] @ part[1:]
        shift, slope = _logistic(raw[:, None], target, weights, _C_PLATT, np.zeros(1))
        return max(float(slope), _LEAST_SLOPE), float(shift)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        return tags


def _logistic(X: NDArray[np.float64], target: NDArray[np.bool_], weights: NDArray[np.float64], c: float, signs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bias and coefficients, shape (1 + features,); features with the wrong sign are left out."""
    # Most cues are in none of a few reports: their columns need no solving.
    kept, coefficients = (X != 0).any(axis=0, keepdims=True)[0], np.zeros(X.shape[1])
    kept[0] |= not kept.any()
    for _ in range(_REFITS):
        fitted = LogisticRegression(C=c, solver="newton-cholesky", tol=_CLOSE, max_iter=1000).fit(X[:, kept], target, sample_weight=weights)
        coefficients[:] = 0.0
        coefficients[kept] = fitted.coef_[0]
        wrong = signs * coefficients < 0
        if not wrong.any() or (kept == wrong).all():
            break
        kept &= ~wrong
    return np.concatenate([fitted.intercept_, np.where(wrong, 0.0, coefficients)])


def _places(X: NDArray[np.float64], target: NDArray[np.bool_]) -> tuple[NDArray[np.intp], int]:
    """Number of each row among the different rows of its class, and how many the smaller class has."""
    place, counts = np.zeros(len(X), dtype=np.intp), []
    for side in (False, True):
        inside = target == side
        different, found = np.unique(X[inside], axis=0, return_inverse=True)
        place[inside] = found.reshape(-1)  # numpy 2.0.0 gives a column
        counts.append(len(different))
    return place, min(counts)
