"""Do the promises hold? All proofs in one table.

    python tests/benchmarks/hold.py [--quick] [--only NAME ...] [--write]

Runs, one after another: the properties over invented inputs (Hypothesis), the
attacks and faults (faults.py), the kills (kill.py), the growth of time
(growth.py), the mutants (mutants.py), the branches that the tests take
(coverage) and the fuzzer (fuzz.py); needs `pip install -e '.[test,proofs]' atheris`.
The long run takes an hour and a half, a third of it the mutants, which go on
where they were stopped; ``--quick`` takes some minutes, tries less of each,
leaves mutants, branches and fuzzer out, and is what the tests try as well.
``--only`` makes the long run in pieces: what a proof has found is kept in
hold.json beside this file, with its commit, and ``--write`` puts what is kept
of all of them into docs/about/promises.md. Ends with 1 if something does not hold.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
PAGE = ROOT / "docs" / "about" / "promises.md"
KEPT = HERE / "hold.json"
HEAD = ("| what | found | wanted | |", "| --- | --- | --- | --- |")
BEGIN, END = "<!-- hold -->\n", "<!-- end -->"
GROWS, KILLED = 1.15, 0.85  # limits of growth.py and mutants.py
TAKEN = 95  # per cent of lines and branches


class Row(NamedTuple):
    """One line of the table."""

    what: str
    found: str
    wanted: str
    holds: bool


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", nargs="*", choices=sorted(PROOFS), default=list(PROOFS), help="none: write what is kept")
    parser.add_argument("--write", action="store_true", help="write docs/about/promises.md")
    given = parser.parse_args()
    print("\n".join(HEAD), flush=True)
    holds = True
    for name in given.only:
        if given.quick and name in LONG:
            continue
        began, rows = time.monotonic(), []
        for row in PROOFS[name](given.quick):
            rows.append(row)
            print(line(row), flush=True)
        holds = holds and all(row.holds for row in rows)
        print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
        if not given.quick:
            keep(name, rows)
    if given.write:
        write()
    sys.exit(not holds)


def line(row: Row) -> str:
    return f"| {row.what} | {row.found} | {row.wanted} | {'holds' if row.holds else '**does not hold**'} |"


def keep(name: str, rows: Sequence[Row]) -> None:
    """What a proof has found, beside what the others had."""
    held = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}
    commit = run(["git", "rev-parse", "--short", "HEAD"])[1].strip()
    KEPT.write_text(json.dumps(held | {name: {"commit": commit, "rows": rows}}, indent=1) + "\n", encoding="utf-8")


def write() -> None:
    """The page, with what is kept of every proof."""
    held = json.loads(KEPT.read_text(encoding="utf-8"))
    proofs = {name: held[name] for name in PROOFS if name in held}
    lines = [*HEAD, *(line(Row(*row)) for proof in proofs.values() for row in proof["rows"])]
    lines += ["", "Run on commits: " + ", ".join(f"{name} {proof['commit']}" for name, proof in proofs.items()) + "."]
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    PAGE.write_text(before + BEGIN + "\n".join(lines) + "\n" + END + rest.partition(END)[2], encoding="utf-8")


def properties(quick: bool) -> Iterator[Row]:
    """How many inputs were invented for the properties of the tests."""
    files = sorted(str(path) for path in (ROOT / "tests").glob("test_*.py") if "from hypothesis" in path.read_text(encoding="utf-8"))
    code, said = run([sys.executable, "-m", "pytest", "-q", "--hypothesis-show-statistics", *(["-k", "not growth and not slow"] if quick else []), *files])
    passed, failed, odd = (sum(map(int, numbers)) for numbers in zip((0, 0, 0), *re.findall(r"(\d+) passing, (\d+) failing,? and (\d+) invalid", said), strict=True))
    yield Row("invented inputs tried (properties, in " + f"{len(files)} files)", f"{passed + odd:,}, {failed} fail", "0 fail", not code and not failed)


def faults(quick: bool) -> Iterator[Row]:
    """Attacks by files, and faults of the machine."""
    code, said = run([sys.executable, str(HERE / "faults.py"), *(["--quick"] if quick else [])])
    for cells in table(said):
        yield Row(cells["what"], f"{cells['held']} of {cells['tried']} held; {cells['rows lost']} rows lost, {cells['rows doubled']} doubled", "all; 0; 0", (cells["held"], cells["rows lost"], cells["rows doubled"]) == (cells["tried"], "0", "0"))
    yield Row("attacks and faults: the command's own verdict", f"ends with {code}", "0", code == 0)


def kills(quick: bool) -> Iterator[Row]:
    """Runs killed again and again."""
    code, said = run([sys.executable, str(HERE / "kill.py"), *(["--kills", "5", "--rows", "400", "--kinds", ".jsonl", ".parquet"] if quick else [])])
    rows = [cells for cells in table(said) if "rows lost" in cells]
    counted = {name: sum(int(cells[name]) for cells in rows) for name in ("kills", "rows lost", "rows doubled", "runs with other bytes", "processes left behind")}
    yield Row("kills survived", f"{counted['kills']}, over {len(rows)} formats", "all", code == 0 and bool(rows))
    for name in ("rows lost", "rows doubled", "runs with other bytes", "processes left behind"):
        yield Row(f"kills: {name}", str(counted[name]), "0", counted[name] == 0)


def growth(quick: bool) -> Iterator[Row]:
    """The slowest growth of time."""
    code, said = run([sys.executable, str(HERE / "growth.py"), *(["--quick"] if quick else [])])
    worst = next(table(said))
    count = re.search(r"([\d,]+) tried", said)
    yield Row(f"time against length, {count[1] if count else '?'} adversarial texts and patterns: slowest exponent", f"{worst['exponent']} ({worst['what']}, {worst['of what'].strip(chr(96))})", f"{GROWS}", code == 0)


def mutants(quick: bool) -> Iterator[Row]:
    """Changes of the code that a test noticed."""
    code, said = run([sys.executable, str(HERE / "mutants.py")])
    for cells in table(said):
        if "module" in cells:
            share = float(re.sub(r"[^\d.]", "", cells["share killed"]))
            yield Row(f"mutants killed, {cells['module'].strip('*')}", f"{cells['killed']} of {cells['mutants']} ({cells['share killed']})", f"{KILLED:.0%}", share / (100 if share > 1 else 1) >= KILLED)
    yield Row("mutants: every survivor has a reason", f"ends with {code}", "0", code == 0)


def branches(quick: bool) -> Iterator[Row]:
    """How much of the package the tests run, in whatever process."""
    tool = [sys.executable, "-m", "coverage"]
    run([*tool, "erase"])
    code, said = run([*tool, "run", "-m", "pytest", "-n", "2", "--dist", "loadfile"])
    if code:
        print("\n".join(line for line in said.splitlines() if line.startswith("FAILED")), file=sys.stderr)
    run([*tool, "combine", "--quiet"])
    share = float(run([*tool, "report", "--format=total", "--precision=1"])[1])
    yield Row("lines and branches that the tests run", f"{share} %, pytest ends with {code}", f"{TAKEN} %, 0", share >= TAKEN and not code)


def fuzz(quick: bool) -> Iterator[Row]:
    """Inputs that a coverage-guided fuzzer made."""
    code, said = run([sys.executable, str(HERE / "fuzz.py")])
    last = list(table(said))[-1]
    yield Row(f"fuzzed inputs executed ({last['target']})", f"{last['executions']}, {last['faults']} crash or hang", "0 crash or hang", code == 0)


def run(command: Sequence[str]) -> tuple[int, str]:
    """What a command ends with, and what it prints."""
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, check=False)
    return done.returncode, done.stdout


def table(said: str) -> Iterator[dict[str, str]]:
    """The rows of all Markdown tables of a text, by their headers."""
    header: list[str] = []
    for line in said.splitlines():
        cells = [cell.strip() for cell in re.split(r" \|(?= |$)", line.strip().strip("|"))]
        if not line.startswith("|"):
            header = []
        elif not header:
            header = cells
        elif not set(line) <= set("|- "):
            yield dict(zip(header, cells, strict=False))


PROOFS: dict[str, Callable[[bool], Iterator[Row]]] = {"properties": properties, "faults": faults, "kills": kills, "growth": growth, "mutants": mutants, "branches": branches, "fuzz": fuzz}
LONG = ("mutants", "branches", "fuzz")

if __name__ == "__main__":
    main()
