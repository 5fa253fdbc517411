"""Index -> a file: a picture, or one HTML page that needs nothing else."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from escalation import grids, plots, rendering, svg
from escalation.errors import InputError
from escalation.exports import write_bytes

if TYPE_CHECKING:
    import pandas as pd

_SUFFIXES = (".png", ".svg", ".html")
_GROUPS = 12  # drawn at most: those with most reports
_DPI = 150
_COLUMNS = ("start", "n", "score", "risk", "elevated", "acts", "threats", "restraint")


def write(index: pd.DataFrame, path: str | Path) -> Path:
    """Write an index that :func:`escalation.build_index` made as a picture or a page.

    Parameters
    ----------
    index : its score with the band, gaps where there is no report, and a line
        where a level of its own begins; of groups the twelve with most reports
    path : ``.png`` or ``.svg`` (matplotlib, extra ``plots``), or ``.html``, a
        page without scripts that loads nothing

    Raises
    ------
    InputError
        The name tells no format that is known, or the file cannot be written.
    MissingExtraError
        A picture without matplotlib.
    """
    path = Path(path)
    if path.suffix.lower() not in _SUFFIXES:
        raise InputError(f"{path}: the name does not tell the format. End it in {', '.join(_SUFFIXES)}.")
    write_bytes(path, _page(index).encode() if path.suffix.lower() == ".html" else _picture(index, path.suffix.lower()[1:]))
    return path


def _page(index: pd.DataFrame) -> str:
    drawn = [(group or "All reports", rendering.safe(_series(part, group))) for group, part in plots.groups(index, _GROUPS)]
    by = index.attrs.get("by")
    columns = [*([by] if by else []), *_COLUMNS]
    rows = [[_cell(name, value) for name, value in zip(columns, row, strict=True)] for row in index.loc[index["n"] > 0, columns].itertuples(index=False, name=None)]
    return rendering.rendered("index.html", about=_about(index), notes=_notes(index), plots=drawn, header=columns, rows=rows)


def _series(part: pd.DataFrame, group: str) -> str:
    points = [(str(start.date()), score, low, high) for start, score, low, high in part[["start", "score", "score_low", "score_high"]].itertuples(index=False, name=None)]
    return svg.series(points, [at for at, change in enumerate(part["change"]) if change], "score, 100 = mean of the base", f"Index {group}".strip())


def _picture(index: pd.DataFrame, kind: str) -> bytes:
    matplotlib = plots.library()
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    parts = list(plots.groups(index, _GROUPS))
    figure = Figure(figsize=(9, 3.2 * len(parts)), layout="constrained")
    FigureCanvasAgg(figure)
    for axes, (group, part) in zip(figure.subplots(len(parts), squeeze=False)[:, 0], parts, strict=True):
        plots.index(part, axes).set_title(group, loc="left", parse_math=False)
    buffer = BytesIO()
    # Neither the clock nor chance may show in the bytes.
    with matplotlib.rc_context({"svg.hashsalt": "escalation"}):
        figure.savefig(buffer, format=kind, dpi=_DPI, metadata={"Date": None} if kind == "svg" else {"Software": None})
    return buffer.getvalue()


def _about(index: pd.DataFrame) -> str:
    at = index.attrs
    base = f"the days {at['base'][0]} to {at['base'][1]}" if at.get("base") else "all days"
    return f"Score of {at.get('of', 'risk')} per period ({at.get('freq', '')}): 100 is the mean of {base}. Bands: 95 %, from reports resampled. Dashed: a new level begins."


def _notes(index: pd.DataFrame) -> list[str]:
    left_out = ", ".join(f"{count} {reason}" for reason, count in index.attrs.get("left_out", {}).items() if count)
    return [f"{index.attrs.get('rows', 0)} rows; left out: {left_out or 'none'}."]


def _cell(name: str, value: Any) -> str:
    if hasattr(value, "date"):
        return str(value.date())
    return grids.number(value, 1 if name == "score" else 3) if isinstance(value, float) else str(value)
