"""Files -> entries, until intake reads them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from escalation import archive, tables
from escalation.entries import Entry
from escalation.errors import InputError


class Archive:
    def __init__(self, source: str | Path, columns: Any = None) -> None:
        self.path = Path(source)
        if not self.path.exists():
            raise InputError(f"{source}: cannot be read: No such file or directory. Check the path.")
        self.fields: dict[str, str] = {}

    def identity(self) -> dict[str, Any]:
        about = self.path.stat()
        return {"source": str(self.path.resolve()), "size": about.st_size, "modified": about.st_mtime_ns}

    def entries(self) -> Iterator[Entry]:
        number = 0
        try:
            for number, row in enumerate(tables.read_rows(self.path)):
                try:
                    yield Entry(number, row.place, archive._report(row))
                except InputError as fault:
                    yield Entry(number, row.place, None, str(fault))
        except InputError as fault:
            yield Entry(number + 1, str(self.path), None, str(fault))


def open_archive(source: str | Path, columns: Any = None) -> Archive:
    return Archive(source, columns)
