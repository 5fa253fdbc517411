"""Words -> names of armed actors, by their make."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

_JOINING = frozenset(b"of the for and 's".split())
_ACRONYM = 5  # letters of the longest
_FARTHEST = 6  # words of a name on either side of its head
# Place of a name: the word behind it, what it stands for, whether that is an actor.
Found = Mapping[int, tuple[int, str, bool]]


class _Makes(NamedTuple):
    """Words by which armed actors are known; see gazetteer/actors.toml."""

    armed: frozenset[bytes]
    other: frozenset[bytes]
    martial: frozenset[bytes]
    not_armed: frozenset[str]
    forces: frozenset[bytes]
    fighters: Mapping[bytes, str]
    ordinary: frozenset[bytes]
    heads: frozenset[bytes]  # all of them, as they stand in a text


def find(words: Sequence[bytes], places: Sequence[int], known: Found, plain: bool) -> Iterator[str]:
    """Armed actors in the order of the text.

    Parameters
    ----------
    words : of the report, ``|`` between clauses
    places : of the words that may be :func:`heads`
    known : names found so far, of countries and of actors
    plain : capitals say nothing, so that only known names are found
    """
    ends = {end: name for start, (end, name, actor) in known.items() if not actor}
    inside = {at for start, (end, _, actor) in known.items() if actor for at in range(start, end)}
    named = {start: name for start, (_, name, actor) in known.items() if actor}
    makes = _makes()
    made = {at for at in places if words[at] in makes.heads}
    for at in sorted((made - inside) | named.keys()):
        name = named.get(at) or _made(words, at, known, ends, inside, plain, makes)
        if name:
            yield name


@cache
def known() -> dict[str, str]:
    """Actors whose names say nothing of arms, each with the names it goes by."""
    listed: dict[str, str] = _table()["known"]
    return listed


def heads() -> frozenset[bytes]:
    """Words by which the name of an armed actor may be known, as they stand in a text."""
    return _makes().heads


def _made(words: Sequence[bytes], at: int, known: Found, ends: Mapping[int, str], inside: set[int], plain: bool, makes: _Makes) -> str:
    head = words[at].lower()
    if at in ends and head in makes.forces:
        return f"forces of {ends[at]}"
    if head in makes.fighters:
        return _fighters(words, at, ends, inside, plain, makes)
    if plain or not words[at][:1].isupper() or words[at].isupper():
        return ""
    start, end = _whole(words, at, makes.ordinary)
    parts = [word.lower() for word in words[start:end]]
    behind, state, actor = known.get(start, (end, "", False))
    own = set(parts[behind - start :])
    if state and not actor and own & makes.forces and own <= makes.forces | makes.ordinary | makes.martial:
        return f"forces of {state}"
    told = not set(parts) <= makes.armed | makes.other | makes.martial | makes.ordinary
    name = b" ".join(words[start:end]).decode().replace(" 's", "'s")
    if not told or head not in makes.armed | makes.other or name.lower().endswith(tuple(makes.not_armed)):
        return ""
    return name if head in makes.armed or not makes.martial.isdisjoint(parts) else ""


def _fighters(words: Sequence[bytes], at: int, ends: Mapping[int, str], inside: set[int], plain: bool, makes: _Makes) -> str:
    """``"Tamil rebels"``: those who fight under a name."""
    before = words[at - 1] if at else b""
    if at - 1 in inside or before.lower() in makes.ordinary or before.lower() in makes.heads:
        return ""
    if at in ends or (not plain and before[:1].isupper()):
        shouted = plain or (before.isupper() and words[at].isupper())
        return f"{(before.title() if shouted else before).decode()} {makes.fighters[words[at].lower()]}"
    return ""


def _whole(words: Sequence[bytes], at: int, ordinary: frozenset[bytes]) -> tuple[int, int]:
    """The words of the name around its head."""
    start = end = at
    while start > 0 and at - start < _FARTHEST and (_capital(words, start - 1) or (words[start - 1] in _JOINING and _capital(words, start - 2))):
        start -= 1
    while start < at and (words[start].lower() in ordinary or words[start] in _JOINING):
        start += 1
    while end - at < _FARTHEST and words[end + 1 : end + 2] in ([b"of"], [b"for"]):
        last = end + 3 if words[end + 2 : end + 3] == [b"the"] else end + 2
        if not _capital(words, last):
            break
        while _capital(words, last + 1):
            last += 1
        end = last
    return start, end + 1


def _capital(words: Sequence[bytes], at: int) -> bool:
    """Whether a word is part of a name; long words in capitals are of a headline."""
    return 0 <= at < len(words) and words[at][:1].isupper() and not (len(words[at]) > _ACRONYM and words[at].isupper())


@cache
def _makes() -> _Makes:
    table = _table()
    sets = {name: frozenset(table["heads"][name].encode().split()) for name in ("armed", "other", "martial")}
    forces = frozenset(table["forces"]["words"].encode().split())
    fighters = {word: kind for kind, listed in table["fighters"].items() for word in listed.encode().split()}
    heads = {*sets["armed"], *sets["other"], *forces, *fighters}
    written = {form for head in heads for form in (head, head.title(), head.upper())}
    not_armed = frozenset(name.strip() for line in table["heads"]["not_armed"].split("\n") for name in line.split("|") if name.strip())
    ordinary = frozenset(table["ordinary"]["words"].encode().split())
    return _Makes(sets["armed"], sets["other"], sets["martial"], not_armed, forces, fighters, ordinary, frozenset(written))


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(resources.files("escalation").joinpath("gazetteer", "actors.toml").read_text(encoding="utf-8"))
