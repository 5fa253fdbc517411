"""Source -> by what it is known again."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from escalation.documents import is_document, walk
from escalation.errors import InputError

_HEAD = 1_000_000  # bytes that a changed file is most likely to differ in


def identity(name: str) -> dict[str, Any]:
    """Path, size, time of the last change and sha256 of the beginning; of a folder, of all that is in it.

    Standard input is never known again.

    Raises
    ------
    InputError
        The source cannot be read.
    """
    if name == "-":
        return {"source": name, "standard input, which cannot be read twice,": f"process {os.getpid()} at {time.time()}"}
    path = Path(name if os.path.exists(name) else name.rpartition("::")[0])
    try:
        files = sorted(_files(path))
        sizes = [file.stat() for file in files]
        listing = [(str(file.relative_to(path)), about.st_size, about.st_mtime_ns) for file, about in zip(files, sizes, strict=True)]
        beginning = _head(files[0]) if files else b""
    except OSError as fault:
        raise InputError(f"{name}: cannot be read: {fault.strerror or fault}. Check the path.") from fault
    return {
        "source": name.replace(str(path), str(path.resolve()), 1),
        "size": sum(about.st_size for about in sizes),
        "files": hashlib.sha256(repr(listing).encode("utf-8", "surrogateescape")).hexdigest(),
        "beginning": hashlib.sha256(beginning).hexdigest(),
    }


def _files(path: Path) -> Iterator[Path]:
    """What of a source is read: a table may be written into the very folder that it is made from."""
    return (path / name for name in walk(path) if is_document(name) and (path / name).is_file()) if path.is_dir() else iter([path])


def _head(path: Path) -> bytes:
    with open(path, "rb") as file:
        return file.read(_HEAD)
