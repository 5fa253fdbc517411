"""Parquet and SQLite -> rows, a batch at a time."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from escalation import fields
from escalation.errors import InputError, MissingExtraError
from escalation.packed import ROW_LIMIT, BrokenError, Meter, refuse_endless
from escalation.rows import TOO_LONG, Row

# Rows that are unpacked at once. A value that stands in a file once can be named
# by every row, so that a megabyte of Parquet makes gigabytes of batch: few rows,
# and one where a column is large enough to hold a value beyond the limit. More at
# once would save 20 of the thousands of microseconds that a report takes.
_BATCH = 4
# A view can compute without end. A step is some ten nanoseconds: seconds for one
# row, and less to count, which is for the bar alone.
_STEPS, _MOST_STEPS, _MOST_STEPS_TO_COUNT = 100_000, 500_000_000, 50_000_000
# What pyarrow raises for values that it holds but cannot give, e.g. text that is
# not UTF-8 or a date beyond year 9999; its own errors derive from ValueError.
_BAD_VALUES = (ValueError, OverflowError, TypeError, ArithmeticError)


class Parquet:
    """A Parquet file.

    Raises
    ------
    InputError
        The file cannot be opened; one that is cut off has lost its index, and
        with it every row.
    MissingExtraError
        pyarrow is not installed.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with closing(self._open()) as file:
            self.columns: list[str] = list(file.schema_arrow.names)
            self.size: int = file.metadata.num_rows

    def rows(self, columns: Sequence[str], meter: Meter) -> Iterator[Row]:
        """Rows with these columns; a row group that cannot be read is one row with the fault."""
        with closing(self._open()) as file:
            start = 0
            for group in range(file.metadata.num_row_groups):
                held = file.metadata.row_group(group).num_rows
                yield from self._group(file, group, list(columns), start, start + held)
                start += held
                meter.done = start

    def _group(self, file: Any, group: int, columns: list[str], start: int, end: int) -> Iterator[Row]:
        number = start
        try:
            for batch in file.iter_batches(_batch(file, group, columns), row_groups=[group], columns=columns, use_threads=False):
                for row in _values(batch):
                    number += 1
                    place = f"{self.path}, row {number}"
                    yield Row(place, {}, f"a value that cannot be read: {row}. Correct it where the file was made.") if isinstance(row, Exception) else Row(place, row)
        except (OSError, ValueError) as fault:
            lost = f"rows {number + 1} to {end}" if number + 1 < end else f"row {end}"
            yield Row(f"{self.path}, {lost}", {}, f"cannot be read as Parquet: {fault}. Write the file again.")

    def _open(self) -> Any:
        try:
            from pyarrow.parquet import ParquetFile
        except ImportError as fault:
            raise MissingExtraError(f"{self.path}: Parquet is read by pyarrow, which is not installed. Run: pip install 'escalation[parquet]'.") from fault
        refuse_endless(self.path)
        try:
            # Unbuffered, a column of a row group is held whole.
            return ParquetFile(self.path, buffer_size=1 << 20, pre_buffer=False, page_checksum_verification=True)
        except (OSError, ValueError) as fault:
            raise InputError(f"{self.path}: cannot be read as Parquet: {fault}. Check the path, or write the file again.") from fault


class Sqlite:
    """A table of an SQLite file; guessed where only one holds texts.

    Raises
    ------
    InputError
        The file is none, or the table is not there or not to be guessed.
    """

    def __init__(self, path: Path, table: str | None) -> None:
        self.path = path
        with closing(self._open()) as file:
            try:
                self.table = table = _table(file, table, path)
                self.columns = _columns(file, table)
                self.size = _count(file, table)
                self._has_rowid = _has_rowid(file, table)
            except sqlite3.Error as fault:
                raise InputError(f"{path}: cannot be read as SQLite: {fault}. Check the path, or write the file again.") from fault

    def rows(self, columns: Sequence[str], meter: Meter) -> Iterator[Row]:
        """Rows with these columns in the order in which the table holds them."""
        number = 0
        with closing(self._open()) as file:
            # A text that is not UTF-8 is then the fault of its row.
            file.text_factory = bytes
            file.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, ROW_LIMIT)
            patience = _Patience(file, _MOST_STEPS)
            try:
                for number, cells in enumerate(self._cells(file, columns), 1):
                    patience.left = _MOST_STEPS
                    meter.done = number
                    place = f"{self.path}::{self.table}, row {number}"
                    yield Row(place, {}, TOO_LONG) if cells is None else Row(place, dict(zip(columns, cells, strict=True)))
            except sqlite3.Error as fault:
                told = "a view that computes without end" if patience.left < 0 else str(fault)
                raise BrokenError(f"{told}. What stands before is kept; repair the file, for instance with sqlite3's .recover, or write the view into a table.") from fault

    def _cells(self, file: sqlite3.Connection, columns: Sequence[str]) -> Iterator[tuple[Any, ...] | None]:
        """Cells of each row; None for a row with a value beyond the limit, which ends its query."""
        number = 0
        while True:
            try:
                for cells in self._select(file, columns, number):
                    number += 1
                    yield cells
                return
            except sqlite3.DataError:
                # It may be the next row that is too long: a cursor reads ahead.
                yield self._alone(file, columns, number)
                number += 1
            if self.size is not None and number >= self.size:
                return

    def _alone(self, file: sqlite3.Connection, columns: Sequence[str], number: int) -> tuple[Any, ...] | None:
        try:
            found: tuple[Any, ...] | None = self._select(file, columns, number, 1).fetchone()
        except sqlite3.DataError:
            return None
        return found

    def _select(self, file: sqlite3.Connection, columns: Sequence[str], start: int, most: int = -1) -> sqlite3.Cursor:
        query = f"SELECT {', '.join(map(_quoted, columns))} FROM {_quoted(self.table)}"
        cut = f"LIMIT {most} OFFSET {start}"
        if self._has_rowid:
            return file.execute(f"{query} ORDER BY rowid {cut}")
        return file.execute(f"{query} {cut}")

    def _open(self) -> sqlite3.Connection:
        refuse_endless(self.path)
        if not self.path.is_file():
            raise InputError(f"{self.path}: cannot be read: no such file. Check the path.")
        try:
            return sqlite3.connect(f"{self.path.absolute().as_uri()}?mode=ro", uri=True)
        except sqlite3.Error as fault:
            raise InputError(f"{self.path}: cannot be read as SQLite: {fault}. Check the path.") from fault


def _batch(file: Any, group: int, columns: list[str]) -> int:
    """Rows that are unpacked at once in a row group."""
    about = file.metadata.row_group(group)
    chunks = [about.column(number) for number in range(about.num_columns)]
    largest = max((chunk.total_uncompressed_size for chunk in chunks if chunk.path_in_schema.partition(".")[0] in columns), default=0)
    return _BATCH if largest <= ROW_LIMIT else 1


class _Patience:
    """Ends a query that takes too many steps for one row; ``left`` is below 0 then."""

    def __init__(self, file: sqlite3.Connection, most: int) -> None:
        self.left = most
        file.set_progress_handler(self._spend, _STEPS)

    def _spend(self) -> bool:
        self.left -= _STEPS
        return self.left < 0


def _count(file: sqlite3.Connection, table: str) -> int | None:
    """Rows of a table; None for a view that takes long to count."""
    patience = _Patience(file, _MOST_STEPS_TO_COUNT)
    try:
        found: int = file.execute(f"SELECT COUNT(*) FROM {_quoted(table)}").fetchone()[0]
    except sqlite3.OperationalError:
        if patience.left >= 0:
            raise
        return None
    finally:
        file.set_progress_handler(None, _STEPS)
    return found


def _has_rowid(file: sqlite3.Connection, table: str) -> bool:
    """Not a view, and not a table that is kept by its key."""
    (kind,) = file.execute("SELECT type FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    try:
        file.execute(f"SELECT rowid FROM {_quoted(table)} LIMIT 0")
    except sqlite3.OperationalError:
        return False
    return bool(kind == "table")


def _values(batch: Any) -> Iterator[dict[str, Any] | Exception]:
    try:
        yield from batch.to_pylist()
    except _BAD_VALUES:  # raised before the first row is given
        for number in range(batch.num_rows):
            yield _row(batch, number)


def _row(batch: Any, number: int) -> dict[str, Any] | Exception:
    try:
        return {name: column[number].as_py() for name, column in zip(batch.schema.names, batch.columns, strict=True)}
    except _BAD_VALUES as fault:
        return fault


def _table(file: sqlite3.Connection, given: str | None, path: Path) -> str:
    query = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"
    tables = [name for (name,) in file.execute(query)]
    if given is not None:
        if given not in tables:
            raise InputError(f"{path}: no table {given!r}; there are {tables}. Name one of them as {path}::TABLE.")
        return given
    likely = tables if len(tables) == 1 else [name for name in tables if fields.guess("text", _columns(file, name))]
    if len(likely) != 1:
        raise InputError(f"{path}: {'several tables' if likely else 'no table'} with a text; there are {tables}. Name one of them as {path}::TABLE.")
    return str(likely[0])


def _columns(file: sqlite3.Connection, table: str) -> list[str]:
    return [name for (name,) in file.execute("SELECT name FROM pragma_table_info(?)", (table,))]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
