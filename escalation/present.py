"""Assessments -> a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from escalation.adding import add_up
from escalation.features import bucket
from escalation.grids import NOTHING
from escalation.records import Assessment, Cue, ScoredSentence

if TYPE_CHECKING:
    from rich.console import Console

    from escalation.agreement import Agreement
    from escalation.estimator import Model
    from escalation.grids import Grid
    from escalation.labelled import Labelled

COLUMNS = ("report", "risk", "low", "high", "level", "rung", "evidence", "acts", "threats", "restraint", "flags")
_OF_JUDGED = ("level", "rung", "evidence", "acts", "threats", "restraint")
_BORDER = 3  # characters that a column of a terminal's table takes beside its words
_GAP = 2  # blanks between columns
_LEAST_NAME = 12  # characters of a report's name that are left in one line
_FIRST_TO_GO = (("acts", "threats", "restraint"), ("evidence",), ("low", "high"))
_UNJUDGED = {"not_english": "the text does not seem to be English. Translate it first.", "no_words": "the text holds no words. Leave it out."}
_STRONG, _WEAK = 0.3, 0.05  # shares, in log-odds, painted bold and left plain


def row(assessment: Assessment) -> tuple[str, ...]:
    """One report as the cells of :data:`COLUMNS`."""
    a = assessment
    numbers = (a.risk, *a.interval)
    return (seen(a.report.id or ""), *(f"{n:.3f}" for n in numbers), a.level, str(a.rung), a.evidence, *(f"{n:.2f}" for n in (a.acts, a.threats, a.restraint)), " ".join(a.flags))


def table(assessments: Sequence[Assessment], console: Console) -> None:
    """Print many reports as a table whose numbers are never cut.

    Where the terminal is too narrow for all columns, the sub-scores and then the
    evidence are left out, and the table says so; names of reports are folded.
    """
    from rich.table import Table

    rows = [_judged(assessment) for assessment in assessments]
    shown, missing = _fitting(rows, console.width)
    grid = Table(box=None, padding=(0, _GAP, 0, 0), pad_edge=False, header_style="bold")
    for k in shown:
        grid.add_column(COLUMNS[k], overflow="fold", no_wrap=bool(k), min_width=_LEAST_NAME if not k else None)
    for cells in rows:
        grid.add_row(*(cells[k] for k in shown))
    console.print(grid)
    if missing:
        console.print(f"Not shown in {console.width} columns: {', '.join(missing)}. All of it: --csv or --json.", style="dim")


def _fitting(rows: Sequence[tuple[str, ...]], room: int) -> tuple[list[int], list[str]]:
    """Columns that fit the terminal, and the names of those that do not."""
    widths = [max(map(len, column)) for column in zip(COLUMNS, *rows, strict=True)]
    shown = [k for k, name in enumerate(COLUMNS) if name != "flags" or any(cells[k] for cells in rows)]
    missing: list[str] = []
    for names in _FIRST_TO_GO:
        if sum(widths[k] + _GAP for k in shown) - _GAP - widths[0] + min(widths[0], _LEAST_NAME) > room:
            missing += names
            shown = [k for k in shown if COLUMNS[k] not in names]
    return shown, missing


def _judged(assessment: Assessment) -> tuple[str, ...]:
    """The cells for a reader, who must not take a report that was not judged for a calm one."""
    cells = row(assessment)
    return cells if assessment.judged else tuple(NOTHING if name in _OF_JUDGED else cell for name, cell in zip(COLUMNS, cells, strict=True))


def plain(assessments: Sequence[Assessment]) -> str:
    """Many reports as aligned columns for a pipe."""
    rows = [COLUMNS, *(_judged(assessment) for assessment in assessments)]
    widths = [max(len(r[k]) for r in rows) for k in range(len(COLUMNS))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(r, widths, strict=True)).rstrip() for r in rows)


def explanation(assessment: Assessment, console: Console) -> None:
    """Print a report's sentences by share, its cues, and the sum to the risk.

    In a terminal what does not fit a line goes on below its own words; piped,
    every sentence and every cue is one line. A report that was not judged has
    no shares, so that it is told why and nothing else.
    """
    a = assessment
    low, high = a.interval
    if not a.judged:
        _unjudged(a, console)
        return
    console.print(f"risk {a.risk:.3f} ({low:.3f} to {high:.3f})  level {a.level}  rung {a.rung}  evidence {a.evidence}", style="bold")
    if a.flags:
        console.print(f"flags: {', '.join(a.flags)}")
    console.print()
    for sentence in a.sentences:
        _line(console, f"{sentence.share:+6.2f}  ", seen(sentence.text), _style(sentence))
        for cue in sentence.cues:
            _line(console, f"          {_sign(cue)} ", f"{cue.name} \u201c{seen(cue.text)}\u201d {qualifiers(cue)}", "dim")
    console.print()
    _sum(a, console)


def _unjudged(a: Assessment, console: Console) -> None:
    why = " ".join(_UNJUDGED[flag] for flag in a.flags if flag in _UNJUDGED)
    low, high = a.interval
    told = f"Not judged: {why}\nIts risk of {a.risk:.3f} ({low:.3f} to {high:.3f}) is the share of risky reports among those that the model learnt from, and says nothing of this one."
    console.print(told, soft_wrap=not console.is_terminal)


def seen(text: str) -> str:
    """A text in one line; what a terminal would obey, or turn round, is a replacement character."""
    return "".join(character if character.isprintable() else "\ufffd" for character in " ".join(text.split()))


def _line(console: Console, head: str, words: str, style: str = "") -> None:
    from rich.table import Table
    from rich.text import Text

    if not console.is_terminal:
        console.print(Text(head + words), soft_wrap=True)
        return
    grid = Table.grid()
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(Text(head, style), Text(words, style))
    console.print(grid)


def qualifiers(cue: Cue) -> str:
    """What modifies a cue, in words."""
    found = [value for value, default in ((cue.status, "asserted"), (cue.realis, "actual"), (cue.time, "new"), (cue.attribution, "none")) if value != default]
    found += [name for name in ("provisional", "quoted", "mitigated") if getattr(cue, name)]
    found += [f"{m.low} {m.kind}" if m.low == m.high else f"{m.low} to {m.high} {m.kind}" for m in cue.magnitude]
    return ", ".join(found) or bucket(cue)


def reading(name: str, labelled: Labelled) -> str:
    """What was read of a labelled file, and how: for a user to check the guesses."""
    held = ", ".join(f"{role} from {field!r}" for role, field in labelled.fields.items())
    names = ", ".join(f"{word} = {code:g}" for word, code in labelled.names.items())
    lines = [f"{name}: {len(labelled)} reports{f' ({labelled.tool})' if labelled.tool else ''}, {labelled.scale}; {held}; {names}"]
    lines += [f"  {place}: left out: {reason}" for place, reason in labelled.rejected]
    return "\n".join(lines)


def trained(model: Model, folder: str, console: Console) -> None:
    """Print a trained model's figures out of fold, and where it is."""
    from rich.table import Table

    data = model.card["data"]
    console.print(f"{data['reports']} reports, labels {data['labels']}, {len(data['groups']) if data['groups'] else 'no'} groups; figures out of fold")
    figures = Table("figure", "value", "95 % interval")
    for name, (point, low, high) in model.card.get("figures", {}).items():
        known = (point is not None, low is not None and high is not None)
        figures.add_row(name.replace("_", " "), f"{point:.3f}" if known[0] else "too few reports", f"{low:.3f} to {high:.3f}" if known[1] else "")
    console.print(figures)
    console.print(f"saved to {folder}")


def agreement(found: Agreement, console: Console) -> None:
    """Print how far two coders agree, what they gave, and where they differ most."""
    from rich.markup import escape
    from rich.table import Table

    console.print(f"{found.n} reports in both (joined by {found.joined_by}), {found.only_a} only in A, {found.only_b} only in B")
    figures = Table("figure", "value", "95 % interval")
    for name in ("kappa", "alpha", "identical", "within_one"):
        point, low, high = getattr(found, name)
        figures.add_row(name.replace("_", " "), f"{point:.3f}", f"{low:.3f} to {high:.3f}")
    console.print(figures)
    counts = Table("A \\ B", *(f"{code:g}" for code in found.codes))
    for code, row in zip(found.codes, found.confusion, strict=True):
        counts.add_row(f"{code:g}", *map(str, row))
    console.print(counts)
    if found.farthest:
        differing = Table("A", "B", "report")
        for item in found.farthest:
            differing.add_row(f"{item.a:g}", f"{item.b:g}", escape(item.report))
        console.print(differing)


def judgement(head: str, tables: Iterable[Grid], notes: Sequence[str], console: Console) -> None:
    """Print an evaluation or a comparison to a terminal, whose width the tables keep to."""
    from rich.table import Table
    from rich.text import Text

    console.print(Text(head, style="bold"))
    for grid in tables:
        shown = Table(title=Text(grid.title) if grid.title else None, title_justify="left")
        for name, width in zip(grid.header, _widths(grid, console.width), strict=True):
            shown.add_column(Text(name), width=width, overflow="fold")
        for row in grid.rows:
            shown.add_row(*(Text(cell) for cell in row))
        console.print(shown)
    for line in notes:
        console.print(Text(line))


def _widths(grid: Grid, room: int) -> list[int] | list[None]:
    """Widths of columns that cut no word; None where the words do not fit, which are then folded."""
    columns = list(zip(grid.header, *grid.rows, strict=True))
    widths = [max(len(word) for cell in column for word in (cell.split() or [""])) for column in columns]
    wanted = [max(map(len, column)) - width for column, width in zip(columns, widths, strict=True)]
    spare = room - sum(widths) - _BORDER * len(columns) - 1
    if spare < 0:
        return [None] * len(columns)
    # First to the columns that want least: one wide column is better broken than all.
    for k in sorted(range(len(columns)), key=wanted.__getitem__):
        more = min(wanted[k], spare)
        widths[k], spare = widths[k] + more, spare - more
    return widths


def _sum(a: Assessment, console: Console) -> None:
    """The sum from baseline to risk."""
    up = add_up(s.share for s in a.sentences if s.share > 0)
    down = add_up(s.share for s in a.sentences if s.share < 0)
    total = a.baseline + up + down
    console.print(f"{a.baseline:+6.2f}  baseline (log-odds of an empty report)")
    console.print(f"{up:+6.2f}  sentences that raise it")
    console.print(f"{down:+6.2f}  sentences that lower it")
    console.print(f"{total:+6.2f}  log-odds = risk {a.risk:.3f}")


def _style(sentence: ScoredSentence) -> str:
    size = abs(sentence.share)
    if size < _WEAK:
        return ""
    # Orange and blue stay apart for readers who do not tell red from green.
    colour = "dark_orange" if sentence.share > 0 else "dodger_blue1"
    return f"bold {colour}" if size >= _STRONG else colour


def _sign(cue: Cue) -> str:
    return "+" if cue.weight > 0 else "-" if cue.weight < 0 else "\u00b7"
