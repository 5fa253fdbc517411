"""Report -> tokens, and sentence -> words."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate
from sys import intern
from typing import NamedTuple

from escalation.names import Words, capitals, with_names

# Words, numbers with their separators, and the marks that bound clauses and
# quotes. Hyphens inside words and possessive 's are not tokens: "cease-fire"
# reads as two words and "army's offensive" as "army offensive".
_TOKEN = r"(%(letter)s(?<!\w'.)%(letter)s*(?:'(?!s\b)%(letter)s+)*|[,;:()\"?!\[\]{}]|%(digit)s+(?:[.,]%(digit)s+)*|-(?:-+|(?<=\s-)(?=\s)))"
TOKEN = re.compile(_TOKEN % {"letter": r"[^\W\d_]", "digit": r"\d"}, re.DOTALL)
# The same for letters and digits of ASCII, where a class of them is a look-up.
_ASCII_TOKEN = re.compile(_TOKEN % {"letter": "[a-z]", "digit": "[0-9]"}, re.DOTALL)
_WORD = re.compile(r"\w")
# What stands for long dashes, so that they alone do not keep a text from being
# ASCII; braces, which say nothing, give way.
_DASHES = {"{": "\u2013", "}": "\u2014"}
_STAND_INS = {"\u2013": "{", "\u2014": "}", "{": "|", "}": "|"}
_NUMBER = re.compile(r"\d+")
_ASCII_NUMBER = re.compile("[0-9]+")
_ODD = re.compile(r"[^\x00-\x7f]")
_FEW_ODD = 16  # up to so many, replacing one after the other beats a table
# A sentence that ends in one of these reads as it does in the report; of a
# hyphen what follows decides.
_SURE_ENDS = frozenset(".,;:!?\"')]\u201d\u2019\u2026")


class Folded(NamedTuple):
    """A report's text made comparable; ``origin`` maps back where lengths differ."""

    low: str
    origin: tuple[int, ...] | None = None


class Tokens(NamedTuple):
    """All tokens of a report, with the characters of it that they stand at."""

    text: str
    folded: Folded
    tokens: tuple[str, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    numbers: list[int]  # where digits are


def tokens_of(text: str) -> Tokens:
    """All tokens of a report, found in one go."""
    folded = fold(text)
    low, origin = folded
    pattern, number = (_ASCII_TOKEN, _ASCII_NUMBER) if low.isascii() else (TOKEN, _NUMBER)
    parts = pattern.split(low)
    borders = tuple(accumulate(map(len, parts), initial=0))
    # One string for each word, however often it occurs, is found faster.
    tokens, starts, ends = tuple(map(intern, _with_dashes(low, parts[1::2]))), borders[1:-1:2], borders[2::2]
    numbers = [match.start() for match in number.finditer(low)]
    if origin is not None:
        starts, ends, numbers = _back(starts, origin), tuple([origin[at - 1] + 1 for at in ends]), [origin[at] for at in numbers]
    return Tokens(text, folded, tokens, starts, ends, numbers)


def words(report: Tokens, start: int, end: int) -> Words:
    """The words of ``report.text[start:end]``."""
    text, _, tokens, starts, ends, numbers = report
    if _whole(text, start, end):
        first = bisect_left(starts, start)
        last = bisect_left(starts, end, first)
        tokens, starts, ends = tokens[first:last], starts[first:last], ends[first:last]
    else:
        tokens, starts, ends = _cut(report.folded, start, end)
    at = bisect_left(numbers, start)
    digits = at < len(numbers) and numbers[at] < end
    capital = capitals(text, tokens, starts)
    if True in capital:
        return with_names(tokens, starts, ends, capital, digits)
    return Words(tokens, starts, ends, capital, digits)


def fold(text: str) -> Folded:
    """Lower case, straight quotes, no accents, no invisible characters."""
    if "{" in text or "}" in text:
        text = text.replace("{", "|").replace("}", "|")
    if text.isascii():
        return Folded(text.lower())
    table = {char: _plain(char) for char in set(_ODD.findall(text))}
    if all(len(letters) == 1 for letters in table.values()):
        if len(table) > _FEW_ODD:
            return Folded(text.translate({ord(char): letter for char, letter in table.items()}).lower())
        for char, letter in table.items():
            text = text.replace(char, letter)
        return Folded(text.lower())
    low: list[str] = []
    origin: list[int] = []
    for position, char in enumerate(text):
        letters = table.get(char, char.lower())
        low.append(letters)
        origin.extend([position] * len(letters))
    origin.append(len(text))
    return Folded("".join(low), tuple(origin))


def _whole(text: str, start: int, end: int) -> bool:
    """Whether a span's tokens are those that the report has there."""
    last = text[end - 1 : end]
    return (
        (text[start - 1].isspace() if start else text[:1].isalnum())
        and (end == len(text) or text[end].isspace())
        and (last in _SURE_ENDS or last.isalnum())
    )


def _cut(folded: Folded, start: int, end: int) -> tuple[tuple[str, ...], tuple[int, ...], tuple[int, ...]]:
    """Tokens of a span that may begin or end in the middle of one."""
    low, origin = folded
    if origin is not None:
        start, end = bisect_left(origin, start), bisect_left(origin, end)
    found = [*TOKEN.finditer(low, start, end)]
    tokens, starts, ends = tuple(_with_dashes(low, [m.group() for m in found])), tuple([m.start() for m in found]), tuple([m.end() for m in found])
    if origin is None:
        return tokens, starts, ends
    return tokens, _back(starts, origin), tuple([origin[at - 1] + 1 for at in ends])


def _with_dashes(low: str, tokens: list[str]) -> list[str]:
    """The tokens with their own dashes again; dashes are few, and tokens many."""
    given = [*tokens]
    for stand_in, dash in _DASHES.items():
        at = -1
        for _ in range(tokens.count(stand_in) if stand_in in low else 0):
            at = given.index(stand_in, at + 1)
            given[at] = dash
    return given


def _back(places: Sequence[int], origin: Sequence[int]) -> tuple[int, ...]:
    return tuple([origin[place] for place in places])


@lru_cache(maxsize=4096)
def _plain(char: str) -> str:
    if char in "\u2018\u2019\u201a\u201b\u2032\u02bc\u00b4":
        return "'"
    if char in "\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb":
        return '"'
    if char in "\u2010\u2011\u2012":
        return "-"
    if unicodedata.category(char) in ("Cf", "Mn", "Me"):
        return ""
    if char.isspace():
        return " "
    plain = "".join(c for c in unicodedata.normalize("NFKD", char) if unicodedata.category(c) != "Mn").lower()
    if len(plain) != 1 and not plain.isalpha():
        plain = char
    if plain in _STAND_INS:
        return _STAND_INS[plain]
    # What is neither part of a word nor a mark says nothing: bullets, signs of currencies.
    return plain if plain.isascii() or _WORD.match(plain) else "|"
