"""An archive named in the shell -> its reports; rows that hold none are told."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Optional

import typer

from escalation.archive import read_archive
from escalation.commands import DONE, QUARANTINED
from escalation.entries import Entry
from escalation.errors import InputError
from escalation.records import Report

# typer reads these at run time.
TextFields = Annotated[Optional[list[str]], typer.Option("--text", "-t", help="Field of the text; guessed without it. Repeated, the fields are joined.")]  # noqa: UP045
PublishedField = Annotated[Optional[str], typer.Option("--published", help="Field of the date; guessed without it.")]  # noqa: UP045
IdField = Annotated[Optional[str], typer.Option("--id", help="Field of the id; guessed without it.")]  # noqa: UP045
SourceField = Annotated[Optional[str], typer.Option("--source", help="Field of the source; guessed without it.")]  # noqa: UP045


def columns(text: list[str] | None = None, published: str | None = None, id: str | None = None, source: str | None = None) -> dict[str, str]:
    """The fields that were named, as :func:`escalation.read_archive` takes them."""
    given = {"text": "+".join(text or ()) or None, "published": published, "id": id, "source": source}
    return {role: name for role, name in given.items() if name}


def refuse_to_replace(out: Path, fresh: bool, held: str) -> None:
    """What cannot be made again at will is replaced on request only; pages, pictures and figures are not asked about.

    Raises
    ------
    InputError
        ``out`` is there, not empty, and ``fresh`` is not given.
    """
    if not fresh and out.exists() and (out.is_file() or any(out.iterdir())):
        raise InputError(f"{out}: holds {held}. Choose another name, or replace it with --fresh.")


class Reports:
    """The reports of an archive, and how many of its rows hold none."""

    def __init__(self, archive: str, columns: dict[str, str] | None = None) -> None:
        self.archive = archive
        self.columns = columns
        self.left_out = 0

    def __iter__(self) -> Iterator[Report]:
        return read_archive(self.archive, self.columns, rejected=self._tell)

    def _tell(self, entry: Entry) -> None:
        self.left_out += 1
        print(f"{entry.place}: left out: {entry.fault}", file=sys.stderr)

    @property
    def code(self) -> int:
        """Exit code of a command that has read them."""
        return QUARANTINED if self.left_out else DONE
