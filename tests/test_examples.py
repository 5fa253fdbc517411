"""The examples -> each runs in a fresh folder, and prints what their README says."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from shutil import copy

import pytest
from conftest import HERE

FOLDER = HERE.parent / "examples"
README = (FOLDER / "README.md").read_text(encoding="utf-8")
# The rows of its table of scripts: name, and what is quoted of the output.
PRINTED = {name: re.findall("`(.+?)`", told) for name, told in re.findall(r"^\| \[(\w+\.py)\]\(\1\) \|.*?\| (.*) \|$", README, re.MULTILINE)}
SCRIPTS = sorted(path.name for path in FOLDER.glob("*.py"))
CLUSTER = {"spark_archive.py", "ray_archive.py"}
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(HERE.parent), "RAY_USAGE_STATS_ENABLED": "0"}


def run(script: Path | str, *words: object, cwd: Path) -> str:
    done = subprocess.run([sys.executable, script, *words], capture_output=True, text=True, encoding="utf-8", timeout=170, cwd=cwd, env=ENVIRONMENT | {"PYTHONIOENCODING": "utf-8"}, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts}


@pytest.mark.parametrize("script", [pytest.param(name, marks=[pytest.mark.cluster] * (name in CLUSTER)) for name in SCRIPTS])
def test_an_example_prints_what_the_readme_says_and_writes_where_it_is_told(script, tmp_path):
    before = files(FOLDER)
    told = run(FOLDER / script, tmp_path / "out", cwd=tmp_path)
    assert [words for words in PRINTED[script] if words not in told] == []
    assert {path.name for path in tmp_path.iterdir()} <= {"out"}
    assert files(FOLDER) == before


def test_the_readme_names_every_example_and_file_of_data():
    assert sorted(PRINTED) == SCRIPTS
    assert {path.name for path in (*FOLDER.glob("*.ipynb"), *(FOLDER / "data").glob("*.*"))} <= set(re.findall(r"[\w.]+", README))


@pytest.mark.parametrize("script", SCRIPTS)
def test_an_example_is_short_and_says_what_it_shows(script):
    text = (FOLDER / script).read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 40
    assert re.match(r'"""[A-Z][^\n]+\.\n', text)


def test_the_data_are_drawn_from_the_sentences(tmp_path):
    given = FOLDER / "data"
    copy(given / "sentences.toml", tmp_path)
    run(copy(given / "write.py", tmp_path), cwd=tmp_path)
    assert (tmp_path / "archive.jsonl").read_bytes() == (given / "archive.jsonl").read_bytes()
    assert (tmp_path / "labelled.csv").read_bytes() == (given / "labelled.csv").read_bytes()


def test_the_lexicon_of_the_examples_has_no_fault(tmp_path):
    found = subprocess.run([sys.executable, "-m", "escalation", "lexicon", "check", FOLDER / "data" / "river.toml"], capture_output=True, text=True, env=ENVIRONMENT, cwd=tmp_path, check=False)
    assert (found.returncode, found.stderr.strip()) == (0, "1 file, 0 errors, 0 warnings")


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(notebook, tmp_path, monkeypatch):
    import nbformat
    from nbclient import NotebookClient

    monkeypatch.setenv("PYTHONPATH", str(HERE.parent))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    before = files(FOLDER)
    NotebookClient(nbformat.read(notebook, as_version=4), timeout=170, kernel_name="python3", resources={"metadata": {"path": str(FOLDER)}}).execute()
    assert files(FOLDER) == before


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_kept_outputs_of_a_notebook_are_those_of_one_whole_run(notebook):
    text = notebook.read_text(encoding="utf-8")
    cells = [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in cells] == [*range(1, len(cells) + 1)]
    assert {output["output_type"] for cell in cells for output in cell["outputs"]} <= {"display_data", "execute_result", "stream"}
    assert "/tmp/" not in text
    assert len(text.encode()) < 400_000
