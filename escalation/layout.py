"""Evaluations and comparisons -> tables of words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from escalation import grids
from escalation.grids import Grid, interval, number

if TYPE_CHECKING:
    from escalation.assessing import Evaluation, Part
    from escalation.comparing import Comparison
    from escalation.wrong import Told, Wrong

NAMES: Mapping[str, str] = {
    "auc": "AUC", "average_precision": "average precision", "brier": "Brier score", "ece": "ECE", "kappa": "kappa, quadratic", "coverage": "coverage of 90 % intervals",
}
BEST = {"auc": "1", "average_precision": "1", "brier": "0", "ece": "0", "kappa": "1", "coverage": ".90"}
SHORT = ("auc", "average_precision", "brier", "ece", "kappa")  # figures of groups and periods
_LISTED = 5  # places that a warning names
_SENTENCE, _OPENING = 60, 40  # characters of a sentence and of a report in a table; JSON and the page have more


def tables(found: Evaluation | Comparison) -> Iterator[Grid]:
    """All tables, the figures first."""
    from escalation.assessing import Evaluation

    return of_evaluation(found) if isinstance(found, Evaluation) else of_comparison(found)


def of_evaluation(e: Evaluation) -> Iterator[Grid]:
    """All tables of an evaluation, the figures first."""
    yield figures(e)
    if e.groups:
        yield parts("By group", e.groups)
    if e.periods:
        yield parts("By time", e.periods)
    yield confusion(e)
    yield reliability(e)
    if e.curve and e.curve.points:
        yield learning(e)
    yield worst(e.worst)


def figures(e: Evaluation) -> Grid:
    """Every figure with its interval, or why it cannot be had."""
    had = [(NAMES[name], number(f.point), interval(f.low, f.high), BEST[name]) for name, f in e.figures.items()]
    missing = [(NAMES[name], grids.NOTHING, reason, BEST[name]) for name, reason in e.lacking.items()]
    return Grid("", ("figure", "value", "95 % interval", "best"), (*had, *missing))


def parts(title: str, found: Sequence[Part]) -> Grid:
    """A row per group or period."""
    shown = [name for name in SHORT if any(name in part.figures for part in found)]
    rows = [(part.name, str(part.n), str(part.positives), *(_cell(part, name) for name in shown)) for part in found]
    return Grid(title, ("", "reports", "risk", *(NAMES[name] for name in shown)), tuple(rows))


def confusion(e: Evaluation) -> Grid:
    """What the coder gave against what the model gives."""
    rows = [(str(code), *map(str, row)) for code, row in zip(e.confusion.codes, e.confusion.counts, strict=True)]
    return Grid("Codes (rows) and levels (columns)", ("code", *e.confusion.levels), tuple(rows))


def reliability(e: Evaluation) -> Grid:
    """What was predicted and what was observed."""
    rows = [(f"{b.start:.1f} to {b.end:.1f}", str(b.n), number(b.predicted, 2), number(b.observed, 2), interval(b.low, b.high, 2)) for b in e.reliability]
    return Grid("Reliability", ("risk", "reports", "predicted", "observed", "95 % interval"), tuple(rows))


def learning(e: Evaluation) -> Grid:
    """Figures by number of labels."""
    points = e.curve.points if e.curve else ()
    rows = [(str(p.labels), number(p.auc.point), interval(*p.auc[1:]), number(p.brier.point), interval(*p.brier[1:])) for p in points]
    return Grid("Learning curve: fitted on so many labels, judged on other groups", ("labels", "AUC", "95 % interval", "Brier score", "95 % interval"), tuple(rows))


def worst(found: Sequence[Wrong]) -> Grid:
    """The reports on which model and coder disagree most."""
    rows = [(item.place, f"{item.code:g}", number(item.risk, 2), _cut(item.report, _OPENING), shares(item.cues), _sentence(item)) for item in found]
    return Grid("Largest log-loss", ("where", "code", "risk", "report", "misled by", "above all"), tuple(rows))


def of_comparison(c: Comparison) -> Iterator[Grid]:
    """All tables of a comparison, the figures first."""
    yield differences(c)
    if c.groups:
        rows = [(p.name, str(p.n), str(p.positives), *(f"{p.figures[n].point:+.3f} ({interval(*p.figures[n][1:])})" if n in p.figures else grids.NOTHING for n in ("auc", "brier"))) for p in c.groups]
        yield Grid("By group: new minus old", ("", "reports", "risk", NAMES["auc"], NAMES["brier"]), tuple(rows))
    yield moved(c)


def differences(c: Comparison) -> Grid:
    """Each figure of both models, their difference, and what it says."""
    had = [(NAMES[n], number(f.old), number(f.new), f"{f.difference.point:+.3f}", interval(*f.difference[1:]), f.verdict) for n, f in c.figures.items()]
    missing = [(NAMES[n], *[grids.NOTHING] * 4, reason) for n, reason in c.lacking.items()]
    return Grid("", ("figure", "old", "new", "difference", "95 % interval", "new is"), (*had, *missing))


def moved(c: Comparison) -> Grid:
    """The reports whose risk changed most, and why."""
    rows = [(m.place, f"{m.code:g}", f"{m.old:.2f} \u2192 {m.new:.2f}", "towards" if m.towards else "away", _cut(m.report, _OPENING), shares(m.by_cue)) for m in c.moved]
    return Grid("Risks that moved most (shares: new minus old, in log-odds)", ("where", "code", "risk", "label", "report", "cues"), tuple(rows))


def head(e: Evaluation) -> str:
    """What was judged on what, and first of all whether the model knew it."""
    return "\n".join([f"{e.model}: {e.n} reports, {e.positives} labelled as risk", *warnings(e)])


def warnings(e: Evaluation) -> list[str]:
    """What takes the figures their worth."""
    return [f"Warning: trained on {len(e.overlap)} of these {e.n} reports, so the figures are too good. Leave them out: {listed(e.overlap)}."] if e.overlap else []


def head_of_comparison(c: Comparison) -> str:
    """What was compared, and what came of it in one line."""
    return f"{c.old} \u2192 {c.new}: {c.n} reports, {c.positives} labelled as risk\n{c.conclusion}"


def notes(found: Evaluation | Comparison) -> list[str]:
    """What to know before trusting the figures, a line each."""
    lines = [f"Note: {note}." for note in found.notes]
    if found.overlap and hasattr(found, "conclusion"):
        lines.append(f"Trained on: {listed(found.overlap)}.")
    if found.unjudged:
        lines.append(f"Not judged, {len(found.unjudged)} of the reports: {listed([f'{item.place} ({item.reason})' for item in found.unjudged])}.")
    if found.rejected:
        lines.append(f"Left out, {len(found.rejected)} of the rows: {listed([f'{item.place} ({item.reason})' for item in found.rejected])}.")
    if getattr(found, "curve", None):
        lines.append(str(found.curve))  # type: ignore[union-attr]
    return ["", *lines] if lines else []


def listed(items: Sequence[str]) -> str:
    """The first few, and how many more."""
    more = len(items) - _LISTED
    return "; ".join(items[:_LISTED]) + (f" and {more} more" if more > 0 else "")


def shares(told: Sequence[Told]) -> str:
    """Names with their shares."""
    return ", ".join(f"{item.name} {item.share:+.2f}" for item in told) or grids.NOTHING


def notebook(lines: Sequence[str], tables: Iterator[Grid]) -> str:
    """Lines and tables as HTML, escaped."""
    return "".join(f"<p>{escape(part)}</p>" for line in lines for part in line.splitlines()) + grids.html(tables)


def bare(value: Any) -> Any:
    """Plain values that ``json.dumps`` takes; what is not a number becomes None."""
    if isinstance(value, float):
        return None if value != value else value
    if isinstance(value, Mapping):
        return {str(name): bare(item) for name, item in value.items()}
    if hasattr(value, "_asdict"):
        return bare(value._asdict())
    if hasattr(value, "__dataclass_fields__"):
        return {name: bare(getattr(value, name)) for name in value.__dataclass_fields__}
    return [bare(item) for item in value] if isinstance(value, (tuple, list)) else value


def _cell(part: Part, name: str) -> str:
    found = part.figures.get(name)
    return grids.NOTHING if found is None else f"{number(found.point, 2)} ({interval(found.low, found.high, 2)})"


def _sentence(item: Wrong) -> str:
    return _cut(item.strongest[0].name if item.strongest else "", _SENTENCE)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "\u2026"
