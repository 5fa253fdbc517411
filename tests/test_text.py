"""Sentences tile the report, and come out where a reader would end them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escalation import text
from escalation.tokens import tokens_of, words

ANY = st.text(alphabet=st.characters(exclude_categories=()), max_size=300)
NEWSY = st.text(alphabet="aB .\n\t\u2022\u201c\u201d\"'\u2019-:;,5\r\u0301\u00a0\u200b\ud800\x00", max_size=300)


@pytest.mark.parametrize("space", ["\u00a0", "\u2009", "\u202f", "\u3000"])
def test_an_initial_parted_from_its_full_stop_by_an_odd_space_is_read(space):
    assert [s.text for s in text.split(f"General J{space}. Doe left. He came back.")][-1] == "He came back."


@settings(max_examples=400, deadline=None)
@given(ANY | NEWSY)
def test_spans_tile_any_text(report):
    end = 0
    for sentence in text.split(report):
        assert sentence.start >= end
        assert not report[end : sentence.start].strip()
        assert report[sentence.start : sentence.end] == sentence.text
        assert sentence.text.strip() == sentence.text != ""
        end = sentence.end
    assert not report[end:].strip()


@settings(max_examples=300, deadline=None)
@given(ANY | NEWSY)
def test_words_point_into_the_text(report):
    said = words(tokens_of(report), 0, len(report))
    assert all(0 <= a < b <= len(report) for a, b in zip(said.starts, said.ends, strict=True))
    assert list(said.starts) == sorted(said.starts)
    assert len(said.tokens) == len(said.starts) == len(said.ends) == len(said.capital)


@pytest.mark.parametrize(
    ("report", "sentences"),
    [
        ("Maj. Gen. Ada Roe spoke on Jan. 5. The U.S. stayed silent.", ["Maj. Gen. Ada Roe spoke on Jan. 5.", "The U.S. stayed silent."]),
        ("Output fell 3.5 pct. It will rise.", ["Output fell 3.5 pct.", "It will rise."]),
        ("\u2022 First item\n\u2022 Second item", ["\u2022 First item", "\u2022 Second item"]),
        ("Why it matters:\u00a0A wider war looms.", ["Why it matters:\u00a0A wider war looms."]),
        ("Share:\n\nRebels shelled the port.\n\nShare:", ["Share:", "Rebels shelled the port.", "Share:"]),
        ("THE ARMY SAID TODAY THAT REBELS HAD ATTACKED THE POST NEAR THE\nRIVER AND LEFT. FOUR SOLDIERS DIED.", ["THE ARMY SAID TODAY THAT REBELS HAD ATTACKED THE POST NEAR THE\nRIVER AND LEFT.", "FOUR SOLDIERS DIED."]),
        ("prices dipped again. they will rise", ["prices dipped again.", "they will rise"]),
        ("TARVOS, May 3 (Agency) - Guns fell silent. Talks go on.", ["TARVOS, May 3 (Agency) - Guns fell silent.", "Talks go on."]),
    ],
)
def test_sentences_end_where_a_reader_ends_them(report, sentences):
    assert [s.text for s in text.split(report)] == sentences


@pytest.mark.parametrize("unit", ["Guns fell silent. ", 'He said "no more" to them. ', "It\u2019s \u201cover\u201d now. "])
def test_a_paragraph_longer_than_a_window_has_the_same_sentences(unit):
    short, long = (text.split(unit * (size // len(unit))) for size in (2_000, 60_000))
    assert {s.text for s in long} == {s.text for s in short}


@pytest.mark.parametrize(
    ("line", "role"),
    [("Share:", "boilerplate"), ("Read more", "boilerplate"), ("The ministry did not respond to a request for comment.", "boilerplate"), ("FILE PHOTO: Soldiers stand near the gate of the base.", "caption")],
)
def test_lines_around_a_report_are_told_from_it(line, role):
    assert [s.role for s in text.split(f"Rebels shelled the port on Monday.\n\n{line}")][-1] == role


AROUND = (
    "(Reporting by Ada Roe in Tarvos and Max Loe; Editing by Jo Poe)", "Additional reporting by Jo Poe and the Tarvos newsroom", "Writing and editing by Ada Roe.", "Compiled by Jo Poe",
    "\u00a9 2024 The Tarvos Gazette. All rights reserved.", "Copyright 2024 The Tarvos Gazette", "(c) 2024 Tarvos Media",
    "Read more: Markets close higher in Tarvos after a week of heavy trade on the exchange", "Follow us on Twitter, Facebook and Instagram", "https://example.org/tarvos", "@tarvosgazette",
    "Facebook | Twitter | WhatsApp | Copy link", "Share this article\nFacebook\nTelegram\nEmail", "Our Standards: The Tarvos Trust Principles.", "More on this story",
    "Subscribe to our newsletter to get the news of the day in your inbox.", "This article was originally published by The Tarvos Gazette.",
)


@pytest.mark.parametrize("line", AROUND)
def test_lines_at_the_end_of_a_report_change_nothing(scorer, line):
    report = "Rebels shelled the port on Monday, killing nine dockers.\n\nThe two sides meet for talks on Friday."
    before, after = scorer.score(report), scorer.score(f"{report}\n\n{line}")
    assert (after.risk, after.interval, after.level, after.rung, after.acts, after.cues) == (before.risk, before.interval, before.level, before.rung, before.acts, before.cues)
    assert {s.share for s in after.sentences[2:]} == {0.0}


@pytest.mark.parametrize("line", [
    "Reporting by foreign papers has stopped.", "Writing by hand, he signed the truce.", "REPORTING BY FOREIGN PAPERS HAS STOPPED", "Facebook was shut down on Monday.", "Share prices fell.",
    "This report was denied by the army.", "Telegram channels showed the strike.", "Edited by", "See more tanks: that is the plan.",
])
def test_sentences_are_not_taken_for_lines_around_a_report(line):
    assert [s.role for s in text.split(f"Rebels left on Monday.\n\n{line}")] == ["body", "body"]


@pytest.mark.parametrize("line", ["Guns fell silent.", "AP reporters saw three tanks.", "Ends in sight, says envoy", "Rebels shelled the port."])
def test_short_sentences_are_not_taken_for_share_lines(line):
    assert [s.role for s in text.split(f"Rebels left on Monday.\n\n{line}")] == ["body", "body"]


@pytest.mark.parametrize("written", ["cease-fire", "cease\u2010fire", "Cease-fire", "cease\u00adfire", "cease\u200bfire", "\uff43\uff45\uff41\uff53\uff45\uff46\uff49\uff52\uff45", "cease fire"])
def test_a_word_is_found_however_it_is_written(scorer, written):
    assert "ceasefire" in {cue.name for cue in scorer.score(f"The two armies signed a {written} on Monday.").cues}


def test_capitals_only_text_is_read_like_any_other(scorer):
    assert "ceasefire" in {cue.name for cue in scorer.score("THE TWO ARMIES SIGNED A CEASE-FIRE ON MONDAY, THE RADIO REPORTED.").cues}


@pytest.mark.parametrize(
    ("sentence", "tokens"),
    [
        ("On that day they left the Baghdad Pact.", "on that day they left the pact"),
        ("On that day they met the Sixth Fleet.", "on that day they met the fleet"),
        ("On that day they went before the Security Council.", "on that day they went before the council"),
        ("On that day they wrote to the United Nations.", "on that day they wrote to the nations"),
        ("On that day they joined the Army.", "on that day they joined the army"),
        ("On that day they joined the Army of Peace.", "on that day they joined ~"),
        ("On that day they joined the Lord's Resistance Army.", "on that day they joined ~"),
        ("On that day they appealed to Peru.", "on that day they appealed to ~"),
        ("On that day they saw the Foreign Minister in Peru at noon.", "on that day they saw the foreign minister in ~ at noon"),
        ("On that day they saw the Defence Minister in Peru at noon.", "on that day they saw the defence minister in ~ at noon"),
    ],
)
def test_a_name_says_what_it_is_but_never_who(sentence, tokens):
    assert " ".join(words(tokens_of(sentence), 0, len(sentence)).tokens) == tokens


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("They left \u2013 at noon \u2014 by sea.", "they left \u2013 at noon \u2014 by sea"),
        ("They left \ufe32 at noon \ufe31 by sea.", "they left \u2013 at noon \u2014 by sea"),
        ("They {left} at \uff5bnoon\uff5d.", "they left at noon"),
    ],
)
def test_dashes_are_tokens_and_braces_are_not(sentence, expected):
    assert " ".join(words(tokens_of(sentence), 0, len(sentence)).tokens) == expected
