"""Two runs at once -> one of them is told to wait."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from escalation.errors import InputError


@contextmanager
def held(path: Path, what: str) -> Iterator[None]:
    """Hold a lock file for as long as the block runs.

    The system gives the lock back when its process ends, however it ends, so
    that a lock file left behind holds nobody up.

    Raises
    ------
    InputError
        Another process holds it, or the file cannot be made.
    """
    file = _taken(path, what)
    try:
        yield
    finally:
        # Windows removes no file that is open; elsewhere it must go while it is
        # still locked, lest it be taken from whoever locks it next.
        if sys.platform == "win32":
            file.close()
        with suppress(OSError):
            path.unlink()
        file.close()


def _taken(path: Path, what: str) -> IO[str]:
    while True:
        try:
            file = open(path, "a+", encoding="ascii")  # noqa: SIM115 it stays open for as long as the lock is held
        except OSError as fault:
            raise InputError(f"{path}: cannot be written: {fault.strerror}. Choose a folder that you may write to, on a disk with room.") from fault
        if not _lock(file):
            with file:
                file.seek(0)
                owner = file.read(20).strip()
            raise InputError(f"{what}: another run is writing it{f' (process {owner})' if owner else ''}. Wait until it has ended, or stop it.")
        if _still_there(file, path):
            break
        file.close()
    with suppress(OSError):  # for the message only, on a disk that may be full
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
    return file


def _still_there(file: IO[str], path: Path) -> bool:
    """Whether the locked file is the one under that name; its last holder may have removed it meanwhile."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), os.stat(path))
    except FileNotFoundError:
        return False


if sys.platform == "win32":
    import msvcrt

    _FAR = 1 << 20  # Windows locks bytes against reading, too: one beyond the number

    def _lock(file: IO[str]) -> bool:
        file.seek(_FAR)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _lock(file: IO[str]) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError as fault:
            raise InputError(f"{file.name}: cannot be locked: {fault.strerror}. Write to a disk of this machine, and move the file afterwards.") from fault
        return True
