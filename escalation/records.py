"""The records that travel along the way of a report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

NOTHING: Mapping[str, tuple[int, int]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Report:
    """One article as published."""

    text: str
    published: date | None = None
    id: str | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Sentence:
    """A span of a report; ``report.text[start:end] == text``.

    ``role`` is ``"body"``, ``"headline"``, ``"caption"`` or ``"boilerplate"``
    (share lines, sign-offs, requests for comment).
    """

    text: str
    start: int
    end: int
    role: str = "body"


@dataclass(frozen=True, slots=True)
class Magnitude:
    """A number that the text gives to an act, as a range.

    ``kind`` is ``"killed"``, ``"injured"``, ``"displaced"`` or ``"units"``;
    ``low`` and ``high`` bound the number ("hundreds": 200 to 999).
    """

    kind: str
    low: int
    high: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Cue:
    """One hit of the lexicon in a sentence, with all its qualifiers.

    Attributes
    ----------
    name, entry : str
        The cue (``"air_strike"``) and the lexicon entry that fired.
    direction : int
        +1 escalation, -1 restraint, 0 context, as the lexicon has it.
    start, end : int
        Characters of the report's text, half open.
    sentence : int
        Index into the assessment's sentences.
    status : {"asserted", "negated", "denied", "doubted"}
    realis : {"actual", "threatened", "planned", "requested", "feared", "hypothetical"}
    time : {"new", "ongoing", "background"}
    attribution : {"none", "media", "official", "party", "anonymous"}
    spans : mapping of qualifier to (start, end)
        The words that set each qualifier that is not at its default.
    weight : float
        Signed contribution before learning: direction after qualification
        times strength; a negated act of force is negative.
    """

    name: str
    entry: str
    direction: int
    start: int
    end: int
    text: str
    sentence: int
    family: str
    strength: float = 1.0
    rung: int | None = None
    status: str = "asserted"
    realis: str = "actual"
    time: str = "new"
    attribution: str = "none"
    provisional: bool = False
    quoted: bool = False
    mitigated: bool = False
    magnitude: tuple[Magnitude, ...] = ()
    weight: float = 0.0
    spans: Mapping[str, tuple[int, int]] = field(default_factory=lambda: NOTHING)
    plover: Mapping[str, object] | None = None
    cameo: tuple[str, ...] | None = None
    goldstein: tuple[float, ...] | None = None


@dataclass(frozen=True, slots=True)
class ScoredSentence:
    """A sentence with its part of the log-odds.

    ``share`` is in log-odds; ``score`` is the sentence's own sign and strength
    in -1 (restraint) to 1 (escalation), read without the rest of the report.
    """

    text: str
    start: int
    end: int
    role: str
    score: float
    share: float
    cues: tuple[Cue, ...] = ()
