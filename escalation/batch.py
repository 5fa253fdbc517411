"""Entries of an archive -> rows of a score table: the one function that every engine calls."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple, Protocol

from escalation import columns
from escalation.entries import Entry
from escalation.errors import EscalationError
from escalation.records import Assessment, Cue, Report

Row = tuple[Any, ...]
# Half a character, which neither UTF-8 nor a database can hold.
_HALF = re.compile("[\ud800-\udfff]")


class Judge(Protocol):
    """What scores one report; a :class:`escalation.Scorer` is one."""

    def score(self, text: str | Report) -> Assessment: ...


class Mentions(Protocol):
    """Countries and armed actors that a text names."""

    @property
    def countries(self) -> tuple[str, ...]: ...

    @property
    def actors(self) -> tuple[str, ...]: ...


class Extras(NamedTuple):
    """What is read of a text beside its risk; None leaves it out.

    Attributes
    ----------
    mentions : text to countries and actors
    signature : text to bytes or numbers by which copies know each other
    """

    mentions: Callable[[str], Mentions] | None = None
    signature: Callable[[str], Any] | None = None


class Rejected(NamedTuple):
    """A row that was not scored, and why; the cells of :data:`escalation.columns.ERRORS`."""

    row: int
    place: str
    id: str | None
    reason: str


class Outcome(NamedTuple):
    """What became of one entry: rows of the table, or a rejection.

    ``judged`` is False where the text is none that the model can read (not
    English); such a report has its row and its flag.
    """

    number: int
    rows: tuple[Row, ...] = ()
    judged: bool = True
    signature: Any = None
    rejected: Rejected | None = None


def score_entries(entries: Iterable[Entry], scorer: Judge, level: str = "report", extras: Extras | None = None) -> tuple[list[Row], list[Rejected]]:
    """Score entries of an archive, each for itself.

    Parameters
    ----------
    entries : rows of an archive, as :mod:`escalation.intake` gives them
    scorer : a :class:`escalation.Scorer`
    level : {"report", "sentence", "cue"}
        What one row stands for.
    extras : what else to read of a text; nothing without it

    Returns
    -------
    rows : list of tuple
        Cells in the order of :func:`escalation.columns.of`. ``copy_of`` is
        empty: whether a report is a copy is not to be seen from the report.
    rejected : list of Rejected
        Entries that hold no report, or whose scoring raised whatever it may be;
        the others are not touched by it.
    """
    found = list(outcomes(entries, scorer, level, extras or Extras()))
    return [row for outcome in found for row in outcome.rows], [outcome.rejected for outcome in found if outcome.rejected]


def outcomes(entries: Iterable[Entry], scorer: Judge, level: str, extras: Extras) -> Iterator[Outcome]:
    """What becomes of each entry, in order."""
    columns.of(level)
    for entry in entries:
        try:
            yield _outcome(entry, scorer, level, extras)
        except Exception as fault:  # one report must not end a night's work
            yield rejection(entry, reason(fault))


def rejection(entry: Entry, why: str) -> Outcome:
    """An entry that was not scored."""
    report = entry.report
    known = entry.id if report is None else report.id
    return Outcome(entry.number, rejected=Rejected(entry.number, plain(entry.place), plain(known) if isinstance(known, str) else None, plain(why)))


def reason(fault: Exception) -> str:
    """Why, in one line; faults that are not ours are named by their kind."""
    said = " ".join(str(fault).split())
    return said if isinstance(fault, EscalationError) else f"{type(fault).__name__}: {said}".rstrip(": ")


def plain(text: str) -> str:
    """The text with a replacement character for each half of one, so that every format can hold it."""
    return text if text.isascii() else _HALF.sub("\ufffd", text)


def scores(a: Assessment) -> Row:
    """The cells from ``risk`` to ``restraint``."""
    return (a.risk, *a.interval, a.level, a.rung, a.evidence, a.acts, a.threats, a.restraint)


def _outcome(entry: Entry, scorer: Judge, level: str, extras: Extras) -> Outcome:
    report = entry.report
    if report is None:
        return rejection(entry, entry.fault or "no report in this row")
    assessment = scorer.score(report)
    head = (entry.number, plain(str(report.id)) if report.id not in (None, "") else str(entry.number))
    if level == "sentence":
        rows = _sentence_rows(head, assessment)
    elif level == "cue":
        rows = tuple((*head, *_cue_cells(cue)) for cue in assessment.cues)
    else:
        rows = (_report_row(head, assessment, extras),)
    signature = extras.signature(report.text) if extras.signature and level == "report" else None
    return Outcome(entry.number, rows, assessment.judged, signature)


def _report_row(head: Row, a: Assessment, extras: Extras) -> Row:
    report = a.report
    found = extras.mentions(report.text) if extras.mentions else None
    published = report.published.isoformat() if report.published else None
    source = plain(str(report.source)) if report.source not in (None, "") else None
    countries, actors = (" ".join(found.countries), ";".join(found.actors)) if found else ("", "")
    return (*head, published, source, *scores(a), len(a.sentences), len(a.cues), " ".join(a.flags), countries, actors, None)


def _sentence_rows(head: Row, a: Assessment) -> tuple[Row, ...]:
    return tuple(
        (*head, number, s.start, s.end, plain(s.text), s.score, s.share, " ".join(cue.name for cue in s.cues))
        for number, s in enumerate(a.sentences)
    )


def _cue_cells(cue: Cue) -> Row:
    flags = " ".join(name for name in ("provisional", "quoted", "mitigated") if getattr(cue, name))
    sizes = "; ".join(f"{size.kind} {size.low} {size.high}" for size in cue.magnitude)
    return (
        cue.sentence, cue.name, cue.direction, cue.start, cue.end, plain(cue.text),
        cue.status, cue.realis, cue.time, cue.attribution, flags, sizes, cue.weight, cue.rung,
    )
