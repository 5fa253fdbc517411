"""Phrase -> tree of words and gaps."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import chain
from math import prod
from typing import Any, NamedTuple

from escalation.errors import LexiconError
from escalation.inflection import forms

MAX_GAP = 8  # a longer gap leaves the clause more often than it finds its end
# What one phrase may hold, classes included. The largest shipped one has 714
# words in three brackets within each other and 1,080 ways through its gaps;
# beyond these a text or a check of the lexicon would take minutes.
MOST_WORDS, MOST_DEPTH, MOST_IN_A_ROW, MOST_WAYS = 20_000, 20, 100, 20_000
NUMBER = "#"  # stands for any number in digits
_SHOWN = 200  # characters of a phrase in a message
_CLOSING = frozenset(")]|")
_WORD = r"[^\s()\[\]|<>{}]+"
# A bracket around nothing but words, most of what phrases are made of, is one piece.
_PIECE = re.compile(rf"<,?\d+>|\{{\w+\}}|\((?:{_WORD}\|)+{_WORD}\)|[()\[\]|]|{_WORD}")

# A phrase is parsed into nested tuples: ("words", words of which one stands
# there), ("gap", Gap), ("seq", items), ("alt", items). An optional part is an
# "alt" with an empty seq.
Tree = tuple[str, Any]
Table = Mapping[str, tuple[tuple[str, ...], ...]]
NOTHING: Tree = ("seq", ())
_TOO_MANY = f"more than {MOST_WORDS:,} words, those of its classes included. Write several phrases."


class Gap(NamedTuple):
    """Up to ``most`` tokens of any kind; ``comma`` lets it cross commas."""

    most: int
    comma: bool = False


class Grammar:
    """The syntax of phrases over given word classes."""

    def __init__(self, classes: Mapping[str, Sequence[str]]) -> None:
        self.classes = classes
        self._trees: dict[str, Tree] = {}
        self._open: set[str] = set()

    def parse(self, phrase: str, where: str = "") -> Tree:
        """The tree of a phrase; ``where`` opens the message if it is faulty."""
        shown = phrase if len(phrase) <= _SHOWN else phrase[:_SHOWN] + "..."
        return _Parser(phrase, f"{where}: phrase {shown!r}", self).parse()

    def class_of(self, name: str, where: str) -> Tree:
        if name not in self.classes:
            raise LexiconError(f"{where}: unknown class {{{name}}}. Known are {sorted(self.classes)}.")
        if name in self._open:
            raise LexiconError(f"{where}: class {{{name}}} stands within itself. Write its words out.")
        if name not in self._trees:
            self._open.add(name)
            try:
                tree = _either([self.parse(word, f"class {name!r}") for word in self.classes[name]])
                _refuse_endless(tree, f"class {name!r}")
            finally:
                self._open.discard(name)
            self._trees[name] = tree
        return self._trees[name]


def first_words(tree: Tree, where: str) -> set[str]:
    """Words that a phrase can start with; ``where`` opens the message if there are none."""
    kind, value = tree
    if kind == "words":
        return set(table(value))
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


@cache
def table(words: tuple[str, ...]) -> Table:
    """First word of every form of the words -> what else the form asks for."""
    found: dict[str, tuple[tuple[str, ...], ...]] = {}
    for form in chain.from_iterable(map(forms, words)):
        known = found.get(form[0], ())
        if form[1:] not in known:
            found[form[0]] = (*known, form[1:])
    return found


class _Parser:
    """Recursive descent over one phrase."""

    def __init__(self, phrase: str, where: str, grammar: Grammar) -> None:
        self.where = where
        self.grammar = grammar
        self.pieces = self._pieces(phrase)
        self.at = self.depth = self.words = 0

    def parse(self) -> Tree:
        tree = self._alternatives()
        if self.at != len(self.pieces):
            raise LexiconError(f"{self.where}: stray {self.pieces[self.at]!r}. Balance the brackets.")
        _refuse_endless(tree, self.where)
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
            self.depth += 1
            if self.depth > MOST_DEPTH:
                raise LexiconError(f"{self.where}: more than {MOST_DEPTH} brackets within each other. Write several phrases.")
            inner = self._alternatives()
            self.depth -= 1
            closing = ")" if piece == "(" else "]"
            if self.at >= len(self.pieces) or self.pieces[self.at] != closing:
                raise LexiconError(f"{self.where}: {piece!r} is never closed. Add {closing!r}.")
            self.at += 1
            return inner if piece == "(" else _either([inner, NOTHING])
        if piece[0] == "/":
            raise LexiconError(f"{self.where}: {piece!r} stands without a word. Write it behind each word: (raid/n|air raid/n).")
        if piece[0] == "(":
            return ("words", tuple(piece[1:-1].split("|")))
        if piece[0] == "<":
            return ("gap", self._gap(piece))
        if piece[0] != "{":
            return ("words", (piece,))
        tree = self.grammar.class_of(piece[1:-1], self.where)
        self.words += _size(tree)
        if self.words > MOST_WORDS:  # told here, since the whole tree might not fit into memory
            raise LexiconError(f"{self.where}: {_TOO_MANY}")
        return tree

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


def _refuse_endless(tree: Tree, where: str) -> None:
    """Refuse what would take a text, or a check of the lexicon, minutes."""
    if _size(tree) > MOST_WORDS:
        raise LexiconError(f"{where}: {_TOO_MANY}")
    if _depth(tree) > 2 * MOST_DEPTH:
        raise LexiconError(f"{where}: classes and brackets within each other more than {MOST_DEPTH} deep. Write several phrases.")
    if _longest(tree) > MOST_IN_A_ROW:
        raise LexiconError(f"{where}: more than {MOST_IN_A_ROW} words in a row. Keep to those that tell.")
    if _ways(tree) > MOST_WAYS:
        raise LexiconError(f"{where}: more than {MOST_WAYS:,} ways through its gaps. Take gaps out, or make them shorter.")


def _size(tree: Tree) -> int:
    """Words, gaps and brackets."""
    kind, value = tree
    return 1 + sum(map(_size, value)) if kind in ("seq", "alt") else len(value) if kind == "words" else 1


def _depth(tree: Tree) -> int:
    kind, value = tree
    return 1 + max(map(_depth, value), default=0) if kind in ("seq", "alt") else 0


def _longest(tree: Tree) -> int:
    """Words and gaps of the longest way."""
    kind, value = tree
    return sum(map(_longest, value)) if kind == "seq" else max(map(_longest, value)) if kind == "alt" else 1


def _ways(tree: Tree) -> int:
    """Places at which a phrase can end, of one where it begins."""
    kind, value = tree
    if kind == "gap":
        return int(value.most) + 1
    return prod(map(_ways, value)) if kind == "seq" else max(map(_ways, value)) if kind == "alt" else 1
