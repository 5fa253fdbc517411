"""Long work -> a bar on standard error, for whoever waits."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import TypeVar

_T = TypeVar("_T")


def watched(items: Sequence[_T], what: str, shown: bool) -> Iterable[_T]:
    """The items, with a bar that tells how many are done where standard error is a terminal."""
    if not shown or not sys.stderr.isatty():
        return items
    from rich.console import Console
    from rich.progress import track

    return track(items, what, console=Console(stderr=True), transient=True)
