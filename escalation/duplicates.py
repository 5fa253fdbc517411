"""Texts -> which report told the same in the same words before."""

from __future__ import annotations

import re
from hashlib import shake_256
from typing import TYPE_CHECKING, Any
from zlib import crc32

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Reports remembered. Copies of a wire story come within days, and a large
# archive holds some ten thousand reports a day; this many take 45 MB.
WINDOW = 100_000
# Share of all their shingles that copies have in common; measured, see
# docs/about/index.md.
_ALIKE = 0.6
_SHINGLE = 5  # words in a row that two reports seldom share by chance
# A text of fewer shingles is a copy only of the very same words, and one of a
# middling length not where each has numbers that the other lacks: market and
# casualty bulletins are forms, and differ by a number.
_FEWEST, _MIDDLING = 20, 200
# A copy is found if all numbers of one band agree: of copies at the threshold
# 99 in 100 are; of texts that share a tenth 1 in 50 is looked at.
_BANDS, _ROWS = 21, 3
_SLOTS = 2  # of each band's table for each report remembered
_EDGE = 5  # words of a dateline or sign-off
_BLOCK = 8192  # shingles hashed at once: 4 MB

_WORDS = re.compile(r"\w+")
# The same words where all is ASCII, ten times as fast.
_BETWEEN = bytes(at if chr(at).isalnum() or at > 127 or at == ord("_") else ord(" ") for at in range(256))
_WIDTH = 3 + _BANDS * _ROWS  # numbers of a signature: length, two of figures, the least hashes
# Odd multipliers: from a hash, since they may never change.
_TIMES = np.frombuffer(shake_256(b"escalation.duplicates").digest(8 * _BANDS * _ROWS), "<u8").reshape(-1, 1) | np.uint64(1)
_PLACES = _TIMES[: max(_SHINGLE, _ROWS), 0]


def signature(text: str) -> bytes:
    """What :class:`Copies` knows a text by: 264 bytes, the same in any process and version.

    The least hashes of its shingles, five words in a row each, under 63 orders
    (MinHash, Broder 1997), with the number of shingles and a filter of the
    figures in it. Case, white space and punctuation do not count.
    """
    words = _words(text)
    hashes = np.fromiter(map(crc32, words), np.uint64, len(words))
    length = min(_SHINGLE, len(words))
    shingles = np.lib.stride_tricks.sliding_window_view(hashes, length) @ _PLACES[:length]
    least = np.min([(shingles[at : at + _BLOCK] * _TIMES).min(axis=1) for at in range(0, len(shingles), _BLOCK)], axis=0)
    return np.concatenate(([len(shingles)], _figures(words), least >> np.uint64(32))).astype("<u4").tobytes()


def _words(text: str) -> list[bytes]:
    low = text.lower()
    if low.isascii():
        return low.encode().translate(_BETWEEN).split() or [b""]
    return "\n".join(_WORDS.findall(low)).encode("utf-8", "surrogatepass").split(b"\n")


def _figures(words: list[bytes]) -> list[int]:
    """A bit for each number in digits, 64 in all; dates and desks at either end do not count."""
    bits = 0
    for word in filter(bytes.isdigit, words[_EDGE:-_EDGE]):
        bits |= 1 << (crc32(word) & 63)
    return [bits & 0xFFFFFFFF, bits >> 32]


class Copies:
    """Reports of an archive, in its order, and which of them are copies.

    Parameters
    ----------
    window : int
        How many reports are remembered; a copy that comes later is not known as
        one. Copies do not count, since only the first of them is remembered.

    Notes
    -----
    The answers depend on the signatures before only: a run that resumes feeds
    them again, and goes on as if it had not stopped.
    """

    def __init__(self, window: int = WINDOW) -> None:
        self._ids: list[str] = []
        self._window = window
        self._count = 0
        self._seen = np.zeros((window, _WIDTH), np.uint32)
        # Number of the last report that has the hash of each band, counted from
        # one. Where two reports fall on one slot the later stands, and the other
        # bands remember the earlier.
        self._tables = np.zeros((_BANDS, 1 << (_SLOTS * window - 1).bit_length()), np.int64)

    def first_of(self, id: str, signature: bytes) -> str | None:
        """The id of the first report that ``id`` is a copy of, or None and it is remembered."""
        own = np.frombuffer(signature, "<u4")
        slots = self._slots(own)
        found = self._tables[np.arange(_BANDS), slots]
        found = np.unique(found[found > max(0, self._count - self._window)]) - 1
        if len(found):
            places = found % self._window
            alike = _alike(self._seen[places], own)
            if alike.any():
                return self._ids[int(places[np.argmax(alike)])]
        self._remember(id, own, slots)
        return None

    def _slots(self, own: NDArray[Any]) -> NDArray[Any]:
        mixed = own[3:].astype(np.uint64).reshape(_BANDS, _ROWS) @ _PLACES[:_ROWS]
        slots: NDArray[Any] = ((mixed >> np.uint64(32)) & np.uint64(self._tables.shape[1] - 1)).astype(np.int64)
        return slots

    def _remember(self, id: str, own: NDArray[Any], slots: NDArray[Any]) -> None:
        place = self._count % self._window
        self._ids[place : place + 1] = [id]
        self._seen[place] = own
        self._count += 1
        self._tables[np.arange(_BANDS), slots] = self._count


def _alike(seen: NDArray[Any], own: NDArray[Any]) -> NDArray[Any]:
    """Which of the reports seen tell the same in the same words."""
    shared = (seen[:, 3:] == own[3:]).mean(axis=1)
    size = np.minimum(seen[:, 0], own[0])
    forms = (size < _MIDDLING) & (seen[:, 1:3] & ~own[1:3]).any(axis=1) & (own[1:3] & ~seen[:, 1:3]).any(axis=1)
    alike: NDArray[Any] = np.where(size < _FEWEST, (shared == 1) & (seen[:, 0] == own[0]), (shared >= _ALIKE) & ~forms)
    return alike
