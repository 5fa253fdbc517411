"""TOML files -> entries, their phrases indexed by first word."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from escalation import form
from escalation.automaton import Automaton, Firsts, Grown, Stored, pack
from escalation.errors import LexiconError
from escalation.inflection import forms
from escalation.packed import refuse_endless
from escalation.phrases import Grammar, count, first_words

_FOLDER = Path(__file__).with_name("lexicons")
_FRAME = ("cues.toml", "classes.toml", "context.toml", "subjects.toml")  # what a replaced lexicon still stands on
_COMPILED = ("id", "kind", "name", "direction", "family", "strength", "rung", "reach", "most", "stops")
_MOST_BYTES = 10_000_000  # the shipped files have 0.7 MB together
_MOST_FIRSTS = 2_000_000  # places of phrases under their first words; the shipped ones take 100,000
_FORMAT = 4  # of compiled.json; another one is read from the TOML files instead


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


class Lexicon:
    """Loaded cues and qualifiers.

    Attributes
    ----------
    entries : every group of phrases
    metadata : what cues.toml says of each cue
    digest : sha256 of the files
    subjects : word that tells of another subject than conflict -> that subject
    cue_phrases : automaton of the cues' phrases
    other_phrases : automaton of qualifiers, exclusions and borders
    """

    def __init__(self, entries: Iterable[Entry], metadata: Mapping[str, Mapping[str, Any]], digest: str, subjects: Mapping[str, str], cue_phrases: Automaton, other_phrases: Automaton, grammar: Grammar) -> None:
        self.entries = tuple(entries)
        self.metadata = metadata
        self.digest = digest
        self.subjects = subjects
        self.cue_phrases = cue_phrases
        self.other_phrases = other_phrases
        self._grammar = grammar
        self._codes: dict[str, tuple[Mapping[str, object] | None, tuple[str, ...] | None, tuple[float, ...] | None]] = {}

    def __getstate__(self) -> dict[str, Any]:
        # The codes are views, which no pickle takes; they are looked up again.
        return {**self.__dict__, "_codes": {}}

    @property
    def cues(self) -> tuple[str, ...]:
        return tuple(self.metadata)

    def codes(self, cue: str) -> tuple[Mapping[str, object] | None, tuple[str, ...] | None, tuple[float, ...] | None]:
        """PLOVER, CAMEO and Goldstein of a cue."""
        if cue not in self._codes:
            about = self.metadata[cue]
            self._codes[cue] = (_plover(about), tuple(about["cameo"]) if "cameo" in about else None, tuple(about["goldstein"]) if "goldstein" in about else None)
        return self._codes[cue]

    @property
    def classes(self) -> Mapping[str, Sequence[str]]:
        """Words by class; none where the lexicon was loaded compiled."""
        return self._grammar.classes

    def size(self) -> int:
        """Number of word sequences that the phrases stand for."""
        return sum(count(self._grammar.parse(phrase)) for entry in self.entries for phrase in entry.phrases)


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
    return parse([(str(path), read(path)) for path in sources], extend) if sources else _shipped()


def parse(files: Sequence[tuple[str, bytes]], extend: bool = True) -> Lexicon:
    """As :func:`load`, from names of files and what they hold."""
    shipped = list(_shipped_files())
    return _build([*(shipped if extend else [file for file in shipped if file[0] in _FRAME]), *files])


def parse_shipped() -> Lexicon:
    """The shipped lexicon from its TOML files, with examples and sources."""
    return _build(list(_shipped_files()))


def compile_shipped() -> str:
    """The shipped lexicon as JSON that loads without parsing (see ``models/``)."""
    lexicon = parse_shipped()
    number_of = {entry: number for number, entry in enumerate(lexicon.entries)}
    return json.dumps(
        {
            "format": _FORMAT,
            "digest": lexicon.digest,
            "metadata": lexicon.metadata,
            "subjects": lexicon.subjects,
            "entries": [[getattr(entry, name) for name in _COMPILED] for entry in lexicon.entries],
            "cue_phrases": pack(lexicon.cue_phrases, number_of),
            "other_phrases": pack(lexicon.other_phrases, number_of),
        },
        separators=(",", ":"),
    )


@cache
def _shipped() -> Lexicon:
    files = list(_shipped_files())
    try:
        compiled = json.loads((_FOLDER / "compiled.json").read_bytes())
    except FileNotFoundError:
        return _build(files)
    current = compiled.get("format") == _FORMAT and compiled["digest"] == _digest(files)
    return _unpack(compiled) if current else _build(files)


def _unpack(compiled: Mapping[str, Any]) -> Lexicon:
    entries = [Entry(**dict(zip(_COMPILED, values, strict=True))) for values in compiled["entries"]]
    cue_phrases, other_phrases = (Stored(compiled[name], entries) for name in ("cue_phrases", "other_phrases"))
    return Lexicon(entries, compiled["metadata"], compiled["digest"], compiled["subjects"], cue_phrases, other_phrases, Grammar({}))


def read(path: str | Path) -> bytes:
    """What a file of the user's holds.

    Raises
    ------
    LexiconError
        It cannot be read.
    """
    try:
        refuse_endless(path)
        with open(path, "rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except (OSError, ValueError) as fault:
        raise LexiconError(f"{path}: cannot be read: {getattr(fault, 'strerror', None) or fault}. Check the path.") from fault
    if len(data) > _MOST_BYTES:
        raise LexiconError(f"{path}: larger than {_MOST_BYTES // 1_000_000} MB. Give a TOML file of entries.")
    return data


def _shipped_files() -> Iterator[tuple[str, bytes]]:
    for file in sorted(_FOLDER.glob("*.toml")):
        yield file.name, file.read_bytes()


def _build(files: list[tuple[str, bytes]]) -> Lexicon:
    tables = [(name, data, _table(name, data)) for name, data in files]
    metadata: dict[str, Mapping[str, Any]] = {}
    classes: dict[str, list[str]] = {}
    subjects: dict[str, str] = {}
    for _, _, table in tables:
        metadata.update(table.get("cue", {}))
        classes.update(table.get("classes", {}))
        for subject, about in table.get("subject", {}).items():
            subjects.update(_told_by(subject, about))
    entries: dict[str, Entry] = {}
    for name, data, table in tables:
        seen: set[str] = set()
        for raw in table.get("entry", ()):
            for _, told in form.faults(raw, metadata):
                raise LexiconError(f"{_place(name, data, raw)}: {told}")
            if raw["id"] in seen:
                raise LexiconError(f"{_place(name, data, raw)} stands twice. Give each entry an id of its own.")
            seen.add(raw["id"])
            for entry in _entries(name, raw, metadata):
                entries[entry.id] = entry
    grammar = Grammar(classes)
    cues = [entry for entry in entries.values() if entry.kind == "cue"]
    others = [entry for entry in entries.values() if entry.kind != "cue"]
    texts = dict(files)
    cue_phrases, other_phrases = (Grown(_index(group, grammar, texts), grammar) for group in (cues, others))
    return Lexicon(entries.values(), metadata, _digest(files), subjects, cue_phrases, other_phrases, grammar)


def _place(name: str, data: bytes, raw: Mapping[str, Any]) -> str:
    line = form.line_of(data, raw.get("id"))
    return f"{name}{f', line {line}' if line else ''}: entry {raw.get('id', '?')!r}"


def _table(name: str, data: bytes) -> dict[str, Any]:
    try:
        table = form.toml(data.decode("utf-8"))
    except ValueError as fault:  # UTF-8 included
        raise LexiconError(f"{name}: not a TOML file: {fault}. Correct that line.") from fault
    for _, told in form.faults_of_tables(table):
        raise LexiconError(f"{name}: {told}")
    return table


def _told_by(subject: str, about: Mapping[str, Any]) -> dict[str, str]:
    """Every form of a subject's words; forms of several words are left out."""
    return {form[0]: subject for word in about["words"] for form in forms(word) if len(form) == 1}


def _entries(file: str, raw: Mapping[str, Any], metadata: Mapping[str, Mapping[str, Any]]) -> Iterator[Entry]:
    cue = raw.get("cue")
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


def _plover(about: Mapping[str, object]) -> Mapping[str, object] | None:
    code = about.get("plover")
    if not isinstance(code, list):
        return None
    return MappingProxyType({"event": code[0], "mode": code[1] or None, "score": code[2]})


def _index(entries: Iterable[Entry], grammar: Grammar, files: Mapping[str, bytes]) -> Firsts:
    """Phrases with their entries under every word they can start with."""
    found: Firsts = {}
    held = 0
    for entry in entries:
        try:
            for phrase in entry.phrases:
                words = first_words(grammar.parse(phrase), f"phrase {phrase!r}")
                held += len(words)
                if held > _MOST_FIRSTS:
                    raise LexiconError(f"with it the phrases can start in more than {_MOST_FIRSTS:,} ways. Take large classes away from where phrases start.")
                for word in sorted(words):
                    found.setdefault(word, []).append((phrase, entry))
        except LexiconError as fault:
            place = _place(entry.file, files[entry.file], {"id": entry.id.partition("!")[0]})
            raise LexiconError(f"{place}: {str(fault).removeprefix(': ')}") from fault
    return found


def _digest(files: list[tuple[str, bytes]]) -> str:
    """One sha256 for all files, whatever folder they came from."""
    parts = sorted((Path(name).name, hashlib.sha256(data).hexdigest()) for name, data in files)
    return hashlib.sha256(repr(parts).encode()).hexdigest()
