"""Places and words -> marks of a plot, as SVG with its words escaped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

WIDTH = 360  # units of a view box; on a phone one is about one pixel, so text keeps its size
_DOT = 4

Scale = Callable[[float], float]


def linear(start: float, end: float, first: float, last: float) -> Scale:
    """Scale of an axis from ``start`` to ``end`` between two places."""
    return lambda value: first + (value - start) / (end - start) * (last - first)


def frame(marks: Sequence[str], height: float, title: str, role: str = "img") -> str:
    """The marks in a view box. What stands in an ``img`` is not read out, and its links cannot be followed: then ``role`` is ``"group"``."""
    return f'<svg viewBox="0 0 {WIDTH} {height:.0f}" role="{role}" aria-label="{escape(title, quote=True)}"><title>{escape(title)}</title>{"".join(marks)}</svg>'


def line(x: float, y: float, to_x: float, to_y: float, kind: str) -> str:
    return f'<line class="{kind}" x1="{x:.1f}" y1="{y:.1f}" x2="{to_x:.1f}" y2="{to_y:.1f}"/>'


def path(places: Sequence[tuple[float, float]], kind: str) -> str:
    return f'<polyline class="{kind}" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in places)}"/>'


def dot(x: float, y: float, kind: str = "dot") -> str:
    return f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="{_DOT}"/>'


def text(x: float, y: float, words: str, kind: str) -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{escape(words)}</text>'
