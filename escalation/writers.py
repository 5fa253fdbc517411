"""Rows of a score table -> a file: Parquet, JSON lines, CSV or SQLite."""

from __future__ import annotations

import csv
import gzip
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from importlib.util import find_spec
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from escalation.columns import Column
from escalation.errors import InputError, MissingExtraError
from escalation.tables import harmless

Row = Sequence[Any]
# Large enough for Parquet to compress, small enough for memory: 20 MB of sentences.
_ROW_GROUP = 50_000
_SQL = {"int": "INTEGER", "float": "REAL", "text": "TEXT"}
TABLE = "scores"


def check(path: Path, wanted: Iterable[str] | None = None) -> None:
    """Refuse, before the long work, a file that could not be written.

    Raises
    ------
    InputError
        The name does not tell the format, or the folder is not there.
    MissingExtraError
        Parquet without pyarrow, or SQLite without sqlite3.
    """
    kind, known = _kind(path), tuple(wanted or KINDS)
    if kind not in known:
        raise InputError(f"{path}: the name does not tell the format. Let it end in {', '.join(known)}.")
    if kind == ".parquet" and find_spec("pyarrow") is None:
        raise MissingExtraError(f"{path}: Parquet is written by pyarrow, which is not installed. Run: pip install 'escalation[parquet]'.")
    if kind == ".sqlite" and find_spec("_sqlite3") is None:
        raise MissingExtraError(f"{path}: this Python was built without sqlite3. Write another format, or use a Python that has it.")
    if path.is_dir():
        raise InputError(f"{path}: cannot be written: it is a folder. Choose another name.")
    if not path.parent.is_dir():
        raise InputError(f"{path}: cannot be written: there is no folder {path.parent}. Make it first.")


def is_table(path: Path) -> bool:
    """Whether the name of a file tells one of the formats."""
    return _kind(path) in KINDS


def write(path: Path, like: Path, columns: Sequence[Column], rows: Iterable[Row]) -> None:
    """Write rows to ``path`` in the format that the name ``like`` tells, flushed to the disk.

    The same rows give the same bytes.
    """
    KINDS[_kind(like)](path, columns, rows)
    with open(path, "rb+") as file:
        os.fsync(file.fileno())


@contextmanager
def lines(path: Path, kind: str, columns: Sequence[Column]) -> Iterator[Callable[[Row], None]]:
    """A function that appends one row to a file of :data:`LINES`."""
    with open(path, "wb") as raw:
        # A gzip file carries the name and the hour of its writing unless told not to.
        packed = gzip.GzipFile("", "wb", 6, raw, mtime=0) if kind.endswith(".gz") else raw
        with TextIOWrapper(packed, encoding="utf-8", newline="") as file:
            yield _LINES[kind.removesuffix(".gz")](file, columns)


def _by_line(kind: str) -> Callable[[Path, Sequence[Column], Iterable[Row]], None]:
    def write_lines(path: Path, columns: Sequence[Column], rows: Iterable[Row]) -> None:
        with lines(path, kind, columns) as add:
            for row in rows:
                add(row)

    return write_lines


def _json_lines(file: TextIO, columns: Sequence[Column]) -> Callable[[Row], None]:
    names = [column.name for column in columns]
    dump = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
    return lambda row: _nothing(file.write(dump(dict(zip(names, row, strict=True))) + "\n"))


def _csv(file: TextIO, columns: Sequence[Column]) -> Callable[[Row], None]:
    # Left to itself the writer leaves a lone carriage return without quotes.
    writer = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow([column.name for column in columns])
    return lambda row: _nothing(writer.writerow([harmless(cell) if isinstance(cell, str) else cell for cell in row]))


def _parquet(path: Path, columns: Sequence[Column], rows: Iterable[Row]) -> None:
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter

    kinds = {"int": pa.int64(), "float": pa.float64(), "text": pa.string()}
    schema = pa.schema([pa.field(c.name, kinds[c.kind], c.empty) for c in columns])
    with ParquetWriter(path, schema, compression="zstd") as writer:
        for group in _groups(rows):
            cells = zip(*group, strict=True)
            writer.write_table(pa.table([pa.array(cell, field.type) for cell, field in zip(cells, schema, strict=True)], schema=schema))


def _sqlite(path: Path, columns: Sequence[Column], rows: Iterable[Row]) -> None:
    import sqlite3

    path.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(path)) as base:
            # Nobody reads the file before it is whole, so it needs no journal of its own.
            base.execute("PRAGMA journal_mode = OFF")
            base.execute("PRAGMA synchronous = OFF")
            base.execute(f"CREATE TABLE {TABLE} ({', '.join(_defined(column) for column in columns)})")
            for group in _groups(rows):
                base.executemany(f"INSERT INTO {TABLE} VALUES ({', '.join('?' * len(columns))})", group)
            base.commit()
    except sqlite3.Error as fault:  # a disk that is full, as others say it
        raise OSError(str(fault)) from fault


def _defined(column: Column) -> str:
    return f'"{column.name}" {_SQL[column.kind]}{"" if column.empty else " NOT NULL"}'


def _groups(rows: Iterable[Row]) -> Iterator[list[Row]]:
    left = iter(rows)
    while group := list(islice(left, _ROW_GROUP)):
        yield group


def _kind(path: Path) -> str:
    name = path.name.lower()
    packed = ".gz" if name.endswith(".gz") else ""
    return Path(name.removesuffix(".gz")).suffix + packed


def _nothing(_: object) -> None:
    """Nothing, whatever a writer returns."""


_LINES: Mapping[str, Callable[[TextIO, Sequence[Column]], Callable[[Row], None]]] = {".jsonl": _json_lines, ".csv": _csv}
LINES = (".jsonl", ".csv", ".jsonl.gz", ".csv.gz")
KINDS: Mapping[str, Callable[[Path, Sequence[Column], Iterable[Row]], None]] = {
    ".parquet": _parquet, ".sqlite": _sqlite, **{kind: _by_line(kind) for kind in LINES},
}
