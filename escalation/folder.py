"""Folder of files <-> their bytes, each under its sha256 sum."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from escalation import structure
from escalation.errors import ModelError

MANIFEST = "manifest.json"
_MOST_IN_MANIFEST = 100_000
_NOTES = (".md", ".txt")  # for people; never read
_CARD = "card.md"  # the one note that is the model's own, and goes with it


def read(folder: Any, kinds: Sequence[Mapping[str, int]]) -> dict[str, bytes]:
    """Contents of the files that the manifest lists.

    Parameters
    ----------
    folder : path, or a folder among a package's resources
    kinds : for each kind of folder, the names of its files and the most bytes
        that each may have

    Raises
    ------
    ModelError
        The folder or a file is missing, a file was changed, does not belong,
        leads elsewhere or is too large, or the manifest lists other names.
    """
    present = _names(folder)
    if MANIFEST not in present and not any({*kind} & {*present} for kind in kinds):
        raise ModelError(f"{folder}: holds no model: there is no {MANIFEST}. Give a folder that `escalation train` or model.save has written.")
    sums = structure.parse(f"{folder}/{MANIFEST}", _bytes(folder, MANIFEST, _MOST_IN_MANIFEST))
    files = next((kind for kind in kinds if set(kind) == set(sums)), None)
    if files is None:
        known = " or ".join(str(sorted(kind)) for kind in kinds)
        raise ModelError(f"{folder}/{MANIFEST}: lists {_short(sorted(sums))} instead of {known}. Get the folder again; if a newer version wrote it, update escalation.")
    _refuse_strangers(folder, present, {*files, MANIFEST})
    contents = {name: _bytes(folder, name, most) for name, most in files.items()}
    for name, data in contents.items():
        if hashlib.sha256(data).hexdigest() != sums[name]:
            raise ModelError(f"{folder}/{name}: sha256 differs from the manifest. The file was changed or damaged; get the folder again.")
    return contents


def write(folder: str | Path, contents: Mapping[str, bytes], known: Collection[str]) -> Path:
    """Write files and their manifest, all of them or none.

    They are written beside the folder, flushed to the disk and renamed, so that
    whoever reads meets the old folder or the new one. A model's folder is
    replaced as a whole; a folder with anything else in it is left alone.

    Parameters
    ----------
    known : names that a folder to be replaced may hold

    Raises
    ------
    ModelError
        The folder holds something else, or cannot be written.
    """
    target = Path(folder).resolve()
    fresh = target.with_name(f".{target.name}.{os.urandom(4).hex()}")
    _refuse_other_use(target, {*known, MANIFEST, _CARD})
    try:
        _fill(fresh, {**contents, MANIFEST: manifest(contents)})
        _swap(fresh, target)
    except OSError as fault:
        raise ModelError(f"{folder}: cannot be written: {fault.strerror or fault}. Choose a folder that you may write to, on a disk with room.") from fault
    finally:
        _remove(fresh)
    return Path(folder)


def check_writable(folder: str | Path, known: Collection[str]) -> None:
    """Refuse, before long work, a folder that :func:`write` would refuse after it; nothing is left there."""
    target = Path(folder).resolve()
    _refuse_other_use(target, {*known, MANIFEST, _CARD})
    try:
        probe(target)
    except OSError as fault:
        raise ModelError(f"{folder}: cannot be written: {fault.strerror or fault}. Choose a folder that you may write to, on a disk with room.") from fault


def probe(target: Path) -> None:
    """Make something where ``target``, or the first of its parents that is missing, would be made, and remove it; raises OSError."""
    from tempfile import TemporaryDirectory

    with TemporaryDirectory(dir=next(parent for parent in target.parents if parent.exists()), prefix=f".{target.name[:40]}."):
        pass


def manifest(contents: Mapping[str, bytes]) -> bytes:
    """The sha256 sums of files, as a file of its own."""
    return structure.to_json(MANIFEST, {name: hashlib.sha256(data).hexdigest() for name, data in sorted(contents.items())})


def _names(folder: Any) -> list[str]:
    try:
        return sorted(item.name for item in folder.iterdir())
    except (OSError, ValueError) as fault:
        raise ModelError(f"{folder}: cannot be read: {_fault(fault)}. Give the path of a model folder, or none for the shipped model.") from fault


def _refuse_strangers(folder: Any, present: Sequence[str], own: Collection[str]) -> None:
    """What is not in the manifest is not vouched for; notes and hidden files are never read."""
    strange = [name for name in present if name not in own and not name.startswith(".") and not name.endswith(_NOTES)]
    if strange:
        raise ModelError(f"{folder}: holds {_short(strange)}, which the manifest does not list. Move it elsewhere, or get the folder again.")


def _bytes(folder: Any, name: str, most: int) -> bytes:
    file = folder / name
    try:
        if not file.is_file():
            raise ModelError(f"{file}: cannot be read: {'not a file' if file.exists() else 'there is no such file'}. Get the folder again.")
        if isinstance(file, Path) and not file.resolve().is_relative_to(folder.resolve()):
            raise ModelError(f"{file}: a link that leads out of the folder. Put the file itself there.")
        with file.open("rb") as opened:
            data: bytes = opened.read(most + 1)
    except OSError as fault:
        raise ModelError(f"{file}: cannot be read: {_fault(fault)}. Get the folder again.") from fault
    if len(data) > most:
        raise ModelError(f"{file}: larger than {most} bytes, which no model of this library is. Get the folder again.")
    return data


def _refuse_other_use(target: Path, known: Collection[str]) -> None:
    if target.exists() and not target.is_dir():
        raise ModelError(f"{target}: is a file, and a model is a folder. Choose another name.")
    other = [name for name in _names(target) if name not in known and not name.startswith(".")] if target.exists() else []
    if other:
        raise ModelError(f"{target}: holds {_short(other)}, which is no part of a model and would be lost. Choose another folder, or move it elsewhere.")


def _fill(fresh: Path, contents: Mapping[str, bytes]) -> None:
    fresh.mkdir(parents=True)
    for name, data in contents.items():
        with (fresh / name).open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    flush(fresh)


def _swap(fresh: Path, target: Path) -> None:
    """Put the fresh folder in the place of the old one, or leave the old one there."""
    old = fresh.with_name(fresh.name + ".old")
    if target.exists():
        target.rename(old)
    try:
        fresh.rename(target)
    except BaseException:
        if old.exists():
            old.rename(target)
        raise
    flush(target.parent)
    _remove(old)


def flush(folder: Path) -> None:
    """Have the disk keep what a folder lists, where the system can."""
    with suppress(OSError):  # not every system lets a folder be opened
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _remove(folder: Path) -> None:
    if folder.exists():
        import shutil

        shutil.rmtree(folder, ignore_errors=True)


def _short(names: Sequence[str]) -> str:
    """A list that a foreign file cannot make endless."""
    shown = [repr(name[:40]) for name in names[:5]]
    return ", ".join(shown) + (f" and {len(names) - 5} more" if len(names) > 5 else "") if shown else "nothing"


def _fault(fault: Exception) -> str:
    return (fault.strerror if isinstance(fault, OSError) else None) or str(fault)
