"""Archive -> score table: in parts, by several processes, to be taken up again after any end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from escalation import columns as tables_of
from escalation import parts as folders
from escalation import progress as bars
from escalation import sources, workers, writers
from escalation.batch import Outcome
from escalation.blocks import Archive, Block
from escalation.errors import EscalationError, InputError
from escalation.intake import open_archive
from escalation.parts import Parts
from escalation.reasons import Reason, Reasons
from escalation.scorer import Scorer
from escalation.store import ModelLike
from escalation.workers import Task

if TYPE_CHECKING:
    from escalation.duplicates import Copies

# Some seconds of work: what a kill costs at most, for each process.
PART_ROWS = 500
_ID, _COPY_OF = (next(n for n, c in enumerate(tables_of.REPORT) if c.name == name) for name in ("id", "copy_of"))


@dataclass(frozen=True)
class ArchiveSummary:
    """What became of an archive; ``rows == scored + quarantined``.

    Attributes
    ----------
    rows : int
        Rows of the archive.
    scored, quarantined : int
        Rows that have scores, and rows that have a reason instead.
    unjudged : int
        Scored rows with a flag: not English, or no words.
    copies : int
        Scored reports that are copies of an earlier one.
    parts, resumed : int
        Parts of the work, and those of them that an earlier run had done.
    seconds : float
    out : Path
        The score table.
    errors : Path or None
        The quarantined rows with place and reason; None where there is no such
        file.
    reasons : tuple of Reason
        The commonest reasons why rows were quarantined, with ``count`` and, of
        the first such row, ``place`` and ``told``.
    """

    rows: int
    scored: int
    quarantined: int
    unjudged: int
    copies: int
    parts: int
    resumed: int
    seconds: float
    out: Path
    errors: Path | None
    reasons: tuple[Reason, ...] = ()

    def __str__(self) -> str:
        told = [f"{self.rows:,} rows = {self.scored:,} scored + {self.quarantined:,} quarantined"]
        told += [f"{count:,} {what}" for count, what in ((self.copies, "copies"), (self.unjudged, "not judged")) if count]
        told += [f"{self.resumed:,} of {self.parts:,} parts from an earlier run"] if self.resumed else []
        told += [f"{self.seconds:,.1f} s", str(self.out), *([f"quarantined rows in {self.errors}"] if self.errors else [])]
        return "\n".join(["; ".join(told), *(f"quarantined: {reason}" for reason in self.reasons)])


def score_archive(
    source: Any, out: str | Path, *, model: ModelLike = None, lexicon: Any = None, columns: Any = None, level: str = "report", jobs: int = 1, resume: bool = True,
    errors: str | Path | None = None, places: bool = True, copies: bool = True, part_rows: int = PART_ROWS, progress: bool = False, dates: str | None = None,
) -> ArchiveSummary:
    """Score an archive of any size into a table.

    The work is kept in parts beside ``out`` (``OUT.parts``). After any end, a
    loss of power included, the same call goes on where the last one stopped;
    the bytes of ``out`` are the same as if nothing had happened, and for any
    number of ``jobs``.

    Parameters
    ----------
    source : path of an archive, or what :func:`escalation.intake.open_archive` gives,
        which knows its ``columns`` and ``dates``
    out : ``.parquet``, ``.jsonl``, ``.csv`` (both also ``.gz``) or ``.sqlite``
    model, lexicon : as for :class:`escalation.Scorer`
    columns : names of the archive's fields where they are not to be guessed
    dates : {"dmy", "mdy"} or None
        How ``04/05/2024`` is read, where the archive itself does not show it;
        see :func:`escalation.intake.open_archive`.
    level : {"report", "sentence", "cue"}
        What one row stands for; the columns are in docs/reference/columns.md.
    jobs : processes; -1 for one per core. With two or more, a report that ends
        its process (memory, a fault in a library) is quarantined alone.
    resume : go on with the parts of an earlier call; False starts anew and
        replaces ``out``
    errors : ``.jsonl`` or ``.csv`` for the rows that could not be scored;
        ``OUT.errors.jsonl`` without it, if there are any
    places, copies : fill ``countries`` and ``actors``, and ``copy_of``
    part_rows : rows of the archive in a part
    progress : show a bar on standard error, if that is a terminal

    Returns
    -------
    ArchiveSummary

    Raises
    ------
    InputError
        The source cannot be opened, the output cannot be written, is there
        already, is being written by another process, or was begun with another
        model, lexicon, source or option. Parts already done are kept.
    ModelError, LexiconError
        The model or lexicon cannot be loaded.
    """
    began = perf_counter()
    out = Path(out)
    shape = tables_of.of(level)
    target, processes = _checked(out, errors, part_rows), _processes(jobs)
    task = _task(model, lexicon, level, places, copies)
    archive = source if isinstance(source, Archive) else open_archive(source, columns, dates)
    with folders.opened(out, _job(archive, task, part_rows), not resume) as kept:
        resumed = len(kept.done)
        _score_missing(archive, kept, task, processes, part_rows, progress)
        reasons = Reasons()
        found = _join(kept, shape, target, _copies(task), reasons, errors is not None, progress)
        kept.remove()
    quarantined = found["quarantined"]
    return ArchiveSummary(
        kept.rows or 0, found["scored"], quarantined, found["unjudged"], found["copies"], len(kept.done), resumed,
        perf_counter() - began, out, target if quarantined or errors is not None else None, reasons.most(),
    )


def _checked(out: Path, errors: str | Path | None, part_rows: int) -> Path:
    """Where the quarantined rows go, once everything can be written."""
    writers.check(out)
    target = Path(errors) if errors is not None else out.with_name(out.name + ".errors.jsonl")
    writers.check(target, writers.LINES)
    if target.resolve() == out.resolve():
        raise InputError(f"{out}: is named for the scores and for the errors. Choose two names.")
    if part_rows < 1:
        raise InputError(f"part_rows: {part_rows} is less than 1. Leave it out for {PART_ROWS}.")
    return target


def _task(model: ModelLike, lexicon: Any, level: str, places: bool, copies: bool) -> Task:
    scorer = Scorer(model, lexicon)
    return Task(model, lexicon, workers.digests(model, scorer), level, places, copies)


def _job(archive: Archive, task: Task, part_rows: int) -> dict[str, Any]:
    """Everything that decides the bytes of the parts."""
    from escalation import __version__

    model, lexicon = task.digests
    options = {"level": task.level, "places": task.places, "copies": task.copies, "part_rows": part_rows}
    return {**sources.identity(archive.name), "fields": dict(archive.fields), "dates": archive.dates, "model": model, "lexicon": lexicon, **options, "version": __version__}


def _processes(jobs: int) -> int:
    if jobs == 0 or jobs < -1:
        raise InputError(f"jobs: {jobs} is no number of processes. Give 1 or more, or -1 for one per core.")
    if jobs > 0:
        return jobs
    from joblib import cpu_count

    return int(cpu_count())


def _score_missing(archive: Archive, kept: Parts, task: Task, jobs: int, size: int, shown: bool) -> None:
    """Score the parts that are not there yet."""
    if kept.whole:
        return
    with bars.archive("scored", archive.size, shown) as tell:
        blocks = _Missing(archive.blocks(size), kept, tell)
        for block, part in workers.run(blocks, task, jobs):
            kept.commit(block.number, block.number + len(block), part)
            tell(block.done, len(block))
    kept.end(blocks.rows)


class _Missing:
    """The blocks to be scored, in order; counts the rows of all."""

    def __init__(self, blocks: Iterable[Block], kept: Parts, tell: bars.Tell) -> None:
        self._blocks, self._done, self._tell, self.rows = blocks, dict(kept.done), tell, 0

    def __iter__(self) -> Iterator[Block]:
        for block in self._blocks:
            first, self.rows = self.rows, self.rows + len(block)
            if block.number != first or self._done.get(first, self.rows) != self.rows:
                raise EscalationError(f"{block.rows[0].place}: the archive is not what it was in an earlier run. Start anew with --fresh (resume=False).")
            if first in self._done:
                self._tell(block.done, 0)
            else:
                yield block


def _copies(task: Task) -> Copies | None:
    """Who tells copies, where they are wanted."""
    if not (task.copies and task.level == "report"):
        return None
    from escalation.duplicates import Copies

    return Copies()


def _join(kept: Parts, shape: tuple[tables_of.Column, ...], errors: Path, copies: Copies | None, reasons: Reasons, always: bool, shown: bool) -> Counter[str]:
    """Make the table and the file of quarantined rows out of the parts."""
    found: Counter[str] = Counter()
    scores, rejected = kept.scratch("scores"), kept.scratch("errors")
    kind = "".join(errors.suffixes[-2:]) if errors.suffix == ".gz" else errors.suffix
    with folders.told(kept.out, len(kept.done)), ExitStack() as stack:
        tell = stack.enter_context(bars.archive("joined", kept.rows, shown))
        reject = stack.enter_context(writers.lines(rejected, kind.lower(), tables_of.ERRORS))
        writers.write(scores, kept.out, shape, _rows(_watched(kept.outcomes(), tell), copies, reject, reasons, found))
    if kept.rows != found["scored"] + found["quarantined"]:
        raise EscalationError(f"{kept.out}: {kept.rows} rows, but {found['scored']} scored and {found['quarantined']} quarantined. The parts are kept; report this as a fault of escalation.")
    if always or found["quarantined"]:
        kept.publish(rejected, errors)
    else:
        with folders.told(errors):
            errors.unlink(missing_ok=True)  # of a run that this one replaces
    kept.publish(scores, kept.out)
    return found


def _watched(outcomes: Iterable[Outcome], tell: bars.Tell) -> Iterator[Outcome]:
    for number, outcome in enumerate(outcomes, 1):
        yield outcome
        if number % PART_ROWS == 0:
            tell(number, PART_ROWS)


def _rows(outcomes: Iterable[Outcome], copies: Copies | None, reject: Callable[[tuple[Any, ...]], None], reasons: Reasons, found: Counter[str]) -> Iterator[tuple[Any, ...]]:
    for outcome in outcomes:
        if outcome.rejected:
            found["quarantined"] += 1
            reject(outcome.rejected)
            reasons.add(outcome.rejected)
            continue
        found["scored"] += 1
        found["unjudged"] += not outcome.judged
        for row in outcome.rows:
            first = copies.first_of(row[_ID], outcome.signature) if copies and outcome.signature is not None else None
            found["copies"] += first is not None
            yield row if first is None else (*row[:_COPY_OF], first)
