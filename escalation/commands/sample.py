"""The shell: ``escalation sample``."""

from __future__ import annotations

import csv
import json
import sys
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from escalation.commands.labels import Names, mapping
from escalation.commands.reports import IdField, PublishedField, Reports, SourceField, TextFields, columns, refuse_to_replace

if TYPE_CHECKING:
    from escalation.records import Report
    from escalation.sampling import Sample


def sample(
    archive: Annotated[str, typer.Argument(help="Reports: a table (.jsonl, .csv, .json, .parquet), a folder of .txt, or - for one text.")],
    n: Annotated[int, typer.Option("-n", help="How many reports to pick.")] = 100,
    out: Annotated[Optional[Path], typer.Option("--out", "-o", help="Write them here for coders, and how each was picked beside it (.picks.csv).")] = None,  # noqa: UP045 typer reads it at run time
    tool: Annotated[str, typer.Option("--tool", help="Who reads the file: label-studio (.json), doccano (.jsonl), prodigy (.jsonl) or csv.")] = "csv",
    by: Annotated[Optional[str], typer.Option("--by", help="Pick as many of each: source, year or month.")] = None,  # noqa: UP045
    model: Annotated[Optional[Path], typer.Option("--model", help="Folder of a trained model; the shipped one without it.")] = None,  # noqa: UP045
    labelled: Annotated[Optional[list[Path]], typer.Option("--labelled", help="Labelled reports that are not to be picked again; may be repeated.")] = None,  # noqa: UP045
    label: Annotated[Optional[str], typer.Option("--label", help="Field of the label in those; guessed without it.")] = None,  # noqa: UP045
    names: Names = None,
    text: TextFields = None,
    published: PublishedField = None,
    id_field: IdField = None,
    source_field: SourceField = None,
    seed: Annotated[int, typer.Option("--seed", help="Another number gives another sample.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Show the picks as JSON, one a line.")] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Replace files that are there.")] = False,
) -> None:
    """Pick the reports that are most worth labelling next."""
    from escalation.exports import check_name, check_writable, write_unlabelled
    from escalation.sampling import sample as pick

    if out is not None:
        check_name(out, tool)
        check_writable(out)
        refuse_to_replace(out, fresh, "what coders may have filled in")
    held = columns(text, published, id_field, source_field)
    known = [report for path in labelled or () for report in _labelled(path, held.get("text"), label, mapping(names))]
    reports = Reports(archive, held)
    found = pick(reports, n, model=model, labelled=known, by=by, seed=seed)
    print(f"{archive}: {len(found)} of {found.seen} reports picked{''.join(f'; {reason}: {count}' for reason, count in found.left_out.items())}", file=sys.stderr)
    if out is None:
        sys.stdout.write("".join(json.dumps(row) + "\n" for row in found.to_rows()) if as_json else _columns(found))
    else:
        for path in (*write_unlabelled(found.reports, out, tool), _write_picks(found, out)):
            print(path, file=sys.stderr)
    raise typer.Exit(reports.code)


def _labelled(path: Path, text: str | None, label: str | None, names: dict[str, str] | None) -> tuple[Report, ...]:
    from escalation.errors import InputError
    from escalation.labelled import read_labelled

    try:
        return read_labelled(path, label=label, labels=names, varied=False).reports
    except InputError:
        # What tools export has fields of its own; a table of the user's own may have those of his archive.
        if text is None:
            raise
        return read_labelled(path, text, label, labels=names, varied=False).reports


def _columns(found: Sample) -> str:
    head = ("report", "code", "risk", "group", "probability", "reason")
    rows = [head, *(tuple(str(cell) for cell in row.values()) for row in found.to_rows())]
    widths = [max(len(row[k]) for row in rows) for k in range(len(head))]
    return "".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() + "\n" for row in rows)


def _write_picks(found: Sample, out: Path) -> Path:
    """The model's guesses, in a file of their own: coders must not see them."""
    from escalation.exports import write_text
    from escalation.tables import harmless

    buffer = StringIO()
    rows = found.to_rows()
    writer = csv.DictWriter(buffer, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: harmless(cell) if isinstance(cell, str) else cell for name, cell in row.items()} for row in rows)
    path = out.with_suffix(".picks.csv")
    write_text(path, buffer.getvalue())
    return path
