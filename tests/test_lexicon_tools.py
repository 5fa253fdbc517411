"""A lexicon of one's own: what is missing, what is added, what is wrong with it."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from conftest import HERE, promised

import escalation
from escalation import lexicon, proofreading
from escalation.drafting import add
from escalation.errors import InputError, LexiconError
from escalation.gaps import lexicon_gaps

ENTRY = '[[entry]]\nid = "mine.one"\ncue = "talks"\nphrases = {phrases}\nfires_on = ["The elders held a palaver."]\nsilent_on = ["They took a walk."]\nsource = "own"\n'
SOUND = ENTRY.format(phrases='["palaver/n"]')


def told(tmp_path: Path, text: str) -> list[tuple[int, str, str]]:
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return [(fault.line, fault.kind, fault.told) for fault in proofreading.check(path)]


def test_a_sound_file_has_no_faults(tmp_path):
    assert told(tmp_path, SOUND) == []


@pytest.mark.parametrize("file", sorted((Path(lexicon.__file__).parent / "lexicons").glob("*.toml")), ids=lambda f: f.name)
def test_the_shipped_files_have_no_errors(file):
    assert [str(fault) for fault in proofreading.check(file) if fault.kind == "error"] == []


@pytest.mark.parametrize(
    ("text", "line", "kind", "said"),
    [
        ("\n[[entry]\nid = 1\n", 2, "error", "not TOML"),
        ("[entry]\nid = 'x'\n", 1, "error", "wrong brackets"),
        ('colour = "red"\n' + SOUND, 1, "error", "unknown table or field 'colour'"),
        (SOUND.replace('"talks"', '"tlaks"'), 3, "error", "unknown cue 'tlaks'"),
        (SOUND.replace("source", "sauce"), 7, "error", "unknown fields ['sauce']"),
        (SOUND.replace('["They took a walk."]', "[]"), 6, "error", "`silent_on` is missing"),
        (SOUND + "strength = 9\n", 8, "error", "`strength` is 9. Give 0 to 2"),
        (SOUND + 'strength = "9"\n', 8, "error", "`strength` is not a number"),
        (SOUND + "rung = true\n", 8, "error", "`rung` is not a whole number"),
        (ENTRY.format(phrases="3"), 4, "error", "`phrases` is not a list of strings"),
        (ENTRY.format(phrases='[\n  "palaver/n",\n  "(a|b",\n]'), 6, "error", "never closed"),
        (ENTRY.format(phrases='["palaver/n", "<3> a"]'), 4, "error", "can start with a gap"),
        (ENTRY.format(phrases='["palaver/n", "{nowhere} a"]'), 4, "error", "unknown class"),
        (SOUND.replace("a palaver", "a walk"), 5, "error", "is silent on"),
        (SOUND.replace("They took a walk", "A palaver"), 6, "error", "fires on 'A palaver.'"),
        (SOUND * 2, 9, "error", "stands twice, first at line 2"),
        (ENTRY.format(phrases='["palaver/n", "pow wow <2>"]'), 4, "warning", "ends in a gap"),
        (ENTRY.format(phrases='["palaver/n", "u.n. elders"]'), 4, "warning", "never matches"),
        (ENTRY.format(phrases='["palaver/n", "air strike"]'), 4, "warning", "stands behind air_strike.noun"),
        (SOUND.replace("mine.one", "air_strike.noun"), 2, "warning", "takes the place of the shipped entry"),
        ("[classes]\nelder = 3\n", 2, "error", "class 'elder' is not a list"),
        ("[cue.parley]\ndirection = 7\n", 1, "error", "cue 'parley' needs `direction`"),
        ('[subject.chess]\nwords = ["pawn/n"]\nfires_on = ["a"]\nsource = "own"\n', 1, "error", "subject 'chess': `silent_on` is missing"),
    ],
)
def test_a_fault_is_told_with_its_line(tmp_path, text, line, kind, said):
    assert [(at, what) for at, what, words in told(tmp_path, text) if said in words] == [(line, kind)]


def test_all_faults_are_told_at_once(tmp_path):
    second = SOUND.replace("mine.one", "mine.two").replace('"talks"', '"tlaks"').replace("source", "sauce")
    third = SOUND.replace("mine.one", "mine.three").replace("a palaver", "a walk")
    found = told(tmp_path, SOUND + "[[entry]\n" + second + third)
    assert [line for line, _, _ in found] == sorted(line for line, _, _ in found)
    assert len({line for line, _, _ in found}) >= 4


@pytest.mark.parametrize(
    "sound",
    [
        ENTRY.format(phrases='["palaver/n", "# elders met", "elders of ~ met"]'),
        SOUND + '[cue.parley]\ndirection = -1\nfamily = "diplomacy"\n' + SOUND.replace("mine.one", "mine.two").replace('"talks"', '"parley"').replace("palaver", "pow-wow"),
        "[classes]\nelder = [\"sage/n\"]\n" + ENTRY.format(phrases='["palaver/n", "{elder} met"]'),
        SOUND.replace("\n", "\r\n"),
    ],
)
def test_what_the_format_allows_is_no_fault(tmp_path, sound):
    assert told(tmp_path, sound) == []


def test_a_file_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(LexiconError, match="cannot be read"):
        proofreading.check(tmp_path / "nowhere.toml")


@pytest.mark.parametrize("text", [b"\xff\xfe", b"[[entry]]\nid = [1]\n", b"entry = 3\n", b"[" * 3000, b"[[entry]]\n[[entry]]\n", b"classes = 3\n[cue]\nx = 1\n"])
def test_no_file_makes_the_check_fall_over(tmp_path, text):
    (tmp_path / "mine.toml").write_bytes(text)
    assert proofreading.check(tmp_path / "mine.toml") != ()


@pytest.mark.parametrize("text", ["[entry]\nid = 'x'\n", SOUND + "strength = 'a'\n", ENTRY.format(phrases="3"), SOUND.replace('"mine.one"', "[1]")])
def test_loading_refuses_with_the_line_where_it_is_known(tmp_path, text):
    (tmp_path / "mine.toml").write_text(text)
    with pytest.raises(LexiconError, match=r"mine\.toml"):
        lexicon.load(tmp_path / "mine.toml")


def test_a_refused_entry_is_named_with_its_line(tmp_path):
    (tmp_path / "mine.toml").write_text("# first\n\n" + SOUND.replace("source", "sauce"))
    with pytest.raises(LexiconError, match=re.escape("mine.toml, line 4: entry 'mine.one': unknown fields")):
        lexicon.load(tmp_path / "mine.toml")


GIVEN = {"cue": "talks", "phrases": ["palaver/n"], "fires_on": ["The elders held \"palavers\"."], "silent_on": ["They took a walk."], "source": "own"}


def test_an_added_entry_fires(tmp_path):
    path = tmp_path / "mine.toml"
    id = add(path, **GIVEN, strength=0.5)
    assert [cue.entry for cue in escalation.Scorer(lexicon=path).score("A palaver was held.").cues] == [id]
    assert tomllib.loads(path.read_text())["entry"][0]["strength"] == 0.5
    assert proofreading.check(path) == ()


def test_what_stood_in_the_file_stays(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text("# mine\n" + SOUND)
    add(path, **{**GIVEN, "phrases": ["pow-wow"], "fires_on": ["A powwow."]})
    add(path, **{**GIVEN, "phrases": ["pow-wow of elders"], "fires_on": ["A powwow of elders."]})
    assert path.read_text().startswith("# mine\n" + SOUND)
    assert len(tomllib.loads(path.read_text())["entry"]) == 3


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"cue": "tlaks"}, "unknown cue 'tlaks'"),
        ({"phrases": ["(a|b"]}, "never closed"),
        ({"phrases": []}, "`phrases` is missing"),
        ({"fires_on": ["They took a walk."]}, "is silent on 'They took a walk.'"),
        ({"silent_on": ["A palaver."]}, "fires on 'A palaver.'"),
        ({"source": ""}, "`source` is missing"),
        ({"phrases": ["air strike"], "fires_on": ["An air strike hit."]}, "air_strike.noun fires instead"),
    ],
)
def test_what_does_not_do_as_claimed_is_not_added(tmp_path, change, said):
    path = tmp_path / "mine.toml"
    path.write_text(SOUND.replace("palaver", "pow-wow"))
    with pytest.raises(LexiconError, match=re.escape(said)):
        add(path, **{**GIVEN, **change})
    assert path.read_text() == SOUND.replace("palaver", "pow-wow")
    assert list(tmp_path.iterdir()) == [path]


HOT = [f"{name} gunmen kneecapped nine dockers near {name} port on day {k}. The army shelled the town on Monday, killing sixty people, and vowed to go on with the offensive until the city falls. Warplanes bombed the harbour." for k, name in enumerate(("Tarvos", "Lenz", "Orlu") * 4)]
MILD = [f"Elders of {name} broke bread with their rivals on day {k}. Rebels and the army agreed a ceasefire last week." for k, name in enumerate(("Tarvos", "Lenz", "Orlu") * 4)]
OFF = [row["text"] for row in promised("offtopic.jsonl")[:20]]
CODES = [4] * len(HOT) + [1] * len(MILD) + [0] * len(OFF)


@pytest.fixture(scope="module")
def found():
    return lexicon_gaps(HOT + MILD + OFF, CODES)


def test_phrases_go_to_their_side(found):
    sides = {item.phrase: item.side for item in found}
    assert {phrase for phrase, side in sides.items() if side == "risk"} & {"kneecapped nine dockers", "gunmen kneecapped nine dockers"}
    assert any("broke bread" in phrase for phrase, side in sides.items() if side == "restraint")


def test_phrases_that_hit_a_cue_are_no_gap(found):
    assert not any(word in item.phrase for item in found for word in ("shelled", "ceasefire", "killed"))


def test_names_are_left_out(found):
    shown = json.dumps([item.to_dict() for item in found], ensure_ascii=False)
    assert not any(name in shown for name in ("Tarvos", "Lenz", "Orlu", "tarvos", "lenz", "orlu"))
    assert "~" in shown


def test_a_part_of_a_phrase_is_folded_into_it(found):
    phrases = [item.phrase for item in found]
    assert not any(f" {a} " in f" {b} " for a in phrases for b in phrases if a != b)


def test_a_phrase_comes_with_examples_and_counts(found):
    item = next(item for item in found if "kneecapped" in item.phrase)
    assert (item.risky, item.calm, len(item.examples)) == (12, 0, 3)
    assert all("kneecapped" in example for example in item.examples)


def test_without_labels_the_models_levels_decide():
    assert any("broke bread" in item.phrase or "kneecapped" in item.phrase for item in lexicon_gaps(HOT + MILD + OFF))


def test_labels_may_come_with_the_reports(found):
    labelled = escalation.read_labelled(list(zip(HOT + MILD + OFF, CODES, strict=True)))
    assert lexicon_gaps(labelled) == found


def test_a_lexicon_that_has_the_phrase_closes_the_gap(tmp_path):
    add(tmp_path / "mine.toml", "casualties", ["kneecapped <3> docker/n"], ["They kneecapped nine dockers."], ["They met."], "own")
    closed = lexicon_gaps(HOT + MILD + OFF, CODES, lexicon=lexicon.load(tmp_path / "mine.toml"))
    assert not any("kneecapped" in item.phrase for item in closed)


def test_text_without_capitals_shows_no_unknown_word():
    items = lexicon_gaps([text.lower() for text in HOT + MILD + OFF], CODES)
    assert not any(name in json.dumps(item.to_dict()) for item in items for name in ("tarvos", "lenz", "orlu"))


@pytest.mark.parametrize(("reports", "labels", "said"), [(HOT, None, "reports of both kinds"), (HOT, [1], "1 for 12 reports"), ([], None, "0 with risk"), ("labels.csv", None, r"Give read_labelled\(path\)"), (Path("labels.csv"), [1], r"Give read_labelled\(path\)")])
def test_what_holds_no_two_sides_is_told(reports, labels, said):
    with pytest.raises(InputError, match=said):
        lexicon_gaps(reports, labels)


def run(*words: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-m", "escalation", "lexicon", *words], capture_output=True, text=True, cwd=HERE.parent, check=False)


def test_the_shell_lists_gaps(tmp_path):
    path = tmp_path / "archive.jsonl"
    path.write_text("".join(json.dumps({"text": text, "label": code}) + "\n" for text, code in zip(HOT + MILD + OFF, CODES, strict=True)))
    assert "kneecapped" in run("gaps", str(path), "--labels").stdout
    assert {json.loads(line)["side"] for line in run("gaps", str(path), "--labels", "--json").stdout.splitlines()} == {"risk", "restraint"}


def test_the_shell_adds_and_checks(tmp_path):
    path = str(tmp_path / "mine.toml")
    words = ("--cue", "talks", "--phrase", "palaver/n", "--fires-on", "A palaver.", "--silent-on", "A walk.", "--source", "own")
    assert "added talks.own_palaver" in run("add", path, *words).stdout
    assert run("check", path).returncode == 0
    assert run("add", path, *words).returncode == 2
    (tmp_path / "mine.toml").write_text(SOUND.replace("talks", "tlaks"))
    done = run("check", path)
    assert (done.returncode, "mine.toml, line 3" in done.stdout) == (1, True)


def test_the_how_to_adds_an_entry_that_passes(tmp_path):
    page = (HERE.parent / "docs" / "how-to" / "grow-the-lexicon.md").read_text(encoding="utf-8")
    command = re.search(r"^escalation (lexicon add .*?)^```", page, re.MULTILINE | re.DOTALL)
    words = [str(tmp_path / word) if word == "mine.toml" else word for word in shlex.split(command[1].replace("\\\n", " "))]
    done = subprocess.run([sys.executable, "-m", "escalation", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert proofreading.check(tmp_path / "mine.toml") == ()
