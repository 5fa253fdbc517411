"""Line -> whether it stands around a report: credits, copyright, links, share buttons."""

from __future__ import annotations

import re

# Longer than the credits of ten reporters, shorter than a paragraph.
_LONGEST = 300
_SHORT = 60
_BOILERPLATE = re.compile(
    r"\W*(?:share(?: this)?(?: (?:article|story|post|on \w+))?|tweet|print|email|advertisement|related(?: articles?| stories)?|all rights reserved"
    r"|(?:read (?:more|also)|sign up|subscribe|follow us|click here|copyright|\(c\)|\u00a9|(?:photo|image|source|credit)s?:).{0,40}"
    r"|reuters?|ap|afp|efe|xinhua|interfax|axios|ends?|end of (?:text|story))?\W*",
    re.IGNORECASE,
)
# Wordings that no sentence of a report opens with, however long the line goes on.
_OPENINGS = re.compile(
    r"\W*(?:(?:read|see) (?:more|also):|more on this (?:story|topic)|related (?:topics|articles|stories|coverage):|our standards:"
    r"|follow us on |subscribe to (?:our|the) |sign up (?:for|to) (?:our|the) |click here (?:to|for) |get our (?:app|newsletter)"
    r"|(?:copyright )?(?:\u00a9|\(c\)) ?(?:copyright )?\d{4}|copyright \d{4}"
    r"|this (?:article|story|report) (?:was|has been) (?:first |originally )?(?:published|produced|edited|translated) )",
    re.IGNORECASE,
)
_CREDITS = frozenset("reporting writing editing compiled edited written translated photography graphics".split())
_ADDED = frozenset("additional further and".split())
_PARTICLES = frozenset("and in at from for of the by with de del la el al ben bin ibn van von der den da dos staff newsroom bureau desk".split())
_NETWORKS = frozenset("facebook twitter whatsapp linkedin instagram telegram youtube reddit threads bluesky mastodon tiktok pinterest".split())
_BUTTONS = _NETWORKS | frozenset("share tweet post x email e-mail print save copy link send via on and or our us follow this article story page".split())
# A line that opens with any other word is none of these: nearly all are told by it.
_FIRST = _CREDITS | _ADDED | _BUTTONS | frozenset("read see more related our follow subscribe sign click get copyright this".split())
_LINK = re.compile(r"[(<\[]?(?:https?://|www\.|@\w|#\w)\S*")
_INITIALS = frozenset(word[0] for word in _CREDITS | _ADDED) | frozenset(word[0].upper() for word in _CREDITS | _ADDED)
_EDGES = ".,;:|/()[]<>\u2022\u00b7-\u2013\u2014*\"'"


def surrounds(line: str) -> bool:
    """Whether a line says nothing of what the report is about."""
    if len(line) < _SHORT and _BOILERPLATE.fullmatch(line):
        return True
    first = line.partition(" ")[0]
    if len(line) > _LONGEST or (first.isalpha() and first.lower() not in _FIRST):
        return False
    return _OPENINGS.match(line) is not None or _is_credit(line) or _is_links(line)


def _is_credit(line: str) -> bool:
    """Who wrote a report: "(Reporting by Ada Roe in Tarvos; Editing by Jo Poe)"."""
    start = line.lstrip(_EDGES + " ")
    if start[:1] not in _INITIALS or line.isupper():
        return False
    words = [plain for word in start.split() if (plain := word.strip(_EDGES))]
    low = [word.lower() for word in words]
    opening = low[: low.index("by")] if "by" in low[:5] else []
    if _CREDITS.isdisjoint(opening) or not _CREDITS.union(_ADDED).issuperset(opening) or len(words) == len(opening) + 1:
        return False
    return all(word[0].isupper() or plain in _PARTICLES or plain in _CREDITS or plain in _ADDED for word, plain in zip(words, low, strict=True))


def _is_links(line: str) -> bool:
    """Nothing but addresses, handles and the names of networks."""
    words = line.split()
    if not (_LINK.match(words[0]) or words[0].strip(_EDGES).lower() in _BUTTONS):
        return False
    plain = [word.strip(_EDGES).lower() for word in words if not _LINK.match(word)]
    return _BUTTONS.issuperset(filter(None, plain)) and (len(plain) < len(words) or not _NETWORKS.isdisjoint(plain))
