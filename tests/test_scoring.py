"""Archives -> score tables, whatever happens on the way."""

from __future__ import annotations

import csv
import gzip
import json
import sqlite3

import pytest

import escalation
from escalation import columns, writers

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


@pytest.mark.parametrize("kind", writers.KINDS)
def test_the_bytes_do_not_depend_on_jobs(archive, tmp_path, kind):
    made = [escalation.score_archive(archive, tmp_path / f"{jobs}{kind}", jobs=jobs, part_rows=3).out.read_bytes() for jobs in (1, 2)]
    assert made[0] == made[1]


@pytest.mark.parametrize("level", columns.LEVELS)
@pytest.mark.parametrize("kind", [".parquet", ".csv", ".sqlite"])
def test_every_level_can_be_written(archive, tmp_path, level, kind):
    summary = escalation.score_archive(archive, tmp_path / f"out{kind}", level=level)
    assert {len(row) for row in read(summary.out)} == {len(columns.of(level))}
    assert summary.scored == 19
