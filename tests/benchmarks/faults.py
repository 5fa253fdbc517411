"""Does the scoring of an archive hold under fire, and are its bytes always the same?

    python tests/benchmarks/faults.py [--quick] [--rows 2000] [--tries 8] [--seed 0] [--python PATH ...] [--write]

Prints a table: what was done, how often it was tried, how often it held, rows
lost and rows doubled. It held if the run, taken up again as often as needed,
gave the bytes of an undisturbed one, and ended with the code and the message
that it should. ``--python`` adds interpreters with the package's dependencies
to those whose bytes are compared. Ends with 1 if anything did not hold.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import kill  # beside this file
from kill import PATIENCE, ROOT, SMALL_PARTS, archive, folder, numbers, orphans, sha

RUN = "import sys, time; {}\nfrom escalation.scoring import score_archive; score_archive(sys.argv[1], sys.argv[2], jobs=int(sys.argv[3]), part_rows=int(sys.argv[4]))"
SHELL = "import sys; {}\nfrom escalation import scoring; scoring.PART_ROWS = 40; scoring.score_archive.__kwdefaults__['part_rows'] = 40\nsys.argv = ['escalation', 'score', sys.argv[1], '-o', sys.argv[2], '--jobs', sys.argv[3]]\nfrom escalation.__main__ import main; main()"
_CLOCKS = {"ten years back": -3.2e8, "ten years ahead": 3.2e8, "at the beginning of time": -time.time()}


HEAD = "| what | tried | held | rows lost | rows doubled |\n| --- | --- | --- | --- | --- |"


class Row(NamedTuple):
    """One line of the table."""

    what: str
    tried: int
    held: int
    lost: int = 0
    doubled: int = 0


class Field(NamedTuple):
    """What all tries start from: an archive, its undisturbed table, and how long that took."""

    place: Path
    source: Path
    calm: Path
    usual: float
    tries: int
    rng: random.Random

    def same(self, out: Path) -> bool:
        """Whether a table and its quarantined rows are those of the undisturbed run."""
        return out.exists() and [sha(path) for path in (out, errors(out))] == [sha(path) for path in (self.calm, errors(self.calm))]

    def row(self, what: str, outs: Sequence[Path], held: Sequence[bool]) -> Row:
        """The line of some tries."""
        wanted = set(numbers(self.calm) + numbers(errors(self.calm)))
        found = [numbers(out) + numbers(errors(out)) if out.exists() else [] for out in outs]
        return Row(what, len(held), sum(held), sum(len(wanted - set(rows)) for rows in found), sum(len(rows) - len(set(rows)) for rows in found))


def errors(out: Path) -> Path:
    return out.with_name(out.name + ".errors.jsonl")


def begin(field: Field, out: Path, jobs: int = 2, code: str = RUN, before: str = "", rows: int = SMALL_PARTS, python: str = sys.executable, **env: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [python, "-c", code.format(before), str(field.source), str(out), str(jobs), str(rows)],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT), **env}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    told = process.communicate(timeout=PATIENCE)[1]
    return process.returncode, told


def outs(field: Field, name: str) -> Iterator[Path]:
    return (field.place / f"{name}{number}.jsonl" for number in range(field.tries))


def killed(field: Field) -> Row:
    """kill -9 at random moments, again and again."""
    made, held = list(outs(field, "kill")), []
    for out in made:
        sessions: set[int] = set()
        kill.disturbed(field.source, out, 2, field.rng, field.usual, sessions)
        held.append(field.same(out))
    return field.row("kill -9 of the whole run, at random moments", made, held)


def signalled(number: signal.Signals) -> Callable[[Field], Row]:
    def tried(field: Field) -> Row:
        made, held = list(outs(field, number.name)), []
        for at, out in enumerate(made):
            process = begin(field, out, jobs=1 + at % 2, code=SHELL)
            wait_for(lambda out=out: parts_of(out) > field.rng.randrange(1, 6), process)
            process.send_signal(number)
            code, told = ended(process)
            time.sleep(2)  # workers look once a second whether they are orphans
            clean = (code == 128 + number and "run the same command again" in told and "Traceback" not in told) or code in (0, 1)
            again = ended(begin(field, out))[0] if not out.exists() else 0
            held.append(clean and not orphans({process.pid}) and again == 0 and field.same(out))
        return field.row(f"{number.name}: message, code {128 + number}, no process left, resumed", made, held)

    return tried


def bereaved(field: Field) -> Row:
    """Workers are killed, one after the other."""
    made, held = list(outs(field, "worker")), []
    for out in made:
        process = begin(field, out)
        for _ in range(3):
            time.sleep(field.usual * field.rng.uniform(0.1, 0.3))
            for child in children(process.pid):
                strike(child)
                break
        held.append(ended(process)[0] == 0 and field.same(out))
    return field.row("kill -9 of single workers", made, held)


def crowded_out(field: Field) -> Row:
    """A disk that is full, then made larger."""
    made, held = [], []
    for number in range(field.tries):
        disk = field.place / f"disk{number}"
        disk.mkdir()
        if not mounted(disk, f"size={field.rng.randrange(100, 600)}k"):
            break
        try:
            code, told = ended(begin(field, disk / "out.jsonl"))
            mounted(disk, "remount,size=100m")
            code_again = 0 if code == 0 else ended(begin(field, disk / "out.jsonl"))[0]
            out = field.place / f"full{number}.jsonl"
            for path in (disk / "out.jsonl", errors(disk / "out.jsonl")):
                (out if path.name == "out.jsonl" else errors(out)).write_bytes(path.read_bytes())
            made.append(out)
            held.append((code == 0 or "No space left" in told) and code_again == 0 and field.same(out))
        finally:
            subprocess.run(["umount", str(disk)], check=True)
    return field.row("a full disk (tmpfs), resumed once there was room", made, held)


def read_only(field: Field) -> Row:
    disk = field.place / "locked"
    disk.mkdir()
    if not mounted(disk, "ro"):
        return Row("a disk that takes nothing", 0, 0)
    try:
        code, told = ended(begin(field, disk / "out.jsonl", code=SHELL))
    finally:
        subprocess.run(["umount", str(disk)], check=True)
    return Row("a disk that takes nothing: code 2, one line", 1, int(code == 2 and "Read-only" in told and "Traceback" not in told))


def rivals(field: Field) -> Row:
    """Two runs on one output: one works, one is refused."""
    made, held = list(outs(field, "rival")), []
    for out in made:
        first = begin(field, out)
        wait_for(lambda out=out: parts_of(out) > 0, first)
        code, told = ended(begin(field, out, code=SHELL))
        held.append(code == 2 and "another run is writing it" in told and ended(first)[0] == 0 and field.same(out))
    return field.row("two runs on one output: the second is refused", made, held)


def clocks(field: Field) -> Row:
    """The clock jumps between a run and its resumption, and so do the times of the parts."""
    made, held = [], []
    for name, jump in _CLOCKS.items():
        out = field.place / f"clock {name}.jsonl"
        process = begin(field, out)
        wait_for(lambda out=out: parts_of(out) > 2, process)
        strike(process.pid)
        ended(process)
        for path in folder(out).glob("*"):
            os.utime(path, (max(0.0, time.time() + jump),) * 2)
        before = f"now = time.time; time.time = lambda: now() + {jump}"
        held.append(ended(begin(field, out, jobs=1, before=before))[0] == 0 and field.same(out))
        made.append(out)
    return field.row("clocks that jump between a run and its resumption", made, held)


def sameness(pythons: Sequence[str], is_quick: bool) -> Callable[[Field], Row]:
    ways: list[dict[str, object]] = [{"PYTHONHASHSEED": seed} for seed in ("0", "1", "4242")]
    ways += [{"OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads} for threads in ("1", "4")]
    ways += [{"jobs": jobs} for jobs in ((1, 3) if is_quick else (1, 2, 3, 4))]
    ways += [{"rows": rows} for rows in ((7,) if is_quick else (7, 101, 500, 100_000))]
    ways += [{"python": python} for python in pythons]

    def tried(field: Field) -> Row:
        made, held = [], []
        for number, way in enumerate(ways):
            out = field.place / f"same{number}.jsonl"
            code, told = ended(begin(field, out, **{"jobs": 1, **way}))  # type: ignore[arg-type]
            held.append(code == 0 and field.same(out))
            made.append(out)
            if not held[-1]:
                print(f"(other bytes: {way} {told[-300:]})", file=sys.stderr)
        return field.row(f"hash seeds, threads, jobs, sizes of parts{f', {len(pythons)} more interpreters' if pythons else ''}: the same bytes", made, held)

    return tried


def tests(field: Field) -> Row:
    """The hostile files and faults of the test suite, by number."""
    said = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-o", "addopts=", "tests/test_attack_files.py", "tests/test_faults.py"], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    ).stdout
    counts = {word: int(count) for count, word in (part.split()[:2] for part in said.strip().splitlines()[-1].strip("= ").split(", "))}
    return Row("hostile files, missing packages and the like: tests/test_attack_files.py, tests/test_faults.py", sum(counts.get(word, 0) for word in ("passed", "failed", "error", "errors")), counts.get("passed", 0))


def table(rows: int, tries: int, seed: int, pythons: Sequence[str], is_quick: bool) -> list[Row]:
    """All lines, each printed when it is there."""
    print(HEAD, flush=True)
    found = []
    with tempfile.TemporaryDirectory() as place:
        source = archive(Path(place, "news.jsonl"), rows, seed)
        field = Field(Path(place), source, Path(place, "calm.jsonl"), 0.0, tries, random.Random(seed))
        began = time.monotonic()
        assert ended(begin(field, field.calm))[0] == 0
        field = field._replace(usual=time.monotonic() - began)
        for step in (tests, killed, signalled(signal.SIGTERM), signalled(signal.SIGINT), bereaved, crowded_out, read_only, rivals, clocks, sameness(pythons, is_quick)):
            row = step(field)
            print(line(row), flush=True)
            found.append(row)
    return found


def line(row: Row) -> str:
    return f"| {' | '.join(map(str, row))} |"


def write(rows: Sequence[Row]) -> None:
    """Put the table into docs/how-to/archives.md."""
    page = ROOT / "docs" / "how-to" / "archives.md"
    before, _, rest = page.read_text(encoding="utf-8").partition("<!-- faults -->\n")
    after = rest.partition("<!-- end of faults -->")[2]
    page.write_text(f"{before}<!-- faults -->\n" + "\n".join([HEAD, *map(line, rows)]) + f"\n<!-- end of faults -->{after}", encoding="utf-8")


def wait_for(there: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    while not there() and process.poll() is None:
        time.sleep(0.005)


def parts_of(out: Path) -> int:
    return len(list(folder(out).glob("part-*.jsonl")))


def children(parent: int) -> list[int]:
    """Processes whose parent is that one, but for loky's tracker of resources."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(stat.read_text().rpartition(")")[2].split()[1]) == parent and b"resource_tracker" not in stat.with_name("cmdline").read_bytes():
                found.append(int(stat.parent.name))
        except OSError:
            continue
    return sorted(found)


def strike(process: int) -> None:
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        return


def mounted(disk: Path, options: str) -> bool:
    """Whether this process may mount a small disk there."""
    return subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(disk)], capture_output=True, check=False).returncode == 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="two tries of each, on few rows")
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--tries", type=int, default=8)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--python", nargs="+", default=[], help="further interpreters that have the dependencies")
    parser.add_argument("--write", action="store_true", help="write docs/how-to/archives.md")
    given = parser.parse_args()
    rows = table(600 if given.quick else given.rows, 2 if given.quick else given.tries, given.seed, given.python, given.quick)
    if given.write:
        write(rows)
    sys.exit(0 if all(row.held == row.tried and not row.lost + row.doubled for row in rows) else 1)
