"""Files -> entries, until intake reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from escalation import archive, tables
from escalation.entries import Entry
from escalation.errors import InputError


@dataclass(frozen=True)
class Block:
    number: int
    rows: tuple[tables.Row, ...]
    done: int

    def entries(self) -> Iterator[Entry]:
        for number, row in enumerate(self.rows, self.number):
            try:
                yield Entry(number, row.place, archive._report(row))
            except InputError as fault:
                yield Entry(number, row.place, None, str(fault))

    def __len__(self) -> int:
        return len(self.rows)


class Archive:
    def __init__(self, source: str | Path, columns: Any = None) -> None:
        self.name = str(source)
        if not Path(source).exists():
            raise InputError(f"{source}: cannot be read: No such file or directory. Check the path.")
        self.fields: Mapping[str, str] = {}
        self.size: int | None = None
        self.unit = "rows"

    def blocks(self, size: int = 256, start: int = 0) -> Iterator[Block]:
        rows = tables.read_rows(Path(self.name))
        while held := tuple(islice(rows, size)):
            yield Block(start, held, start + len(held))
            start += len(held)


def open_archive(source: str | Path, columns: Any = None) -> Archive:
    return Archive(source, columns)
