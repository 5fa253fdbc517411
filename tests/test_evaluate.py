"""A model judged on labelled reports, alone and beside another."""

from __future__ import annotations

import json
import math
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from conftest import promised
from sklearn.metrics import brier_score_loss, roc_auc_score

import escalation
from escalation import assessing, comparing, curve, digests, verdicts
from escalation.bootstrap import Estimate
from escalation.errors import InputError, ModelError
from escalation.examples import examples_of
from escalation.progress import watched
from escalation.risk import Linear

FEW = 50  # resamples: intervals are tested elsewhere
PAIRS = promised("pairs/development.jsonl")[:40]
TEXTS = [pair[side] for pair in PAIRS for side in ("hi", "lo")]
CODES = [code for number in range(40) for code in (3 + number % 2, number % 3)]
GROUPS = [f"paper {number // 2 % 8}" for number in range(80)]
DAYS = [f"{2015 + number % 5}-03-01" for number in range(80)]
ROWS = [{"text": text, "label": code, "group": group, "date": day} for text, code, group, day in zip(TEXTS, CODES, GROUPS, DAYS, strict=True)]
FOREIGN = "El presidente dijo el lunes que las tropas del norte atacaron la ciudad y que hubo muertos en los combates de la noche."
MODEL = escalation.load_model()


def with_head(model: escalation.RiskModel, bias: float = 0.0, **weights: float) -> escalation.RiskModel:
    """A model whose risk starts elsewhere, or weighs some features otherwise."""
    head = model.heads["risk"]
    return replace(model, heads={**model.heads, "risk": Linear(head.bias + bias, {**head.weights, **weights})})


def judged(reports, labels=None, **options) -> escalation.Evaluation:
    return escalation.evaluate(None, reports, labels, resamples=FEW, **options)


@pytest.fixture(scope="module")
def evaluation():
    return judged(ROWS)


@pytest.fixture(scope="module")
def risks(scorer):
    return np.array([scorer.score(text, day).risk for text, day in zip(TEXTS, DAYS, strict=True)])


def test_the_figures_are_those_of_the_risks(evaluation, risks):
    positive = np.array(CODES) >= 3
    assert evaluation.figures["auc"].point == pytest.approx(roc_auc_score(positive, risks))
    assert evaluation.figures["brier"].point == pytest.approx(brier_score_loss(positive, risks))
    assert (evaluation.n, evaluation.positives) == (80, 40)


@pytest.mark.parametrize("name", verdicts.BETTER)
def test_every_figure_has_an_interval_that_holds_it(evaluation, name):
    point, low, high = evaluation.figures[name]
    assert low <= point <= high


def test_groups_and_years_have_figures_of_their_own(evaluation):
    assert [part.name for part in evaluation.groups] == [f"paper {n}" for n in range(8)]
    assert [part.name for part in evaluation.periods] == ["2015", "2016", "2017", "2018", "2019"]
    assert sum(part.n for part in evaluation.groups) == 80
    assert "auc" in evaluation.groups[0].figures


@pytest.mark.parametrize(
    ("days", "names"),
    [(["2023-01-05", "2024-08-01"], ["2023-Q1", "2024-Q3"]), (["2001-01-05", "2024-08-01"], ["2001", "2024"]), (["2023-01-05", None], []), ([None, None], [])],
)
def test_time_is_told_by_its_span(days, names):
    found = judged(TEXTS, CODES, published=days * 40)
    assert [part.name for part in found.periods] == names


def test_small_groups_count_as_one():
    found = judged(TEXTS, CODES, groups=["large"] * 40 + ["other"] * 20 + [f"small {n}" for n in range(20)])
    assert [(part.name, part.n) for part in found.groups] == [("large", 40), ("other", 20), (assessing.SMALLER, 20)]


def test_every_report_is_counted_once(evaluation):
    assert sum(map(sum, evaluation.confusion.counts)) == 80
    assert sum(part.n for part in evaluation.reliability) == 80


def test_the_worst_reports_come_first_with_what_misled_the_model(evaluation, risks):
    losses = [item.loss for item in evaluation.worst]
    positive = np.array(CODES) >= 3
    assert losses == sorted(losses, reverse=True)
    assert losses[0] == pytest.approx(-np.log(np.where(positive, risks, 1 - risks)).min())
    assert len(losses) == 10


def test_what_misled_the_model_speaks_for_its_error():
    found = judged([("Rebels shelled the port on Monday, killing nine people.", 0), ("Talks resumed and the truce held.", 4)])
    high, low = sorted(found.worst, key=lambda item: item.code)
    assert high.strongest[0].name.startswith("Rebels shelled")
    assert high.strongest[0].share > 0
    assert all(item.share > 0 for item in high.cues)
    assert all(item.share < 0 for item in (*low.cues, *low.strongest))


@pytest.mark.parametrize(("code", "told"), [(3, "all reports are labelled as risk"), (1.5, "no report is labelled as risk")])
def test_one_class_gives_all_figures_but_those_of_rank(code, told):
    found = judged(TEXTS, [code] * 80)
    assert told in found.lacking["auc"]
    assert {"brier", "ece", "coverage"} <= set(found.figures)
    assert told in str(found)


def test_one_code_has_no_kappa():
    assert "all labels are the same" in judged(TEXTS, [3] * 80).lacking["kappa"]


def test_two_codes_have_no_kappa():
    found = judged(TEXTS, [int(code >= 3) for code in CODES])
    assert "two codes" in found.lacking["kappa"]
    assert found.confusion.codes == (0, 1)
    assert sum(map(sum, found.confusion.counts)) == 80


def test_few_reports_have_no_coverage():
    assert "needs 30 reports, there are 20" in judged(TEXTS[:20], CODES[:20]).lacking["coverage"]


def test_few_groups_are_told():
    assert "one group only" in str(judged(TEXTS, CODES, groups=["paper"] * 80))
    assert "3 groups only" in str(judged(TEXTS, CODES, groups=["a", "a", "b", "c"] * 20))


def test_reports_that_the_model_was_fitted_on_are_named():
    card = {**MODEL.card, "data": {"digests": [digests.digest("  " + TEXTS[4].replace(" ", "\n")), "0" * 16]}}
    found = escalation.evaluate(replace(MODEL, card=card), ROWS, resamples=FEW)
    assert found.overlap == ("item 5",)
    assert str(found).splitlines()[1] == "Warning: trained on 1 of these 80 reports, so the figures are too good. Leave them out: item 5."


def test_a_comparison_on_reports_that_were_trained_on_concludes_nothing():
    card = {**MODEL.card, "data": {"digests": [digests.digest(text) for text in TEXTS]}}
    found = escalation.compare(MODEL, replace(MODEL, card=card), ROWS, resamples=FEW)
    assert found.conclusion.startswith("Cannot be judged: 80 of 80 reports were trained on")


def test_a_card_without_digests_tells_nothing(evaluation):
    assert evaluation.overlap is None
    assert digests.seen(TEXTS, {"data": {"digests": []}}) == ()


def test_what_is_not_judged_is_in_no_figure(evaluation):
    found = judged([*ROWS, {"text": FOREIGN, "label": 4}, {"text": "", "label": 2}])
    assert found.unjudged == (("item 81", "not english"),)
    assert found.rejected == (("item 82", "no text"),)
    assert found.figures["brier"].point == evaluation.figures["brier"].point
    assert "Not judged, 1 of the reports: item 81" in str(found)


@pytest.mark.parametrize(
    ("reports", "labels", "options"),
    [
        (list(zip(TEXTS, CODES, strict=True)), None, {}),
        (TEXTS, CODES, {}),
        (TEXTS, pd.Series(CODES), {}),
        (pd.DataFrame(ROWS)[["text", "label"]], None, {}),
        (pd.DataFrame({"body": TEXTS, "mine": CODES, "other": 1}), "mine", {}),
        ([{"text": text, "label": f"c{code}"} for text, code in zip(TEXTS, CODES, strict=True)], None, {"label_names": {f"c{n}": n for n in range(5)}}),
        (TEXTS, [f"c{code}" for code in CODES], {"label_names": {f"c{n}": n for n in range(5)}}),
        ([escalation.Report(text) for text in TEXTS], CODES, {}),
        (escalation.read_labelled(list(zip(TEXTS, CODES, strict=True))), None, {}),
        ((text for text in TEXTS), iter(CODES), {"groups": [None] * 80}),
    ],
    ids=["pairs", "sequences", "series", "frame", "field", "names", "named sequence", "reports", "labelled", "iterators"],
)
def test_reports_are_taken_however_they_come(evaluation, reports, labels, options):
    assert judged(reports, labels, **options).figures["auc"].point == pytest.approx(evaluation.figures["auc"].point, abs=0.02)


def test_labelled_reports_take_groups_and_dates_of_others():
    found = judged(escalation.read_labelled(list(zip(TEXTS, CODES, strict=True))), groups=GROUPS, published=DAYS)
    assert (len(found.groups), len(found.periods)) == (8, 5)


@pytest.mark.parametrize(
    ("reports", "labels", "options", "told"),
    [
        (TEXTS, CODES[:3], {}, "label: 3 for 80 reports"),
        (TEXTS, CODES, {"groups": GROUPS[:2]}, "group: 2 for 80 reports"),
        (TEXTS, CODES, {"groups": "source"}, "no field 'source'"),
        ("labels.csv", CODES, {}, "one per report beside the file labels.csv"),
        (escalation.read_labelled(ROWS), np.array(CODES), {}, "labelled already"),
        ([], None, {}, "holds no rows"),
        ([(FOREIGN, 1)], None, {}, "item 1: not english, and so are all 1 reports"),
        (TEXTS, ["often"] * 80, {}, "'often' is not known"),
    ],
)
def test_faults_of_the_reports_are_told(reports, labels, options, told):
    with pytest.raises(InputError, match=told):
        judged(reports, labels, **options)


def test_a_model_that_is_not_there_is_told():
    with pytest.raises(ModelError, match=r"nowhere: cannot be read"):
        escalation.evaluate("nowhere", ROWS)


def test_an_evaluation_is_plain_json_and_the_same_twice(evaluation):
    text = json.dumps(evaluation.to_dict(), allow_nan=False)
    assert text == json.dumps(judged(ROWS).to_dict(), allow_nan=False)
    assert json.loads(text)["figures"]["auc"]["point"] == evaluation.figures["auc"].point
    assert set(json.loads(text)) == set(evaluation.__dataclass_fields__)


def test_the_frame_has_a_row_per_figure(evaluation):
    frame = evaluation.to_frame()
    assert frame[frame["of"] == "all"]["figure"].tolist() == list(evaluation.figures)
    assert set(frame["of"]) == {"all", "group", "period"}


def test_each_report_is_read_once(monkeypatch):
    read, seen = verdicts.read, []
    monkeypatch.setattr(verdicts, "read", lambda report, *rest: seen.append(report.text) or read(report, *rest))
    small = replace(MODEL, idf=dict(list(MODEL.idf.items())[::2]))
    escalation.compare(MODEL, small, ROWS, resamples=FEW)
    assert seen == TEXTS


def test_a_model_of_fewer_words_reads_as_it_does_alone():
    small = replace(MODEL, idf=dict(list(MODEL.idf.items())[::2]))
    lexicon = verdicts.words(None)
    (_, together), _ = verdicts.judge([MODEL, small], lexicon, escalation.read_labelled(ROWS))
    (alone,), _ = verdicts.judge([small], lexicon, escalation.read_labelled(ROWS))
    assert together.risk.tolist() == alone.risk.tolist()


def test_a_model_is_not_distinguishable_from_itself():
    found = escalation.compare(None, MODEL, ROWS, resamples=FEW)
    assert {change.verdict for change in found.figures.values()} == {comparing.SAME}
    assert (found.nearer, found.farther, found.still, found.moved) == (0, 0, 80, ())
    assert found.conclusion.startswith("New and old are not distinguishable.")


def test_a_model_that_sees_no_risk_is_worse():
    found = escalation.compare(MODEL, with_head(MODEL, bias=-6.0), ROWS)
    assert found.figures["brier"].verdict == "worse"
    assert found.figures["auc"].verdict == comparing.SAME
    assert found.nearer + found.farther + found.still == 80
    assert "New is worse in Brier score" in str(found)
    assert {cause.name for item in found.moved for cause in (*item.by_feature, *item.by_cue)} == {comparing.BASELINE}
    assert found.moved[0].by_feature[0].share == pytest.approx(-6.0)
    assert all(item.towards == (item.code < 3) for item in found.moved)


def test_what_moved_a_report_is_named():
    name = max(MODEL.heads["risk"].weights, key=lambda name: MODEL.heads["risk"].weights[name] if name.startswith("air_strike") else -math.inf)
    found = escalation.compare(MODEL, with_head(MODEL, **{name: 9.0}), [("Jets bombed the port and an air strike hit the town, killing nine.", 4), ("Talks resumed.", 0)], resamples=FEW)
    (item,) = found.moved
    assert item.towards
    assert [cause.name for cause in item.by_feature] == [name]
    logit = math.log(item.new / (1 - item.new)) - math.log(item.old / (1 - item.old))
    assert item.by_feature[0].share == pytest.approx(logit)


@pytest.mark.parametrize(
    ("figure", "difference", "word"),
    [
        ("auc", Estimate(0.1, 0.05, 0.2), "better"), ("brier", Estimate(0.1, 0.05, 0.2), "worse"), ("ece", Estimate(-0.1, -0.2, -0.05), "better"),
        ("coverage", Estimate(0.1, 0.05, 0.2), "higher"), ("auc", Estimate(0.1, 0.0, 0.2), "not distinguishable"),
        ("auc", Estimate(1e-17, 1e-17, 1e-16), "not distinguishable"), ("auc", Estimate(0.1, math.nan, math.nan), "not distinguishable"),
    ],
)
def test_a_difference_is_called_what_its_interval_allows(figure, difference, word):
    assert comparing.verdict(figure, difference) == word


def test_a_comparison_is_plain_json_and_a_frame():
    found = escalation.compare(MODEL, with_head(MODEL, bias=1.0), TEXTS, [3] * 80, resamples=FEW)
    plain = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert plain["lacking"]["auc"]
    assert found.to_frame()["figure"].tolist() == list(found.figures)
    assert "New is" in found._repr_html_()


LABELS = (25, 50, 100, 200, 400)


@pytest.mark.parametrize(("a", "b", "c"), [(0.95, -0.8, 0.5), (0.99, -2.0, 0.8), (0.9, -0.3, 0.2)])
def test_a_power_law_is_found_where_there_is_one(a, b, c):
    law = curve.power_law(LABELS, [a + b * n**-c for n in LABELS], -1)
    assert law == pytest.approx((a, b, c))


@pytest.mark.parametrize("values", [[0.9, 0.8, 0.7, 0.6, 0.5], [0.8, 0.9, 0.8, 0.9, 0.8], [0.8] * 5, [0.5, 0.51, 0.52, 0.53, 0.9]], ids=["falling", "noise", "flat", "a leap"])
def test_no_law_is_told_where_none_holds(values):
    assert curve.power_law(LABELS, values, -1) is None


def numbers(count: int, groups: int = 10):
    """Examples whose code shows in one number, the better seen the fewer the noise."""
    random = np.random.default_rng(3)
    codes = random.integers(0, 5, count)
    read = [[] for _ in range(count)]
    return replace(examples_of(read, codes, [f"g{n % groups}" for n in range(count)]), ids=tuple(f"{code}" for code in codes))


def test_no_group_is_judged_by_a_model_that_was_fitted_on_it():
    seen = []
    examples = numbers(400)
    found = curve.learn(examples, MODEL, fit=lambda part, base: seen.append((len(part), set(part.groups))) or base)
    assert [point.labels for point in found.points] == [25, 50, 100, 200, 320]
    assert {size for size, _ in seen} == {25, 50, 100, 200, 320}
    assert max(len(groups) for _, groups in seen) == 8


def test_shares_of_the_labels_hold_every_code_in_proportion():
    seen = []
    curve.learn(numbers(400), MODEL, fit=lambda part, base: seen.append(part.risk) or base)
    assert all(set(risk) == {0, 1, 2, 3, 4} for risk in seen)


def test_the_smallest_share_holds_enough_of_both_classes():
    seen = []
    examples = numbers(400)
    rare = replace(examples, risk=np.where(np.arange(400) % 21 == 0, 4.0, examples.risk % 3))
    found = curve.learn(rare, MODEL, fit=lambda part, base: seen.append((part.risk >= 3).sum()) or base)
    assert min(seen) == 5
    assert found.points[0].labels > 50


def test_a_class_of_one_group_leaves_nothing_to_judge_on():
    examples = numbers(400)
    lone = replace(examples, risk=np.where(examples.groups == "g3", 4.0, 0.0))
    assert "one group holds all reports of a class" in str(curve.learn(lone, MODEL, fit=lambda part, base: base))


@pytest.mark.parametrize(("count", "groups", "told"), [(30, 10, "the rarer class has"), (60, 10, "sizes of training data are too few"), (60, 1, "all reports are of one group")])
def test_a_curve_of_few_labels_says_so(count, groups, told):
    found = curve.learn(numbers(count, groups), MODEL, fit=lambda part, base: base)
    assert told in str(found)
    assert str(found).startswith("Not enough labels to tell")


def test_a_bar_is_shown_on_a_terminal_only(monkeypatch, capsys):
    assert watched([1, 2], "reading", True) == [1, 2]
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    assert list(watched([1, 2], "reading", True)) == [1, 2]
    assert watched([1, 2], "reading", False) == [1, 2]
    assert capsys.readouterr().out == ""


def test_the_curve_of_a_fitted_model_is_that_of_the_shipped_one(monkeypatch):
    seen = []
    monkeypatch.setattr(curve, "learn", lambda examples, base, **_: seen.append((base, examples.numbers)))
    escalation.evaluate(replace(MODEL, idf=dict(list(MODEL.idf.items())[::2])), ROWS, resamples=FEW, curve=True)
    escalation.evaluate(MODEL, ROWS, resamples=FEW, curve=True)
    assert seen[0] == seen[1]
    assert seen[0][0] is MODEL


def test_the_curve_is_part_of_an_evaluation():
    found = judged(ROWS, curve=True)
    assert [point.labels for point in found.curve.points] == [25, 60]
    assert "Not enough labels to tell" in str(found)
    assert json.dumps(found.to_dict(), allow_nan=False)


def test_tables_in_a_pipe_are_no_wider_than_a_wide_window():
    long = [{**row, "text": row["text"].rstrip(".") + " on the long road that leads from the quays of the old harbour to the mountains in the north of the country."} for row in ROWS]
    shown = f"{judged(long)}\n{escalation.compare(MODEL, with_head(MODEL, 1.0), long, resamples=FEW)}"
    assert max(map(len, shown.splitlines())) <= 200
