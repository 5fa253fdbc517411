"""Report -> sentences with their qualified cues and numbers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from itertools import compress
from typing import NamedTuple

from escalation import context, cues, features, text
from escalation.lexicon import Lexicon
from escalation.names import Words
from escalation.records import Cue, Report, Sentence
from escalation.tokens import tokens_of, words

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
    tokens = tokens_of(report.text)
    published = report.published if isinstance(report.published, date) else None
    quoted = False
    result = []
    sentences = text.split(report.text)
    lines = [words(tokens, sentence.start, sentence.end) for sentence in sentences]
    for index, (sentence, said) in enumerate(zip(sentences, lines, strict=True)):
        marks = said.tokens.count(_QUOTE)
        quoted = quoted and not sentence.text.startswith(('"', "\u201c"))
        hits = cues.find(said, lexicon)
        found = context.qualify(hits, said, report.text, lexicon, context.Scene(index, published, quoted))
        found = _judged(found, lines[index + 1 : index + 2], lexicon)
        result.append(Read(sentence, tuple(found), _numbers(hits, found, said, vocabulary, lexicon.subjects)))
        quoted = quoted != bool(marks % 2)
    return result


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
