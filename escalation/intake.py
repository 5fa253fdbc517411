"""Archives -> entries: any file or folder, row by row."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, suppress
from itertools import chain, islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple

from escalation import fields, markup, packed, rows, webarchive
from escalation.blocks import BLOCK_ROWS, Archive, Block, Source
from escalation.dates import settled
from escalation.documents import PAGES, TEXTS, Folder, Zip, one_text
from escalation.entries import Entry
from escalation.errors import InputError
from escalation.packed import STDIN, Meter
from escalation.reading import Reading, parsed
from escalation.rows import Row

if TYPE_CHECKING:
    from escalation.columnar import Parquet, Sqlite

__all__ = ["BLOCK_ROWS", "Archive", "Block", "blocks", "entries", "open_archive"]

# Rows that are looked at to find the fields of an archive, and the order of its dates.
_HEAD_ROWS = 1000
# How much of a file or of standard input shows whether it is a text or rows.
_SNIFFED = 4096
_LINES, _CSV, _PARQUET, _SQLITE = (".jsonl", ".ndjson"), (".csv", ".tsv"), (".parquet", ".pq"), (".sqlite", ".sqlite3", ".db")
_FOREIGN = (".xlsx", ".xls", ".ods", ".doc", ".docx", ".odt", ".pdf", ".rtf", ".tar", ".tgz", ".7z", ".rar", ".feather", ".pkl", ".pickle")
# An object with fields on its first line; no report begins so.
_OBJECT = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{[ \t]*["}]')
# A Path makes one slash of two.
_ADDRESS = re.compile(r"(?:https?|ftp|s3|gs|hdfs|file):/", re.IGNORECASE)
_DOCUMENT = {"text": "text", "id": "id", "source": "source"}
_Reader = Callable[[Iterator[bytes], str], Iterator[Row]]


def open_archive(source: str | Path, columns: Mapping[str, str | None] | None = None, dates: str | None = None) -> Archive:
    """An archive, with its fields found and nothing read yet but its beginning.

    Parameters
    ----------
    source : a table (``.jsonl``, ``.ndjson``, ``.json``, ``.csv``, ``.tsv``, each
        also ``.gz``, ``.bz2``, ``.xz``, ``.zst``; ``.parquet``; ``.sqlite`` or
        ``.db``, also as ``file::table``), a ``.warc``, a folder or ``.zip`` of
        ``.txt`` and ``.html``, any other file that is one text, or ``"-"``
    columns : role (``text``, ``id``, ``published``, ``source``) to field;
        ``"headline+body"`` joins two, None leaves a role out; those not given
        are guessed
    dates : ``"dmy"`` or ``"mdy"``
        How ``04/05/2024`` is read: day or month first. Without it the first
        1,000 rows decide, if some date of them can be read in one order only.

    Raises
    ------
    InputError
        The source cannot be opened, a field is not there, or dates could be of
        two days.
    MissingExtraError
        A package that the format needs is not installed.
    """
    name = str(source)
    if _ADDRESS.match(name):
        raise InputError(f"{name}: is an address, and nothing is fetched. Download it, for instance with curl -O, and give the file.")
    given = _Given(dict(columns or {}), settled((), dates, name))
    path = Path(name)
    kind = packed.plain_name(name).lower()
    file, _, table = name.rpartition("::")
    if name == STDIN:
        return _standard_input(given)
    if file.lower().endswith(_SQLITE) or kind.endswith((*_PARQUET, *_SQLITE)):
        return _table(name, _columnar(Path(file or name), table if file else None), given)
    if path.is_dir():
        return _documents(name, Folder(path), given)
    if kind.endswith(".zip"):
        return _documents(name, Zip(path), given)
    return _file(path, name, kind, given)


def entries(source: str | Path, columns: Mapping[str, str | None] | None = None, dates: str | None = None) -> Iterator[Entry]:
    """The entries of an archive; see :func:`open_archive`."""
    return iter(open_archive(source, columns, dates))


def blocks(source: str | Path, size: int = BLOCK_ROWS, columns: Mapping[str, str | None] | None = None, dates: str | None = None) -> Iterator[Block]:
    """The rows of an archive, unparsed; see :meth:`Archive.blocks`."""
    return open_archive(source, columns, dates).blocks(size)


class _Given(NamedTuple):
    """What the caller says of the fields, and of the order of dates."""

    columns: Mapping[str, str | None]
    dates: str | None


def _file(path: Path, name: str, kind: str, given: _Given) -> Archive:
    if kind.endswith(_FOREIGN):
        raise InputError(f"{name}: {Path(kind).suffix} files are not read. Save it as .csv, .jsonl, .parquet or .txt.")
    with packed.open_bytes(path) as file:
        packed.packing(file, name)
    size = path.stat().st_size
    if kind.endswith(_CSV):
        return _csv(path, name, "\t" if kind.endswith(".tsv") else ",", size, given)
    if kind.endswith(".warc"):
        webarchive.require(name)
        markup.require(name)
        return _without_fields(name, lambda meter: _reopened(path, lambda file: webarchive.pages(file, name, meter)), size, "bytes", given)
    if kind.endswith(_LINES) or (not kind.endswith((".json", *TEXTS, *PAGES)) and _is_lines(_sniffed(path, name))):
        return _json(name, _reader(path, name, rows.json_lines), size, given)
    if kind.endswith(".json"):
        return _json(name, _reader(path, name, rows.json_lines if _is_lines(_sniffed(path, name), whole=True) else rows.json_list), size, given)
    if kind.endswith(PAGES):
        markup.require(name)
    return _without_fields(name, lambda meter: _reopened(path, lambda file: one_text(name, packed.unpacked(file, name))), 1, "rows", given)


def _standard_input(given: _Given) -> Archive:
    """Rows where the first line that is not blank begins as an object with fields, else one text."""
    file = packed.open_bytes(STDIN)
    meter = Meter()
    chunks = packed.unpacked(file, STDIN, meter)
    head = list(_until(chunks, _SNIFFED))
    again = chain(head, chunks)
    if _is_lines(b"".join(head)):
        found = rows.json_lines(again, "standard input")
        first = list(islice(found, _HEAD_ROWS))
        return _json(STDIN, lambda _: chain(first, found), None, given, first)
    return _without_fields(STDIN, lambda _: one_text(STDIN, again), 1, "rows", given)


def _json(name: str, source: Source, size: int | None, given: _Given, head: list[Row] | None = None) -> Archive:
    head = _head(source, name) if head is None else head
    present = list(dict.fromkeys(field for row in head for field in _fields(row)))
    held = fields.of_archive(present, given.columns, name) if present else {role: field for role, field in given.columns.items() if field}
    loose = frozenset(fields.REPORT) - frozenset(given.columns)
    return Archive(name, Reading(held, loose, _stem(name)).settled(head, given.dates, name), source, size, "bytes", True)


def _csv(path: Path, name: str, delimiter: str, size: int, given: _Given) -> Archive:
    with packed.open_bytes(path) as file:
        present = rows.csv_columns(packed.unpacked(file, name), name, delimiter)
    held = fields.of_archive(present, given.columns, name) if size else {}
    _refuse_twins(present, held, name)
    return _tabular(name, held, _reader(path, name, lambda chunks, place: rows.csv_rows(chunks, place, delimiter)), size, "bytes", given)


def _refuse_twins(present: list[str], held: Mapping[str, str], name: str) -> None:
    """Two columns of one name: nobody can tell which of them is meant."""
    twins = [part for field in held.values() if field for part in fields.parts(field, present) if present.count(part) > 1]
    if twins:
        raise InputError(f"{name}: {present.count(twins[0])} columns are called {twins[0]!r}. Rename all but one.")


def _columnar(path: Path, table: str | None) -> Parquet | Sqlite:
    # Some builds of Python come without sqlite3; only those who need it meet that.
    from escalation.columnar import Parquet, Sqlite

    return Parquet(path) if path.name.lower().endswith(_PARQUET) else Sqlite(path, table)


def _table(name: str, table: Parquet | Sqlite, given: _Given) -> Archive:
    held = fields.of_archive(table.columns, given.columns, name)
    needed = list(dict.fromkeys(part for field in held.values() for part in fields.parts(field, table.columns)))
    return _tabular(name, held, lambda meter: table.rows(needed, meter), table.size, "rows", given)


def _tabular(name: str, held: Mapping[str, str], source: Source, size: int | None, unit: str, given: _Given) -> Archive:
    """A table whose every row has the same fields."""
    head = _head(source, name) if "published" in held and given.dates is None else []
    return Archive(name, Reading(held, frozenset(), _stem(name)).settled(head, given.dates, name), source, size, unit, True)


def _head(source: Source, name: str) -> list[Row]:
    with closing(rows.ended(source(Meter()), name)) as found:
        return list(islice(found, _HEAD_ROWS))


def _documents(name: str, found: Folder | Zip, given: _Given) -> Archive:
    if found.pages:
        markup.require(name)
    return _without_fields(name, found.rows, found.size, "rows", given)


def _without_fields(name: str, source: Source, size: int | None, unit: str, given: _Given) -> Archive:
    if any(given.columns.values()):
        raise InputError(f"{name}: columns are given, but it has no fields: each file is one text. Leave columns out.")
    return Archive(name, Reading(_DOCUMENT, frozenset(), _stem(name)), source, size, unit, False)


def _reader(path: Path, name: str, reader: _Reader) -> Source:
    return lambda meter: _reopened(path, lambda file: reader(packed.unpacked(file, name, meter), name))


def _reopened(path: Path, reader: Callable[[IO[bytes]], Iterator[Row]]) -> Iterator[Row]:
    with packed.open_bytes(path) as file:
        yield from reader(file)


def _sniffed(path: Path, name: str) -> bytes:
    with packed.open_bytes(path) as file:
        return b"".join(_until(packed.unpacked(file, name), _SNIFFED))


def _until(chunks: Iterator[bytes], size: int) -> Iterator[bytes]:
    """Chunks until there are ``size`` bytes that are not blank, or more blank ones than a row may have."""
    blank = packed.ROW_LIMIT
    while size > 0 and blank > 0 and (chunk := next(chunks, b"")):
        size -= len(chunk.strip())
        blank -= len(chunk)
        yield chunk


def _is_lines(head: bytes, whole: bool = False) -> bool:
    """Whether a file begins as JSON lines do; with ``whole`` the first line must be an object by itself."""
    if _OBJECT.match(head) is None:
        return False
    first, end, _ = head.lstrip(b"\xef\xbb\xbf \t\r\n").partition(b"\n")
    return not (whole and end) or bool(_fields(Row("", first)))


def _fields(row: Row) -> Iterable[str]:
    if isinstance(row.values, bytes):
        with suppress(InputError):
            return parsed(row.values)
        return ()
    return row.values


def _stem(name: str) -> str:
    return "stdin" if name == STDIN else Path(packed.plain_name(name)).stem
