"""Parquet and SQLite -> rows, a batch at a time."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from escalation import fields
from escalation.errors import InputError, MissingExtraError
from escalation.packed import BrokenError, Meter
from escalation.rows import Row

# Rows that are unpacked at once; a few hundred articles are a megabyte or two.
_BATCH = 256
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
            for batch in file.iter_batches(_BATCH, row_groups=[group], columns=columns, use_threads=False):
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
                self.size: int = file.execute(f"SELECT COUNT(*) FROM {_quoted(table)}").fetchone()[0]
            except sqlite3.Error as fault:
                raise InputError(f"{path}: cannot be read as SQLite: {fault}. Check the path, or write the file again.") from fault

    def rows(self, columns: Sequence[str], meter: Meter) -> Iterator[Row]:
        """Rows with these columns in the order in which the table holds them."""
        place = f"{self.path}::{self.table}"
        with closing(self._open()) as file:
            # A text that is not UTF-8 is then the fault of its row.
            file.text_factory = bytes
            try:
                for number, cells in enumerate(self._select(file, columns), 1):
                    meter.done = number
                    yield Row(f"{place}, row {number}", dict(zip(columns, cells, strict=True)))
            except sqlite3.Error as fault:
                raise BrokenError(f"{fault}. What stands before is kept; repair the file, for instance with sqlite3's .recover.") from fault

    def _select(self, file: sqlite3.Connection, columns: Sequence[str]) -> sqlite3.Cursor:
        query = f"SELECT {', '.join(map(_quoted, columns))} FROM {_quoted(self.table)}"
        try:
            return file.execute(f"{query} ORDER BY rowid")
        except sqlite3.OperationalError:  # a view, or a table that is kept by its key
            return file.execute(query)

    def _open(self) -> sqlite3.Connection:
        if not self.path.is_file():
            raise InputError(f"{self.path}: cannot be read: no such file. Check the path.")
        try:
            return sqlite3.connect(f"{self.path.absolute().as_uri()}?mode=ro", uri=True)
        except sqlite3.Error as fault:
            raise InputError(f"{self.path}: cannot be read as SQLite: {fault}. Check the path.") from fault


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
