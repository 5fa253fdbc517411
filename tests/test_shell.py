"""The command line, run as a user runs it."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from dataclasses import replace

import pytest
import typer
from conftest import HERE

import escalation
from escalation.__main__ import app

ROOT = HERE.parent
EXAMPLE = str(ROOT / "examples" / "1_escalation_border_war.txt")


def run(*words: str, given: str = "") -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-m", "escalation", *words], input=given, capture_output=True, text=True, cwd=ROOT, check=False)


def commands(group, *path):
    below = getattr(group, "commands", None)
    return [(path, group)] if below is None else [found for name, command in below.items() for found in commands(command, *path, name)]


def test_score_prints_a_row_per_report():
    done = run("score", "examples")
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 1 + len(list((ROOT / "examples").glob("*.txt")))
    assert done.stderr == ""


def test_score_reads_standard_input():
    done = run("score", "--json", given="Rebels shelled the port on Monday.")
    assert json.loads(done.stdout)["risk"] > 0.2


def test_csv_goes_where_it_is_told(tmp_path):
    out = tmp_path / "scores.csv"
    assert run("score", EXAMPLE, "--csv", "-o", str(out)).returncode == 0
    rows = list(csv.DictReader(io.StringIO(out.read_text())))
    assert rows[0]["level"] == "high"


def test_json_lines_are_read_with_their_ids(tmp_path):
    path = tmp_path / "few.jsonl"
    path.write_text('{"id": "x1", "text": "Rebels shelled the port.", "date": "2024-05-01"}\n')
    assert json.loads(run("score", str(path), "--json").stdout)["id"] == "x1"


def test_text_beside_a_source_names_its_field(tmp_path):
    path = tmp_path / "few.csv"
    path.write_text("id,Full story (EN)\nx1,Rebels shelled the port.\n")
    assert "Name it with --text FIELD" in run("score", str(path)).stderr
    done = run("score", str(path), "--text", "Full story (EN)", "--json")
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == ["x1"]


def test_a_json_list_is_read_as_reports(tmp_path):
    path = tmp_path / "few.json"
    path.write_text('[{"id": "x1", "text": "Rebels shelled the port."}, {"id": "x2", "body": "Talks resumed."}]')
    assert [json.loads(line)["id"] for line in run("score", str(path), "--json").stdout.splitlines()] == ["x1", "x2"]


@pytest.mark.parametrize(
    ("words", "given", "code", "told"),
    [
        (("score", "nowhere.txt"), "", 2, "nowhere.txt: cannot be read"),
        (("score", "-"), "  ", 2, "escalation: standard input: empty."), (("score",), "", 2, "standard input: empty."), (("score", EXAMPLE, "--csv", "--json"), "", 2, "one output has one form"),
        (("score", EXAMPLE, "nowhere.txt"), "", 1, "nowhere.txt"),
        (("score", EXAMPLE, "--model", "nowhere"), "", 2, "nowhere: cannot be read"),
        (("score", EXAMPLE, "--published", "soon"), "", 2, "not a date"),
        (("score", EXAMPLE, "--published", "04/05/2024"), "", 2, "is '2024-05-04' or '2024-04-05'. Write the one"),
        (("explain", EXAMPLE, "--published", "04/05/2024"), "", 2, "is '2024-05-04' or"),
        (("score", "-"), '{"text": "Guns fired.", "date": "04/05/2024"}', 2, "--dates dmy for the day, --dates mdy for the month"),
        (("score", EXAMPLE, "--dates", "us"), "", 2, "'us' is not known"),
        (("explain", "nowhere.txt"), "", 2, "nowhere.txt: cannot be read"),
        (("score", EXAMPLE, "--csv", "-o", "/nowhere/x.csv"), "", 2, "cannot be written"),
    ],
)
def test_faults_are_told_in_one_line(words, given, code, told):
    done = run(*words, given=given)
    assert done.returncode == code
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_explain_shows_the_sum():
    done = run("explain", EXAMPLE)
    assert done.returncode == 0
    assert "baseline" in done.stdout
    assert "log-odds = risk" in done.stdout


def test_help_is_everywhere():
    assert all(run(*words, "--help").returncode == 0 for words in ((), ("score",), ("explain",), ("agree",), ("evaluate",), ("compare",), ("train",), ("sample",), ("lexicon", "gaps"), ("lexicon", "add"), ("lexicon", "check")))


def test_the_shell_imports_nothing_heavy():
    done = subprocess.run([sys.executable, "-X", "importtime", "-m", "escalation", "score", EXAMPLE], capture_output=True, text=True, cwd=ROOT, check=True)
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert loaded.isdisjoint({"numpy", "scipy", "sklearn", "pandas", "skops", "matplotlib"})


CODER_A = "text,label\nGuns fired.,hot\nTalks resumed.,calm\nTroops moved.,hot\n"
CODER_B = "text,label\nGuns fired.,hot\nTalks resumed.,calm\nTroops moved.,calm\n"


@pytest.fixture
def coders(tmp_path):
    for name, rows in (("a.csv", CODER_A), ("b.csv", CODER_B), ("gap.csv", CODER_B + ",hot\n")):
        (tmp_path / name).write_text(rows)
    return tmp_path


def test_agree_shows_what_it_read_and_how_far_coders_agree(coders):
    done = run("agree", str(coders / "a.csv"), str(coders / "b.csv"), "--map", "calm=0", "--map", "hot=4")
    assert done.returncode == 0
    assert "3 reports in both" in done.stdout
    assert "kappa" in done.stdout
    assert "Troops moved." in done.stdout
    assert "3 reports, ordinal; text from 'text', label from 'label'; calm = 0, hot = 4" in done.stderr


def test_agree_tells_which_rows_are_left_out(coders):
    done = run("agree", str(coders / "a.csv"), str(coders / "gap.csv"), "--map", "calm=0", "--map", "hot=1", "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["n"] == 3
    assert "gap.csv, row 5: left out: no text" in done.stderr


@pytest.mark.parametrize(("words", "told"), [((), "0 none to 4 high: --map calm=? --map hot=?."), (("--map", "calm=?"), "mapped to something that is not a code"), (("--map", "calm"), "--map calm=0"), (("--label", "risk"), "with --label FIELD"), (("--map", "calm=9"), "not a code")])
def test_agree_tells_faults_in_one_line(coders, words, told):
    done = run("agree", str(coders / "a.csv"), str(coders / "b.csv"), *words)
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr


LABELLED = "text,label,paper,date\n" + "".join(
    f"{what} {number} {where}.,{code},p{number % 2},{2020 + number % 2}-01-0{1 + number % 9}\n"
    for number in range(12) for what, where, code in (("Rebels shelled the port and killed", "dockers", 3), ("Talks resumed with", "mediators", 0))
)


@pytest.fixture
def labelled(tmp_path):
    (tmp_path / "mine.csv").write_text(LABELLED)
    (tmp_path / "gap.csv").write_text(LABELLED + ",3,p1,2020-01-01\n")
    return tmp_path


def test_evaluate_prints_figures_groups_and_worst_reports(labelled):
    done = run("evaluate", "shipped", str(labelled / "mine.csv"), "--group", "paper")
    assert done.returncode == 0
    assert "24 reports, 12 labelled as risk" in done.stdout
    assert all(title in done.stdout for title in ("AUC", "By group", "By time", "Reliability", "Largest log-loss", "mine.csv, row"))
    assert "group from 'paper'" in done.stderr
    assert "\x1b" not in done.stdout


def test_evaluate_writes_json_and_a_page(labelled):
    done = run("evaluate", "models/default", str(labelled / "mine.csv"), "--json", "--html", str(labelled / "page.html"))
    assert json.loads(done.stdout)["n"] == 24
    assert (labelled / "page.html").read_text().startswith("<!doctype html>")


def test_evaluate_tells_which_rows_are_left_out(labelled):
    done = run("evaluate", "shipped", str(labelled / "gap.csv"))
    assert done.returncode == 1
    assert "gap.csv, row 26: left out: no text" in done.stderr
    assert "Left out, 1 of the rows" in done.stdout


def test_compare_says_plainly_what_cannot_be_told_apart(labelled):
    done = run("compare", "shipped", "models/default", str(labelled / "mine.csv"))
    assert done.returncode == 0
    assert "New and old are not distinguishable. Nearer to the label: 0, farther: 0, unmoved: 24." in done.stdout
    assert json.loads(run("compare", "shipped", "shipped", str(labelled / "mine.csv"), "--json").stdout)["still"] == 24


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("evaluate", "nowhere", "mine.csv"), "nowhere: cannot be read"),
        (("evaluate", "shipped", "nowhere.csv"), "nowhere.csv: cannot be read"),
        (("evaluate", "shipped", "mine.csv", "--label", "risk"), "no field 'risk'"),
        (("evaluate", "shipped", "mine.csv", "--lexicon", "nowhere.toml"), "nowhere.toml"),
        (("evaluate", "shipped", "mine.csv", "--html", "/nowhere/page.html"), "cannot be written"),
        (("compare", "shipped", "nowhere", "mine.csv"), "nowhere: cannot be read"),
    ],
)
def test_faults_of_a_judgement_are_told_in_one_line(labelled, words, told):
    done = run(*(str(labelled / word) if word == "mine.csv" else word for word in words))
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_a_table_keeps_to_its_terminal(capsys):
    from rich.console import Console

    from escalation import present
    from escalation.grids import Grid

    present.judgement("head", [Grid("Title", ("a", "b"), (("[red]x[/red]", "word " * 60),))], ["note"], Console(width=60, force_terminal=False))
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 60
    assert any("[red]x[/red]" in line for line in lines)


def test_a_table_cuts_no_word_that_its_terminal_has_room_for(capsys):
    from rich.console import Console

    from escalation import present
    from escalation.grids import Grid

    row = ("coverage of 90 % intervals", "1.000", "0.750", "-0.250", "-0.333 to 0.000", "not distinguishable")
    present.judgement("head", [Grid("", ("figure", "old", "new", "difference", "95 % interval", "new is"), (row,))], [], Console(width=80, force_terminal=False))
    shown = capsys.readouterr().out
    assert max(map(len, shown.splitlines())) <= 80
    assert all(word in shown for word in " ".join(row).split())


def test_a_model_of_another_lexicon_is_told_in_one_line(tmp_path):
    folder = replace(escalation.load_model(), lexicon_digest="abc" * 20).save(tmp_path / "model")
    done = run("score", EXAMPLE, "--model", str(folder))
    assert done.returncode == 0
    assert done.stderr.startswith("escalation: lexicon ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        (("score", "{}", "--json"), 12),
        (("sample", "{}", "-n", "4", "--json"), 4),
        (("lexicon", "gaps", "{}", "--least", "1", "-n", "1", "--json"), 1),
    ],
)
def test_a_row_without_a_text_is_told_and_the_others_are_read(tmp_path, words, lines):
    archive = tmp_path / "few.jsonl"
    texts = [f"Rebels shelled the port of Tarvos on day {n}, killing {n + 9} people, and the raid was not the last." if n % 2 else f"The two sides met in Ilmen on day {n} and the envoys shook hands." for n in range(12)]
    archive.write_text("".join(json.dumps({"text": text}) + "\n" for text in [*texts[:3], " ", *texts[3:]]))
    done = run(*(word.format(archive) for word in words))
    assert done.returncode == 1
    assert "few.jsonl, line 4" in done.stderr
    assert len(done.stdout.splitlines()) == lines


ODD = "Meldung,Zeitung,Tag,Nr\n" + "".join(f'"{text}",Kurier,2024-03-0{n + 1},a{n}\n' for n, text in enumerate(("Rebels shelled the port of Tarvos, killing 40.", "The two sides met in Ilmen.", "Bakers in Ilmen sold more bread.")))


@pytest.fixture
def odd(tmp_path):
    (tmp_path / "odd.csv").write_text(ODD)
    return str(tmp_path / "odd.csv")


@pytest.mark.parametrize("words", [("sample", "-n", "2"), ("lexicon", "gaps", "--least", "1"), ("explain",)])
def test_fields_of_any_name_can_be_named_as_the_error_says(odd, words):
    assert "Name it with --text FIELD" in run(*words, odd).stderr
    assert run(*words, odd, "--text", "Meldung").returncode == 0


def test_a_sample_is_by_the_fields_that_are_named(odd):
    done = run("sample", odd, "-n", "3", "--by", "month", "--text", "Meldung", "--published", "Tag", "--id", "Nr", "--source", "Zeitung", "--json")
    assert {(row["report_id"], row["group"]) for row in map(json.loads, done.stdout.splitlines())} == {("a0", "2024-03"), ("a1", "2024-03"), ("a2", "2024-03")}


def test_gaps_go_by_labels_of_any_name(labelled):
    text = LABELLED.replace("text,label", "Meldung,Stufe").replace(",3,", ",heiss,").replace(",0,", ",ruhig,")
    (labelled / "odd.csv").write_text(text)
    words = ("lexicon", "gaps", str(labelled / "odd.csv"), "--labels", "--text", "Meldung", "--label", "Stufe", "--map", "heiss=3", "--map", "ruhig=0")
    assert run(*words).returncode == 0


@pytest.mark.parametrize(
    ("words", "code", "out", "told"),
    [
        ((), 0, "shelled the port", "3 reports; this is the first (id odd:0). Choose one with --id ID."),
        (("--id", "odd:2"), 0, "more bread", ""),
        (("--id", "a7"), 2, "", "none of 3 reports has the id 'a7'"),
    ],
)
def test_explain_says_which_report_of_an_archive_it_is(odd, words, code, out, told):
    done = run("explain", odd, "--text", "Meldung", *words)
    assert (done.returncode, out in done.stdout, told in done.stderr) == (code, True, True)


GERMAN = "Die Regierung erklärte am Montag, dass die Verhandlungen über den Hafen von Tarvos ohne Ergebnis geblieben sind und neue Gespräche nicht geplant seien."


def test_a_report_that_is_not_english_has_no_sum(tmp_path):
    done = run("explain", "-", given=GERMAN)
    assert done.stdout.startswith("Not judged: the text does not seem to be English. Translate it first.")
    assert "baseline" not in done.stdout
    assert "+0.00" not in done.stdout


def test_a_table_shows_no_level_of_a_report_that_was_not_judged():
    row = run("score", "-", given=GERMAN).stdout.splitlines()[1].split()
    assert row[4:6] == ["–", "–"]
    assert row[-1] == "not_english"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("evaluate", "nomodel", "{odd}"), "nomodel: cannot be read: there is no such folder. Give the folder of a model, or the word shipped."),
        (("compare", "shipped", "{here}", "{here}/mine.csv"), "holds no model: there is no manifest.json. Give a folder that"),
        (("index", "{odd}"), "no column 'risk'; there are Meldung, Zeitung, Tag, Nr. Score it first"),
        (("index", "{odd}", "--freq", "week"), "Score it first"),
        (("sample", "{odd}", "--text", "Meldung", "--by", "paper"), "by: 'paper' is not one of source, year, month"),
        (("sample", "{odd}"), "there are 'Meldung', 'Zeitung', 'Tag', 'Nr'. Name it with --text FIELD."),
        (("score", "{here}/scans"), "Convert them to text first, for instance with pdftotext."),
    ],
)
def test_a_remedy_is_one_that_helps(odd, labelled, tmp_path, words, told):
    (tmp_path / "scans").mkdir()
    (tmp_path / "scans" / "one.pdf").write_bytes(b"%PDF-1.7")
    done = run(*(word.format(odd=odd, here=tmp_path) for word in words))
    assert done.returncode == 2
    assert told in done.stderr


COMMANDS = {" ".join(path): command for path, command in commands(typer.main.get_command(app))}


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_help_ends_with_two_examples_of_options_that_there_are(name):
    told = run(*name.split(), "--help").stdout.partition("  Examples:\n")[2]
    known = {option for parameter in COMMANDS[name].params for option in parameter.opts}
    assert told.count(f"    escalation {name} ") == 2
    assert set(re.findall(r"(?<= )--?[a-z][a-z-]*", told)) <= known


def test_the_list_of_commands_cuts_no_line():
    shown = run("--help").stdout
    assert "..." not in shown.partition("Commands:")[2]
    assert "score" in shown


def test_the_version_is_told():
    assert run("--version").stdout == f"escalation {escalation.__version__}\n"


def test_score_alone_in_a_terminal_shows_its_usage():
    pty = pytest.importorskip("pty")
    _, terminal = pty.openpty()
    done = subprocess.run([sys.executable, "-m", "escalation", "score"], stdin=terminal, capture_output=True, text=True, cwd=ROOT, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "escalation score report.txt" in done.stderr
