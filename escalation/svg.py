"""Figures -> plots, as SVG that stands in a page by itself."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING

from escalation.marks import WIDTH as _WIDTH
from escalation.marks import Scale
from escalation.marks import dot as _dot
from escalation.marks import frame as _svg
from escalation.marks import line as _line
from escalation.marks import linear as _linear
from escalation.marks import path as _path
from escalation.marks import text as _text

if TYPE_CHECKING:
    from escalation.bootstrap import Estimate
    from escalation.curve import Law, Point
    from escalation.evaluation import Bin

_HEIGHT = 300  # units of the view box
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 12, 12, 40
_ROW, _NAME, _LETTERS = 24, 138, 18  # of a row of intervals: height, width of its name, letters of it
_BARS = 46  # height of the counts below the reliability curve
_DAY = 66  # between two days below an axis
_DOTTED = 60  # points of a series up to which each has its dot
_APART = 36  # between two numbers below an axis


def reliability(bins: Sequence[Bin]) -> str:
    """Observed rate against predicted risk with intervals, the diagonal, and how many reports are in each bin."""
    x, y = _linear(0, 1, _LEFT, _WIDTH - _RIGHT), _linear(0, 1, _HEIGHT - _BOTTOM, _TOP)
    most = max((b.n for b in bins), default=1)
    base = _HEIGHT + _BARS
    marks = [_line(x(0), y(0), x(1), y(1), "guide"), *_axes(x, y, _ticks(0, 1), _ticks(0, 1), "predicted risk", "observed rate")]
    for b in bins:
        tall = max(1.0, _BARS * 0.7 * b.n / most)
        marks += [_line(x(b.predicted), y(b.low), x(b.predicted), y(b.high), "bar"), _dot(x(b.predicted), y(b.observed))]
        marks += [f'<rect class="count" x="{x(b.start) + 1:.1f}" y="{base - tall:.1f}" width="{x(b.end) - x(b.start) - 2:.1f}" height="{tall:.1f}"/>']
        marks += [_text(x((b.start + b.end) / 2), base - tall - 3, str(b.n), "small middle")]
    marks += [_path([(x(b.predicted), y(b.observed)) for b in bins], "join")]
    return _svg(marks, base + 16, "Reliability curve") if bins else ""


def intervals(rows: Sequence[tuple[str, Estimate]], whole: Estimate, label: str) -> str:
    """A figure of each group or period with its interval; the band is that of all reports."""
    low, high = _range([number for _, estimate in [*rows, ("", whole)] for number in estimate])
    x = _linear(low, high, _NAME, _WIDTH - _RIGHT)
    foot = _TOP + _ROW * len(rows)
    marks = [f'<rect class="band" x="{x(whole.low):.1f}" y="{_TOP}" width="{max(1.0, x(whole.high) - x(whole.low)):.1f}" height="{foot - _TOP}"/>']
    for tick in _apart(_ticks(low, high), x):
        marks += [_line(x(tick), _TOP, x(tick), foot, "grid"), _text(x(tick), foot + 16, f"{tick:g}", "small middle")]
    for at, (name, estimate) in enumerate(rows):
        middle = _TOP + _ROW * (at + 0.5)
        marks += [_text(_NAME - 8, middle + 4, _short(name), "name end"), _line(x(estimate.low), middle, x(estimate.high), middle, "bar"), _dot(x(estimate.point), middle)]
    marks.append(_text((_NAME + _WIDTH - _RIGHT) / 2, foot + 34, label, "middle"))
    return _svg(marks, foot + 42, label)


def learning(points: Sequence[Point], figure: str, label: str, law: Law | None, more: int) -> str:
    """A figure by number of labels on a logarithmic axis, with the law through it and what it expects of ``more``."""
    estimates: list[Estimate] = [getattr(point, figure) for point in points]
    labels = [point.labels for point in points]
    last = labels[-1] + more if law else labels[-1]
    low, high = _range([number for estimate in estimates for number in estimate])
    log = _linear(math.log(labels[0] * 0.85), math.log(last * 1.15), _LEFT, _WIDTH - _RIGHT)
    y = _linear(low, high, _HEIGHT - _BOTTOM, _TOP)

    def x(n: float) -> float:
        return log(math.log(n))

    marks = list(_axes(x, y, _apart([float(n) for n in labels], x), _ticks(low, high), "labels", label))
    if law:
        steps = [labels[0] * (last / labels[0]) ** (step / 40) for step in range(41)]
        marks += [_path([(x(n), y(law.at(n))) for n in steps], "guide"), _dot(x(last), y(law.at(last)), "hollow")]
    for n, estimate in zip(labels, estimates, strict=True):
        marks += [_line(x(n), y(estimate.low), x(n), y(estimate.high), "bar"), _dot(x(n), y(estimate.point))]
    return _svg(marks, _HEIGHT, f"{label} by number of labels")


def series(points: Sequence[tuple[str, float, float, float]], changes: Sequence[int], label: str, title: str) -> str:
    """A figure by period with its band, gaps where there is none, and a line where a level changes.

    Parameters
    ----------
    points : (name of the period, figure, low, high); NaN where there is none
    changes : places of the points at which a level begins
    """
    known = [number for point in points for number in point[1:] if number == number]
    if not known:
        return ""
    low, high = min(0.0, *known), max(known) * 1.08 or 1.0
    x, y = _linear(0, max(1, len(points) - 1), _LEFT, _WIDTH - _RIGHT), _linear(low, high, _HEIGHT - _BOTTOM, _TOP)
    last = len(points) - 1  # its name ends below it, that of the first begins there, and the others stand in the middle
    off = {0: _DAY / 2, last: -_DAY / 2}
    named = _apart([float(k) for k in range(len(points))], lambda k: (x(k) + off.get(int(k), 0)) * _APART / _DAY)
    marks = [_line(_LEFT, y(tick), _WIDTH - _RIGHT, y(tick), "grid") + _text(_LEFT - 6, y(tick) + 4, f"{tick:g}", "small end") for tick in _ticks(low, high)]
    marks += [_text(x(k), _HEIGHT - _BOTTOM + 16, points[int(k)][0], "small middle" if 0 < k < last else "small end" if k else "small") for k in named]
    marks += [_line(x(at - 0.5), _TOP, x(at - 0.5), _HEIGHT - _BOTTOM, "change") for at in changes]
    for held in _runs(points, 2):
        # A band over a point that has none would show an interval that nobody knows.
        marks += [_line(x(k), y(points[k][2]), x(k), y(points[k][3]), "bar") for k in held if len(held) == 1]
        edge = [(x(k), y(points[k][2])) for k in held] + [(x(k), y(points[k][3])) for k in reversed(held)]
        marks.append(_path(edge, "band").replace("<polyline", "<polygon"))
    for run in _runs(points, 1):
        marks.append(_path([(x(k), y(points[k][1])) for k in run], "join"))
        marks += [_dot(x(k), y(points[k][1])) for k in run] if len(points) <= _DOTTED else []
    marks.append(_text((_LEFT + _WIDTH - _RIGHT) / 2, _HEIGHT - 4, label, "middle"))
    return _svg(marks, _HEIGHT, title)


def _runs(points: Sequence[tuple[str, float, float, float]], which: int) -> Iterator[list[int]]:
    """Places of neighbouring points that have a figure (1) or a band (2)."""
    run: list[int] = []
    for at, point in enumerate(points):
        if point[which] == point[which]:
            run.append(at)
        elif run:
            yield run
            run = []
    if run:
        yield run


def parts(found: Sequence[tuple[str, Mapping[str, Estimate]]], figure: str) -> list[tuple[str, Estimate]]:
    """The rows of :func:`intervals` of those that have the figure."""
    return [(name, figures[figure]) for name, figures in found if figure in figures and figures[figure].low == figures[figure].low]


def _range(numbers: Sequence[float]) -> tuple[float, float]:
    """Ends of an axis, a little beyond the numbers."""
    low, high = min(numbers), max(numbers)
    room = max(0.08 * (high - low), 0.01)
    return max(low - room, 0.0) if low >= 0 else low - room, min(high + room, 1.0) if high <= 1 else high + room


def _ticks(low: float, high: float) -> list[float]:
    """Four to nine round numbers within an axis."""
    step = 10 ** math.floor(math.log10(high - low))
    step = next(size for size in (step, step / 2, step / 5, step / 10) if (high - low) / size >= 4)
    return [round(k * step, 6) for k in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]


def _apart(ticks: Sequence[float], x: Scale) -> list[float]:
    """Ticks whose words do not touch, the last among them."""
    kept = [ticks[-1]]
    for tick in reversed(ticks[:-1]):
        if x(kept[-1]) - x(tick) >= _APART:
            kept.append(tick)
    return kept[::-1]


def _axes(x: Scale, y: Scale, across: Sequence[float], up: Sequence[float], below: str, beside: str) -> Iterator[str]:
    foot, middle = _HEIGHT - _BOTTOM, (_TOP + _HEIGHT - _BOTTOM) / 2
    for tick in up:
        yield _line(_LEFT, y(tick), _WIDTH - _RIGHT, y(tick), "grid") + _text(_LEFT - 6, y(tick) + 4, f"{tick:g}", "small end")
    for tick in across:
        yield _line(x(tick), foot, x(tick), foot + 4, "axis") + _text(x(tick), foot + 16, f"{tick:g}", "small middle")
    yield _line(_LEFT, foot, _WIDTH - _RIGHT, foot, "axis")
    yield _text((_LEFT + _WIDTH - _RIGHT) / 2, foot + 34, below, "middle")
    yield f'<text class="middle" transform="translate(12 {middle:.0f}) rotate(-90)">{escape(beside)}</text>'


def _short(name: str) -> str:
    return name if len(name) <= _LETTERS else name[: _LETTERS - 1] + "\u2026"
