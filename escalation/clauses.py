"""Words of a sentence -> its asides, quotes and relative clauses."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

# Marks that no qualifier reaches past.
HARD = frozenset({";", ":", "(", ")", "[", "]", "--", "-", "\u2013", "\u2014", "?", "!"})
AUXILIARIES = frozenset("has have had was were been is are be".split())
# A subject that opens a clause without a mark: "villages it seized last year".
SUBJECTS = frozenset("it they he she we i that".split())
# A comma closes a scope unless it opens a short aside ("has not, so far, attacked").
_ASIDE = 8
_OPENERS = frozenset("which who whose whom where when".split())
# Subjects that deny what is said of them: "none of the tanks that crossed has left".
_DENYING = frozenset("none no neither nobody few".split())
_SINGLES = frozenset({("not", "one"), ("not", "a")})
_RELATIVES = frozenset({"who", "which", "that"})
_FINITE = frozenset("has have had was were is are did does will would can could".split())
_IRREGULAR = frozenset("came went fell fled left held fought sat stood led broke took met shot".split())
_RECALLING = frozenset({"when", "where", "which"})
# What is counted, and what stands before a year and before no number of these.
_COUNTED = frozenset("people civilians persons men women children soldiers troops fighters rebels militants guerrillas prisoners refugees families villagers others policemen officers dead wounded killed injured casualties deaths homes houses tanks".split())
_BEFORE_YEARS = frozenset("in since of by until from during before after early late mid , january february march april may june july august september october november december".split())
_QUOTE = '"'
_SUBJECT = 9  # words from the subject to its relative clause
_CLAUSE = 14  # words of a relative clause


def asides(tokens: Sequence[str]) -> tuple[dict[int, int], frozenset[int]]:
    """Asides by their first and last comma, and the commas that end a scope.

    The two of a relative clause do both; those of a short aside only hold it.
    In "no raids, no shelling, no arrests" each "no" has a noun of its own.
    """
    if "," not in tokens:
        return {}, frozenset()
    places = [at for at, token in enumerate(tokens) if token == ","]
    ending = set(places)
    found: dict[int, int] = {}
    for left, right in itertools.pairwise(places):
        if _relative(tokens, left):
            found[left] = right
        elif right - left <= _ASIDE and left in ending and tokens[left + 1] != "no" and "and" not in tokens[right : right + 2]:
            ending -= {left, right}
            found[left] = right
    return found, frozenset(ending)


def ends_relative(tokens: Sequence[str], islands: Mapping[int, int]) -> list[int]:
    """The second comma of each relative clause."""
    return [right for left, right in islands.items() if _relative(tokens, left)]


def _relative(tokens: Sequence[str], comma: int) -> bool:
    return not _OPENERS.isdisjoint(tokens[comma + 1 : comma + 3])


def in_quotes(tokens: Sequence[str], open_: bool) -> list[bool]:
    """Which tokens stand in a quote; ``open_`` where one ran into the sentence."""
    if _QUOTE not in tokens:
        return [open_] * len(tokens)
    inside = []
    for token in tokens:
        if token == _QUOTE:
            open_ = not open_
        inside.append(open_)
    return inside


def recalled(tokens: Sequence[str]) -> frozenset[int]:
    """Tokens of a clause that a year opens: "the 1997 coup, when soldiers ..."."""
    if _RECALLING.isdisjoint(tokens):
        return frozenset()
    found: set[int] = set()
    for at, token in enumerate(tokens):
        if token in _RECALLING and "," in tokens[max(0, at - 2) : at] and any(is_year(t) for t in tokens[max(0, at - 8) : at]):
            end = at + 1
            while end < len(tokens) and tokens[end] != "," and tokens[end] not in HARD:
                end += 1
            found.update(range(at, end))
    return frozenset(found)


def years(tokens: Sequence[str]) -> list[int]:
    """Tokens that are a year: "in 2006 people fled", not "2006 people fled"."""
    return [at for at, token in enumerate(tokens) if is_year(token) and (tokens[at + 1 : at + 2] == () or tokens[at + 1] not in _COUNTED or (at > 0 and tokens[at - 1] in _BEFORE_YEARS))]


def is_year(token: str) -> bool:
    return len(token) == 4 and token.isdecimal() and 1900 <= int(token) <= 2100


def relative_of_denied(tokens: Sequence[str], at: int) -> tuple[int, int] | None:
    """First token of the relative clause on a denying subject, and the verb after it.

    The verb is what is denied, the relative clause is not: in "none of the men
    who had attacked was caught" there was an attack and no arrest.
    """
    if tokens[at] not in _DENYING and tuple(tokens[at : at + 2]) not in _SINGLES:
        return None
    start = next((i for i in range(at + 1, min(len(tokens), at + _SUBJECT)) if tokens[i] in _RELATIVES), None)
    if start is None or not _has_verb(tokens, start):
        return None
    end = next((i for i in range(start + 2, min(len(tokens), start + _CLAUSE)) if tokens[i] in _FINITE), None)
    return None if end is None else (start, end)


def _has_verb(tokens: Sequence[str], start: int) -> bool:
    """Whether a clause is about its own subject, not "no sign that rebels had"."""
    verb = tokens[start + 1] if start + 1 < len(tokens) else ""
    return tokens[start] != "that" or verb in _FINITE or verb in _IRREGULAR or verb.endswith("ed")
