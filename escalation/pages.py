"""Evaluation -> one HTML page that needs nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalation import curve, grids, layout, svg
from escalation.rendering import rendered, safe

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from escalation.assessing import Evaluation, Part

_TEMPLATE = "evaluation.html"
_PLOTTED = ("auc", "brier")


def page(e: Evaluation) -> str:
    """The evaluation as a page: no script, nothing from a network, everything from reports escaped."""
    return rendered(
        _TEMPLATE, e=e, notes=[*layout.warnings(e), *(line for line in layout.notes(e) if line and line != str(e.curve))], names=layout.NAMES, best=layout.BEST,
        rows=list(zip(e.confusion.codes, e.confusion.counts, strict=True)), number=grids.number, interval=grids.interval, shares=layout.shares, more=curve.MORE,
        reliability=safe(svg.reliability(e.reliability)), sections=list(_sections(e)), curves=[safe(plot) for plot in _curves(e)],
    )


def _sections(e: Evaluation) -> Iterator[tuple[str, grids.Grid, list[Any]]]:
    for title, found in (("By group", e.groups), ("By time", e.periods)):
        if found:
            yield title, layout.parts(title, found), [safe(plot) for plot in _plots(e, found)]


def _plots(e: Evaluation, found: Sequence[Part]) -> Iterator[str]:
    for figure in _PLOTTED:
        rows = svg.parts([(part.name, part.figures) for part in found], figure)
        if rows and figure in e.figures:
            yield svg.intervals(rows, e.figures[figure], layout.NAMES[figure])


def _curves(e: Evaluation) -> Iterator[str]:
    if e.curve and e.curve.points:
        for figure in curve.FIGURES:
            yield svg.learning(e.curve.points, figure, layout.NAMES[figure], e.curve.laws.get(figure), curve.MORE)
