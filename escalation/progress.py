"""Long work -> a bar on standard error, for whoever waits."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeAlias, TypeVar

_T = TypeVar("_T")
Tell: TypeAlias = Callable[[int, int], None]  # how far an archive was read by then, and how many rows were done just now


def watched(items: Sequence[_T], what: str, shown: bool) -> Iterable[_T]:
    """The items, with a bar that tells how many are done where standard error is a terminal."""
    if not shown or not sys.stderr.isatty():
        return items
    from rich.console import Console
    from rich.progress import track

    return track(items, what, console=Console(stderr=True), transient=True)


@contextmanager
def archive(what: str, size: int | None, shown: bool) -> Iterator[Tell]:
    """A bar for an archive that is read once: rows done, their rate, and the time that is left.

    ``size`` is in the unit in which the caller tells how far it has read;
    without it there is no end to be foretold.
    """
    if not shown or not sys.stderr.isatty():
        yield lambda read, rows: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.fields[rows]:,} rows {task.description}, {task.fields[rate]:,.0f} a second"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        began, count, far = time.monotonic(), 0, 0
        task = bar.add_task(what, total=size, rows=0, rate=0.0)

        def tell(read: int, rows: int) -> None:
            nonlocal count, far
            # Blocks are ready in another order than they were read in.
            count, far = count + rows, max(far, read)
            # Some clocks stand still for milliseconds.
            bar.update(task, completed=far, rows=count, rate=count / max(time.monotonic() - began, 0.001))

        yield tell
