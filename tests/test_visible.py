"""What a reader cannot see changes nothing: the same cues, qualifiers and risk, at the places that stand in the text."""

from __future__ import annotations

import re
import textwrap
import unicodedata

import pytest
from conftest import EXAMPLES
from hypothesis import given, settings
from hypothesis import strategies as st

from escalation import language
from escalation.records import Assessment
from escalation.visible import LONGEST, beginning, visible

ANY = st.text(alphabet=st.characters(exclude_categories=()), max_size=200)
TOLD = """Rebels shelled the port of Zal\u00edn on Monday, killing at least nine dockers and wounding "dozens", caf\u00e9 owners said.

The governor's ally hasn't struck back so far. "We will answer with fire," its minister warned, but talks in Gen\u00e8ve on a cease-fire go on.

Since the 2006 war 1,200 soldiers of the Army of Morv have held the crossing; most of the drones sent on Friday were intercepted."""
UNSEEN = {"soft hyphens": "\u00ad", "zero-width spaces": "\u200b", "non-joiners": "\u200c", "joiners": "\u200d", "word joiners": "\u2060", "byte order marks": "\ufeff", "direction marks": "\u200e", "variation selectors": "\ufe0f"}
STRAIGHT = str.maketrans("\u2018\u2019\u201c\u201d", "''\"\"")


def curly(text: str) -> str:
    return re.sub(r'(?<!\S)"', "\u201c", text).replace('"', "\u201d").replace("'", "\u2019")


def full_width(text: str) -> str:
    return text.translate({code: code + 0xFEE0 for code in range(0x21, 0x7F)})


def wrapped(width: int, end: str = "\n"):
    return lambda text: "\n\n".join(end.join(textwrap.wrap(part, width, break_on_hyphens=False)) for part in text.split("\n\n"))


WRITTEN = {
    "curly quotes": curly,
    "composed": lambda text: unicodedata.normalize("NFC", text),
    "decomposed": lambda text: unicodedata.normalize("NFD", text),
    "full-width": full_width,
    "no-break spaces": lambda text: text.replace(" ", "\u00a0"),
    "thin spaces": lambda text: text.replace(" ", "\u202f"),
    "lines of 60": wrapped(60),
    "lines of 72": wrapped(72),
    "lines of 80": wrapped(80),
    "lines of 80 of another system": wrapped(80, "\r\n"),
    **{f"{name} {where}": (lambda text, mark=mark, step=step: re.sub(f"(.{{{step}}})", rf"\1{mark}", text)) for name, mark in UNSEEN.items() for where, step in (("everywhere", 1), ("here and there", 7))},
}


def plain(text: str) -> str:
    """A text as a reader has it, on one line."""
    return " ".join(visible(unicodedata.normalize("NFC", text)).text.translate(STRAIGHT).split())


def told(a: Assessment) -> list[tuple]:
    """All that is said of the cues but where they stand."""
    qualifiers = ("name", "entry", "sentence", "status", "realis", "time", "attribution", "provisional", "quoted", "mitigated", "weight")
    return [(*(getattr(cue, name) for name in qualifiers), plain(cue.text), [(size.kind, size.low, size.high) for size in cue.magnitude], sorted(cue.spans)) for cue in a.cues]


def words_of(a: Assessment, text: str) -> list[tuple[str, str]]:
    """The words that set each qualifier."""
    return [(name, plain(text[start:end])) for cue in a.cues for name, (start, end) in sorted(cue.spans.items())]


@pytest.mark.parametrize("told_in", [TOLD, *EXAMPLES], ids=lambda text: text[:24])
@pytest.mark.parametrize("way", WRITTEN)
def test_the_way_a_text_is_written_changes_nothing(scorer, way, told_in):
    given = WRITTEN[way](told_in)
    before, after = scorer.score(told_in), scorer.score(given)
    assert (after.risk, after.flags, told(after)) == (before.risk, before.flags, told(before))
    assert words_of(after, given) == words_of(before, told_in)
    assert all(given[cue.start : cue.end] == cue.text for cue in after.cues)
    assert all(given[s.start : s.end] == s.text for s in after.sentences)
    assert [plain(s.text) for s in after.sentences] == [plain(s.text) for s in before.sentences]


@settings(max_examples=300, deadline=None)
@given(ANY)
def test_every_character_that_is_seen_stands_in_the_text(text):
    seen = visible(text)
    places = seen.places if seen.places is not None else range(len(text) + 1)
    assert len(places) == len(seen.text) + 1
    assert list(places) == sorted(set(places))
    assert visible(seen.text) == (seen.text, None)
    assert seen.text.isascii() or language.flags(text) == language.flags(seen.text)


@pytest.mark.parametrize(
    ("given", "seen"),
    [
        ("cafe\u0301 na\u0131\u0308ve", "caf\u00e9 na\u0131ve"),
        ("\ufeffRebels \u200bshel\u00adled", "Rebels shelled"),
        ("\uff21\uff11\uff0c", "A1,"),
        ("a\u3000b\u00a0c", "a b c"),
        ("\u0301a", "a"),
        ("\u201cit\u2019s\u201d \u2013 \u2026", "\u201cit\u2019s\u201d \u2013 \u2026"),
        ("a" + "\u0301\u0316" * 100_000, "\u00e1"),
    ],
)
def test_what_is_seen_of_a_text(given, seen):
    assert visible(given).text == seen


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("a " * 10, 20),
        ("ab " * (LONGEST // 3 + 10), LONGEST - 2),
        ("a" * (LONGEST + 10), LONGEST),
        ("a" * (LONGEST - 4) + " bcdefgh", LONGEST - 4),
        ("a" * (LONGEST - 3) + " bc def", LONGEST),
        ("a" * LONGEST + " b", LONGEST),
    ],
)
def test_what_is_read_of_a_text_ends_between_words(text, end):
    assert len(beginning(text)) == end
