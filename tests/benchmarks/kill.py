"""Kill an archive's scoring again and again: is a row lost or doubled, do the bytes differ?

    python tests/benchmarks/kill.py [--kills 30] [--rows 3000] [--jobs 2] [--seed 0] [--kinds .jsonl .parquet] [--write]

Prints a table for kills and one for damaged archives and disks. All texts are
made up on the fly. Ends with 1 if anything was lost, doubled or different.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import hashlib
import io
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))
import escalation
from escalation import writers

PLACES = ("Tarvos", "Orm", "Kessel Bay", "Arland", "the Vira valley")
SENTENCES = (
    "Gunboats fired on the port of {} on Monday, killing {} dockers.",
    "The governor of {} urged his ally to strike back within {} days, but the ally has so far refrained.",
    "Both sides signed a ceasefire near {} after {} hours of talks.",
    "Farmers around {} brought in {} tonnes of barley, the best harvest in years.",
    "Rebels shelled {} again and {} families fled.",
    "The ministry said {} would be defended, and called up {} reservists.",
)
SMALL_PARTS = 40  # rows: many commits in a short run
SAID: list[str] = []  # lines of the tables
RUN = "import sys; from escalation.scoring import score_archive; print(score_archive(sys.argv[1], sys.argv[2], jobs=int(sys.argv[3]), part_rows=int(sys.argv[4])))"
PATIENCE = 600  # seconds that a run may take on a busy machine


def row(number: int, rng: random.Random) -> dict[str, object]:
    said = [sentence.format(rng.choice(PLACES), rng.randrange(2, 90)) for sentence in rng.sample(SENTENCES, 4)]
    return {"id": f"r{number}", "text": " ".join(said), "date": f"2024-05-{1 + number % 28:02d}", "source": f"wire {number % 7}"}


def archive(path: Path, rows: int, seed: int) -> Path:
    """An archive with copies, empty texts and broken lines among its rows."""
    rng = random.Random(seed)
    with path.open("w", encoding="utf-8") as file:
        last = row(0, rng)
        for number in range(rows):
            last = last | {"id": f"r{number}"} if number % 13 == 3 else row(number, rng)
            line = json.dumps(last | {"text": ""} if number % 97 == 5 else last)
            file.write(("{broken " if number % 211 == 7 else line) + "\n")
    return path


def begin(source: Path, out: Path, jobs: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", RUN, str(source), str(out), str(jobs), str(SMALL_PARTS)],
        cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True,
    )


def disturbed(source: Path, out: Path, jobs: int, rng: random.Random, usual: float, sessions: set[int]) -> int:
    """Score an archive, killing the process until it comes through; gives the number of kills."""
    kills = 0
    while True:
        process = begin(source, out, jobs)
        sessions.add(process.pid)
        strike(process, out, rng, usual)
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        code = process.wait(PATIENCE)
        told = process.stderr.read().decode() if process.stderr else ""
        if code == -signal.SIGKILL:
            kills += 1
        elif code:
            raise SystemExit(f"ended with {code} after {kills} kills: {told}")
        if not folder(out).exists() and out.exists():
            return kills


def strike(process: subprocess.Popen[bytes], out: Path, rng: random.Random, usual: float) -> None:
    """Wait for the moment to kill: any, or one while the table is being written."""
    end = time.monotonic() + rng.uniform(0.2, 1.0) * usual
    joining = rng.random() < 0.4
    while process.poll() is None and (joining or time.monotonic() < end):
        time.sleep(0.002)
        if joining and (folder(out) / "scores.tmp").exists():
            time.sleep(rng.uniform(0, 0.08))
            return


def folder(out: Path) -> Path:
    return out.with_name(out.name + ".parts")


def numbers(path: Path) -> list[int]:
    """The rows that a table has."""
    if path.suffix == ".parquet":
        from pyarrow.parquet import read_table

        return read_table(path, columns=["row"])["row"].to_pylist()
    if path.suffix == ".sqlite":
        return [found for (found,) in sqlite3.connect(path).execute(f"SELECT row FROM {writers.TABLE}")]
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    if path.name.removesuffix(".gz").endswith(".csv"):
        return [int(found["row"]) for found in csv.DictReader(io.StringIO(data.decode()))]
    return [json.loads(line)["row"] for line in data.splitlines()]


def orphans(sessions: set[int]) -> int:
    """Processes that outlive the run that started them."""
    alive = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            alive += int(stat.read_text().rpartition(")")[2].split()[3]) in sessions
        except OSError:
            continue
    return alive


def sha(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def kills(kinds: list[str], wanted: int, rows: int, jobs: int, seed: int) -> bool:
    """The table of kills; True if all is well."""
    rng = random.Random(seed)
    well = True
    say(f"{rows:,} rows, {jobs} jobs, parts of {SMALL_PARTS} rows\n")
    say("| format | kills | runs that came through | rows lost | rows doubled | runs with other bytes | processes left behind |\n| --- | --- | --- | --- | --- | --- | --- |")
    for kind in kinds:
        with tempfile.TemporaryDirectory() as place:
            source = archive(Path(place, "news.jsonl"), rows, seed)
            calm = Path(place, f"calm{kind}")
            began = time.monotonic()
            calm_run = begin(source, calm, 1 if jobs > 1 else 2)
            assert calm_run.wait(PATIENCE) == 0, calm_run.stderr.read().decode()
            usual = time.monotonic() - began
            count = rounds = lost = doubled = other = 0
            sessions: set[int] = set()
            while count < wanted:
                out = Path(place, f"out{rounds}{kind}")
                count += disturbed(source, out, jobs, rng, usual, sessions)
                rounds += 1
                errors = out.with_name(out.name + ".errors.jsonl")
                found = numbers(out) + numbers(errors)
                lost += len(set(range(rows)) - set(found))
                doubled += len(found) - len(set(found))
                other += (sha(out), sha(errors)) != (sha(calm), sha(calm.with_name(calm.name + ".errors.jsonl")))
            time.sleep(3)  # workers look once a second whether they are orphans
            left = orphans(sessions)
            well = well and not lost + doubled + other + left
            say(f"| {kind} | {count} | {rounds} | {lost} | {doubled} | {other} | {left} |")
    return well


def cases() -> bool:
    """The table of damaged archives and disks."""
    say("\n| case | rows | scored | quarantined | told |\n| --- | --- | --- | --- | --- |")
    well = True
    for name, case in CASES.items():
        with tempfile.TemporaryDirectory() as place:
            try:
                found = case(Path(place))
                reasons = [json.loads(line)["reason"] for line in found.errors.read_text().splitlines()] if found.errors else [""]
                cells = (f"{found.rows}", f"{found.scored}", f"{found.quarantined}", reasons[-1])
                well = well and found.rows == found.scored + found.quarantined
            except escalation.InputError as fault:
                cells = ("", "", "", str(fault))
            say(f"| {name} | {' | '.join(cells).replace(place, '')} |")
    return well


def say(line: str) -> None:
    """Print a line, and keep it for the page."""
    print(line, flush=True)
    SAID.append(line)


def write() -> None:
    page = Path(__file__).parents[2] / "docs" / "how-to" / "archives.md"
    before, _, rest = page.read_text(encoding="utf-8").partition("<!-- kills -->\n")
    page.write_text(f"{before}<!-- kills -->\n" + "\n".join(SAID) + f"\n<!-- end -->{rest.partition('<!-- end -->')[2]}", encoding="utf-8")


def written(place: Path, name: str, data: bytes) -> escalation.ArchiveSummary:
    (place / name).write_bytes(data)
    return escalation.score_archive(place / name, place / "out.jsonl", part_rows=SMALL_PARTS)


def lines(count: int) -> bytes:
    rng = random.Random(1)
    return "".join(json.dumps(row(number, rng)) + "\n" for number in range(count)).encode()


def no_dates(place: Path) -> escalation.ArchiveSummary:
    import pandas as pd

    frame = pd.DataFrame([row(number, random.Random(number)) for number in range(100)])
    frame["date"] = pd.to_datetime(frame["date"]).where(frame.index % 2 == 0)
    frame.to_parquet(place / "news.parquet")
    return escalation.score_archive(place / "news.parquet", place / "out.jsonl")


def full_disk(place: Path) -> escalation.ArchiveSummary:
    """A small disk where this process may mount one, else writes that fail."""
    (place / "news.jsonl").write_bytes(lines(3000))
    disk = place / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", str(disk)], capture_output=True, check=False).returncode == 0
    try:
        return escalation.score_archive(place / "news.jsonl", disk / "out.jsonl", part_rows=SMALL_PARTS) if mounted else failing(place, disk)
    except escalation.InputError:
        kept = len(list((disk / "out.jsonl.parts").glob("part-*.jsonl")))
        print(f"(full disk{'' if mounted else ', made up'}: {kept} parts are kept)", flush=True)
        raise
    finally:
        if mounted:
            subprocess.run(["umount", str(disk)], check=True)


def failing(place: Path, disk: Path) -> escalation.ArchiveSummary:
    from unittest.mock import patch

    calls = iter(range(20))
    fsync = os.fsync

    def full(handle: int) -> None:
        if next(calls, None) is None:
            raise OSError(28, "No space left on device")
        fsync(handle)

    with patch("os.fsync", full):
        return escalation.score_archive(place / "news.jsonl", disk / "out.jsonl", part_rows=SMALL_PARTS)


def unwritable(place: Path) -> escalation.ArchiveSummary:
    (place / "news.jsonl").write_bytes(lines(3))
    return escalation.score_archive(place / "news.jsonl", "/proc/out.jsonl")


CASES: dict[str, Callable[[Path], escalation.ArchiveSummary]] = {
    "truncated .gz": lambda place: written(place, "news.jsonl.gz", gzip.compress(lines(2000))[:-20_000]),
    "bytes that are not UTF-8": lambda place: written(place, "news.jsonl", lines(50) + b'{"id": "x", "text": "Rebels \xff\xfe shelled the port."}\n' + lines(50)),
    "broken lines of JSON": lambda place: written(place, "news.jsonl", lines(50) + b'{"id": \n[1, 2]\n"word"\n' + lines(50)),
    "CSV rows of another width": lambda place: written(place, "news.csv", b"id,text,date\na,Rebels shelled the port.,2024-05-01\nb,Talks resumed,,,,x\nc,Talks failed.\n"),
    "CSV without a text": lambda place: written(place, "news.csv", b"id,when\na,2024-05-01\n"),
    "dates that are missing (NaT)": no_dates,
    "full disk": full_disk,
    "output that cannot be written": unwritable,
    "an empty file": lambda place: written(place, "news.jsonl", b""),
}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--rows", type=int, default=3000)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kinds", nargs="+", default=[".jsonl", ".csv", ".parquet", ".sqlite", ".jsonl.gz"])
    parser.add_argument("--write", action="store_true", help="write docs/how-to/archives.md")
    given = parser.parse_args()
    fine = cases()
    fine = kills(given.kinds, given.kills, given.rows, given.jobs, given.seed) and fine
    if given.write:
        write()
    sys.exit(0 if fine else 1)
