"""The shell: ``escalation index``."""

from __future__ import annotations

import json
import sys
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from escalation.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

_OUT = (".csv", ".jsonl", ".parquet")
_PERIODS = {"D": "days", "W": "weeks", "M": "months", "Q": "quarters", "Y": "years"}
_SHOWN = ("start", "n", "copies", "score", "score_low", "score_high", "risk", "elevated", "acts", "threats", "restraint", "change")


def index(
    scores: Annotated[Path, typer.Argument(help="A table that escalation score wrote: Parquet, JSONL, CSV or SQLite.")],
    freq: Annotated[str, typer.Option("--freq", help="Length of a period: D, W (from Monday), M, Q or Y.")] = "W",
    by: Annotated[Optional[str], typer.Option("--by", help="A column to tell groups by: countries, actors, source, level or another.")] = None,  # noqa: UP045 typer reads it at run time
    base: Annotated[Optional[str], typer.Option("--base", help="First and last day of the time whose mean is 100: 1987-01-01:1987-06-30. All days without it.")] = None,  # noqa: UP045
    within: Annotated[Optional[str], typer.Option("--within", help="First and last day that count: 1987-02-01:1987-10-31.")] = None,  # noqa: UP045
    of: Annotated[str, typer.Option("--of", help="What the score is made of: risk, elevated, acts, threats or restraint.")] = "risk",
    least: Annotated[int, typer.Option("--least", help="Reports that a group must have.")] = 1,
    plot: Annotated[Optional[Path], typer.Option("--plot", help="Draw it here as well: .png, .svg or .html.")] = None,  # noqa: UP045
    out: Annotated[Optional[Path], typer.Option("--out", "-o", help="Write it here instead of to standard output: .csv, .jsonl or .parquet.")] = None,  # noqa: UP045
    seed: Annotated[int, typer.Option("--seed", help="Of the bands.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line, with all columns.")] = False,
) -> None:
    """Build an index: risk over time, with bands, from a score table."""
    from escalation.exports import write_bytes
    from escalation.index import build_index

    if out is not None and out.suffix.lower() not in _OUT:
        raise InputError(f"{out}: the name does not tell the format. End it in {', '.join(_OUT)}.")
    found = build_index(scores, freq, by, days(base, "--base"), of, least, seed, within=days(within, "--within"))
    print(f"{scores}: {_counted(found)}", file=sys.stderr)
    if plot is not None:
        from escalation import pictures

        print(pictures.write(found, plot), file=sys.stderr)
    if out is not None:
        write_bytes(out, _contents(found, out.suffix.lower()))
    else:
        sys.stdout.write(_lines(found) if as_json else _columns(found))


def _counted(found: pd.DataFrame) -> str:
    """How many reports the index is made of, and why not of all."""
    at = found.attrs
    by, rows, lost = at["by"], at["rows"], {reason: count for reason, count in at["left_out"].items() if count}
    told = f"{rows - sum(lost.values())} of {rows} reports in {found['start'].nunique()} {_PERIODS.get(at['freq'].upper(), 'periods')}"
    groups = f", {found[by].nunique()} groups by {by}" if by else ""
    return f"{told}{groups}; left out: {', '.join(f'{reason} {count}' for reason, count in lost.items()) or 'none'}"


def days(given: str | None, option: str) -> tuple[str, str] | None:
    if given is None:
        return None
    start, colon, end = given.partition(":")
    if not colon:
        raise InputError(f"{option} {given}: no first and last day. Write for instance 1987-01-01:1987-06-30.")
    return start, end


def _contents(found: pd.DataFrame, suffix: str) -> bytes:
    if suffix == ".jsonl":
        return _lines(found).encode()
    if suffix == ".csv":
        from escalation.tables import harmless

        words = found.map(lambda cell: harmless(cell) if isinstance(cell, str) else cell)
        text: str = words.to_csv(index=False, date_format="%Y-%m-%d", lineterminator="\n")
        return text.encode()
    buffer = BytesIO()
    try:
        found.to_parquet(buffer, index=False)
    except ImportError as fault:
        from escalation.errors import MissingExtraError

        raise MissingExtraError("Parquet is written by pyarrow, which is not installed. Run: pip install 'escalation[parquet]'.") from fault
    return buffer.getvalue()


def _lines(found: pd.DataFrame) -> str:
    return "".join(json.dumps({name: _plain(value) for name, value in row.items()}, ensure_ascii=False) + "\n" for row in found.to_dict("records"))


def _plain(value: Any) -> Any:
    if hasattr(value, "date"):
        return value.date().isoformat()
    return None if value != value else value


def _columns(found: pd.DataFrame) -> str:
    by = found.attrs["by"]
    shown = [*([by] if by else []), *_SHOWN]
    rows = [shown, *([_word(name, value) for name, value in zip(shown, values, strict=True)] for values in found[shown].itertuples(index=False, name=None))]
    widths = [max(len(row[k]) for row in rows) for k in range(len(shown))]
    return "".join("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) + "\n" for row in rows)


def _word(name: str, value: Any) -> str:
    if hasattr(value, "date"):
        return str(value.date())
    if name == "change":
        return {1: "up", -1: "down"}.get(value, "")
    if isinstance(value, float):
        return "–" if value != value else f"{value:.1f}" if name.startswith("score") else f"{value:.3f}"
    return str(value)
