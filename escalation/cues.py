"""Sentence -> cues: every hit of the lexicon, longest first."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import compress

from escalation.lexicon import Entry, Lexicon
from escalation.phrases import NUMBER, Automaton, Gap, Node
from escalation.text import NAME_HEADS, Words

# A gap does not leave the clause: it stops at these, and at commas unless the
# phrase allows them.
_BARRIERS = frozenset(";:()[]!?\"") | {"\u2013", "\u2014", "--", "-"}
_END = ""  # stands in no phrase: what tokens without a key match, and the end

_Found = tuple[Entry, tuple[int, ...]]  # an entry with the tokens that matched


@dataclass(frozen=True, slots=True)
class Hit:
    """One entry at one place: tokens ``first`` to ``last``, those that matched."""

    entry: Entry
    first: int
    last: int
    matched: tuple[int, ...]


def find(words: Words, lexicon: Lexicon) -> list[Hit]:
    """All hits in a sentence's words, overlaps settled, in order.

    Without a cue there is nothing to qualify, and the list is empty.
    """
    line = _Line(words)
    cues = _matches(lexicon.cue_phrases, line)
    if not cues:
        return []
    kept = _settle(cues, _matches(lexicon.other_phrases, line))
    kept.sort(key=lambda found: (found[1][0], found[1][-1], found[0].id))
    return [Hit(entry, matched[0], matched[-1], matched) for entry, matched in kept]


class _Line:
    """A sentence as it is matched: ``slack`` tokens lie inside names of many words."""

    __slots__ = ("keys", "place", "slack")

    def __init__(self, words: Words) -> None:
        self.keys = _keys(words)
        self.place = words.place
        self.slack = len(words.place) - 1 - words.place[-1] if words.place else 0

    def end(self, start: int, most: int) -> int:
        """Where a gap of ``most`` words from ``start`` has its last landing."""
        end = start + most + 1
        if self.slack:
            reach = self.place[start - 1] + most + 1
            while end < len(self.place) and self.place[end] <= reach:
                end += 1
        return end


def _keys(words: Words) -> list[str]:
    """What tokens are matched as: digits as one, words inside names as none."""
    keys = [token if token.isalpha() or not token[0].isdigit() else NUMBER for token in words.tokens]
    for at in compress(range(len(keys)), words.capital):
        if keys[at] in NAME_HEADS:
            keys[at] = _END
    keys.append(_END)
    return keys


def _matches(phrases: Automaton, line: _Line) -> list[_Found]:
    keys, slack, firsts = line.keys, line.slack, phrases.firsts
    found: list[_Found] = []
    for at, key in enumerate(keys):
        if key in firsts:
            node = phrases[key]
            if node.ends or keys[at + 1] in node.alphabet or (node.far and not node.far.isdisjoint(keys[at + 1 : at + node.span + slack])):
                _walk(node, (at,), line, found)
    return found


def _walk(node: Node, matched: tuple[int, ...], line: _Line, found: list[_Found]) -> None:
    for entry in node.ends:
        found.append((entry, matched))
    at = matched[-1]
    key = line.keys[at + 1]
    if key in node.alphabet:
        _walk(node.step(key), (*matched, at + 1), line, found)
    if node.far and not node.far.isdisjoint(line.keys[at + 1 : at + node.span + line.slack]):
        for gap, target in node.gaps:
            _leap(gap, target, matched, line, found)


def _leap(gap: Gap, node: Node, matched: tuple[int, ...], line: _Line, found: list[_Found]) -> None:
    """Try what follows a gap at every distance that the gap allows."""
    start = matched[-1] + 1
    window = line.keys[start : line.end(start, gap.most)]
    alphabet = node.alphabet
    if alphabet.isdisjoint(window):
        return
    for at, key in enumerate(window, start):
        if key in alphabet:
            _walk(node.step(key), (*matched, at), line, found)
        if key in _BARRIERS or (key == "," and not gap.comma):
            return


def _settle(cues: list[_Found], others: list[_Found]) -> list[_Found]:
    """Where cues or exclusions share a word the longer one stays."""
    vetoes = {entry.name for entry, _ in others if entry.kind == "unless"}
    rivals = [found for found in cues if found[0].id not in vetoes]
    rivals += [found for found in others if found[0].kind == "exclusion"]
    if len(rivals) > 1:
        rivals.sort(key=_precedence)
    taken: set[int] = set()
    barred: set[int] = set()
    kept: list[_Found] = []
    for entry, matched in rivals:
        if entry.kind == "exclusion":
            barred.update(matched if taken.isdisjoint(matched) else ())
        elif taken.isdisjoint(matched) and barred.isdisjoint(matched):
            taken.update(matched)
            kept.append((entry, matched))
    if kept:
        kept += _longest_qualifiers([found for found in others if found[0].kind not in ("exclusion", "unless")])
    return kept


def _precedence(found: _Found) -> tuple[int, bool, int, int, float, str]:
    entry, matched = found
    return (-len(matched), entry.kind == "cue", matched[-1] - matched[0], matched[0], -entry.strength, entry.id)


def _longest_qualifiers(others: list[_Found]) -> list[_Found]:
    """Of qualifiers of one kind at one place the longest stays; a pseudo one silences."""
    others.sort(key=lambda found: (-len(found[1]), found[1][0], found[0].id))
    taken: dict[str, set[int]] = {}
    silenced: set[int] = set()
    kept = []
    for entry, matched in others:
        if entry.kind == "pseudo":
            silenced.update(matched)
            continue
        used = taken.setdefault(entry.kind, set())
        if used.isdisjoint(matched) and silenced.isdisjoint(matched):
            used.update(matched)
            kept.append((entry, matched))
    return kept
