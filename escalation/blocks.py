"""Rows -> blocks of rows that any process can make entries of."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from types import MappingProxyType

from escalation.entries import Entry
from escalation.packed import Meter
from escalation.reading import Reading
from escalation.rows import Row, ended

BLOCK_ROWS = 256  # at a few hundred reports a second a worker is done with it in a second
# Long rows make smaller blocks, so that what waits for workers stays small.
_BLOCK_BYTES = 4_000_000
Source = Callable[[Meter], Iterator[Row]]  # the rows from the first on; the meter tells how far


@dataclass(frozen=True)
class Block:
    """Some rows of an archive, to be made entries elsewhere; can be pickled.

    Attributes
    ----------
    number : int
        Rows before the first.
    rows : tuple of Row
        Not yet parsed.
    reading : Reading
        What makes entries of them.
    done : int
        How far the archive was read by then, in the unit of its size.
    """

    number: int
    rows: tuple[Row, ...]
    reading: Reading
    done: int

    def entries(self) -> Iterator[Entry]:
        """The entries, parsed here."""
        return map(self.reading.entry, range(self.number, self.number + len(self.rows)), self.rows)

    def __len__(self) -> int:
        return len(self.rows)


class Archive:
    """Many reports, wherever they stand; :func:`open_archive` makes it.

    Attributes
    ----------
    name : str
        As given.
    fields : mapping of role to field
        What is taken for ``text``, ``id``, ``published`` and ``source``; empty
        where the archive has no fields.
    size : int or None
        Bytes or rows, where known before reading.
    unit : {"bytes", "rows"}
    dates : {"dmy", "mdy"} or None
        How a date such as ``04/05/2024`` is read; None where it is a fault.
    """

    def __init__(self, name: str, reading: Reading, source: Source, size: int | None, unit: str, has_fields: bool) -> None:
        self.name, self.size, self.unit, self.dates = name, size, unit, reading.order
        self.fields: Mapping[str, str] = MappingProxyType(dict(reading.held) if has_fields else {})
        self._reading, self._source = reading, source

    def __iter__(self) -> Generator[Entry, None, None]:
        """The entries, in the archive's order; the last one tells where a stream breaks off."""
        for number, row in enumerate(ended(self._source(Meter()), self.name)):
            yield self._reading.entry(number, row)

    def blocks(self, size: int = BLOCK_ROWS, start: int = 0) -> Iterator[Block]:
        """The rows from number ``start`` on, up to ``size`` at a time, unparsed."""
        meter = Meter()
        found = islice(ended(self._source(meter), self.name), start, None)
        for held in _cut(found, size):
            yield Block(start, held, self._reading, meter.done)
            start += len(held)


def _cut(rows: Iterable[Row], size: int) -> Iterator[tuple[Row, ...]]:
    held: list[Row] = []
    weight = 0
    for row in rows:
        held.append(row)
        weight += _weight(row)
        if len(held) >= size or weight > _BLOCK_BYTES:
            yield tuple(held)
            held, weight = [], 0
    if held:
        yield tuple(held)


def _weight(row: Row) -> int:
    """About how many bytes a row takes."""
    if isinstance(row.values, bytes):
        return len(row.values)
    return sum(len(getattr(value, "data", value)) for value in row.values.values() if isinstance(value, (str, bytes, tuple)))
