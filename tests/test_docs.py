"""Every code block of the documentation runs, on a desk with the files that it names.

What a page says that its blocks print is compared with what they print;
``python -m pytest tests/test_docs.py --write`` puts what they print there.
"""

from __future__ import annotations

import csv
import gzip
import json
import os
import shutil
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest
import sklearn
from sybil import Example, Sybil
from sybil.document import Document
from sybil.parsers.myst import CodeBlockParser, PythonCodeBlockParser

import escalation
from escalation.commands import DONE, QUARANTINED

ROOT = Path(__file__).parents[1]
DATA = ROOT / "examples" / "data"
PAGES = sorted(path.relative_to(ROOT).as_posix() for path in [*ROOT.glob("docs/**/*.md"), ROOT / "README.md"])
# What CI does itself before any test can run.
SETUP = "python3.11 -m venv"
CLUSTERS = ("pyspark", "ray.data")
# Code 1 tells of rows left out; any other fault ends the block.
STOP = f"set -o pipefail; trap 'code=$?; [ $code -eq {QUARANTINED} ] || exit $code' ERR\n"
LANGUAGES = {"python", "sh", "text", "toml", "json", "{toctree}", "{eval-rst}", "{include}", "console"}


class Shell(CodeBlockParser):
    """Blocks of ``sh``, run by bash in the working directory, which stop at the first fault."""

    language = "sh"

    def evaluate(self, example: Example) -> None:
        if not example.parsed.startswith(SETUP):
            path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
            done = subprocess.run(["bash", "-c", STOP + example.parsed], capture_output=True, text=True, env=os.environ | {"PATH": path, "PYTHONPATH": str(ROOT)}, check=False)
            assert done.returncode in (DONE, QUARANTINED), f"{example.path}, line {example.line}: {done.stderr}"


class Shown(CodeBlockParser):
    """Blocks of ``text``: what the blocks before them have printed."""

    language = "text"
    write = False

    def evaluate(self, example: Example) -> None:
        printed = example.namespace.pop("printed").getvalue()
        if self.write:
            page = Path(example.path)
            page.write_text(page.read_text(encoding="utf-8").replace(f"\n{example.parsed.rstrip()}\n```", f"\n{printed.rstrip()}\n```"), encoding="utf-8")
        else:
            assert printed.rstrip() == example.parsed.rstrip()


@pytest.fixture(autouse=True)
def _written(request, monkeypatch):
    monkeypatch.setattr(Shown, "write", request.config.getoption("--write"))


def blocks(page: str, clusters: bool) -> Iterator[Example]:
    document: Document = Sybil([PythonCodeBlockParser(), Shell(), Shown()]).parse(ROOT / page)
    return (example for example in document.examples() if any(name in str(example.parsed) for name in CLUSTERS) == clusters)


def run(page: str, clusters: bool = False) -> int:
    """Evaluate the blocks of a page in one namespace, in their order."""
    found = list(blocks(page, clusters))
    for example in found:
        with redirect_stdout(example.namespace.setdefault("printed", StringIO())):
            example.evaluate()
    return len(found)


@pytest.fixture(scope="session")
def desk(tmp_path_factory) -> Path:
    """A folder with the files that the pages name, all made of the data of the examples."""
    folder = tmp_path_factory.mktemp("desk")
    reports = [json.loads(line) for line in (DATA / "archive.jsonl").read_text(encoding="utf-8").splitlines()]
    shutil.copy(DATA / "archive.jsonl", folder / "archive.jsonl")
    with gzip.open(folder / "news.jsonl.gz", "wt", encoding="utf-8") as news:
        news.writelines(json.dumps({"url": f"https://example.org/{r['id']}", "outlet": r["source"], "date": r["date"], "headline": r["headline"], "body": r["body"]}) + "\n" for r in reports)
    shutil.copy(DATA / "labelled.csv", folder / "labels.csv")
    with (folder / "labels.csv").open(encoding="utf-8", newline="") as labelled:
        rows = list(csv.DictReader(labelled))
    export = [{"id": n, "data": {"text": row["text"]}, "annotations": [{"result": [{"type": "choices", "value": {"choices": [row["label"]]}}]}]} for n, row in enumerate(rows[:60])]
    (folder / "round1_export.json").write_text(json.dumps(export), encoding="utf-8")
    shutil.copy(ROOT / "examples" / "1_escalation_border_war.txt", folder / "report.txt")
    (folder / "models").mkdir()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # few labels lose promises, as they are told
        escalation.train(folder / "labels.csv", groups="event").save(folder / "models" / "mine")
    escalation.score_archive(folder / "archive.jsonl", folder / "scores.parquet")
    return folder


@pytest.fixture
def as_it_was() -> Iterator[None]:
    """What a page tells scikit-learn ends with the page."""
    with sklearn.config_context():
        yield


@pytest.fixture
def at_desk(desk, tmp_path, monkeypatch, request, as_it_was) -> Path:
    shutil.copytree(desk, tmp_path, dirs_exist_ok=True)
    if "-o scores.parquet" in (ROOT / request.node.callspec.params["page"]).read_text(encoding="utf-8"):
        (tmp_path / "scores.parquet").unlink()  # the page makes it itself
    if "--out models/mine" in (ROOT / request.node.callspec.params["page"]).read_text(encoding="utf-8"):
        shutil.rmtree(tmp_path / "models" / "mine")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "agg")
    return tmp_path


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("page", [page for page in PAGES if any(blocks(page, clusters=False))])
def test_every_block_of_a_page_runs(page, at_desk):
    assert run(page) > 0


@pytest.mark.cluster
@pytest.mark.parametrize("page", [page for page in PAGES if any(blocks(page, clusters=True))])
def test_every_block_for_a_cluster_runs(page, at_desk):
    assert run(page, clusters=True) > 0


@pytest.mark.parametrize("page", PAGES)
def test_a_block_says_what_language_it_is(page):
    fences = [line.strip().removeprefix("```").split()[:1] for line in (ROOT / page).read_text(encoding="utf-8").splitlines() if line.lstrip().startswith("```")]
    assert {name for opening in fences[::2] for name in opening or [""]} <= LANGUAGES
