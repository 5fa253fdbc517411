"""Columns -> JSON that a browser reads fast and that stays small."""

from __future__ import annotations

import json
from base64 import b64encode
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Four digits of a number in [0, 1] fit two bytes; a page shows three.
SCALE = 10_000
NOTHING = 65_535  # stands for a number that is not there
_WIDTHS = ("<u1", "<u2", "<u4")  # the byte order of every machine that browsers run on


def fractions(values: Iterable[float]) -> dict[str, str]:
    """Numbers in [0, 1], each as ten thousandths in two bytes."""
    given = np.asarray(list(values), float)
    known = ~np.isnan(given)
    return whole(np.where(known, np.rint(np.where(known, given, 0).clip(0, 1) * SCALE), NOTHING), 1)


def whole(values: Any, least: int = 0) -> dict[str, str]:
    """Whole numbers from 0 up, in as few bytes as hold the largest; ``least`` is a place in one, two, four bytes."""
    given = np.asarray(values, dtype=np.uint32)
    largest = int(given.max(initial=0))
    kind = next(width for width in _WIDTHS[least:] if largest <= np.iinfo(width).max)
    return {"type": kind[1:], "data": b64encode(given.astype(kind).tobytes()).decode("ascii")}


def words(rows: Sequence[tuple[str, ...]]) -> dict[str, Any]:
    """Some words for each row: the words, the sets of them that occur, and each row's set.

    A browser then asks once per set, not once per row, whether a word is in it.
    The words stand by how many rows have them, and ``counts`` tells how many.
    """
    counts = Counter(word for row in rows for word in dict.fromkeys(row))
    names = sorted(counts, key=lambda word: (-counts[word], word))
    place = {name: at for at, name in enumerate(names)}
    sets = {row: at for at, row in enumerate(dict.fromkeys(rows))}
    return {"names": names, "counts": [counts[name] for name in names], "sets": [[place[word] for word in row] for row in sets], "rows": whole([sets[row] for row in rows])}


def rounded(values: NDArray[np.float64]) -> list[float | None]:
    """Numbers to five digits after the point; None for those that are not there."""
    return [None if value != value else round(float(value), 5) for value in values]


def script(value: Any) -> str:
    """JSON that can stand in a script element: ASCII, and no character that HTML reads.

    Escaping ``<`` covers ``</script>`` and ``<!--``; ASCII covers half
    characters, marks that turn the direction, and line ends of JavaScript.
    """
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
