"""A zip that is cut off -> its members, as far as they go."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from escalation.packed import ROW_LIMIT, BrokenError

# PKWARE's APPNOTE 4.3.7: signature, version, flags, method, time, date, checksum, packed and unpacked size, lengths of name and extra.
_HEADER = struct.Struct("<4s5H3I2H")
_SIGNATURE, _DESCRIPTOR = b"PK\x03\x04", b"PK\x07\x08"
_ENCRYPTED, _SIZES_FOLLOW, _UTF8 = 0x1, 0x8, 0x800
_STORED, _DEFLATED = 0, 8
_CHUNK = 1 << 16


def members(path: Path) -> Iterator[tuple[str, bytes | None]]:
    """Names and contents in the order of the file; None for contents that cannot be read.

    A zip is found by the index at its end; without it, its members are found
    one after the other.

    Raises
    ------
    BrokenError
        Where the file breaks off, after all that stands before.
    """
    with open(path, "rb") as file:
        while (head := file.read(_HEADER.size))[:4] == _SIGNATURE:
            if len(head) < _HEADER.size:
                break
            yield _member(file, head)
    raise BrokenError("the zip is cut off: its index is missing. What stands before is kept; fetch the file again for the rest.")


def _member(file: IO[bytes], head: bytes) -> tuple[str, bytes | None]:
    _, _, flags, method, _, _, checksum, packed, _, name_length, extra = _HEADER.unpack(head)
    name = _exactly(file, name_length).decode("utf-8" if flags & _UTF8 else "cp437", "replace")
    _exactly(file, extra)
    if method == _DEFLATED and not flags & _ENCRYPTED:
        data, found = _inflated(file)
        checksum = _descriptor(file) if flags & _SIZES_FOLLOW else checksum
        return name, data if found == checksum else None
    if flags & _SIZES_FOLLOW:
        raise BrokenError(f"the zip is cut off, and without its index what follows {name!r} cannot be found. Fetch the file again.")
    data = _exactly(file, packed) if packed <= ROW_LIMIT else None
    if data is None:
        file.seek(packed, 1)
    whole = data is not None and method == _STORED and not flags & _ENCRYPTED and zlib.crc32(data) == checksum
    return name, data if whole else None


def _exactly(file: IO[bytes], size: int) -> bytes:
    data = file.read(size)
    if len(data) < size:
        raise BrokenError("the zip is cut off within a file. What stands before is kept; fetch the file again for the rest.")
    return data


def _inflated(file: IO[bytes]) -> tuple[bytes | None, int]:
    """The content, None if it is too long, and its checksum; the file stands behind it."""
    unpacker, size, checksum, rest = zlib.decompressobj(-zlib.MAX_WBITS), 0, 0, b""
    pieces: list[bytes] = []
    while not unpacker.eof:
        rest = rest or file.read(_CHUNK)
        if not rest:
            _exactly(file, 1)
        try:
            piece = unpacker.decompress(rest, _CHUNK)
        except zlib.error as fault:
            raise BrokenError(f"the zip is damaged, and its index is missing: {fault}. What stands before is kept; fetch the file again.") from fault
        rest = unpacker.unconsumed_tail
        size += len(piece)
        checksum = zlib.crc32(piece, checksum)
        pieces.append(piece)
        if size > ROW_LIMIT:
            pieces.clear()
    file.seek(-len(unpacker.unused_data), 1)
    return (b"".join(pieces) if size <= ROW_LIMIT else None), checksum


def _descriptor(file: IO[bytes]) -> int:
    """The checksum that follows a content; its sizes take 8 bytes, or 16 in a large zip."""
    first = _exactly(file, 4)
    checksum = _exactly(file, 4) if first == _DESCRIPTOR else first
    _exactly(file, 8)
    ahead = file.read(12)
    # The next header, or the index, tells which of the two it was.
    wide = len(ahead) >= 10 and not ahead.startswith(b"PK") and ahead[8:10] == b"PK"
    file.seek((8 if wide else 0) - len(ahead), 1)
    return int.from_bytes(checksum, "little")
