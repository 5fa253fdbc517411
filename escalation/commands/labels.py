"""The shell: ``escalation train``, ``agree``, ``evaluate`` and ``compare``."""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from escalation import present
from escalation.commands import DONE, QUARANTINED
from escalation.commands.reports import refuse_to_replace
from escalation.errors import InputError, ModelError, PromiseWarning
from escalation.exports import check_writable, write_text

if TYPE_CHECKING:
    from escalation.assessing import Evaluation
    from escalation.comparing import Comparison
    from escalation.labelled import Labelled

# typer reads these at run time.
LabelledFile = Annotated[Path, typer.Argument(help="Labelled reports: CSV, TSV, JSON, JSONL, Parquet, or an export of Label Studio, doccano or Prodigy.")]
TextField = Annotated[Optional[str], typer.Option("--text", help="Field of the text; guessed without it. headline+body joins two.")]  # noqa: UP045
LabelField = Annotated[Optional[str], typer.Option("--label", help="Field of the label; guessed without it.")]  # noqa: UP045
GroupField = Annotated[Optional[str], typer.Option("--group", help="Field of the source or event, whose reports are resampled as one; guessed without it.")]  # noqa: UP045
DateField = Annotated[Optional[str], typer.Option("--published", help="Field of the date; guessed without it.")]  # noqa: UP045
Names = Annotated[Optional[list[str]], typer.Option("--map", help="What a label stands for, for instance calm=0; once per label.")]  # noqa: UP045
OwnLexicon = Annotated[Optional[Path], typer.Option("--lexicon", help="TOML file that extends the shipped lexicon.")]  # noqa: UP045
AsJson = Annotated[bool, typer.Option("--json", help="Everything as JSON.")]
SHIPPED = "shipped"


def train(
    source: LabelledFile,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the model.")],
    text: TextField = None,
    label: LabelField = None,
    group: GroupField = None,
    published: DateField = None,
    weight: Annotated[Optional[str], typer.Option("--weight", help="Field of how much each report counts.")] = None,  # noqa: UP045
    names: Names = None,
    lexicon: OwnLexicon = None,
    base: Annotated[Optional[Path], typer.Option("--base", help="Folder of the model to learn from; the shipped one without it.")] = None,  # noqa: UP045
    estimator: Annotated[Optional[str], typer.Option("--estimator", help="Learn with another classifier of scikit-learn, by its import path: sklearn.ensemble.RandomForestClassifier.")] = None,  # noqa: UP045
    settings: Annotated[Optional[list[str]], typer.Option("--set", help="A parameter of the estimator, for instance n_estimators=300; once per parameter.")] = None,  # noqa: UP045
    coded_by: Annotated[Optional[str], typer.Option("--coded-by", help="Who coded the reports, and how; for the model's card.")] = None,  # noqa: UP045
    fresh: Annotated[bool, typer.Option("--fresh", help="Replace a model that is there.")] = False,
) -> None:
    """Train a model on labelled reports: from 50 labels up."""
    from rich.console import Console

    from escalation import gate, store
    from escalation.labelled import read_labelled
    from escalation.learning import doubts, judged
    from escalation.learning import train as learn

    # Before the long work: a folder that cannot be written, an estimator that cannot be saved.
    store.check_writable(out)
    refuse_to_replace(out, fresh, "a model that took work")
    chosen = _estimator(estimator, settings)
    labelled = judged(read_labelled(source, text, label, group, published, weight, labels=mapping(names)))
    print(present.reading(str(source), labelled), file=sys.stderr)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PromiseWarning)  # told in a line below the figures
        model = learn(labelled, lexicon=lexicon, base=base, estimator=chosen, progress=True, card={"coded by": coded_by} if coded_by else None)
    folder = model.save(out)
    present.trained(model, str(folder), Console(soft_wrap=not sys.stdout.isatty(), highlight=False))
    for line in doubts(model.card):
        print(line, file=sys.stderr)
    if broken := gate.brief(model.card["promises"]):
        print(f"{broken}\nIf your labels define risk otherwise, this is as it should be. Details: {folder}/card.json, docs/about/promises.md", file=sys.stderr)
    raise typer.Exit(QUARANTINED if labelled.rejected else DONE)


def agree(
    a: Annotated[Path, typer.Argument(help="Labels of the first coder: CSV, TSV, JSON, JSONL, Parquet, or an export of Label Studio, doccano or Prodigy.")],
    b: Annotated[Path, typer.Argument(help="Labels of the second coder for the same reports.")],
    text: TextField = None,
    label: LabelField = None,
    names: Names = None,
    as_json: AsJson = False,
) -> None:
    """Compare two coders: kappa, alpha, and where they differ.

    Kappa is weighted, alpha is Krippendorff's.
    """
    from rich.console import Console

    from escalation.agreement import agree as compare
    from escalation.labelled import read_labelled

    first, second = (read_labelled(path, text, label, labels=mapping(names)) for path in (a, b))
    print(present.reading(str(a), first), present.reading(str(b), second), sep="\n", file=sys.stderr)
    found = compare(first, second)
    if as_json:
        print(json.dumps(found.to_dict(), ensure_ascii=False))
    else:
        present.agreement(found, Console(soft_wrap=not sys.stdout.isatty(), highlight=False))
    raise typer.Exit(QUARANTINED if first.rejected or second.rejected else DONE)


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
    """Judge a model on labelled reports: figures with intervals.

    By group and time too, and the reports on which it is worst.
    """
    from escalation import assessing, layout, pages

    if page:
        check_writable(page)
    found = assessing.evaluate(_model(model), _labelled(source, text, label, group, published, names), lexicon=lexicon, curve=curve, progress=True)
    if page:
        write_text(page, pages.page(found))
    _judgement(found, as_json, layout.head(found))


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
    """Compare two models on the same labelled reports.

    Which is better, which reports moved, and why.
    """
    from escalation import comparing, layout

    found = comparing.compare(_model(old), _model(new), _labelled(source, text, label, group, published, names), lexicon=lexicon, progress=True)
    _judgement(found, as_json, layout.head_of_comparison(found))


def _estimator(path: str | None, settings: list[str] | None) -> Any:
    """The classifier to learn with, if another is wanted; what could not be saved is refused here."""
    from escalation import estimator_file, estimator_training

    if path is None:
        if settings:
            raise InputError(f"--set {settings[0]}: without an estimator. Name one with --estimator.")
        return None
    estimator_file.require()
    return estimator_training.import_estimator(path, {name: _value(value) for name, value in map(_halves, settings or ())})


def _halves(setting: str) -> tuple[str, str]:
    name, equals, value = setting.partition("=")
    if not (name and equals):
        raise InputError(f"--set {setting!r}: not a parameter and its value. Write for instance n_estimators=300.")
    return name, value


def _value(given: str) -> Any:
    try:
        return json.loads(given)
    except ValueError:
        return {"True": True, "False": False, "None": None}.get(given, given)


def _model(given: str) -> str | None:
    if given != SHIPPED and not Path(given).exists():
        raise ModelError(f"{given}: cannot be read: there is no such folder. Give the folder of a model, or the word {SHIPPED}.")
    return given if Path(given).exists() else None


def _labelled(source: Path, text: str | None, label: str | None, group: str | None, published: str | None, names: list[str] | None) -> Labelled:
    """Labelled reports to judge a model on; tells what was read, and which rows were left out."""
    from escalation.labelled import read_labelled

    found = read_labelled(source, text, label, group, published, labels=mapping(names), varied=False)
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


def mapping(names: list[str] | None) -> dict[str, str] | None:
    """``["calm=0", "hot=4"]`` as label to code."""
    for name in names or []:
        if "=" not in name:
            raise InputError(f"--map {name}: no label with its code. Write for instance --map calm=0.")
    return {name: code for name, _, code in (pair.rpartition("=") for pair in names)} if names else None
