"""The shell: ``escalation lexicon gaps``, ``add`` and ``check``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from escalation import present
from escalation.commands import DONE, QUARANTINED
from escalation.commands.labels import LabelField, Names, mapping
from escalation.commands.reports import IdField, PublishedField, Reports, SourceField, TextFields, columns
from escalation.commands.usage import epilog
from escalation.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from escalation.gaps import MissingPhrase

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Grow a lexicon of your own: find gaps, add entries, check.")


@app.command(epilog=epilog("gaps"))
def gaps(
    archive: Annotated[str, typer.Argument(help="Reports: a table (.jsonl, .csv, .json, .parquet) or a folder of .txt.")],
    labels: Annotated[bool, typer.Option("--labels", help="The archive holds labels: go by them instead of the model's levels.")] = False,
    text: TextFields = None,
    label: LabelField = None,
    names: Names = None,
    published: PublishedField = None,
    id_field: IdField = None,
    source_field: SourceField = None,
    n: Annotated[int, typer.Option("-n", help="Phrases of each side.")] = 50,
    least: Annotated[int, typer.Option("--least", help="Reports that must hold a phrase.")] = 5,
    model: Annotated[Optional[Path], typer.Option("--model", help="Folder of a trained model; the shipped one without it.")] = None,  # noqa: UP045 typer reads it at run time
    lexicon: Annotated[Optional[Path], typer.Option("--lexicon", help="TOML file that extends the shipped lexicon.")] = None,  # noqa: UP045
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line, with examples.")] = False,
) -> None:
    """List phrases that go with risk or restraint and hit no cue."""
    from rich.console import Console

    from escalation.gaps import lexicon_gaps
    from escalation.labelled import Labelled, read_labelled
    from escalation.lexicon import load

    held = columns(text, published, id_field, source_field)
    if not labels and (label or names):
        raise InputError("--label and --map: say what the labels of an archive mean, and go with --labels. Give that as well, or leave them out.")
    reports = read_labelled(archive, held.get("text"), label, published=published, labels=mapping(names)) if labels else Reports(archive, held)
    if isinstance(reports, Labelled):
        print(present.reading(archive, reports), file=sys.stderr)
    found = lexicon_gaps(reports, n=n, model=model, lexicon=load(lexicon) if lexicon else None, least=least)
    if as_json:
        sys.stdout.write("".join(json.dumps(item.to_dict(), ensure_ascii=False) + "\n" for item in found))
    else:
        _table(found, Console(soft_wrap=not sys.stdout.isatty(), highlight=False))
    left_out = reports.rejected if isinstance(reports, Labelled) else reports.left_out
    raise typer.Exit(QUARANTINED if left_out else DONE)


@app.command(epilog=epilog("add"))
def add(
    file: Annotated[Path, typer.Argument(help="Your TOML file; made if there is none.")],
    cue: Annotated[str, typer.Option("--cue", help="The cue that the phrase is a hit of, for instance ceasefire.")],
    phrase: Annotated[list[str], typer.Option("--phrase", help="The phrase, for instance 'lay/v down <2> arms'; may be repeated.")],
    fires_on: Annotated[list[str], typer.Option("--fires-on", help="A sentence on which it must fire; may be repeated.")],
    silent_on: Annotated[list[str], typer.Option("--silent-on", help="A sentence on which it must not; may be repeated.")],
    source: Annotated[str, typer.Option("--source", help="Where the phrase was found.")],
    strength: Annotated[Optional[float], typer.Option("--strength", help="0 to 2; 1 without it.")] = None,  # noqa: UP045
) -> None:
    """Add an entry to your lexicon, if it fires and stays silent as you say."""
    from escalation.drafting import add as draft

    print(f"{file}: added {draft(file, cue, phrase, fires_on, silent_on, source, strength)}; review it there")


@app.command(epilog=epilog("check"))
def check(
    files: Annotated[list[Path], typer.Argument(help="Your TOML files.")],
    replace: Annotated[bool, typer.Option("--replace", help="They replace the shipped entries instead of extending them.")] = False,
) -> None:
    """Check lexicon files: every fault with its file and line."""
    from escalation.proofreading import check as proofread

    faults = proofread(*files, extend=not replace)
    errors = sum(fault.kind == "error" for fault in faults)
    for fault in faults:
        print(fault)
    print(f"{len(files)} {'file' if len(files) == 1 else 'files'}, {errors} errors, {len(faults) - errors} warnings", file=sys.stderr)
    raise typer.Exit(1 if errors else 0)


def _table(found: Sequence[MissingPhrase], console: Console) -> None:
    from rich.markup import escape
    from rich.table import Table

    grid = Table("phrase", "goes with", "z", "risky", "calm", "for instance")
    for item in found:
        grid.add_row(item.phrase, item.side, f"{item.z:+.1f}", str(item.risky), str(item.calm), escape(item.examples[0] if item.examples else ""))
    console.print(grid)
