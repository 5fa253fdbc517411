"""What goes wrong around a run: packages that are missing, signals, clocks; and what must never change its bytes."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import tomllib

import pytest
from conftest import HERE

import escalation
from escalation import adding, parts, progress

EXTRAS = tomllib.loads((HERE.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
# What a package is imported as where that is not its name.
IMPORTED = {"lxml-html-clean": "lxml_html_clean"}
# The extras that nothing in the package imports.
TOOLS = {"docs", "proofs", "test"}
PAGE = "<html><body><article><p>Rebels shelled the port.</p></article></body></html>"
NEEDS = {
    "dask": "from escalation.engines import dask; dask.score(None)",
    "estimators": "from escalation import estimator_file; estimator_file.loads('x', b'')",
    "parquet": "escalation.score_archive('a.txt', 'out.parquet')",
    "plots": "from escalation import plots; plots.library()",
    "ray": "from escalation.engines import ray; ray.score(None)",
    "spark": "from escalation.engines import spark; spark.score(None)",
    "web": "open('a.html', 'w').write(PAGE); open('a.warc', 'w').write(PAGE); list(escalation.read_archive('a.warc'))",
    "zstd": "open('a.jsonl', 'wb').write(bytes([0x28, 0xb5, 0x2f, 0xfd])); list(escalation.read_archive('a.jsonl'))",
}
# Two extras bring pyarrow; each of these calls needs it.
PARQUET = {
    "read": "open('a.parquet', 'w').write('x'); list(escalation.read_archive('a.parquet'))",
    "read_labelled": "open('a.parquet', 'w').write('x'); list(escalation.read_labelled('a.parquet'))",
    "index": "open('a.parquet', 'w').write('x'); escalation.build_index('a.parquet')",
    "write an index": "import pandas; from escalation.commands import index; index._contents(pandas.DataFrame({'a': [1]}), '.parquet')",
}
HIDE = """
import sys
class Without:
    def __init__(self, finder):
        self.finder = finder
    def find_spec(self, name, path=None, target=None):
        return None if name.partition(".")[0] == {package!r} else self.finder.find_spec(name, path, target)
    def __getattr__(self, name):
        return getattr(self.finder, name)
sys.meta_path[:] = map(Without, sys.meta_path)
import escalation
PAGE = {page!r}
open("a.txt", "w").write("Rebels shelled the port.")
try:
    {call}
except escalation.MissingExtraError as fault:
    print(fault)
"""


def packages(extra: str) -> list[str]:
    names = [re.match(r"[\w-]+", wanted)[0] for wanted in EXTRAS[extra]]
    return [IMPORTED.get(name, name) for name in names]


def without(package: str, call: str, folder) -> str:
    """What a call prints where a package is not installed."""
    code = HIDE.format(package=package, page=PAGE, call=call)
    return subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, cwd=folder, env={**os.environ, "PYTHONPATH": str(HERE.parent)}, check=False).stdout


def test_every_extra_is_tried():
    assert set(NEEDS) == set(EXTRAS) - TOOLS


# From 3.14 on Python unpacks zstd without an extra.
NEEDED = [(extra, package) for extra in NEEDS for package in packages(extra) if (extra, sys.version_info >= (3, 14)) != ("zstd", True)]


@pytest.mark.parametrize(("extra", "package"), NEEDED)
def test_a_package_that_is_missing_is_told_with_its_extra_and_the_command(tmp_path, extra, package):
    assert f"pip install 'escalation[{extra}]'" in without(package, NEEDS[extra], tmp_path)


@pytest.mark.parametrize("call", PARQUET)
def test_whatever_needs_parquet_says_so(tmp_path, call):
    assert "pip install 'escalation[parquet]'" in without("pyarrow", PARQUET[call], tmp_path)


# Signals ----------------------------------------------------------------------


@pytest.fixture
def archive(tmp_path):
    path = tmp_path / "news.jsonl"
    path.write_text("".join(json.dumps({"id": f"r{n}", "text": "" if n == 7 else f"Rebels shelled the port, killing {n} dockers. Talks resumed.", "date": "2024-05-01"}) + "\n" for n in range(60)))
    return path


def begun(*words, **env):
    """A command with Ctrl-C at work: what a shell starts in the background has it turned off."""
    command = [sys.executable, "-m", "escalation", *map(str, words)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, **pipes, cwd=HERE.parent, env={**os.environ, **env}, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))


@pytest.mark.parametrize("words", [("score",), ("explain", "-"), ("sample", "-", "-n", "3")])
def test_ctrl_c_ends_any_command_without_a_traceback(words):
    process = begun(*words)
    time.sleep(1.5)  # it waits for standard input by then
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in told


# Clocks ----------------------------------------------------------------------


class StopError(Exception):
    """Ends a run between two parts."""


@pytest.mark.parametrize("jump", [-3.2e8, 3.2e8])
def test_resuming_does_not_look_at_the_clock(archive, tmp_path, monkeypatch, jump):
    calm = escalation.score_archive(archive, tmp_path / "calm.jsonl", part_rows=10)
    commit, left = parts.Parts.commit, iter(range(3))

    def stopping(self, *given):
        if next(left, None) is None:
            raise StopError
        commit(self, *given)

    with monkeypatch.context() as patch:
        patch.setattr(parts.Parts, "commit", stopping)
        with pytest.raises(StopError):
            escalation.score_archive(archive, tmp_path / "out.jsonl", part_rows=10)
    [os.utime(path, (time.time() + jump,) * 2) for path in (tmp_path / "out.jsonl.parts").iterdir()]
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + jump)
    again = escalation.score_archive(archive, tmp_path / "out.jsonl", part_rows=10)
    assert again.resumed == 3
    assert again.out.read_bytes() == calm.out.read_bytes()


def test_a_clock_that_stands_still_breaks_no_bar(monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(progress.time, "monotonic", lambda: 5.0)
    with progress.archive("scored", 10, True) as tell:
        tell(5, 5)


# Sameness ----------------------------------------------------------------------

WAYS = {
    "hash seed": ({"PYTHONHASHSEED": "4242"}, "jobs=1"), "threads": ({"OMP_NUM_THREADS": "4", "OPENBLAS_NUM_THREADS": "4"}, "jobs=1"), "jobs": ({"PYTHONHASHSEED": "1"}, "jobs=3, part_rows=7"),
    "small parts": ({}, "part_rows=1"), "one part": ({}, "part_rows=1000"),
}


@pytest.mark.parametrize("kind", [".jsonl", ".parquet"])
@pytest.mark.parametrize("way", WAYS)
def test_no_seed_thread_job_or_size_of_parts_changes_a_byte(archive, tmp_path, kind, way):
    env, options = WAYS[way]
    calm = escalation.score_archive(archive, tmp_path / f"calm{kind}")
    code = f"import escalation; escalation.score_archive({str(archive)!r}, {str(tmp_path / f'out{kind}')!r}, {options})"
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ, **env, "PYTHONPATH": str(HERE.parent)})
    assert (tmp_path / f"out{kind}").read_bytes() == calm.out.read_bytes()


def test_numbers_are_added_as_python_311_adds_them():
    assert adding.add_up([1e16, 1.0, -1e16]) == 0.0  # 1.0 by `sum` from Python 3.12 on
