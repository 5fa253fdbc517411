"""Bytes -> rows of JSON and CSV, with those that cannot be read among them."""

from __future__ import annotations

import csv
import json
import re
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Mapping
from io import StringIO
from typing import Any, NamedTuple

from escalation.errors import InputError
from escalation.packed import CONVERT, ROW_LIMIT, BrokenError, lines, whole
from escalation.tables import REPORT_ID, as_it_was

# A list is parsed item by item, but its text has to be held at once.
DOCUMENT_LIMIT = 1_000_000_000
TOO_LONG = f"the row is longer than {ROW_LIMIT // 1_000_000} MB. No report is; the row is a packing bomb or the file is no table."
# A line in memory takes sixty bytes more than in the file, so that a quote which
# is never closed is given up long before its row has the most bytes.
_MOST_LINES = 100_000
# Lines of a text seldom have as many separators as the header; rows nearly always do.
_MOST = 0.9
_TYPESET = ("\u201c", "\u201d", "\u201e", "\u2018", "\u2019", "\u00ab")
_BLANK = re.compile(r"[\s,]*")
_NOT_UTF8 = re.compile("[\udc80-\udcff]")


class Row(NamedTuple):
    """One row, not yet a report.

    ``values`` are its fields, or the JSON line that holds them, which is parsed
    where the row is scored; ``fault`` tells why there are none.
    """

    place: str
    values: Mapping[str, Any] | bytes
    fault: str = ""


def ended(rows: Iterable[Row], name: str) -> Generator[Row, None, None]:
    """The rows, and one more with the fault where the stream breaks."""
    place = name
    try:
        for row in rows:
            place = row.place
            yield row
    except BrokenError as fault:
        yield Row(name if place == name else f"after {place}", {}, str(fault))


def json_lines(chunks: Iterable[bytes], name: str) -> Iterator[Row]:
    """One row per line that is not blank, unparsed."""
    for number, line in enumerate(lines(chunks), 1):
        if line is None:
            yield Row(f"{name}, line {number}", {}, TOO_LONG)
        elif line.strip():
            yield Row(f"{name}, line {number}", line)


def json_list(chunks: Iterable[bytes], name: str) -> Iterator[Row]:
    """One row per item of a list.

    Raises
    ------
    InputError
        The file is no list, or too large to be held.
    """
    held: list[bytes] = []
    broken = None
    try:
        data = whole(_kept(chunks, held), DOCUMENT_LIMIT)
    except BrokenError as fault:
        broken, data = fault, b"".join(held)
    if data is None:
        raise InputError(f"{name}: a JSON list of more than {DOCUMENT_LIMIT // 1_000_000_000} GB, which would have to be held in memory. Write one object a line, as .jsonl.")
    text = _decoded(data)
    start = len(text) - len(text.lstrip())
    if text[start : start + 1] != "[":
        if text.strip():
            raise InputError(f"{name}: not a JSON list of objects. Put the rows into one list, or write one object a line, as .jsonl.")
        return
    yield from _items(text, start + 1, name, broken)
    if broken:
        raise broken


def csv_rows(chunks: Iterable[bytes], name: str, delimiter: str) -> Iterator[Row]:
    """One row per record below the header."""
    # The limit is the process's own; ours is that of the feed.
    csv.field_size_limit(2**31 - 1)
    feed = _Feed(lines(chunks))
    header = feed.header(delimiter, name)
    for number, (cells, fault) in enumerate(_records(feed, header.delimiter, len(header.names)), 2):
        place = f"{name}, row {number}"
        fault = fault or _miscounted(cells, header.names)
        yield Row(place, {}, fault) if fault else Row(place, _named(header.names, cells))


def csv_columns(chunks: Iterable[bytes], name: str, delimiter: str) -> list[str]:
    """Names in the header of a CSV file.

    Raises
    ------
    InputError
        The header is too long, or not UTF-8.
    """
    csv.field_size_limit(2**31 - 1)
    return _Feed(lines(chunks)).header(delimiter, name).names


def _kept(chunks: Iterable[bytes], held: list[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        held.append(chunk)
        yield chunk


def _decoded(data: bytes) -> str:
    """Text in which bytes that are not UTF-8 stand as half characters, so that one bad row costs no other."""
    return data.decode("utf-8", "surrogateescape")


def _items(text: str, at: int, name: str, broken: BrokenError | None) -> Iterator[Row]:
    decoder = json.JSONDecoder()
    number = 0
    while True:
        at = _BLANK.match(text, at).end()  # type: ignore[union-attr]
        if text[at : at + 1] == "]" or (broken and at == len(text)):
            return
        number += 1
        place = f"{name}, item {number}"
        try:
            value, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError) as fault:
            if not broken:
                yield Row(place, {}, f"not JSON: {fault}. What follows in the list cannot be told apart; correct it, or write one object a line, as .jsonl.")
            return
        yield _item(value, text[at:end], place)
        at = end


def _item(value: object, raw: str, place: str) -> Row:
    if _NOT_UTF8.search(raw):
        return Row(place, {}, f"bytes that are not UTF-8. {CONVERT}")
    if not isinstance(value, dict):
        return Row(place, {}, f"a {type(value).__name__} instead of an object with a text")
    return Row(place, value)


class _Header(NamedTuple):
    names: list[str]
    delimiter: str


class _Feed:
    """Lines for the csv reader, held as long as their record is open."""

    def __init__(self, source: Iterable[bytes | None]) -> None:
        self._lines = self._split(source)
        self._again: deque[tuple[str, str]] = deque()
        self._open: list[tuple[str, str]] = []
        self.size, self.at_end = 0, False

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._lines, None)
        if line is None:
            self.at_end = True
            raise StopIteration
        self._open.append(line)
        self.size += len(line[0])
        if self.size > ROW_LIMIT or len(self._open) > _MOST_LINES:
            raise OverflowError
        return line[0]

    def header(self, delimiter: str, place: str) -> _Header:
        """Names of the columns; a comma gives way to the semicolon where spreadsheets use it."""
        line = next(self._lines, ("", ""))
        # Spreadsheets write semicolons where the comma is the decimal sign.
        taken = ";" if delimiter == "," and ";" in line[0] and "," not in line[0] else delimiter
        self._again.append(line)
        names = next(csv.reader(self, delimiter=taken), [])
        if fault := self.close():
            raise InputError(f"{place}, row 1: the header cannot be read: {fault}")
        return _Header(names, taken)

    def close(self) -> str:
        """End the record; the fault of its lines, or nothing."""
        fault = next((fault for _, fault in self._open if fault), "")
        self._open, self.size, self.at_end = [], 0, False
        return fault

    def has_swallowed_rows(self, delimiter: str, columns: int) -> bool:
        """Whether the further lines of the record are rows, and not the lines of a text."""
        # The last line holds what ended the record, and is no witness where there are others.
        witnesses = [line for line, _ in self._open[1:-1] or self._open[1:]]
        rows = sum(_is_row(line, delimiter, columns) for line in witnesses)
        return columns > 1 and 0 < len(witnesses) * _MOST <= rows

    def rewind(self) -> None:
        """Read again from the second line of the record on."""
        self._again.extendleft(reversed(self._open[1:]))

    @property
    def span(self) -> int:
        """Lines of the record."""
        return len(self._open)

    @staticmethod
    def _split(source: Iterable[bytes | None]) -> Iterator[tuple[str, str]]:
        for line in source:
            if line is None:
                yield "\n", TOO_LONG
                continue
            text, fault = _text(line)
            if "\r" in text[:-1]:  # old spreadsheets end lines so
                yield from ((part, fault) for part in StringIO(text + "\n", newline=""))
            else:
                yield text + "\n", fault


def _is_row(line: str, delimiter: str, columns: int) -> bool:
    try:
        return len(next(csv.reader([line], delimiter=delimiter, strict=True), [])) == columns
    except csv.Error:
        return False


def _text(line: bytes) -> tuple[str, str]:
    try:
        return line.decode(), ""
    except UnicodeDecodeError as fault:
        return _decoded(line), f"byte {line[fault.start]:#x} is not UTF-8. {CONVERT}"


def _records(feed: _Feed, delimiter: str, columns: int) -> Iterator[tuple[list[str], str]]:
    """Cells of each record, or its fault."""
    reader = csv.reader(feed, delimiter=delimiter, strict=True)
    while True:
        cells, fault = [], ""
        try:
            cells = next(reader)
        except StopIteration:
            return
        except (csv.Error, OverflowError) as broken:
            fault = _broken(feed, broken, delimiter, columns)
        fault = feed.close() or fault
        if cells or fault:
            yield cells, fault


def _broken(feed: _Feed, fault: Exception, delimiter: str, columns: int) -> str:
    """What to tell of a record; one that has swallowed rows costs its first line only."""
    if feed.span == 1 and isinstance(fault, OverflowError):
        return TOO_LONG
    told = "a quote is opened and never closed" if feed.at_end or isinstance(fault, OverflowError) else str(fault)
    remedy = "Double the quotes within a quoted cell, or save the table again."
    if feed.has_swallowed_rows(delimiter, columns):
        feed.rewind()
        return f"{told}. {remedy}"
    return f"{told}{f', and {feed.span} lines are taken for one row' if feed.span > 1 else ''}. {remedy}"


def _miscounted(cells: list[str], names: list[str]) -> str:
    if len(cells) == len(names):
        return ""
    remedy = "Quote cells that hold the separator, or add what is missing."
    if any(cell.lstrip().startswith(_TYPESET) for cell in cells):
        remedy = 'Quotes such as \u201c \u201d are letters to CSV, not quotes: put a cell that holds the separator between straight ones ("), and double those within.'
    return f"{len(cells)} cells where the header has {len(names)}. {remedy}"


def _named(names: list[str], cells: list[str]) -> dict[str, str]:
    values = dict(zip(names, cells, strict=True))
    return {name: as_it_was(cell) for name, cell in values.items()} if REPORT_ID in values else values
