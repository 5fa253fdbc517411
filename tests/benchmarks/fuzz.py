"""Coverage-guided fuzzing of what reads bytes: archives, labelled reports, score tables, models, lexicons, texts.

    pip install atheris && python tests/benchmarks/fuzz.py [--minutes 10] [--target jsonl ...] [--keep FOLDER]

Every target gets its part of the time in a process of its own. An input is a
fault where anything but an :class:`EscalationError` is raised, where rows are
lost or numbered twice, or where a few kilobytes take more than ten seconds.
Faults are kept, and belong into tests/fuzzed/ once they are mended
(tests/test_fuzzed.py reads all of them). Ends with 1 if there are any.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import warnings
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

_PATIENCE = 10  # seconds for one input
_LONGEST = 4096  # bytes of an input, where no valid one is longer
LINES = b'{"id": "a1", "text": "Rebels shelled the port.", "date": "2024-05-01"}\n{"id": 2, "headline": "Talks", "body": "They met.", "published": "1 May 2024"}\n'
CSV = b'id,text,date\na1,"Rebels ""shelled"" the port,\nkilling nine.",2024-05-01\na2,They met.,5/1/24\n'
PAGE = b"<html><head><title>War</title><meta name=date content=2024-05-01></head><body><article><p>Rebels shelled the port of Tarvos on Monday.</p></article></body></html>"
WARC = (
    b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://example.org/a\r\nWARC-Date: 2024-05-01T00:00:00Z\r\nWARC-Record-ID: <urn:uuid:00000000-0000-0000-0000-000000000001>\r\n"
    b"Content-Type: application/http; msgtype=response\r\nContent-Length: %d\r\n\r\nHTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n%s\r\n\r\n" % (45 + len(PAGE), PAGE)
)
TOML = b'[[entry]]\nid = "talks.palaver"\ncue = "talks"\nphrases = ["palaver/n", "(hold/v|call/v) <2> a {num} parley"]\nfires_on = ["A palaver was held."]\nsilent_on = ["It rained."]\nsource = "own"\n'


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--target", nargs="*", default=sorted(TARGETS), choices=sorted(TARGETS))
    parser.add_argument("--keep", type=Path, default=Path("fuzz-faults"), help="Inputs that are faults go here.")
    parser.add_argument("--inside", help=argparse.SUPPRESS)
    given, rest = parser.parse_known_args()
    if given.inside:
        fuzz(given.inside, [sys.argv[0], *rest])
        return
    seconds = max(5, round(60 * given.minutes / len(given.target)))
    print("| target | executions | new inputs kept | faults |\n| --- | --- | --- | --- |", flush=True)
    total, faults = 0, 0
    for target in given.target:
        executions, kept, found = run(target, seconds, given.keep)
        total, faults = total + executions, faults + found
        print(f"| {target} | {executions:,} | {kept} | {found} |", flush=True)
    print(f"| all, {seconds * len(given.target) / 60:.1f} minutes | {total:,} | | {faults} |")
    sys.exit(bool(faults))


def run(target: str, seconds: int, keep: Path) -> tuple[int, int, int]:
    """Executions, inputs that reached something new, and faults of one target."""
    keep.mkdir(parents=True, exist_ok=True)
    known = set(keep.iterdir())
    with tempfile.TemporaryDirectory() as corpus:
        for number, seed in enumerate(SEEDS[target]):
            Path(corpus, f"seed{number}").write_bytes(seed)
        limits = [f"-max_total_time={seconds}", f"-timeout={_PATIENCE}", f"-max_len={max(_LONGEST, *map(len, SEEDS[target]))}", "-rss_limit_mb=4000", "-print_final_stats=1"]
        command = [sys.executable, __file__, "--inside", target, corpus, f"-artifact_prefix={keep.resolve()}/{target}-", *limits]
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False, env=os.environ | {"PYTHONWARNINGS": "ignore"})
        kept = len(os.listdir(corpus)) - len(SEEDS[target])
    counted = re.search(r"number_of_executed_units:\s+(\d+)", done.stderr)
    faults = [path for path in keep.iterdir() if path not in known]
    if done.returncode and not faults:
        raise SystemExit(f"{target}: {done.stderr[-2000:]}")
    for path in faults:
        print(f"{path}:\n{done.stderr[-1500:]}", file=sys.stderr)
    return int(counted[1]) if counted else 0, kept, len(faults)


def fuzz(target: str, arguments: list[str]) -> None:
    """Run one target in this process, until its time is over or a fault is found."""
    import atheris

    with atheris.instrument_imports(include=["escalation"]):
        for name in ("intake", "labelled", "scores", "store", "lexicon", "drafting", "proofreading", "scorer"):
            __import__(f"escalation.{name}")
    warnings.simplefilter("ignore")
    atheris.Setup(arguments, TARGETS[target])
    atheris.Fuzz()


def accepted(place: object, read: Callable[[], Any]) -> Any:
    """What was read, or None where it was refused with the name of the file."""
    from escalation.errors import EscalationError

    try:
        return read()
    except EscalationError as refused:
        if str(place) not in str(refused):
            raise AssertionError(f"no {place} in: {refused}") from refused
        return None


def entries(suffix: str) -> Callable[[bytes], None]:
    """What reads an archive: every row is a report or a reason, in order, and what it holds is text."""

    def read(data: bytes) -> None:
        from escalation import intake

        with written(data, suffix) as path:
            found = accepted(path, lambda: list(intake.entries(path))) or ()
        assert [entry.number for entry in found] == list(range(len(found)))
        for entry in found:
            assert (entry.report is None) == bool(entry.fault), entry
            assert entry.report is None or entry.report.text.encode("utf-8")

    return read


def labelled(suffix: str) -> Callable[[bytes], None]:
    def read(data: bytes) -> None:
        from escalation.labelled import read_labelled

        with written(data, suffix) as path:
            found = accepted(path, lambda: read_labelled(path, varied=False))
        assert found is None or len(found.reports) == len(found.codes)

    return read


def scores(suffix: str) -> Callable[[bytes], None]:
    def read(data: bytes) -> None:
        from escalation.scores import usable

        with written(data, suffix) as path:
            accepted(path, lambda: usable(path))

    return read


def model(name: str) -> Callable[[bytes], None]:
    """A model folder of which one file is forged, with sums that agree."""

    def read(data: bytes) -> None:
        from escalation import store

        contents = {path.name: path.read_bytes() for path in SMALL.iterdir()} | {name: data}
        if name != "manifest.json":
            contents["manifest.json"] = json.dumps({key: hashlib.sha256(value).hexdigest() for key, value in contents.items() if key != "manifest.json"}).encode()
        with tempfile.TemporaryDirectory(dir=_SHARED) as folder:
            for key, value in contents.items():
                Path(folder, key).write_bytes(value)
            accepted(folder, lambda: store.load(folder))

    return read


def lexicon(data: bytes) -> None:
    from escalation import lexicon as lexicons

    accepted("mine.toml", lambda: lexicons.parse([("mine.toml", data)], extend=False))


def text(data: bytes) -> None:
    """A text of any characters, lone surrogates among them."""
    from escalation import scorer
    from escalation.errors import EscalationError

    given = data.decode("utf-8", "surrogateescape")
    try:
        found = scorer.score(given)
    except EscalationError:
        assert not given.strip() or "\0" in given, "a text was refused"
        return
    assert all(given[part.start : part.end] == part.text for part in (*found.sentences, *found.cues))
    assert 0 <= found.risk <= 1


@contextmanager
def written(data: bytes, suffix: str) -> Iterator[Path]:
    """A file that holds the data, in memory where there is such a disk."""
    path = Path(_SHARED or tempfile.gettempdir(), f"fuzz-{os.getpid()}{suffix}")
    path.write_bytes(data)
    try:
        yield path
    finally:
        path.unlink()


def packed_zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("a.txt", "Rebels shelled the port.")
        file.writestr("../b.html", PAGE)
    return buffer.getvalue()


def parts_of_models() -> Iterator[tuple[str, bytes]]:
    yield from ((path.name, path.read_bytes()) for path in sorted(SMALL.iterdir()))


_SHARED = "/dev/shm" if Path("/dev/shm").is_dir() else None
SMALL = Path(__file__).parents[1] / "models" / "older" / "linear"
_BYTES = {
    ".jsonl": [LINES], ".json": [b"[" + LINES.strip().replace(b"\n", b",") + b"]"], ".csv": [CSV, CSV.replace(b",", b";")], ".tsv": [CSV.replace(b",", b"\t")],
    ".txt": [b"Rebels shelled the port."], ".html": [PAGE], ".zip": [packed_zip()], ".warc": [WARC], ".jsonl.gz": [gzip.compress(LINES, mtime=0)],
}
TARGETS: dict[str, Callable[[bytes], None]] = {
    **{suffix.lstrip("."): entries(suffix) for suffix in _BYTES},
    "labelled.jsonl": labelled(".jsonl"), "labelled.csv": labelled(".csv"), "labelled.json": labelled(".json"), "scores.jsonl": scores(".jsonl"),
    **{f"model.{name}": model(name) for name, _ in parts_of_models()}, "lexicon": lexicon, "text": text,
}
SEEDS: dict[str, list[bytes]] = {
    **{suffix.lstrip("."): seeds for suffix, seeds in _BYTES.items()},
    "labelled.jsonl": [LINES.replace(b'"date"', b'"label": 3, "date"')], "labelled.csv": [CSV.replace(b"date", b"label").replace(b"2024-05-01", b"3").replace(b"5/1/24", b"calm")],
    "labelled.json": [b'[{"id": 1, "data": {"text": "Rebels fired."}, "annotations": [{"result": [{"type": "choices", "value": {"choices": ["4"]}}]}]}]'],
    "scores.jsonl": [b'{"published": "2024-05-01", "risk": 0.4, "acts": 0.1, "threats": 0.1, "restraint": 0, "level": "low", "flags": "", "id": "a"}\n'],
    **{f"model.{name}": [data] for name, data in parts_of_models()}, "lexicon": [TOML],
    "text": ["Rebels “shelled” the port of Tarvos on 5 May, killing at least nine; the army hasn’t retaliated.".encode(), b"\xed\xa0\x80 \xff DOZENS KILLED - NOT A WAR?"],
}

if __name__ == "__main__":
    main()
