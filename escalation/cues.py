"""Sentence -> cues: every hit of the lexicon, longest first."""

from __future__ import annotations

from dataclasses import dataclass

from escalation.automaton import Automaton, Node
from escalation.lexicon import Entry, Lexicon
from escalation.names import NAME, Words
from escalation.phrases import NUMBER

# A gap does not leave the clause: it stops at these, and at commas unless the
# phrase allows them.
_BARRIERS = frozenset(";:()[]!?\"") | {"\u2013", "\u2014", "--", "-"}
_END = ""  # stands in no phrase; after the last token
# A verdict opens its sentence: "On Thursday the allies did". Words that may
# stand before it, words it is looked for in, and what tells of another clause.
_LEAD = 5
_VERDICT = 20
_NO_LEAD = frozenset("what as than if when who which how why while because although though whether where that said says not no forbid".split()) | {",", "?"}
_GOES_ON = frozenset({"and", "but", "nor"})  # opens another clause: "They did not, and ..."

_Found = tuple[Entry, tuple[int, ...]]  # an entry with the tokens that matched


@dataclass(slots=True, unsafe_hash=True)
class Hit:
    """One entry at one place: tokens ``first`` to ``last``, those that matched.

    Never changed, but not frozen: that would make it four times as slow to
    build, and a report has a hundred.
    """

    entry: Entry
    first: int
    last: int
    matched: tuple[int, ...]


def find(words: Words, lexicon: Lexicon) -> list[Hit]:
    """All hits in a sentence's words, overlaps settled, in order.

    Without a cue there is nothing to qualify, and the list is empty.
    """
    keys = _keys(words)
    cues = _matches(lexicon.cue_phrases, keys)
    if not cues:
        return []
    kept = _settle(cues, _matches(lexicon.other_phrases, keys))
    kept.sort(key=lambda found: (found[1][0], found[1][-1], found[0].id))
    return [Hit(entry, matched[0], matched[-1], matched) for entry, matched in kept]


def verdict(words: Words, lexicon: Lexicon) -> Hit | None:
    """What a sentence says of the one before it, as "They did not" does.

    An entry's ``most`` bounds the words that follow it in its clause.
    """
    keys = [*_keys(words)[:_VERDICT], _END]
    found = [(entry, matched) for entry, matched in _matches(lexicon.other_phrases, keys) if entry.kind == "verdict" and _closes(entry, matched, keys)]
    if not found:
        return None
    entry, matched = min(found, key=lambda one: (-len(one[1]), one[1][0], one[0].id))
    return Hit(entry, matched[0], matched[-1], matched)


def _closes(entry: Entry, matched: tuple[int, ...], keys: list[str]) -> bool:
    """Whether a verdict opens its sentence and little or nothing follows it."""
    after = keys[matched[-1] + 1 :]
    left = next(at for at, key in enumerate(after) if key in _GOES_ON or not (key[:1].isalnum() or key in (NUMBER, NAME)))  # _END at the latest
    ends = after[left] != "," or entry.most > 0 or after[left + 1] in _GOES_ON
    return matched[0] <= _LEAD and left <= entry.most and ends and _NO_LEAD.isdisjoint(keys[: matched[0]])


def _keys(words: Words) -> list[str]:
    """What tokens are matched as: numbers in digits all as one."""
    if words.digits:
        return [*(token if token.isalpha() or not token[0].isdigit() else NUMBER for token in words.tokens), _END]
    return [*words.tokens, _END]


def _matches(phrases: Automaton, keys: list[str]) -> list[_Found]:
    firsts = phrases.firsts
    found: list[_Found] = []
    for at, key in enumerate(keys):
        if key in firsts:
            node = firsts[key]
            if isinstance(node, int):
                node = phrases.follow(firsts, key)
            if keys[at + 1] in node.edges or node.ends or (node.gaps and not node.reach.isdisjoint(keys[at + 1 : at + node.span])):
                _walk(phrases, node, (at,), keys, found)
    return found


def _walk(phrases: Automaton, node: Node, matched: tuple[int, ...], keys: list[str], found: list[_Found]) -> None:
    """Follow the phrases that have matched some words as far as they go."""
    for entry in node.ends:
        found.append((entry, matched))
    edges, gaps = node.edges, node.gaps
    if not edges and not gaps:
        return
    at = matched[-1] + 1
    key = keys[at]
    if key in edges:
        _walk(phrases, phrases.follow(edges, key), (*matched, at), keys, found)
    if gaps:
        window = keys[at : at - 1 + node.span]
        if not node.reach.isdisjoint(window):
            _leap(phrases, node, matched, window, keys, found)


def _leap(phrases: Automaton, node: Node, matched: tuple[int, ...], window: list[str], keys: list[str], found: list[_Found]) -> None:
    """Try what follows the gaps at every distance that they allow."""
    end = len(window)
    if not _BARRIERS.isdisjoint(window):
        end = next(at for at, key in enumerate(window) if key in _BARRIERS)
    comma = window.index(",") if "," in window else end
    reach = node.reach
    near = [at for at, key in enumerate(window[: end + 1]) if key in reach]
    if not near:
        return
    place = matched[-1] + 1
    for most, over, edges in node.gaps:
        last = most if over or most < comma else comma
        for at in near:
            if at <= last and window[at] in edges:
                _walk(phrases, phrases.follow(edges, window[at]), (*matched, place + at), keys, found)


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
    """Of qualifiers of one kind and direction at one place the longest stays; a pseudo one silences."""
    others.sort(key=lambda found: (-len(found[1]), found[0].kind != "pseudo", found[1][0], found[0].id))
    taken: dict[tuple[str, int], set[int]] = {}
    silenced: set[int] = set()
    kept = []
    for entry, matched in others:
        if entry.kind == "pseudo":
            silenced.update(matched)
            continue
        # What is said of cues of one direction does not hide what is said of the other.
        rivals = (0, entry.direction) if entry.direction else (-1, 0, 1)
        if silenced.isdisjoint(matched) and all(taken.get((entry.kind, side), silenced).isdisjoint(matched) for side in rivals):
            taken.setdefault((entry.kind, entry.direction), set()).update(matched)
            kept.append((entry, matched))
    return kept
