"""Phrase -> automaton of words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from math import prod
from typing import Any

from escalation.errors import LexiconError
from escalation.inflection import inflect_noun, inflect_verb, spellings

MAX_GAP = 8  # a longer gap leaves the clause more often than it finds its end
NUMBER = "#"  # stands for any number in digits
_PIECE = re.compile(r"\s*(?:(<,?\d+>)|(\{\w+\})|([()\[\]|])|([^\s()\[\]|<>{}]+))")

# A phrase is parsed into nested tuples: ("word", w), ("gap", Gap),
# ("seq", items), ("alt", items). An optional part is an "alt" with an empty seq.
Tree = tuple[str, Any]
Firsts = dict[str, list[tuple[str, Any]]]


@dataclass(frozen=True, slots=True)
class Gap:
    """Up to ``most`` tokens of any kind; ``comma`` lets it cross commas."""

    most: int
    comma: bool = False


@dataclass(eq=False, slots=True)
class _State:
    """One place inside one phrase: the words that lead on, gaps, and its end."""

    words: dict[str, list[_State]] = field(default_factory=dict)
    gaps: list[tuple[Gap, tuple[_State, ...]]] = field(default_factory=list)
    ends: tuple[Any, ...] = ()


class Node:
    """All places that the phrases can be at after some words, as one.

    Built from the phrases' own states only as texts lead there (a lazy subset
    construction), so that alternatives cost nothing until they are met.

    Attributes
    ----------
    alphabet : words that lead on at once
    far : words that lead on across a gap
    span : the furthest of them is fewer tokens away than this
    ends : what the phrases that end here stand for
    gaps : each gap with the node behind it
    """

    __slots__ = ("_known", "_states", "_steps", "alphabet", "ends", "far", "gaps", "span")

    def __init__(self, states: tuple[_State, ...], known: dict[tuple[int, ...], Node]) -> None:
        self._states = states
        self._known = known
        self._steps: dict[str, Node] = {}
        self.alphabet = frozenset().union(*[state.words for state in states])
        self.ends = tuple(dict.fromkeys(end for state in states for end in state.ends))
        by_gap: dict[Gap, list[_State]] = {}
        for state in states:
            for gap, targets in state.gaps:
                by_gap.setdefault(gap, []).extend(targets)
        self.gaps = tuple((gap, self.of(targets, known)) for gap, targets in by_gap.items())
        self.far = frozenset().union(*[node.alphabet for _, node in self.gaps])
        self.span = max([gap.most for gap, _ in self.gaps], default=0) + 2

    @staticmethod
    def of(states: Iterable[_State], known: dict[tuple[int, ...], Node]) -> Node:
        unique = tuple(dict.fromkeys(states))
        key = tuple(sorted(map(id, unique)))
        node = known.get(key)
        if node is None:
            node = known[key] = Node(unique, known)
        return node

    def step(self, word: str) -> Node:
        """The node after ``word``, which must be in the alphabet."""
        node = self._steps.get(word)
        if node is None:
            targets = [target for state in self._states for target in state.words.get(word, ())]
            node = self._steps[word] = self.of(targets, self._known)
        return node


class Grammar:
    """The syntax of phrases over given word classes."""

    def __init__(self, classes: Mapping[str, Sequence[str]]) -> None:
        self.classes = classes
        self._trees: dict[str, Tree] = {}

    def parse(self, phrase: str, where: str = "") -> Tree:
        """The tree of a phrase; ``where`` opens the message if it is faulty."""
        return _Parser(phrase, f"{where}: phrase {phrase!r}", self).parse()

    def class_of(self, name: str, where: str) -> Tree:
        if name not in self.classes:
            raise LexiconError(f"{where}: unknown class {{{name}}}. Known are {sorted(self.classes)}.")
        tree = self._trees.get(name)
        if tree is None:
            tree = self._trees[name] = ("alt", tuple(self.parse(word, f"class {name!r}") for word in self.classes[name]))
        return tree

    def index(self, phrases: Iterable[tuple[str, Any]]) -> Firsts:
        """Phrases, each with what it stands for, under every word they can start with."""
        found: Firsts = {}
        for phrase, entry in phrases:
            where = f"{entry.file}: entry {entry.id!r}"
            for word in sorted(_firsts(self.parse(phrase, where), f"{where}: phrase {phrase!r}")):
                found.setdefault(word, []).append((phrase, entry))
        return found

    def count(self, phrase: str) -> int:
        """Number of word sequences that a phrase stands for."""
        return _count(self.parse(phrase))


class Automaton(dict[str, Node]):
    """First word -> the tree of everything that can follow it.

    A tree is grown when a text first holds its word, so that loading costs no
    more than reading the files. Ask only for words in ``firsts``.
    """

    def __init__(self, firsts: Firsts, grammar: Grammar) -> None:
        super().__init__()
        self.firsts = firsts
        self._grammar = grammar
        self._states: dict[tuple[str, int], tuple[_State, ...]] = {}
        self._known: dict[tuple[int, ...], Node] = {}

    def __missing__(self, word: str) -> Node:
        starts = [target for phrase, entry in self.firsts[word] for state in self._start(phrase, entry) for target in state.words.get(word, ())]
        node = self[word] = Node.of(starts, self._known)
        return node

    def _start(self, phrase: str, entry: Any) -> tuple[_State, ...]:
        key = (phrase, id(entry))
        states = self._states.get(key)
        if states is None:
            states = self._states[key] = _compile(self._grammar.parse(phrase), (_State(ends=(entry,)),))
        return states


class _Parser:
    """Recursive descent over one phrase."""

    def __init__(self, phrase: str, where: str, grammar: Grammar) -> None:
        self.where = where
        self.grammar = grammar
        self.pieces = self._pieces(phrase.rstrip())
        self.at = 0

    def parse(self) -> Tree:
        tree = self._alternatives()
        if self.at != len(self.pieces):
            raise LexiconError(f"{self.where}: stray {self.pieces[self.at]!r}. Balance the brackets.")
        return tree

    def _pieces(self, text: str) -> list[str]:
        pieces, at = [], 0
        while at < len(text):
            match = _PIECE.match(text, at)
            if match is None:
                raise LexiconError(f"{self.where}: cannot read {text[at:]!r}. See docs/reference/lexicon.md for the syntax.")
            pieces.append(match.group().strip())
            at = match.end()
        return pieces

    def _alternatives(self) -> Tree:
        options = [self._sequence()]
        while self.at < len(self.pieces) and self.pieces[self.at] == "|":
            self.at += 1
            options.append(self._sequence())
        return options[0] if len(options) == 1 else ("alt", tuple(options))

    def _sequence(self) -> Tree:
        items: list[Tree] = []
        while self.at < len(self.pieces) and self.pieces[self.at] not in (")", "]", "|"):
            items.append(self._item(self.pieces[self.at]))
        return items[0] if len(items) == 1 else ("seq", tuple(items))

    def _item(self, piece: str) -> Tree:
        self.at += 1
        if piece in ("(", "["):
            inner = self._alternatives()
            closing = ")" if piece == "(" else "]"
            if self.at >= len(self.pieces) or self.pieces[self.at] != closing:
                raise LexiconError(f"{self.where}: {piece!r} is never closed. Add {closing!r}.")
            self.at += 1
            return inner if piece == "(" else ("alt", (inner, ("seq", ())))
        if piece.startswith("<"):
            return ("gap", self._gap(piece))
        if piece.startswith("{"):
            return self.grammar.class_of(piece.strip("{}"), self.where)
        return ("word", piece)

    def _gap(self, piece: str) -> Gap:
        most = int(piece.strip("<,>"))
        if not 1 <= most <= MAX_GAP:
            raise LexiconError(f"{self.where}: gap {piece} must be between <1> and <{MAX_GAP}>.")
        return Gap(most, "," in piece)


def _firsts(tree: Tree, where: str) -> set[str]:
    kind, value = tree
    if kind == "word":
        return {form.split(" ")[0] for form in _forms(value)}
    if kind == "alt":
        return set().union(*(_firsts(item, where) for item in value))
    if kind == "gap":
        raise LexiconError(f"{where} can start with a gap. Start with a word.")
    found: set[str] = set()
    for item in value:
        found |= _firsts(item, where)
        if not _optional(item):
            return found
    return found


def _optional(tree: Tree) -> bool:
    kind, value = tree
    if kind == "seq":
        return all(_optional(item) for item in value)
    return kind == "alt" and any(_optional(item) for item in value)


def _count(tree: Tree) -> int:
    kind, value = tree
    if kind == "word":
        return len(_forms(value))
    if kind == "alt":
        return sum(map(_count, value))
    return 1 if kind == "gap" else prod(map(_count, value))


def _compile(tree: Tree, follow: tuple[_State, ...]) -> tuple[_State, ...]:
    """States from which ``tree`` leads to ``follow``."""
    kind, value = tree
    if kind == "gap":
        return (_State(gaps=[(value, follow), *_joined(value, follow)]),)
    if kind == "seq":
        for item in reversed(value):
            follow = _compile(item, follow)
        return follow
    options = value if kind == "alt" else (tree,)
    words = [word for kind, word in options if kind == "word"]
    states = [_spelt(words, follow)] if words else []
    for option in options:
        if option[0] != "word":
            states.extend(_compile(option, follow))
    return tuple(states)


def _joined(gap: Gap, follow: tuple[_State, ...]) -> Iterator[tuple[Gap, tuple[_State, ...]]]:
    """Two gaps with only an optional part between them make one."""
    for state in follow:
        for other, targets in state.gaps:
            yield Gap(gap.most + other.most, gap.comma and other.comma), targets


def _spelt(words: Iterable[str], follow: tuple[_State, ...]) -> _State:
    """One state that any form of any of the words leads on from."""
    state = _State()
    for word in words:
        for form in _forms(word):
            _chain(state, form.split(" "), follow)
    return state


def _chain(state: _State, words: list[str], follow: tuple[_State, ...]) -> None:
    for word in words[:-1]:
        inner = _State()
        state.words.setdefault(word, []).append(inner)
        state = inner
    state.words.setdefault(words[-1], []).extend(follow)


@cache
def _forms(word: str) -> tuple[str, ...]:
    """All written forms of one pattern word: inflections, hyphens, spellings."""
    stem, _, mark = word.partition("/")
    found: dict[str, None] = {}
    for joined in _hyphens(stem):
        for spelling in spellings(joined):
            for form in _inflected(spelling, mark):
                found[form] = None
    return tuple(found)


def _hyphens(word: str) -> tuple[str, ...]:
    return (word.replace("-", " "), word.replace("-", "")) if "-" in word else (word,)


def _inflected(word: str, mark: str) -> tuple[str, ...]:
    if mark == "v":
        return inflect_verb(word)
    if mark == "n":
        return inflect_noun(word)
    return (word,)
