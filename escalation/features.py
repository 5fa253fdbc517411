"""Qualified cues -> numbers per sentence, then numbers per report.

Every report feature is a sum of parts that belong to sentences, and none of
them grows when a report is repeated or lengthened in the same vein: features
are means, soft maxima and saturating rates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from math import exp, log10, sqrt
from operator import mul
from sys import intern
from typing import NamedTuple

from escalation.adding import add_up
from escalation.records import Cue

# What a cue counts as once its qualifiers are known.
BUCKETS = ("actual", "mitigated", "intended", "requested", "imagined", "negated", "doubted", "background")
_BY_REALIS = {"threatened": "intended", "planned": "intended", "requested": "requested", "feared": "imagined", "hypothetical": "imagined"}
# Half-way point of a saturating rate: one hit in ten sentences counts half.
_HALF_RATE = 0.1
# How sharply the peak follows the strongest sentence (a soft maximum).
_SHARPNESS = 8.0
# Evidence sentences are rare, so heat and calm are small; their root tells weak
# evidence from none.
_ROOT = 0.33
_FAINT = 1e-4  # claim of a sentence that is neither: shares stay defined where none is
_LEAD = 3  # sentences that a news writer puts first
_CAP = 2.0  # a sentence with ten strikes is not ten sentences with one
# So many words tell half of what an article's words tell about its topic.
_TELLING = 8.0
# Keeps the word channel of a one-line report from shouting: about what forty
# words weigh in squared idf.
_FEW_WORDS = 600.0
WORD = "word "
_PREFIX = len(WORD)
SUBJECT = "subject."

Numbers = dict[str, float]


class Measured(NamedTuple):
    """Report features and, for each, the parts that its sentences hold.

    ``passed * parts[name][i]`` is sentence ``i``'s part; these sum to
    ``values[name]``. A word's value is shared evenly by the sentences in
    ``places[name]``.
    """

    values: Numbers
    parts: Mapping[str, Mapping[int, float]]
    places: Mapping[str, Sequence[int]]
    passed: float = 1.0


def bucket(cue: Cue) -> str:
    """The one of :data:`BUCKETS` that a cue's qualifiers put it in."""
    if cue.time == "background":
        return "background"
    if cue.status == "negated":
        return "negated"
    if cue.realis != "actual":
        return _BY_REALIS[cue.realis]
    if cue.status != "asserted":
        return "doubted"
    return "mitigated" if cue.mitigated else "actual"


def of_sentence(cues: Sequence[Cue], tokens: Sequence[str], vocabulary: frozenset[str], subjects: Mapping[str, str]) -> Numbers:
    """Numbers of one sentence, independent of the rest of the report.

    ``<cue>.<bucket>`` and ``<family>.<bucket>`` sum strengths; ``up`` and
    ``down`` sum the cues' signed weights; magnitudes are log10; ``subject.<name>``
    counts words that tell of another subject; words are 0/1.
    """
    found: Numbers = {}
    for cue in cues:
        place = bucket(cue)
        for name in _names(cue.name, cue.direction, cue.family, place):
            found[name] = min(found.get(name, 0.0) + cue.strength, _CAP)
        side = "up" if cue.weight > 0 else "down"
        found[side] = min(found.get(side, 0.0) + abs(cue.weight), _CAP)
        if place in ("actual", "mitigated", "doubted"):
            for size in cue.magnitude:
                number = min(cue.strength, 1.0) * log10(1 + sqrt(size.low * size.high)) / 2
                found[size.kind] = max(found.get(size.kind, 0.0), number)
            if cue.direction > 0 and cue.rung:
                found["rung"] = max(found.get("rung", 0.0), min(cue.strength, 1.0) * cue.rung / 5)
    for token in filter(subjects.__contains__, tokens):
        name = SUBJECT + subjects[token]
        found[name] = min(found.get(name, 0.0) + 1.0, _CAP)
    if vocabulary:
        found.update(dict.fromkeys(map(_word, sorted(vocabulary.intersection(tokens))), 1.0))
    return found


def of_report(sentences: Sequence[Numbers], heat: Sequence[float], calm: Sequence[float], counted: Sequence[bool], idf: Mapping[str, float]) -> Measured:
    """Numbers of a report from those of its sentences.

    Parameters
    ----------
    sentences : numbers of each sentence, from :func:`of_sentence`
    heat, calm : the sentence model's two probabilities, in [0, 1]
    counted : False for share lines and the like, which dilute nothing
    idf : inverse document frequency of the word channel
    """
    body = [i for i, yes in enumerate(counted) if yes]
    if not body:
        return Measured({}, {}, {})
    parts = of_temperature(heat, calm, body)
    sums, places = _sort_out(sentences, body, idf)
    parts.update([(name, _saturate(part)) for name, part in sums.items()])
    values = {name: add_up(part.values()) for name, part in parts.items()}
    values.update(_words(places, idf))
    return Measured(values, parts, places)


def amount(sentences: Sequence[Numbers]) -> float:
    """How much there is to judge from: sentences that say something, at most 1 each."""
    return add_up([min(1.0, row.get("up", 0.0) + row.get("down", 0.0)) for row in sentences])


def gate(measured: Measured, topic: float) -> Measured:
    """Everything but words counts only as far as the report is about a conflict.

    ``topic`` is the probability in [0, 1] that it is; the fewer words there are
    to tell it from, the less it closes. Word features stay; what tells of
    another subject has had its say in ``topic`` and goes no further.
    """
    told = sum(map(len, measured.places.values()))
    passed = 1 - (1 - topic) * told / (told + _TELLING)
    parts = {name: part for name, part in measured.parts.items() if name[: len(SUBJECT)] != SUBJECT}
    values = {name: passed * measured.values[name] for name in parts}
    values.update([(name, measured.values[name]) for name in measured.places])
    return Measured(values, parts, measured.places, passed)


def of_temperature(heat: Sequence[float], calm: Sequence[float], body: Sequence[int]) -> dict[str, dict[int, float]]:
    """Parts of the features that rest on the sentence model.

    A value comes from the roots, but goes to the sentences that are plainly hot
    or plainly calm: a root flattens what tells them apart.
    """
    hot = [(h * (1 - c)) ** 2 + _FAINT for h, c in zip(heat, calm, strict=True)]
    mild = [(c * (1 - h)) ** 2 + _FAINT for h, c in zip(heat, calm, strict=True)]
    roots = [h**_ROOT for h in heat], [c**_ROOT for c in calm]
    parts: dict[str, dict[int, float]] = {}
    for name, series, claims in (("heat", roots[0], hot), ("calm", roots[1], mild)):
        lead = body[:_LEAD]
        parts[f"{name}.mean"] = _deal(add_up([series[i] for i in body]) / len(body), claims, body)
        parts[f"{name}.peak"] = _deal(_peak(series, body), claims, body)
        parts[f"{name}.lead"] = _deal(add_up([series[i] for i in lead]) / len(lead), claims, lead)
    parts["calm.ratio"] = _deal(_ratio(roots[1], roots[0], body), mild, body)
    return parts


def of_numbers(sentences: Sequence[Numbers], body: Sequence[int], idf: Mapping[str, float]) -> dict[str, dict[int, float]]:
    """Parts of the features that rest on cues and words alone."""
    sums, places = _sort_out(sentences, body, idf)
    rates = {name: _saturate(part) for name, part in sums.items()}
    return rates | {name: dict.fromkeys(places[name], value / len(places[name])) for name, value in _words(places, idf).items()}


def side_of(name: str, direction: int, family: str) -> str:
    """Family of a cue, with the sign where one family holds both (deterrence)."""
    if name == "deterrence":
        return "words-deter" + ("+" if direction > 0 else "-" if direction < 0 else "")
    return family


@lru_cache(maxsize=4096)
def _names(name: str, direction: int, family: str, place: str) -> tuple[str, str]:
    """Features that a cue in a bucket counts towards."""
    return f"{name}.{place}", f"{side_of(name, direction, family)}.{place}"


@cache
def _word(word: str) -> str:
    """Feature of a word of the vocabulary."""
    return intern(WORD + word)


def _deal(value: float, claims: Sequence[float], places: Sequence[int]) -> dict[int, float]:
    """Deal a value out to sentences in proportion to their claims."""
    each = value / add_up([claims[i] for i in places])
    return {i: each * claims[i] for i in places}


def _peak(series: Sequence[float], body: Sequence[int]) -> float:
    """Mean weighted towards the highest; equal to it when one stands out."""
    weights = [exp(_SHARPNESS * series[i]) for i in body]
    return add_up([weight * series[i] for i, weight in zip(body, weights, strict=True)]) / add_up(weights)


def _ratio(calm: Sequence[float], heat: Sequence[float], body: Sequence[int]) -> float:
    held = add_up([calm[i] for i in body])
    return held / (held + add_up([heat[i] for i in body]) + 0.05 * len(body))


def _sort_out(sentences: Sequence[Numbers], body: Sequence[int], idf: Mapping[str, float]) -> tuple[dict[str, dict[int, float]], dict[str, list[int]]]:
    """Rates by feature and sentence, and the sentences that each word is in."""
    total = len(body)
    sums: dict[str, dict[int, float]] = {}
    places: dict[str, list[int]] = {}
    for i in body:
        for name, value in sentences[i].items():
            if name in places:
                places[name].append(i)
            elif name in idf or name[:_PREFIX] == WORD:
                places[name] = [i]
            elif name in sums:
                sums[name][i] = value / total
            else:
                sums[name] = {i: value / total}
    return sums, places


def _saturate(part: Mapping[int, float]) -> dict[int, float]:
    """Parts of a rate per sentence that approaches 1."""
    scale = 1 / (add_up(part.values()) + _HALF_RATE)
    return {i: value * scale for i, value in part.items()}


def _words(places: Mapping[str, Sequence[int]], idf: Mapping[str, float]) -> Numbers:
    """Square-root counts times idf, scaled to unit length."""
    counts = [*map(len, places.values())]
    raw = [sqrt(count) * idf.get(name, 0.0) for name, count in zip(places, counts, strict=True)]
    length = sqrt(add_up(map(mul, raw, raw)) + _FEW_WORDS)
    # Summed as the sentences' parts are, so that the last bit of a fit stays.
    values = [value / length if count == 1 else add_up([value / length / count] * count) for value, count in zip(raw, counts, strict=True)]
    return dict(zip(places, values, strict=True))
