"""Report -> sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator

from escalation.records import Sentence
from escalation.surrounds import surrounds

_BULLET = re.compile(r"[ \t]*(?:[\u2022\u25aa\u25cf\u2023\u25e6\u2043\u00b7*]|[-\u2013\u2014](?=\s)|\(?\d{1,2}[.)](?=\s)|\[\w{1,3}\])[ \t]*")
_LABEL = re.compile(r"[A-Z][^\n.!?:]{2,40}:$")
_LONGEST_LABEL = 42
_TERMINAL = frozenset(".!?:;\"\u201d\u2019)]")
_LINE = re.compile(r"[^\r\n\x0b\x0c\x85\u2028\u2029]+")
# White space other than the plain one as well: sentencex panics where it parts
# an initial from its full stop.
_UNREADABLE = re.compile(r"\x00|[^\S ]|([\ud800-\udfff])")
# A line this long that stops without a full stop was broken by a typesetter,
# not by its author; shorter ones are headlines, labels and share lines.
_WRAPPED_WIDTH = 45
# No sentence of edited English is this long: beyond it the text has lost its
# punctuation and is cut at double spaces, semicolons or after so many words.
_LONGEST = 600
_SOFT_BREAK = re.compile(r"(?:;|\s{2,}|\s-+\s)\s*|\s+(?=\W*$)")
# sentencex takes time that grows with the square of the quotes in a block. No
# paragraph of 29,000 articles is as long as this; what is longer is read in
# windows, each from the last sentence of the one before.
_LONGEST_BLOCK = 25_000
_WINDOW = 8_192
_CAPTION = re.compile(
    r"\s*(?:file\s*(?:photo)?\s*[:\-\u2013\u2014]|photo\s*[:\-]|caption\s*:|image\s*:|pictured\b|above:|in this (?:file )?photo)"
    r"|.{0,200}(?:\((?:reuters|ap photo|afp|getty|file)[^)]*\)|/(?:reuters|ap|afp|getty images))\s*\.?\s*$",
    re.IGNORECASE,
)
_CAPTION_HEADS = frozenset("fpciaFPCIA")
_ENDED = re.compile(r"[.!?][\"'\u201d\u2019)]*$")
_ANSWERS = ("comment", "respond", "reply", "be reached", "available")
_NO_COMMENT = re.compile(
    r"(?:did ?n['\u2019]?o?t|has ?n['\u2019]?o?t|could not|was not|declined to|refused to)\s+(?:immediately\s+)?"
    r"(?:respond(?:ed)?|reply|comment|be reached|available)(?:\s+to)?(?:\s+(?:a|an|requests?|for|comment|immediately|messages?|seeking))*"
)

def split(text: str) -> tuple[Sentence, ...]:
    """Split a report into sentences that tile it.

    Returns
    -------
    tuple of Sentence
        In order, without overlap; only white space lies outside them. Lines,
        bullets and labels end a sentence; lines broken by a typesetter do not.
        Sentence ends inside a block come from ``sentencex``.
    """
    spans: list[tuple[int, int]] = []
    for start, end in _blocks(text):
        spans.extend(_cut(text, start, end))
    asked = _may_answer(text.lower())
    return tuple([
        Sentence(piece := text[start:end], start, end, _role(piece, number == 0 and len(spans) > 1, asked))
        for number, (start, end) in enumerate(spans)
    ])


def is_no_comment(sentence: str) -> bool:
    """Whether a sentence only says that somebody did not answer a reporter."""
    low = sentence.lower()
    return _may_answer(low) and _NO_COMMENT.search(low) is not None


def _may_answer(low: str) -> bool:
    """Whether there is a word without which nobody declines to answer."""
    return any(map(low.__contains__, _ANSWERS))


def _blocks(text: str) -> list[tuple[int, int]]:
    """Spans of lines that belong together."""
    blocks: list[tuple[int, int]] = []
    previous = ""
    for match in _LINE.finditer(text):
        start, end = match.span()
        line = match.group()
        if line.isspace():
            previous = ""
        elif previous and text.count("\n", blocks[-1][1], start) <= 1 and _continues(previous, line):
            blocks[-1] = (blocks[-1][0], end)
            previous = line
        else:
            blocks.append((start, end))
            previous = line
    return blocks


def _continues(line: str, following: str) -> bool:
    """Whether a line break between the two is the typesetter's."""
    stripped = line.strip()
    if len(stripped) < _WRAPPED_WIDTH or _BULLET.match(following):
        return False
    last = stripped[-1]
    if last == ":" and _LABEL.search(stripped[-_LONGEST_LABEL:]):
        return False
    if last in _TERMINAL and following[:4].isspace() and line[:1] != following[:1]:
        return False
    return len(stripped) <= 100 or following.lstrip()[:1].islower()


def _cut(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Sentences of a block."""
    block = text[start:end]
    flat = block.replace("\n", " ")
    if not flat.isprintable():
        flat = _UNREADABLE.sub(lambda found: "\ufffd" if found[1] else " ", flat)
    bullet = _BULLET.match(block)
    lead = bullet.end() if bullet and bullet.end() < len(block) else 0
    left = 0
    for right in _ends(flat, lead):
        for a, b in _shorten(block, left, right):
            yield from _trim(text, start + a, start + b)
        left = max(left, right)
    yield from _trim(text, start + left, end)


def _ends(flat: str, lead: int) -> Iterator[int]:
    """Where the sentences of a block end that begins at ``lead``."""
    import sentencex

    size = _WINDOW if len(flat) > _LONGEST_BLOCK else len(flat)
    while lead < len(flat):
        ends = [piece["end_index"] + lead for piece in sentencex.get_sentence_boundaries("en", flat[lead : lead + size])]
        if len(ends) > 1 and lead + size < len(flat):
            ends.pop()  # cut off by the window: read again with what follows it
            lead = ends[-1]
        else:
            lead += size
        yield from ends


def _shorten(block: str, left: int, right: int) -> list[tuple[int, int]]:
    """Cut a run-on that has lost its punctuation at its soft breaks."""
    if right - left <= _LONGEST:
        return [(left, right)]
    spans = []
    while right - left > _LONGEST:
        window = block[left : left + _LONGEST]
        breaks = [m.end() for m in _SOFT_BREAK.finditer(window) if m.end() > _LONGEST // 3]
        place = breaks[-1] if breaks else max(window.rfind(" ", _LONGEST // 3) + 1, 0) or _LONGEST
        spans.append((left, left + place))
        left += place
    spans.append((left, right))
    return spans


def _trim(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The span without white space around it, or nothing."""
    piece = text[start:end].rstrip()
    if piece:
        yield start + len(piece) - len(piece.lstrip()), start + len(piece)


def _role(text: str, first: bool, asked: bool) -> str:
    if surrounds(text):
        return "boilerplate"
    if (text[0] in _CAPTION_HEADS or "(" in text or "/" in text) and _CAPTION.match(text):
        return "caption"
    if asked and is_no_comment(text):
        return "boilerplate"
    if first and len(text) < 160 and not _ENDED.search(text):
        return "headline"
    return "body"
