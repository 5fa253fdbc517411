"""Report -> sentences, and sentence -> words."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from escalation.records import Sentence

# Words, numbers with their separators, and the marks that bound clauses and
# quotes. Hyphens inside words and possessive 's are not tokens: "cease-fire"
# reads as two words and "army's offensive" as "army offensive".
TOKEN = re.compile(
    r"(?<!\w')[^\W\d_]+(?:'(?!s\b)[^\W\d_]+)*|\d+(?:[.,]\d+)*|[,;:()\"?!\[\]]|--+|(?<=\s)-(?=\s)|[\u2013\u2014]"
)
WORD = re.compile(r"\w")
_ODD = re.compile(r"[^\x00-\x7f]")
_BULLET = re.compile(r"[ \t]*(?:[\u2022\u25aa\u25cf\u2023\u25e6\u2043\u00b7*]|[-\u2013\u2014](?=\s)|\(?\d{1,2}[.)](?=\s)|\[\w{1,3}\])[ \t]*")
_LABEL = re.compile(r"[A-Z][^\n.!?:]{2,40}:\s*$")
_TERMINAL = re.compile(r"[.!?:;\"\u201d\u2019)\]]\s*$")
_LETTER = re.compile(r"[^\W\d_]")
# A line this long that stops without a full stop was broken by a typesetter,
# not by its author; shorter ones are headlines, labels and share lines.
_WRAPPED_WIDTH = 45
# No sentence of edited English is this long: beyond it the text has lost its
# punctuation and is cut at double spaces, semicolons or after so many words.
_LONGEST = 600
_SOFT_BREAK = re.compile(r"(?:;|\s{2,}|\s-+\s)\s*|\s+(?=\W*$)")
_BOILERPLATE = re.compile(
    r"\s*(?:share(?: this)?(?: (?:article|story|on \w+))?|tweet|print|email|advertisement|read more|related(?: articles?| stories)?"
    r"|sign up|subscribe|follow us|click here|all rights reserved|copyright|\u00a9|\(?c\)? ?\d{4}|(?:photo|image|source|credit)s?:"
    r"|reuters?|ap|afp|efe|xinhua|interfax|ends?|axios|\W*)\b.{0,40}$",
    re.IGNORECASE,
)
_CAPTION = re.compile(
    r"\s*(?:file\s*(?:photo)?\s*[:\-\u2013\u2014]|photo\s*[:\-]|caption\s*:|image\s*:|pictured\b|above:|in this (?:file )?photo)"
    r"|.{0,200}(?:\((?:reuters|ap photo|afp|getty|file)[^)]*\)|/(?:reuters|ap|afp|getty images))\s*\.?\s*$",
    re.IGNORECASE,
)
_NO_COMMENT = re.compile(
    r"(?:did ?n['\u2019]?o?t|has ?n['\u2019]?o?t|could not|was not|declined to|refused to)\s+(?:immediately\s+)?"
    r"(?:respond(?:ed)?|reply|comment|be reached|available)(?:\s+to)?(?:\s+(?:a|an|requests?|for|comment|immediately|messages?|seeking))*",
    re.IGNORECASE,
)

_OPENERS = frozenset({'"', ":", "?", "!", "--", "\u2013", "\u2014"})
# Words that a name can be made of ("Army of Peace", "Defence Front"): with a
# capital they say nothing about what happens.
NAME_HEADS = frozenset(
    "army armed force forces front fronts movement party peace war wars resistance liberation defence defense defenders guard guards justice "
    "union united popular people people's national revolutionary islamic lord lord's brigade brigades corps council command security "
    "state states republic kingdom democratic free freedom new old north south east west central independent martyrs shield sword "
    "storm thunder victory unity salvation struggle battalion battalions legion league alliance congress committee organisation organization "
    "police navy marines air rapid support cross crescent world cold civil gulf day great holy military special operations border "
    "revolution intifada crisis conflict memorial museum week month".split()
)


@dataclass(frozen=True, slots=True)
class Words:
    """The tokens of a span, with the characters of the report they stand at.

    ``capital`` marks tokens written with a capital where that means a name:
    not at the start of a sentence or quote, not in headlines or capitals-only
    text. ``place`` counts words from the start, a name of many words as one.
    """

    tokens: tuple[str, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    capital: tuple[bool, ...]
    place: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Folded:
    """A report's text made comparable; ``origin`` maps back where lengths differ."""

    low: str
    origin: tuple[int, ...] | None = None

    def back(self, position: int) -> int:
        return position if self.origin is None else self.origin[position]

    def forth(self, position: int) -> int:
        if self.origin is None:
            return position
        from bisect import bisect_left

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
    return tuple(
        Sentence(text[start:end], start, end, _role(text[start:end], number == 0 and len(spans) > 1))
        for number, (start, end) in enumerate(spans)
    )


def fold(text: str) -> Folded:
    """Lower case, straight quotes, no accents, no invisible characters."""
    if text.isascii():
        return Folded(text.lower())
    table = {char: _plain(char) for char in set(_ODD.findall(text))}
    if all(len(plain) == 1 for plain in table.values()):
        return Folded(text.translate(str.maketrans(table)).lower())
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
    found = list(TOKEN.finditer(folded.low, folded.forth(start), folded.forth(end)))
    tokens = tuple([match.group() for match in found])
    starts = tuple([match.start() for match in found])
    ends = tuple([match.end() for match in found])
    if folded.origin is not None:
        starts = tuple([folded.origin[place] for place in starts])
        ends = tuple([folded.origin[place - 1] + 1 for place in ends])
    capital = _capitals(text, tokens, starts)
    return Words(tokens, starts, ends, capital, _places(tokens, capital))


def is_no_comment(sentence: str) -> bool:
    """Whether a sentence only says that somebody did not answer a reporter."""
    return _NO_COMMENT.search(sentence) is not None


def _capitals(text: str, tokens: tuple[str, ...], starts: tuple[int, ...]) -> tuple[bool, ...]:
    """Which tokens a capital marks as part of a name."""
    upper = [text[at].isupper() for at in starts]
    # Headlines and broadcasts put capitals on most words: there they say nothing.
    if 3 * sum(upper) > 2 * sum(token[0].isalpha() for token in tokens):
        return (False,) * len(tokens)
    opening = True
    for at, token in enumerate(tokens):
        if opening and token[0].isalpha():
            following = upper[at + 1] if at + 1 < len(tokens) else False
            upper[at] = upper[at] and (following or tokens[at + 1 : at + 2] == ("of",)) and token in NAME_HEADS
        opening = token in _OPENERS or (opening and not token[0].isalnum())
    return tuple(upper)


def _places(tokens: tuple[str, ...], capital: tuple[bool, ...]) -> tuple[int, ...]:
    """Position of each token when a run of capitals counts once."""
    if True not in capital:
        return tuple(range(len(tokens)))
    places, place = [], -1
    for at, yes in enumerate(capital):
        place += not (yes and at and capital[at - 1])
        places.append(place)
    return tuple(places)


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
    previous: str | None = None
    for match in re.finditer(r"[^\r\n\x0b\x0c\x85\u2028\u2029]+", text):
        line = match.group()
        if not line.strip():
            previous = None
            continue
        gap = text[blocks[-1][1] : match.start()] if blocks else ""
        if previous is not None and gap.count("\n") <= 1 and _continues(previous, line):
            blocks[-1] = (blocks[-1][0], match.end())
        else:
            blocks.append((match.start(), match.end()))
        previous = line
    return blocks


def _continues(line: str, following: str) -> bool:
    """Whether a line break between the two is the typesetter's."""
    if _BULLET.match(following) or len(line.strip()) < _WRAPPED_WIDTH or _LABEL.search(line):
        return False
    head = following.lstrip()[:1]
    if following[:4].isspace() and line[:1] != following[:1] and _TERMINAL.search(line):
        return False
    return head.islower() or len(line.strip()) <= 100


def _cut(text: str, start: int, end: int) -> list[tuple[int, int]]:
    import sentencex

    block = text[start:end]
    bullet = _BULLET.match(block)
    spans: list[tuple[int, int]] = []
    if block.isascii() or not any(0xD800 <= ord(c) <= 0xDFFF for c in block):
        clean = block
    else:
        clean = re.sub(r"[\ud800-\udfff]", "\ufffd", block)
    flat = re.sub(r"[\x00\r\n\x0b\x0c\x85\u2028\u2029]", " ", clean)
    lead = bullet.end() if bullet and bullet.end() < len(block) else 0
    for piece in sentencex.get_sentence_boundaries("en", flat[lead:]):
        left, right = piece["start_index"] + lead, piece["end_index"] + lead
        if not spans:
            left = 0
        spans.extend(_shorten(block, left, right))
    return [span for a, b in spans if (span := _trim(text, start + a, start + b)) is not None] or _whole(text, start, end)


def _whole(text: str, start: int, end: int) -> list[tuple[int, int]]:
    span = _trim(text, start, end)
    return [] if span is None else [span]


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


def _trim(text: str, start: int, end: int) -> tuple[int, int] | None:
    piece = text[start:end]
    left = len(piece) - len(piece.lstrip())
    stripped = piece.strip()
    return (start + left, start + left + len(stripped)) if stripped else None


def _role(text: str, first: bool) -> str:
    if len(text) < 60 and _BOILERPLATE.match(text):
        return "boilerplate"
    if _CAPTION.match(text):
        return "caption"
    if is_no_comment(text):
        return "boilerplate"
    if first and len(text) < 160 and not re.search(r"[.!?][\"'\u201d\u2019)]*$", text):
        return "headline"
    return "body"
