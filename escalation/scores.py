"""Score tables -> the rows that an index is made of."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from escalation import tables
from escalation.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

NUMBERS = ("risk", "acts", "threats", "restraint")
_NEEDED = (*NUMBERS, "level", "published")
_OTHERS = ("row", "id", "source", "flags", "copy_of", "countries", "actors", "rung", "evidence", "low", "high")
JOINED = {"countries": " ", "actors": ";", "flags": " "}  # columns of several values, and what stands between them
_SQLITE = (".sqlite", ".sqlite3", ".db")
_RISKY = ("elevated", "high")


def usable(scores: pd.DataFrame | str | Path, by: str | None = None) -> tuple[pd.DataFrame, dict[str, int]]:
    """Rows that can be counted, and how many cannot, by reason.

    Parameters
    ----------
    scores : a score table, or the path of one: Parquet, JSONL, CSV (also
        ``.gz``) or SQLite
    by : a further column that is needed

    Returns
    -------
    DataFrame
        The table's columns, ``published`` as timestamps, and ``elevated``: 1
        where the level is elevated or high. Rows without a risk, not in
        English or without a date are left out; copies are not.
    dict
        Rows left out, by reason.

    Raises
    ------
    InputError
        The table cannot be read, or a column is missing.
    """
    import pandas as pd

    frame = scores.copy() if isinstance(scores, pd.DataFrame) else _read(Path(scores), by)
    where = "DataFrame" if isinstance(scores, pd.DataFrame) else str(scores)
    _check(list(frame.columns), by, where)
    for name in ("flags", "copy_of", "id"):
        if name not in frame:
            frame[name] = None
    for name in NUMBERS:
        frame[name] = pd.to_numeric(frame[name], errors="coerce")
    frame["published"] = _days(frame["published"])
    frame["elevated"] = frame["level"].isin(_RISKY).astype(float)
    frame["copy_of"] = frame["copy_of"].where(frame["copy_of"].notna() & (frame["copy_of"] != ""), None)
    return _sifted(frame)


def grouped(frame: pd.DataFrame, by: str) -> pd.DataFrame:
    """One row for each value of ``by`` that a report has; reports without any fall out."""
    import pandas as pd

    values = frame[by].astype("string")
    if by in JOINED:
        values = values.str.split(JOINED[by])
    wide = frame.assign(**{by: values}).explode(by)
    wide[by] = wide[by].astype("string").str.strip()
    return pd.DataFrame(wide[wide[by].notna() & (wide[by] != "")])


def _read(path: Path, by: str | None) -> pd.DataFrame:
    import pandas as pd

    columns: dict[str, list[Any]] = {name: [] for name in dict.fromkeys((*_NEEDED, *_OTHERS, *([by] if by else [])))}
    present: dict[str, None] = {}
    rows = _sqlite(path) if path.name.lower().endswith(_SQLITE) else (row.values for row in tables.read_rows(path))
    for values in rows:
        present.update(dict.fromkeys(values))
        for name, column in columns.items():
            column.append(values.get(name))
    if not present:
        raise InputError(f"{path}: holds no rows. Give a table that `escalation score` has written.")
    _check(list(present), by, str(path))
    return pd.DataFrame({name: column for name, column in columns.items() if name in present})


def _sqlite(path: Path) -> Iterator[dict[str, Any]]:
    """Rows of the first table that has a risk."""
    if not path.is_file():
        raise InputError(f"{path}: there is no such file. Check the path.")
    try:
        with sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True) as base:
            names = [name for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
            for name in names:
                found = base.execute(f'SELECT * FROM "{name.replace(chr(34), chr(34) * 2)}"')
                heads = [head[0] for head in found.description]
                if "risk" in heads:
                    yield from (dict(zip(heads, values, strict=True)) for values in found)
                    return
    except sqlite3.Error as fault:
        raise InputError(f"{path}: cannot be read as SQLite: {fault}. Check the path, or write the file again.") from fault
    raise InputError(f"{path}: none of its tables {names} has a column 'risk'. Give a table that `escalation score` has written.")


def _check(present: Sequence[Any], by: str | None, where: str) -> None:
    there = [str(column) for column in present]
    for name in _NEEDED:
        if name not in present:
            raise InputError(f"{where}: no column {name!r}; there are {', '.join(there)}. Score it first: this takes a table that `escalation score ARCHIVE -o TABLE` has written.")
    if by is not None and by not in present:
        close = get_close_matches(by, there, 1)
        raise InputError(f"{where}: no column {by!r}; there are {', '.join(there)}. {f'Did you mean {close[0]!r}?' if close else 'Choose one of them.'}")


def _days(column: pd.Series) -> pd.Series:
    import pandas as pd

    found = pd.to_datetime(column, errors="coerce", format="ISO8601", utc=True) if column.dtype == object or pd.api.types.is_string_dtype(column) else pd.to_datetime(column, errors="coerce", utc=True)
    return pd.Series(found.dt.tz_localize(None).dt.normalize())


def _sifted(frame: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, int]]:
    foreign = frame["flags"].fillna("").astype(str).str.split().map(lambda flags: "not_english" in flags or "no_words" in flags)
    reasons = {"without a risk": frame["risk"].isna(), "not English": foreign, "undated": frame["published"].isna()}
    left_out: dict[str, int] = {}
    kept = ~frame["risk"].isna() | True
    for reason, faulty in reasons.items():
        left_out[reason] = int((kept & faulty).sum())
        kept &= ~faulty
    return frame[kept], left_out
