"""Trees of phrases -> automaton of words."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Union

from escalation.phrases import NOTHING, Gap, Grammar, Table, Tree, table

Firsts = dict[str, list[tuple[str, Any]]]


class Node:
    """All places that the phrases can be at after some words, as one.

    Attributes
    ----------
    ends : what the phrases that end here stand for
    edges : word that leads on at once -> the node behind it; its number until
        a text gets there (see :meth:`Automaton.follow`)
    gaps : most tokens, whether commas count, and the edges on the other side
    reach : words on the other side of any gap
    span : the furthest of them is fewer tokens away than this
    """

    __slots__ = ("edges", "ends", "gaps", "reach", "span")

    def __init__(self, ends: tuple[Any, ...], edges: Edges, gaps: tuple[tuple[int, bool, Edges], ...]) -> None:
        self.ends = ends
        self.edges = edges
        self.gaps = gaps
        self.reach = frozenset().union(*[edges for _, _, edges in gaps])
        self.span = max([gap[0] for gap in gaps], default=0) + 2


Edges = dict[str, Union[Node, int]]  # noqa: UP007 the alternative is evaluated at run time


class Automaton(ABC):
    """What can follow each first word, as nodes that are built when a text gets there.

    Attributes
    ----------
    firsts : first word of a phrase -> the node behind it, as in ``Node.edges``
    """

    firsts: Edges

    def follow(self, edges: Edges, word: str) -> Node:
        """The node behind a word of ``edges``, built if no text has been there."""
        node = edges[word]
        if isinstance(node, int):
            node = edges[word] = self.build(node)
        return node

    @abstractmethod
    def build(self, number: int) -> Node:
        """The node of that number."""


class Grown(Automaton):
    """An automaton made from phrases, by subset construction."""

    def __init__(self, phrases: Firsts, grammar: Grammar) -> None:
        self.firsts = {word: number for number, word in enumerate(phrases)}
        self._phrases = phrases
        self._words = tuple(phrases)
        self._grammar = grammar
        self._rests: dict[tuple[str, int], _Rest] = {}
        self._sets: list[tuple[_State, ...]] = []  # states of the nodes that are not behind a first word
        self._known: dict[tuple[int, ...], int] = {}
        self._edges_of: dict[int, Edges] = {}

    def build(self, number: int) -> Node:
        states = self._states(number)
        by_gap: dict[Gap, dict[_State, None]] = {}
        for state in states:
            for gap, rest in state.gaps:
                by_gap.setdefault(gap, {}).update(dict.fromkeys(rest.states()))
        gaps = tuple([(gap.most, gap.comma, self._edges(self._number(targets))) for gap, targets in by_gap.items()])
        return Node(tuple(dict.fromkeys(end for state in states for end in state.ends)), self._edges(number), gaps)

    def _states(self, number: int) -> tuple[_State, ...]:
        if number >= len(self._words):
            return self._sets[number - len(self._words)]
        word = self._words[number]
        return tuple(dict.fromkeys(state for phrase, end in self._phrases[word] for start in self._start(phrase, end) for state in start.after(word)))

    def _start(self, phrase: str, end: Any) -> tuple[_State, ...]:
        key = (phrase, id(end))
        if key not in self._rests:
            last = _Rest(NOTHING, None, (_State({}, ends=(end,)),))
            self._rests[key] = _Rest(self._grammar.parse(phrase), last)
        return self._rests[key].states()

    def _edges(self, number: int) -> Edges:
        if number not in self._edges_of:
            targets: dict[str, dict[_State, None]] = {}
            for state in self._states(number):
                for word in state.table:
                    targets.setdefault(word, {}).update(dict.fromkeys(state.after(word)))
            self._edges_of[number] = {word: self._number(states) for word, states in targets.items()}
        return self._edges_of[number]

    def _number(self, states: Mapping[_State, None]) -> int:
        """Number of the node that stands for some states together."""
        key = tuple(sorted(map(id, states)))
        if key not in self._known:
            self._known[key] = len(self._words) + len(self._sets)
            self._sets.append(tuple(states))
        return self._known[key]


class Stored(Automaton):
    """An automaton read from what :func:`pack` wrote."""

    def __init__(self, packed: Mapping[str, Any], ends: Sequence[Any]) -> None:
        self._words: list[str] = packed["words"]
        self._rows: list[str] = packed["nodes"]
        self._ends = ends
        self._built: dict[int, Node] = {}
        self.firsts = dict(zip(packed["firsts"].split(), packed["behind"], strict=True))

    def build(self, number: int) -> Node:
        # A row stays text until a text gets to its node: few ever do. Many ways
        # lead to one node, which is built once.
        if number not in self._built:
            ends, edges, gaps = json.loads(self._rows[number])
            beyond = tuple([(most, bool(comma), self._edges(json.loads(self._rows[target])[1])) for most, comma, target in gaps])
            self._built[number] = Node(tuple([self._ends[end] for end in ends]), self._edges(edges), beyond)
        return self._built[number]

    def _edges(self, pairs: Sequence[int]) -> Edges:
        return {word: target for words, target in zip(pairs[::2], pairs[1::2], strict=True) for word in self._words[words].split()}


def pack(automaton: Automaton, number_of: Mapping[Any, int]) -> dict[str, Any]:
    """All nodes of an automaton as plain values; nodes that do the same are one.

    Parameters
    ----------
    number_of : number by which each end is to be known
    """
    words: dict[str, int] = {}
    rows: dict[str, int] = {}
    places: dict[int, int] = {}

    def place_of(number: int) -> int:
        if number not in places:
            node = automaton.build(number)
            gaps = [[most, int(comma), row_of((), edges, [])] for most, comma, edges in node.gaps]
            places[number] = row_of(node.ends, node.edges, gaps)
        return places[number]

    def row_of(ends: Iterable[Any], edges: Edges, gaps: list[list[int]]) -> int:
        by_target: dict[int, list[str]] = {}
        for word in sorted(edges):
            by_target.setdefault(place_of(edges[word]), []).append(word)  # type: ignore[arg-type]  # nothing has been followed
        pairs = [number for target, group in by_target.items() for number in (words.setdefault(" ".join(group), len(words)), target)]
        row = json.dumps([[number_of[end] for end in ends], pairs, gaps], separators=(",", ":"))
        return rows.setdefault(row, len(rows))

    firsts = sorted(automaton.firsts)
    behind = [place_of(automaton.firsts[word]) for word in firsts]  # type: ignore[arg-type]  # nothing has been followed
    return {"words": list(words), "nodes": list(rows), "firsts": " ".join(firsts), "behind": behind}


class _State:
    """One place inside one phrase: the words and gaps that lead on, or its end.

    ``table`` maps a word to the words that must follow it, for each way on.
    """

    __slots__ = ("ends", "gaps", "table", "then")

    def __init__(self, table: Table, then: _Rest | None = None, gaps: tuple[tuple[Gap, _Rest], ...] = (), ends: tuple[Any, ...] = ()) -> None:
        self.table = table
        self.then = then
        self.gaps = gaps
        self.ends = ends

    def after(self, word: str) -> Iterator[_State]:
        for tail in self.table.get(word, ()):
            if tail:
                yield _State({tail[0]: (tail[1:],)}, self.then)
            else:
                yield from self.then.states()  # type: ignore[union-attr]  # only an end has nothing behind it


class _Rest:
    """What a phrase still asks for, worked out when it is first needed."""

    __slots__ = ("_known", "_then", "_tree")

    def __init__(self, tree: Tree, then: _Rest | None, known: tuple[_State, ...] | None = None) -> None:
        self._tree = tree
        self._then = then
        self._known = known

    def states(self) -> tuple[_State, ...]:
        if self._known is None:
            self._known = tuple(_expand(self._tree, self._then))  # type: ignore[arg-type]  # only an end has nothing behind it
        return self._known


def _expand(tree: Tree, then: _Rest) -> Iterator[_State]:
    """States from which ``tree`` leads to ``then``."""
    kind, value = tree
    if kind == "words":
        yield _State(table(value), then)
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
