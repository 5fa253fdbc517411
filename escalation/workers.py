"""Blocks of entries -> encoded parts, by this process or by several."""

from __future__ import annotations

import os
import signal
import threading
import time
import warnings
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from escalation import batch, parts, store
from escalation.batch import Extras
from escalation.entries import Entry
from escalation.errors import EscalationError, InputError, LexiconWarning
from escalation.scorer import Scorer
from escalation.store import ModelLike

_DEPTH = 2  # blocks that a worker has: one at work, one waiting, so that it never waits itself
_WATCH = 1.0  # seconds between looks whether the main process still lives


class Block(NamedTuple):
    """A part to be: its number and its rows."""

    number: int
    entries: list[Entry]


@dataclass(frozen=True, eq=False)
class Task:
    """What is done with every entry; travels to each process once.

    ``digests`` are those of the model and the lexicon that the main process
    loaded: a file that changes meanwhile must not go unnoticed.
    """

    model: ModelLike
    lexicon: Any
    digests: tuple[str, str]
    level: str
    places: bool
    copies: bool

    def load(self) -> tuple[Scorer, Extras]:
        """The scorer and what else is read of a text."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", LexiconWarning)  # told once, by the main process
            scorer = Scorer(self.model, self.lexicon)
        if digests(self.model, scorer) != self.digests:
            raise InputError(f"{self.model or self.lexicon}: was changed while reports were being scored. Start anew with --fresh (resume=False).")
        return scorer, extras(self.places and self.level == "report", self.copies and self.level == "report")


def digests(model: ModelLike, scorer: Scorer) -> tuple[str, str]:
    """Sums of the weights and of the lexicon that a scorer uses."""
    return store.digest(model), scorer.lexicon_digest


def extras(places: bool, copies: bool) -> Extras:
    """What is read of a text beside its risk."""
    mentions = signature = None
    with suppress(ImportError):
        if places:
            from escalation.places import mentions  # type: ignore[import-not-found,no-redef]
    with suppress(ImportError):
        if copies:
            from escalation.duplicates import signature  # type: ignore[import-not-found,no-redef]
    return Extras(mentions, signature)


def run(blocks: Iterable[Block], task: Task, jobs: int) -> Iterator[tuple[int, bytes]]:
    """Score blocks; gives the number and the encoded part of each, as they are ready.

    Memory holds :data:`_DEPTH` blocks for each job. A process that dies (out of
    memory, a fault in a library) takes one row with it, which is rejected; with
    one job everything is done in this process.

    Raises
    ------
    EscalationError
        The model or lexicon cannot be loaded in a worker, or no worker starts.
    """
    if jobs == 1:
        scorer, more = task.load()
        for block in blocks:
            yield block.number, _scored(block.entries, scorer, task.level, more)
        return
    hands = [_Hand(task) for _ in range(jobs)]
    try:
        yield from _shared(iter(blocks), hands)
    except BaseException:
        for hand in hands:
            hand.stop(at_once=True)
        raise
    for hand in hands:
        hand.stop()


def _shared(blocks: Iterator[Block], hands: list[_Hand]) -> Iterator[tuple[int, bytes]]:
    """Deal out blocks to whoever has least to do."""
    given: dict[Future[bytes], tuple[_Hand, Block]] = {}

    def give(block: Block) -> None:
        hand = min(hands, key=lambda hand: sum(owner is hand for owner, _ in given.values()))
        given[hand.submit(block.entries)] = hand, block

    while True:
        while len(given) < _DEPTH * len(hands) and (block := next(blocks, None)):
            give(block)
        if not given:
            return
        done, _ = wait(given, return_when=FIRST_COMPLETED)
        for future in done:
            hand, block = given.pop(future)
            try:
                yield block.number, future.result()
            except EscalationError:
                raise
            except Exception:
                # A dead process fails all that it had been given.
                lost = [block, *(given.pop(other)[1] for other in [f for f, (owner, _) in given.items() if owner is hand])]
                for each in lost:
                    yield each.number, _rescued(each, hand)
                break


def _rescued(block: Block, hand: _Hand) -> bytes:
    """A block whose process died: tried once more, then row by row."""
    hand.renew()
    with suppress(_DeathError):
        return hand.alone(block.entries)
    return b"".join(_rescued_row(entry, hand) for entry in block.entries)


def _rescued_row(entry: Entry, hand: _Hand) -> bytes:
    try:
        return hand.alone([entry])
    except _DeathError as fault:
        return parts.encode([batch.rejection(entry, f"the process that scored it died: {fault}. The text may need more memory than there is; score it alone to see.")])


class _DeathError(Exception):
    """A worker ended without an answer."""


class _Hand:
    """One worker process, replaced when it dies.

    Each has an executor of its own: the death of a process fails all that its
    executor was given, and with one for all nobody would know which block it was.
    """

    def __init__(self, task: Task) -> None:
        self._task = task
        self._executor = self._started()

    def submit(self, entries: list[Entry]) -> Future[bytes]:
        try:
            return self._submitted(entries)
        except RuntimeError:  # died while it had nothing to do
            self.renew()
            return self._submitted(entries)

    def alone(self, entries: list[Entry]) -> bytes:
        """The part of entries that may kill the process."""
        try:
            return self.submit(entries).result()
        except EscalationError:
            raise
        except Exception as fault:
            self.renew()
            raise _DeathError(type(fault).__name__) from fault

    def renew(self) -> None:
        """Another process; one that cannot even start is no fault of a report."""
        self.stop(at_once=True)
        self._executor = self._started()
        try:
            self._executor.submit(_ready).result()
        except EscalationError:
            raise
        except Exception as fault:
            raise InputError(f"workers cannot be started: {type(fault).__name__}: {fault}. Score with one job to go on without them.") from fault

    def stop(self, at_once: bool = False) -> None:
        self._executor.shutdown(wait=True, kill_workers=at_once)

    def _submitted(self, entries: list[Entry]) -> Future[bytes]:
        future: Future[bytes] = self._executor.submit(_work, entries)
        return future

    def _started(self) -> Any:
        from joblib.externals.loky import ProcessPoolExecutor

        # loky, since it needs no `if __name__ == "__main__"` in a user's script.
        return ProcessPoolExecutor(1, initializer=_begin, initargs=(self._task, os.getpid()))


_TASK: list[Task] = []  # what a worker process was started for


def _begin(task: Task, parent: int) -> None:
    """Set up a worker; nothing here may fail, since loky takes that for a death."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the main process stops its workers itself
    _TASK[:] = [task]
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()


def _watch(parent: int) -> None:
    """End with the main process, even where it was killed and could tell nobody."""
    while os.getppid() == parent:
        time.sleep(_WATCH)
    os._exit(1)


@cache
def _loaded() -> tuple[Scorer, Extras]:
    return _TASK[0].load()


def _ready() -> None:
    _loaded()


def _work(entries: list[Entry]) -> bytes:
    scorer, more = _loaded()
    return _scored(entries, scorer, _TASK[0].level, more)


def _scored(entries: list[Entry], scorer: Scorer, level: str, more: Extras) -> bytes:
    return parts.encode(batch.outcomes(entries, scorer, level, more))
