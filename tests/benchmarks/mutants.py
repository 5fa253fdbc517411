"""Change the code in one place after another: does a test fail each time?

    python tests/benchmarks/mutants.py [--module cues ...] [--again] [--jobs 1] [--write]

Needs `pip install -e '.[test,proofs]'` and an operating system that forks. A
mutant is a copy of a function with one change; mutmut runs, of a few fast test
files (`[tool.mutmut]` in pyproject.toml), those tests that reach the function.
What has been tried stays in mutants/: a run that was stopped goes on, and tries
again what was changed since. ``--again`` tries the survivors once more, for
tests that are new. ``--write`` puts table and survivors, with the reasons in
mutants.toml beside this file, into docs/about/mutants.md. Ends with 1 where
fewer than 85 % are killed, a mutant is left or a survivor has no reason.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
WORK = ROOT / "mutants"
PAGE = ROOT / "docs" / "about" / "mutants.md"
REASONS = Path(__file__).with_suffix(".toml")
MODULES = ("cues", "context", "features", "risk", "store")
WANTED = 0.85
CONTEXT = 24  # characters of a line shown on each side of its change
KILLED, TIMEOUT = {1, 3}, {24, -24, 36, 152, 255}  # what mutmut notes of a test run's end
NO_REASON = "No reason yet."
INTRO = """# Mutants

Would a test fail if the code were wrong? Each function of five of the steps that turn a report into a risk was changed in one place at a time (a sign, a comparison, a number, an argument, a text), and the tests that reach it were run. `python tests/benchmarks/mutants.py --write` prints and writes these figures with mutmut, in about half an hour on one core. It runs eight files of `tests/` without what takes a second or more, such as the suites of pairs, random damage to model files and the fit of the default model, so that the shares are lower bounds. What mutmut leaves alone: constants outside of functions, properties, cached functions. A loop without an end (timeout) counts as killed.
"""


@dataclass(frozen=True)
class Mutant:
    module: str
    name: str
    end: int | None  # None where it has not been tried


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--module", choices=MODULES, nargs="+", default=[], help="only these, from the start")
    parser.add_argument("--again", action="store_true", help="only survivors")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--write", action="store_true", help="write docs/about/mutants.md")
    args = parser.parse_args()
    os.chdir(ROOT)  # mutmut works on the folder that it is called in
    run(args.module, args.again, args.jobs)
    found = mutants(args.module or MODULES)
    reasons = given()
    shown = table(found)
    survivors = grouped([mutant for mutant in found if verdict(mutant) == "survived"], reasons)
    print(shown, told(survivors), sep="\n")
    if args.write:
        PAGE.write_text(f"{INTRO}\n{shown}\n## Survivors\n\nEach with the change that no test noticed, by the reason why.\n\n{told(survivors)}", encoding="utf-8")
    return 0 if good(found) and NO_REASON not in survivors else 1


def run(modules: Sequence[str], again: bool, jobs: int) -> None:
    if (WORK / "escalation").exists():
        # mutmut renews the code of its copy, and not the lexicons and texts beside it.
        shutil.copytree(ROOT / "escalation", WORK / "escalation", ignore=shutil.ignore_patterns("*.py", "__pycache__"), dirs_exist_ok=True)
    names = [f"escalation.{module}.*" for module in modules]
    if again:
        # Which tests reach a function is asked again, since tests may have changed.
        (WORK / "mutmut-stats.json").unlink(missing_ok=True)
        names = [mutant.name for mutant in mutants(modules or MODULES) if verdict(mutant) == "survived"]
        if not names:
            return
    subprocess.run([str(Path(sys.executable).with_name("mutmut")), "run", "--max-children", str(jobs), *names], check=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": ""})


def mutants(modules: Sequence[str]) -> list[Mutant]:
    """All mutants of some modules with what came of them."""
    files = {module: WORK / "escalation" / f"{module}.py.meta" for module in modules}
    ends = {module: json.loads(file.read_text(encoding="utf-8"))["exit_code_by_key"] for module, file in files.items() if file.exists()}
    return [Mutant(module, name, end) for module, held in ends.items() for name, end in held.items()]


def verdict(mutant: Mutant) -> str:
    """A mutant that no test reaches has survived."""
    if mutant.end is None:
        return "left"
    return "killed" if mutant.end in KILLED else "timeout" if mutant.end in TIMEOUT else "survived"


def table(found: Sequence[Mutant]) -> str:
    rows = ["| module | mutants | killed | survived | timeout | share killed |", "| --- | --- | --- | --- | --- | --- |"]
    for module in [*dict.fromkeys(mutant.module for mutant in found), "all"]:
        counts = Counter(verdict(mutant) for mutant in found if module in (mutant.module, "all"))
        tried = counts.total() - counts["left"]
        left = f" ({counts['left']} not tried yet)" if counts["left"] else ""
        rows.append(f"| {module} | {counts.total()} | {counts['killed']} | {counts['survived']} | {counts['timeout']} | {killed(counts) / max(tried, 1):.1%}{left} |")
    return "\n".join(rows) + "\n"


def killed(counts: Mapping[str, int]) -> int:
    """A loop without an end is noticed, too."""
    return counts["killed"] + counts["timeout"]


def good(found: Sequence[Mutant]) -> bool:
    counts = [Counter(verdict(mutant) for mutant in found if mutant.module == module) for module in {mutant.module for mutant in found}]
    return all(not count["left"] and killed(count) >= WANTED * count.total() for count in counts)


def given() -> dict[str, str]:
    """Reason of each survivor that has one."""
    held = tomllib.loads(REASONS.read_text(encoding="utf-8"))
    return {change: group["why"] for group in held.get("reason", ()) for change in group["changes"]}


def grouped(survivors: Sequence[Mutant], reasons: Mapping[str, str]) -> dict[str, list[str]]:
    """Changes by reason, in the order of the reasons."""
    changes = [change(mutant) for mutant in survivors]
    order = [*dict.fromkeys(reasons.values()), NO_REASON]
    by = {why: [one for one in changes if reasons.get(one, NO_REASON) == why] for why in order}
    return {why: held for why, held in by.items() if held}


def told(survivors: Mapping[str, Sequence[str]]) -> str:
    return "\n".join(f"{why}\n\n" + "".join(f"- `{one}`\n" for one in changes) for why, changes in survivors.items())


def change(mutant: Mutant) -> str:
    """Function and change, such as "store._unpack: max(weights) [> => >=] LARGEST"."""
    from mutmut.mutation.diff_apply import get_diff_for_mutant

    lines = get_diff_for_mutant(mutant.name, path=f"escalation/{mutant.module}.py").splitlines()
    was, now = (" ".join(line[1:].strip() for line in lines if line[:1] == sign and line[:3] != sign * 3) for sign in "-+")
    function = re.sub(r".*\u01c1|^x_", "", mutant.name.rpartition(".")[2]).partition("__mutmut_")[0]
    return f"{mutant.module}.{function}: {difference(was, now)}"


def difference(was: str, now: str) -> str:
    """Two lines as one, with what differs in brackets and a little around it."""
    start = same(was, now)
    start -= len(re.search(r"\w*$", was[:start])[0])
    end = min(same(was[::-1], now[::-1]), len(was) - start, len(now) - start)
    end -= len(re.match(r"\w*", was[len(was) - end :])[0])
    # Words that would be cut are left out.
    before, after = re.search(rf"(?:^|\b)(?=\S).{{0,{CONTEXT}}}$", was[:start]), re.match(rf".{{0,{CONTEXT}}}(?<=\S)(?:$|\b)", was[len(was) - end :])
    return f"{before[0] if before else ''}[{was[start : len(was) - end]} => {now[start : len(now) - end]}]{after[0] if after else ''}".replace("`", "'")


def same(one: str, other: str) -> int:
    """So many characters at the start are the same."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


if __name__ == "__main__":
    sys.exit(main())
