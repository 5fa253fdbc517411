"""Score table -> one page to look into: the index, its reports, their texts."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping
from hashlib import sha256
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from escalation import compact, excerpts
from escalation.errors import InputError
from escalation.exports import check_writable, write_bytes
from escalation.index import build_index, counted
from escalation.records import LEVELS
from escalation.rendering import rendered, safe
from escalation.scores import JOINED, grouped

if TYPE_CHECKING:
    import pandas as pd

    from escalation.scorer import Scorer
    from escalation.store import ModelLike

_GROUPS = 12  # lines drawn beside that of all reports: those with most reports
_MOST = 400_000  # rows: above, a browser cannot make a table so tall
_NO_RUNG = 6  # stands for a rung that the table does not give
_FIGURES = ("risk", "low", "high", "acts", "threats", "restraint")
_PLACES = ("countries", "actors", "source")
_SCRIPTS = ("report_data.js", "report_plot.js", "report_table.js", "report.js")


class ReportPage(NamedTuple):
    """What went into a page.

    Attributes
    ----------
    path : Path
    size : int
        Bytes of the page.
    reports, texts : int
        Reports in the table, and those whose text is in the page.
    left_out : dict
        Rows that do not count, and texts that could not be shown, by reason.
    """

    path: Path
    size: int
    reports: int
    texts: int
    left_out: dict[str, int]


def report(
    scores: pd.DataFrame | str | Path, path: str | Path, archive: str | Path | None = None, *, freq: str = "W", by: str | None = None, base: tuple[object, object] | None = None, of: str = "risk",
    within: tuple[object, object] | None = None, top: int = 5, model: ModelLike | Scorer = None, columns: Mapping[str, str | None] | None = None, title: str = "Index of escalation", seed: int = 0,
) -> ReportPage:
    """Write one page that shows an index, its reports and their texts.

    The page loads nothing and runs nothing but its own script; it can be sent
    by mail and opened without a network.

    Parameters
    ----------
    scores, freq, base, of, within, seed : as for :func:`escalation.build_index`
    by : {"countries", "actors", "source"}, optional
        Adds a line for each of the twelve groups with most reports.
    path : ``.html``
    archive : what the table was scored from; without it the page has no texts
    top : reports of each period whose texts are in the page, the riskiest first
    model : the model that scored the table; the shipped one without it
    columns : fields of the archive, if they were given when it was scored
    title : head of the page

    Raises
    ------
    InputError
        The table or the archive cannot be read, nothing in it can be counted,
        there are more than 400,000 reports, or the page cannot be written.
    """
    target = _checked(Path(path), by, top)
    frame, left_out = counted(scores, by, within)
    copies = frame["copy_of"].notna()
    rows = frame[~copies].sort_values(["published", "risk"], ascending=[True, False], kind="stable").reset_index(drop=True)
    if len(rows) > _MOST:
        raise InputError(f"scores: {len(rows):,} reports, more than the {_MOST:,} that a page can hold. Choose days by within, a page for each.")
    index = build_index(frame, freq, None, base, of, seed=seed)
    period = np.searchsorted(index["start"].to_numpy(), rows["published"].to_numpy(), side="right") - 1
    texts, lacking = _texts(rows, period, archive, top, model, columns)
    left_out = {reason: count for reason, count in (left_out | {"copies": int(copies.sum())}).items() if count}
    lines = [_line(index, index, "", of), *_lines(frame, index, by, freq, base, of, seed)]
    data = {**_periods(index), **_reports(rows, period), "of": of, "by": by or "", "base": index.attrs["base"], "lines": lines, "texts": texts}
    notes = _notes(len(rows), left_out, archive, len(texts), top, lacking)
    size = _write(target, data, title, freq, notes)
    return ReportPage(target, size, len(rows), len(texts), left_out | {f"texts {reason}": count for reason, count in lacking.items() if count})


def _checked(path: Path, by: str | None, top: int) -> Path:
    if path.suffix.lower() != ".html":
        raise InputError(f"{path}: a report is a page. End its name in .html.")
    if by not in (None, *_PLACES):
        raise InputError(f"by: {by!r} is not one of {', '.join(_PLACES)}. Choose one of them; `escalation index` takes any column.")
    if top < 0:
        raise InputError(f"top: {top} reports. Give a number from 0 up.")
    check_writable(path)
    return path


def _texts(rows: pd.DataFrame, period: Any, archive: str | Path | None, top: int, model: Any, columns: Any) -> tuple[dict[int, list[Any]], dict[str, int]]:
    """Texts of the riskiest reports of each period."""
    from escalation.scorer import Scorer

    if archive is None or not top:
        return {}, {}
    wanted = rows.assign(period=period).sort_values(["risk", "published"], ascending=[False, True], kind="stable").groupby("period", sort=True).head(top)
    scorer = model if isinstance(model, Scorer) else Scorer(model)
    found, lacking = excerpts.find(wanted.sort_index(), archive, scorer, columns)
    return dict(sorted(found.items())), lacking


def _periods(index: pd.DataFrame) -> dict[str, Any]:
    return {"starts": [str(day.date()) for day in index["start"]], "ends": [str(day.date()) for day in index["end"]]}


def _reports(rows: pd.DataFrame, period: Any) -> dict[str, Any]:
    """The reports by column."""
    first = rows["published"].min()
    return {
        "first": str(first.date()), "day": compact.whole((rows["published"] - first).dt.days), "period": compact.whole(period),
        "level": compact.whole(rows["level"].map({name: at for at, name in enumerate(LEVELS)}).fillna(len(LEVELS)).astype(int)), "levels": list(LEVELS),
        "rung": compact.whole(_numbers(rows, "rung").clip(0, 5).fillna(_NO_RUNG).astype(int)),
        **{name: compact.fractions(_numbers(rows, name)) for name in _FIGURES},
        "evidence": compact.words(_words(rows, "evidence")),
        "id": ["" if value is None or value != value else str(value) for value in rows["id"]],
        **{name: compact.words(_words(rows, name)) for name in _PLACES},
    }


def _numbers(rows: pd.DataFrame, name: str) -> pd.Series:
    import pandas as pd

    return pd.Series(pd.to_numeric(rows[name], errors="coerce") if name in rows else float("nan"), index=rows.index, dtype=float)


def _words(rows: pd.DataFrame, name: str) -> list[tuple[str, ...]]:
    """What each report has in a column of one or several values."""
    if name not in rows:
        return [()] * len(rows)
    cells = ["" if value is None or value != value else str(value) for value in rows[name]]
    parted = (cell.split(JOINED[name]) if name in JOINED else [cell] for cell in cells)
    return [tuple(dict.fromkeys(word.strip() for word in words if word.strip())) for words in parted]


def _lines(frame: pd.DataFrame, index: pd.DataFrame, by: str | None, freq: str, base: Any, of: str, seed: int) -> Iterator[dict[str, Any]]:
    """The indices of the groups with most reports."""
    if by is None:
        return
    wide = grouped(frame, by)
    counts = wide.loc[wide["copy_of"].isna(), by].value_counts()
    names = sorted(counts.index, key=lambda name: (-counts[name], name))[:_GROUPS]
    if not names:
        raise InputError(f"scores: no report has any {by}. Choose another column than {by!r}.")
    # Periods begin and end with all reports, so that a line starts where the others do.
    found = build_index(wide[wide[by].isin(names)], freq, by, base, of, seed=seed)
    for name in names:
        yield _line(found[found[by] == name], index, str(name), of)


def _line(part: pd.DataFrame, index: pd.DataFrame, name: str, of: str) -> dict[str, Any]:
    """One index by column, with a place for each period of the whole."""
    placed = part.set_index("start").reindex(index["start"])
    usual = (placed["score"] / placed[of]).dropna()
    # 100 / mean of the base; the page works it out anew for any choice of reports.
    factor = float(usual.iloc[0]) if len(usual) else None
    return {
        "name": name, "n": placed["n"].fillna(0).astype(int).tolist(), "factor": factor, "changes": [[at, int(sign)] for at, sign in enumerate(placed["change"].fillna(0)) if sign],
        **{key: compact.rounded(placed[of + tail].to_numpy(float)) for key, tail in (("mean", ""), ("low", "_low"), ("high", "_high"))},
    }


def _notes(reports: int, left_out: Mapping[str, int], archive: Any, texts: int, top: int, lacking: Mapping[str, int]) -> list[str]:
    told = ", ".join(f"{count:,} {reason}" for reason, count in left_out.items())
    notes = [f"{reports:,} {'report' if reports == 1 else 'reports'}. Left out: {told or 'none'}."]
    if archive is None:
        return [*notes, "Made without the archive, so the texts of the reports are not in this page."]
    missing = ", ".join(f"{count:,} {reason}" for reason, count in lacking.items() if count)
    return [*notes, f"The texts of {texts:,} reports are in this page, up to {top} of each period, the riskiest.{f' Lacking: {missing}.' if missing else ''}"]


def _write(path: Path, data: Mapping[str, Any], title: str, freq: str, notes: list[str]) -> int:
    """The page, whose own script and style are allowed by their hashes and nothing else."""
    script, style = "".join(_template(name) for name in _SCRIPTS), _style() + _template("report.css")
    page = rendered("report.html", title=title, freq=freq, notes=notes, levels=LEVELS, script=safe(script), style=safe(style), data=safe(compact.script(data)), hashes={"script": _hash(script), "style": _hash(style)})
    content = page.encode()
    write_bytes(path, content)
    return len(content)


def _template(name: str) -> str:
    return resources.files("escalation").joinpath("templates", name).read_text(encoding="utf-8")


def _style() -> str:
    """What all pages share, without its tags."""
    return rendered("style.html").strip().removeprefix("<style>").removesuffix("</style>")


def _hash(content: str) -> str:
    return f"sha256-{b64encode(sha256(content.encode()).digest()).decode('ascii')}"
