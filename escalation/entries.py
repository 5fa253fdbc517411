"""What an archive holds, row by row: a report, or why there is none."""

from __future__ import annotations

from typing import NamedTuple

from escalation.records import Report


class Entry(NamedTuple):
    """One row of an archive.

    Attributes
    ----------
    number : int
        Rows before it in the archive; the same whenever the archive is read.
    place : str
        Where it stands (``"news.jsonl, line 7"``).
    report : Report or None
        None where the row holds none that can be read.
    fault : str
        Why there is no report; empty where there is one.
    id : str or None
        The row's id where there is no report, so that the row can be found.
    """

    number: int
    place: str
    report: Report | None
    fault: str = ""
    id: str | None = None
