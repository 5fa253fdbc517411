"""Sentence -> the numbers of killed, injured, displaced and units in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from escalation.cues import Hit
from escalation.names import Words
from escalation.records import Magnitude

_UNITS = {word: n for n, word in enumerate("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split())}
_TENS = {word: 10 * n for n, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)}
_SCALES = {"hundred": 100, "thousand": 1000, "million": 1_000_000}
# Vague plurals as ranges: the least and most a reader would accept.
_VAGUE = {
    "dozen": (12, 12), "dozens": (24, 99), "scores": (40, 199), "hundreds": (200, 999), "thousands": (2000, 9999),
    "millions": (2_000_000, 9_999_999), "several": (3, 9), "many": (5, 99), "few": (2, 5), "couple": (2, 2),
}
_LIFTED = {("tens", "thousands"): (20_000, 99_999), ("hundreds", "thousands"): (200_000, 999_999), ("scores", "thousands"): (40_000, 199_999), ("dozens", "thousands"): (24_000, 99_999)}
_NUMERALS = frozenset({*_UNITS, *_TENS, *_SCALES})
_OPENING = _NUMERALS | frozenset(_VAGUE) | {tens for tens, _ in _LIFTED}  # words that a number starts with
_MOST = 10**10  # more than there are people; also what keeps a page of digits from overflowing
_FLOOR = frozenset({"least", "over", "than"})
# A number before one of these measures something else.
_NOT_PEOPLE = frozenset(
    "percent per pct year years month months week weeks day days hour hours minute minutes second seconds km kilometre kilometres kilometer kilometers mile miles metre metres meter meters "
    "am pm o'clock gmt dollars euros pounds dlrs mln bln barrels tons tonnes points countries nations rounds missiles rockets drones times th st nd rd degrees acres january february march april may june july august september october november december old"
    .split()
)
_MONTHS = frozenset("january february march april may june july august september october november december".split())
_KILLED = ("kill", "dead", "death", "die", "dying", "fatal", "slain", "slay", "massacre", "murder", "bod", "lives", "shot", "execut", "assassinat", "behead", "corpse", "perish", "lost", "casualt", "loss", "martyr", "toll")
_INJURED = ("wound", "injur", "hurt", "maim", "hospital")
_DISPLACED = ("fle", "displac", "refugee", "homeless", "evacuat", "exodus", "uproot", "driven", "expel", "escap", "left")
_FAR = 9


@dataclass(frozen=True, slots=True)
class Number:
    """A number in words or digits: tokens ``first`` to ``last``."""

    low: int
    high: int
    first: int
    last: int


def numbers(words: Words) -> list[Number]:
    """All counts of people or units in a sentence; dates and measures are left out."""
    tokens = words.tokens
    if not words.digits and _OPENING.isdisjoint(tokens):
        return []
    found: list[Number] = []
    last = -1
    for at, token in enumerate(tokens):
        if at > last and (token in _OPENING or token[0].isdigit()):
            number = _read(tokens, at)
            if number is not None:
                last = number.last
                if number.high <= _MOST and not _other_measure(tokens, number):
                    found.append(number)
    return found


def magnitudes(cues: Sequence[Hit], found: Sequence[Number], words: Words) -> dict[int, tuple[Magnitude, ...]]:
    """The numbers that belong to each cue, by the identity of its hit."""
    if not found:
        return {}
    kinds = [(hit, kind) for hit in cues if (kind := _kind(hit, words.tokens))]
    owned: dict[int, tuple[Magnitude, ...]] = {}
    for number in found:
        near = [(_gap(number, hit, words.tokens), hit.first, at) for at, (hit, _) in enumerate(kinds) if hit.first - number.last <= _FAR + 1 and number.first - hit.last <= _FAR + 1]
        gap, _, at = min(near, default=(_FAR + 1, 0, 0))
        if gap <= _FAR:
            hit, kind = kinds[at]
            size = Magnitude(kind, number.low, number.high, words.starts[number.first], words.ends[number.last])
            owned[id(hit)] = (*owned.get(id(hit), ()), size)
    return owned


def _read(tokens: Sequence[str], at: int) -> Number | None:
    token = tokens[at]
    if token[0].isdigit():
        value, last = _digits(token), at
        if value is not None and at + 1 < len(tokens) and tokens[at + 1] in _SCALES:
            value, last = value * _SCALES[tokens[at + 1]], at + 1
        return None if value is None else _bounded(tokens, int(value), int(value), at, last)
    if at + 2 < len(tokens) and (token, tokens[at + 2]) in _LIFTED and tokens[at + 1] == "of":
        low, high = _LIFTED[token, tokens[at + 2]]
        return Number(low, high, at, at + 2)
    if token in _VAGUE:
        low, high = _VAGUE[token]
        return Number(low, high, at, at)
    return _spelt(tokens, at)


def _digits(token: str) -> float | None:
    try:
        value = float(token.replace(",", ""))
    except ValueError:
        return None
    return min(value, 2.0 * _MOST)


def _spelt(tokens: Sequence[str], at: int) -> Number | None:
    """A number in words, read by ``text_to_num``."""
    last = at
    while last < len(tokens) and (tokens[last] in _NUMERALS or (tokens[last] == "and" and last > at and tokens[last - 1] in _SCALES)):
        last += 1
    if last == at or (tokens[at] == "one" and last == at + 1 and tokens[last : last + 1] in ([], ["of"])):
        return None
    if tokens[last - 1] == "and":
        last -= 1
    if tokens[at] in _SCALES:
        value: int = _SCALES[tokens[at]]
    elif last == at + 1:
        value = _UNITS.get(tokens[at], _TENS.get(tokens[at], 0))
    else:
        value = _several_words(" ".join(tokens[at:last]))
    return _bounded(tokens, value, value, at, last - 1)


def _several_words(phrase: str) -> int:
    from text_to_num import text2num

    try:
        return int(text2num(phrase, "en"))
    except ValueError:
        return _UNITS.get(phrase.split()[0], _TENS.get(phrase.split()[0], 1))


def _bounded(tokens: Sequence[str], low: int, high: int, first: int, last: int) -> Number:
    """Widen "at least 5", "more than 5", "up to 5"."""
    before = tuple(tokens[max(0, first - 2) : first])
    if before[-1:] and before[-1] in _FLOOR:
        return Number(low + (before[-1] != "least"), low * 2, first, last)
    if before == ("up", "to"):
        return Number(1, high, first, last)
    return Number(low, high, first, last)


def _other_measure(tokens: Sequence[str], number: Number) -> bool:
    after = tokens[number.last + 1] if number.last + 1 < len(tokens) else ""
    before = tokens[number.first - 1] if number.first else ""
    year = number.first == number.last and len(tokens[number.first]) == 4 and tokens[number.first].isdecimal() and 1900 <= number.low <= 2100
    return after in _NOT_PEOPLE or before in _MONTHS or (year and before in ("in", "since", "of", "the", "by", "from", "until", "late", "early", "mid"))


def _kind(hit: Hit, tokens: Sequence[str]) -> str | None:
    matched = [tokens[at] for at in hit.matched]
    if hit.entry.name == "displacement":
        return "displaced"
    if hit.entry.name in ("mobilization", "third_party_entry", "show_of_force", "withdrawal_disarm", "arms_supply"):
        return "units"
    if hit.entry.family != "act":
        return None
    for kind, stems in (("injured", _INJURED), ("killed", _KILLED), ("displaced", _DISPLACED)):
        if any(token.startswith(stems) for token in matched):
            return kind
    return None


def _gap(number: Number, hit: Hit, tokens: Sequence[str]) -> int:
    """Words between the two; a border in between counts as several."""
    low, high = (number.last + 1, hit.first) if number.last < hit.first else (hit.last + 1, number.first)
    if low > high:
        return 0
    between = tokens[low:high]
    return len(between) + 4 * sum(token in (",", ";", ":", "but", "while", "and") for token in between)
