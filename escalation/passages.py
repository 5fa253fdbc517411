"""Assessment -> the report's text in passages: sentences with their cues, and what lies between them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from escalation.records import Assessment, Cue, ScoredSentence

# Shares, in log-odds, from which a sentence is shaded one step deeper.
STEPS = (0.05, 0.2, 0.5, 1.0)
_DEFAULTS = (("status", "asserted"), ("realis", "actual"), ("time", "new"), ("attribution", "none"))
_FLAGS = ("provisional", "quoted", "mitigated")
# HTML has no place for NUL, UTF-8 none for half a character.
_UNWRITABLE = re.compile("[\x00\ud800-\udfff]")


class Qualifier(NamedTuple):
    """What a qualifier is set to, and the words that set it, if any."""

    name: str
    value: str
    words: str


class Told(NamedTuple):
    """A cue in words."""

    name: str
    words: str
    side: str
    weight: float
    qualifiers: tuple[Qualifier, ...]


class Piece(NamedTuple):
    """Words of a passage, with the cues that lie in them."""

    text: str
    cues: tuple[Told, ...] = ()

    @property
    def side(self) -> str:
        """``"up"``, ``"down"`` or ``"none"``: where the strongest of its cues points."""
        return max(self.cues, key=lambda cue: abs(cue.weight)).side if self.cues else "none"


class Passage(NamedTuple):
    """A sentence with its number from 1, or with number 0 what lies between two."""

    number: int
    share: float
    side: str
    step: int
    pieces: tuple[Piece, ...]


def passages(a: Assessment) -> Iterator[Passage]:
    """The whole text in order: the pieces of all passages joined are the report."""
    at = 0
    for number, sentence in enumerate(a.sentences, 1):
        if at < sentence.start:
            yield _between(a.report.text[at : sentence.start])
        yield Passage(number, sentence.share, side(sentence.share, STEPS[0]), sum(abs(sentence.share) >= step for step in STEPS), tuple(_pieces(sentence, a.report.text)))
        at = sentence.end
    if at < len(a.report.text):
        yield _between(a.report.text[at:])


def side(amount: float, least: float = 0.0) -> str:
    """``"up"`` where an amount raises the risk, ``"down"`` where it lowers it, ``"none"`` where it is too small to tell."""
    if not amount or abs(amount) < least:
        return "none"
    return "up" if amount > 0 else "down"


def signed(amount: float) -> str:
    """A share with its sign, in two digits."""
    return f"{amount:+.2f}".replace("-", "\u2212")


def writable(text: str) -> str:
    """The text with a mark for each character that a page cannot hold."""
    return _UNWRITABLE.sub("\ufffd", text)


def short(text: str, letters: int) -> str:
    """The beginning of a text in one line, without marks that are not seen."""
    flat = "".join(filter(str.isprintable, " ".join(text.split())))
    return flat if len(flat) <= letters else flat[: letters - 1].rstrip() + "\u2026"


def _between(text: str) -> Passage:
    return Passage(0, 0.0, "none", 0, (Piece(writable(text)),))


def _pieces(sentence: ScoredSentence, text: str) -> Iterator[Piece]:
    at = sentence.start
    for start, end, cues in _clusters(sentence.cues):
        if at < start:
            yield Piece(writable(text[at:start]))
        yield Piece(writable(text[start:end]), tuple(_told(cue, text) for cue in cues))
        at = end
    if at < sentence.end:
        yield Piece(writable(text[at : sentence.end]))


def _clusters(cues: Sequence[Cue]) -> list[tuple[int, int, list[Cue]]]:
    """Cues that share words, as one span."""
    found: list[tuple[int, int, list[Cue]]] = []
    for cue in sorted(cues, key=lambda cue: (cue.start, cue.end)):
        if found and cue.start < found[-1][1]:
            start, end, held = found[-1]
            found[-1] = (start, max(end, cue.end), [*held, cue])
        else:
            found.append((cue.start, cue.end, [cue]))
    return found


def _told(cue: Cue, text: str) -> Told:
    return Told(cue.name.replace("_", " "), writable(cue.text), side(cue.weight), cue.weight, tuple(_qualifiers(cue, text)))


def _qualifiers(cue: Cue, text: str) -> Iterator[Qualifier]:
    """All that a reader would ask of a cue; flags and who said it only where there are any."""
    for name, default in _DEFAULTS:
        value = getattr(cue, name)
        if value != default or name != "attribution":
            yield Qualifier("said by" if name == "attribution" else name, value, _words(cue, name, text))
    for name in _FLAGS:
        if getattr(cue, name):
            yield Qualifier("", name, _words(cue, name, text))
    for size in cue.magnitude:
        yield Qualifier(size.kind, f"{size.low:,}" if size.low == size.high else f"{size.low:,} to {size.high:,}", writable(text[size.start : size.end]))


def _words(cue: Cue, name: str, text: str) -> str:
    start, end = cue.spans.get(name, (0, 0))
    return writable(text[start:end])
