"""Tables of words -> lines of text, or HTML."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from escalation.records import Explanation

NOTHING = "–"
_STRONGEST = 10  # shares that are shown; the weaker ones seldom matter, and all are in the fields


class Grid(NamedTuple):
    """A table with its title; all cells are words."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def plain(grids: Iterable[Grid]) -> str:
    """Tables below one another, columns aligned."""
    return "\n\n".join(_lines(grid) for grid in grids)


def html(grids: Iterable[Grid]) -> str:
    """Tables for a notebook, escaped."""
    return "".join(_table(grid) for grid in grids)


def explanation(found: Explanation) -> str:
    """Where a risk comes from, by sentence and cue, the strongest first."""
    without = dict(found.without)
    sentences = tuple((f"{share:+.2f}", f"sentence {at}", number(without[at])) for at, share in found.by_sentence)
    cues = tuple((f"{share:+.2f}", name) for name, share in found.by_cue)
    head = f"Explanation: risk {found.risk:.3f}; baseline {found.baseline:+.2f} and all shares of a table are its log-odds"
    return "\n\n".join([head, *(_strongest(*table) for table in ((("share", "sentence", "risk without it"), sentences), (("share", "cue"), cues)) if table[1])])


def number(value: float, digits: int = 3) -> str:
    """A figure in words; a dash where there is none."""
    return NOTHING if value != value else f"{value:.{digits}f}"


def interval(low: float, high: float, digits: int = 3) -> str:
    """An interval in words; a dash where there is none."""
    return NOTHING if low != low or high != high else f"{low:.{digits}f} to {high:.{digits}f}"


def _strongest(header: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> str:
    left = len(rows) - _STRONGEST
    return _lines(Grid("", header, rows[:_STRONGEST])) + (f"\n\u2026 and {left} weaker" if left > 0 else "")


def _lines(grid: Grid) -> str:
    widths = [max(len(row[k]) for row in (grid.header, *grid.rows)) for k in range(len(grid.header))]
    lines = [_line(row, widths) for row in (grid.header, *grid.rows)]
    return "\n".join([grid.title, *lines] if grid.title else lines)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _table(grid: Grid) -> str:
    head = "".join(f"<th>{escape(cell)}</th>" for cell in grid.header)
    rows = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in grid.rows)
    caption = f"<caption>{escape(grid.title)}</caption>" if grid.title else ""
    return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
