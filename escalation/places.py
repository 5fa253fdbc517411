"""Report -> the countries and armed actors that it speaks of, for grouping only."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib import resources
from itertools import compress, count
from typing import NamedTuple
from unicodedata import normalize

from escalation import actors
from escalation.visible import visible

_LONGEST = 500_000  # characters read: names of a longer text have been said by then
_OTHER = re.compile(r"[^\w\s.,;:?!()'\"-]")
_QUOTES = str.maketrans("‘’“”", "''\"\"")
_UPPER, _LOWER = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ", b"abcdefghijklmnopqrstuvwxyz"
_STOP = b"|"  # what ends a clause; no name goes on behind it
_TABLE = bytes(at if (chr(at).isalnum() and at < 128) or at == ord("'") else ord(_STOP) if chr(at) in '.,;:?!()"|' else ord(" ") for at in range(256))
_SHORT = ((b"U.S.S.R.", b"USSR "), (b"U.S.", b"US "), (b"U.K.", b"UK "), (b"U.N.", b"UN "))
_SHORT_FLAT = ((b"u.s.", b"usa "), (b"u.k.", b"britain "))
_SAMPLE = 600  # characters by which to see what capitals say
# Shares of capitals from which, and up to which, they say nothing.
_SHOUTED, _FLAT = 0.7, 0.002
_CITY, _COUNTRY, _ACTOR, _NONE = range(4)
_KINDS = {"name": _COUNTRY, "demonym": _COUNTRY, "capital": _COUNTRY, "city": _CITY}
# Where capitals say nothing, a name that is also a person's counts behind these.
_LEADING = frozenset(b"in of from to with and against between near into by".split())
# With a capital beside the name of a country, these show no person.
_OFFICES = frozenset(b"president king queen prime foreign defence defense interior army government and in on the of at but as for s 's from when while after since if".split())


class Places(NamedTuple):
    """What a report speaks of, most mentioned first.

    Attributes
    ----------
    countries : tuple of str
        ISO 3166 alpha-3 codes; states of the past have their former codes
        (``SUN``, ``YUG``, ``CSK``, ``DDR``), Kosovo has ``XKX``.
    actors : tuple of str
        Armed groups, and ``"forces of ISR"`` for those of a state.
    """

    countries: tuple[str, ...] = ()
    actors: tuple[str, ...] = ()


class _Hit(NamedTuple):
    """A name: words ``start`` to ``end`` of the report."""

    start: int
    end: int
    kind: int
    name: str
    key: bytes


class _Unclear(NamedTuple):
    """When a name is that of a country; see places.toml."""

    person: bool
    lower: bool
    against: frozenset[bytes]
    support: frozenset[bytes]


class _Names(NamedTuple):
    """Every name, under its first word."""

    table: dict[bytes, tuple[tuple[list[bytes], int, str, bytes], ...]]
    plain: frozenset[bytes]  # first words, as they stand in a text without capitals
    written: frozenset[bytes]  # and with them
    unclear: dict[bytes, _Unclear]


def mentions(text: str) -> Places:
    """Countries and armed actors that a report names.

    Countries count by name, demonym, capital, large city and seat of government
    ("the Kremlin"). A name that is also a person's, a bird's or a state's is
    told by its neighbours and by what else the report names. Linear in the
    text; names are for grouping reports and never reach the risk.
    """
    words, plain = _words(text[:_LONGEST])
    names = _names()
    places = [*compress(count(), map((names.plain if plain else names.written).__contains__, words))]
    hits = _sure(_find(words, places, plain, names), words, plain, names)
    armed = actors.find(words, places, {hit.start: (hit.end, hit.name, hit.kind == _ACTOR) for hit in hits if hit.kind != _NONE}, plain)
    return Places(_most(hit.name for hit in hits if hit.kind in (_COUNTRY, _CITY)), _most(armed))


def _words(text: str) -> tuple[list[bytes], bool]:
    """Words without accents, and whether their capitals say nothing."""
    if not text.isascii():
        text = normalize("NFKD", _OTHER.sub(" ", visible(text).text.translate(_QUOTES)))
    raw = text.encode("ascii", "ignore")
    plain = _is_plain(raw[:_SAMPLE])
    for long, short in _SHORT if b"U." in raw else _SHORT_FLAT if plain else ():
        raw = raw.replace(long, short)
    if plain:
        raw = raw.lower()
    if b"'" in raw:
        raw = raw.replace(b"'s", b" 's").replace(b"'S", b" 's")
    return raw.replace(b"\n\n", _STOP).translate(_TABLE).replace(_STOP, b" | ").split(), plain


def _is_plain(raw: bytes) -> bool:
    upper = len(raw) - len(raw.translate(None, _UPPER))
    lower = len(raw) - len(raw.translate(None, _LOWER))
    return not _FLAT < upper / max(upper + lower, 1) < _SHOUTED


def _find(words: Sequence[bytes], places: Sequence[int], plain: bool, names: _Names) -> list[_Hit]:
    """Names from left to right, the longest at each place."""
    found: list[_Hit] = []
    done = 0
    for at in places:
        if at >= done:
            hit = _longest(words, at, plain, names)
            if hit:
                found.append(hit)
                done = hit.end
    return found


def _longest(words: Sequence[bytes], at: int, plain: bool, names: _Names) -> _Hit | None:
    word = words[at]
    for key in (word, word.lower()):  # names in capitals are known by them only
        for rest, kind, name, whole in names.table.get(key, ()):
            end = at + 1 + len(rest)
            if (not rest or [word.lower() for word in words[at + 1 : end]] == rest) and not (plain and kind == _CITY):
                return _Hit(at, end, kind, name, whole)
        if key == word.lower():
            break
    return None


def _sure(hits: list[_Hit], words: Sequence[bytes], plain: bool, names: _Names) -> list[_Hit]:
    """Those that are the names they look like."""
    unclear = [hit for hit in hits if hit.key in names.unclear]
    if not unclear:
        return hits
    said = {word.lower() for word in words}
    taken = {at for hit in hits for at in range(hit.start, hit.end)}
    other = {hit.key for hit in unclear if not said & names.unclear[hit.key].support and _is_other(hit, names.unclear[hit.key], words, said, taken, plain)}
    return [hit for hit in hits if hit.key not in other and not (hit.key in names.unclear and names.unclear[hit.key].person and not plain and _is_person(hit, words, taken))]


def _is_other(hit: _Hit, rule: _Unclear, words: Sequence[bytes], said: set[bytes], taken: set[int], plain: bool) -> bool:
    if said & rule.against:
        return True
    if plain:
        return rule.lower or (rule.person and words[hit.start - 1 : hit.start] != [] and words[hit.start - 1] not in _LEADING)
    return rule.person and _is_person(hit, words, taken)


def _is_person(hit: _Hit, words: Sequence[bytes], taken: set[int]) -> bool:
    """Whether a word with a capital stands beside the name, and is no name of a place or office."""
    beside = [at for at in (hit.start - 1, hit.end) if 0 <= at < len(words) and at not in taken and words[at][:1].isupper()]
    return any(words[at].lower() not in _OFFICES and not (at < hit.start and _opens(words, at)) for at in beside)


def _opens(words: Sequence[bytes], at: int) -> bool:
    """Whether a sentence begins with the word, so that its capital says nothing; a given name may be one."""
    return (at == 0 or words[at - 1] == _STOP) and words[at].lower() in _LEADING | _OFFICES


def _most(names: Iterable[str]) -> tuple[str, ...]:
    """Names by how often they stand there, then by which came first."""
    return tuple(name for name, _ in Counter(names).most_common())


@cache
def _names() -> _Names:
    table: dict[bytes, dict[tuple[bytes, ...], tuple[int, str]]] = {}
    for key, kind, name in _entries():
        first, *rest = key.encode().split()
        table.setdefault(first, {})[tuple(rest)] = (kind, name)
    ordered = {first: tuple(([*rest], *found[rest], b" ".join((first, *rest))) for rest in sorted(found, key=lambda rest: (-len(rest), rest))) for first, found in table.items()}
    written = {form for first in ordered for form in ({first} if first.isupper() else {first.title().replace(b"'S", b"'s"), first.upper()})}
    return _Names(ordered, frozenset(ordered) | actors.heads(), frozenset(written) | actors.heads(), dict(_rules()))


def _entries() -> Iterator[tuple[str, int, str]]:
    """Every name with its kind and what it stands for; later ones stand for themselves alone."""
    for line in _data("countries.tsv").splitlines()[1:]:
        kind, code, name = line.split("\t")
        yield name.replace("'s", " 's"), _KINDS[kind], code
    places = tomllib.loads(_data("places.toml"))
    for name in _parts(places["none"]["names"]):
        yield name, _NONE, ""
    for code, listed in places["names"].items():
        singles, *longer = listed.split("|")
        for name in (*singles.split(), *filter(None, map(str.strip, longer))):
            yield name, _COUNTRY, code
    for actor, listed in actors.known().items():
        for name in _parts(listed):
            yield name, _ACTOR, actor


def _rules() -> Iterator[tuple[bytes, _Unclear]]:
    for rule in tomllib.loads(_data("places.toml"))["unclear"]:
        against, support = (frozenset(rule.get(side, "").encode().split()) for side in ("against", "support"))
        for name in _parts(rule["names"]):
            yield name.encode(), _Unclear(rule.get("person", False), rule.get("lower", False), against, support)


def _parts(listed: str) -> list[str]:
    return [name for part in listed.replace("\n", "|").split("|") if (name := part.strip())]


def _data(file: str) -> str:
    return resources.files("escalation").joinpath("gazetteer", file).read_text(encoding="utf-8")
