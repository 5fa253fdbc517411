"""Files -> rows, each with its place."""

from __future__ import annotations

import csv
import gzip
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import IO, Any, NamedTuple, TypeVar

from escalation.errors import InputError, MissingExtraError
from escalation.packed import CONVERT, refuse_endless

_Cell = TypeVar("_Cell", str, str | None)
_SUFFIXES = (".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".parquet", ".pq")
# A spreadsheet takes a cell that begins so for a formula and runs it.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
REPORT_ID = "report_id"  # the column that tables written by this library carry


class Row(NamedTuple):
    """One row: where it stands (``"labels.csv, row 7"``) and its fields."""

    place: str
    values: Mapping[str, Any]


def is_table(path: Path) -> bool:
    """Whether the name of a file says that it holds rows."""
    return _stem(path).endswith(_SUFFIXES)


def read_rows(path: Path) -> Iterator[Row]:
    """Rows of a ``.csv``, ``.tsv``, ``.jsonl`` or ``.json`` file (each also ``.gz``) or a ``.parquet`` file.

    Raises
    ------
    InputError
        Names the file and the line or row that cannot be read.
    MissingExtraError
        Parquet without pyarrow.
    """
    name = _stem(path)
    if not is_table(path):
        raise InputError(f"{path}: the name does not tell the format. Give a file that ends in {', '.join(_SUFFIXES)}; unpack a .zip first.")
    if name.endswith((".parquet", ".pq")):
        return _parquet(path)
    if name.endswith((".csv", ".tsv")):
        return _csv(path, "\t" if name.endswith(".tsv") else ",")
    return _json(path) if name.endswith(".json") else _json_lines(path)


def frame_rows(frame: Any) -> Iterator[Row]:
    """Rows of a pandas DataFrame; missing values become None."""
    plain = frame.astype(object).where(frame.notna(), None)
    columns = [str(column) for column in plain.columns]
    for index, values in zip(plain.index, plain.itertuples(index=False, name=None), strict=True):
        yield Row(f"DataFrame, row {index}", dict(zip(columns, values, strict=True)))


def is_missing(value: object) -> bool:
    """Whether a cell holds nothing: None, a NaN, or pandas' NA and NaT, which compare to nothing."""
    return value is None or type(value).__name__ in ("NAType", "NaTType") or (isinstance(value, float) and value != value)


def open_text(path: Path) -> IO[str]:
    """A UTF-8 text file, unpacked where its name ends in ``.gz``.

    Raises
    ------
    InputError
        The file cannot be opened.
    """
    refuse_endless(path)
    try:
        if path.suffix == ".gz":
            return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
        return open(path, encoding="utf-8-sig", newline="")
    except OSError as fault:
        raise InputError(f"{path}: cannot be read: {fault.strerror}. Check the path.") from fault


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula.

    In tables with the column :data:`REPORT_ID` :func:`read_rows` gives it back
    as it was.
    """
    return "'" + cell if cell.lstrip("'").startswith(_FORMULA) else cell


def _stem(path: Path) -> str:
    return path.name.lower().removesuffix(".gz")


def _json_lines(path: Path) -> Iterator[Row]:
    with open_text(path) as file:
        for number, line in _lines(file, path):
            if line.strip():
                place = f"{path}, line {number}"
                yield _row(_parsed(line, place, "Correct or remove the line."), place)


def _json(path: Path) -> Iterator[Row]:
    with open_text(path) as file:
        text = "".join(line for _, line in _lines(file, path))
    if not text.strip():
        return
    items = _parsed(text, str(path), "Export the file again; if each line is an object of its own, name it .jsonl.")
    if not isinstance(items, list):
        raise InputError(f"{path}: a JSON {type(items).__name__} instead of a list of objects. Put the rows into one list.")
    for number, item in enumerate(items, 1):
        place = f"{path}, item {number}"
        yield _row(item, place)


def _parsed(text: str, place: str, remedy: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as fault:
        raise InputError(f"{place}: not JSON: {fault}. {remedy}") from fault


def _row(item: object, place: str) -> Row:
    if not isinstance(item, Mapping):
        raise InputError(f"{place}: a {type(item).__name__} instead of an object with a text. Each one is one report.")
    return Row(place, item)


def _csv(path: Path, delimiter: str) -> Iterator[Row]:
    csv.field_size_limit(2**31 - 1)
    with open_text(path) as file:
        lines = (line for _, line in _lines(file, path))
        header = next(lines, "")
        # Spreadsheets write semicolons where the comma is the decimal sign.
        semicolons = delimiter == "," and ";" in header and "," not in header
        reader = csv.DictReader(chain([header], lines), delimiter=";" if semicolons else delimiter)
        for number, cells in enumerate(_records(reader, path), 2):
            ours = REPORT_ID in cells
            yield Row(f"{path}, row {number}", {name: as_it_was(cell) for name, cell in cells.items()} if ours else cells)


def _records(reader: csv.DictReader[str], path: Path) -> Iterator[dict[str, str | None]]:
    number = 1
    try:
        for number, cells in enumerate(reader, 2):
            if None in cells:
                raise InputError(f"{path}, row {number}: {len(cells[None])} cells more than the header has. Quote cells that hold the separator.")
            yield cells
    except csv.Error as fault:
        raise InputError(f"{path}, after row {number}: {fault}. Correct the row, or save the table again.") from fault


def as_it_was(cell: _Cell) -> _Cell:
    """The cell before :func:`harmless`."""
    return cell[1:] if cell and cell[0] == "'" and cell.lstrip("'").startswith(_FORMULA) else cell


def _parquet(path: Path) -> Iterator[Row]:
    try:
        from pyarrow.parquet import ParquetFile
    except ImportError as fault:
        raise MissingExtraError(f"{path}: Parquet is read by pyarrow, which is not installed. Run: pip install 'escalation[parquet]'.") from fault
    refuse_endless(path)
    try:
        batches = ParquetFile(path).iter_batches()
        values = chain.from_iterable(batch.to_pylist() for batch in batches)
        yield from (Row(f"{path}, row {number}", item) for number, item in enumerate(values, 1))
    except (OSError, ValueError) as fault:
        raise InputError(f"{path}: cannot be read as Parquet: {fault}. Check the path, or write the file again.") from fault


def _lines(file: Iterable[str], path: Path) -> Iterator[tuple[int, str]]:
    number = 0
    try:
        for number, line in enumerate(file, 1):
            yield number, line
    except UnicodeDecodeError as fault:
        raise InputError(f"{path}, after line {number}: byte {fault.object[fault.start]:#x} is not UTF-8. {CONVERT}") from fault
    except (EOFError, OSError, zlib.error) as fault:
        raise InputError(f"{path}, after line {number}: {fault}. The file is damaged there; repair or cut it.") from fault
