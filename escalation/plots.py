"""What was found -> Axes of matplotlib, for papers and notebooks.

Every function draws on ``ax``, or on the one Axes of a new figure where none is
given, and returns the Axes. Escalation is drawn in orange and restraint in
blue, which colour-blind readers tell apart. matplotlib (extra ``plots``) is
imported when something is drawn.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from math import log
from typing import TYPE_CHECKING, Any, NamedTuple

from escalation import passages
from escalation import waterfall as sums
from escalation.errors import InputError, MissingExtraError
from escalation.records import Assessment

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from escalation.assessing import Evaluation
    from escalation.curve import Curve

UP, DOWN, PLAIN = "#a84300", "#0b5cad", "#57606a"
GROUPS = 6  # lines that can be told apart
_CUES = 15  # more names than these are not read
_LETTERS = 38  # of a sentence beside its bar
_FADED = 0.18
_RISKS = (0.001, 0.01, 0.05, 0.2, 0.5, 0.8, 0.95, 0.99, 0.999)


def index(frame: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw the score of an index with its 95 % bands and changes of level.

    Parameters
    ----------
    frame : made by :func:`escalation.build_index`. Of groups the six with most
        reports are drawn, each in a colour of its own; changes of level are
        dashed where there is one line. Empty periods are gaps.
    ax : where to draw

    Raises
    ------
    InputError
        The frame is no index.
    MissingExtraError
        matplotlib is not installed.
    """
    missing = [name for name in ("start", "score", "score_low", "score_high", "change", "n") if name not in frame]
    if missing:
        raise InputError(f"index: the frame has no column {missing[0]!r}. Give what escalation.build_index returns.")
    ax = _axes(ax)
    parts = list(groups(frame, GROUPS))
    for group, part in parts:
        _band(ax, part, group)
    ax.axhline(100, linewidth=0.8, linestyle=":", color="grey")
    if len(parts) == 1:
        for start in parts[0][1].loc[parts[0][1]["change"] != 0, "start"]:
            ax.axvline(start, linewidth=1, linestyle="--", color=UP)
    else:
        ax.legend(frameon=False)
    _dates(ax)
    ax.set_ylim(bottom=0)
    ax.set_ylabel(f"score of {frame.attrs.get('of', 'risk')}, 100 = base")
    return ax


def reliability(evaluation: Evaluation, ax: Axes | None = None) -> Axes:
    """Draw what a model predicted against what was observed, reports of like risk together.

    Parameters
    ----------
    evaluation : made by :func:`escalation.evaluate`; ten bins of equal width
        with their 95 % Wilson intervals, empty ones left out
    ax : where to draw
    """
    ax = _axes(ax)
    bins = evaluation.reliability
    ax.plot([0, 1], [0, 1], linewidth=0.8, linestyle=":", color="grey")
    ax.vlines([bin.predicted for bin in bins], [bin.low for bin in bins], [bin.high for bin in bins], color=DOWN, linewidth=1.2)
    ax.plot([bin.predicted for bin in bins], [bin.observed for bin in bins], marker="o", markersize=4, linewidth=1, color=DOWN)
    ax.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), xlabel="risk predicted, mean of the bin", ylabel="share labelled as risk", aspect="equal")
    return ax


def learning_curve(curve: Curve, ax: Axes | None = None, figure: str = "auc") -> Axes:
    """Draw how a figure grows with labels, and the power law through it where one holds.

    Parameters
    ----------
    curve : ``evaluate(..., curve=True).curve``
    ax : where to draw
    figure : {"auc", "brier"}

    Raises
    ------
    InputError
        No such figure, or a curve without points; its reason is told.
    """
    if figure not in ("auc", "brier"):
        raise InputError(f"figure: {figure!r} is not in a learning curve. Choose 'auc' or 'brier'.")
    if not curve.points:
        raise InputError(f"curve: it has no points, because {curve.reason}. Give more labelled reports, of several groups.")
    ax = _axes(ax)
    labels, found = [point.labels for point in curve.points], [getattr(point, figure) for point in curve.points]
    ax.fill_between(labels, [value.low for value in found], [value.high for value in found], alpha=_FADED, linewidth=0, color=DOWN)
    ax.plot(labels, [value.point for value in found], marker="o", markersize=4, linewidth=0 if figure in curve.laws else 1.2, color=DOWN)
    if law := curve.laws.get(figure):
        steps = [labels[0] * (labels[-1] / labels[0]) ** (k / 50) for k in range(51)]
        ax.plot(steps, [law.at(step) for step in steps], linewidth=1.2, color=DOWN)
    ax.set_xscale("log")
    ax.set_xticks(labels, [f"{label:,}" for label in labels])
    ax.minorticks_off()
    ax.set(xlabel="labelled reports", ylabel="AUC" if figure == "auc" else "Brier score")
    return ax


def waterfall(assessment: Assessment, ax: Axes | None = None) -> Axes:
    """Draw the sum from the baseline to the risk, the strongest sentence first.

    The lower axis is in log-odds, which add up; the upper one tells the risks.

    Raises
    ------
    InputError
        It is no assessment.
    """
    if not isinstance(assessment, Assessment):
        raise InputError(f"assessment: a {type(assessment).__name__} ({str(assessment)[:40]!r}) stands where an assessment belongs. Give what escalation.score(text) returns.")
    ax = _axes(ax)
    steps = sums.steps(assessment)
    for row, step in enumerate(steps, 1):
        ax.barh(row, step.end - step.start, left=step.start, height=0.6, color=UP if step.end >= step.start else DOWN)
        ax.annotate(f"{step.end - step.start:+.2f}", (max(step.start, step.end), row), xytext=(3, 0), textcoords="offset points", va="center", fontsize="small")
    ends = (assessment.baseline, steps[-1].end if steps else assessment.baseline)
    ax.plot(ends, (0, len(steps) + 1), linewidth=0, marker="o", markersize=5, color=PLAIN)
    labels = ["baseline: an empty report", *(passages.short(step.label, _LETTERS) for step in steps), f"risk {assessment.risk:.3f}"]
    ax.set_yticks(range(len(labels)), labels, parse_math=False)
    ax.invert_yaxis()
    ax.use_sticky_edges = False  # room beside the first bar too
    ax.margins(x=0.12)
    ax.set_xlabel("log-odds")
    _risks(ax)
    return ax


class Profile(NamedTuple):
    """How much of a corpus has a cue: percent of its reports, and the 95 % Wilson interval."""

    share: float
    low: float
    high: float


def cue_profile(first: Iterable[Assessment], second: Iterable[Assessment], ax: Axes | None = None, *, names: tuple[str, str] = ("first", "second"), top: int = _CUES) -> Axes:
    """Draw in how many reports of two corpora each cue is asserted as happening now.

    Parameters
    ----------
    first, second : assessments, such as ``Scorer().score_many(reports)``; they
        are gone through once
    ax : where to draw
    names : of the corpora, for the legend
    top : cues drawn: those that are found in most reports of either

    Raises
    ------
    InputError
        A corpus is empty, or neither has a cue.
    """
    counted = [_counted(corpus, name) for corpus, name in zip((first, second), names, strict=True)]
    most = Counter({cue: max(found[cue] / n for found, n in counted) for found, _ in counted for cue in found})
    if not most:
        raise InputError("cue_profile: no report of either corpus has a cue. Give reports of conflicts.")
    cues = sorted(most, key=lambda cue: (-most[cue], cue))[:top]
    ax = _axes(ax)
    for (found, n), name, colour, off in zip(counted, names, (UP, DOWN), (-0.15, 0.15), strict=True):
        _profiles(ax, [_profile(found[cue], n) for cue in cues], off, colour, f"{name} ({n} reports)")
    ax.set_yticks(range(len(cues)), cues)
    ax.invert_yaxis()
    ax.set_xlim(left=0)
    ax.set_xlabel("reports with the cue, %")
    # Above the picture: inside it would lie on some interval.
    ax.legend(frameon=False, loc="lower left", bbox_to_anchor=(0, 1), ncols=2, borderaxespad=0)
    return ax


def groups(frame: pd.DataFrame, most: int) -> Iterator[tuple[str, pd.DataFrame]]:
    """Parts of an index with their names, those with most reports first."""
    by = frame.attrs.get("by")
    if not by:
        yield "", frame
        return
    sizes = frame.groupby(by)["n"].sum().sort_values(ascending=False, kind="stable")
    for group in sizes.index[:most]:
        yield str(group), frame[frame[by] == group]


def library() -> Any:
    """matplotlib itself.

    Raises
    ------
    MissingExtraError
        It is not installed.
    """
    try:
        import matplotlib
    except ImportError as fault:
        raise MissingExtraError("plots: pictures are drawn by matplotlib, which is not installed. Run: pip install 'escalation[plots]', or write an index as an .html page.") from fault
    return matplotlib


def _axes(ax: Axes | None) -> Axes:
    if ax is not None:
        return ax
    library()
    from matplotlib import pyplot

    return pyplot.subplots(layout="constrained")[1]


def _band(ax: Axes, part: pd.DataFrame, name: str) -> None:
    (line,) = ax.plot(part["start"], part["score"], marker="o", markersize=3, linewidth=1.2, label=name.replace("$", r"\$") or None)
    ax.fill_between(part["start"], part["score_low"], part["score_high"], alpha=_FADED, linewidth=0, color=line.get_color())
    # A band has no width where a period stands alone.
    ax.vlines(part["start"], part["score_low"], part["score_high"], alpha=_FADED, linewidth=1.5, color=line.get_color())


def _dates(ax: Axes) -> None:
    """Dates that say the year once and do not run into each other."""
    from matplotlib import dates

    untyped: Any = dates
    places = untyped.AutoDateLocator(maxticks=8)
    ax.xaxis.set_major_locator(places)
    ax.xaxis.set_major_formatter(untyped.ConciseDateFormatter(places))


def _risks(ax: Axes) -> None:
    """Risks above the log-odds where they lie."""
    low, high = ax.get_xlim()
    told = [risk for risk in _RISKS if low <= log(risk / (1 - risk)) <= high]
    above = ax.secondary_xaxis("top")
    above.set_xticks([log(risk / (1 - risk)) for risk in told], [f"{risk:g}" for risk in told])
    above.set_xlabel("risk")


def _counted(corpus: Iterable[Assessment], name: str) -> tuple[Counter[str], int]:
    """Reports that have each cue as something that happens now, and all reports."""
    found: Counter[str] = Counter()
    n = 0
    for n, assessment in enumerate(corpus, 1):  # noqa: B007 counts what may be a generator
        found.update({cue.name for cue in assessment.cues if (cue.status, cue.realis) == ("asserted", "actual") and cue.time != "background"})
    if not n:
        raise InputError(f"cue_profile: the corpus {name!r} has no reports. Give assessments, such as Scorer().score_many(reports).")
    return found, n


def _profile(count: int, n: int) -> Profile:
    from scipy.stats import binomtest

    around = binomtest(count, n).proportion_ci(method="wilson")
    return Profile(100 * count / n, 100 * around.low, 100 * around.high)


def _profiles(ax: Axes, profiles: list[Profile], off: float, colour: str, label: str) -> None:
    rows = [row + off for row in range(len(profiles))]
    ax.hlines(rows, [profile.low for profile in profiles], [profile.high for profile in profiles], color=colour, linewidth=1.2)
    ax.plot([profile.share for profile in profiles], rows, linewidth=0, marker="o", markersize=4, color=colour, label=label.replace("$", r"\$"))
