"""Archive -> the reports most worth labelling next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, NamedTuple

from escalation import language, store
from escalation import lexicon as lexicons
from escalation.archive import as_report
from escalation.candidates import Candidate, Candidates, Chosen, Doubtful, Strata, Stratum
from escalation.errors import InputError
from escalation.estimator import Model
from escalation.reader import read
from escalation.records import LEVELS, Report
from escalation.store import ModelLike

if TYPE_CHECKING:
    from escalation.labelled import Labelled
    from escalation.lexicon import Lexicon

# Candidates held for each report wanted, over all strata: copies are passed
# over, and strata that run out leave their share to others.
_SPARE = 20
_UNSURE = 2  # one pick in so many is of those that the model is least sure of
_LEAST_SURE = "one of those that the model is least sure of"
_ALL = "one of all that there are"
_GROUPS = ("source", "year", "month")
_BITS = 53  # of a hash that make a float in [0, 1)


class Pick(NamedTuple):
    """A report to label, and how it came to be picked.

    ``priority``, in [0, 1), orders the sample and tells nothing of the model;
    ``code`` is what the model expects a coder to give, 0 to 4, rounded;
    ``probability`` is that with which the report was drawn (1 for those that
    the model is least sure of, which stand for themselves alone): weighted by
    its inverse, the sample stands for the archive.
    """

    report: Report
    code: int
    risk: float
    group: str
    probability: float
    reason: str
    priority: float


@dataclass(frozen=True, slots=True)
class Sample:
    """Reports to label, in an order that tells nothing of the model.

    Attributes
    ----------
    picks : tuple of Pick
    seen : int
        Reports of the archive.
    left_out : mapping of str to int
        Reports that could not be picked, by reason.
    """

    picks: tuple[Pick, ...]
    seen: int
    left_out: Mapping[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.picks)

    @property
    def reports(self) -> tuple[Report, ...]:
        return tuple(pick.report for pick in self.picks)

    def to_rows(self) -> list[dict[str, Any]]:
        """One mapping per pick, without the text."""
        return [{"report_id": pick.report.id, "code": pick.code, "risk": round(pick.risk, 4), "group": pick.group, "probability": float(f"{pick.probability:.6g}"), "reason": pick.reason} for pick in self.picks]


def sample(
    reports: Iterable[str | Report],
    n: int,
    *,
    model: ModelLike = None,
    labelled: Labelled | Iterable[str | Report] | None = None,
    by: str | None = None,
    seed: int = 0,
    lexicon: Lexicon | None = None,
) -> Sample:
    """Pick the reports that a model learns most from.

    One half are those that the model is least sure of; of the others as many of
    each code that the model expects, where an archive holds mostly calm
    reports, within a code and group at random. Every probability is known, so
    that the sample can still speak for the archive.

    Parameters
    ----------
    reports : texts or reports; read once, in any number
    n : how many to pick; fewer are picked where the archive holds no more
    model : RiskModel, EstimatorModel, path of a model folder, or None for the shipped model
    labelled : what was labelled before and is not to be picked again
    by : {"source", "year", "month"} or None
        Pick as many of each group.
    seed : another one gives another sample; the order of the reports does not
        matter
    lexicon : the one that the model was fitted with; None is the shipped one

    Raises
    ------
    InputError
        There is nothing to pick from, or ``n`` or ``by`` is not understood.

    Notes
    -----
    Each text has a priority, a hash of text and seed, and the lowest of a
    stratum are picked, so that a text has one chance however often the archive
    holds it. Copies with other first or last lines are passed over.
    """
    if n < 1:
        raise InputError(f"n: {n} reports. Give a number from 1 up.")
    if by not in (None, *_GROUPS):
        raise InputError(f"by: {by!r} is not one of {', '.join(_GROUPS)}. Choose one of them, or none.")
    if isinstance(reports, (str, bytes)) or not isinstance(reports, Iterable) or hasattr(reports, "itertuples"):
        raise InputError(f"reports: a {type(reports).__name__} ({str(reports)[:40]!r}) stands where reports belong. Give read_archive(file), or a list of texts; of a DataFrame df['text'].")
    fitted = store.given(model)
    words = lexicons.load() if lexicon is None else lexicon
    known = {_priority(report.text, seed) for report in _reports_of(labelled)}
    left_out: Counter[str] = Counter()
    held = Candidates()
    for report in reports:
        reason = _unfit(report, known, seed)
        left_out[reason] += 1
        if not reason:
            _enter(as_report(report), held, n, by, seed, fitted, words)
    seen = left_out.total()
    del left_out[""]
    picks = _picked(held, n, left_out)
    if not picks:
        raise InputError(f"reports: none of {seen} can be picked ({', '.join(f'{reason} {count}' for reason, count in sorted(left_out.items())) or 'there are none'}). Give an archive of English reports without labels.")
    return Sample(tuple(sorted(picks, key=lambda pick: pick.priority)), seen, dict(sorted(left_out.items())))


def _reports_of(labelled: Any) -> Iterator[Report]:
    yield from map(as_report, getattr(labelled, "reports", labelled or ()))


def _unfit(report: object, known: set[float], seed: int) -> str:
    """Why a report cannot be picked; empty where it can."""
    try:
        text = as_report(report).text
    except InputError:
        return "without a text"
    if _priority(text, seed) in known:
        return "labelled before"
    return " ".join(language.flags(text)).replace("_", " ")


def _priority(text: str, seed: int) -> float:
    """A number in [0, 1) that text and seed decide; white space and case do not count."""
    plain = " ".join(text.lower().split()).encode("utf-8", "surrogatepass")
    number = int.from_bytes(blake2b(plain, digest_size=8, salt=seed.to_bytes(16, "little", signed=True)).digest(), "little")
    return (number >> (64 - _BITS)) / float(2**_BITS)


def _enter(report: Report, held: Candidates, n: int, by: str | None, seed: int, model: Model, lexicon: Lexicon) -> None:
    """Judge a report and put it among the candidates of its group."""
    said = model.judge(report, read(report, lexicon, model.vocabulary))
    group, code = _group(report, by), LEVELS.index(said.level)
    candidate = Candidate(_priority(report.text, seed), report, said.risk)
    stratum = held.strata.setdefault((group, code), Stratum())
    stratum.add(candidate, max(1, _SPARE * n // len(held.strata)))
    doubtful = held.doubtful.setdefault(group, Doubtful())
    doubtful.add(code, candidate, max(1, _SPARE * n // len(held.doubtful)))


def _group(report: Report, by: str | None) -> str:
    if by is None:
        return ""
    if by == "source":
        return report.source or "(no source)"
    if report.published is None:
        return "(no date)"
    return report.published.isoformat()[: 4 if by == "year" else 7]


def _picked(held: Candidates, n: int, left_out: Counter[str]) -> list[Pick]:
    """First those that the model is least sure of, then of each code at random."""
    chosen = Chosen()
    doubtful = _least_sure(held.doubtful, n // _UNSURE, chosen)
    picks = doubtful + _drawn(held.strata, n, doubtful, chosen)
    if len(picks) + len(chosen.copies) >= sum(stratum.texts for stratum in held.strata.values()):
        picks = [pick._replace(reason=_ALL, probability=1.0) for pick in picks]
    if chosen.copies:
        left_out["copies of others picked"] = len(chosen.copies)
    return picks


def _least_sure(held: Mapping[str, Doubtful], n: int, chosen: Chosen) -> list[Pick]:
    """Candidates in turn: of the group with the fewest picks the most doubtful."""
    queues = {group: iter(held[group].by_doubt()) for group in sorted(held)}
    picks: list[Pick] = []
    while queues and len(picks) < n:
        group = min(queues, key=lambda group: (chosen.groups[group], group))
        code, candidate = next(queues[group], (0, None))
        if candidate is None:
            del queues[group]
        elif chosen.take(group, candidate):
            picks.append(Pick(_named(candidate.report), code, candidate.risk, group, 1.0, _LEAST_SURE, candidate.priority))
    return picks


def _drawn(strata: Strata, n: int, doubtful: Sequence[Pick], chosen: Chosen) -> list[Pick]:
    """Candidates in turn: of the group with the fewest picks, and in it of the code with the fewest."""
    for stratum in strata.values():
        stratum.trim(max(1, _SPARE * n // len(strata)))
    queues = {key: iter(strata[key].kept.values()) for key in sorted(strata)}
    taken: dict[tuple[str, int], list[Candidate]] = {key: [] for key in queues}
    while queues and chosen.groups.total() < n:
        key = min(queues, key=lambda key: (chosen.groups[key[0]], len(taken[key]), key))
        candidate = next(queues[key], None)
        if candidate is None:
            del queues[key]
        elif chosen.take(key[0], candidate):
            taken[key].append(candidate)
    apart = Counter((pick.group, pick.code) for pick in doubtful)
    return [pick for key in taken for pick in _picks(key, taken[key], strata[key].texts - apart[key])]


def _picks(key: tuple[str, int], taken: list[Candidate], texts: float) -> Iterator[Pick]:
    group, code = key
    reason = f"{len(taken)} drawn from {round(texts)} texts{f' of {group}' if group else ''} that the model expects at {code} ({LEVELS[code]})"
    for priority, report, risk in taken:
        yield Pick(_named(report), code, risk, group, len(taken) / texts, reason, priority)


def _named(report: Report) -> Report:
    """The report with an id, by which its label finds back."""
    return report if report.id is not None else replace(report, id="sample-" + blake2b(report.text.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest())
