"""What a terminal shows, read back from a console of a given width."""

from __future__ import annotations

import io
import re

import pytest
from conftest import HERE
from rich.console import Console

from escalation import present
from escalation.records import Report

REPORT = (HERE.parent / "examples" / "1_escalation_border_war.txt").read_text(encoding="utf-8")
HOSTILE = "Rebels \x1b[31mshelled\x1b]0;gone\x07 the port \u202eof Tarvos\x9b2J on Monday, killing nine people."


def shown(draw, width: int = 80, terminal: bool = True, colour: bool = True, **given) -> str:
    console = Console(file=io.StringIO(), width=width, force_terminal=terminal, no_color=not colour, color_system="truecolor" if terminal else None, highlight=False)
    draw(console, **given)
    return console.file.getvalue()


def bare(text: str) -> list[str]:
    return re.sub(r"\x1b\[[0-9;]*m", "", text).splitlines()


@pytest.fixture(scope="module")
def found(scorer):
    return [scorer.score(Report(REPORT, id=name)) for name in ("a-report-with-a-long-name", "another")]


@pytest.mark.parametrize("width", [40, 60, 80, 100, 200])
def test_no_number_of_the_table_is_cut(found, width):
    lines = bare(shown(lambda console: present.table(found, console), width))
    assert max(map(len, lines)) <= width
    assert f"{found[0].risk:.3f}" in lines[1]
    assert "…" not in "".join(lines)


@pytest.mark.parametrize(("width", "names"), [(60, "acts, threats, restraint"), (50, "acts, threats, restraint, evidence"), (200, "")])
def test_the_table_says_what_it_leaves_out(found, width, names):
    text = " ".join(bare(shown(lambda console: present.table(found, console), width)))
    assert (f"columns: {names}." in text) == bool(names)
    assert "--csv or --json" in text or not names


@pytest.mark.parametrize("width", [40, 80, 120])
def test_a_long_sentence_goes_on_below_its_words(found, width):
    lines = bare(shown(lambda console: present.explanation(found[0], console), width))
    assert max(map(len, lines)) <= width
    body = "\n".join(line.rstrip() for line in lines).split("\n\n")[1].splitlines()
    assert len(body) >= 30
    assert all(re.match(r" *[+-]\d\.\d\d  \S| {8,}\S", line) for line in body)


def test_piped_every_sentence_and_cue_is_one_plain_line(found):
    text = shown(lambda console: present.explanation(found[0], console), terminal=False)
    cues = sum(len(sentence.cues) for sentence in found[0].sentences)
    assert "\x1b" not in text
    assert len(text.splitlines()) == 1 + 1 + len(found[0].sentences) + cues + 1 + 4


def test_without_colour_no_colour_is_written(found):
    def draw(console):
        present.explanation(found[0], console)

    assert "38;" in shown(draw)
    assert "38;" not in shown(draw, colour=False)


@pytest.mark.parametrize("terminal", [True, False])
def test_a_report_cannot_command_the_terminal(scorer, terminal):
    hostile = scorer.score(Report(HOSTILE, id="\x1b[2Jid"))

    def draw(console):
        present.explanation(hostile, console)
        present.table([hostile], console)

    text = re.sub(r"\x1b\[[0-9;]*m", "", shown(draw, terminal=terminal))
    assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(text)
    assert "\x1b" not in present.plain([hostile])
