"""How often a change of level is flagged where there is one, and where there is none.

    python tests/benchmarks/changes.py

Simulated series with noise of one standard deviation, whose neighbours may be
correlated; one jump at a random place, or none. Prints the table of
docs/about/index.md: the search of escalation.changes at three prices beside
binary segmentation by permutations.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))
from escalation import changes

SERIES, NEAR, EDGE, PERMUTATIONS, LEVEL = 150, 2, 8, 999, 0.01
Test = Callable[[np.ndarray], list[int]]


def main() -> None:
    tests: dict[str, Test] = {f"least squares, {price} log n": _priced(price) for price in (3.0, 6.0, 9.0)}
    tests |= {"permutations": lambda x: segmented(x, 1), "blocks of three": lambda x: segmented(x, 3)}
    print("periods, correlation, test, false, then hits (further flags) at jumps of 1, 2, 3")
    for n in (35, 104):
        for correlation in (0.0, 0.3, 0.5):
            for name, test in tests.items():
                stream = np.random.default_rng(0)
                false = np.mean([bool(test(series(stream, n, correlation))) for _ in range(SERIES)])
                print(n, correlation, name, f"{false:.2f}", *(found(test, stream, n, correlation, jump) for jump in (1, 2, 3)), flush=True)


def series(stream: np.random.Generator, n: int, correlation: float) -> np.ndarray:
    noise = stream.normal(size=n)
    for at in range(1, n):
        noise[at] = correlation * noise[at - 1] + noise[at] * np.sqrt(1 - correlation**2)
    return noise


def found(test: Test, stream: np.random.Generator, n: int, correlation: float, jump: float) -> str:
    hits, further = [], []
    for _ in range(SERIES):
        place = int(stream.integers(EDGE, n - EDGE))
        flags = test(series(stream, n, correlation) + jump * (np.arange(n) >= place))
        hits.append(any(abs(flag - place) <= NEAR for flag in flags))
        further.append(len(flags) - hits[-1])
    return f"{np.mean(hits):.2f} ({np.mean(further):.2f})"


def _priced(price: float) -> Test:
    def test(x: np.ndarray) -> list[int]:
        changes._PRICE = price
        return np.flatnonzero(changes.find(x)).tolist()

    return test


def segmented(x: np.ndarray, block: int, offset: int = 0, least: int = 3) -> list[int]:
    """Binary segmentation: a level is parted where the largest CUSUM is rare among permuted blocks."""
    n = len(x)
    if n < 2 * least:
        return []
    stream = np.random.default_rng(0)
    starts = stream.integers(0, n, (PERMUTATIONS, -(-n // block)))
    places = ((starts[:, :, None] + np.arange(block)) % n).reshape(PERMUTATIONS, -1)[:, :n]
    shuffled = stream.permuted(np.tile(x, (PERMUTATIONS, 1)), axis=1) if block == 1 else x[places]
    own = _cusum(x[None], least)[0]
    if (1 + (_cusum(shuffled, least).max(axis=1) >= own.max()).sum()) / (PERMUTATIONS + 1) > LEVEL:
        return []
    at = int(own.argmax()) + 1
    return [*segmented(x[:at], block, offset), offset + at, *segmented(x[at:], block, offset + at)]


def _cusum(rows: np.ndarray, least: int) -> np.ndarray:
    n = rows.shape[1]
    at = np.arange(1, n)
    sums = np.abs(np.cumsum(rows - rows.mean(axis=1, keepdims=True), axis=1)[:, :-1]) / np.sqrt(at * (n - at) / n)
    sums[:, : least - 1] = sums[:, n - least :] = 0
    return sums


if __name__ == "__main__":
    main()
