"""How far two coders agree."""

from __future__ import annotations

import json
import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from escalation.agreement import Agreement, agree, krippendorff_alpha, weighted_kappa
from escalation.errors import InputError
from escalation.labelled import Labelled, read_labelled
from escalation.records import Report

NONE = float("nan")
# Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability", section C:
# four observers, twelve units.
OBSERVERS = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, NONE, NONE, NONE],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, NONE, 3],
    [NONE, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, NONE],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, NONE],
]
CODES = st.integers(0, 4)


def pairwise_alpha(ratings: list[list[float]]) -> float:
    """Interval alpha by its definition: mean squared differences within units over those of all pairs."""
    units = [[row[unit] for row in ratings if not math.isnan(row[unit])] for unit in range(len(ratings[0]))]
    paired = [unit for unit in units if len(unit) > 1]
    every = [value for unit in paired for value in unit]
    within = sum(2 * sum((x - y) ** 2 for x, y in combinations(unit, 2)) / (len(unit) - 1) for unit in paired) / len(every)
    return 1 - within / (2 * sum((x - y) ** 2 for x, y in combinations(every, 2)) / (len(every) * (len(every) - 1)))


def coder(*codes: object, ids: str = "", start: int = 0) -> Labelled:
    """A coder of reports that are the same for everyone."""
    return read_labelled([(Report(f"Report {n} from the border.", id=f"{ids}{n}" if ids else None), code) for n, code in enumerate(codes, start)])


@pytest.mark.parametrize(("level", "alpha"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_alpha_is_krippendorffs_own(level, alpha):
    assert round(krippendorff_alpha(OBSERVERS, level), 3) == alpha


def test_alpha_of_two_observers_is_krippendorffs_own():
    # Sections A and B of the same paper: binary and nominal data, no gaps.
    meg, owen = [0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]
    assert round(krippendorff_alpha([meg, owen], "nominal"), 3) == 0.095
    ben, gerry = [1, 1, 2, 2, 4, 3, 3, 3, 5, 4, 4, 1], [2, 1, 2, 2, 2, 3, 3, 3, 5, 4, 4, 4]
    assert round(krippendorff_alpha([ben, gerry], "nominal"), 3) == 0.692


@given(st.lists(st.tuples(*[st.sampled_from([0.0, 1.0, 2.0, 3.0, 4.0, NONE])] * 3), min_size=2, max_size=12))
def test_alpha_of_gappy_ratings_follows_its_definition(units):
    ratings = [list(row) for row in zip(*units, strict=True)]
    alpha = krippendorff_alpha([*ratings, [0.0] * len(units), [1.0] * len(units)], "interval")
    assert alpha == pytest.approx(pairwise_alpha([*ratings, [0.0] * len(units), [1.0] * len(units)]), abs=1e-9)


@given(st.lists(st.tuples(CODES, CODES), min_size=2, max_size=30).filter(lambda rows: len({code for row in rows for code in row}) > 1), st.sampled_from([("quadratic", "quadratic"), ("linear", "linear"), ("none", None)]))
def test_kappa_is_scikit_learns(rows, weights):
    a, b = zip(*rows, strict=True)
    ours, theirs = weights
    assert weighted_kappa(a, b, ours) == pytest.approx(cohen_kappa_score(a, b, weights=theirs, labels=range(5)), abs=1e-12)


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval"])
def test_full_agreement_is_one_and_no_variety_is_unknown(level):
    assert krippendorff_alpha([[0, 1, 3], [0, 1, 3]], level) == pytest.approx(1)
    assert math.isnan(krippendorff_alpha([[2, 2], [2, 2]], level))
    assert math.isnan(krippendorff_alpha([[1, NONE], [NONE, 2]], level))
    assert math.isnan(weighted_kappa([2, 2], [2, 2]))


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: krippendorff_alpha([[1, 2], [1, 2]], "ratio"), "Choose 'nominal', 'ordinal' or 'interval'"),
        (lambda: weighted_kappa([1, 2], [1, 2], "cubic"), "Choose one of quadratic, linear, none"),
        (lambda: weighted_kappa([1, 2], [1]), "2 of one coder, 1 of the other"),
        (lambda: agree(coder(0, 4), coder(0, 4, start=7)), "none of 2 and 2 reports is in both"),
        (lambda: agree(coder(0, 4), coder(0, 1)), "item 1 to item 2 is ordinal, item 1 to item 2 binary"),
    ],
)
def test_a_fault_names_the_remedy(call, told):
    with pytest.raises(InputError) as fault:
        call()
    assert told in str(fault.value)


def test_two_coders_are_compared_on_what_both_labelled():
    found = agree(coder(0, 1, 2, 3, 4, 4), coder(1, 2, 3, 0, 1, start=1))
    assert (found.n, found.only_a, found.only_b, found.joined_by) == (5, 1, 0, "text")
    assert found.identical.point == 0.6
    assert found.within_one.point == 0.6
    assert found.codes == (0, 1, 2, 3, 4)
    assert found.confusion[4] == (1, 1, 0, 0, 0)
    assert found.kappa.point == pytest.approx(cohen_kappa_score([1, 2, 3, 4, 4], [1, 2, 3, 0, 1], weights="quadratic", labels=range(5)))
    assert found.alpha.point == pytest.approx(krippendorff_alpha([[1, 2, 3, 4, 4], [1, 2, 3, 0, 1]]))
    assert [(item.report, item.a, item.b) for item in found.farthest] == [("Report 4 from the border.", 4, 0), ("Report 5 from the border.", 4, 1)]
    assert (found.farthest[0].place_a, found.farthest[0].place_b) == ("item 5", "item 4")


def test_ids_join_reports_whose_texts_a_tool_has_changed():
    a = coder(0, 2, 4, ids="r")
    b = read_labelled([(Report(f"Report {n} from the border{end}", id=f"r{n}"), code) for n, end, code in ((2, ".", 4), (1, ".", 2), (0, "...", 1))])
    found = agree(a, b)
    assert (found.n, found.joined_by) == (3, "id")
    assert found.identical.point == pytest.approx(2 / 3)


def test_ids_that_are_row_numbers_join_nothing():
    found = agree(coder(0, 2, 4, ids="r"), read_labelled([(Report(f"Report {n} from the border.", id=f"r{2 - n}"), n * 2) for n in range(3)]))
    assert (found.n, found.joined_by, found.identical.point) == (3, "text", 1.0)


def test_intervals_hold_the_figure_and_are_the_same_every_time():
    rng = np.random.default_rng(3)
    codes = rng.integers(0, 5, 200)
    a, b = coder(*codes.tolist()), coder(*np.clip(codes + rng.integers(-1, 2, 200), 0, 4).tolist())
    first = agree(a, b)
    assert first == agree(a, b)
    assert all(low < point < high for point, low, high in (first.kappa, first.alpha, first.identical))
    assert first.within_one == (1.0, 1.0, 1.0)


def test_agreement_is_plain_in_json():
    plain = json.loads(json.dumps(agree(coder(0, 1, 1), coder(0, 1, 0)).to_dict(), allow_nan=False))
    assert plain["identical"]["point"] == pytest.approx(2 / 3)
    assert plain["confusion"] == [[1, 0], [1, 1]]
    assert set(plain) == set(Agreement.__dataclass_fields__)
