"""Files -> reports."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from escalation.dates import as_date
from escalation.entries import Entry
from escalation.errors import InputError
from escalation.records import Report


def as_report(value: object, published: object = None, id: str | None = None) -> Report:
    """A report from a ``str`` or a :class:`Report`.

    Raises
    ------
    InputError
        The value is neither, or its text is empty: a text that cannot be read
        must not come out as calm.
    """
    if isinstance(value, Report):
        report = value if published is None else Report(value.text, as_date(published), value.id, value.source)
    elif isinstance(value, str):
        report = Report(value, as_date(published), id)
    else:
        raise InputError(_wrong_type(value))
    if not isinstance(report.text, str):
        raise InputError(_wrong_type(report.text))
    if not report.text.strip():
        raise InputError("text: empty or blank. Leave such reports out; an empty text has no risk.")
    return report


def read_archive(source: str | Path, columns: Mapping[str, str | None] | None = None, rejected: Callable[[Entry], Any] | None = None, dates: str | None = None) -> Iterator[Report]:
    """Reports of an archive, one by one.

    Parameters
    ----------
    source, columns, dates : as for :func:`escalation.intake.open_archive`
    rejected : called with every row that holds no report (``.place``,
        ``.fault``), which is then passed over; ``list.append``, for instance

    Raises
    ------
    InputError
        Names the file and the line that holds no report, where ``rejected`` is
        not given, or that cannot be read at all.
    """
    from escalation import intake  # one text is scored without it

    for entry in intake.entries(source, columns, dates):
        if entry.report is not None:
            yield entry.report
        elif rejected is None:
            raise InputError(f"{entry.place}: {entry.fault}")
        else:
            rejected(entry)


def _wrong_type(value: object) -> str:
    kind = type(value).__name__
    remedy = "Give a str or a Report; for many texts use score_many or score_frame."
    if isinstance(value, bytes):
        remedy = "Decode it first: value.decode('utf-8')."
    if isinstance(value, Path):
        remedy = "Read it first: file.read_text(), or read_archive(file) for a file of reports."
    return f"text: a {kind} ({str(value)[:40]!r}) stands where a text belongs. {remedy}"
