"""Report -> sentences, and sentence -> words."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

from escalation.names import Words, capitals, with_names
from escalation.records import Sentence

# Words, numbers with their separators, and the marks that bound clauses and
# quotes. Hyphens inside words and possessive 's are not tokens: "cease-fire"
# reads as two words and "army's offensive" as "army offensive".
_TOKEN = r"(%(letter)s(?<!\w'.)%(letter)s*(?:'(?!s\b)%(letter)s+)*|[%(mark)s]|%(digit)s+(?:[.,]%(digit)s+)*|-(?:-+|(?<=\s-)(?=\s)))"
TOKEN = re.compile(_TOKEN % {"letter": r"[^\W\d_]", "digit": r"\d", "mark": r",;:()\"?!\[\]\u2013\u2014"}, re.DOTALL)
# The same for folded ASCII text, where a class of letters is a look-up.
_ASCII = {"letter": "[a-z]", "digit": "[0-9]", "mark": r",;:()\"?!\[\]"}
_ASCII_TOKEN = re.compile(_TOKEN % _ASCII, re.DOTALL)
# And without apostrophes, which nearly all the work is about.
_PLAIN_TOKEN = re.compile(r"([a-z][a-z]*|[,;:()\"?!\[\]]|[0-9][0-9]*(?:[.,][0-9]+)*|-(?:-+|(?<=\s-)(?=\s)))")
WORD = re.compile(r"\w")
_ODD = re.compile(r"[^\x00-\x7f]")
_FEW_ODD = 16  # up to so many, replacing one after the other beats a table
_BULLET = re.compile(r"[ \t]*(?:[\u2022\u25aa\u25cf\u2023\u25e6\u2043\u00b7*]|[-\u2013\u2014](?=\s)|\(?\d{1,2}[.)](?=\s)|\[\w{1,3}\])[ \t]*")
_LABEL = re.compile(r"[A-Z][^\n.!?:]{2,40}:$")
_LONGEST_LABEL = 42
_TERMINAL = frozenset(".!?:;\"\u201d\u2019)]")
_LINE = re.compile(r"[^\r\n\x0b\x0c\x85\u2028\u2029]+")
_UNREADABLE = re.compile(r"[\x00\r\n\x0b\x0c\x85\u2028\u2029]|([\ud800-\udfff])")
# A line this long that stops without a full stop was broken by a typesetter,
# not by its author; shorter ones are headlines, labels and share lines.
_WRAPPED_WIDTH = 45
# No sentence of edited English is this long: beyond it the text has lost its
# punctuation and is cut at double spaces, semicolons or after so many words.
_LONGEST = 600
_SOFT_BREAK = re.compile(r"(?:;|\s{2,}|\s-+\s)\s*|\s+(?=\W*$)")
_BOILERPLATE = re.compile(
    r"\W*(?:share(?: this)?(?: (?:article|story|post|on \w+))?|tweet|print|email|advertisement|related(?: articles?| stories)?|all rights reserved"
    r"|(?:read (?:more|also)|sign up|subscribe|follow us|click here|copyright|\(c\)|\u00a9|(?:photo|image|source|credit)s?:).{0,40}"
    r"|reuters?|ap|afp|efe|xinhua|interfax|axios|ends?|end of (?:text|story))?\W*",
    re.IGNORECASE,
)
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

class Folded(NamedTuple):
    """A report's text made comparable; ``origin`` maps back where lengths differ."""

    low: str
    origin: tuple[int, ...] | None = None

    def back(self, position: int) -> int:
        return position if self.origin is None else self.origin[position]

    def forth(self, position: int) -> int:
        if self.origin is None:
            return position
        return bisect_left(self.origin, position)


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


def fold(text: str) -> Folded:
    """Lower case, straight quotes, no accents, no invisible characters."""
    if text.isascii():
        return Folded(text.lower())
    table = {char: _plain(char) for char in set(_ODD.findall(text))}
    if all(len(plain) == 1 for plain in table.values()):
        if len(table) > _FEW_ODD:
            return Folded(text.translate({ord(char): plain for char, plain in table.items()}).lower())
        for char, plain in table.items():
            text = text.replace(char, plain)
        return Folded(text.lower())
    low: list[str] = []
    origin: list[int] = []
    for position, char in enumerate(text):
        plain = table.get(char, char.lower())
        low.append(plain)
        origin.extend([position] * len(plain))
    origin.append(len(text))
    return Folded("".join(low), tuple(origin))


def words(text: str, folded: Folded, start: int, end: int) -> Words:
    """Tokens of ``text[start:end]`` with their places in the text."""
    tokens, starts, ends = _tokens(folded.low, folded.forth(start), folded.forth(end))
    if folded.origin is not None:
        starts = tuple([folded.origin[place] for place in starts])
        ends = tuple([folded.origin[place - 1] + 1 for place in ends])
    capital = capitals(text, tokens, starts)
    if True not in capital:
        return Words(tokens, starts, ends, capital)
    return with_names(tokens, starts, ends, capital)


def is_no_comment(sentence: str) -> bool:
    """Whether a sentence only says that somebody did not answer a reporter."""
    low = sentence.lower()
    return _may_answer(low) and _NO_COMMENT.search(low) is not None


def _may_answer(low: str) -> bool:
    """Whether there is a word without which nobody declines to answer."""
    return any(word in low for word in _ANSWERS)


def _tokens(low: str, start: int, end: int) -> tuple[tuple[str, ...], tuple[int, ...], tuple[int, ...]]:
    """Tokens of ``low[start:end]``, where each starts and where it ends."""
    piece = low[start:end]
    if piece[:1] == "-" or (start and not low[start - 1].isspace()):
        # What comes before decides on the first token, and a cut text lacks it.
        found = list(TOKEN.finditer(low, start, end))
        return tuple([m.group() for m in found]), tuple([m.start() for m in found]), tuple([m.end() for m in found])
    pattern = TOKEN if not piece.isascii() else _ASCII_TOKEN if "'" in piece else _PLAIN_TOKEN
    parts = pattern.split(piece)
    borders = tuple(accumulate(map(len, parts), initial=start))
    return tuple(parts[1::2]), borders[1:-1:2], borders[2::2]


@lru_cache(maxsize=4096)
def _plain(char: str) -> str:
    if char in "\u2018\u2019\u201a\u201b\u2032\u02bc\u00b4":
        return "'"
    if char in "\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb":
        return '"'
    if char in "\u2010\u2011\u2012":
        return "-"
    if unicodedata.category(char) in ("Cf", "Mn", "Me"):
        return ""
    if char.isspace():
        return " "
    plain = "".join(c for c in unicodedata.normalize("NFKD", char) if unicodedata.category(c) != "Mn").lower()
    if len(plain) == 1 or (plain and plain.isalpha()):
        return plain
    return char


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
    import sentencex

    block = text[start:end]
    flat = block if block.isprintable() else _UNREADABLE.sub(lambda found: "\ufffd" if found[1] else " ", block)
    bullet = _BULLET.match(block)
    lead = bullet.end() if bullet and bullet.end() < len(block) else 0
    left = 0
    for piece in sentencex.get_sentence_boundaries("en", flat[lead:]):
        right = piece["end_index"] + lead
        for a, b in _shorten(block, left, right):
            yield from _trim(text, start + a, start + b)
        left = max(left, right)
    yield from _trim(text, start + left, end)


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
    if len(text) < 60 and _BOILERPLATE.fullmatch(text):
        return "boilerplate"
    if (text[0] in _CAPTION_HEADS or "(" in text or "/" in text) and _CAPTION.match(text):
        return "caption"
    if asked and is_no_comment(text):
        return "boilerplate"
    if first and len(text) < 160 and not _ENDED.search(text):
        return "headline"
    return "body"
