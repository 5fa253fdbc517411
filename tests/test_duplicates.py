"""Near-copies of wire stories: found in the order of the archive, and nothing else."""

from __future__ import annotations

import subprocess
import sys
from hashlib import blake2b

import pytest
from conftest import HERE, promised

from escalation.duplicates import Copies, signature

STORY = """Gunboats fired on the port of Tarvos before dawn on Monday, killing nine dockers and setting two grain ships alight, the harbour master said.
Coast guards on the far side of the strait answered with rockets, and families fled the quays in trucks and on foot towards the hills.
The governor urged his ally to strike back at once, but the ally has so far refrained and asked both sides for patience until envoys have met.
A ferry with four hundred passengers turned round in mid-strait, and insurers doubled their rates for ships that call at any harbour of the gulf.
Envoys of three neighbours were to meet on Thursday in a monastery above the town, where a truce was signed a generation ago and broken in a week."""
FORM = "Police at {} said {} people were held and {} were hurt in clashes after the match on Sunday, and that the road to the stadium would stay closed until further notice."
OTHERS = [row["text"] for row in promised("offtopic.jsonl")] + [pair[side] for pair in promised("pairs/fresh.jsonl") for side in ("hi", "lo")]


def wrapped(text: str) -> str:
    words = text.split()
    return "\n".join("  ".join(words[at : at + 9]) for at in range(0, len(words), 9))


COPIES = {
    "the same": STORY,
    "capitals": STORY.upper(),
    "other lines": wrapped(STORY),
    "a headline and a dateline": "Port shelled, nine dead, envoys called\n\nTARVOS, Monday (Harbour News) - " + STORY,
    "a byline and a sign-off": "By Ann Other and Sam Body\n" + STORY + "\n(Writing by Sam Body; editing by Lee Hand. Share this story with your friends.)",
    "without the last line": STORY.rpartition("\n")[0],
    "another first line": "Nine dockers died when gunboats shelled Tarvos on Monday morning.\n" + STORY.partition("\n")[2],
    "curly quotes and dashes": STORY.replace("mid-strait", "mid–strait").replace("so far", "“so far”"),
    "half a character": STORY + " \ud83d",
}


@pytest.mark.parametrize("name", COPIES)
def test_a_copy_is_known(name):
    copies = Copies()
    copies.first_of("first", signature(STORY))
    assert copies.first_of("second", signature(COPIES[name])) == "first"


def test_what_is_told_in_other_words_is_no_copy():
    copies = Copies()
    assert {copies.first_of(str(at), signature(text)) for at, text in enumerate(dict.fromkeys(OTHERS))} == {None}


@pytest.mark.parametrize(("first", "second"), [(FORM.format("Arden", 12, 3), FORM.format("Arden", 19, 5)), ("Nine people died.", "Ten people died."), ("Talks failed", "Talks held")])
def test_a_form_filled_in_anew_is_no_copy(first, second):
    copies = Copies()
    copies.first_of("first", signature(first))
    assert copies.first_of("second", signature(second)) is None


@pytest.mark.parametrize("text", ["Nine people died.", "", "...", "Война"])
def test_a_short_text_is_a_copy_of_the_same_words(text):
    copies = Copies()
    copies.first_of("first", signature(text))
    assert copies.first_of("second", signature(f"  {text.upper()} ")) == "first"


def test_a_copy_of_a_copy_names_the_first():
    copies = Copies()
    assert [copies.first_of(id, signature(text)) for id, text in (("a", STORY), ("b", COPIES["capitals"]), ("c", COPIES["other lines"]))] == [None, "a", "a"]


def test_only_the_last_reports_are_remembered():
    copies = Copies(window=3)
    stories = [STORY, *OTHERS[:3]]
    assert [copies.first_of(str(at), signature(text)) for at, text in enumerate([*stories, STORY, OTHERS[2]])] == [None] * 5 + ["3"]


def test_a_run_that_resumes_goes_on_as_if_it_had_not_stopped():
    texts = OTHERS[:80] + OTHERS[60:90] + OTHERS[:20]
    marks = [signature(text) for text in texts]
    whole, again = Copies(window=50), Copies(window=50)
    answers = [whole.first_of(str(at), mark) for at, mark in enumerate(marks)]
    for at, mark in enumerate(marks[:70]):
        again.first_of(str(at), mark)
    assert [again.first_of(str(at + 70), mark) for at, mark in enumerate(marks[70:])] == answers[70:]


def test_signatures_never_change():
    # Scores of one archive may be made by several processes and versions.
    assert blake2b(signature(STORY) + signature("Война") + signature(STORY + "é"), digest_size=6).hexdigest() == "865f6700f3a7"
    code = "import sys; from escalation.duplicates import signature; print(signature(sys.stdin.read()).hex())"
    run = subprocess.run([sys.executable, "-c", code], input=STORY, capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": "7", "PATH": ""}, cwd=HERE.parent)
    assert run.stdout.strip() == signature(STORY).hex()


def test_a_long_text_takes_little_memory():
    assert len(signature("gunboats fired on the port " * 100_000)) == 264
