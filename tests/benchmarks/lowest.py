"""Do the oldest versions that pyproject.toml allows still pass the quick tests?

    python tests/benchmarks/lowest.py [--newest] [--python PATH] [--folder VENV] [--install-only]

Makes an environment with the lowest version of each direct dependency (with
``--newest``, the highest) and runs the quick tests there. Needs uv, which is
not in the test extra: ``pip install uv``. Ends with 1 if a test fails, with 2
if the environment cannot be made.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
# The steps from text to risk, archives, models, and what fits and writes tables.
QUICK = ("text", "lexicon", "contract", "batch", "scoring", "store", "models", "intake", "scikit_learn", "index", "plots")

# What holds for some versions only, with the reason.
ELSEWHERE = {
    "test_models.py::test_a_clean_checkout_reproduces_the_weights": "weights fitted by other versions differ in their last digits; the shipped ones give the same risks everywhere",
    "test_scikit_learn.py::test_a_frame_has_the_names_and_the_index": "scikit-learn keeps the index of a Series of texts from 1.8 on",
}


def environment(folder: Path, python: str, resolution: str) -> Path:
    """The interpreter of a new environment; wheels only, as nobody has every compiler."""
    wanted = folder / "wanted.txt"
    uv("pip", "compile", "-q", "--resolution", resolution, "--only-binary", ":all:", "--extra", "test", "--python", python, str(ROOT / "pyproject.toml"), "-o", str(wanted))
    uv("venv", "-q", "--clear", "--python", python, str(folder / "venv"))
    made = folder / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
    uv("pip", "install", "-q", "--only-binary", ":all:", "--python", str(made), "-r", str(wanted))
    return made


def direct(folder: Path) -> list[str]:
    """The dependencies that pyproject.toml names, as they were chosen."""
    said = (folder / "wanted.txt").read_text(encoding="utf-8")
    return re.findall(r"^(\S+==\S+)\n(?:    # .*\n)*?    #(?: via|  ) +escalation ", said, re.MULTILINE)


def quick_tests(python: Path) -> bool:
    """Whether the quick tests pass under that interpreter."""
    files = [f"tests/test_{name}.py" for name in QUICK]
    left_out = [word for test in ELSEWHERE for word in ("--deselect", f"tests/{test}")]
    return subprocess.run([str(python), "-m", "pytest", "-p", "no:cacheprovider", *left_out, *files], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False).returncode == 0


def uv(*words: str) -> None:
    command = shutil.which("uv") or str(Path(sys.executable).with_name("uv"))
    try:
        code = subprocess.run([command, *words], check=False).returncode
    except FileNotFoundError:
        sys.exit("lowest: uv is not installed, and it is what finds the oldest versions. Run: pip install uv.")
    if code:
        print(f"lowest: uv {words[0]} {words[1]} ended with {code}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--newest", action="store_true", help="the highest versions instead")
    parser.add_argument("--python", default=sys.executable, help="interpreter to make the environment with")
    parser.add_argument("--folder", type=Path, help="keep the environment here")
    parser.add_argument("--install-only", action="store_true", help="run no tests")
    given = parser.parse_args()
    place = given.folder or Path(tempfile.mkdtemp(prefix="lowest"))
    place.mkdir(parents=True, exist_ok=True)
    try:
        made = environment(place, given.python, "highest" if given.newest else "lowest-direct")
        print("direct dependencies:", *direct(place), flush=True)
        print(*(f"left out: {test}: {reason}" for test, reason in ELSEWHERE.items()), sep="\n", flush=True)
        code = 0 if given.install_only or quick_tests(made) else 1
    finally:
        if given.folder is None:
            shutil.rmtree(place, ignore_errors=True)
    sys.exit(code)
