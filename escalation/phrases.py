"""Phrase -> automaton of words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from math import prod
from typing import Any

from escalation.errors import LexiconError
from escalation.inflection import forms

MAX_GAP = 8  # a longer gap leaves the clause more often than it finds its end
NUMBER = "#"  # stands for any number in digits
_CLOSING = frozenset(")]|")
_WORD = r"[^\s()\[\]|<>{}]+"
# A bracket around nothing but words, most of what phrases are made of, is one piece.
_PIECE = re.compile(rf"<,?\d+>|\{{\w+\}}|\((?:{_WORD}\|)+{_WORD}\)|[()\[\]|]|{_WORD}")

# A phrase is parsed into nested tuples: ("words", words of which one stands
# there), ("gap", Gap), ("seq", items), ("alt", items). An optional part is an
# "alt" with an empty seq.
Tree = tuple[str, Any]
Firsts = dict[str, list[tuple[str, Any]]]
_Table = Mapping[str, tuple[tuple[str, ...], ...]]
_NOTHING: Tree = ("seq", ())


@dataclass(frozen=True, slots=True)
class Gap:
    """Up to ``most`` tokens of any kind; ``comma`` lets it cross commas."""

    most: int
    comma: bool = False


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
        self.alphabet = frozenset().union(*[state.table for state in states])
        self.ends = tuple(dict.fromkeys(end for state in states for end in state.ends))
        by_gap: dict[Gap, list[_State]] = {}
        for state in states:
            for gap, rest in state.gaps:
                by_gap.setdefault(gap, []).extend(rest.states())
        self.gaps = tuple((gap, self.of(targets, known)) for gap, targets in by_gap.items())
        self.far = frozenset().union(*[node.alphabet for _, node in self.gaps])
        self.span = max([gap.most for gap, _ in self.gaps], default=0) + 2

    @staticmethod
    def of(states: Iterable[_State], known: dict[tuple[int, ...], Node]) -> Node:
        unique = tuple(dict.fromkeys(states))
        key = tuple(sorted(map(id, unique)))
        if key not in known:
            known[key] = Node(unique, known)
        return known[key]

    def step(self, word: str) -> Node:
        """The node after ``word``, which must be in the alphabet."""
        node = self._steps.get(word)
        if node is None:
            node = self._steps[word] = self.of((target for state in self._states for target in state.after(word)), self._known)
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
        if name not in self._trees:
            self._trees[name] = _either([self.parse(word, f"class {name!r}") for word in self.classes[name]])
        return self._trees[name]


class Automaton(dict[str, Node]):
    """First word -> the tree of everything that can follow it.

    A tree is grown when a text first holds its word, so that loading costs no
    more than reading the files. Ask only for words in ``firsts``.
    """

    def __init__(self, firsts: Firsts, grammar: Grammar) -> None:
        super().__init__()
        self.firsts = firsts
        self._grammar = grammar
        self._rests: dict[tuple[str, int], _Rest] = {}
        self._known: dict[tuple[int, ...], Node] = {}

    def __missing__(self, word: str) -> Node:
        starts = [state for phrase, entry in self.firsts[word] for start in self._start(phrase, entry) for state in start.after(word)]
        node = self[word] = Node.of(starts, self._known)
        return node

    def _start(self, phrase: str, entry: Any) -> tuple[_State, ...]:
        key = (phrase, id(entry))
        if key not in self._rests:
            end = _Rest(_NOTHING, None, (_State({}, ends=(entry,)),))
            self._rests[key] = _Rest(self._grammar.parse(phrase), end)
        return self._rests[key].states()


def first_words(tree: Tree, where: str) -> set[str]:
    """Words that a phrase can start with; ``where`` opens the message if there are none."""
    kind, value = tree
    if kind == "words":
        return set(_table(value))
    if kind == "alt":
        return {word for item in value for word in first_words(item, where)}
    if kind == "gap":
        raise LexiconError(f"{where} can start with a gap. Start with a word.")
    found: set[str] = set()
    for item in value:
        found |= first_words(item, where)
        if not _optional(item):
            return found
    return found


def count(tree: Tree) -> int:
    """Number of word sequences that a phrase stands for."""
    kind, value = tree
    if kind == "words":
        return sum(len(forms(word)) for word in value)
    if kind == "alt":
        return sum(map(count, value))
    return 1 if kind == "gap" else prod(map(count, value))


class _Parser:
    """Recursive descent over one phrase."""

    def __init__(self, phrase: str, where: str, grammar: Grammar) -> None:
        self.where = where
        self.grammar = grammar
        self.pieces = self._pieces(phrase)
        self.at = 0

    def parse(self) -> Tree:
        tree = self._alternatives()
        if self.at != len(self.pieces):
            raise LexiconError(f"{self.where}: stray {self.pieces[self.at]!r}. Balance the brackets.")
        return tree

    def _pieces(self, phrase: str) -> list[str]:
        strays = _PIECE.sub("", phrase).split()
        if strays:
            raise LexiconError(f"{self.where}: cannot read {strays[0]!r}. See docs/reference/lexicon.md for the syntax.")
        return _PIECE.findall(phrase)

    def _alternatives(self) -> Tree:
        options = [self._sequence()]
        while self.at < len(self.pieces) and self.pieces[self.at] == "|":
            self.at += 1
            options.append(self._sequence())
        return _either(options)

    def _sequence(self) -> Tree:
        items: list[Tree] = []
        while self.at < len(self.pieces) and self.pieces[self.at] not in _CLOSING:
            items.append(self._item(self.pieces[self.at]))
        return items[0] if len(items) == 1 else ("seq", tuple(items))

    def _item(self, piece: str) -> Tree:
        self.at += 1
        if piece in "([":
            inner = self._alternatives()
            closing = ")" if piece == "(" else "]"
            if self.at >= len(self.pieces) or self.pieces[self.at] != closing:
                raise LexiconError(f"{self.where}: {piece!r} is never closed. Add {closing!r}.")
            self.at += 1
            return inner if piece == "(" else _either([inner, _NOTHING])
        if piece[0] == "(":
            return ("words", tuple(piece[1:-1].split("|")))
        if piece[0] == "<":
            return ("gap", self._gap(piece))
        return self.grammar.class_of(piece[1:-1], self.where) if piece[0] == "{" else ("words", (piece,))

    def _gap(self, piece: str) -> Gap:
        most = int(piece.strip("<,>"))
        if not 1 <= most <= MAX_GAP:
            raise LexiconError(f"{self.where}: gap {piece} must be between <1> and <{MAX_GAP}>.")
        return Gap(most, "," in piece)


def _either(options: list[Tree]) -> Tree:
    """One of several trees; their plain words together make one."""
    if len(options) == 1:
        return options[0]
    flat = [inner for kind, value in options for inner in (value if kind == "alt" else ((kind, value),))]
    words = tuple(word for kind, value in flat if kind == "words" for word in value)
    others = tuple(option for option in flat if option[0] != "words")
    if not others:
        return ("words", words)
    return ("alt", (("words", words), *others) if words else others)


def _optional(tree: Tree) -> bool:
    kind, value = tree
    return all(map(_optional, value)) if kind == "seq" else kind == "alt" and any(map(_optional, value))


@dataclass(eq=False, slots=True)
class _State:
    """One place inside one phrase: the words and gaps that lead on, or its end.

    ``table`` maps a word to the words that must follow it, for each way on.
    """

    table: _Table
    then: _Rest | None = None
    gaps: tuple[tuple[Gap, _Rest], ...] = ()
    ends: tuple[Any, ...] = ()

    def after(self, word: str) -> Iterator[_State]:
        for tail in self.table.get(word, ()):
            if tail:
                yield _State({tail[0]: (tail[1:],)}, self.then)
            else:
                yield from self.then.states()


@dataclass(eq=False, slots=True)
class _Rest:
    """What a phrase still asks for, worked out when a text first gets there."""

    tree: Tree
    then: _Rest | None
    known: tuple[_State, ...] | None = None

    def states(self) -> tuple[_State, ...]:
        if self.known is None:
            self.known = tuple(_expand(self.tree, self.then))
        return self.known


def _expand(tree: Tree, then: _Rest) -> Iterator[_State]:
    """States from which ``tree`` leads to ``then``."""
    kind, value = tree
    if kind == "words":
        yield _State(_table(value), then)
    elif kind == "alt":
        for option in value:
            yield from _expand(option, then)
    elif kind == "gap":
        yield _State({}, gaps=((value, then), *_joined(value, then)))
    elif not value:
        yield from then.states()
    else:
        for item in reversed(value[1:]):
            then = _Rest(item, then)
        yield from _expand(value[0], then)


def _joined(gap: Gap, then: _Rest) -> Iterator[tuple[Gap, _Rest]]:
    """Two gaps with only an optional part between them make one."""
    for state in then.states():
        for other, rest in state.gaps:
            yield Gap(gap.most + other.most, gap.comma and other.comma), rest


@cache
def _table(words: tuple[str, ...]) -> _Table:
    """First word of every form of the words -> what else the form asks for."""
    found: dict[str, tuple[tuple[str, ...], ...]] = {}
    for form in chain.from_iterable(map(forms, words)):
        known = found.get(form[0], ())
        if form[1:] not in known:
            found[form[0]] = (*known, form[1:])
    return found
