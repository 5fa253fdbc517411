"""TOML files -> an index of phrases by their first word."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from math import prod
from pathlib import Path
from typing import Any

from escalation.errors import LexiconError
from escalation.inflection import inflect_noun, inflect_verb, spellings

MAX_GAP = 8  # a longer gap leaves the clause more often than it finds its end
_PIECE = re.compile(r"\s*(?:(<,?\d+>)|(\{\w+\})|([()\[\]|])|([^\s()\[\]|<>{}]+))")
_FRAME = ("cues.toml", "classes.toml", "context.toml")  # what a replaced lexicon still stands on
_COMPILED = ("id", "kind", "name", "direction", "family", "strength", "rung", "reach", "most", "stops")
NUMBER = "#"  # stands for any number in digits


@dataclass(frozen=True, slots=True)
class Gap:
    """Up to ``most`` tokens of any kind; ``comma`` lets it cross commas."""

    most: int
    comma: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One group of phrases with one sense."""

    id: str
    kind: str  # "cue", "exclusion" or the qualifier that it sets
    name: str  # the cue, or the qualifier's value
    phrases: tuple[str, ...] = ()
    direction: int = 0
    family: str = ""
    strength: float = 1.0
    rung: int | None = None
    unless: tuple[str, ...] = ()
    reach: str = "right"
    most: int = 12
    stops: bool = True
    fires_on: tuple[str, ...] = ()
    silent_on: tuple[str, ...] = ()
    source: str = ""
    note: str = ""
    file: str = ""


@dataclass(eq=False, slots=True)
class _State:
    """One place inside one phrase: the words that lead on, gaps, and its end."""

    words: dict[str, list[_State]] = field(default_factory=dict)
    gaps: list[tuple[Gap, tuple[_State, ...]]] = field(default_factory=list)
    ends: tuple[Entry, ...] = ()


class Node:
    """All places that the phrases can be at after some words, as one.

    Built from the phrases' own states only as texts lead there (a lazy subset
    construction), so that alternatives cost nothing until they are met.
    """

    __slots__ = ("_known", "_states", "_steps", "alphabet", "ends", "gaps")

    def __init__(self, states: tuple[_State, ...], known: dict[tuple[int, ...], Node]) -> None:
        self._states = states
        self._known = known
        self._steps: dict[str, Node] = {}
        self.alphabet = frozenset(word for state in states for word in state.words)
        self.ends = tuple(dict.fromkeys(entry for state in states for entry in state.ends))
        by_gap: dict[Gap, list[_State]] = {}
        for state in states:
            for gap, targets in state.gaps:
                by_gap.setdefault(gap, []).extend(targets)
        self.gaps = tuple((gap, self.of(targets, known)) for gap, targets in by_gap.items())

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


class Lexicon:
    """Loaded cues and qualifiers, indexed by first word.

    The tree behind a first word is grown when a text first holds that word, so
    that loading costs no more than reading the files.
    """

    def __init__(self, entries: Iterable[Entry], metadata: Mapping[str, Mapping[str, Any]], classes: Mapping[str, list[str]], digest: str, firsts: dict[str, list[tuple[str, Entry]]] | None = None) -> None:
        self.entries = tuple(entries)
        self.metadata = metadata
        self.digest = digest
        self._classes = classes
        self._nodes: dict[str, Node] = {}
        self._states: dict[tuple[str, str], tuple[_State, ...]] = {}
        self._known: dict[tuple[int, ...], Node] = {}
        self._parsed: dict[str, _Element] = {}
        self._expanded: dict[str, tuple[str, ...]] = {}
        self._firsts = self._index() if firsts is None else firsts

    @property
    def cues(self) -> tuple[str, ...]:
        return tuple(self.metadata)

    @property
    def anchors(self) -> Mapping[str, object]:
        """Words that a phrase can start with."""
        return self._firsts

    def node(self, word: str) -> Node:
        """The tree of everything that can follow ``word``."""
        found = self._nodes.get(word)
        if found is None:
            found = self._nodes[word] = self._start(word)
        return found

    def size(self) -> int:
        """Number of word sequences that the phrases stand for."""
        return sum(_count(self._parse(phrase, entry), self._expand) for entry in self.entries for phrase in entry.phrases)

    def _index(self) -> dict[str, list[tuple[str, Entry]]]:
        firsts: dict[str, list[tuple[str, Entry]]] = {}
        for entry in self.entries:
            for phrase in entry.phrases:
                for word in sorted(self._first_words(phrase, entry)):
                    firsts.setdefault(word, []).append((phrase, entry))
        return firsts

    def _start(self, word: str) -> Node:
        starts: list[_State] = []
        for phrase, entry in self._firsts.get(word, ()):
            key = (phrase, entry.id)
            states = self._states.get(key)
            if states is None:
                states = self._states[key] = _compile(self._parse(phrase, entry), (_State(ends=(entry,)),), self._expand)
            starts.extend(target for state in states for target in state.words.get(word, ()))
        return Node.of(starts, self._known)

    def _parse(self, phrase: str, entry: Entry) -> _Element:
        tree = self._parsed.get(phrase)
        if tree is None:
            tree = self._parsed[phrase] = _Parser(phrase, entry, self._classes).parse()
        return tree

    def _first_words(self, phrase: str, entry: Entry) -> set[str]:
        return _firsts(self._parse(phrase, entry), self._expand, entry, phrase)

    def _expand(self, word: str) -> tuple[str, ...]:
        found = self._expanded.get(word)
        if found is None:
            found = self._expanded[word] = _forms(word)
        return found


def load(*sources: str | Path, extend: bool = True) -> Lexicon:
    """Load the shipped lexicon, extended or replaced by the user's files.

    Parameters
    ----------
    sources : paths of TOML files of the user's own
    extend : keep the shipped entries beside them; an entry with the same id is
        replaced. ``False`` keeps only the cues' names and the word classes.

    Raises
    ------
    LexiconError
        A file is not TOML or an entry breaks the format.
    """
    if not sources:
        return _shipped()
    mine = [(str(path), _read(path)) for path in sources]
    shipped = list(_shipped_files())
    return _build((shipped if extend else [file for file in shipped if file[0] in _FRAME]) + mine)


def parse_shipped() -> Lexicon:
    """The shipped lexicon from its TOML files, with examples and sources."""
    return _build(list(_shipped_files()))


def compile_shipped() -> str:
    """The shipped lexicon as JSON that loads without parsing (see ``models/``)."""
    lexicon = parse_shipped()
    numbers = {entry.id: n for n, entry in enumerate(lexicon.entries)}
    phrases: dict[tuple[str, str], int] = {}
    for pairs in lexicon._firsts.values():
        for phrase, entry in pairs:
            phrases.setdefault((phrase, entry.id), len(phrases))
    return json.dumps(
        {
            "digest": lexicon.digest,
            "metadata": lexicon.metadata,
            "classes": lexicon._classes,
            "entries": [[getattr(entry, name) for name in _COMPILED] for entry in lexicon.entries],
            "phrases": [[phrase, numbers[id]] for phrase, id in phrases],
            "firsts": {word: [phrases[phrase, entry.id] for phrase, entry in pairs] for word, pairs in sorted(lexicon._firsts.items())},
        },
        separators=(",", ":"),
    )


@cache
def _shipped() -> Lexicon:
    files = list(_shipped_files())
    try:
        compiled = json.loads((resources.files("escalation") / "lexicons" / "compiled.json").read_bytes())
    except FileNotFoundError:
        return _build(files)
    return _unpack(compiled) if compiled["digest"] == _digest(files) else _build(files)


def _unpack(compiled: Mapping[str, Any]) -> Lexicon:
    entries = [Entry(**dict(zip(_COMPILED, values, strict=True))) for values in compiled["entries"]]
    phrases = [(phrase, entries[number]) for phrase, number in compiled["phrases"]]
    firsts = {word: [phrases[number] for number in numbers] for word, numbers in compiled["firsts"].items()}
    return Lexicon(entries, compiled["metadata"], compiled["classes"], compiled["digest"], firsts)


def _read(path: str | Path) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as fault:
        raise LexiconError(f"{path}: cannot be read: {fault.strerror}. Check the path.") from fault


def _shipped_files() -> Iterator[tuple[str, bytes]]:
    folder = resources.files("escalation") / "lexicons"
    for file in sorted(folder.iterdir(), key=lambda f: f.name):
        if file.name.endswith(".toml"):
            yield file.name, file.read_bytes()


def _build(files: list[tuple[str, bytes]]) -> Lexicon:
    tables = [(name, _table(name, data)) for name, data in files]
    metadata: dict[str, Mapping[str, Any]] = {}
    classes: dict[str, list[str]] = {}
    for _, table in tables:
        metadata.update(table.get("cue", {}))
        classes.update(table.get("classes", {}))
    entries: dict[str, Entry] = {}
    for name, table in tables:
        seen: set[str] = set()
        for raw in table.get("entry", ()):
            if raw.get("id") in seen:
                raise LexiconError(f"{name}: entry {raw['id']!r} stands twice. Give each entry an id of its own.")
            seen.add(raw.get("id", "?"))
            for entry in _entries(name, raw, metadata):
                entries[entry.id] = entry
    return Lexicon(entries.values(), metadata, classes, _digest(files))


def _digest(files: list[tuple[str, bytes]]) -> str:
    """One sha256 for all files, whatever folder they came from."""
    parts = sorted((Path(name).name, hashlib.sha256(data).hexdigest()) for name, data in files)
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _table(name: str, data: bytes) -> dict[str, Any]:
    try:
        return tomllib.loads(data.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise LexiconError(f"{name}: not a TOML file: {fault}. Correct that line.") from fault


_FIELDS = {"id", "cue", "qualifier", "value", "phrases", "not", "unless", "direction", "strength", "rung", "reach", "most", "stops", "fires_on", "silent_on", "source", "note"}


def _entries(file: str, raw: Mapping[str, Any], metadata: Mapping[str, Mapping[str, Any]]) -> Iterator[Entry]:
    place = f"{file}: entry {raw.get('id', '?')!r}"
    unknown = set(raw) - _FIELDS
    if unknown:
        raise LexiconError(f"{place}: unknown fields {sorted(unknown)}. Known are {sorted(_FIELDS)}.")
    for required in ("id", "phrases", "fires_on", "silent_on", "source"):
        if not raw.get(required):
            raise LexiconError(f"{place}: `{required}` is missing or empty. Every entry needs it.")
    cue = raw.get("cue")
    if cue is not None and cue not in metadata:
        raise LexiconError(f"{place}: unknown cue {cue!r}. Known are {sorted(metadata)}; declare a new one under [cue.{cue}].")
    if (cue is None) == (raw.get("qualifier") is None):
        raise LexiconError(f"{place}: needs either `cue` or `qualifier`.")
    about = metadata.get(cue, {}) if cue else {}
    entry = Entry(
        id=raw["id"],
        kind="cue" if cue else raw["qualifier"],
        name=cue or raw.get("value", ""),
        phrases=tuple(raw["phrases"]),
        direction=raw.get("direction", about.get("direction", 0)),
        family=about.get("family", ""),
        strength=float(raw.get("strength", 1.0)),
        rung=raw.get("rung", about.get("rung")),
        unless=tuple(raw.get("unless", ())),
        reach=raw.get("reach", "right"),
        most=raw.get("most", 12),
        stops=raw.get("stops", True),
        fires_on=tuple(raw["fires_on"]),
        silent_on=tuple(raw["silent_on"]),
        source=raw["source"],
        note=raw.get("note", ""),
        file=file,
    )
    yield entry
    if raw.get("not"):
        yield Entry(id=f"{entry.id}!not", kind="exclusion", name=entry.name, phrases=tuple(raw["not"]), file=file)
    if raw.get("unless"):
        yield Entry(id=f"{entry.id}!unless", kind="unless", name=entry.id, phrases=tuple(raw["unless"]), file=file)


# A phrase is parsed into nested tuples: ("word", w), ("gap", Gap),
# ("seq", items), ("alt", items). An optional part is an "alt" with an empty seq.
_Element = tuple[str, Any]


class _Parser:
    """Recursive descent over one phrase."""

    def __init__(self, phrase: str, entry: Entry, classes: Mapping[str, list[str]]) -> None:
        self.phrase = phrase
        self.where = f"{entry.file}: entry {entry.id!r}: phrase {phrase!r}"
        self.classes = classes
        self.pieces = self._pieces()
        self.at = 0

    def parse(self) -> _Element:
        element = self._alternatives()
        if self.at != len(self.pieces):
            raise LexiconError(f"{self.where}: stray {self.pieces[self.at]!r}. Balance the brackets.")
        return element

    def _pieces(self) -> list[str]:
        pieces, at = [], 0
        text = self.phrase.rstrip()
        while at < len(text):
            match = _PIECE.match(text, at)
            if match is None:
                raise LexiconError(f"{self.where}: cannot read {text[at:]!r}. See docs/reference/lexicon.md for the syntax.")
            pieces.append(match.group().strip())
            at = match.end()
        return pieces

    def _alternatives(self) -> _Element:
        options = [self._sequence()]
        while self.at < len(self.pieces) and self.pieces[self.at] == "|":
            self.at += 1
            options.append(self._sequence())
        return options[0] if len(options) == 1 else ("alt", tuple(options))

    def _sequence(self) -> _Element:
        items: list[_Element] = []
        while self.at < len(self.pieces) and self.pieces[self.at] not in (")", "]", "|"):
            items.append(self._item(self.pieces[self.at]))
        return ("seq", tuple(items))

    def _item(self, piece: str) -> _Element:
        self.at += 1
        if piece in ("(", "["):
            inner = self._alternatives()
            closing = ")" if piece == "(" else "]"
            if self.at >= len(self.pieces) or self.pieces[self.at] != closing:
                raise LexiconError(f"{self.where}: {piece!r} is never closed. Add {closing!r}.")
            self.at += 1
            return inner if piece == "(" else ("alt", (inner, ("seq", ())))
        if piece.startswith("<"):
            most = int(piece.strip("<,>"))
            if not 1 <= most <= MAX_GAP:
                raise LexiconError(f"{self.where}: gap {piece} must be between <1> and <{MAX_GAP}>.")
            return ("gap", Gap(most, "," in piece))
        if piece.startswith("{"):
            name = piece.strip("{}")
            if name not in self.classes:
                raise LexiconError(f"{self.where}: unknown class {piece}. Known are {sorted(self.classes)}.")
            return ("alt", tuple(_Parser(word, Entry(name, "class", name, ()), self.classes).parse() for word in self.classes[name]))
        return ("word", piece)


def _firsts(element: _Element, expand: Any, entry: Entry, phrase: str) -> set[str]:
    kind, value = element
    if kind == "word":
        return {form.split(" ")[0] for form in expand(value)}
    if kind == "alt":
        return set().union(*(_firsts(item, expand, entry, phrase) for item in value))
    if kind == "gap":
        raise LexiconError(f"{entry.file}: entry {entry.id!r}: phrase {phrase!r} can start with a gap. Start with a word.")
    found: set[str] = set()
    for item in value:
        found |= _firsts(item, expand, entry, phrase)
        if not _optional(item):
            return found
    return found


def _optional(element: _Element) -> bool:
    kind, value = element
    if kind == "seq":
        return all(_optional(item) for item in value)
    return kind == "alt" and any(_optional(item) for item in value)


def _count(element: _Element, expand: Any) -> int:
    kind, value = element
    if kind == "word":
        return len(expand(value))
    if kind == "alt":
        return sum(_count(item, expand) for item in value)
    return 1 if kind == "gap" else prod(_count(item, expand) for item in value)


def _compile(element: _Element, follow: tuple[_State, ...], expand: Any) -> tuple[_State, ...]:
    """States from which ``element`` leads to ``follow``."""
    kind, value = element
    if kind == "gap":
        return (_State(gaps=[(value, follow), *_joined(value, follow)]),)
    if kind == "alt":
        return tuple(state for item in value for state in _compile(item, follow, expand))
    if kind == "seq":
        for item in reversed(value):
            follow = _compile(item, follow, expand)
        return follow
    state = _State()
    for form in expand(value):
        _chain(state, form.split(" "), follow)
    return (state,)


def _joined(gap: Gap, follow: tuple[_State, ...]) -> Iterator[tuple[Gap, tuple[_State, ...]]]:
    """Two gaps with only an optional part between them make one."""
    for state in follow:
        for other, targets in state.gaps:
            yield Gap(gap.most + other.most, gap.comma and other.comma), targets


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
