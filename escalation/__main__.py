"""The shell: ``escalation score``; ``commands`` holds the rest."""

from __future__ import annotations

import csv
import json
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Optional

import typer

from escalation import present
from escalation.commands import CANNOT_RUN, DONE, QUARANTINED, archive, labels, lexicon
from escalation.commands.explain import explain
from escalation.commands.index import index
from escalation.commands.report import report
from escalation.commands.sample import sample
from escalation.commands.usage import epilog
from escalation.commands.wording import for_shell
from escalation.dates import as_date, settled
from escalation.errors import EscalationError, InputError
from escalation.exports import write_text
from escalation.records import Assessment, Report
from escalation.scorer import Scorer
from escalation.tables import harmless

app = typer.Typer(
    add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None,
    help="How strongly news reports signal that a conflict will intensify or widen, and why.",
)
_NOTHING = "standard input: empty. Pipe a text or JSON lines into it, or name a file."
Model = Annotated[Optional[Path], typer.Option("--model", help="Folder of a trained model; the shipped one without it.")]  # noqa: UP045 typer reads it at run time


def _version(wanted: bool) -> None:
    if wanted:
        from escalation import __version__

        print(f"escalation {__version__}")
        raise typer.Exit


@app.callback(no_args_is_help=True)
def about(version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")] = False) -> None:
    """Options of all commands."""


@app.command(epilog=epilog("score"))
def score(
    context: typer.Context,
    sources: Annotated[Optional[list[str]], typer.Argument(help="Files (.txt, .jsonl, .csv), folders of .txt, or - for standard input.")] = None,  # noqa: UP045
    text: Annotated[Optional[list[str]], typer.Option("--text", "-t", help="A text given on the command line; may be repeated. Beside a source the field of its text; repeated, they are joined.")] = None,  # noqa: UP045
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line, with sentences and cues.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="CSV with one row per report.")] = False,
    output: Annotated[Optional[Path], typer.Option("--output", "-o", help="Write here instead of to standard output. A name in .parquet, .jsonl, .csv or .sqlite makes the source an archive.")] = None,  # noqa: UP045
    model: Model = None,
    published: Annotated[Optional[str], typer.Option("--published", help="Date of publication (2024-09-25); dates in the text are compared with it. For an archive the field of the date.")] = None,  # noqa: UP045
    dates: Annotated[Optional[str], typer.Option("--dates", help="How 04/05/2024 is read: dmy (day first) or mdy (month first). Without it the archive's own dates decide, or it is refused.")] = None,  # noqa: UP045
    jobs: Annotated[Optional[int], typer.Option("--jobs", "-j", help="Archive: processes; -1 for one per core.")] = None,  # noqa: UP045
    errors: Annotated[Optional[Path], typer.Option("--errors", help="Archive: where rows that cannot be scored go (.jsonl, .csv); OUT.errors.jsonl without it.")] = None,  # noqa: UP045
    level: Annotated[Optional[str], typer.Option("--level", help="Archive: what one row stands for: report, sentence or cue.")] = None,  # noqa: UP045
    id_field: Annotated[Optional[str], typer.Option("--id", help="Archive: field of the id; guessed without it.")] = None,  # noqa: UP045
    source_field: Annotated[Optional[str], typer.Option("--source", help="Archive: field of the source; guessed without it.")] = None,  # noqa: UP045
    fresh: Annotated[bool, typer.Option("--fresh", help="Archive: start anew, and replace what is there.")] = False,
    no_places: Annotated[bool, typer.Option("--no-places", help="Archive: leave countries and actors empty.")] = False,
    no_copies: Annotated[bool, typer.Option("--no-copies", help="Archive: do not look for copies.")] = False,
) -> None:
    """Score reports: risk, level, rung and sub-scores of each.

    With one source, and -o TABLE (.parquet, .jsonl, .csv, .sqlite), an archive of
    any size is scored into the table; stopped, the same command goes on.
    """
    if as_json and as_csv:
        raise InputError("--csv --json: one output has one form. Leave out one of them.")
    if not (sources or text) and sys.stdin.isatty():
        # Nobody types a report; whoever waits for one to be asked for would wait for ever.
        print(context.get_help(), file=sys.stderr)
        raise typer.Exit(CANNOT_RUN)
    options = archive.Options(jobs, errors, level, id_field, source_field, fresh, no_places, no_copies)
    named, texts = sources or ([] if text else ["-"]), text or []
    if output is not None and archive.wanted(named, output, as_json or as_csv):
        raise typer.Exit(archive.score(named, output, model, texts, published, dates, options))
    archive.refuse(options)
    scorer, day = Scorer(model), as_date(published, settled((), dates, "--dates"))
    found, failed = [], 0
    for item in _inputs(named, texts, dates):
        if isinstance(item, InputError):
            failed += 1
            _fault(str(item))
            continue
        try:
            found.append(scorer.score(item, day))
        except InputError as fault:
            failed += 1
            _fault(f"{item.id or 'text'}: {fault}")
    if found or not failed:
        _emit(found, as_json, as_csv, output)
    raise typer.Exit(DONE if not failed else QUARANTINED if found else CANNOT_RUN)


for command in (explain, labels.train, labels.evaluate, labels.compare, labels.agree, sample, index, report):
    app.command(epilog=epilog(command.__name__))(command)
app.add_typer(lexicon.app, name="lexicon")


def main() -> None:
    """Run the command line; faults of the input end with code 2 and one line."""
    warnings.showwarning = _warn
    try:
        app()
    except EscalationError as fault:
        _fault(str(fault))
        sys.exit(CANNOT_RUN)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(DONE)


def _fault(told: str) -> None:
    print(f"escalation: {for_shell(told)}", file=sys.stderr)


def _warn(message: Warning | str, *_: object, **__: object) -> None:
    """A warning as a line, without the place in our code."""
    print(f"escalation: {message}", file=sys.stderr)


def _inputs(sources: list[str], texts: list[str], dates: str | None) -> Iterator[Report | InputError]:
    """Reports in order; a row or a source that cannot be read yields its fault instead.

    Beside a source ``texts`` name the field of its text.
    """
    if not sources:
        yield from (Report(text, id=f"text {number}") for number, text in enumerate(texts, 1))
        return
    from escalation import intake  # texts on the command line are scored without it

    columns = {"text": "+".join(texts)} if texts else None
    for source in sources:
        try:
            empty = True
            for entry in intake.entries(source, columns, dates):
                empty = False
                yield entry.report or InputError(_NOTHING if entry.place == "-" and entry.fault.startswith("text: empty") else f"{entry.place}: {entry.fault}")
            if empty:
                yield archive.no_reports(source)
        except InputError as fault:
            yield fault


def _emit(found: list[Assessment], as_json: bool, as_csv: bool, output: Path | None) -> None:
    if as_json:
        _write("".join(json.dumps(a.to_dict(), ensure_ascii=False) + "\n" for a in found), output)
    elif as_csv:
        _write_csv(found, output)
    elif output is None and sys.stdout.isatty():
        from rich.console import Console

        present.table(found, Console(highlight=False))
    else:
        _write(present.plain(found) + "\n", output)


def _write(text: str, output: Path | None) -> None:
    if output is None:
        sys.stdout.write(text)
    else:
        write_text(output, text)


def _write_csv(found: list[Assessment], output: Path | None) -> None:
    from io import StringIO

    buffer = StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(present.COLUMNS)
    writer.writerows([harmless(cell) for cell in present.row(a)] for a in found)
    _write(buffer.getvalue(), output)


if __name__ == "__main__":
    main()
