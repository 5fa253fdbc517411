"""``escalation score ARCHIVE -o TABLE``, run as a user runs it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time

import pytest
from conftest import HERE

WORDS = (sys.executable, "-m", "escalation", "score")
ROWS = 3000


def run(*words):
    return subprocess.run([*WORDS, *map(str, words)], capture_output=True, text=True, cwd=HERE.parent, check=False)


@pytest.fixture
def archive(tmp_path):
    path = tmp_path / "news.jsonl"
    path.write_text("".join(json.dumps({"id": f"r{n}", "body": f"Rebels shelled the port, killing {n} dockers.", "headline": "War", "when": "2024-05-01"}) + "\n" for n in range(4)))
    return path


def test_an_archive_goes_into_a_table(archive, tmp_path):
    done = run(archive, "-o", tmp_path / "out.jsonl", "--published", "when")
    assert (done.returncode, done.stdout) == (0, "")
    assert "text from 'headline+body'" in done.stderr
    assert "published from 'when'" in done.stderr
    assert "4 rows = 4 scored + 0 quarantined" in done.stderr
    assert [json.loads(line)["id"] for line in (tmp_path / "out.jsonl").read_text().splitlines()] == ["r0", "r1", "r2", "r3"]


def test_quarantined_rows_end_with_one(archive, tmp_path):
    archive.write_text(archive.read_text() + "{broken\n")
    done = run(archive, "-o", tmp_path / "out.csv", "--errors", tmp_path / "left.csv", "--jobs", 2, "--level", "cue")
    assert done.returncode == 1
    assert "5 rows = 4 scored + 1 quarantined" in done.stderr
    assert "line 5" in (tmp_path / "left.csv").read_text()


def test_the_order_of_dates_can_be_told(archive, tmp_path):
    archive.write_text(archive.read_text().replace("2024-05-01", "04/05/2024"))
    assert [run(archive, "-o", tmp_path / "out.jsonl", "--published", "when", *more).returncode for more in ((), ("--dates", "mdy"))] == [2, 0]
    assert json.loads((tmp_path / "out.jsonl").read_text().splitlines()[0])["published"] == "2024-04-05"


def test_fields_can_be_named(archive, tmp_path):
    done = run(archive, "-o", tmp_path / "out.jsonl", "--text", "headline", "--text", "id", "--no-places", "--no-copies")
    assert "text from 'headline+id'" in done.stderr


def test_a_table_that_is_there_is_replaced_on_request_only(archive, tmp_path):
    assert [run(archive, "-o", tmp_path / "out.jsonl", *more).returncode for more in ((), (), ("--fresh",))] == [0, 2, 0]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("nowhere.jsonl", "-o", "out.jsonl"), "nowhere.jsonl: cannot be read"),
        (("examples", "nowhere.jsonl", "-o", "out.jsonl"), "one archive goes into one table"),
        (("examples", "--jobs", "2"), "--jobs: only where an archive"),
        (("examples", "-o", "out.txt", "--fresh"), "--fresh: only where an archive"),
        (("examples", "-o", "/proc/out.jsonl"), "cannot be written"),
        (("examples", "-o", "out.jsonl", "--text", "body"), "Name none"),
        (("examples", "-o", "out.xlsx"), "out.xlsx: the name does not tell the format. Let it end in .parquet"),
        (("--text", "Rebels shelled the port.", "-o", "out.csv"), "a table is made of an archive"),
        (("examples", "-o", "out.jsonl", "--jobs", "0"), "jobs: 0 is no number of processes"),
        (("examples", "--jobs", "0"), "--jobs: only where an archive"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(words, told):
    done = run(*words)
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("content", ["", "text,date\n"])
@pytest.mark.parametrize("more", [(), ("-o", "out.csv")])
def test_an_archive_without_a_row_is_told_and_makes_no_table(tmp_path, content, more):
    (tmp_path / "news.csv").write_text(content)
    done = run(tmp_path / "news.csv", *(tmp_path / word if word == "out.csv" else word for word in more))
    assert (done.returncode, done.stdout) == (2, "")
    assert "news.csv: holds no reports" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["news.csv"]


def test_an_archive_without_dates_is_told_what_follows(archive, tmp_path):
    assert "published: none found: no index can count these rows. If a field holds the date, name it with --published FIELD" in run(archive, "-o", tmp_path / "out.jsonl").stderr


@pytest.mark.parametrize("kind", [signal.SIGTERM, signal.SIGINT])
def test_a_stopped_run_says_how_to_go_on_and_does(tmp_path, kind):
    path, out = tmp_path / "news.jsonl", tmp_path / "out.jsonl"
    path.write_text("".join(json.dumps({"text": f"Rebels shelled the port, killing {n} dockers. " * 5}) + "\n" for n in range(ROWS)))
    # What a shell starts in the background has Ctrl-C turned off.
    process = subprocess.Popen([*WORDS, path, "-o", out, "--jobs", "2"], stderr=subprocess.PIPE, text=True, cwd=HERE.parent, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    wait_for(lambda: list(tmp_path.glob("out.jsonl.parts/part-*.jsonl")), process)
    process.send_signal(kind)
    told = process.communicate()[1]
    assert process.returncode == 128 + kind
    assert "run the same command again to go on" in told
    assert "Traceback" not in told
    done = run(path, "-o", out)
    assert done.returncode == 0
    assert "parts from an earlier run" in done.stderr
    assert len(out.read_text().splitlines()) == ROWS


def wait_for(there, process):
    while not there() and process.poll() is None:
        time.sleep(0.01)
