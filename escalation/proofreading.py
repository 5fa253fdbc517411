"""A user's lexicon files -> all their faults, each with its line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import groupby, islice, pairwise, product
from pathlib import Path
from typing import Any, NamedTuple

from escalation import form, lexicon
from escalation.errors import LexiconError
from escalation.inflection import forms
from escalation.lexicon import Entry, Lexicon
from escalation.names import NAME
from escalation.packed import CONVERT
from escalation.phrases import NUMBER, Grammar, Tree, first_words
from escalation.reader import read
from escalation.records import Report

_HEADER = re.compile(r"^\[{1,2}\s*[\w.\-\"' ]+\s*\]{1,2}\s*(?:#.*)?$", re.MULTILINE)
_AT_LINE = re.compile(r" ?\(at (?:line (\d+), column \d+|end of document)\)$")
_TABLES = frozenset({"entry", "classes", "cue", "subject"})
_SHOWN_BY_CUES = ("status", "realis", "time", "attribution", "provisional")  # qualifiers whose examples can be run
_TRIED = 24  # word sequences of a phrase that are tried; more differ in one word only
# What stands in a text where these stand in a phrase.
_STAND_IN = {NUMBER: "7", NAME: "Aldor"}


class Fault(NamedTuple):
    """What is wrong at a line of a file, with its remedy.

    ``kind`` is ``"error"`` where the file cannot serve, ``"warning"`` where it
    may not do what was meant. ``entry`` is empty where no entry is concerned.
    """

    file: str
    line: int
    entry: str
    kind: str
    told: str

    def __str__(self) -> str:
        about = f"entry {self.entry!r}: " if self.entry else ""
        return f"{self.file}, line {self.line}: {'warning: ' if self.kind == 'warning' else ''}{about}{self.told}"


class _Block(NamedTuple):
    """One table of a file: where it starts, its text, and what TOML makes of it."""

    file: str
    line: int
    text: str
    values: Mapping[str, Any]

    @property
    def entry(self) -> Mapping[str, Any]:
        """The entry of this table; empty where it is another."""
        found = self.values.get("entry")
        return (found[0] or {"id": "?"}) if isinstance(found, list) and found and isinstance(found[0], dict) else {}

    def fault(self, line: int, told: str, kind: str = "error") -> Fault:
        return Fault(self.file, line, str(self.entry.get("id", "?")) if self.entry else "", kind, told)

    def line_of(self, name: str, value: str | None = None) -> int:
        """Line of a field, or of one string in its list."""
        found = re.search(rf"^\s*{re.escape(name)}\s*=", self.text, re.MULTILINE)
        start = found.end() if found else 0
        place = self.text.find(value, start) if value else -1
        return self.line + self.text.count("\n", 0, place if place >= 0 else start)


def check(*sources: str | Path, extend: bool = True) -> tuple[Fault, ...]:
    """Read lexicon files as :func:`escalation.lexicon.load` does, and go on after a fault.

    Parameters
    ----------
    sources : TOML files that are used together
    extend : whether they extend the shipped lexicon or replace it

    Returns
    -------
    tuple of Fault
        By file and line: errors of form and phrases, examples that fail, and
        warnings of phrases that cannot match or stand behind a shipped entry.

    Raises
    ------
    LexiconError
        A file cannot be read.
    """
    return _check([(str(source), lexicon.read(source)) for source in sources], extend)


def check_text(name: str, data: bytes, extend: bool = True) -> tuple[Fault, ...]:
    """As :func:`check`, of a file that is not written yet."""
    return _check([(name, data)], extend)


def _check(files: Sequence[tuple[str, bytes]], extend: bool) -> tuple[Fault, ...]:
    found = [item for name, data in files for item in _taken_apart(name, data)]
    blocks = [item for item in found if isinstance(item, _Block)]
    faults = [item for item in found if isinstance(item, Fault)]
    metadata, grammar = _known(blocks, extend)
    formal = [list(_faults_of_form(block, metadata, grammar)) for block in blocks]
    sound = [block for block, told in zip(blocks, formal, strict=True) if all(fault.kind == "warning" for fault in told)]
    faults += [fault for told in formal for fault in told]
    faults += _repeated(blocks)
    faults += _faults_of_hits(sound, grammar, extend)
    order = {name: number for number, (name, _) in enumerate(files)}
    return tuple(sorted(dict.fromkeys(faults), key=lambda fault: (order[fault.file], fault.line, fault.kind, fault.told)))


def _taken_apart(file: str, data: bytes) -> Iterator[_Block | Fault]:
    """Every table parsed by itself, so that one that is broken hides no other."""
    try:
        whole = data.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as fault:
        yield Fault(file, data.count(b"\n", 0, fault.start) + 1, "", "error", f"not UTF-8. {CONVERT}")
        return
    starts = [0, *(match.start() for match in _HEADER.finditer(whole) if match.start()), len(whole)]
    pieces = [_parsed(file, whole.count("\n", 0, start) + 1, whole[start:end]) for start, end in pairwise(starts)]
    yield from pieces
    as_one = _parsed(file, 1, whole)
    if isinstance(as_one, Fault) and all(isinstance(piece, _Block) for piece in pieces):
        yield as_one


def _parsed(file: str, line: int, piece: str) -> _Block | Fault:
    try:
        # Empty lines before the table make TOML count from the top of the file.
        return _Block(file, line, piece, form.toml("\n" * (line - 1) + piece))
    except ValueError as fault:
        at = _AT_LINE.search(str(fault))
        number = int(at[1]) if at and at[1] else line + piece.rstrip().count("\n")
        return Fault(file, number, "", "error", f"not TOML: {_AT_LINE.sub('', str(fault))}. Correct that line.")


def _known(blocks: Sequence[_Block], extend: bool) -> tuple[dict[str, Any], Grammar]:
    """Cues and word classes, the shipped ones and those of the files."""
    shipped = _shipped() if extend else lexicon.parse([], extend=False)
    metadata, classes = dict(shipped.metadata), dict(shipped.classes)
    for block in blocks:
        metadata.update(_table(block, "cue"))
        classes.update({name: words for name, words in _table(block, "classes").items() if _are_texts(words)})
    return metadata, Grammar(classes)


@cache
def _shipped() -> Lexicon:
    return lexicon.parse_shipped()


def _table(block: _Block, name: str) -> Mapping[str, Any]:
    found = block.values.get(name)
    return found if isinstance(found, dict) else {}


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _faults_of_form(block: _Block, metadata: Mapping[str, Mapping[str, Any]], grammar: Grammar) -> Iterator[Fault]:
    yield from _faults_of_tables(block)
    if block.entry:
        yield from (block.fault(block.line_of(name), told) for name, told in form.faults(block.entry, metadata))
        for name in ("phrases", "not", "unless"):
            for phrase in block.entry.get(name, ()) if _are_texts(block.entry.get(name)) else ():
                yield from (block.fault(block.line_of(name, phrase), told, kind) for told, kind in _faults_of_phrase(phrase, grammar))


def _faults_of_tables(block: _Block) -> Iterator[Fault]:
    for name in block.values:
        if name not in _TABLES:
            yield block.fault(block.line_of(name), f"unknown table or field {name!r}. Known are [[entry]], [classes], [cue.NAME] and [subject.NAME].")
    yield from (block.fault(block.line_of(name), told) for name, told in form.faults_of_tables(block.values))


def _faults_of_phrase(phrase: str, grammar: Grammar) -> Iterator[tuple[str, str]]:
    try:
        first_words(grammar.parse(phrase), f": phrase {phrase!r}")
    except LexiconError as fault:
        yield str(fault).removeprefix(": "), "error"
        return
    if re.search(r"<,?\d+>$", phrase):
        yield f"phrase {phrase!r} ends in a gap, which never matches. End with a word.", "warning"


def _repeated(blocks: Sequence[_Block]) -> Iterator[Fault]:
    """Ids that one file gives twice; of two files the later one replaces."""
    for _, group in groupby((block for block in blocks if block.entry), key=lambda block: block.file):
        first: dict[str, int] = {}
        for block in group:
            id, line = str(block.entry.get("id")), block.line_of("id")
            if first.setdefault(id, line) != line:
                yield block.fault(line, f"stands twice, first at line {first[id]}. Give each entry an id of its own.")


def _faults_of_hits(sound: Sequence[_Block], grammar: Grammar, extend: bool) -> Iterator[Fault]:
    """Faults that show when the examples are run and the phrases tried."""
    # Of entries with one id the last stays, as where files replace each other.
    kept = {str(block.entry.get("id", number)): block for number, block in enumerate(sound)}.values()
    together = lexicon.parse([("", "\n".join(block.text for block in kept).encode())], extend)
    shipped = {entry.id for entry in _shipped().entries}
    by_id = {entry.id: entry for entry in together.entries}
    for block in (block for block in kept if block.entry):
        entry = by_id[block.entry["id"]]
        yield from _faults_of_examples(block, entry, together)
        if extend and entry.id in shipped:
            yield block.fault(block.line_of("id"), "takes the place of the shipped entry with this id. Choose another id to keep both.", "warning")
        if entry.kind == "cue":
            for phrase in entry.phrases:
                yield from (block.fault(block.line_of("phrases", phrase), told, "warning") for told in _lost(entry.id, phrase, grammar, together))


def _faults_of_examples(block: _Block, entry: Entry, together: Lexicon) -> Iterator[Fault]:
    if entry.kind == "cue" or entry.kind in _SHOWN_BY_CUES:
        for name, wanted in (("fires_on", True), ("silent_on", False)):
            for sentence in block.entry[name]:
                told = _fault_of(entry, sentence, wanted, together)
                if told:
                    yield block.fault(block.line_of(name, sentence), told)


def _fault_of(entry: Entry, sentence: str, wanted: bool, together: Lexicon) -> str:
    """Why an entry does not do on a sentence what is wanted of it; empty where it does.

    Parameters
    ----------
    wanted : whether it should fire
    """
    fired = _fired(sentence, together)
    fires = entry.id in fired if entry.kind == "cue" else _sets(entry, sentence, together)
    if fires == wanted:
        return ""
    if fires:
        return f"fires on {sentence!r}, where it should be silent. Narrow the phrase, or add what tells the two apart under `not` or `unless`."
    others = f"; {', '.join(fired)} fires instead" if fired else ""
    return f"is silent on {sentence!r}, where it should fire{others}. Correct the phrase or the sentence; of hits that share a word the longer stays."


def _fired(sentence: str, lexicon: Lexicon) -> list[str]:
    return [cue.entry for item in read(Report(sentence), lexicon, frozenset()) for cue in item.cues]


def _sets(entry: Entry, sentence: str, lexicon: Lexicon) -> bool:
    wanted = "True" if entry.kind == "provisional" else entry.name
    return wanted in {str(getattr(cue, entry.kind)) for item in read(Report(sentence), lexicon, frozenset()) for cue in item.cues}


def _lost(id: str, phrase: str, grammar: Grammar, together: Lexicon) -> Iterator[str]:
    """Why a phrase never shows: no text is read as it is written, or another entry has its words."""
    tried = list(islice(_sequences(grammar.parse(phrase)), _TRIED))
    taking = sorted({fired for words in tried for fired in _fired(words, together)})
    if taking and id not in taking:
        yield f"phrase {phrase!r} stands behind {', '.join(taking)}, which takes its words. Lengthen it, or give the entry that id to replace the other one."
    elif not taking and not phrase.endswith(">"):
        yield f"phrase {phrase!r} never matches: no text is read as {tried[0]!r}, or a `not` silences it. Write single words in small letters, without stops or marks."


def _sequences(tree: Tree) -> Iterator[str]:
    """Texts that a phrase stands for, gaps left empty."""
    kind, value = tree
    if kind == "words":
        yield from (" ".join(_STAND_IN.get(part, part) for part in forms(word)[0]) for word in value)
    elif kind == "alt":
        for option in value:
            yield from _sequences(option)
    elif kind == "seq":
        parts = [list(islice(_sequences(item), _TRIED)) for item in value]
        yield from (" ".join(filter(None, words)) for words in product(*parts))
    else:
        yield ""
