"""Assessment -> explanation: the same log-odds by sentence, by cue and by feature."""

from __future__ import annotations

from typing import TypeVar

from escalation import features
from escalation.adding import add_up
from escalation.records import Assessment, Cue, Explanation, ScoredSentence

_T = TypeVar("_T", int, str)
# Leaving a sentence out means judging all the others anew: to try every one
# takes time that grows with the square of the report. Articles have fewer.
_TRIED = 200


def explain(assessment: Assessment) -> Explanation:
    """Split the log-odds of the risk three ways.

    A sentence's share is dealt out to its cues in proportion to the size of
    their weights; a sentence without cues keeps it under ``"(words)"``.
    """
    sentences = [(i, s.share) for i, s in enumerate(assessment.sentences) if s.share]
    by_feature: dict[str, float] = {}
    for name, share in assessment.features.items():
        label = "words" if name.startswith(features.WORD) else name
        by_feature[label] = by_feature.get(label, 0.0) + share
    return Explanation(
        risk=assessment.risk,
        baseline=assessment.baseline,
        by_sentence=_strongest(sentences),
        by_cue=_strongest(list(_by_cue(assessment).items())),
        by_feature=_strongest(list(by_feature.items())),
        without=tuple((i, assessment.without(i)) for i, _ in sorted(_strongest(sentences)[:_TRIED])),
    )


def _by_cue(assessment: Assessment) -> dict[str, float]:
    sums: dict[str, float] = {}
    for sentence in assessment.sentences:
        for label, share in _deal(sentence):
            sums[label] = sums.get(label, 0.0) + share
    return sums


def _deal(sentence: ScoredSentence) -> list[tuple[str, float]]:
    total = add_up(abs(cue.weight) for cue in sentence.cues)
    if not total:
        return [("(words)", sentence.share)]
    return [(_label(cue), sentence.share * abs(cue.weight) / total) for cue in sentence.cues]


def _label(cue: Cue) -> str:
    return f"{cue.name} ({features.bucket(cue)})"


def _strongest(pairs: list[tuple[_T, float]]) -> tuple[tuple[_T, float], ...]:
    return tuple(sorted(pairs, key=lambda pair: (-abs(pair[1]), str(pair[0]))))
