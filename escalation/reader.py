"""Report -> sentences with their qualified cues and numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from itertools import compress
from types import MappingProxyType
from typing import NamedTuple

from escalation import context, cues, features, text
from escalation.lexicon import Lexicon
from escalation.names import Words
from escalation.records import NOTHING, Cue, Magnitude, Report, Sentence
from escalation.tokens import tokens_of, words
from escalation.visible import Visible, beginning, visible

_QUOTE = '"'


class Read(NamedTuple):
    """One sentence, its cues, and its numbers for the sentence model."""

    sentence: Sentence
    cues: tuple[Cue, ...]
    numbers: features.Numbers

    @property
    def counts(self) -> bool:
        """Share lines and the like say nothing and dilute nothing."""
        return self.sentence.role != "boilerplate"


def read(report: Report, lexicon: Lexicon, vocabulary: frozenset[str]) -> list[Read]:
    """Read every sentence of a report, in order."""
    seen = visible(beginning(report.text))
    found = _read(seen.text, report.published, lexicon, vocabulary)
    return found if seen.places is None else [_placed(item, seen, report.text) for item in found]


def _read(said_in: str, published: object, lexicon: Lexicon, vocabulary: frozenset[str]) -> list[Read]:
    """The sentences of a text in which every character is seen."""
    tokens = tokens_of(said_in)
    day = published if isinstance(published, date) else None
    quoted = False
    result = []
    sentences = text.split(said_in)
    lines = [words(tokens, sentence.start, sentence.end) for sentence in sentences]
    for index, (sentence, said) in enumerate(zip(sentences, lines, strict=True)):
        marks = said.tokens.count(_QUOTE)
        quoted = quoted and not sentence.text.startswith(('"', "\u201c"))
        hits = cues.find(said, lexicon)
        found = context.qualify(hits, said, said_in, lexicon, context.Scene(index, day, quoted))
        found = _judged(found, lines[index + 1 : index + 2], lexicon)
        result.append(Read(sentence, tuple(found), _numbers(hits, found, said, vocabulary, lexicon.subjects)))
        quoted = quoted != bool(marks % 2)
    return result


def _placed(item: Read, seen: Visible, given: str) -> Read:
    """A sentence with all its places in the report as given."""
    sentence = item.sentence
    start, end = seen.span(sentence.start, sentence.end)
    return item._replace(sentence=replace(sentence, text=given[start:end], start=start, end=end), cues=tuple([_placed_cue(cue, seen, given) for cue in item.cues]))


def _placed_cue(cue: Cue, seen: Visible, given: str) -> Cue:
    start, end = seen.span(cue.start, cue.end)
    sizes = tuple([Magnitude(size.kind, size.low, size.high, *seen.span(size.start, size.end)) for size in cue.magnitude])
    spans = MappingProxyType({name: seen.span(*span) for name, span in cue.spans.items()}) if cue.spans else NOTHING
    return replace(cue, start=start, end=end, text=given[start:end], magnitude=sizes, spans=spans)


def _judged(found: list[Cue], following: list[Words], lexicon: Lexicon) -> list[Cue]:
    """Cues as the sentence after them leaves them."""
    verdict = cues.verdict(following[0], lexicon) if found and following else None
    return found if verdict is None else context.judge(found, verdict, following[0])


def _numbers(hits: list[cues.Hit], found: list[Cue], said: Words, vocabulary: frozenset[str], subjects: Mapping[str, str]) -> features.Numbers:
    """Words inside a cue that did not happen are not evidence of their own."""
    speaks = [not capital for capital in said.capital]
    if found:
        matched = [hit for hit in hits if hit.entry.kind == "cue"]
        for hit, cue in zip(matched, found, strict=True):
            if features.bucket(cue) not in ("actual", "mitigated"):
                for at in hit.matched:
                    speaks[at] = False
    return features.of_sentence(found, [*compress(said.tokens, speaks)], vocabulary, subjects)
