"""Which qualifier reaches which cue: constructions, each with the cues' words and their buckets."""

from __future__ import annotations

from datetime import date

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
        # What a denial, a question or a plan takes for granted.
        ("No group claimed responsibility for the bombing of the port.", "bombing of the port", "actual"),
        ("No group was ready for the bombing of the port.", "bombing of the port", "negated"),
        ("The rebels denied any role in the bombing of the port.", "bombing of the port", "actual"),
        ("Nobody was arrested in Friday's attack on the port.", "attack on the port", "actual"),
        ("No order was given in the attack on the port.", "attack on the port", "actual"),
        ("There was no attack on the port.", "attack on the port", "negated"),
        ("No arrests were made over the attack on the port.", "attack on the port", "actual"),
        ("It was not clear how many died in the raid.", "died in the raid", "actual"),
        ("The ministry will investigate the attack on the port.", "attack on the port", "actual"),
        ("The king cancelled the feast over the shelling of the port and put his army on alert.", "shelling of the port", "actual"),
        ("The king cancelled the feast over the shelling of the port and put his army on alert.", "army on alert", "actual"),
        # A date reaches it all the same.
        ("In 1954 no one was hurt in the attack on the port.", "attack on the port", "background"),
        # A clause with a subject and a verb of its own is not denied with the one before.
        ("The envoys could not agree on a text and the shelling of the port goes on.", "shelling of the port", "actual"),
        ("The rockets were not intercepted and hit the power station.", "hit the power station", "actual"),
        # What is stopped in time is not done, and what is not stopped is not softened.
        ("Air defences stopped the rockets before they hit the power station.", "hit the power station", "negated"),
        ("Air defences failed to stop the rockets, which hit the power station.", "hit the power station", "actual"),
        # Of two as long the one that only looks like a qualifier wins.
        ("The war is shrinking: the town had seen nothing but fighting.", "war is shrinking", "actual"),
        # Each "no" has a noun of its own.
        ("There were no raids, no shelling, no ambushes and no abductions.", "shelling", "negated"),
        ("There were no raids, no shelling, no ambushes and no abductions.", "ambushes", "negated"),
        # A relative clause ends at its comma.
        ("The rebels, who refrained from attacking the port, bombed the dam and fled.", "bombed the dam", "actual"),
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


def qualified(report: str, cue: str, published: date | None = None):
    return next(found for item in read(Report(report, published), LEXICON, frozenset()) for found in item.cues if found.text == cue)


@pytest.mark.parametrize(
    ("report", "cue", "told"),
    [
        ("Rebels shelled the port.", "Rebels shelled", {}),
        ("Rebels did not shell the port.", "shell the port", {"status": "not"}),
        ("Not one of the hostages was released, and the chief said he would not wait.", "hostages was released", {"status": "Not one"}),
        ("No hostages were released, but they never did.", "hostages were released", {"status": "No"}),
        ("The army denied doubtful reports that rebels shelled the port.", "rebels shelled", {"status": "denied", "attribution": "army denied doubtful reports"}),
        ("Rebels have so far spared the port.", "spared the port", {"provisional": "so far"}),
        ("Shells fell on the port, but all were intercepted.", "Shells fell", {"mitigated": "all were intercepted"}),
        # Softened are acts, not restraint, and not what softens.
        ("Shells fell on the port, but all were intercepted.", "all were intercepted", {}),
        ("The army agreed to a ceasefire; the rockets were intercepted.", "agreed to a ceasefire", {}),
        # Who is least bound by his word is named before who is most.
        ("Officials said rebels shelled the port.", "rebels shelled", {"attribution": "Officials said"}),
        ("According to state radio, rebels shelled the port.", "rebels shelled", {"attribution": "According to state radio"}),
        ("The army said, according to the agency, that rebels shelled the port.", "rebels shelled", {"attribution": "according to the agency"}),
        ("The rebels said they had shelled the port.", "shelled the port", {"attribution": "rebels said"}),
        ("Radio Two said sources told it that rebels shelled the port.", "rebels shelled", {"attribution": "sources told"}),
        # What is long past is past, also where it went on.
        ("Rebels are still shelling the port.", "shelling the port", {"time": "still"}),
        ("Rebels continued shelling the port years ago.", "shelling the port", {"time": "years ago"}),
        ("Rebels massed to attack the port.", "attack the port", {"realis": "to"}),
        # What was done was neither planned nor threatened.
        ("The general did not deny that the army had shelled the port.", "army had shelled", {"realis": "not deny"}),
        ("The general urged that the army would shell the port.", "shell the port", {"realis": "urged"}),
        ("The general threatened that the army would shell the port.", "shell the port", {"realis": "threatened"}),
        ("The general vowed to them that the army plans to shell the port.", "shell the port", {"realis": "vowed to"}),
        ("The cabinet feared that the army planned to shell the port.", "shell the port", {"realis": "planned to"}),
        ("The cabinet asked whether the army would shell the port.", "shell the port", {"realis": "would"}),
        ("The king granted their appeal that jets would bomb the port.", "jets would bomb", {"realis": "granted their appeal that"}),
        # The nearest tells how real it is, in front or behind; as near, the longer.
        ("In chapter one attacks on the port are imminent.", "attacks on the port", {"realis": "In chapter one"}),
        ("In chapter one of the long book attacks on the port are imminent.", "attacks on the port", {"realis": "are imminent"}),
        ("Attacks on the port are imminent and could be long.", "Attacks on the port", {"realis": "are imminent"}),
    ],
)
def test_a_qualifier_tells_its_words(report, cue, told):
    assert {kind: report[start:end] for kind, (start, end) in qualified(report, cue).spans.items()} == told


@pytest.mark.parametrize(
    ("report", "cue", "realis"),
    [
        # A bare infinitive is a purpose ...
        ("Rebels massed to attack the port.", "attack the port", "planned"), ("To attack the port is folly.", "attack the port", "planned"),
        ("Rebels crossed the river to shell the port.", "shell the port", "planned"),
        # ... unless something makes it happen, or it is none.
        ("Rebels began to shell the port.", "shell the port", "actual"), ("Rebels managed to shell the port.", "shell the port", "actual"), ("Rebels forced thousands to flee the port.", "thousands to flee", "actual"),
        ("In response to attacks on the port, envoys left.", "attacks on the port", "actual"), ("The response to shelling of the port was silence.", "shelling of the port", "actual"),
        ("Troops moved to shelled villages.", "shelled villages", "actual"), ("Rebels massed to fire on the port.", "fire on the port", "actual"),
        ("Rebels crossed to shelled villages.", "shelled villages", "actual"), ("Rebels turned to bombing the port.", "bombing the port", "actual"), ("Rebels turned to attacks on the port.", "attacks on the port", "actual"),
        ("Tried to shell the port, rebels say.", "shell the port", "actual"), ("To shell the port is why they came.", "shell the port", "planned"), ("The army was obliged to shell the port.", "shell the port", "actual"),
        ("Forcing the army to attack the port was folly.", "attack the port", "actual"), ("Rebels massed to force families from their homes.", "force families from their homes", "planned"),
        # So may postures and trends be.
        ("Reservists met to mobilise the fleet.", "mobilise the fleet", "planned"), ("The generals met to escalate the war.", "escalate", "planned"), ("Envoys met to reject the truce.", "reject the truce", "actual"),
        # Who is forced may be told at some length.
        ("The raids forced the army to attack the port.", "attack the port", "actual"), ("The raids forced the men of the army to attack the port.", "attack the port", "actual"),
        ("The raids forced the men of the old army to attack the port.", "attack the port", "planned"),
    ],
)
def test_an_infinitive_is_planned_unless_something_makes_it_happen(report, cue, realis):
    assert qualified(report, cue).realis == realis


@pytest.mark.parametrize(
    ("report", "cue", "year"),
    [
        ("Rebels shelled the port in 1954.", "Rebels shelled", "1954"), ("In 1954 rebels shelled the port.", "rebels shelled", "1954"), ("The 1954 shelling of the port was told.", "shelling of the port", "1954"),
        ("Rebels shelled the port in the 1950s.", "Rebels shelled", "1950"), ("The 1950s shelling of the port was told.", "shelling of the port", "1950"),
        # A number of people is no year.
        ("1954 people fled the shelling of the port.", "shelling of the port", None), ("In 1954 people fled the shelling of the port.", "shelling of the port", "1954"),
        # A full date tells the news, not the past.
        ("Rebels shelled the port in March 1954.", "Rebels shelled", "1954"), ("Rebels shelled the port on June 1954.", "Rebels shelled", "1954"),
        ("Rebels shelled the port on 22 June 1954.", "Rebels shelled", None), ("Rebels shelled the port on June 22, 1954.", "Rebels shelled", None),
        # What has gone on since a year goes on, and a year may date something else.
        ("Since 1954 rebels shelled the port.", "rebels shelled", None), ("Rebels shelled the port near the 1954 bridge.", "Rebels shelled", None),
        ("Rebels shelled the port, as they had in 1954.", "Rebels shelled", None), ("In the 1950s rebels shelled the port.", "rebels shelled", "1950"),
        ("Since some dry day in 1954 the rebels of the valley shelled the port.", "shelled the port", None), ("Since some very dry day in 1954 the rebels of the valley shelled the port.", "shelled the port", "1954"),
        # The parts of a date may stand in any order, with a number of something else near by.
        ("22 June 1954 was the day that rebels shelled the port.", "rebels shelled", None), ("On June 22, 1954 rebels shelled the port.", "rebels shelled", None),
        ("They told of the 22 late March 1954 shellings.", "shellings", "1954"), ("They told of the 120 March 1954 shellings.", "shellings", "1954"), ("On June 1954 rebels shelled the port.", "rebels shelled", "1954"),
        ("22 June 1954 rebels shelled the port.", "rebels shelled", None), ("Rebels shelled the port in the 1950s and left.", "Rebels shelled", "1950"),
        # It stays in its clause.
        ("In 1954 the farmers left; rebels shelled the port.", "rebels shelled", None), ("It was 1954; the rebels of the green valley shelled the port.", "shelled the port", None),
        ("The army agreed to a ceasefire; in 1954 it rained.", "agreed to a ceasefire", None),
        # A year too far away does not hide another.
        ("In 1954 farmers wept, they said, for the old men of the green river valley and of the far hills, when rebels shelled the port in 1955.", "rebels shelled", "1955"),
        ("Of all the dry years of the valley, 1954 saw the guns of the hills shell the port.", "shell the port", "1954"),
        # A year in the middle of a noun phrase is that of its noun, three words on at most.
        ("They told of the 1954 shelling of the port.", "shelling of the port", "1954"), ("They told of the 1954 river harbour shelling.", "shelling", "1954"),
        ("They told of the 1954 river valley harbour shelling.", "shelling", None), ("The farmers remembered 1954, when rebels shelled the port.", "rebels shelled", "1954"),
        # In front it dates what follows within fourteen words, behind what stood fifteen before.
        ("In 1954 the men of the old river valley and of the far green hills shelled the port.", "shelled the port", "1954"),
        ("In 1954 the men of the old river valley and of the far green round hills shelled the port.", "shelled the port", None),
        ("Rebels shelled the port and pier and boats and barns and mills of the valley in 1954.", "Rebels shelled", "1954"),
        ("Rebels shelled the port and pier and boats and barns and mills of the green valley in 1954.", "Rebels shelled", None),
    ],
)
def test_a_year_dates_the_cue_that_it_stands_with(report, cue, year):
    span = qualified(report, cue).spans.get("time")
    assert (span and report[slice(*span)]) == year


@pytest.mark.parametrize(("when", "time"), [
    ("in 2021", "background"), ("on 22 June 2021", "background"), ("in 2024", "new"), ("in 2025", "new"),
    # The comma of a date parts no clauses, any other does.
    ("on March 12, 2021", "background"), ("near hut 12, 2021 was calm", "new"), ("of the old river town, 2021 was calm", "new"),
])
def test_a_year_before_that_of_publication_is_past(when, time):
    assert qualified(f"Rebels shelled the port {when}.", "Rebels shelled", date(2024, 5, 3)).time == time


def test_a_cue_carries_what_its_entry_and_the_lexicon_say_of_it():
    report = "The pier burned. Rebels wounded ten dockers."
    cue = qualified(report, "Rebels wounded")
    assert (cue.name, cue.entry, cue.direction, cue.sentence, cue.family, cue.strength, cue.rung) == ("casualties", "casualties.wounded", 1, 1, "act", 1.0, 3)
    assert report[cue.start : cue.end] == cue.text
    assert [(size.kind, size.low, size.high, report[size.start : size.end]) for size in cue.magnitude] == [("injured", 10, 10, "ten")]
    assert (cue.plover, cue.cameo, cue.goldstein) == LEXICON.codes("casualties")
    assert (cue.status, cue.realis, cue.time, cue.attribution) == ("asserted", "actual", "new", "none")
    assert qualified("Rebels could not shell the port.", "shell the port").attribution == "none"
    assert (cue.provisional, cue.quoted, cue.mitigated) == (False, False, False)
    assert qualified('"Rebels wounded ten dockers," he said.', "Rebels wounded").quoted
