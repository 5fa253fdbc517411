"""Which qualifier reaches which cue: constructions, each with the cues' words and their buckets."""

from __future__ import annotations

import pytest

from escalation import features, lexicon
from escalation.reader import read
from escalation.records import Report

LEXICON = lexicon.parse_shipped()


def buckets(report: str) -> dict[str, str]:
    return {cue.text: features.bucket(cue) for item in read(Report(report), LEXICON, frozenset()) for cue in item.cues}


@pytest.mark.parametrize(
    ("report", "cue", "bucket"),
    [
        # A denying subject denies its verb, not its relative clause.
        ("None of the gunmen who had attacked the village was killed.", "attacked the village", "actual"),
        ("None of the gunmen who had attacked the village was killed.", "killed", "negated"),
        ("There was no sign that gunmen had attacked the village.", "gunmen had attacked", "negated"),
        # What is left out of a denial is affirmed.
        ("Nothing reached the village except mortar rounds.", "mortar rounds", "actual"),
        ("Nothing reached the village, except when mortar rounds fell.", "mortar rounds fell", "actual"),
        # What a longer phrase says of one direction leaves the other alone.
        ("The assault on the barracks collapsed on Tuesday.", "assault on the barracks", "negated"),
        # A later clause with a "not" of its own makes no pair of negations.
        ("Not one of the hostages was released, and the chief said he would not wait.", "hostages was released", "negated"),
        # An ending that is denied takes back nothing; what is not denied stands.
        ("The bombing of the port will not end.", "bombing of the port", "actual"),
        ("The army has not stopped shelling the village.", "stopped shelling", "negated"),
        ("The minister no longer denied that the army had attacked the village.", "army had attacked", "actual"),
        # A date that looks ahead speaks of its own phrase.
        ("Ten years to the day after the massacre, gunmen fired on mourners.", "massacre", "background"),
        ("Ten years to the day after the massacre, gunmen fired on mourners.", "gunmen fired on", "actual"),
        ("The guns that used to shell the village are rusting.", "shell the village", "background"),
        ("They vowed to fight to the end.", "vowed to fight to the end", "actual"),
        # Drills and suppositions are unreal.
        ("Suppose, the lecturer said, that the army attacked the village.", "army attacked", "imagined"),
        # What an order was comes to nothing with it, whoever refused it.
        ("They were ordered to fire on the crowd, refused, and the order was taken back.", "ordered to fire on", "negated"),
    ],
)
def test_a_construction_gives_its_cue_the_right_bucket(report, cue, bucket):
    assert buckets(report)[cue] == bucket
