"""Dates as archives write them -> dates.

Every form is spelled out, and none is guessed: parsers that fill gaps and swap
day and month where that gives a date do harm that nobody sees.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple

from escalation.errors import InputError

# What the order of numbers in 04/05/2024 is called.
ORDERS = {"dmy": "day first", "mdy": "month first"}
# Spelled out, since those of strptime follow the language of the machine.
_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december")
_NUMBER = {name: number for number, full in enumerate(_MONTHS, 1) for name in (full, full[:3])} | {"sept": 9}
_MONTH = r"(?P<name>[a-z]{3,9})\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>\d{4})"
_ZONE = r"(?:z|[a-z]{2,4}|(?:utc|gmt)?[+-]\d{1,2}(?::?\d{2})?)(?: *\([a-z ]+\))?"
_CLOCK = rf"\d{{1,2}}:\d{{2}}(?::\d{{2}}(?:[.,]\d+)?)? *(?:[ap]\.?m\.?)? *(?:{_ZONE})?"
# What old wires leave behind the time of day says nothing of the day, unless it names another year.
_REST = r"(?:(?!.*\d{4})\W.*)?"
_TIME = rf"(?:(?: *[t,] *| +)(?:at )?{_CLOCK}{_REST})?"
_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?[.,]? )?"
# Not compiled here: one report is scored without them.
_FORMS = (
    rf"{_YEAR}(?P<sign>[-/.])(?P<month>\d{{1,2}})(?P=sign){_DAY}{_TIME}",
    r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)(?:\d{6})?",  # 20240116, and with the time as GDELT has it
    rf"{_DAY}\.(?P<month>\d{{1,2}})\.{_YEAR}{_TIME}",  # with dots the day is first wherever it is written
    rf"{_WEEKDAY}{_DAY}(?: +|-){_MONTH}(?: +|, ?|-){_YEAR}{_TIME}",
    rf"{_WEEKDAY}{_MONTH} +{_DAY},? +{_YEAR}{_TIME}",
    rf"{_WEEKDAY}{_MONTH} +{_DAY} {_CLOCK} {_YEAR}",  # as C and some services write it
)
_NUMBERS = rf"(?P<first>\d{{1,2}})(?P<sign>[-/])(?P<second>\d{{1,2}})(?P=sign){_YEAR}{_TIME}"
_COARSE = r"(?:(?P<name>[a-z]{3,9})\.?,? )?\d{4}|\d{4}-(?:0?[1-9]|1[0-2])"
_REMEDY = "Write dates as '2024-09-25', or say which is first: dates='dmy' for the day, dates='mdy' for the month."


def as_date(value: object, order: str | None = None) -> date | None:
    """A date from a ``date``, ``datetime``, pandas timestamp or common string.

    Parameters
    ----------
    order : {"dmy", "mdy"} or None
        How ``04/05/2024`` is read; without it such a date is refused unless
        one of its numbers can be no month, or both are the same.

    Raises
    ------
    InputError
        It is no date, or one of two.
    """
    if value is None or value == "" or value != value:
        return None
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, str):
        return _parsed(value.strip(), order)
    raise InputError(f"published: {value!r} is a {type(value).__name__}, not a date. Give a date or an ISO string such as '2024-09-25'.")


def is_coarse(value: object) -> bool:
    """Whether a string names a month or a year, and no day in it."""
    found = _match(_COARSE, value.strip().lower()) if isinstance(value, str) else None
    return found is not None and (found["name"] is None or found["name"] in _NUMBER)


def settled(values: Iterable[object], given: str | None, where: str) -> str | None:
    """The order of the dates of a column, as given or as the dates themselves show it.

    Returns
    -------
    {"dmy", "mdy"} or None
        None where no date needs it.

    Raises
    ------
    InputError
        Some date may be one of two, and no other shows which, or they
        contradict each other; or ``given`` is not known.
    """
    if given is not None:
        return _known(given)
    found = _seen(values)
    if found.doubtful and found.order is None:
        why = f"{' and '.join(map(repr, found.shown))} contradict each other" if found.shown else "no other date shows which"
        raise InputError(f"{where}: {_either(found.doubtful)}, and {why}. {_REMEDY}")
    return found.order


class _Column(NamedTuple):
    """What the dates of a column tell of their order.

    Attributes
    ----------
    order : {"dmy", "mdy"} or None
        The one that a number above 12 shows; None where none does, or where
        some show the one and some the other.
    doubtful : str
        The first that is a date in either order; empty without any.
    shown : tuple of str
        Dates that show an order, one of each.
    """

    order: str | None
    doubtful: str
    shown: tuple[str, ...]


def _known(order: str) -> str:
    if order not in ORDERS:
        raise InputError(f"dates: {order!r} is not known. Give 'dmy' where the day is first, 'mdy' where the month is.")
    return order


def _seen(values: Iterable[object]) -> _Column:
    doubtful, shown = "", dict[str, str]()
    for value in values:
        found = _match(_NUMBERS, value.strip().lower()) if isinstance(value, str) else None
        orders = _orders(found) if found else ()
        if len(orders) == 1:
            shown.setdefault(orders[0], str(value).strip())
        elif found and _is_doubtful(found):
            doubtful = doubtful or str(value).strip()
    return _Column(next(iter(shown)) if len(shown) == 1 else None, doubtful, tuple(shown.values()))


def _parsed(text: str, order: str | None) -> date:
    if not text.isdecimal():  # eight digits are a date, but so are some of thirteen, which count milliseconds
        with suppress(ValueError):
            return datetime.fromisoformat(text).date()
    return _by_form(text, order)


@lru_cache(maxsize=10_000)  # an archive has few days and many reports
def _by_form(text: str, order: str | None) -> date:
    plain = text.lower()
    if numbers := _match(_NUMBERS, plain):
        return _by_order(numbers, text, order)
    for form in _FORMS:
        found = _match(form, plain)
        day = _made(found["year"], _month(found), found["day"]) if found else None
        if day is not None:
            return day
    raise InputError(f"published: {text!r} is not a date that is understood. Give an ISO date such as '2024-09-25'.")


def _match(form: str, text: str) -> re.Match[str] | None:
    return re.fullmatch(form, text, re.ASCII)


def _month(found: re.Match[str]) -> int | str | None:
    named = found.groupdict()
    return _NUMBER.get(named["name"]) if "name" in named else named["month"]


def _by_order(found: re.Match[str], text: str, order: str | None) -> date:
    possible = _orders(found)
    if not possible:
        raise InputError(f"published: {text!r} is not a date: there is no such day. Give an ISO date such as '2024-09-25'.")
    if order is None and _is_doubtful(found):
        days = " or ".join(repr(_read(found, one).isoformat()) for one in possible)
        raise InputError(f"published: {text!r} is {days}. Write the one that is meant; of an archive dates='dmy' (day first) or dates='mdy' tells which.")
    if order is not None and order not in possible:
        raise InputError(f"published: {text!r} is not a date where dates are read as {order!r}, {ORDERS[order]}. Correct it, or give an ISO date such as '2024-09-25'.")
    return _read(found, order or possible[0])


def _orders(found: re.Match[str]) -> tuple[str, ...]:
    """The orders in which it is a date."""
    return tuple(order for order in ORDERS if _day(found, order))


def _is_doubtful(found: re.Match[str]) -> bool:
    """Whether it is one day in the one order, and another in the other."""
    return len(_orders(found)) > 1 and int(found["first"]) != int(found["second"])


def _read(found: re.Match[str], order: str) -> date:
    day = _day(found, order)
    assert day is not None, "the order is one of those in which it is a date"
    return day


def _day(found: re.Match[str], order: str) -> date | None:
    first, second = found["first"], found["second"]
    return _made(found["year"], *((first, second) if order == "mdy" else (second, first)))


def _made(year: str, month: int | str | None, day: str) -> date | None:
    with suppress(ValueError):
        return date(int(year), int(month or 0), int(day))
    return None


def _either(text: str) -> str:
    found = _match(_NUMBERS, text.lower())
    assert found is not None, "only dates of numbers are doubtful"
    days = (_read(found, order) for order in ORDERS)
    return f"{text!r} is {' or '.join(f'{day.day} {_MONTHS[day.month - 1].capitalize()}' for day in days)}"
