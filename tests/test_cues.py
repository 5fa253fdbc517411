"""Which phrases are found in a sentence, and which of them stay where they share words."""

from __future__ import annotations

import pytest

from escalation import cues, lexicon, tokens

# Words that mean nothing, so that only the rules of the search are tried.
ENTRIES = """
near      | blip <2> blop
far       | blip <,3> zap
either    | fop <1> fip, fop <,4> fap
chain     | mo <1> ma <1> mi
open      | kra kre, kra kre kri
long      | sna sne sni
short     | sni sno
wide      | tik <3> tok
tight     | tok tuk
first     | dim dam
second    | dam dum
weak 0.5  | vex vox
strong    | vex vox
b.same    | pim pam
a.same    | pim pam
number    | # dockers
plain     | gar, gor
veto      | hex    | | hush
other     | hox hux
barred    | lum lam | lam lom
kept      | rum ram rim | rim rom
rest      | rom rem
spared    | sul sal | sel sul
twice     | zig zag | zag zog, zig zug
"""


def entry(line: str) -> str:
    head, phrases, nots, unless = ([part.strip() for part in line.split("|")] + ["", ""])[:4]
    name, _, strength = head.partition(" ")
    held = {"phrases": phrases, "not": nots, "unless": unless}
    lists = "\n".join(f"{key} = {[item.strip() for item in text.split(', ')]}" for key, text in held.items() if text)
    return f'[[entry]]\nid = "{name}"\ncue = "talks"\nstrength = {strength or 1.0}\nfires_on = ["x"]\nsilent_on = ["y"]\nsource = "made"\n{lists}\n'


def qualifier(name: str, value: str, *phrases: str, kind: str = "status", **more: object) -> str:
    told = "\n".join(f"{key} = {repr(given).lower() if isinstance(given, bool) else repr(given)}" for key, given in more.items())
    return f'[[entry]]\nid = "{name}"\nqualifier = "{kind}"\nvalue = "{value}"\nphrases = {list(phrases)}\nfires_on = ["x"]\nsilent_on = ["y"]\nsource = "made"\n{told}\n'


QUALIFIERS = (
    qualifier("nay", "negated", "nay", "nay nay nee") + qualifier("nayer", "negated", "nay noo") + qualifier("nee", "negated", "nee nix") + qualifier("hum", "feared", "nay hum", kind="realis")
    + qualifier("up", "negated", "lo la", direction=1) + qualifier("down", "negated", "la li lu", direction=-1) + qualifier("any", "negated", "lu", "la", "lo la lum") + qualifier("sham", "none", "nay but", "lo la lee", kind="pseudo")
    + qualifier("done", "asserted", "they <1> zigged", kind="verdict", most=1)
)
MADE = lexicon.parse([("made.toml", ("".join(map(entry, ENTRIES.strip().splitlines())) + QUALIFIERS).encode())], extend=False)


def found(sentence: str) -> list[tuple[str, str]]:
    """Ids of what is found, in order, each with the words that matched."""
    words = tokens.words(tokens.tokens_of(sentence), 0, len(sentence))
    return [(hit.entry.id, " ".join(words.tokens[at] for at in hit.matched)) for hit in cues.find(words, MADE)]


@pytest.mark.parametrize(
    ("sentence", "ids"),
    [
        # A gap is so many words and no more.
        ("blip blop", ["near"]), ("blip one blop", ["near"]), ("blip one two blop", ["near"]), ("blip one two three blop", []), ("blip one two", []), ("blip", []),
        # It ends with the clause ...
        ("blip one, blop", []), ("blip, blop", []), ("blip; blop", []), ("blip (one) blop", []), ("blip \u2013 blop", []), ("blip one: blop", []), ('blip "one" blop', []),
        # ... unless the phrase lets it cross commas, and nothing else.
        ("blip, one, zap", ["far"]), ("blip one two three zap", ["far"]), ("blip one two three four zap", []), ("blip; zap", []), ("blip, one; zap", []),
        ("fop one fip", ["either"]), ("fop, fip", []), ("fop, one, two fap", ["either"]), ("fop one two fip", []), ("fop one, fap fip", ["either"]),
        ("mo ma mi", ["chain"]), ("mo one ma two mi", ["chain"]), ("mo one two ma mi", []), ("mo ma one two mi", []), ("mo one ma", []),
        # One phrase may be found again and again.
        ("gar gor gar", ["plain"] * 3), ("blip blop blip blop", ["near"] * 2),
        # Any number in digits is one.
        ("12 dockers", ["number"]), ("1,200 dockers", ["number"]), ("twelve dockers", []), ("by the pier; dockers met at 5", []), ("1st dockers", []), ("dockers 12", []),
    ],
)
def test_a_phrase_is_found_where_its_words_stand(sentence, ids):
    assert [name for name, _ in found(sentence)] == ids


def test_a_lexicon_finds_from_the_first_sentence_on():
    fresh = lexicon.parse([("made.toml", "".join(map(entry, ("near | blip <2> blop", "chain | mo <1> ma mi"))).encode())], extend=False)
    sentences = ("blip one blop", "mo one ma mi", "blip one blop")
    assert [[hit.entry.id for hit in cues.find(tokens.words(tokens.tokens_of(text), 0, len(text)), fresh)] for text in sentences] == [["near"], ["chain"], ["near"]]


@pytest.mark.parametrize(
    ("sentence", "hits"),
    [
        # Of hits that share a word the one with more words stays,
        ("kra kre kri", [("open", "kra kre kri")]), ("sna sne sni sno", [("long", "sna sne sni")]),
        # then the one that spans fewer,
        ("tik one tok tuk", [("tight", "tok tuk")]), ("tik tok tuk", [("wide", "tik tok")]),
        # then the one that comes first, the stronger, the one whose id comes first.
        ("dim dam dum", [("first", "dim dam")]), ("vex vox", [("strong", "vex vox")]), ("pim pam", [("a.same", "pim pam")]),
        # Hits that share none stay side by side, one inside the gap of another too.
        ("blip gar blop", [("near", "blip blop"), ("plain", "gar")]), ("gar dim dam gor", [("plain", "gar"), ("first", "dim dam"), ("plain", "gor")]),
    ],
)
def test_of_hits_that_share_words_one_stays(sentence, hits):
    assert found(sentence) == hits


@pytest.mark.parametrize(
    ("sentence", "ids"),
    [
        # A word anywhere in the sentence silences the entry that names it, and no other.
        ("hex", ["veto"]), ("hush, said the hex", []), ("hex and hush", []), ("hush gar", ["plain"]),
        # A phrase that silences must share a word, and be no shorter.
        ("lum lam", ["barred"]), ("lum lam lom", []), ("lum lam and lam lom", ["barred"]), ("rum ram rim rom", ["kept"]), ("rim rom rem", []), ("rum ram rim rom rem", ["kept", "rest"]), ("sel sul sal", []), ("zig zag zog", []), ("zig zug zig zag", ["twice"]),
    ],
)
def test_an_exclusion_silences_the_hits_that_it_overlaps(sentence, ids):
    assert [name for name, _ in found(sentence)] == ids


@pytest.mark.parametrize(
    ("sentence", "ids"),
    [
        # Without a cue there is nothing to qualify.
        ("nay", []), ("nay hush hex", []),
        ("nay gar", ["nay", "plain"]), ("gar nay", ["plain", "nay"]), ("nay nay gar", ["nay", "nay", "plain"]),
        # The longest of one kind stays, what is said of another kind too.
        ("nay noo gar", ["nayer", "plain"]), ("nay nay nee nix gar", ["nay", "plain"]), ("nay hum gar", ["nay", "hum", "plain"]),
        # Said of one direction it leaves the other alone; said of all it does not.
        ("lo la li lu gar", ["up", "down", "plain"]), ("la li lu gar", ["down", "plain"]), ("lu gar", ["any", "plain"]), ("lo la gar", ["up", "plain"]), ("lo la lum gar", ["any", "plain"]),
        # What only looks like a qualifier silences it.
        ("nay but gar", ["plain"]), ("lo la lee gar", ["plain"]), ("nay but nay gar", ["nay", "plain"]),
    ],
)
def test_the_longest_qualifier_of_a_kind_stays(sentence, ids):
    assert [name for name, _ in found(sentence)] == ids


@pytest.mark.parametrize(
    ("sentence", "matched"),
    [("They zigged.", (0, 1)), ("On Friday they all zigged.", (2, 4)), ("They zigged twice.", (0, 1)), ("They zigged twice there.", None), ("They zigged, he said.", (0, 1)), ("gar", None)],
)
def test_a_verdict_is_a_hit_of_the_words_that_matched(sentence, matched):
    hit = cues.verdict(tokens.words(tokens.tokens_of(sentence), 0, len(sentence)), MADE)
    assert (hit and (hit.first, hit.last, hit.matched)) == (matched and (matched[0], matched[-1], matched))
