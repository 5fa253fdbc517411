"""Cues -> qualified cues: status, realis, time, attribution, flags, magnitude."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from escalation.cues import Hit
from escalation.lexicon import Entry, Lexicon
from escalation.magnitude import Number, magnitudes, numbers
from escalation.records import NOTHING, Cue
from escalation.text import Words

# A qualifier does not reach past these marks. A comma counts as one unless it
# opens a short aside ("has not, so far, attacked").
_HARD = frozenset({";", ":", "(", ")", "[", "]", "--", "-", "\u2013", "\u2014", "?", "!"})
_ASIDE = 8
# Verbs that make their infinitive happen: "managed to seize" is a seizure.
_IMPLICATIVE = frozenset(
    "began begin begins beginning started start starts starting continued continue continues continuing managed manages resumed went proceeded "
    "tried try tries trying attempted attempts helped help used using returned moved rushed came resorted failed refused "
    "going responded ceased succeeded conspired dared forced compelled joined combined".split()
)
# After these "to" is a preposition: "response to attack".
_PREPOSITION = frozenset("response due led lead leads leading subjected reaction exposed vulnerable contributed prone close return way according addition subject opposed opposition witness thanks next key alternative end halt answer back rise down up".split())
_MASS = frozenset("violence war fighting shelling fire gunfire combat bloodshed hostilities action peace arms battle talks".split())
_MONTHS = {name: n for n, name in enumerate("january february march april may june july august september october november december".split(), 1)}
# Weight of an act by how real the text says it is: done over said, said over
# imagined (codebook). Only the order matters to the fitted model.
_REALIS = {"actual": 1.0, "threatened": 0.5, "planned": 0.45, "requested": 0.3, "feared": 0.3, "hypothetical": 0.2}
_STATUS = {"asserted": 1.0, "negated": -0.6, "denied": 0.3, "doubted": 0.6}
_NOT_ACTUAL_ORDER = ("feared", "hypothetical", "requested", "planned", "threatened")
_SELF_QUALIFIED = frozenset({"threat", "words", "refusal"})
_QUOTE = '"'


@dataclass(frozen=True, slots=True)
class Scene:
    """What a sentence needs to know beyond itself."""

    index: int
    published: date | None
    quoted: bool
    year: int | None


def qualify(hits: Sequence[Hit], words: Words, text: str, lexicon: Lexicon, scene: Scene) -> list[Cue]:
    """Turn a sentence's hits into cues with every qualifier set."""
    cues = [hit for hit in hits if hit.entry.kind == "cue"]
    if not cues:
        return []
    clause = _Clause(words, [hit for hit in hits if hit.entry.kind != "cue"], scene)
    found = numbers(words)
    softeners = [hit for hit in cues if hit.entry.name == "mitigation"]
    return [_cue(hit, cues, softeners, clause, found, text, lexicon) for hit in cues]


class _Clause:
    """The qualifiers of one sentence and the borders between its words."""

    def __init__(self, words: Words, hits: Sequence[Hit], scene: Scene) -> None:
        self.words = words
        self.scene = scene
        self.triggers = [hit for hit in hits if hit.entry.kind != "border"]
        self.borders = frozenset(hit.first for hit in hits if hit.entry.kind == "border")
        self.commas = _commas(words.tokens)
        self.inside = _quoted(words.tokens, scene.quoted)

    def reaches(self, trigger: Hit, hit: Hit) -> bool:
        """Whether a trigger's scope covers a cue."""
        entry = trigger.entry
        if not set(trigger.matched).isdisjoint(hit.matched) or (hit.first <= trigger.first and trigger.last <= hit.last):
            return False
        if trigger.last < hit.first:
            return entry.reach in ("right", "both") and self._open(entry, trigger.last + 1, hit.first)
        if hit.last < trigger.first:
            return entry.reach in ("left", "both") and self._open(entry, hit.last + 1, trigger.first)
        return False

    def _open(self, entry: Entry, start: int, end: int) -> bool:
        if start < end and self.words.place[end - 1] - self.words.place[start] >= entry.most:
            return False
        if not entry.stops:
            return True
        tokens = self.words.tokens
        return not any(tokens[at] in _HARD or at in self.commas or at in self.borders for at in range(start, end))


def _cue(hit: Hit, cues: Sequence[Hit], softeners: Sequence[Hit], clause: _Clause, found: Sequence[Number], text: str, lexicon: Lexicon) -> Cue:
    entry = hit.entry
    words = clause.words
    spans: dict[str, tuple[int, int]] = {}
    reaching = [t for t in clause.triggers if clause.reaches(t, hit)]
    status = _status(hit, reaching, spans, words)
    realis = _realis(hit, reaching, spans, words)
    time = _time(hit, reaching, spans, clause)
    attribution = _attribution(reaching, spans, words)
    provisional = _flag("provisional", reaching, spans, words)
    mitigated = _mitigated(hit, softeners, spans, words)
    start, end = words.starts[hit.first], words.ends[hit.last]
    about = lexicon.metadata[entry.name]
    return Cue(
        name=entry.name,
        entry=entry.id,
        direction=entry.direction,
        start=start,
        end=end,
        text=text[start:end],
        sentence=clause.scene.index,
        family=entry.family,
        strength=entry.strength,
        rung=entry.rung,
        status=status,
        realis=realis,
        time=time,
        attribution=attribution,
        provisional=provisional,
        quoted=clause.inside[hit.first],
        mitigated=mitigated,
        magnitude=magnitudes(hit, cues, found, words),
        weight=_weight(entry, status, realis, time, mitigated, provisional),
        spans=MappingProxyType(spans) if spans else NOTHING,
        plover=_plover(about),
        cameo=tuple(about["cameo"]) if "cameo" in about else None,
        goldstein=tuple(about["goldstein"]) if "goldstein" in about else None,
    )


def _status(hit: Hit, reaching: Sequence[Hit], spans: dict[str, tuple[int, int]], words: Words) -> str:
    """Negations resolve in pairs; a denial or doubt stands where none is left."""
    by = {value: [t for t in reaching if t.entry.kind == "status" and t.entry.name == value] for value in ("negated", "denied", "doubted")}
    negations = _apart(by["negated"])
    if len(negations) % 2:
        return _note("status", negations[-1], spans, words, "negated")
    for value in ("denied", "doubted"):
        if by[value]:
            return _note("status", by[value][-1], spans, words, value)
    return "asserted"


def _apart(triggers: Sequence[Hit]) -> list[Hit]:
    """Triggers that do not share words: "did not refuse to" is two."""
    kept: list[Hit] = []
    for trigger in sorted(triggers, key=lambda t: (t.first, -t.last)):
        if not kept or trigger.first > kept[-1].last:
            kept.append(trigger)
    return kept


def _realis(hit: Hit, reaching: Sequence[Hit], spans: dict[str, tuple[int, int]], words: Words) -> str:
    """The nearest qualifier wins: "urged them not to say they would" is would."""
    near = [t for t in reaching if t.entry.kind == "realis"]
    if near:
        best = min(near, key=lambda t: (_distance(t, hit), -len(t.matched), t.entry.id))
        outer = [t for t in near if t.entry.name in ("requested", "threatened") and t.first < best.first and best.entry.name in ("hypothetical", "planned")]
        best = outer[0] if outer else best
        return _note("realis", best, spans, words, best.entry.name)
    if hit.entry.family in ("act", "posture", "trend") and _purpose(hit, words.tokens):
        spans["realis"] = (words.starts[hit.first - 1], words.ends[hit.first - 1])
        return "planned"
    return "actual"


def _purpose(hit: Hit, tokens: Sequence[str]) -> bool:
    """A bare infinitive that nothing makes happen: "massed to attack"."""
    at = hit.first
    if at < 1 or tokens[at - 1] != "to" or tokens[at].endswith(("s", "ing", "ed")) or tokens[at] in _MASS:
        return False
    before = tokens[at - 2] if at >= 2 else ""
    return before not in _IMPLICATIVE and before not in _PREPOSITION


def _time(hit: Hit, reaching: Sequence[Hit], spans: dict[str, tuple[int, int]], clause: _Clause) -> str:
    words = clause.words
    for trigger in reaching:
        if trigger.entry.kind == "time" and trigger.entry.name == "background":
            return _note("time", trigger, spans, words, "background")
    year = _year(hit, clause)
    if year is not None:
        spans["time"] = (words.starts[year], words.ends[year])
        return "background"
    for trigger in reaching:
        if trigger.entry.kind == "time":
            return _note("time", trigger, spans, words, trigger.entry.name)
    return "new"


def _year(hit: Hit, clause: _Clause) -> int | None:
    """Token of an explicit past year in the cue's clause, if one is there."""
    tokens = clause.words.tokens
    now = clause.scene.year
    for at in range(max(0, hit.first - 14), min(len(tokens), hit.last + 15)):
        token = tokens[at]
        if len(token) == 4 and token.isdecimal() and 1900 <= int(token) <= 2100 and (now is None or int(token) < now):
            before = tokens[at - 1] if at else ""
            adjacent = before in ("the", "of") and 0 <= hit.first - at <= 3
            if adjacent or (before != "the" and before != "since" and _same_clause(at, hit, clause)):
                return at
    return None


def _same_clause(at: int, hit: Hit, clause: _Clause) -> bool:
    low, high = (at + 1, hit.first) if at < hit.first else (hit.last + 1, at)
    tokens = clause.words.tokens
    fronted = at < hit.first and at <= 3
    return not any(tokens[k] in _HARD or (k in clause.commas and not fronted) or k in clause.borders for k in range(low, high))


def _attribution(reaching: Sequence[Hit], spans: dict[str, tuple[int, int]], words: Words) -> str:
    for value in ("anonymous", "party", "media", "official"):
        for trigger in reaching:
            if trigger.entry.kind == "attribution" and trigger.entry.name == value:
                return _note("attribution", trigger, spans, words, value)
    return "none"


def _flag(kind: str, reaching: Sequence[Hit], spans: dict[str, tuple[int, int]], words: Words) -> bool:
    for trigger in reaching:
        if trigger.entry.kind == kind:
            _note(kind, trigger, spans, words, "")
            return True
    return False


def _mitigated(hit: Hit, softeners: Sequence[Hit], spans: dict[str, tuple[int, int]], words: Words) -> bool:
    if hit.entry.name == "mitigation" or hit.entry.direction < 1:
        return False
    for softener in softeners:
        _note("mitigated", softener, spans, words, "")
        return True
    return False


def _weight(entry: Entry, status: str, realis: str, time: str, mitigated: bool, provisional: bool) -> float:
    weight = entry.direction * entry.strength * _STATUS[status]
    if not (entry.family in _SELF_QUALIFIED and realis in ("threatened", "planned")):
        weight *= _REALIS[realis]
    if time == "background":
        weight *= 0.15
    if mitigated:
        weight *= 0.6
    if provisional and weight < 0:
        weight *= 0.8
    return weight


def _note(kind: str, trigger: Hit, spans: dict[str, tuple[int, int]], words: Words, value: str) -> str:
    spans[kind] = (words.starts[trigger.first], words.ends[trigger.last])
    return value


def _distance(trigger: Hit, hit: Hit) -> int:
    return hit.first - trigger.last if trigger.last < hit.first else trigger.first - hit.last


def _commas(tokens: Sequence[str]) -> frozenset[int]:
    """Commas that end a scope: all but the pairs around a short aside."""
    places = [at for at, token in enumerate(tokens) if token == ","]
    ending = set(places)
    for left, right in zip(places, places[1:], strict=False):
        if right - left <= _ASIDE and left in ending and "and" not in tokens[right : right + 2]:
            ending -= {left, right}
    return frozenset(ending)


def _quoted(tokens: Sequence[str], open_: bool) -> list[bool]:
    inside = []
    for token in tokens:
        if token == _QUOTE:
            open_ = not open_
        inside.append(open_)
    return inside


def _plover(about: Mapping[str, object]) -> Mapping[str, object] | None:
    code = about.get("plover")
    if not isinstance(code, list):
        return None
    return MappingProxyType({"event": code[0], "mode": code[1] or None, "score": code[2]})


def years(text_tokens: Sequence[str]) -> Iterator[int]:
    """Explicit years of this or the last century among the tokens."""
    for token in text_tokens:
        if len(token) == 4 and token.isdecimal() and 1900 <= int(token) <= 2100:
            yield int(token)
