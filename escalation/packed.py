"""Packed files -> bytes -> lines, as far as they go."""

from __future__ import annotations

import io
import os
import stat
import sys
import zlib
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import IO, Any

from escalation.errors import InputError, MissingExtraError

# The longest news archives have rows of a few hundred kilobytes; a row beyond
# this is a bomb or a file that is no table, and must not fill the memory.
ROW_LIMIT = 50_000_000
SUFFIXES = (".gz", ".bz2", ".xz", ".zst")
STDIN = "-"
# Windows-1252 is what spreadsheets on Windows write where nobody says UTF-8.
CONVERT = "Convert the file; from Windows: iconv -f WINDOWS-1252 -t UTF-8 IN > OUT."
_CHUNK = 1 << 18
_MAGIC = {b"\x1f\x8b": ".gz", b"BZh": ".bz2", b"\xfd7zXZ": ".xz", b"\x28\xb5\x2f\xfd": ".zst"}
# A kilobyte of zstd unpacks to 32 MB at most (a block of 128 KB takes four
# bytes), so that a bomb stays small in memory; more would be little faster.
_ZSTD_CHUNK = 1 << 10


class BrokenError(Exception):
    """A stream that ends before its end; what stood before has been given."""


class Meter:
    """Bytes or rows read so far, for whoever shows progress."""

    def __init__(self) -> None:
        self.done = 0


def plain_name(name: str) -> str:
    """The name of a file without the suffix of its packing."""
    return next((name[: -len(suffix)] for suffix in SUFFIXES if name.lower().endswith(suffix)), name)


def open_bytes(source: str | Path) -> IO[bytes]:
    """A file, or standard input for ``"-"``, still packed.

    Raises
    ------
    InputError
        It cannot be opened, or is no file: a pipe would be waited for without
        end, and a device such as ``/dev/zero`` has none.
    """
    if str(source) == STDIN:
        file = getattr(sys.stdin, "buffer", None) or io.BytesIO(sys.stdin.read().encode())
        return file if hasattr(file, "peek") else io.BufferedReader(file)
    refuse_endless(source)
    try:
        return open(source, "rb")
    except (OSError, ValueError) as fault:
        raise InputError(f"{source}: cannot be read: {getattr(fault, 'strerror', None) or fault}. Check the path.") from fault


def refuse_endless(source: str | Path) -> None:
    """Refuse a pipe or a device; what is not there is told by whoever opens it."""
    try:
        kind = os.stat(source).st_mode
    except (OSError, ValueError):
        return
    if not (stat.S_ISREG(kind) or stat.S_ISDIR(kind)):
        raise InputError(f"{source}: a pipe or a device, not a file. Give it as standard input (-), or save it to a file first.")


def unpacked(file: IO[bytes], name: str, meter: Meter | None = None) -> Iterator[bytes]:
    """The bytes of a file in chunks, unpacked by what it begins with.

    Raises
    ------
    BrokenError
        After all that could be unpacked.
    InputError
        The name says that the file is packed, but it is not.
    MissingExtraError
        zstd without zstandard, on a Python older than 3.14.
    """
    kind = packing(file, name)
    counted = meter or Meter()
    if kind == ".zst" and not _has_zstd():
        return _zstandard(file, name, counted)
    chunks = _read(_opened(file, kind), file, counted)
    return _once(chunks, name) if kind else chunks


def packing(file: IO[bytes], name: str) -> str:
    """How a file is packed: one of :data:`SUFFIXES`, or empty."""
    try:
        head = file.peek(6)[:6]  # type: ignore[attr-defined]
    except OSError as fault:
        raise InputError(f"{name}: cannot be read: {fault.strerror}. Check the path.") from fault
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError(f"{name}: UTF-16, not UTF-8. Convert the file: iconv -f UTF-16 -t UTF-8 IN > OUT.")
    kind = next((suffix for magic, suffix in _MAGIC.items() if head.startswith(magic)), "")
    told = next((suffix for suffix in SUFFIXES if name.lower().endswith(suffix)), "")
    if told and kind != told:
        raise InputError(f"{name}: does not begin as a {told} file does. Take the suffix away if the file is not packed, else fetch it again.")
    return kind


def lines(chunks: Iterable[bytes], limit: int = ROW_LIMIT) -> Iterator[bytes | None]:
    """Lines without their ends; None for one that is longer than ``limit``.

    A line that a break cuts off is not given.
    """
    pieces: list[bytes] = []
    size, first = 0, True
    for chunk in chunks:
        if first:
            chunk, first = chunk.removeprefix(b"\xef\xbb\xbf"), False
        head, *tail = chunk.split(b"\n")
        size += len(head)
        pieces = [*pieces, head] if size <= limit else []
        if not tail:
            continue
        yield b"".join(pieces) if size <= limit else None
        *whole, rest = tail
        yield from whole
        pieces, size = [rest], len(rest)
    if size:
        yield b"".join(pieces) if size <= limit else None


def whole(chunks: Iterable[bytes], limit: int = ROW_LIMIT) -> bytes | None:
    """All bytes at once; None if they are more than ``limit``."""
    pieces, size = [], 0
    for chunk in chunks:
        size += len(chunk)
        if size > limit:
            return None
        pieces.append(chunk)
    return b"".join(pieces).removeprefix(b"\xef\xbb\xbf")


def _opened(file: IO[bytes], kind: str) -> Any:
    if kind == "":
        return file
    module, name = {".gz": ("gzip", "GzipFile"), ".bz2": ("bz2", "BZ2File"), ".xz": ("lzma", "LZMAFile"), ".zst": ("compression.zstd", "ZstdFile")}[kind]
    opener = getattr(import_module(module), name)
    return opener(fileobj=file) if kind == ".gz" else opener(file)


def _read(stream: Any, file: IO[bytes], meter: Meter) -> Iterator[bytes]:
    unpacked_so_far = 0
    while True:
        try:
            # One raw read at a time: a longer one loses what it had when it meets the break.
            chunk = stream.read1(_CHUNK)
        except Exception as fault:
            if not isinstance(fault, (EOFError, OSError, ValueError, zlib.error, *_errors())):
                raise
            raise BrokenError(_told(fault, unpacked_so_far)) from fault
        if not chunk:
            return
        unpacked_so_far += len(chunk)
        meter.done = _position(file, unpacked_so_far)
        yield chunk


def _once(chunks: Iterator[bytes], name: str) -> Iterator[bytes]:
    """The chunks, unless they are packed again: what unpacks without end begins so."""
    head = next((chunk for chunk in chunks if chunk), b"")
    if any(head.startswith(magic) for magic in _MAGIC if magic != b"BZh"):  # a text may begin with these letters
        raise InputError(f"{name or 'the file'}: packed twice. Unpack it once, and give what comes out.")
    yield head
    yield from chunks


def _errors() -> tuple[type[Exception], ...]:
    found = (getattr(sys.modules.get(module), name, None) for module, name in (("lzma", "LZMAError"), ("compression.zstd", "ZstdError")))
    return tuple(error for error in found if error is not None)


def _position(file: IO[bytes], otherwise: int) -> int:
    try:
        return file.tell()
    except OSError:
        return otherwise


def _has_zstd() -> bool:
    return sys.version_info >= (3, 14)


def _zstandard(file: IO[bytes], name: str, meter: Meter) -> Iterator[bytes]:
    try:
        zstandard = import_module("zstandard")
    except ImportError as fault:
        raise MissingExtraError(f"{name}: zstd is unpacked by zstandard, which is not installed. Run: pip install 'escalation[zstd]'.") from fault
    return _once(_frames(file, zstandard, meter), name)


def _frames(file: IO[bytes], zstandard: Any, meter: Meter) -> Iterator[bytes]:
    """zstandard's own reader takes a cut file for a whole one, so the frames are counted here."""
    frame, done, rest = None, 0, b""
    while data := rest or file.read(_ZSTD_CHUNK):
        frame = frame or zstandard.ZstdDecompressor().decompressobj()
        try:
            chunk = frame.decompress(data)
        except zstandard.ZstdError as fault:
            raise BrokenError(_told(fault, done)) from fault
        done += len(chunk)
        meter.done = _position(file, done)
        yield chunk
        rest = frame.unused_data if frame.eof else b""
        frame = None if frame.eof else frame
    if frame is not None:
        raise BrokenError(_told("the file ends within a frame", done))


def _told(fault: object, unpacked_bytes: int) -> str:
    return f"the file is damaged or cut off after {unpacked_bytes:,} unpacked bytes ({fault}). What stands before is kept; fetch the file again for the rest."
