"""Rows -> entries: a report each, or why there is none."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from escalation import fields, markup
from escalation.dates import as_date, is_coarse, settled
from escalation.entries import Entry
from escalation.errors import InputError, MissingExtraError
from escalation.markup import Page
from escalation.packed import CONVERT, ROW_LIMIT
from escalation.records import Report
from escalation.rows import TOO_LONG, Row
from escalation.tables import is_missing

# What tables write where they hold nothing.
_NOTHING = frozenset(("", "nan", "nat", "none", "null", "n/a", "na", "<na>"))


@dataclass(frozen=True)
class Reading:
    """How the rows of one archive become reports; can be sent to other processes.

    Attributes
    ----------
    held : mapping of role to field
        ``text``, ``id``, ``published``, ``source``; ``"headline+body"`` joins two.
    loose : bool
        The fields were guessed, and rows may have others: each is guessed where
        the row lacks it.
    stem : str
        Ids of rows without one begin with it.
    order : {"dmy", "mdy"} or None
        How ``04/05/2024`` is read; see :func:`escalation.dates.as_date`.
    """

    held: Mapping[str, str]
    loose: frozenset[str]
    stem: str
    order: str | None = None

    def entry(self, number: int, row: Row) -> Entry:
        """The entry of a row; whatever is wrong with the row is its fault."""
        try:
            return Entry(number, row.place, self._report(number, row))
        except (InputError, MissingExtraError) as fault:
            return Entry(number, row.place, None, str(fault), self._known(row))

    def settled(self, head: Iterable[Row], order: str | None, where: str) -> Reading:
        """With the order of dates: as given, or as the first rows show it; see :func:`escalation.dates.settled`."""
        return replace(self, order=settled(map(self._stated, head), order, where))

    def _stated(self, row: Row) -> object:
        """The cell of the date; None where there is none that can be read."""
        with suppress(InputError):
            values = parsed(row.values) if isinstance(row.values, bytes) else row.values
            name = self._field(values, "published")
            return _plain(values.get(name), name) if name else None
        return None

    def _known(self, row: Row) -> str | None:
        """The id of a row that has no report, if it has one that can be read."""
        if not isinstance(row.values, Mapping):
            with suppress(InputError):
                return self._known(row._replace(values=parsed(row.values)))
            return None
        with suppress(InputError):
            return self._word(row.values, "id")
        return None

    def _report(self, number: int, row: Row) -> Report:
        if row.fault:
            raise InputError(row.fault)
        values = parsed(row.values) if isinstance(row.values, bytes) else row.values
        text, stated = self._text(values)
        published = self._date(values, stated)
        id_, source = self._word(values, "id"), self._word(values, "source")
        return Report(text, published, id_ or f"{self.stem}:{number}", source)

    def _text(self, values: Mapping[str, Any]) -> tuple[str, str | None]:
        name = self._field(values, "text")
        parts = fields.parts(name, list(values)) if name else ["text"]
        found = [_content(values.get(part), part) for part in parts]
        body, stated = found[-1]
        if not body:
            raise InputError(f"{parts[-1]}: empty or blank. Leave such reports out; an empty text has no risk.")
        return "\n\n".join(part for part, _ in found if part), stated

    def _date(self, values: Mapping[str, Any], stated: str | None) -> date | None:
        name = self._field(values, "published")
        value = _plain(values.get(name), name) if name else None
        given = stated if value is None else value
        return None if is_coarse(given) else as_date(given, self.order)

    def _word(self, values: Mapping[str, Any], role: str) -> str | None:
        name = self._field(values, role)
        value = _plain(values.get(name), name) if name else None
        if value is None:
            return None
        word = str(value)
        if not word.isascii():
            _check_characters(word, name or role)
        return word

    def _field(self, values: Mapping[str, Any], role: str) -> str | None:
        name = self.held.get(role)
        if role in self.loose and (name is None or _holds_none(values, name)):
            return fields.guess(role, [key for key, value in values.items() if value is not None and value != ""]) or name
        return name


def parsed(line: bytes) -> Mapping[str, Any]:
    """The fields of a JSON line.

    Raises
    ------
    InputError
        It is not UTF-8, not JSON, or no object.
    """
    try:
        found = json.loads(line.decode())
    except UnicodeDecodeError as fault:
        raise InputError(f"byte {line[fault.start]:#x} is not UTF-8. {CONVERT}") from fault
    except (ValueError, RecursionError) as fault:
        raise InputError(f"not JSON: {fault}. Correct or remove the line.") from fault
    if not isinstance(found, dict):
        raise InputError(f"a {type(found).__name__} instead of an object with a text. Each line is one report.")
    return found


def _holds_none(values: Mapping[str, Any], name: str) -> bool:
    last = name if name in values else name.rpartition("+")[2]
    return values.get(last) in (None, "")


def _content(value: object, name: str) -> tuple[str, str | None]:
    """A text, cleaned where it is a page, and the date that the page states."""
    if isinstance(value, Page):
        return markup.clean(value)
    value = _decoded(value, name)
    if is_missing(value):
        return "", None
    if not isinstance(value, str):
        raise InputError(f"{name}: a {type(value).__name__} ({str(value)[:40]!r}) stands where a text belongs.")
    if len(value) > ROW_LIMIT:
        raise InputError(TOO_LONG)
    if "\0" in value:
        raise InputError(f"{name}: holds a NUL character, as UTF-16 and binary files do. Convert the file, or take it out.")
    if markup.is_markup(value):
        return markup.clean(value)[0], None
    return (value if value.strip() else ""), None


def _plain(value: Any, name: str) -> Any:
    """A cell, or None where it holds nothing."""
    value = _decoded(value, name)
    if is_missing(value) or (isinstance(value, str) and value.strip().lower() in _NOTHING):
        return None
    return value


def _decoded(value: object, name: str) -> object:
    if not isinstance(value, bytes):
        return value
    try:
        return value.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise InputError(f"{name}: byte {value[fault.start]:#x} is not UTF-8. {CONVERT}") from fault


def _check_characters(word: str, name: str) -> None:
    try:
        word.encode()
    except UnicodeEncodeError as fault:
        raise InputError(f"{name}: holds half a character ({word[fault.start]!r}), which no table can store. Correct it.") from fault
