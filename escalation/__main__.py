"""The shell: ``escalation score``, ``explain``, ``train``, ``evaluate``, ``compare`` and ``agree``; ``commands`` holds the rest."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from escalation import present
from escalation.archive import read_archive
from escalation.commands import lexicon
from escalation.commands.sample import sample
from escalation.errors import EscalationError, InputError
from escalation.records import Assessment, Report
from escalation.scorer import Scorer
from escalation.store import save

if TYPE_CHECKING:
    from escalation.assessing import Evaluation
    from escalation.comparing import Comparison
    from escalation.labelled import Labelled

DONE, QUARANTINED, CANNOT_RUN = 0, 1, 2

app = typer.Typer(
    add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None,
    help="How strongly news reports signal that a conflict will intensify or widen, and why.",
)
Model = Annotated[Optional[Path], typer.Option("--model", help="Folder of a trained model; the shipped one without it.")]  # noqa: UP045 typer reads it at run time
app.command()(sample)
app.add_typer(lexicon.app, name="lexicon")
Published = Annotated[Optional[str], typer.Option("--published", help="Date of publication (2024-09-25); dates in the text are compared with it.")]  # noqa: UP045

LabelledFile = Annotated[Path, typer.Argument(help="Labelled reports: CSV, TSV, JSON, JSONL, Parquet, or an export of Label Studio, doccano or Prodigy.")]
TextField = Annotated[Optional[str], typer.Option("--text", help="Field of the text; guessed without it. headline+body joins two.")]  # noqa: UP045
LabelField = Annotated[Optional[str], typer.Option("--label", help="Field of the label; guessed without it.")]  # noqa: UP045
GroupField = Annotated[Optional[str], typer.Option("--group", help="Field of the source or event, whose reports are resampled as one; guessed without it.")]  # noqa: UP045
DateField = Annotated[Optional[str], typer.Option("--published", help="Field of the date; guessed without it.")]  # noqa: UP045
Names = Annotated[Optional[list[str]], typer.Option("--map", help="What a label stands for, for instance calm=0; once per label.")]  # noqa: UP045
OwnLexicon = Annotated[Optional[Path], typer.Option("--lexicon", help="TOML file that extends the shipped lexicon.")]  # noqa: UP045
AsJson = Annotated[bool, typer.Option("--json", help="Everything as JSON.")]
SHIPPED = "shipped"


@app.command()
def score(
    sources: Annotated[Optional[list[str]], typer.Argument(help="Files (.txt, .jsonl, .csv), folders of .txt, or - for standard input.")] = None,  # noqa: UP045
    text: Annotated[Optional[list[str]], typer.Option("--text", "-t", help="A text given on the command line; may be repeated.")] = None,  # noqa: UP045
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line, with sentences and cues.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="CSV with one row per report.")] = False,
    output: Annotated[Optional[Path], typer.Option("--output", "-o", help="Write here instead of to standard output.")] = None,  # noqa: UP045
    model: Model = None,
    published: Published = None,
) -> None:
    """Score reports: risk, level, rung and sub-scores of each."""
    scorer = Scorer(model)
    found, failed = [], 0
    for item in _inputs(sources or [], text or []):
        if isinstance(item, InputError):
            failed += 1
            print(item, file=sys.stderr)
            continue
        try:
            found.append(scorer.score(item, published))
        except InputError as fault:
            failed += 1
            print(f"{item.id or 'text'}: {fault}", file=sys.stderr)
    if found or not failed:
        _emit(found, as_json, as_csv, output)
    raise typer.Exit(DONE if not failed else QUARANTINED if found else CANNOT_RUN)


@app.command()
def explain(
    source: Annotated[str, typer.Argument(help="A text file, or - for standard input.")],
    as_json: Annotated[bool, typer.Option("--json", help="Everything as JSON.")] = False,
    model: Model = None,
    published: Published = None,
) -> None:
    """Explain one report: its sentences by share, their cues, and the sum."""
    from rich.console import Console

    report = next(iter(read_archive(source)), None)
    if report is None:
        raise InputError(f"{source}: holds no report. Give a text file.")
    assessment = Scorer(model).score(report, published)
    if as_json:
        print(json.dumps(assessment.to_dict(), ensure_ascii=False))
    else:
        present.explanation(assessment, Console(soft_wrap=not sys.stdout.isatty(), highlight=False))


@app.command()
def train(
    source: Annotated[Path, typer.Argument(metavar="LABELLED", help="Labelled reports: CSV, TSV, JSON, JSONL, Parquet, or an export of Label Studio, doccano or Prodigy.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the model.")],
    text: Annotated[Optional[str], typer.Option("--text", help="Field of the text; guessed without it. headline+body joins two.")] = None,  # noqa: UP045
    label: Annotated[Optional[str], typer.Option("--label", help="Field of the label; guessed without it.")] = None,  # noqa: UP045
    group: Annotated[Optional[str], typer.Option("--group", help="Field of what must not be divided between training and test: source or event.")] = None,  # noqa: UP045
    published: Annotated[Optional[str], typer.Option("--published", help="Field of the date of publication.")] = None,  # noqa: UP045
    weight: Annotated[Optional[str], typer.Option("--weight", help="Field of how much each report counts.")] = None,  # noqa: UP045
    names: Annotated[Optional[list[str]], typer.Option("--map", help="What a label stands for, for instance calm=0; once per label.")] = None,  # noqa: UP045
    lexicon: Annotated[Optional[Path], typer.Option("--lexicon", help="TOML file that extends the shipped lexicon.")] = None,  # noqa: UP045
    base: Annotated[Optional[Path], typer.Option("--base", help="Folder of the model to learn from; the shipped one without it.")] = None,  # noqa: UP045
    coded_by: Annotated[Optional[str], typer.Option("--coded-by", help="Who coded the reports, and how; for the model's card.")] = None,  # noqa: UP045
) -> None:
    """Train a model on labelled reports: from 50 labels up."""
    from rich.console import Console

    from escalation.labelled import read_labelled
    from escalation.learning import judged
    from escalation.learning import train as learn

    labelled = judged(read_labelled(source, text, label, group, published, weight, labels=_mapping(names)))
    print(present.reading(str(source), labelled), file=sys.stderr)
    model = learn(labelled, lexicon=lexicon, base=base, progress=sys.stderr.isatty(), card={"coded by": coded_by} if coded_by else None)
    folder = save(model, out)
    present.trained(model, str(folder), Console(soft_wrap=not sys.stdout.isatty(), highlight=False))
    raise typer.Exit(QUARANTINED if labelled.rejected else DONE)


@app.command()
def agree(
    a: Annotated[Path, typer.Argument(help="Labels of the first coder: CSV, TSV, JSON, JSONL, Parquet, or an export of Label Studio, doccano or Prodigy.")],
    b: Annotated[Path, typer.Argument(help="Labels of the second coder for the same reports.")],
    text: TextField = None,
    label: LabelField = None,
    names: Names = None,
    as_json: AsJson = False,
) -> None:
    """Compare two coders: weighted kappa, Krippendorff's alpha, where they differ."""
    from rich.console import Console

    from escalation.agreement import agree as compare
    from escalation.labelled import read_labelled

    first, second = (read_labelled(path, text, label, labels=_mapping(names)) for path in (a, b))
    print(present.reading(str(a), first), present.reading(str(b), second), sep="\n", file=sys.stderr)
    found = compare(first, second)
    if as_json:
        print(json.dumps(found.to_dict(), ensure_ascii=False))
    else:
        present.agreement(found, Console(soft_wrap=not sys.stdout.isatty(), highlight=False))
    raise typer.Exit(QUARANTINED if first.rejected or second.rejected else DONE)


@app.command()
def evaluate(
    model: Annotated[str, typer.Argument(help="Folder of a trained model, or the word shipped.")],
    source: LabelledFile,
    text: TextField = None,
    label: LabelField = None,
    group: GroupField = None,
    published: DateField = None,
    names: Names = None,
    lexicon: OwnLexicon = None,
    curve: Annotated[bool, typer.Option("--curve", help="Fit anew on growing shares of the reports: what would more labels bring? Takes minutes.")] = False,
    page: Annotated[Optional[Path], typer.Option("--html", help="Write one page with plots here as well.")] = None,  # noqa: UP045
    as_json: AsJson = False,
) -> None:
    """Judge a model on labelled reports: figures with intervals, groups, time, worst reports."""
    from escalation import assessing, layout, pages

    found = assessing.evaluate(_model(model), _labelled(source, text, label, group, published, names), lexicon=lexicon, curve=curve, progress=True)
    if page:
        _write(pages.page(found), page)
    _judgement(found, as_json, layout.head(found))


@app.command()
def compare(
    old: Annotated[str, typer.Argument(help="Folder of a trained model, or the word shipped.")],
    new: Annotated[str, typer.Argument(help="Folder of the model that may be better.")],
    source: LabelledFile,
    text: TextField = None,
    label: LabelField = None,
    group: GroupField = None,
    published: DateField = None,
    names: Names = None,
    lexicon: OwnLexicon = None,
    as_json: AsJson = False,
) -> None:
    """Compare two models on the same labelled reports: which is better, which reports moved, and why."""
    from escalation import comparing, layout

    found = comparing.compare(_model(old), _model(new), _labelled(source, text, label, group, published, names), lexicon=lexicon, progress=True)
    _judgement(found, as_json, layout.head_of_comparison(found))


def main() -> None:
    """Run the command line; faults of the input end with code 2 and one line."""
    try:
        app()
    except EscalationError as fault:
        print(f"escalation: {fault}", file=sys.stderr)
        sys.exit(CANNOT_RUN)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(DONE)


def _inputs(sources: list[str], texts: list[str]) -> Iterator[Report | InputError]:
    """Reports in order; a source that cannot be read yields its fault instead."""
    for number, text in enumerate(texts, 1):
        yield Report(text, id=f"text {number}")
    for source in sources or ([] if texts else ["-"]):
        try:
            empty = True
            for report in read_archive(source):
                empty = False
                yield report
            if empty:
                yield InputError(f"{source}: holds no reports. Give a text, JSONL or CSV file, or a folder of .txt files.")
        except InputError as fault:
            yield fault


def _model(given: str) -> str | None:
    return None if given == SHIPPED and not Path(given).exists() else given


def _labelled(source: Path, text: str | None, label: str | None, group: str | None, published: str | None, names: list[str] | None) -> Labelled:
    """Labelled reports to judge a model on; tells what was read, and which rows were left out."""
    from escalation.labelled import read_labelled

    found = read_labelled(source, text, label, group, published, labels=_mapping(names), varied=False)
    print(present.reading(str(source), found), file=sys.stderr)
    return found


def _judgement(found: Evaluation | Comparison, as_json: bool, head: str) -> None:
    """Print figures as JSON, for a terminal, or plain for a pipe."""
    from rich.console import Console

    from escalation import layout

    if as_json:
        print(json.dumps(found.to_dict(), ensure_ascii=False))
    elif sys.stdout.isatty():
        present.judgement(head, layout.tables(found), layout.notes(found), Console())
    else:
        print(found)
    raise typer.Exit(QUARANTINED if found.rejected or found.unjudged else DONE)


def _mapping(names: list[str] | None) -> dict[str, str] | None:
    """``["calm=0", "hot=4"]`` as label to code."""
    for name in names or []:
        if "=" not in name:
            raise InputError(f"--map {name}: no label with its code. Write for instance --map calm=0.")
    return {name: code for name, _, code in (pair.rpartition("=") for pair in names)} if names else None


def _emit(found: list[Assessment], as_json: bool, as_csv: bool, output: Path | None) -> None:
    if as_json:
        _write("".join(json.dumps(a.to_dict(), ensure_ascii=False) + "\n" for a in found), output)
    elif as_csv:
        _write_csv(found, output)
    elif output is None and sys.stdout.isatty():
        from rich.console import Console

        present.table(found, Console())
    else:
        _write(present.plain(found) + "\n", output)


def _write(text: str, output: Path | None) -> None:
    if output is None:
        sys.stdout.write(text)
    else:
        try:
            output.write_text(text, encoding="utf-8")
        except OSError as fault:
            raise InputError(f"{output}: cannot be written: {fault.strerror}. Choose another place.") from fault


def _write_csv(found: list[Assessment], output: Path | None) -> None:
    from io import StringIO

    buffer = StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(present.COLUMNS)
    writer.writerows([_harmless(cell) for cell in present.row(a)] for a in found)
    _write(buffer.getvalue(), output)


def _harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula; numbers stay."""
    return "'" + cell if cell[:1] in "=+-@\t\r" and cell[:1] and not cell.lstrip("+-").replace(".", "", 1).isdigit() else cell


if __name__ == "__main__":
    main()
