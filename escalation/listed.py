"""Cues of a sentence -> those that stand in a list, and share what is said of it."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Sequence

from escalation.clauses import AUXILIARIES, SUBJECTS
from escalation.cues import Hit

# Members: how far apart, what joins them, what ends the list.
_ITEM = 7
_CONJUNCTIONS = frozenset({"and", "or", "nor"})
_JOINTS = _CONJUNCTIONS | {","}
_DEFINITE = frozenset("the its their his her no".split())
_FINITE = AUXILIARIES | {"would", "will"}
_DETERMINERS = frozenset("the a an its their his her any all some more other even further new to of".split())
_ITEM_ENDS = frozenset("; : ( ) ? ! - -- but which who that while when as after before if because said says".split()) | SUBJECTS | AUXILIARIES


def listed(cues: Sequence[Hit], tokens: Sequence[str], clauses: Collection[int]) -> list[list[Hit]]:
    """Cues that stand in a list: "to bomb the locks, mine the bay and shell the port".

    What holds for one holds for all; a past tense opens a new statement, and
    so does what begins at one of the ``clauses``.
    """
    if len(cues) < 2:
        return []
    lists = [[cue] for cue in cues[:1]]
    for left, right in itertools.pairwise(cues):
        words = tokens[left.last + 1 : right.first]
        joint = max((at for at, word in enumerate(words) if word in _JOINTS), default=len(words))
        after = words[joint + 1 :]
        clause = (joint > 0 and words[joint - 1] == "," and not _DEFINITE.isdisjoint(after)) or "no" in after or not _FINITE.isdisjoint(tokens[right.first : right.last + 1])
        opens = joint < len(words) and left.last + 1 + joint in clauses and (words[joint] == "," or not tokens[left.first].endswith("ed"))
        joined = not clause and not opens and joint < len(words) <= _ITEM and _ITEM_ENDS.isdisjoint(words) and _DETERMINERS.issuperset(after)
        if joined and _alike(left, right, tokens, joint < len(words) - 1):
            lists[-1].append(right)
        else:
            lists.append([right])
    return [members for members in lists if len(members) > 1 and not _CONJUNCTIONS.isdisjoint(tokens[members[0].last : members[-1].last + _ITEM])]


def _alike(left: Hit, right: Hit, tokens: Sequence[str], apart: bool) -> bool:
    """Finite verbs go with finite verbs; after "and its" a noun opens a new clause."""
    shapes = [next((ending for ending in ("ed", "ing") if tokens[hit.first].endswith(ending)), "") for hit in (left, right)]
    return shapes[0] == shapes[1] or not (apart or "ed" in shapes)
