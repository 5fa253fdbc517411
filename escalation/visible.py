"""Report -> the text that a reader sees, and where it stands in the report.

Soft hyphens, zero-width and direction marks are not seen; a letter with its
accent behind it looks like the letter that has one; full-width forms are the
plain characters, and every space of some width is a space. What is read is the
same with and without them, and every place in it leads back to the report as
given.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

# Longest of 29,000 articles: 187,000 characters. So many are read in some ten
# seconds and 200 MB, whatever they are; beyond it a text is no article.
LONGEST = 1_000_000
_BORDER = 1_000  # characters at the end of what is read in which a white space is looked for
# Seen as nothing, though they are not marks for Unicode: fillers of Hangul.
_FILLERS = frozenset("\u115f\u1160\u3164\uffa0")
_FULL_WIDTH = 0xFEE0  # what a full-width form lies above its plain character


class Visible(NamedTuple):
    """What is seen of a text; ``places`` are those of its characters in the text, and of its end.

    None stands for a text that is seen as it is.
    """

    text: str
    places: Sequence[int] | None = None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where a span of what is seen stands in the text; marks on its last character belong to it."""
        return (start, end) if self.places is None else (self.places[start], self.places[end])


def beginning(text: str) -> str:
    """The part of a text that is read: all of it, or about :data:`LONGEST` characters up to a white space."""
    if len(text) <= LONGEST:
        return text
    last = text[LONGEST - _BORDER : LONGEST + 1].split()[-1:]
    kept = text[:LONGEST].rstrip()
    if text[LONGEST].isspace() or not last or len(last[0]) > _BORDER:
        return kept
    return text[: LONGEST + 1 - len(last[0])].rstrip()


def visible(text: str) -> Visible:
    """What a reader sees of a text."""
    if text.isascii():
        return Visible(text)
    odd = sorted(char for char in set(text) if char > "\x7f" and _is_odd(char))
    if not odd:
        return Visible(text)
    if all(map(_plain, odd)):
        return Visible(text.translate({ord(char): _plain(char) for char in odd}), range(len(text) + 1))
    seen: list[str] = []
    places: list[int] = []
    done = 0
    for run in re.finditer(f"[{re.escape(''.join(odd))}]+", text):
        start, end = run.span()
        seen.extend(text[done:start])
        places.extend(range(done, start))
        for at in range(start, end):
            _put(text[at], at, seen, places)
        done = end
    seen.extend(text[done:])
    places.extend(range(done, len(text) + 1))
    return Visible("".join(seen), places)


def _put(char: str, at: int, seen: list[str], places: list[int]) -> None:
    """Add what is seen of an odd character; an accent goes onto the letter in front of it."""
    letter = _plain(char)
    if letter:
        seen.append(letter)
        places.append(at)
    elif seen and unicodedata.combining(char):
        whole = unicodedata.normalize("NFC", seen[-1] + char)
        if len(whole) == 1:
            seen[-1] = whole


@lru_cache(maxsize=4096)
def _is_odd(char: str) -> bool:
    return _plain(char) != char


@lru_cache(maxsize=4096)
def _plain(char: str) -> str:
    """The character as it is seen alone; nothing where it is not."""
    if "\uff01" <= char <= "\uff5e":
        return chr(ord(char) - _FULL_WIDTH)
    if char.isspace() and unicodedata.category(char) == "Zs":
        return " "
    return "" if char in _FILLERS or unicodedata.category(char) in ("Cf", "Mn", "Me") else char
