"""Cues -> qualified cues: status, realis, time, attribution, flags, magnitude."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import log10, sqrt
from types import MappingProxyType

from escalation.cues import Hit
from escalation.lexicon import Entry, Lexicon
from escalation.magnitude import magnitudes, numbers
from escalation.names import Words
from escalation.records import NOTHING, Cue, Magnitude
from escalation.scope import SELF_QUALIFIED, Scope
from escalation.twins import builder

# Verbs that make their infinitive happen: "managed to seize" is a seizure.
_IMPLICATIVE = frozenset(
    "began begin begins beginning started start starts starting continued continue continues continuing managed manages resumed went proceeded "
    "tried try tries trying attempted attempts helped help used using returned moved rushed came resorted failed refused "
    "going responded ceased succeeded conspired dared forced compelled joined combined had glad pleased proud sorry hard".split()
)
# Verbs whose object does what follows: "forced thousands to flee".
_CAUSATIVE = frozenset("forced forcing forces force compelled caused led prompted prompting drove driving enabled helped obliged allowed".split())
# After these "to" is a preposition: "response to attack".
_PREPOSITION = frozenset("response due led lead leads leading subjected reaction exposed vulnerable contributed prone close return way according addition subject opposed opposition witness thanks next key alternative end halt answer back rise down up".split())
_MASS = frozenset("violence war fighting shelling fire gunfire combat bloodshed hostilities action peace arms battle talks".split())
_MONTHS = {name: number for number, name in enumerate("january february march april may june july august september october november december".split(), 1)}
_FRESH = 1  # months between an event and the report up to which a dated event is news: what happened last month may be told first today
# Weight of an act by how real the text says it is: done over said, said over
# imagined (codebook). Only the order matters to the fitted model.
_REALIS = {"actual": 1.0, "threatened": 0.5, "planned": 0.45, "requested": 0.3, "feared": 0.3, "hypothetical": 0.2}
_STATUS = {"asserted": 1.0, "negated": -0.6, "denied": 0.1, "doubted": 0.5}
_RESTRAINT_DENIED = -0.5  # "denied that it would stop" is a refusal
# What a number of people counts for, by what befell them.
_SIZE = {"killed": 1.0, "injured": 0.8}
_new_cue = builder(Cue)


@dataclass(frozen=True, slots=True)
class Scene:
    """What a sentence needs to know beyond itself."""

    index: int
    published: date | None
    quoted: bool


def qualify(hits: Sequence[Hit], words: Words, text: str, lexicon: Lexicon, scene: Scene) -> list[Cue]:
    """Turn a sentence's hits into cues with every qualifier set."""
    cues = [hit for hit in hits if hit.entry.kind == "cue"]
    if not cues:
        return []
    clause = Scope(words, text, hits, scene.quoted)
    sizes = magnitudes(cues, numbers(words), words)
    # "Failed to intercept" softens nothing.
    softeners = [hit for hit in cues if hit.entry.name == "mitigation" and _status(clause.reaching(hit), {}, words) != "negated"]
    return [_cue(hit, softeners, clause, sizes.get(id(hit), ()), text, lexicon, scene) for hit in cues]


def judge(found: Sequence[Cue], verdict: Hit, words: Words) -> list[Cue]:
    """Cues with what the next sentence says of them: "They did not".

    It speaks of what was open (asked, planned, threatened) where something
    was; ``words`` are those of the next sentence.
    """
    entry = verdict.entry
    meant = [cue for cue in found if entry.direction in (0, cue.direction) and cue.time != "background"]
    open_ = [cue for cue in meant if cue.realis != "actual" or cue.family in SELF_QUALIFIED]
    chosen = {id(cue) for cue in (open_ if open_ and entry.stops else meant)}
    span = (words.starts[verdict.first], words.ends[verdict.last])
    return [_judged(cue, entry.name, span) if id(cue) in chosen else cue for cue in found]


def _judged(cue: Cue, value: str, span: tuple[int, int]) -> Cue:
    realis = "actual" if value == "asserted" else cue.realis
    kind = "realis" if realis != cue.realis else "status"
    weight = _weight(cue, value, realis, cue.time, cue.mitigated, cue.provisional) * _size(cue.magnitude)
    return replace(cue, status=value, realis=realis, weight=weight, spans=MappingProxyType({**cue.spans, kind: span}))


def _cue(hit: Hit, softeners: Sequence[Hit], clause: Scope, size: tuple[Magnitude, ...], text: str, lexicon: Lexicon, scene: Scene) -> Cue:
    entry = hit.entry
    words = clause.words
    spans: dict[str, tuple[int, int]] = {}
    reaching = clause.reaching(hit)
    status = _status(reaching, spans, words)
    realis = _realis(hit, reaching, spans, words)
    time = _time(hit, reaching, spans, clause, scene.published)
    attribution = _attribution(reaching, spans, words)
    provisional = _flag("provisional", reaching, spans, words)
    mitigated = _mitigated(hit, softeners, spans, words)
    start, end = words.starts[hit.first], words.ends[hit.last]
    return _new_cue(
        entry.name, entry.id, entry.direction, start, end, text[start:end], scene.index, entry.family, entry.strength, entry.rung,
        status, realis, time, attribution, provisional, clause.inside[hit.first], mitigated, size,
        _weight(entry, status, realis, time, mitigated, provisional) * _size(size),
        MappingProxyType(spans) if spans else NOTHING, *lexicon.codes(entry.name),
    )


def _status(reaching: Sequence[Hit], spans: dict[str, tuple[int, int]], words: Words) -> str:
    """Negations resolve in pairs; a denial or doubt stands where none is left.

    A later clause with a "not" of its own makes no pair: what did not happen
    does not come about because someone else "did not wait".
    """
    about = [t for t in reaching if t.entry.kind == "status"]
    if not about:
        return "asserted"
    by = {value: [t for t in about if t.entry.name == value] for value in ("negated", "asserted", "denied", "doubted")}
    negations = [] if by["asserted"] else _apart([t for t in by["negated"] if not _later(t, words)]) or _apart(by["negated"])
    if len(negations) % 2:
        return _note("status", negations[-1], spans, words, "negated")
    for value in ("denied", "doubted"):
        if by[value]:
            return _note("status", by[value][-1], spans, words, value)
    return "asserted"


def _later(trigger: Hit, words: Words) -> bool:
    return not trigger.entry.stops and not {"not", "never"}.isdisjoint(words.tokens[at] for at in trigger.matched)


def _apart(triggers: Sequence[Hit]) -> list[Hit]:
    """Triggers that do not share words: "did not refuse to" is two."""
    kept: list[Hit] = []
    for trigger in sorted(triggers, key=lambda t: (t.first, -t.last)):
        if not kept or trigger.first > kept[-1].last:
            kept.append(trigger)
    return kept


def _realis(hit: Hit, reaching: Sequence[Hit], spans: dict[str, tuple[int, int]], words: Words) -> str:
    """The nearest qualifier wins: "urged them not to say they would" is would."""
    near: list[Hit] = []
    if reaching:
        near = [t for t in reaching if t.entry.kind == "realis"]
        done = next((t for t in reaching if t.entry.name in ("actual", "asserted")), None)
        if done is not None:
            return _note("realis", done, spans, words, "actual")
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
    return before not in _IMPLICATIVE and before not in _PREPOSITION and _CAUSATIVE.isdisjoint(tokens[max(0, at - 7) : at - 1])


def _time(hit: Hit, reaching: Sequence[Hit], spans: dict[str, tuple[int, int]], clause: Scope, published: date | None) -> str:
    words = clause.words
    for trigger in reaching:
        if trigger.entry.kind == "time" and trigger.entry.name == "background":
            return _note("time", trigger, spans, words, "background")
    year = _year(hit, clause, published)
    if year is not None:
        spans["time"] = (words.starts[year], words.ends[year])
        return "background"
    for trigger in reaching:
        if trigger.entry.kind == "time":
            return _note("time", trigger, spans, words, trigger.entry.name)
    return "new"


def _year(hit: Hit, clause: Scope, published: date | None) -> int | None:
    """Token of an explicit past year in the cue's clause, if one is there."""
    tokens = clause.words.tokens
    for at in clause.years:
        if not hit.first - 14 <= at < hit.last + 16:
            continue
        if _past(tokens, at, published) and (_dates(at, hit, clause) or (hit.first in clause.recalled and at < hit.first)):
            return at
    return None


def _past(tokens: Sequence[str], at: int, published: date | None) -> bool:
    """Whether a year, with the month before it where there is one, lies well before the report.

    Without a date of publication a full date ("22 June 1941", "June 22, 1941")
    dates what is told; what is long past has a year and no day.
    """
    before = [token for token in tokens[max(0, at - 3) : at] if token != ","][-2:]
    month = next((_MONTHS[token] for token in reversed(before) if token in _MONTHS), None)
    if published is None:
        return month is None or not any(token.isdecimal() and len(token) < 3 for token in before)
    years = published.year - int(tokens[at])
    return years > 0 if month is None else 12 * years + published.month - month > _FRESH


def _dates(at: int, hit: Hit, clause: Scope) -> bool:
    """Whether a year tells when the cue was: "the 2006 war", "in the 1980s"."""
    tokens = clause.words.tokens
    before = tokens[at - 1] if at else ""
    decade = tokens[at + 1 : at + 2] == ("s",)
    if 0 <= hit.first - at <= 3 and before != "since" and not decade:
        return True
    if "since" in tokens[max(0, at - 5) : at] or (before == "the" and not decade):
        return False
    # The comma of "March 12, 2025" parts no clauses.
    start = at - 3 if before == "," and at >= 3 and tokens[at - 3] in _MONTHS and tokens[at - 2].isdecimal() else at
    low, high = (at + 1, hit.first) if at < hit.first else (hit.last + 1, start)
    return clause.open(low, high, clause.date_walls, high - low)


def _attribution(reaching: Sequence[Hit], spans: dict[str, tuple[int, int]], words: Words) -> str:
    if not reaching:
        return "none"
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
    if hit.entry.direction < 1:
        return False
    for softener in softeners:
        _note("mitigated", softener, spans, words, "")
        return True
    return False


def _weight(entry: Entry | Cue, status: str, realis: str, time: str, mitigated: bool, provisional: bool) -> float:
    weight = entry.direction * entry.strength * (_RESTRAINT_DENIED if status == "denied" and entry.direction < 0 else _STATUS[status])
    if not (entry.family in SELF_QUALIFIED and realis in ("threatened", "planned")):
        weight *= _REALIS[realis]
    if time == "background":
        weight *= 0.15
    if mitigated:
        weight *= 0.6
    if provisional and weight < 0:
        weight *= 0.8
    return weight


def _size(found: Sequence[Magnitude]) -> float:
    """One wounded guard is not a hundred dead (codebook): ten count once."""
    if not found:
        return 1.0
    return min(1.6, max([_SIZE.get(size.kind, 0.7) * (0.6 + 0.4 * log10(1 + sqrt(size.low * size.high))) for size in found]))


def _note(kind: str, trigger: Hit, spans: dict[str, tuple[int, int]], words: Words, value: str) -> str:
    spans[kind] = (words.starts[trigger.first], words.ends[trigger.last])
    return value


def _distance(trigger: Hit, hit: Hit) -> int:
    return hit.first - trigger.last if trigger.last < hit.first else trigger.first - hit.last
