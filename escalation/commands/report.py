"""The shell: ``escalation report``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Optional

import typer

from escalation.commands.index import days
from escalation.commands.reports import columns


def report(
    scores: Annotated[Path, typer.Argument(help="A table that escalation score wrote: Parquet, JSONL, CSV or SQLite.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Write the page here: .html.")],
    archive: Annotated[Optional[str], typer.Option("--archive", help="The archive that was scored: the page then shows texts.")] = None,  # noqa: UP045 typer reads it at run time
    top: Annotated[int, typer.Option("--top", help="Reports of each period whose texts are in the page, the riskiest first.")] = 5,
    freq: Annotated[str, typer.Option("--freq", help="Length of a period: D, W (from Monday), M, Q or Y.")] = "W",
    by: Annotated[Optional[str], typer.Option("--by", help="Lines of the groups with most reports: countries, actors or source.")] = None,  # noqa: UP045
    base: Annotated[Optional[str], typer.Option("--base", help="First and last day of the time whose mean is 100: 1987-01-01:1987-06-30. All days without it.")] = None,  # noqa: UP045
    within: Annotated[Optional[str], typer.Option("--within", help="First and last day that count: 1987-02-01:1987-10-31.")] = None,  # noqa: UP045
    of: Annotated[str, typer.Option("--of", help="What the score is made of: risk, elevated, acts, threats or restraint.")] = "risk",
    title: Annotated[str, typer.Option("--title", help="Head of the page.")] = "Index of escalation",
    model: Annotated[Optional[Path], typer.Option("--model", help="Folder of the model that scored the table; the shipped one without it.")] = None,  # noqa: UP045
    text: Annotated[Optional[list[str]], typer.Option("--text", "-t", help="Field of the archive's text, if it was given when it was scored; repeated, they are joined.")] = None,  # noqa: UP045
    published: Annotated[Optional[str], typer.Option("--published", help="Field of the date, likewise.")] = None,  # noqa: UP045
    id_field: Annotated[Optional[str], typer.Option("--id", help="Field of the id, likewise.")] = None,  # noqa: UP045
    source_field: Annotated[Optional[str], typer.Option("--source", help="Field of the source, likewise.")] = None,  # noqa: UP045
    seed: Annotated[int, typer.Option("--seed", help="Of the bands.")] = 0,
) -> None:
    """Make one page of an index, with its reports and their texts."""
    from escalation.excerpts import OTHER_RISK
    from escalation.reporting import report as write

    made = write(
        scores, out, archive, freq=freq, by=by, base=days(base, "--base"), of=of, within=days(within, "--within"), top=top, model=model,
        columns=columns(text, published, id_field, source_field), title=title, seed=seed,
    )
    left_out = "".join(f"; {reason}: {count}" for reason, count in made.left_out.items())
    if not made.texts and made.left_out.get(f"texts {OTHER_RISK}"):
        print(f"{scores}: scored with another model: give it with --model, so that the page can show its texts.", file=sys.stderr)
    print(f"{made.path}: {made.reports} reports, {made.texts} with their text, {made.size / 1e6:.1f} MB{left_out}", file=sys.stderr)
