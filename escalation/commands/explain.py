"""The shell: ``escalation explain``."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Annotated, Optional

import typer

from escalation import present
from escalation.archive import read_archive
from escalation.commands.reports import TextFields, columns
from escalation.entries import Entry
from escalation.errors import InputError
from escalation.exports import check_writable, write_text
from escalation.records import Report
from escalation.scorer import Scorer

_COUNTED = 1000  # reports up to which they are counted: an archive can have millions
_NAMED = 3  # ids that an error quotes


def explain(
    source: Annotated[str, typer.Argument(help="A text file, an archive of which one report is explained, or - for standard input.")],
    id: Annotated[Optional[str], typer.Option("--id", help="The report of an archive, by its id; the first without it.")] = None,  # noqa: UP045 typer reads it at run time
    text: TextFields = None,
    as_json: Annotated[bool, typer.Option("--json", help="Everything as JSON.")] = False,
    model: Annotated[Optional[Path], typer.Option("--model", help="Folder of a trained model; the shipped one without it.")] = None,  # noqa: UP045
    published: Annotated[Optional[str], typer.Option("--published", help="Date of publication (2024-09-25); dates in the text are compared with it.")] = None,  # noqa: UP045
    page: Annotated[Optional[Path], typer.Option("--html", help="Write one page here as well: the text with its shares and cues.")] = None,  # noqa: UP045
) -> None:
    """Explain one report: its sentences, their cues, and the sum."""
    from rich.console import Console

    from escalation import explain_page

    if page:
        check_writable(page)
    assessment = Scorer(model).score(_chosen(source, columns(text), id), published)
    if page:
        write_text(page, explain_page.page(assessment))
    if as_json:
        print(json.dumps(assessment.to_dict(), ensure_ascii=False))
    else:
        present.explanation(assessment, Console(highlight=False))


def _chosen(source: str, held: dict[str, str], id: str | None) -> Report:
    """The report with the id, or else the first."""
    faults: list[Entry] = []
    reports = read_archive(source, held or None, rejected=faults.append)
    if id is not None:
        return _named(source, reports, id)
    first = next(reports, None)
    if first is None:
        raise InputError(f"{faults[0].place}: {faults[0].fault}" if faults else f"{source}: holds no report. Give a text file.")
    for entry in faults:
        print(f"{entry.place}: left out: {entry.fault}", file=sys.stderr)
    _tell_others(source, first, reports)
    return first


def _named(source: str, reports: Iterator[Report], id: str) -> Report:
    """The report with the id, which the archive may write as a number."""
    ids: list[str] = []
    for report in reports:
        if str(report.id) == id:
            return report
        ids.append(str(report.id))
    raise InputError(f"{source}: none of {len(ids)} reports has the id {id!r}; the first have {', '.join(map(repr, ids[:_NAMED])) or 'none'}. Name one of them with --id.")


def _tell_others(source: str, first: Report, reports: Iterator[Report]) -> None:
    others = 0
    with suppress(InputError):  # what is broken further down is not what was asked for
        others = sum(1 for _ in islice(reports, _COUNTED))
    if others:
        many = f"more than {_COUNTED:,}" if others == _COUNTED else f"{others + 1}"
        print(f"{source}: {many} reports; this is the first (id {first.id}). Choose one with --id ID.", file=sys.stderr)
