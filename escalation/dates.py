"""Dates as archives write them -> dates."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime
from functools import lru_cache

from escalation.errors import InputError

_FORMATS = ("%Y-%m-%d", "%d-%b-%Y", "%d %B %Y", "%B %d, %Y", "%Y%m%d", "%d/%m/%Y", "%Y/%m/%d")
_COARSE = ("%Y", "%B %Y", "%b %Y")


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


def is_coarse(value: object) -> bool:
    """Whether a string names a month or a year, and no day in it."""
    if not isinstance(value, str):
        return False
    text = value.strip()
    return (text[-4:].isdecimal() and any(_matches(text, pattern) for pattern in _COARSE)) or _matches(text, "%Y-%m")


def _matches(text: str, pattern: str) -> bool:
    with suppress(ValueError):
        return bool(datetime.strptime(text, pattern))
    return False


def _parse_date(text: str) -> date:
    try:
        return datetime.fromisoformat(text).date()
    except ValueError:
        pass
    for part in (text, text.split(" ")[0], text.split("T")[0]):
        found = _by_pattern(part)
        if found is not None:
            return found
    raise InputError(f"published: {text!r} is not a date that is understood. Give an ISO date such as '2024-09-25'.")


@lru_cache(maxsize=10_000)  # an archive has few days and many reports, and strptime is slow
def _by_pattern(text: str) -> date | None:
    words = len(text.split())
    for pattern in _FORMATS:
        if len(pattern.split()) == words:
            with suppress(ValueError):
                return datetime.strptime(text, pattern).date()
    return None
