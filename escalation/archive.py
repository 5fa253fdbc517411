"""Files -> reports."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from escalation import fields, tables
from escalation.errors import InputError
from escalation.records import Report

_FORMATS = ("%Y-%m-%d", "%d-%b-%Y", "%d %B %Y", "%B %d, %Y", "%Y%m%d", "%d/%m/%Y", "%Y/%m/%d")


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


def as_date(value: object) -> date | None:
    """A date from a ``date``, ``datetime``, pandas timestamp or common string."""
    if value is None or value == "" or value != value:
        return None
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, str):
        return _parse_date(value.strip())
    raise InputError(f"published: {value!r} is a {type(value).__name__}, not a date. Give a date or an ISO string such as '2024-09-25'.")


def read_archive(source: str | Path) -> Iterator[Report]:
    """Reports of a file or folder, one by one.

    Parameters
    ----------
    source : a ``.txt`` file, a table that :func:`escalation.tables.read_rows`
        reads, a folder of ``.txt`` files, or ``"-"`` for one text on standard
        input

    Raises
    ------
    InputError
        Names the file and the line that cannot be read.
    """
    if str(source) == "-":
        yield Report(sys.stdin.read(), id="stdin")
        return
    path = Path(source)
    if path.is_dir():
        for file in sorted(path.rglob("*.txt")):
            yield _text_file(file)
        return
    if tables.is_table(path):
        for row in tables.read_rows(path):
            yield _report(row)
    else:
        yield _text_file(path)


def _wrong_type(value: object) -> str:
    kind = type(value).__name__
    remedy = "Decode it first: value.decode('utf-8')." if isinstance(value, bytes) else "Give a str or a Report; for many texts use score_many or score_frame."
    return f"text: a {kind} ({str(value)[:40]!r}) stands where a text belongs. {remedy}"


def _parse_date(text: str) -> date:
    try:
        return datetime.fromisoformat(text).date()
    except ValueError:
        pass
    for size in (text, text.split(" ")[0], text.split("T")[0]):
        for pattern in _FORMATS:
            try:
                return datetime.strptime(size, pattern).date()
            except ValueError:
                continue
    raise InputError(f"published: {text!r} is not a date that is understood. Give an ISO date such as '2024-09-25'.")


def _text_file(path: Path) -> Report:
    with tables.open_text(path) as file:
        try:
            return Report(file.read(), id=path.stem)
        except UnicodeDecodeError as fault:
            raise InputError(f"{path}: byte {fault.start} is not UTF-8. Convert the file, for instance with iconv.") from fault


def _report(row: tables.Row) -> Report:
    text = _field(row.values, "text")
    if not isinstance(text, str):
        raise InputError(f"{row.place}: no text under any of {fields.NAMES['text']}. Name the field `text`.")
    return Report(text, as_date(_field(row.values, "published")), _word(_field(row.values, "id")), _word(_field(row.values, "source")))


def _field(row: Mapping[str, Any], name: str) -> Any:
    return next((row[key] for key in fields.NAMES[name] if row.get(key) not in (None, "")), None)


def _word(value: object) -> str | None:
    return None if value is None else str(value)
