"""Sentence -> cues: every hit of the lexicon, longest first."""

from __future__ import annotations

from dataclasses import dataclass

from escalation.lexicon import NUMBER, Entry, Gap, Lexicon, Node
from escalation.text import NAME_HEADS, Words

# A gap does not leave the clause: it stops at these, and at commas unless the
# phrase allows them.
_BARRIERS = frozenset(";:()[]!?\"") | {"\u2013", "\u2014", "--", "-"}


@dataclass(frozen=True, slots=True)
class Hit:
    """One entry at one place: tokens ``first`` to ``last``, those that matched."""

    entry: Entry
    first: int
    last: int
    matched: tuple[int, ...]


def find(words: Words, lexicon: Lexicon) -> list[Hit]:
    """All hits in a sentence's words, overlaps settled, in order."""
    keys = [_key(token, capital) for token, capital in zip(words.tokens, words.capital, strict=True)]
    anchors = lexicon.anchors
    hits: list[Hit] = []
    for at, key in enumerate(keys):
        if key in anchors:
            _walk(lexicon.node(key), keys, words.place, (at,), hits)
    return _settle(hits)


def _key(token: str, capital: bool) -> str:
    """What a token is matched as: digits as one, words inside names as none."""
    if token[0].isdigit():
        return NUMBER
    return "" if capital and token in NAME_HEADS else token


def _walk(node: Node, keys: list[str], place: tuple[int, ...], matched: tuple[int, ...], hits: list[Hit]) -> None:
    for entry in node.ends:
        hits.append(Hit(entry, matched[0], matched[-1], matched))
    following = matched[-1] + 1
    if following >= len(keys):
        return
    key = keys[following]
    if key in node.alphabet:
        _walk(node.step(key), keys, place, (*matched, following), hits)
    for gap, target in node.gaps:
        _leap(gap, target, keys, place, matched, hits)


def _leap(gap: Gap, node: Node, keys: list[str], place: tuple[int, ...], matched: tuple[int, ...], hits: list[Hit]) -> None:
    """Try what follows a gap at every distance that the gap allows."""
    start = matched[-1] + 1
    reach = place[matched[-1]] + gap.most + 1
    end = start + gap.most + 1
    while end < len(keys) and place[end] <= reach:
        end += 1
    window = keys[start:end]
    alphabet = node.alphabet
    if alphabet.isdisjoint(window):
        return
    for at, key in enumerate(window, start):
        if key in alphabet:
            _walk(node.step(key), keys, place, (*matched, at), hits)
        if key in _BARRIERS or (key == "," and not gap.comma):
            return


def _settle(hits: list[Hit]) -> list[Hit]:
    """Where cues or exclusions share a word the longer one stays."""
    if not hits:
        return hits
    vetoes = {hit.entry.name for hit in hits if hit.entry.kind == "unless"}
    rivals = [h for h in hits if h.entry.kind in ("cue", "exclusion") and h.entry.id not in vetoes]
    others = [h for h in hits if h.entry.kind not in ("cue", "exclusion", "unless")]
    rivals.sort(key=lambda h: (-len(h.matched), h.entry.kind == "cue", h.last - h.first, h.first, -h.entry.strength, h.entry.id))
    taken: set[int] = set()
    barred: set[int] = set()
    kept: list[Hit] = []
    for hit in rivals:
        if hit.entry.kind == "exclusion":
            barred.update(hit.matched if taken.isdisjoint(hit.matched) else ())
        elif taken.isdisjoint(hit.matched) and barred.isdisjoint(hit.matched):
            taken.update(hit.matched)
            kept.append(hit)
    kept.extend(_longest_qualifiers(others))
    kept.sort(key=lambda h: (h.first, h.last, h.entry.id))
    return kept


def _longest_qualifiers(hits: list[Hit]) -> list[Hit]:
    """Of qualifiers of one kind at one place the longest stays; a pseudo one silences."""
    hits.sort(key=lambda h: (-len(h.matched), h.first, h.entry.id))
    taken: dict[str, set[int]] = {}
    silenced: set[int] = set()
    kept = []
    for hit in hits:
        if hit.entry.kind == "pseudo":
            silenced.update(hit.matched)
            continue
        used = taken.setdefault(hit.entry.kind, set())
        if used.isdisjoint(hit.matched) and silenced.isdisjoint(hit.matched):
            used.update(hit.matched)
            kept.append(hit)
    return kept
