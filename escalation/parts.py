"""Outcomes <-> a folder of parts beside the output, which outlives whoever writes it."""

from __future__ import annotations

import json
import os
import shutil
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from escalation.batch import Outcome, Rejected
from escalation.errors import InputError
from escalation.folder import flush
from escalation.locks import held

_JOURNAL = "job.json"
_PART = "part-{:012d}-{:012d}.jsonl"


def encode(outcomes: Iterable[Outcome]) -> bytes:
    """One line of JSON for each entry of a part."""
    return "".join(json.dumps(_packed(outcome), separators=(",", ":")) + "\n" for outcome in outcomes).encode("ascii")


class Parts:
    """The folder ``OUT.parts``: a journal that tells the job, and one file per part.

    Where a part ends is decided by the source, whoever scores it and in
    whichever order. It is there as a whole or not at all.

    Attributes
    ----------
    done : mapping of int to int
        For each part that is there its first row, and the row after its last.
    rows : int or None
        Rows of the source, once it has been read to its end.
    """

    def __init__(self, out: Path, job: Mapping[str, Any], rows: int | None = None) -> None:
        self.out, self.folder, self._job, self.rows = out, _folder(out), dict(job), rows
        self.done = dict(sorted(_span(file) for file in self.folder.glob("part-*.jsonl")))

    @property
    def whole(self) -> bool:
        """Whether every row of the source is in a part."""
        return self.rows is not None and sum(end - first for first, end in self.done.items()) == self.rows

    def commit(self, first: int, end: int, data: bytes) -> None:
        """Keep a part, safe from whatever comes after."""
        self._put(_PART.format(first, end), data)
        self.done[first] = end

    def end(self, rows: int) -> None:
        """Note that the source has been read to its end."""
        self.rows = rows
        self._put(_JOURNAL, _journal(self._job, rows))

    def outcomes(self) -> Iterator[Outcome]:
        """What became of every row of the source, in order.

        Raises
        ------
        InputError
            A part is damaged; it is then removed.
        """
        for first, end in sorted(self.done.items()):
            yield from self._read(first, end)

    def scratch(self, name: str) -> Path:
        """A file in the folder, to be written and then published."""
        return self.folder / f"{name}.tmp"

    def publish(self, scratch: Path, target: Path) -> None:
        """Put a finished file in its place, at once."""
        with told(target):
            os.replace(scratch, target)
            flush(target.parent)

    def remove(self) -> None:
        """Take the folder away; it is no longer found from the first step on."""
        old = _old(self.out)
        self.folder.rename(old)
        shutil.rmtree(old, ignore_errors=True)

    def _put(self, name: str, data: bytes) -> None:
        with told(self.folder / name, len(self.done)):
            scratch = self.scratch(name)
            with open(scratch, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(scratch, self.folder / name)
            flush(self.folder)

    def _read(self, first: int, end: int) -> list[Outcome]:
        path = self.folder / _PART.format(first, end)
        try:
            found = [_unpacked(line) for line in path.read_bytes().splitlines()]
        except (OSError, ValueError, TypeError, KeyError):
            found = []
        if [outcome.number for outcome in found] != list(range(first, end)):
            with suppress(OSError):
                path.unlink()
            raise InputError(f"{path}: damaged or missing. Run the same command again: this part is then scored anew.")
        return found


@contextmanager
def opened(out: Path, job: Mapping[str, Any], fresh: bool) -> Iterator[Parts]:
    """The parts of a job, those of an earlier run included, for this process alone.

    Parameters
    ----------
    out : the file that the parts will become
    job : what decides the bytes of the parts
    fresh : start anew, whatever is there

    Raises
    ------
    InputError
        Another run writes there, ``out`` is there already, or its parts belong
        to another job.
    """
    _refuse_finished(out, fresh)
    with held(out.with_name(out.name + ".lock"), str(out)):
        _refuse_finished(out, fresh)
        _sweep(out, fresh)
        folder = _folder(out)
        with told(folder):
            folder.mkdir(exist_ok=True)
        rows = _agreed(folder, job, out)
        parts = Parts(out, job, rows)
        if rows is None:
            parts._put(_JOURNAL, _journal(job, None))
        yield parts


@contextmanager
def told(path: Path, kept: int = 0) -> Iterator[None]:
    """Faults of the disk as faults that name the file and the remedy."""
    try:
        yield
    except OSError as fault:
        remedy = f" {kept} parts are kept: run the same command again to go on." if kept else ""
        raise InputError(f"{path}: cannot be written: {fault.strerror or fault}. Make room, or choose a folder that you may write to.{remedy}") from fault


def _folder(out: Path) -> Path:
    return out.with_name(out.name + ".parts")


def _span(part: Path) -> tuple[int, int]:
    _, first, end = part.stem.split("-")
    return int(first), int(end)


def _old(out: Path) -> Path:
    return out.with_name(out.name + ".parts.old")


def _refuse_finished(out: Path, fresh: bool) -> None:
    if out.exists() and not fresh and not (_folder(out) / _JOURNAL).exists():
        raise InputError(f"{out}: is there already. Choose another name, or replace it with --fresh (resume=False).")


def _sweep(out: Path, fresh: bool) -> None:
    """Take away what a run that was stopped while tidying up has left."""
    folder, old = _folder(out), _old(out)
    if old.exists():
        _refuse_foreign(old)
        shutil.rmtree(old, ignore_errors=True)
    if fresh and folder.exists():
        _refuse_foreign(folder)
        with told(folder):
            folder.rename(old)
        shutil.rmtree(old, ignore_errors=True)


def _refuse_foreign(folder: Path) -> None:
    """A folder of that name which is not ours is not ours to delete."""
    other = sorted(file.name for file in folder.iterdir() if file.name != _JOURNAL and not file.name.startswith("part-") and file.suffix != ".tmp")
    if other:
        raise InputError(f"{folder}: holds {other[0]!r}, which is no part of a score table. Move it elsewhere, or choose another output.")


def _agreed(folder: Path, job: Mapping[str, Any], out: Path) -> int | None:
    """Rows of the source if the parts that are there know them; refuses parts of another job."""
    _refuse_foreign(folder)
    try:
        journal = json.loads((folder / _JOURNAL).read_bytes())
        began, rows = journal["job"], journal["rows"]
    except FileNotFoundError as fault:
        if any(folder.glob("part-*")):
            raise InputError(f"{folder / _JOURNAL}: is missing, so nobody knows whose the parts are. Start anew with --fresh (resume=False).") from fault
        return None
    except (OSError, ValueError, TypeError, KeyError) as fault:
        raise InputError(f"{folder / _JOURNAL}: cannot be read. Start anew with --fresh (resume=False).") from fault
    now = json.loads(json.dumps(job))
    changed = [f"{key} was {_short(began.get(key))}, is {_short(now.get(key))}" for key in sorted({*began, *now}) if began.get(key) != now.get(key)]
    if changed:
        raise InputError(f"{out}: was begun with another job: {'; '.join(changed)}. Run the command that began it, start anew with --fresh (resume=False), or choose another output.")
    return None if rows is None else int(rows)


def _journal(job: Mapping[str, Any], rows: int | None) -> bytes:
    return (json.dumps({"job": job, "rows": rows}, indent=1, sort_keys=True) + "\n").encode()


def _short(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _packed(outcome: Outcome) -> dict[str, Any]:
    if outcome.rejected:
        return {"n": outcome.number, "why": outcome.rejected}
    packed: dict[str, Any] = {"n": outcome.number, "rows": outcome.rows}
    if not outcome.judged:
        packed["odd"] = True
    if outcome.signature is not None:
        packed["sign"] = b64encode(outcome.signature).decode() if isinstance(outcome.signature, bytes) else list(outcome.signature)
    return packed


def _unpacked(line: bytes) -> Outcome:
    packed = json.loads(line)
    if "why" in packed:
        return Outcome(packed["n"], rejected=Rejected(*packed["why"]))
    sign = packed.get("sign")
    signature = b64decode(sign) if isinstance(sign, str) else tuple(sign) if sign is not None else None
    return Outcome(packed["n"], tuple(map(tuple, packed["rows"])), "odd" not in packed, signature)
