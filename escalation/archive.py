"""Files -> reports."""

from __future__ import annotations

import csv
import gzip
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any

from escalation.errors import InputError
from escalation.records import Report

# Names that archives give to the same thing, the commonest first.
_FIELDS = {
    "text": ("text", "body", "content", "article", "full_text"),
    "published": ("published", "date", "published_at", "pub_date", "datetime", "timestamp"),
    "id": ("id", "doc_id", "uid", "url", "link"),
    "source": ("source", "publisher", "outlet", "domain"),
}
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
    source : a ``.jsonl`` (``.gz``), ``.csv``, ``.tsv`` or ``.txt`` file, a folder
        of ``.txt`` files, or ``"-"`` for one text on standard input

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
    name = path.name.removesuffix(".gz").lower()
    if name.endswith((".jsonl", ".ndjson")):
        yield from _json_lines(path)
    elif name.endswith((".csv", ".tsv")):
        yield from _table(path, "\t" if name.endswith(".tsv") else ",")
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


def _open(path: Path) -> IO[str]:
    try:
        if path.suffix == ".gz":
            return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
        return open(path, encoding="utf-8-sig", newline="")
    except OSError as fault:
        raise InputError(f"{path}: cannot be read: {fault.strerror}. Check the path.") from fault


def _text_file(path: Path) -> Report:
    with _open(path) as file:
        try:
            return Report(file.read(), id=path.stem)
        except UnicodeDecodeError as fault:
            raise InputError(f"{path}: byte {fault.start} is not UTF-8. Convert the file, for instance with iconv.") from fault


def _json_lines(path: Path) -> Iterator[Report]:
    with _open(path) as file:
        for number, line in _lines(file, path):
            if line.strip():
                try:
                    row = json.loads(line)
                except ValueError as fault:
                    raise InputError(f"{path}, line {number}: not JSON: {fault}. Correct or remove the line.") from fault
                yield _row(row, f"{path}, line {number}")


def _table(path: Path, delimiter: str) -> Iterator[Report]:
    csv.field_size_limit(2**31 - 1)
    with _open(path) as file:
        for number, row in enumerate(csv.DictReader(file, delimiter=delimiter), 2):
            yield _row(row, f"{path}, row {number}")


def _lines(file: Iterable[str], path: Path) -> Iterator[tuple[int, str]]:
    number = 0
    try:
        for number, line in enumerate(file, 1):
            yield number, line
    except (UnicodeDecodeError, EOFError, OSError) as fault:
        raise InputError(f"{path}, after line {number}: {fault}. The file is damaged there; repair or cut it.") from fault


def _row(row: object, place: str) -> Report:
    if not isinstance(row, Mapping):
        raise InputError(f"{place}: a {type(row).__name__} instead of an object with a text. Each line is one report.")
    text = _field(row, "text")
    if not isinstance(text, str):
        raise InputError(f"{place}: no text under any of {_FIELDS['text']}. Name the field `text`.")
    return Report(text, as_date(_field(row, "published")), _word(_field(row, "id")), _word(_field(row, "source")))


def _field(row: Mapping[str, Any], name: str) -> Any:
    return next((row[key] for key in _FIELDS[name] if row.get(key) not in (None, "")), None)


def _word(value: object) -> str | None:
    return None if value is None else str(value)
