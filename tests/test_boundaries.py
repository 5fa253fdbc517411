"""Where one answer becomes another: the edges of weights, features, levels and sub-scores."""

from __future__ import annotations

from dataclasses import replace
from math import exp, log, log10, sqrt

import pytest

from escalation import features, lexicon, store
from escalation.features import of_report, of_sentence
from escalation.reader import read
from escalation.records import LEVELS, Cue, Magnitude, Report
from escalation.risk import Linear, RiskModel, expected, half_width, sigmoid

LEXICON = lexicon.parse_shipped()
ACT = "Rebels shelled the port."
CALM = "Farmers brought in the barley."


def cues(text: str) -> list[Cue]:
    return [cue for item in read(Report(text), LEXICON, frozenset()) for cue in item.cues]


# Weights --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "entry", "weight"),
    [
        (ACT, "ground_combat.shelling", 1.0),
        # What did not happen is restraint; what is only denied or doubted counts for little.
        ("Rebels did not shell the port.", "ground_combat.shelling", -0.6),
        ("The army denied that rebels shelled the port.", "ground_combat.shelling", 0.1),
        ("Reports that rebels shelled the port were doubtful.", "ground_combat.shelling", 0.5),
        # Done over said, said over imagined.
        ("Rebels planned to shell the port.", "ground_combat.shelling", 0.45),
        ("Rebels could shell the port.", "ground_combat.shelling", 0.2),
        ("It was unclear whether rebels shelled the port.", "ground_combat.shelling", 0.5 * 0.2),
        # A threat is one already; it is not halved for being said.
        ("Rebels threatened to shell the port.", "threat_force.threatens", 1.0), ("The general is set to threaten to shell the port.", "threat_force.threatens", 1.0),
        ("The generals warned they would threaten to shell the port.", "threat_force.threatens", 1.0), ("The general urged the army to threaten to shell the port.", "threat_force.threatens", 0.3),
        ("Rebels shelled the port in the war of 1954.", "ground_combat.shelling", 0.15), ("Rebels did not shell the port in the war of 1954.", "ground_combat.shelling", -0.6 * 0.15),
        # Softened acts keep most of their weight.
        ("Rebels shelled the port, but caused no casualties.", "ground_combat.shelling", 0.6),
        ("Rebels shelled the port, but caused no casualties.", "mitigation.no_harm", 0.0),
        # What holds only so far is less of a restraint, not less of an act.
        ("Rebels have so far not shelled the port.", "ground_combat.shelling", -0.6 * 0.8),
        ("Rebels have so far shelled the port.", "ground_combat.shelling", 1.0), ("For now rebels could shell the port.", "ground_combat.shelling", 0.2),
        # Restraint that is denied is a refusal.
        ("The general agreed to a ceasefire.", "ceasefire.made", -1.5),
        ("The army denied that it agreed to a ceasefire.", "ceasefire.made", 0.75),
        # Ten dead count once, and no number counts more than 1.6 times.
        ("Rebels killed one docker.", "casualties.killed", 0.6 + 0.4 * log10(2)),
        ("Rebels killed ten dockers.", "casualties.killed", 0.6 + 0.4 * log10(11)),
        ("Rebels killed dozens of dockers.", "casualties.killed", 0.6 + 0.4 * log10(1 + sqrt(24 * 99))),
        ("Rebels killed 400 dockers.", "casualties.killed", 1.6),
        ("Rebels wounded ten dockers.", "casualties.wounded", 0.8 * (0.6 + 0.4 * log10(11))), ("The raids displaced ten families.", "displacement.flee", 0.7 * (0.6 + 0.4 * log10(11))),
    ],
)
def test_a_qualifier_weighs_what_it_says(text, entry, weight):
    assert [cue.weight for cue in cues(text) if cue.entry == entry] == [pytest.approx(weight)]


# Numbers of a sentence ------------------------------------------------------


def cue(name: str = "air_strike", direction: int = 1, family: str = "act", **changes: object) -> Cue:
    return replace(Cue(name, f"{name}.made", direction, 0, 1, "x", 0, family, weight=float(direction)), **changes)


DEAD = Magnitude("killed", 4, 9, 0, 1)


@pytest.mark.parametrize(
    ("found", "numbers"),
    [
        ([], {}),
        ([cue(strength=0.7, weight=0.5)], {"air_strike.actual": 0.7, "act.actual": 0.7, "up": 0.5}),
        ([cue("talks", -1, "diplomacy", strength=0.4, weight=-0.3)], {"talks.actual": 0.4, "diplomacy.actual": 0.4, "down": 0.3}),
        # Two of a kind add up, ten do not.
        ([cue(strength=0.75, weight=0.75)] * 2, {"air_strike.actual": 1.5, "act.actual": 1.5, "up": 1.5}),
        ([cue()] * 10, {"air_strike.actual": 2.0, "act.actual": 2.0, "up": 2.0}),
        ([cue(), cue("bombing")], {"air_strike.actual": 1.0, "bombing.actual": 1.0, "act.actual": 2.0, "up": 2.0}),
        # A cue without weight, such as a mitigation, pulls no side up.
        ([cue("mitigation", 0, "context", weight=0.0)], {"mitigation.actual": 1.0, "context.actual": 1.0, "down": 0.0}),
        # Deterrence is split by its wording.
        ([cue("deterrence", 1, "words")], {"deterrence.actual": 1.0, "words-deter+.actual": 1.0, "up": 1.0}),
        ([cue("deterrence", -1, "words")], {"deterrence.actual": 1.0, "words-deter-.actual": 1.0, "down": 1.0}),
        ([cue("deterrence", 0, "words", weight=0.0)], {"deterrence.actual": 1.0, "words-deter.actual": 1.0, "down": 0.0}),
        # Rungs and the dead count where something happened, strong words no more than plain ones.
        ([cue(rung=3)], {"air_strike.actual": 1.0, "act.actual": 1.0, "up": 1.0, "rung": 0.6}),
        ([cue(rung=3), cue(rung=2)], {"air_strike.actual": 2.0, "act.actual": 2.0, "up": 2.0, "rung": 0.6}),
        ([cue(rung=5, strength=1.5, weight=1.5)], {"air_strike.actual": 1.5, "act.actual": 1.5, "up": 1.5, "rung": 1.0}),
        ([cue(rung=5, strength=0.5)], {"air_strike.actual": 0.5, "act.actual": 0.5, "up": 1.0, "rung": 0.5}),
        ([cue("deterrence", 0, "words", rung=2, weight=0.0)], {"deterrence.actual": 1.0, "words-deter.actual": 1.0, "down": 0.0}),
        ([cue("talks", -1, "diplomacy", rung=3)], {"talks.actual": 1.0, "diplomacy.actual": 1.0, "down": 1.0}),
        ([cue(rung=3, realis="feared", weight=0.3)], {"air_strike.imagined": 1.0, "act.imagined": 1.0, "up": 0.3}),
        ([cue(magnitude=(DEAD,))], {"air_strike.actual": 1.0, "act.actual": 1.0, "up": 1.0, "killed": log10(7) / 2}),
        ([cue(magnitude=(DEAD,), strength=0.5), cue(magnitude=(Magnitude("killed", 1, 1, 0, 1),))], {"air_strike.actual": 1.5, "act.actual": 1.5, "up": 2.0, "killed": log10(7) / 4}),
        ([cue(magnitude=(DEAD,), strength=1.5)], {"air_strike.actual": 1.5, "act.actual": 1.5, "up": 1.0, "killed": log10(7) / 2}),
        ([cue(magnitude=(DEAD,), status="negated", weight=-0.6)], {"air_strike.negated": 1.0, "act.negated": 1.0, "down": 0.6}),
        ([cue(magnitude=(DEAD,), mitigated=True, weight=0.6)], {"air_strike.mitigated": 1.0, "act.mitigated": 1.0, "up": 0.6, "killed": log10(7) / 2}),
        ([cue(magnitude=(DEAD,), status="doubted", weight=0.5)], {"air_strike.doubted": 1.0, "act.doubted": 1.0, "up": 0.5, "killed": log10(7) / 2}),
    ],
)
def test_cues_make_these_numbers_of_a_sentence(found, numbers):
    assert of_sentence(found, (), frozenset(), {}) == pytest.approx(numbers)


@pytest.mark.parametrize(
    ("qualifiers", "bucket"),
    [
        ({}, "actual"), ({"mitigated": True}, "mitigated"), ({"status": "negated"}, "negated"), ({"status": "denied"}, "doubted"), ({"status": "doubted"}, "doubted"),
        ({"realis": "threatened"}, "intended"), ({"realis": "planned"}, "intended"), ({"realis": "requested"}, "requested"), ({"realis": "feared"}, "imagined"), ({"realis": "hypothetical"}, "imagined"),
        # Of several qualifiers this one tells: when, then whether, then how real.
        ({"time": "background", "status": "negated"}, "background"), ({"status": "negated", "realis": "planned"}, "negated"), ({"status": "denied", "realis": "planned"}, "intended"),
        ({"status": "doubted", "mitigated": True}, "doubted"), ({"time": "ongoing"}, "actual"),
    ],
)
def test_qualifiers_put_a_cue_in_one_bucket(qualifiers, bucket):
    assert features.bucket(cue(**qualifiers)) == bucket
    assert bucket in features.BUCKETS


@pytest.mark.parametrize(("name", "direction", "side"), [("deterrence", 1, "words-deter+"), ("deterrence", -1, "words-deter-"), ("deterrence", 0, "words-deter"), ("feared_escalation", 1, "words")])
def test_deterrence_stands_on_the_side_of_its_wording(name, direction, side):
    assert features.side_of(name, direction, "words") == side


def test_words_count_once_and_subjects_twice_at_most():
    tokens = "the pawn took the pawn and the pawn took a rook at the port port".split()
    found = of_sentence([], tokens, frozenset({"port", "took", "calm"}), {"pawn": "chess", "rook": "chess", "port": "sea"})
    assert found == {"subject.chess": 2.0, "subject.sea": 2.0, "word port": 1.0, "word took": 1.0}
    assert of_sentence([], ["rook"], frozenset(), {"rook": "chess"}) == {"subject.chess": 1.0}


# Numbers of a report --------------------------------------------------------

HEAT, MILD = (0.8, 0.2, 0.4, 0.3), (0.1, 0.6, 0.2, 0.05)
NUMBERS = ({"act.actual": 1.5, "up": 1.5, "word port": 1.0}, {"talks.actual": 0.5, "down": 0.25, "word port": 1.0, "word envoy": 1.0}, {"act.actual": 0.5, "up": 0.5}, {})
IDF = {"word port": 30.0, "word envoy": 40.0}
YES = (True,) * 4


@pytest.fixture
def measured() -> features.Measured:
    return of_report(NUMBERS, HEAT, MILD, YES, IDF)


def root(value: float) -> float:
    return value**0.33


def softmax_mean(values: list[float]) -> float:
    return sum(exp(8 * v) * v for v in values) / sum(exp(8 * v) for v in values)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("heat.mean", sum(map(root, HEAT)) / 4), ("calm.mean", sum(map(root, MILD)) / 4),
        # The lead is three sentences.
        ("heat.lead", sum(map(root, HEAT[:3])) / 3), ("calm.lead", sum(map(root, MILD[:3])) / 3),
        ("heat.peak", softmax_mean([*map(root, HEAT)])), ("calm.peak", softmax_mean([*map(root, MILD)])),
        ("calm.ratio", sum(map(root, MILD)) / (sum(map(root, MILD)) + sum(map(root, HEAT)) + 0.05 * 4)),
        # A rate of one in ten sentences is half of what there can be.
        ("act.actual", 0.5 / (0.5 + 0.1)), ("talks.actual", 0.125 / (0.125 + 0.1)), ("down", 0.0625 / (0.0625 + 0.1)),
        ("word port", sqrt(2) * 30 / sqrt(2 * 900 + 1600 + 600)), ("word envoy", 40 / sqrt(2 * 900 + 1600 + 600)),
    ],
)
def test_a_report_is_measured_by_these_sums(measured, name, value):
    assert measured.values[name] == pytest.approx(value)


def test_a_words_places_are_the_sentences_that_hold_it(measured):
    assert measured.places == {"word port": [0, 1], "word envoy": [1]}


@pytest.mark.parametrize(
    ("name", "claims"),
    [
        # Heat goes to what is plainly hot, calm to what is plainly calm.
        *[(f"heat.{kind}", [(h * (1 - c)) ** 2 + 1e-4 for h, c in zip(HEAT, MILD, strict=True)][:count]) for kind, count in (("mean", 4), ("peak", 4), ("lead", 3))],
        *[(f"calm.{kind}", [(c * (1 - h)) ** 2 + 1e-4 for h, c in zip(HEAT, MILD, strict=True)][:count]) for kind, count in (("mean", 4), ("peak", 4), ("ratio", 4), ("lead", 3))],
        ("act.actual", [1.5, 0, 0.5][::2]),
    ],
)
def test_a_value_is_dealt_in_proportion_to_the_claims(measured, name, claims):
    assert [*measured.parts[name].values()] == pytest.approx([measured.values[name] * claim / sum(claims) for claim in claims])


def test_sentences_that_do_not_count_dilute_nothing(measured):
    line = {"act.actual": 9.0, "word port": 1.0}
    with_line = of_report((line, *NUMBERS), (0.9, *HEAT), (0.9, *MILD), (False, *YES), IDF)
    assert with_line.values == measured.values
    assert {i for part in with_line.parts.values() for i in part} == {1, 2, 3, 4}


def test_a_report_told_twice_has_the_same_rates_means_and_peaks(measured):
    twice = of_report(NUMBERS * 2, HEAT * 2, MILD * 2, YES * 2, {})
    same = [name for name in measured.values if not name.startswith(features.WORD)]
    assert [twice.values[name] for name in same] == pytest.approx([measured.values[name] for name in same])


def test_a_report_of_share_lines_alone_has_no_numbers():
    assert of_report(NUMBERS, HEAT, MILD, (False,) * 4, IDF) == ({}, {}, {}, 1.0)


def test_a_word_without_a_weight_of_its_own_counts_nothing():
    assert of_report([{"word harvest": 1.0}], [0.5], [0.5], [True], {}).values["word harvest"] == 0


def test_what_training_takes_are_the_same_parts(measured):
    parts = features.of_numbers(NUMBERS, range(4), IDF)
    assert {name: part for name, part in parts.items() if name not in IDF} == {name: part for name, part in measured.parts.items() if name.partition(".")[0] not in ("heat", "calm")}
    assert {name: parts[name] for name in IDF} == {"word port": pytest.approx(dict.fromkeys([0, 1], measured.values["word port"] / 2)), "word envoy": {1: measured.values["word envoy"]}}


@pytest.mark.parametrize(("numbers", "amount"), [((), 0), (({},), 0), (({"up": 0.4, "down": 0.3},), 0.7), (({"up": 0.8, "down": 0.3},), 1.0), (({"up": 2.0}, {"down": 0.5}, {}), 1.5)])
def test_a_sentence_is_one_piece_of_evidence_at_most(numbers, amount):
    assert features.amount(numbers) == pytest.approx(amount)


@pytest.mark.parametrize(("topic", "words", "passed"), [(1.0, 8, 1.0), (0.0, 0, 1.0), (0.0, 8, 0.5), (0.5, 8, 0.75), (0.0, 24, 0.25)])
def test_few_words_cannot_close_the_gate(topic, words, passed):
    held = {"act.actual": 0.5, "subject.chess": 0.5, "word port": 0.25}
    opened = features.gate(features.Measured(held, {"act.actual": {0: 0.5}, "subject.chess": {0: 0.5}}, {"word port": [0] * words}), topic)
    assert opened.passed == pytest.approx(passed)
    assert opened.values == {"act.actual": pytest.approx(0.5 * passed), "word port": 0.25}
    assert opened.parts == {"act.actual": {0: 0.5}}


# Risk -----------------------------------------------------------------------


def model(weights: dict[str, float] | None = None, idf: dict[str, float] | None = None, **heads: float) -> RiskModel:
    """A model that can be worked out by hand: sentences tell nothing, the topic is a conflict."""
    flat = Linear(0.0, {})
    biases = {"conflict": 0.0, "guarded": 0.0, "risk": -1.0, "high": 0.0, **heads}
    return RiskModel(flat, flat, Linear(50.0, {}), {name: Linear(bias, (weights or {}) if name == "risk" else {}) for name, bias in biases.items()}, idf or {}, (1.0, 2.0, 2.5, 3.5), 0.5, "")


def assess(text: str, by: RiskModel):
    return by.assess(Report(text), LEXICON)


def logit(risk: float) -> float:
    return log(risk / (1 - risk))


@pytest.mark.parametrize(
    ("text", "log_odds"),
    [(CALM, -1), (ACT, -1 + 2 / 1.1), (f"{CALM} {ACT}", -1 + 2 * 0.5 / 0.6), (f"{CALM} {ACT} {ACT}", -1 + 2 * (2 / 3) / (2 / 3 + 0.1)), ("Rebels did not shell the port.", -1)],
)
def test_a_feature_moves_the_log_odds_by_its_weight(text, log_odds):
    assert logit(assess(text, model({"act.actual": 2.0})).risk) == pytest.approx(log_odds)


def test_a_word_moves_the_sentences_that_hold_it_evenly():
    told = assess(f"{CALM} The barley was dry.", model({"word barley": 3.0}, {"word barley": 10.0, "word harvest": 10.0}))
    value = 3 * sqrt(2) * 10 / sqrt(200 + 600)
    assert logit(told.risk) == pytest.approx(-1 + value)
    assert [s.share for s in told.sentences] == pytest.approx([value / 2] * 2)
    assert told.features == {"word barley": pytest.approx(value)}


def test_a_topic_other_than_conflict_takes_shares_and_sub_scores_down():
    about = replace(model({"act.actual": 2.0}, {"word port": 10.0}), topic=Linear(-50.0, {}))
    passed = 1 - 1 / (1 + 8)
    told = assess(ACT, about)
    assert logit(told.risk) == pytest.approx(-1 + passed * 2 / 1.1)
    assert [s.share for s in told.sentences] == pytest.approx([passed * 2 / 1.1])
    assert told.acts == pytest.approx(1 - exp(-passed * 1.5))


def test_a_sentences_score_is_its_heat_less_its_calm():
    by = replace(model(), heat=Linear(-1.0, {"act.actual": 3.0, "up": 0.5}), calm=Linear(-2.0, {"act.actual": -1.0, "diplomacy.actual": 2.0}))
    assert [s.score for s in assess(f"{CALM} {ACT}", by).sentences] == pytest.approx([sigmoid(-1) - sigmoid(-2), sigmoid(2.5) - sigmoid(-3)])


def test_without_a_sentence_a_report_is_judged_as_if_it_were_not_there():
    by, texts = store.shipped(), (ACT, "The two sides signed a ceasefire.", CALM)
    told = assess(" ".join(texts), by)
    rest = [assess(" ".join(text for at, text in enumerate(texts) if at != left), by).risk for left in range(3)]
    assert [told.without(left) for left in range(3)] == pytest.approx(rest, abs=1e-12)


@pytest.mark.parametrize(("value", "level"), [(-50, "none"), (0.0, "guarded"), (0.01, "guarded"), (-0.01, "low"), (0.6, "elevated"), (50, "high")])
def test_a_level_begins_at_its_cut(value, level):
    told = assess(CALM, model(**dict.fromkeys(("conflict", "guarded", "risk", "high"), float(value))))
    assert told.level == level
    assert told.grade.value == pytest.approx(4 * sigmoid(value))
    assert (told.grade.cuts, told.grade.end) == ((1.0, 2.0, 2.5, 3.5), 4.0)


@pytest.mark.parametrize("count", [1, 3])
def test_a_length_is_in_sentences(count):
    told = assess(" ".join([ACT] * count), model())
    assert told.length == len(told.sentences) == count


def test_expected_codes_sum_what_the_heads_say():
    assert expected({"conflict": 0.0, "risk": log(3)}) == pytest.approx(0.5 + 0.75)


@pytest.mark.parametrize(("amount", "half"), [(0, 1.645 * 0.5 * sqrt(2)), (1, 1.645 * 0.5 * sqrt(1.5)), (3, 1.645 * 0.5 * sqrt(1.25))])
def test_an_interval_is_wider_where_there_is_less_to_judge_from(amount, half):
    assert half_width(0.5, amount) == pytest.approx(half)
    told = assess(" ".join([CALM, *[ACT] * amount]), model())
    assert [logit(end) for end in told.interval] == pytest.approx([-1 - half, -1 + half])


@pytest.mark.parametrize(("value", "chance"), [(0, 0.5), (log(3), 0.75), (-log(3), 0.25), (1e4, 1.0), (-1e4, 0.0)])
def test_no_log_odds_overflow(value, chance):
    assert sigmoid(value) == pytest.approx(chance)


@pytest.mark.parametrize(("text", "evidence"), [(CALM, "none"), ("The envoys held talks.", "thin"), (ACT, "enough"), (f"{ACT} {ACT}", "enough")])
def test_one_plain_cue_is_evidence_enough(text, evidence):
    assert assess(text, model()).evidence == evidence


@pytest.mark.parametrize(
    ("text", "rung"),
    [
        (CALM, 0), (ACT, 3), (f"{CALM} {ACT} {CALM}", 3), ("The two sides signed a ceasefire.", 0),
        # Only what is asserted to happen now counts.
        ("Rebels did not shell the port.", 0), ("Rebels shelled the port in the war of 1954.", 0), ("Rebels could shell the port.", 0),
        # Who says that he will stands on the first rung, be it as a threat or as a plan.
        ("Rebels threatened to shell the port.", 1), ("Rebels planned to shell the port.", 1),
        ("The generals warned they would shell the port.", 1), ("The army planned to mobilise its reserves.", 1), ("The army planned to threaten the port.", 1),
        # What only tells a trend stands on none.
        ("Tensions escalated on Monday.", 0), ("The army planned to increase its violence.", 0),
        # Fifty dead are many.
        ("Rebels killed 49 dockers.", 3), ("Rebels killed 50 dockers.", 4), ("Rebels wounded 500 dockers.", 3), ("Rebels did not kill 90 dockers.", 0),
        ("A full-scale war broke out, killing 90 dockers.", 5),
    ],
)
def test_a_rung_is_that_of_the_worst_that_happens_now(text, rung):
    assert assess(text, model()).rung == rung


@pytest.mark.parametrize(
    ("text", "acts", "threats", "restraint"),
    [
        (CALM, 0, 0, 0), (ACT, 1.5, 0, 0), (f"{ACT} {CALM}", 1.0, 0, 0), (f"{ACT} {ACT}", 1.5, 0, 0), (f"{ACT} {CALM} {CALM} Rebels planned to shell the port.", 0.5 + 1.45 / 4, 0, 0),
        ("Rebels threatened to shell the port.", 0, 1.5, 0), ("The general refused talks.", 0, 1.5, 0), ("The general agreed to a ceasefire.", 0, 0, 2.25),
        ("Rebels did not shell the port.", 0, 0, 0.9), (f"{ACT} Rebels threatened to shell the port.", 1.0, 1.0, 0),
    ],
)
def test_a_sub_score_is_half_the_strongest_and_the_mean_squeezed(text, acts, threats, restraint):
    told = assess(text, model())
    assert (told.acts, told.threats, told.restraint) == pytest.approx(tuple(1 - exp(-sum_) for sum_ in (acts, threats, restraint)))


def test_share_lines_do_not_count_in_sub_scores():
    line = "Read more: the port"
    told = assess(f"{ACT}\n\n{line}", model())
    assert told.acts == assess(ACT, model()).acts
    assert [sentence.role for sentence in told.sentences] == ["body", "boilerplate"]


# Not judged -----------------------------------------------------------------

FOREIGN = "Der General sagte am Montag, die Truppen seien noch nicht in der Stadt.\n\nEr wolle mit den anderen reden und warten."


@pytest.mark.parametrize(("card", "rate"), [({"base_rate": 0.2}, 0.2), ({}, 0.5)])
def test_a_text_that_is_not_judged_has_the_rate_of_all_reports_and_no_shares(card, rate):
    told = assess(FOREIGN, replace(model(), card=card))
    assert (told.flags, told.risk, told.interval, told.level, told.rung, told.evidence) == (("not_english",), rate, (0.0, 1.0), "guarded", 0, "none")
    assert (told.acts, told.threats, told.restraint, told.cues, told.features, told.grade) == (0.0, 0.0, 0.0, (), {}, None)
    assert told.baseline == pytest.approx(logit(rate))
    assert [(FOREIGN[s.start : s.end], s.role, s.score, s.share, s.cues) for s in told.sentences] == [(s.text, "body", 0.0, 0.0, ()) for s in told.sentences]
    assert (told.length, told.without(0)) == (2, rate)
    assert told.level in LEVELS
