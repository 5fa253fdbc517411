"""The parts inside scikit-learn: its own checks on matrices, and the same claims on texts."""

from __future__ import annotations

import json
import pickle

import numpy as np
import pandas as pd
import pytest
import sklearn
from conftest import HERE
from sklearn.base import clone, is_classifier
from sklearn.exceptions import NotFittedError as NotFittedInScikitLearn
from sklearn.utils.estimator_checks import parametrize_with_checks

import escalation
from escalation import CueVectorizer, EscalationClassifier, RiskClassifier

# The check of scikit-learn 1.6 gives the two models that it compares other labels
# where there are two classes; what it means to check is checked below.
BROKEN = {"check_sample_weight_equivalence_on_dense_data": "labels differ in scikit-learn 1.6"} if sklearn.__version__.startswith("1.6.") else {}


@parametrize_with_checks([RiskClassifier(), RiskClassifier(signs=None, folds=3)], expected_failed_checks=lambda _: BROKEN)
def test_scikit_learns_own_checks(estimator, check):
    check(estimator)


# The text part: scikit-learn skips nearly all of its checks for estimators on
# texts, so their claims are made here.
HOT = ["Rebels shelled the port on Monday, killing nine people.", "Jets bombed the depot and the army massed tanks on the border.", "The general vowed to strike back after the raid killed forty soldiers."]
MILD = ["The two sides signed a ceasefire and pulled back their guns.", "The mayor opened a school on Tuesday.", "Envoys met for talks and freed thirty prisoners."]
TEXTS = [f"{a} {b}" for side in (HOT, MILD) for a in side for b in (*side, "The weather was fine.", "He spoke on television.")]
LABELS = np.repeat([1, 0], 15)
BOTH = pytest.mark.parametrize("estimator", [CueVectorizer(), EscalationClassifier()], ids=["CueVectorizer", "EscalationClassifier"])


def out(fitted, texts=TEXTS) -> np.ndarray:
    """What an estimator makes of texts, whichever it is."""
    return np.asarray(fitted.predict_proba(texts) if is_classifier(fitted) else fitted.transform(texts))


@BOTH
def test_fitting_twice_is_fitting_once(estimator):
    fitted = clone(estimator).fit(TEXTS, LABELS)
    once = out(fitted)
    assert np.array_equal(out(fitted.fit(TEXTS, LABELS)), once)


@BOTH
def test_what_was_fitted_before_leaves_no_trace(estimator):
    fitted = clone(estimator).fit(TEXTS[::2], 1 - LABELS[::2]).fit(TEXTS, LABELS)
    assert np.array_equal(out(fitted), out(clone(estimator).fit(TEXTS, LABELS)))


@BOTH
def test_fit_returns_itself_and_changes_neither_input_nor_parameters(estimator):
    texts, labels, fitted = list(TEXTS), LABELS.copy(), clone(estimator)
    before = fitted.get_params()
    assert fitted.fit(texts, labels) is fitted
    out(fitted, texts)
    assert (texts, labels.tolist()) == (TEXTS, LABELS.tolist())
    assert fitted.get_params() == before


@BOTH
def test_only_fitted_attributes_end_in_an_underscore(estimator):
    assert [name for name in vars(clone(estimator)) if name.endswith("_")] == []
    assert {name for name in vars(clone(estimator).fit(TEXTS, LABELS)) if not name.endswith("_")} == set(estimator.get_params())


@BOTH
def test_the_number_of_features_of_a_text_is_not_told(estimator):
    assert not hasattr(clone(estimator).fit(TEXTS, LABELS), "n_features_in_")


@BOTH
@pytest.mark.parametrize("rows", [[3], [0, 29], [7, 7, 2], list(range(29, -1, -1))], ids=str)
def test_a_row_does_not_depend_on_the_others(estimator, rows):
    fitted = clone(estimator).fit(TEXTS, LABELS)
    assert np.array_equal(out(fitted, [TEXTS[i] for i in rows]), out(fitted)[rows])


@BOTH
@pytest.mark.parametrize("kind", [tuple, np.array, lambda t: np.array(t, dtype=object), pd.Series, lambda t: pd.Series(t, index=range(100, 130)), lambda t: (x for x in t), lambda t: [escalation.Report(x) for x in t]], ids=["tuple", "array", "object", "Series", "index", "generator", "Report"])
def test_any_sequence_of_texts_will_do(estimator, kind):
    expected = out(clone(estimator).fit(TEXTS, LABELS))
    assert np.array_equal(out(clone(estimator).fit(kind(TEXTS), LABELS), kind(TEXTS)), expected)


@BOTH
@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("Rebels shelled the port.", "one text stands where many belong"), (b"Rebels", "one text"), (escalation.Report("Rebels shelled the port."), "one text"), (None, "a NoneType stands where texts belong"),
        (7, "a int stands"), (pd.DataFrame({"text": TEXTS}), r"a DataFrame stands where texts belong.*df\['text'\]"), ({"text": TEXTS}, "a dict stands"), (np.array([TEXTS]), "a ndarray stands"), (np.array("a"), "a ndarray stands"),
        ([*TEXTS[:4], None], "X, row 4: text"), ([*TEXTS[:2], 7.5, ""], "X, row 2: text"), ([TEXTS[0], " "], "X, row 1: text: empty"), ([TEXTS[0], b"Rebels"], "X, row 1"), ([[TEXTS[0]]], "X, row 0"), ([float("nan")], "X, row 0"),
    ],
)
def test_what_are_no_texts_is_told_with_its_row(estimator, wrong, told):
    with pytest.raises(escalation.InputError, match=told):
        clone(estimator).fit(wrong, LABELS)
    with pytest.raises(escalation.InputError, match=told):
        out(clone(estimator).fit(TEXTS, LABELS), wrong)


@pytest.mark.parametrize(
    "ask",
    [
        lambda: CueVectorizer().transform(TEXTS), lambda: CueVectorizer().get_feature_names_out(), lambda: EscalationClassifier().predict(TEXTS), lambda: EscalationClassifier().predict_proba(TEXTS),
        lambda: EscalationClassifier().predict_log_proba(TEXTS), lambda: EscalationClassifier().decision_function(TEXTS), lambda: RiskClassifier().predict([[0.0]]),
    ],
)
@pytest.mark.parametrize("kind", [escalation.NotFittedError, escalation.EscalationError, NotFittedInScikitLearn])
def test_before_fit_both_kinds_of_not_fitted_are_raised(ask, kind):
    with pytest.raises(kind, match="Call fit first"):
        ask()


@BOTH
def test_a_fitted_estimator_survives_pickling(estimator):
    fitted = clone(estimator).fit(TEXTS, LABELS)
    assert np.array_equal(out(pickle.loads(pickle.dumps(fitted))), out(fitted))


@BOTH
def test_a_clone_has_the_parameters_and_nothing_learned(estimator):
    lexicon = escalation.Scorer()._lexicon
    copy = clone(clone(estimator).set_params(lexicon=lexicon).fit(TEXTS, LABELS))
    assert copy.lexicon.digest == lexicon.digest
    assert [name for name in vars(copy) if name.endswith("_")] == []


@BOTH
def test_an_unknown_parameter_is_refused(estimator):
    with pytest.raises(ValueError, match="Invalid parameter"):
        clone(estimator).set_params(ngram_range=(1, 2))


@BOTH
def test_the_page_of_a_notebook_shows_it(estimator):
    assert type(estimator).__name__ in clone(estimator)._repr_html_()
    assert type(estimator).__name__ in clone(estimator).fit(TEXTS, LABELS)._repr_html_()
    assert repr(estimator) == f"{type(estimator).__name__}()"


# The vectorizer -----------------------------------------------------------------


def test_the_matrix_is_finite_and_does_not_grow_with_length():
    matrix = CueVectorizer().fit_transform([*TEXTS, " ".join(TEXTS * 5)])
    assert matrix.dtype == np.float64
    assert np.isfinite(matrix).all()
    assert (matrix >= 0).all()
    assert (matrix < 1).all()


def test_columns_do_not_depend_on_the_texts():
    assert CueVectorizer().fit(TEXTS[:1]).get_feature_names_out().tolist() == CueVectorizer().fit(TEXTS).get_feature_names_out().tolist()
    assert CueVectorizer().fit([]).transform([]).shape == (0, len(CueVectorizer().fit(TEXTS).columns_))


def test_a_frame_has_the_names_and_the_index():
    frame = CueVectorizer().set_output(transform="pandas").fit_transform(pd.Series(TEXTS, index=range(100, 130)))
    assert list(frame.columns) == list(CueVectorizer().fit(TEXTS).get_feature_names_out())
    assert list(frame.index) == list(range(100, 130))


def test_polars_is_as_good():
    import polars as pl

    frame = CueVectorizer().set_output(transform="polars").fit_transform(pl.Series(TEXTS))
    assert frame.shape == CueVectorizer().fit_transform(TEXTS).shape


def test_it_stands_beside_other_vectorizers():
    from sklearn.compose import ColumnTransformer
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import FeatureUnion, make_pipeline

    union = FeatureUnion([("cues", CueVectorizer()), ("words", TfidfVectorizer())])
    columns = ColumnTransformer([("cues", CueVectorizer(), "text"), ("words", TfidfVectorizer(), "text"), ("year", "passthrough", ["year"])])
    frame = pd.DataFrame({"text": TEXTS, "year": 2024})
    assert make_pipeline(union, LogisticRegression()).fit(TEXTS, LABELS).score(TEXTS, LABELS) == 1.0
    assert make_pipeline(columns, LogisticRegression()).fit(frame, LABELS).score(frame, LABELS) == 1.0
    assert "cues__air_strike.actual" in union.fit(TEXTS).get_feature_names_out()


def test_a_grid_searches_through_it():
    from sklearn.model_selection import GridSearchCV
    from sklearn.pipeline import make_pipeline

    pipe = make_pipeline(CueVectorizer().set_output(transform="pandas"), RiskClassifier())
    search = GridSearchCV(pipe, {"riskclassifier__C": [0.1, 1.0], "riskclassifier__signs": ["names", None]}, cv=3).fit(TEXTS, LABELS)
    assert search.best_score_ > 0.8
    assert search.best_estimator_.predict(TEXTS[:1]).tolist() == [1]


# The classifier on features -------------------------------------------------------


def test_signs_come_from_the_names_of_cues():
    matrix = pd.DataFrame({"air_strike.actual": [1, 0, 1, 0, 1, 0], "ceasefire.actual": [0, 0, 0, 1, 1, 1.0]})
    backwards = [0, 1, 0, 1, 0, 1]
    assert RiskClassifier().fit(matrix, backwards).coef_[0, 0] == 0
    assert RiskClassifier(signs=None).fit(matrix, backwards).coef_[0, 0] < 0
    assert RiskClassifier(signs=[-1, 0]).fit(matrix.to_numpy(), backwards).coef_[0, 0] < 0


@pytest.mark.parametrize(("parameters", "told"), [({"signs": "cues"}, "signs: 'cues'"), ({"signs": [1]}, r"shape \(1,\) for 2 features"), ({"C": 0}, "C must be above 0"), ({"folds": 1}, "at least 2")])
def test_wrong_parameters_are_told(parameters, told):
    with pytest.raises(escalation.InputError, match=told):
        RiskClassifier(**parameters).fit([[0.0, 1.0], [1.0, 0.0]], [0, 1])


def test_a_weight_of_two_is_a_row_that_is_there_twice():
    rng = np.random.default_rng(1)
    X, y, weights = rng.random((40, 60)), rng.integers(0, 2, 40), rng.integers(0, 4, 40)
    weighed, repeated = RiskClassifier().fit(X, y, sample_weight=weights), RiskClassifier().fit(X.repeat(weights, axis=0), y.repeat(weights))
    assert weighed.decision_function(X) == pytest.approx(repeated.decision_function(X), abs=1e-9)


def test_the_order_of_the_rows_does_not_matter():
    rng = np.random.default_rng(0)
    X, order = rng.random((80, 4)), rng.permutation(80)
    y = (X[:, 0] + rng.normal(0, 0.3, 80) > 0.5).astype(int)
    assert RiskClassifier().fit(X, y).coef_ == pytest.approx(RiskClassifier().fit(X[order], y[order]).coef_, abs=1e-8)


def test_its_probabilities_are_calibrated():
    from escalation.evaluation import ece

    rng = np.random.default_rng(0)
    X = rng.normal(size=(4000, 3))
    y = rng.random(4000) < 1 / (1 + np.exp(-2 * X[:, 0]))
    fitted = RiskClassifier(C=0.001).fit(X[:2000], y[:2000])
    assert ece(y[2000:], fitted.predict_proba(X[2000:])[:, 1]) < 0.05


# The classifier on texts ---------------------------------------------------------


@pytest.fixture(scope="module")
def fitted() -> EscalationClassifier:
    return EscalationClassifier().fit(TEXTS, LABELS)


def test_probabilities_log_odds_and_classes_agree(fitted):
    p, logits = fitted.predict_proba(TEXTS), fitted.decision_function(TEXTS)
    assert p.shape == (30, 2)
    assert p.sum(axis=1) == pytest.approx(np.ones(30))
    assert p[:, 1] == pytest.approx(1 / (1 + np.exp(-logits)))
    assert fitted.predict_log_proba(TEXTS) == pytest.approx(np.log(p))
    assert fitted.predict(TEXTS).tolist() == fitted.classes_[p.argmax(axis=1)].tolist()


@pytest.mark.parametrize("labels", [np.repeat([True, False], 15), np.repeat(["hot", "calm"], 15), np.repeat([-1, 5], 15), pd.Series(LABELS, index=range(50, 80)), list(LABELS), pd.Categorical(np.repeat(["hot", "calm"], 15))], ids=lambda y: type(y).__name__ + str(getattr(y, "dtype", "")))
def test_two_classes_of_any_kind_will_do(labels):
    fitted = EscalationClassifier().fit(TEXTS, labels)
    # One of the six calls the calm class the risk, against all that the base model knows.
    assert fitted.score(TEXTS, np.asarray(labels)) >= 0.9
    assert fitted.classes_.tolist() == sorted(set(np.asarray(labels).tolist()))


def test_weights_count():
    hot, mild = (EscalationClassifier().fit(TEXTS, LABELS, sample_weight=np.repeat(w, 15)).model_.heads["high"] for w in ([9.0, 1.0], [1.0, 9.0]))
    assert hot != mild


@pytest.mark.parametrize("weights", [[1.0], [-1.0] * 30, [0.0] * 30, [float("nan")] * 30])
def test_weights_that_are_none_are_told(weights):
    with pytest.raises(escalation.InputError, match="sample_weight"):
        EscalationClassifier().fit(TEXTS, LABELS, sample_weight=weights)


def test_it_works_inside_scikit_learns_own(fitted):
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.model_selection import GridSearchCV, cross_val_score
    from sklearn.pipeline import make_pipeline

    assert cross_val_score(EscalationClassifier(), TEXTS, LABELS, cv=3).mean() > 0.8
    assert cross_val_score(EscalationClassifier(), TEXTS, LABELS, cv=3, scoring="roc_auc").mean() > 0.8
    assert make_pipeline("passthrough", EscalationClassifier()).fit(TEXTS, LABELS).score(TEXTS, LABELS) == 1.0
    assert CalibratedClassifierCV(EscalationClassifier(), cv=2).fit(TEXTS, LABELS).predict_proba(TEXTS).shape == (30, 2)
    assert GridSearchCV(EscalationClassifier(), {"lexicon": [None]}, cv=2).fit(TEXTS, LABELS).best_score_ > 0.8


def test_groups_and_weights_are_routed():
    from sklearn.model_selection import GroupKFold, cross_validate

    with sklearn.config_context(enable_metadata_routing=True):
        asking = EscalationClassifier().set_fit_request(groups=True, sample_weight=True).set_score_request(sample_weight=True)
        result = cross_validate(asking, TEXTS, LABELS, cv=GroupKFold(3), params={"groups": np.arange(30) // 3, "sample_weight": np.ones(30)})
        features = RiskClassifier().set_fit_request(sample_weight=True).set_score_request(sample_weight=True)
        matrix = CueVectorizer().fit_transform(TEXTS)
        weighed = cross_validate(features, matrix, LABELS, cv=3, params={"sample_weight": np.ones(30)})
    assert result["test_score"].min() > 0.5
    assert weighed["test_score"].min() > 0.5


def test_a_lexicon_of_ones_own_is_a_parameter():
    classifier = EscalationClassifier(lexicon=escalation.Scorer()._lexicon)
    assert clone(classifier).fit(TEXTS, LABELS).score(TEXTS, LABELS) == 1.0


def test_its_model_can_be_saved_as_a_folder(fitted, tmp_path):
    folder = fitted.model_.save(tmp_path / "mine")
    assert escalation.Scorer(model=folder).score(TEXTS[0]).risk == pytest.approx(fitted.predict_proba(TEXTS[:1])[0, 1])


def test_the_probes_keep_their_shape():
    texts = [json.loads(line)["text"] for line in (HERE.parent / "escalation" / "promises" / "offtopic.jsonl").read_text(encoding="utf-8").splitlines()]
    assert CueVectorizer().fit(TEXTS).transform(texts).shape[0] == len(texts)
