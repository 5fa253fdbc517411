"""An archive named in the shell -> its reports; rows that hold none are told."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from escalation.archive import read_archive
from escalation.commands import DONE, QUARANTINED
from escalation.entries import Entry
from escalation.records import Report


class Reports:
    """The reports of an archive, and how many of its rows hold none."""

    def __init__(self, archive: str) -> None:
        self.archive = archive
        self.left_out = 0

    def __iter__(self) -> Iterator[Report]:
        return read_archive(self.archive, rejected=self._tell)

    def _tell(self, entry: Entry) -> None:
        self.left_out += 1
        print(f"{entry.place}: left out: {entry.fault}", file=sys.stderr)

    @property
    def code(self) -> int:
        """Exit code of a command that has read them."""
        return QUARANTINED if self.left_out else DONE
