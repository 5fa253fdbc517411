"""Figures of a model, and how sure they are."""

from __future__ import annotations

from datetime import date
from time import perf_counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, brier_score_loss, cohen_kappa_score, roc_auc_score

from escalation import bootstrap as bs
from escalation import evaluation as ev
from escalation.errors import InputError

RNG = np.random.default_rng(7)
N = 1388  # as many reports as the benchmark has
TRUTH = RNG.integers(0, 5, N)
POSITIVE = TRUTH >= 3
RISK = np.clip(0.15 + 0.16 * TRUTH + RNG.normal(0, 0.15, N), 0, 1).round(2)
GIVEN = np.clip(TRUTH + RNG.integers(-1, 2, N), 0, 4)
GROUPS = RNG.integers(0, 60, N)
OTHER = np.clip(RISK + RNG.normal(0, 0.3, N), 0, 1)

FIGURES = {
    "auc": (bs.auc(POSITIVE, RISK), ev.auc),
    "average_precision": (bs.average_precision(POSITIVE, RISK), ev.average_precision),
    "brier": (bs.brier(POSITIVE, RISK), ev.brier),
    "ece": (bs.ece(POSITIVE, RISK), ev.ece),
}
ALL = {name: figure for name, (figure, _) in FIGURES.items()} | {
    "kappa": bs.kappa(TRUTH, GIVEN),
    "coverage": bs.coverage(POSITIVE, RISK, RISK - 0.1, RISK + 0.1, ev.cells(RISK, GROUPS % 9)),
}


def drawn(figure: bs.Figure, rows: np.ndarray) -> float:
    """The figure of a resample given as row numbers."""
    return float(figure(np.bincount(rows, minlength=N)[None].astype(float))[0])


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_of_a_resample_is_the_figure_of_its_rows(name):
    figure, plain = FIGURES[name]
    rows = RNG.integers(0, N, N)
    assert drawn(figure, np.arange(N)) == pytest.approx(plain(POSITIVE, RISK), abs=1e-12)
    assert drawn(figure, rows) == pytest.approx(plain(POSITIVE[rows], RISK[rows]), abs=1e-12)


@pytest.mark.parametrize(("weights", "theirs"), [("quadratic", "quadratic"), ("linear", "linear"), ("none", None)])
def test_kappa_of_a_resample_is_scikit_learns(weights, theirs):
    rows = RNG.integers(0, N, N)
    assert drawn(bs.kappa(TRUTH, GIVEN, weights), rows) == pytest.approx(cohen_kappa_score(TRUTH[rows], GIVEN[rows], weights=theirs, labels=range(5)), abs=1e-12)


@given(st.lists(st.tuples(st.booleans(), st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.75, 1.0])), min_size=2, max_size=40).filter(lambda rows: 0 < sum(y for y, _ in rows) < len(rows)))
def test_figures_with_ties_are_scikit_learns(rows):
    y, p = np.array([y for y, _ in rows]), np.array([p for _, p in rows])
    whole = np.ones((1, len(rows)))
    assert bs.auc(y, p)(whole)[0] == pytest.approx(roc_auc_score(y, p), abs=1e-12)
    assert bs.average_precision(y, p)(whole)[0] == pytest.approx(average_precision_score(y, p), abs=1e-12)
    assert bs.brier(y, p)(whole)[0] == pytest.approx(brier_score_loss(y, p), abs=1e-12)


def test_all_figures_with_intervals_take_seconds():
    start = perf_counter()
    found = bs.estimates(ALL, POSITIVE)
    assert perf_counter() - start < 5
    assert all(low <= point <= high for name, (point, low, high) in found.items() if name not in ("ece", "coverage"))


def test_an_interval_moved_back_holds_its_figure():
    # What is calibrated has an ECE near 0, and each resample a higher one.
    risk = np.random.default_rng(1).random(400)
    ece = {"ece": bs.ece(np.random.default_rng(2).random(400) < risk, risk)}
    strata = np.zeros(400)
    assert bs.estimates(ece, strata)["ece"].point < np.mean(bs.estimates(ece, strata)["ece"][1:]) - 0.01
    point, low, high = bs.estimates(ece, strata, rough=ece)["ece"]
    assert 0 <= low < point < high <= 1


def test_the_same_seed_gives_the_same_intervals_in_blocks_of_any_size(monkeypatch):
    few = {"auc": ALL["auc"], "kappa": ALL["kappa"]}
    first = bs.estimates(few, POSITIVE, GROUPS, resamples=50)
    monkeypatch.setattr(bs, "_BLOCK", 3 * N)
    assert bs.estimates(few, POSITIVE, GROUPS, resamples=50) == first
    assert bs.estimates(few, POSITIVE, GROUPS, resamples=50, seed=1) != first


def test_every_resample_has_both_classes():
    positive = np.arange(40) < 1
    counts = np.concatenate(list(bs.draws(positive, resamples=200)))
    assert counts.sum(axis=1).tolist() == [40.0] * 200
    assert counts[:, 0].tolist() == [1.0] * 200


def test_groups_are_drawn_whole():
    counts = np.concatenate(list(bs.draws(POSITIVE, GROUPS, resamples=20)))
    spread = [np.ptp(counts[:, group == GROUPS], axis=1).max() for group in np.unique(GROUPS)]
    assert max(spread) == 0


def test_reports_that_come_in_groups_give_wider_intervals():
    groups = np.repeat(np.arange(40), 25)
    hits = np.repeat(np.random.default_rng(0).random(40) < 0.5, 25)
    alone, whole = (bs.estimates({"mean": bs.mean(hits)}, np.zeros(1000), given)["mean"] for given in (None, groups))
    assert whole.high - whole.low > 3 * (alone.high - alone.low)


def test_the_interval_holds_the_figure_as_often_as_it_says():
    def holds(seed: int) -> bool:
        sample = np.random.default_rng(seed).random(120) < 0.3
        return not bs.estimates({"mean": bs.mean(sample)}, np.zeros(120), resamples=300, level=0.9)["mean"].excludes(0.3)

    assert 0.82 <= np.mean([holds(seed) for seed in range(150)]) <= 0.97


def test_a_difference_is_paired():
    new, old = {"auc": bs.auc(POSITIVE, RISK)}, {"auc": bs.auc(POSITIVE, OTHER)}
    same = bs.differences(new, new, POSITIVE)["auc"]
    assert same == (0.0, 0.0, 0.0)
    assert not same.excludes()
    better = bs.differences(new, old, POSITIVE)["auc"]
    assert better.point == pytest.approx(ev.auc(POSITIVE, RISK) - ev.auc(POSITIVE, OTHER))
    assert better.excludes()


def test_one_group_cannot_be_resampled():
    with pytest.raises(InputError, match="all reports are of one group"):
        bs.estimates(ALL, POSITIVE, np.zeros(N))


def test_a_figure_that_nothing_gives_is_nan():
    found = bs.estimates({"auc": bs.auc([True, True], [0.1, 0.2])}, [1, 1], resamples=5)["auc"]
    assert np.isnan(found).all()


def test_coverage_counts_cells_whose_rate_their_interval_holds():
    y = np.repeat([0, 1, 0, 1], [5, 15, 10, 10])
    cells = np.repeat([0, 1], 20)
    p = np.full(40, 0.5)
    assert ev.coverage(y, p, p - 0.01, p + 0.01, cells) == 0.5
    assert ev.coverage(y, p, p - 0.3, p + 0.3, cells) == 1.0
    assert np.isnan(ev.coverage(y[:5], p[:5], p[:5], p[:5], cells[:5]))


def test_cells_hold_like_reports_of_one_group():
    place = ev.cells(RISK, GROUPS)
    assert len(np.unique(place)) == 180
    assert all(len(np.unique(GROUPS[place == cell])) == 1 for cell in np.unique(place))
    assert np.bincount(ev.cells(RISK)).tolist() == [139] * 8 + [138] * 2


def test_confusion_has_the_truth_in_rows():
    assert ev.confusion([0, 4, 4, 2.5], [0, 4, 1, 3]).tolist() == [[1, 0, 0, 0, 0], [0] * 5, [0] * 5, [0, 0, 0, 1, 0], [0, 1, 0, 0, 1]]


def test_the_reliability_curve_counts_every_report_once():
    curve = ev.reliability(POSITIVE, RISK)
    assert sum(part.n for part in curve) == N
    assert all(part.start <= part.predicted <= part.end for part in curve)
    assert all(part.low <= part.observed <= part.high for part in curve)


def test_wilsons_interval_is_the_published_one():
    # Newcombe (1998), table I: 81 of 263.
    (part,) = ev.reliability(np.arange(263) < 81, np.full(263, 0.3))
    assert (round(part.low, 4), round(part.high, 4)) == (0.2553, 0.3662)


def test_groups_have_figures_of_their_own():
    parts = ev.by_group(GROUPS % 3, POSITIVE, RISK, TRUTH, GIVEN)
    assert [part.name for part in parts] == ["0", "1", "2"]
    assert sum(part.n for part in parts) == N
    assert parts[1].figures["auc"] == ev.auc(POSITIVE[GROUPS % 3 == 1], RISK[GROUPS % 3 == 1])
    assert parts[1].figures["kappa"] == ev.kappa(TRUTH[GROUPS % 3 == 1], GIVEN[GROUPS % 3 == 1])


@pytest.mark.parametrize(("size", "names"), [("year", ["2024", "2023", "undated"]), ("quarter", ["2024-Q2", "2023-Q4", "undated"])])
def test_periods_are_groups_by_time(size, names):
    assert ev.periods([date(2024, 4, 1), date(2023, 12, 31), None], size).tolist() == names


def test_an_unknown_period_is_refused():
    with pytest.raises(InputError, match="Choose 'year' or 'quarter'"):
        ev.periods([], "week")
