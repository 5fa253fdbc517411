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
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, NamedTuple

from escalation import batch, parts, store
from escalation.batch import Extras
from escalation.blocks import Block
from escalation.entries import Entry
from escalation.errors import EscalationError, InputError, LexiconWarning
from escalation.scorer import Scorer
from escalation.store import ModelLike

_DEPTH = 2  # blocks that a worker has: one at work, one waiting, so that it never waits itself
_STARTS = 3  # tries to start a process: one may be killed while it starts, too
_WATCH = 1.0  # seconds between looks whether the main process still lives


class Done(NamedTuple):
    """A block and the part that became of it."""

    block: Block
    part: bytes


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

    def load(self) -> Work:
        """The work, with model and lexicon loaded."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", LexiconWarning)  # told once, by the main process
            scorer = Scorer(self.model, self.lexicon)
        if digests(self.model, scorer) != self.digests:
            raise InputError(f"{self.model or 'the shipped model'} with {self.lexicon or 'its lexicon'}: was changed while reports were being scored. Start anew with --fresh (resume=False).")
        return Work(scorer, self.level, extras(self.places and self.level == "report", self.copies and self.level == "report"))


class Work(NamedTuple):
    """A task with its model and lexicon loaded."""

    scorer: Scorer
    level: str
    more: Extras

    def part(self, block: Block) -> bytes:
        """The part that becomes of a block."""
        try:
            return parts.encode(batch.outcomes(block.entries(), self.scorer, self.level, self.more))
        except Exception as fault:  # a row that could not even be read as one
            if len(block.rows) == 1:
                return _lost(block, batch.reason(fault))
            return b"".join(map(self.part, _singly(block)))


def digests(model: ModelLike, scorer: Scorer) -> tuple[str, str]:
    """Sums of the weights and of the lexicon that a scorer uses."""
    return store.digest(model), scorer.lexicon_digest


def extras(places: bool, copies: bool) -> Extras:
    """What is read of a text beside its risk; what is not wanted is not loaded."""
    found = Extras()
    if places:
        from escalation.places import mentions

        found = found._replace(mentions=mentions)
    if copies:
        from escalation.duplicates import signature

        found = found._replace(signature=signature)
    return found


def run(blocks: Iterable[Block], task: Task, jobs: int) -> Iterator[Done]:
    """Score blocks; gives each with its encoded part, as they are ready.

    Memory holds :data:`_DEPTH` blocks for each job. A process that dies (out of
    memory, a fault in a library) takes one row with it, which is rejected; with
    one job everything is done in this process.

    Raises
    ------
    EscalationError
        The model or lexicon cannot be loaded in a worker, or no worker starts.
    """
    if jobs == 1:
        work = task.load()
        for block in blocks:
            yield Done(block, work.part(block))
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


def _shared(blocks: Iterator[Block], hands: list[_Hand]) -> Iterator[Done]:
    """Deal out blocks to whoever has least to do."""
    given: dict[Future[bytes], tuple[_Hand, Block]] = {}
    while True:
        while len(given) < _DEPTH * len(hands) and (block := next(blocks, None)):
            hand = min(hands, key=lambda hand: sum(owner is hand for owner, _ in given.values()))
            given[hand.submit(block)] = hand, block
        if not given:
            return
        future = next(iter(wait(given, return_when=FIRST_COMPLETED).done))
        hand, block = given.pop(future)
        try:
            yield Done(block, future.result())
        except EscalationError:
            raise
        except Exception:
            # A dead process fails all that it had been given.
            other = [held for held, (owner, _) in given.items() if owner is hand]
            for lost in (block, *(given.pop(held)[1] for held in other)):
                yield Done(lost, _rescued(lost, hand))


def _rescued(block: Block, hand: _Hand) -> bytes:
    """A block whose process died: tried once more, then row by row."""
    hand.renew()
    with suppress(_DeathError):
        return hand.alone(block)
    return b"".join(_rescued_row(row, hand) for row in _singly(block))


def _rescued_row(row: Block, hand: _Hand) -> bytes:
    try:
        return hand.alone(row)
    except _DeathError as fault:
        return _lost(row, f"the process that scored it died ({fault}). It may need more memory than there is; score it alone to see.")


def _singly(block: Block) -> Iterator[Block]:
    """Each row as a block of its own."""
    for offset, row in enumerate(block.rows):
        yield replace(block, number=block.number + offset, rows=(row,))


def _lost(row: Block, why: str) -> bytes:
    return parts.encode([batch.rejection(Entry(row.number, row.rows[0].place, None), why)])


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

    def submit(self, block: Block) -> Future[bytes]:
        try:
            return self._submitted(block)
        except RuntimeError:  # died while it had nothing to do
            self.renew()
            return self._submitted(block)

    def alone(self, block: Block) -> bytes:
        """The part of entries that may kill the process."""
        try:
            return self.submit(block).result()
        except EscalationError:
            raise
        except Exception as fault:
            self.renew()
            raise _DeathError(type(fault).__name__) from fault

    def renew(self) -> None:
        """Another process; one that cannot even start is no fault of a report."""
        for left in reversed(range(_STARTS)):
            self.stop(at_once=True)
            self._executor = self._started()
            try:
                self._executor.submit(_ready).result()
                return
            except EscalationError:
                raise
            except Exception as fault:
                if not left:
                    raise InputError(f"workers cannot be started: {type(fault).__name__}: {fault}. Score with one job to go on without them.") from fault

    def stop(self, at_once: bool = False) -> None:
        self._executor.shutdown(wait=True, kill_workers=at_once)

    def _submitted(self, block: Block) -> Future[bytes]:
        future: Future[bytes] = self._executor.submit(_work, block)
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
def _loaded() -> Work:
    return _TASK[0].load()


def _ready() -> None:
    _loaded()


def _work(block: Block) -> bytes:
    return _loaded().part(block)
