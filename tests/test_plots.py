"""What the plots for papers show, read back from their Axes."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta

import matplotlib
import pandas as pd
import pytest

matplotlib.use("agg")
from matplotlib import pyplot
from matplotlib.axes import Axes

import escalation
from escalation import plots
from escalation.bootstrap import Estimate
from escalation.curve import Curve, Law, Point
from escalation.errors import InputError
from escalation.evaluation import Bin

HOT = ["Rebels shelled the port of Tarvos on Monday, killing nine people. The army vowed to retaliate.", "Jets bombed the depot near Ilmen on Tuesday."]
CALM = ["The two sides signed a ceasefire in Ilmen on Friday. Troops pulled back from the ridge.", "The harvest fair opened in Tarvos."]
LABELS = (25, 50, 100, 200)
CURVE = Curve(
    points=tuple(Point(n, Estimate(0.95 - 0.5 / n**0.5, 0.8, 0.96), Estimate(0.1, 0.08, 0.12)) for n in LABELS),
    laws={"auc": Law(0.95, -0.5, 0.5)}, gains={},
)
BINS = (Bin(0.0, 0.1, 20, 0.04, 0.05, 0.01, 0.2), Bin(0.8, 0.9, 10, 0.85, 0.9, 0.6, 0.98))


class Judged:
    reliability = BINS


@pytest.fixture(scope="module")
def scores() -> pd.DataFrame:
    days = [date(2024, 1, 1) + timedelta(days=n) for n in range(84)]
    rows = [{"published": str(day), "risk": (0.2 if n < 42 else 0.7) + 0.01 * (n * 7 % 10), "acts": 0.1, "threats": 0.1, "restraint": 0.1, "level": "low", "source": "$x$" if n % 2 else "gazette"} for n, day in enumerate(days) for _ in range(6)]
    return pd.DataFrame(rows)


@pytest.fixture(autouse=True)
def closed():
    yield
    pyplot.close("all")


def drawings(scorer, scores):
    assessed = [scorer.score(text) for text in HOT]
    return {
        "index": lambda **at: plots.index(escalation.build_index(scores), **at),
        "reliability": lambda **at: plots.reliability(Judged(), **at),
        "learning_curve": lambda **at: plots.learning_curve(CURVE, **at),
        "waterfall": lambda **at: plots.waterfall(assessed[0], **at),
        "cue_profile": lambda **at: plots.cue_profile(assessed, assessed, **at),
    }


@pytest.mark.parametrize("name", ["index", "reliability", "learning_curve", "waterfall", "cue_profile"])
def test_a_plot_draws_on_the_axes_given_or_on_its_own_and_returns_them(scorer, scores, name):
    draw = drawings(scorer, scores)[name]
    given = pyplot.figure().subplots(1, 2)[1]
    assert draw(ax=given) is given
    own = draw()
    assert isinstance(own, Axes)
    assert own.figure is not given.figure
    assert own.get_xlabel() or name == "index"
    own.figure.canvas.draw()


def test_the_index_shows_its_change_of_level(scores):
    axes = plots.index(escalation.build_index(scores))
    dashed = [line.get_xdata()[0] for line in axes.lines if line.get_linestyle() == "--"]
    assert [str(start.date()) for start in dashed] == ["2024-02-12"]


def test_groups_of_an_index_are_named_as_they_are(scores):
    axes = plots.index(escalation.build_index(scores, by="source"))
    axes.figure.canvas.draw()
    assert sorted(text.get_text() for text in axes.get_legend().get_texts()) == [r"\$x\$", "gazette"]


def test_a_frame_that_is_no_index_is_refused(scores):
    with pytest.raises(InputError, match="build_index"):
        plots.index(scores)


def test_the_waterfall_ends_at_the_log_odds_of_the_risk(scorer):
    found = scorer.score(HOT[0])
    axes = plots.waterfall(found)
    ends = axes.lines[0].get_xdata()
    assert ends[0] == pytest.approx(found.baseline)
    assert ends[1] == pytest.approx(found.baseline + sum(s.share for s in found.sentences))
    assert [label.get_text() for label in axes.get_yticklabels()][-1] == f"risk {found.risk:.3f}"


def test_the_waterfall_of_a_report_without_shares_is_its_baseline(scorer):
    assert len(plots.waterfall(scorer.score("Der Hafen wurde am Montag von Rebellen beschossen, neun Menschen starben.")).patches) == 0


def test_the_reliability_curve_has_a_point_for_each_bin():
    assert plots.reliability(Judged()).lines[1].get_xydata().tolist() == [[0.04, 0.05], [0.85, 0.9]]


def test_the_learning_curve_follows_its_law_where_there_is_one():
    assert [len(line.get_xdata()) for line in plots.learning_curve(CURVE).lines] == [4, 51]
    assert [len(line.get_xdata()) for line in plots.learning_curve(CURVE, figure="brier").lines] == [4]


@pytest.mark.parametrize(("curve", "figure", "told"), [(Curve((), {}, {}, "the rarer class has 3 reports"), "auc", "rarer class"), (CURVE, "kappa", "'auc' or 'brier'")])
def test_a_learning_curve_that_cannot_be_drawn_says_why(curve, figure, told):
    with pytest.raises(InputError, match=told):
        plots.learning_curve(curve, figure=figure)


def test_the_profile_counts_reports_in_which_a_cue_happens_now(scorer):
    threatened = scorer.score("The general threatened an air strike on the port. Nobody has fired.")
    axes = plots.cue_profile(scorer.score_many(HOT), [*scorer.score_many(CALM), threatened], names=("war", "$truce$"))
    rows = [label.get_text() for label in axes.get_yticklabels()]
    shares = {line.get_label(): dict(zip(rows, line.get_xdata(), strict=True)) for line in axes.lines}
    war, truce = shares["war (2 reports)"], shares[r"\$truce\$ (3 reports)"]
    assert war["air_strike"] == 50
    assert truce["air_strike"] == 0
    assert truce["ceasefire"] == pytest.approx(100 / 3)


@pytest.mark.parametrize(("first", "told"), [([], "'first' has no reports"), (["The fair opened."], "has a cue")])
def test_a_profile_of_nothing_says_so(scorer, first, told):
    with pytest.raises(InputError, match=told):
        plots.cue_profile(scorer.score_many(first), scorer.score_many(["The fair opened."]))


def test_nothing_is_imported_before_something_is_drawn():
    code = "import sys, escalation.plots; print('matplotlib' in sys.modules, 'pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split() == ["False", "False"]
