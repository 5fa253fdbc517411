"""The records that travel along the way of a report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from functools import cached_property
from types import MappingProxyType
from typing import Any

from escalation import grids

_HALVES = frozenset(map(chr, range(0xD800, 0xE000)))  # of characters, which the strings of pandas cannot hold
UNJUDGED = frozenset({"not_english", "no_words"})  # flags of a text that is not judged
LEVELS = ("none", "low", "guarded", "elevated", "high")  # codebook 0 to 4
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


@dataclass(frozen=True, slots=True, repr=False)
class Explanation:
    """Where the risk comes from, three ways, each summing to the same log-odds.

    ``by_sentence``, ``by_cue`` and ``by_feature`` are (name, share) pairs, the
    strongest first; ``baseline`` plus the shares of any one of them is the
    log-odds of ``risk``. ``without`` gives, for each sentence with a share, the
    risk that the report would have without it; of a report with more than 200
    of them, for the 200 with the strongest shares.
    """

    risk: float
    baseline: float
    by_sentence: tuple[tuple[int, float], ...]
    by_cue: tuple[tuple[str, float], ...]
    by_feature: tuple[tuple[str, float], ...]
    without: tuple[tuple[int, float], ...]

    def __repr__(self) -> str:
        return grids.explanation(self)


@dataclass(frozen=True, slots=True)
class Grade:
    """Where a report stands on the scale that its level is read from.

    ``value`` lies between 0 and ``end``; ``cuts`` are the four values at which
    the next level begins. A linear model's scale is the code that it expects of
    a coder, 0 to 4; an estimator's is the risk.
    """

    value: float
    cuts: tuple[float, ...]
    end: float


@dataclass(frozen=True, eq=False)
class Assessment:
    """How strongly one report signals that a conflict will intensify, and why.

    Attributes
    ----------
    risk : float
        Calibrated probability in [0, 1] that a coder would put the report at 3
        or 4 of the codebook.
    interval : (float, float)
        Nominal 90 % interval of ``risk``.
    level : {"none", "low", "guarded", "elevated", "high"}
    rung : int
        Highest rung, 0 to 5, asserted as happening now.
    evidence : {"none", "thin", "enough"}
        How much there was to judge from.
    acts, threats, restraint : float
        Sub-scores in [0, 1].
    baseline : float
        Log-odds of an empty report; with the shares of all sentences it sums
        to the log-odds of ``risk``.
    flags : tuple of str
        ``"not_english"`` or ``"no_words"`` where the text was not judged (see
        ``judged``); ``"homoglyphs"`` where words mix Latin letters with Cyrillic
        or Greek ones, in which no cue is found; ``"truncated"`` where the text
        is so long that only its first million characters were read.
    cues : tuple of Cue
        All cues in the order of the text.
    length : int
        How many sentences the report has.
    grade : Grade or None
        What ``level`` was read from; None where the text was not judged.
    sentences : tuple of ScoredSentence
    features : mapping of str to float
        Share of each feature. Like the sentences' these are worked out when
        they are first asked for: an archive asks for few.
    """

    report: Report
    risk: float
    interval: tuple[float, float]
    level: str
    rung: int
    evidence: str
    acts: float
    threats: float
    restraint: float
    baseline: float
    flags: tuple[str, ...]
    cues: tuple[Cue, ...]
    length: int
    shared: Callable[[], tuple[tuple[ScoredSentence, ...], Mapping[str, float]]] = field(repr=False)
    without: Callable[[int], float] = field(repr=False)
    views: tuple[Callable[[Assessment], Any], Callable[[Assessment], str]] | None = field(default=None, repr=False)
    grade: Grade | None = None

    @property
    def judged(self) -> bool:
        """Whether the text could be judged; its other flags are notes."""
        return UNJUDGED.isdisjoint(self.flags)

    @property
    def sentences(self) -> tuple[ScoredSentence, ...]:
        """The sentences, each with its share."""
        return self._shared[0]

    @property
    def features(self) -> Mapping[str, float]:
        """Share of each feature."""
        return self._shared[1]

    @cached_property
    def _shared(self) -> tuple[tuple[ScoredSentence, ...], Mapping[str, float]]:
        return self.shared()

    def explain(self) -> Explanation:
        """Shares by sentence, cue and feature, and the risk without each sentence."""
        assert self.views is not None, "assessments come from a Scorer"
        explanation: Explanation = self.views[0](self)
        return explanation

    def to_dict(self) -> dict[str, Any]:
        """Plain values that ``json.dumps`` takes."""
        return {
            "id": self.report.id,
            "published": self.report.published.isoformat() if self.report.published else None,
            "risk": self.risk,
            "interval": list(self.interval),
            "level": self.level,
            "rung": self.rung,
            "evidence": self.evidence,
            "acts": self.acts,
            "threats": self.threats,
            "restraint": self.restraint,
            "baseline": self.baseline,
            "flags": list(self.flags),
            "sentences": [_plain_sentence(sentence) for sentence in self.sentences],
        }

    def to_frame(self) -> Any:
        """A pandas DataFrame with one row per sentence."""
        import pandas as pd

        columns = ["text", "start", "end", "role", "score", "share"]
        rows = [[getattr(s, name) for name in columns] for s in self.sentences]
        frame = pd.DataFrame(rows, columns=columns, dtype=None if _HALVES.isdisjoint(self.report.text) else object)
        frame["cues"] = [[cue.name for cue in s.cues] for s in self.sentences]
        return frame

    def __repr__(self) -> str:
        named = f"{self.report.id}, " if self.report.id else ""
        return f"<Assessment: {named}risk {self.risk:.3f}, {self.level}, {self.length} sentences, {len(self.cues)} cues>"

    def _repr_html_(self) -> str:
        return self.views[1](self) if self.views else repr(self)


def _plain_sentence(sentence: ScoredSentence) -> dict[str, Any]:
    plain = {name: getattr(sentence, name) for name in ("text", "start", "end", "role", "score", "share")}
    return plain | {"cues": [_plain_cue(cue) for cue in sentence.cues]}


def _plain_cue(cue: Cue) -> dict[str, Any]:
    plain = {item.name: getattr(cue, item.name) for item in fields(cue)}
    for name in ("cameo", "goldstein"):
        plain[name] = list(plain[name]) if plain[name] is not None else None
    plain["plover"] = dict(cue.plover) if cue.plover is not None else None
    plain["spans"] = {name: list(span) for name, span in cue.spans.items()}
    plain["magnitude"] = [{item.name: getattr(size, item.name) for item in fields(size)} for size in cue.magnitude]
    return plain
