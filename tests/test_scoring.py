"""Archives -> score tables, whatever happens on the way."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from conftest import HERE

import escalation
from escalation import columns, parts, scoring, workers, writers
from escalation.batch import Rejected
from escalation.reasons import Reasons

SENTENCES = (
    "Gunboats fired on the port of Tarvos on Monday, killing nine dockers.",
    "The governor urged his ally to strike back, but the ally has so far refrained.",
    "Both sides signed a ceasefire in the valley of Orm.",
    "The harvest was good this year, farmers said.",
)
NAMES = [column.name for column in columns.REPORT]


def line(number):
    text = "" if number == 5 else f"{SENTENCES[number % 4]} {SENTENCES[number * 7 % 3]} It was report {number}."
    return json.dumps({"id": f"r{number}", "text": text, "date": "2024-05-01", "source": "=Daily"})


@pytest.fixture
def archive(tmp_path):
    path = tmp_path / "news.jsonl"
    path.write_text("".join(line(number) + "\n" for number in range(20)))
    return path


def read(path):
    name = path.name.removesuffix(".gz")
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    if name.endswith(".jsonl"):
        return [tuple(json.loads(row).values()) for row in data.splitlines()]
    if name.endswith(".csv"):
        return list(csv.reader(data.decode().splitlines()))[1:]
    if name.endswith(".sqlite"):
        return sqlite3.connect(path).execute(f"SELECT * FROM {writers.TABLE}").fetchall()
    from pyarrow.parquet import read_table

    return [tuple(row.values()) for row in read_table(path).to_pylist()]


@pytest.mark.parametrize("kind", writers.KINDS)
def test_every_format_holds_the_same_rows(archive, tmp_path, kind):
    summary = escalation.score_archive(archive, tmp_path / f"out{kind}", part_rows=6)
    assert (summary.rows, summary.scored, summary.quarantined, summary.parts) == (20, 19, 1, 4)
    rows = read(summary.out)
    assert [int(row[0]) for row in rows] == [n for n in range(20) if n != 5]
    assert {row[1] for row in rows} == {f"r{n}" for n in range(20) if n != 5}
    assert {row[3] for row in rows} == {"'=Daily" if ".csv" in kind else "=Daily"}
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted({"news.jsonl", summary.out.name, summary.errors.name})


@pytest.mark.parametrize("kind", [".jsonl", ".parquet"])
def test_the_bytes_do_not_depend_on_jobs(archive, tmp_path, kind):
    made = [escalation.score_archive(archive, tmp_path / f"{jobs}{kind}", jobs=jobs, part_rows=3).out.read_bytes() for jobs in (1, 2)]
    assert made[0] == made[1]


@pytest.mark.parametrize("level", columns.LEVELS)
@pytest.mark.parametrize("kind", [".parquet", ".csv", ".sqlite"])
def test_every_level_can_be_written(archive, tmp_path, level, kind):
    summary = escalation.score_archive(archive, tmp_path / f"out{kind}", level=level)
    assert {len(row) for row in read(summary.out)} == {len(columns.of(level))}
    assert summary.scored == 19


def test_the_summary_adds_up_and_names_what_was_left_out(archive, tmp_path):
    summary = escalation.score_archive(archive, tmp_path / "out.jsonl", errors=tmp_path / "left.csv")
    assert summary.rows == summary.scored + summary.quarantined
    assert "20 rows = 19 scored + 1 quarantined" in str(summary)
    (left,) = csv.DictReader((tmp_path / "left.csv").read_text().splitlines())
    assert (left["row"], left["place"]) == ("5", f"{archive}, line 6")
    assert "empty" in left["reason"]


def test_the_summary_counts_reasons_and_shows_the_first_row_of_each(tmp_path):
    days = [*(f"{day}/13/24" for day in range(10, 29)), "2024-05-01", "Sept. 31, 2024", "soon, he said. Or not"]
    path = tmp_path / "news.csv"
    path.write_text("text,date\n" + "".join(f'Guns fired.,"{day}"\n' for day in days) + " ,\n")
    summary = escalation.score_archive(path, tmp_path / "out.jsonl")
    assert [(reason.count, reason.place, reason.told) for reason in summary.reasons] == [
        (21, f"{path}, row 2", "published: '10/13/24' is not a date that is understood"), (1, f"{path}, row 24", "text: empty or blank"),
    ]
    assert str(summary).splitlines()[1:] == [f"quarantined: {reason}" for reason in summary.reasons]


def test_reasons_take_little_room_whatever_the_rows_say():
    found = Reasons()
    list(map(found.add, (Rejected(n, "a.jsonl", None, "x" * (1000 - n)) for n in range(1000))))
    assert len(found._found) < 300
    assert [len(reason.told) for reason in found.most()] == [160] * 5


def test_countries_and_actors_are_filled_unless_not_wanted(tmp_path):
    (tmp_path / "news.jsonl").write_text(json.dumps({"text": "Troops from Sudan crossed into Chad, and Sudan called up reservists."}) + "\n")
    made = [read(escalation.score_archive(tmp_path / "news.jsonl", tmp_path / f"{places}.jsonl", places=places).out)[0] for places in (True, False)]
    assert [row[NAMES.index("countries")] for row in made] == ["SDN TCD", ""]


def test_nothing_left_out_leaves_no_file_of_errors(tmp_path):
    (tmp_path / "news.jsonl").write_text(line(1) + "\n")
    summary = escalation.score_archive(tmp_path / "news.jsonl", tmp_path / "out.jsonl")
    assert summary.errors is None
    assert sorted(path.name for path in tmp_path.iterdir()) == ["news.jsonl", "out.jsonl"]


def test_an_empty_archive_is_an_empty_table(tmp_path):
    (tmp_path / "news.jsonl").write_text("")
    assert [escalation.score_archive(tmp_path / "news.jsonl", tmp_path / f"out{kind}").rows for kind in writers.KINDS] == [0] * len(writers.KINDS)
    assert read(tmp_path / "out.parquet") == []


def test_copies_are_told_by_the_id_of_the_first(tmp_path):
    text = " ".join(f"{sentence} It was a long night in the harbour." for sentence in SENTENCES)
    (tmp_path / "news.jsonl").write_text("".join(json.dumps({"id": f"r{n}", "text": text if n % 3 == 0 else line(n)}) + "\n" for n in range(9)))
    found = escalation.score_archive(tmp_path / "news.jsonl", tmp_path / "out.jsonl", part_rows=2)
    assert found.copies == 2
    assert [row[-1] for row in read(found.out)] == [None, None, None, "r0", None, None, "r0", None, None]
    assert escalation.score_archive(tmp_path / "news.jsonl", tmp_path / "without.jsonl", copies=False).copies == 0


class StopError(Exception):
    """What ends a run in these tests."""


def stopped(archive, out, monkeypatch, after, **options):
    """A run that ends after so many parts."""
    real = parts.Parts.commit

    def commit(self, first, end, data):
        if len(self.done) >= after:
            raise StopError
        real(self, first, end, data)

    with monkeypatch.context() as patch:
        patch.setattr(parts.Parts, "commit", commit)
        with pytest.raises(StopError):
            escalation.score_archive(archive, out, part_rows=3, **options)


@pytest.mark.parametrize(("kind", "jobs"), [(".jsonl", 2), *((kind, 1) for kind in writers.KINDS)])
def test_a_run_that_was_stopped_goes_on_to_the_same_bytes(archive, tmp_path, monkeypatch, kind, jobs):
    calm = escalation.score_archive(archive, tmp_path / f"calm{kind}", part_rows=3)
    out = tmp_path / f"out{kind}"
    stopped(archive, out, monkeypatch, 3, jobs=jobs)
    assert not out.exists()
    summary = escalation.score_archive(archive, out, part_rows=3)
    assert summary.resumed == 3
    assert summary.parts == calm.parts == 7
    assert out.read_bytes() == calm.out.read_bytes()
    assert summary.errors.read_bytes() == calm.errors.read_bytes()


def test_a_run_that_ended_while_joining_does_not_read_the_archive_again(archive, tmp_path, monkeypatch):
    out = tmp_path / "out.jsonl"
    with monkeypatch.context() as patch:
        patch.setattr(parts.Parts, "publish", lambda *_: (_ for _ in ()).throw(StopError))
        with pytest.raises(StopError):
            escalation.score_archive(archive, out, part_rows=3)
    monkeypatch.setattr(scoring.workers, "run", None)
    assert escalation.score_archive(archive, out, part_rows=3).scored == 19


@pytest.mark.filterwarnings("ignore::escalation.LexiconWarning")
@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"level": "cue"}, "level was"),
        ({"part_rows": 4}, "part_rows was"),
        ({"places": False}, "places was"),
        ({"copies": False}, "copies was"),
        ({"columns": {"text": "id"}}, "fields was"),
        ({"lexicon": True}, "lexicon was"),
    ],
)
def test_parts_of_another_job_are_refused_with_the_reason(archive, tmp_path, monkeypatch, changed, told):
    out = tmp_path / "out.jsonl"
    stopped(archive, out, monkeypatch, 2)
    if "lexicon" in changed:
        changed = {"lexicon": changed_lexicon()}
    with pytest.raises(escalation.InputError, match=told) as refused:
        escalation.score_archive(archive, out, **{"part_rows": 3, **changed})
    assert "--fresh" in str(refused.value)
    assert escalation.score_archive(archive, out, **{"part_rows": 3, **changed}, resume=False).rows == 20


def changed_lexicon():
    """The shipped lexicon under another sum."""
    from copy import copy

    from escalation import lexicon

    found = copy(lexicon.load())
    found.digest = "0" * 64
    return found


def test_a_changed_archive_is_refused(archive, tmp_path, monkeypatch):
    stopped(archive, tmp_path / "out.jsonl", monkeypatch, 2)
    archive.write_text(archive.read_text().replace("harvest", "Harvest"))
    with pytest.raises(escalation.InputError, match="begun with another job: beginning was"):
        escalation.score_archive(archive, tmp_path / "out.jsonl", part_rows=3)


def test_a_table_may_stand_in_the_folder_it_is_made_from(tmp_path, monkeypatch):
    for number in range(8):
        (tmp_path / f"{number}.txt").write_text(SENTENCES[number % 4])
    stopped(tmp_path, tmp_path / "out.jsonl", monkeypatch, 1)
    assert escalation.score_archive(tmp_path, tmp_path / "out.jsonl", part_rows=3).resumed == 1


def test_standard_input_is_not_taken_for_the_same_twice(archive, tmp_path, monkeypatch):
    def given():
        return io.TextIOWrapper(io.BytesIO(archive.read_bytes()))

    monkeypatch.setattr(sys, "stdin", given())
    stopped("-", tmp_path / "out.jsonl", monkeypatch, 2)
    monkeypatch.setattr(sys, "stdin", given())
    with pytest.raises(escalation.InputError, match="standard input, which cannot be read twice"):
        escalation.score_archive("-", tmp_path / "out.jsonl", part_rows=3)
    monkeypatch.setattr(sys, "stdin", given())
    assert escalation.score_archive("-", tmp_path / "out.jsonl", part_rows=3, resume=False).rows == 20


def test_a_finished_table_is_not_overwritten_unasked(archive, tmp_path):
    first = escalation.score_archive(archive, tmp_path / "out.jsonl")
    before = first.out.read_bytes()
    with pytest.raises(escalation.InputError, match=r"is there already.*--fresh"):
        escalation.score_archive(archive, tmp_path / "out.jsonl", level="cue")
    assert first.out.read_bytes() == before
    assert escalation.score_archive(archive, tmp_path / "out.jsonl", level="cue", resume=False).out.read_bytes() != before


def test_a_damaged_part_is_scored_anew(archive, tmp_path, monkeypatch):
    out = tmp_path / "out.jsonl"
    calm = escalation.score_archive(archive, tmp_path / "calm.jsonl", part_rows=3)
    stopped(archive, out, monkeypatch, 3)
    part = sorted((tmp_path / "out.jsonl.parts").glob("part-*"))[1]
    part.write_bytes(part.read_bytes()[:-40])
    with pytest.raises(escalation.InputError, match=r"damaged or missing\. Run the same command again"):
        escalation.score_archive(archive, out, part_rows=3)
    assert escalation.score_archive(archive, out, part_rows=3).out.read_bytes() == calm.out.read_bytes()


@pytest.mark.parametrize("name", ["out.jsonl.parts", "out.jsonl.parts.old"])
def test_a_folder_that_is_not_ours_is_left_alone(archive, tmp_path, name):
    (tmp_path / name).mkdir()
    (tmp_path / name / "thesis.docx").touch()
    with pytest.raises(escalation.InputError, match=r"thesis\.docx"):
        escalation.score_archive(archive, tmp_path / "out.jsonl", resume=False)
    assert (tmp_path / name / "thesis.docx").exists()


def test_two_runs_at_once_are_refused_and_a_dead_one_holds_nobody_up(archive, tmp_path):
    out = tmp_path / "out.jsonl"
    code = f"import sys; from pathlib import Path; from escalation import locks\nwith locks.held(Path({str(out) + '.lock'!r}), 'x'): print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=HERE.parent) as other:
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(escalation.InputError, match=f"another run is writing it .process {other.pid}."):
            escalation.score_archive(archive, out)
        other.kill()
    assert out.with_name("out.jsonl.lock").exists()
    assert escalation.score_archive(archive, out).rows == 20


class Deadly(str):
    """A field that ends the process which unpacks it, or raises there."""

    def __reduce__(self):
        return os._exit, (9,)


@dataclass(frozen=True, eq=False)
class Struck(workers.Task):
    """A task whose process is killed while it starts, so many times."""

    marks: Path = Path()
    times: int = 1

    def load(self):
        strikes = len(list(self.marks.iterdir()))
        if strikes < self.times:
            (self.marks / str(strikes)).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return super().load()


@pytest.mark.parametrize(("times", "held"), [(2, True), (3, False)])
def test_a_process_that_is_killed_while_it_starts_is_started_again(times, held, tmp_path):
    scorer = escalation.Scorer()
    hand = workers._Hand(Struck(None, None, workers.digests(None, scorer), "report", False, False, tmp_path, times))
    with nullcontext() if held else pytest.raises(escalation.InputError, match="cannot be started"):
        hand.renew()
    hand.stop(at_once=True)


def test_a_row_that_kills_its_process_is_quarantined_alone(archive, tmp_path, monkeypatch):
    real = scoring.open_archive

    class Poisoned(scoring.Archive):
        def blocks(self, size=256, start=0):
            for block in real(archive).blocks(size, start):
                deadly = tuple(row._replace(place=Deadly(row.place)) if b'"r7"' in row.values else row for row in block.rows)
                yield replace(block, rows=deadly)

    poisoned = real(archive)
    poisoned.__class__ = Poisoned
    summary = escalation.score_archive(poisoned, tmp_path / "out.jsonl", jobs=2, part_rows=5)
    assert (summary.scored, summary.quarantined) == (18, 2)
    dead = [json.loads(row) for row in summary.errors.read_text().splitlines()][1]
    assert dead["row"] == 7
    assert "the process that scored it died" in dead["reason"]


def test_a_row_that_cannot_be_read_is_quarantined_alone(archive, tmp_path, monkeypatch):
    real = scoring.open_archive(archive)._reading.entry

    def entry(self, number, row):
        if number == 8:
            raise RecursionError("too deep")
        return real(number, row)

    monkeypatch.setattr("escalation.reading.Reading.entry", entry)
    summary = escalation.score_archive(archive, tmp_path / "out.jsonl", part_rows=5)
    assert (summary.scored, summary.quarantined) == (18, 2)
    assert "RecursionError: too deep" in summary.errors.read_text()


@pytest.mark.parametrize("kind", [".jsonl", ".parquet", ".sqlite"])
def test_a_full_disk_is_told_and_keeps_what_is_done(archive, tmp_path, monkeypatch, kind):
    calls, fsync = iter(range(7)), os.fsync

    def full(handle):
        if next(calls, None) is None:
            raise OSError(28, "No space left on device")
        fsync(handle)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(escalation.InputError, match=r"No space left on device.*parts are kept"):
            escalation.score_archive(archive, tmp_path / f"out{kind}", part_rows=3)
    assert escalation.score_archive(archive, tmp_path / f"out{kind}", part_rows=3).resumed > 0


@pytest.mark.parametrize(
    ("out", "options", "told"),
    [
        ("out.xlsx", {}, "does not tell the format"),
        ("nowhere/out.csv", {}, "no folder"),
        ("out.csv", {"errors": "left.parquet"}, "left.parquet: the name does not tell the format"),
        ("out.csv", {"jobs": 0}, "no number of processes"),
        ("out.csv", {"level": "word"}, "report, sentence, cue"),
        ("out.csv", {"part_rows": 0}, "less than 1"),
        ("out.csv", {"columns": {"text": "body"}}, "no field 'body'"),
        (".", {}, "is a folder|does not tell the format"),
    ],
)
def test_what_cannot_be_done_is_refused_before_the_work(archive, tmp_path, out, options, told):
    with pytest.raises(escalation.InputError, match=told):
        escalation.score_archive(archive, tmp_path / out, **options)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["news.jsonl"]


def test_memory_holds_few_blocks(archive, tmp_path, monkeypatch):
    read_ahead, real = [], scoring._Missing.__iter__

    def counted(self):
        for block in real(self):
            read_ahead.append(block.number)
            yield block

    commits = []
    commit = parts.Parts.commit
    monkeypatch.setattr(scoring._Missing, "__iter__", counted)
    monkeypatch.setattr(parts.Parts, "commit", lambda self, *given: (commits.append(len(read_ahead) - len(commits)), commit(self, *given)))
    escalation.score_archive(archive, tmp_path / "out.jsonl", part_rows=1, jobs=2)
    assert max(commits) <= 4


def test_a_scorer_scores_archives_with_its_own_model(scorer, archive, tmp_path):
    mine = escalation.Scorer().score_archive(archive, tmp_path / "a.jsonl")
    theirs = escalation.Scorer(model=scorer._model, lexicon=scorer._lexicon).score_archive(archive, tmp_path / "b.jsonl", jobs=2)
    assert mine.out.read_bytes() == theirs.out.read_bytes()


def test_a_model_that_changed_meanwhile_is_refused_by_the_worker():
    with pytest.raises(escalation.InputError, match="was changed while reports were being scored"):
        scoring.Task(None, None, ("other", "other"), "report", False, False).load()


def test_a_script_needs_no_guard_for_its_workers(archive, tmp_path):
    script = tmp_path / "mine.py"
    script.write_text(f"import escalation\nprint(escalation.score_archive({str(archive)!r}, {str(tmp_path / 'out.jsonl')!r}, jobs=2).scored)\n")
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": str(HERE.parent)})
    assert done.stdout == "19\n"
