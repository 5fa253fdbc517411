"""Reports -> phrases that go with risk or with restraint and hit no cue."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from math import log, sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from escalation import language, store, tokens
from escalation import lexicon as lexicons
from escalation.archive import as_report
from escalation.errors import InputError
from escalation.estimator import Model
from escalation.labelled import POSITIVE, Labelled, read_labelled
from escalation.names import NAME, Words
from escalation.reader import Read, read
from escalation.records import LEVELS, Report
from escalation.store import ModelLike

if TYPE_CHECKING:
    from escalation.lexicon import Lexicon

_LONGEST = 4  # words of a phrase; longer ones are too rare to be ranked
_LEAST = 5  # reports that must hold a phrase
_PRIOR = 0.1  # share of its count in all reports that a phrase is lent beforehand
_LEANS = 1.96  # z-score below which a lean may be chance
_NEARLY_ALL = 0.8  # share of a phrase's reports from which the longer one that holds it says more
_EXAMPLES = 3
_MOST = 3_000_000  # phrases counted at once, some 500 MB; those seen once go first
_QUOTED = 200  # characters of an example
_RISKY = LEVELS.index("elevated")
_CONFLICT = 0.5  # code from which a report is about a conflict
_Phrase = tuple[str, ...]
_Counts = Counter[_Phrase]
# Words that no phrase begins or ends with: they join what says something.
_JOINING = frozenset(
    "a an the this that these those of to in on at by for from with as and or but nor so than then its it his her their our your my he she they we you i "
    "who whom whose which what when where while is are was were be been being am has have had having do does did will would shall should can could may might must "
    "not no there here also very more most some any all each every other such own same into about after before over under between during through near against towards since because "
    "said says say told according s".split()
)


@dataclass(frozen=True, slots=True)
class MissingPhrase:
    """A phrase that hits no cue and leans to one side.

    Attributes
    ----------
    phrase : str
        One to four words in small letters; ``~`` stands for a name.
    side : {"risk", "restraint"}
    z : float
        Log-odds ratio of the two sides over its standard deviation; positive
        towards risk.
    risky, calm : int
        Reports of each side that hold it.
    examples : up to three sentences, with names as ``~``
    """

    phrase: str
    side: str
    z: float
    risky: int
    calm: int
    examples: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        return asdict(self) | {"z": round(self.z, 3), "examples": list(self.examples)}


class _Judged(NamedTuple):
    """A report that was read, and its side: 1 risk, -1 restraint, 0 about something else."""

    report: Report
    sentences: Sequence[Read]
    side: int


def lexicon_gaps(
    reports: Iterable[str | Report] | Labelled,
    labels: Iterable[Any] | None = None,
    n: int = 50,
    *,
    model: ModelLike = None,
    lexicon: Lexicon | None = None,
    least: int = _LEAST,
) -> tuple[MissingPhrase, ...]:
    """Phrases that the lexicon may lack.

    Risky reports (label 1, or 3 and 4; without labels, levels elevated and
    high) are compared with other reports on conflicts (1 and 2; low and
    guarded): what sets them apart from sport and weather is no gap.

    Parameters
    ----------
    reports : texts or reports, or what :func:`escalation.read_labelled` gives
    labels : one per report, as ``read_labelled`` takes them; without them the
        model's levels are used
    n : phrases of each side at most
    model : RiskModel, EstimatorModel, path of a model folder, or None for the shipped model
    lexicon : None is the shipped one
    least : reports that must hold a phrase

    Returns
    -------
    tuple of MissingPhrase
        The surest first. A phrase that nearly always stands in a longer one is
        left to that.

    Raises
    ------
    InputError
        One of the two sides is empty, or labels do not fit.

    Notes
    -----
    Ranked by the log-odds ratio with an informative Dirichlet prior (Monroe,
    Colaresi and Quinn 2008), over counts of reports. Only words written small
    count, so that names, headlines and text in capitals give no phrases.
    """
    fitted = store.given(model)
    words = lexicons.load() if lexicon is None else lexicon
    counts: dict[int, _Counts] = {1: Counter(), -1: Counter(), 0: Counter()}
    found: dict[_Phrase, list[str]] = {}
    sides: Counter[int] = Counter()
    for judged in _judged(reports, labels, fitted, words):
        sides[judged.side] += 1
        _enter(judged, counts, found, least, fitted.vocabulary)
    if not sides[1] or not (sides[-1] or sides[0]):
        raise InputError(f"reports: {sides[1]} with risk and {sides[-1] + sides[0]} without. Give reports of both kinds.")
    other = -1 if sides[-1] else 0
    against = counts[other]
    leaning = _leaning(counts[1], against, counts[1] + counts[-1] + counts[0], least)
    leaning = _folded(leaning, counts[1] + against)
    chosen = [*_first(leaning, n, 1), *_first(leaning, n, -1)]
    chosen.sort(key=lambda item: (-abs(item[1]), item[0]))
    return tuple(MissingPhrase(" ".join(phrase), "risk" if z > 0 else "restraint", z, counts[1][phrase], against[phrase], tuple(found.get(phrase, ()))) for phrase, z in chosen)


def _judged(reports: Any, labels: Iterable[Any] | None, model: Model, lexicon: Lexicon) -> Iterator[_Judged]:
    """Every report that can be judged, with its side."""
    if isinstance(reports, (str, Path)):
        raise InputError(f"reports: {str(reports)[:40]!r} stands where reports belong. Give read_labelled(path) or read_archive(path), or a list of texts.")
    for item, code in _coded(reports, labels):
        report = as_report(item)
        if not language.flags(report.text):
            sentences = read(report, lexicon, model.vocabulary)
            yield _Judged(report, sentences, _side(LEVELS.index(model.judge(report, sentences).level), code))


def _coded(reports: Any, labels: Iterable[Any] | None) -> Iterator[tuple[Any, float | None]]:
    """Reports with their codes, 0 to 4; None where a label does not tell, or there is none.

    A binary label of 0 becomes -1: it leaves open whether there is a conflict.
    """
    if labels is not None:
        texts, given = list(reports), list(labels)
        if len(texts) != len(given):
            raise InputError(f"labels: {len(given)} for {len(texts)} reports. Give one label per report.")
        reports = read_labelled(list(zip(texts, given, strict=True)))
    if not isinstance(reports, Labelled):
        yield from ((report, None) for report in reports)
    elif reports.scale == "binary":
        yield from zip(reports.reports, (4.0 if positive else -1.0 for positive in reports.positive), strict=True)
    else:
        yield from zip(reports.reports, reports.codes, strict=True)


def _side(level: int, code: float | None) -> int:
    """1 risk, -1 another report on a conflict, 0 a report on something else."""
    if code is None:
        return 1 if level >= _RISKY else -1 if level else 0
    if code < 0:
        return -1 if level else 0
    return 1 if code >= POSITIVE else -1 if code >= _CONFLICT else 0


def _enter(judged: _Judged, counts: dict[int, _Counts], found: dict[_Phrase, list[str]], least: int, vocabulary: frozenset[str]) -> None:
    """Count the phrases of a report, each once, and keep examples of those that recur."""
    seen: set[_Phrase] = set()
    for item, words in zip(judged.sentences, _words(judged), strict=True):
        new = [phrase for phrase in dict.fromkeys(_phrases(words, item, judged.report.text, vocabulary)) if phrase not in seen]
        seen.update(new)
        counts[judged.side].update(new)
        recurring = [phrase for phrase in new if judged.side and sum(side[phrase] for side in counts.values()) > least - _EXAMPLES]
        example = _without_names(words, item, judged.report.text, vocabulary) if recurring else ""
        for phrase in recurring:
            if len(found.setdefault(phrase, [])) < _EXAMPLES:
                found[phrase].append(example)
    if len(counts[judged.side]) > _MOST:
        counts[judged.side] = Counter({phrase: count for phrase, count in counts[judged.side].items() if count > 1})


def _words(judged: _Judged) -> Iterator[Words]:
    told = tokens.tokens_of(judged.report.text)
    return (tokens.words(told, item.sentence.start, item.sentence.end) for item in judged.sentences)


def _phrases(words: Words, item: Read, source: str, vocabulary: frozenset[str]) -> Iterator[_Phrase]:
    """Runs of words that hit no cue; names inside them as one."""
    bare = source.islower()
    hit = [(cue.start, cue.end) for cue in item.cues]
    run: list[str] = []
    for token, start, capital in zip(words.tokens, words.starts, words.capital, strict=True):
        # A word with a capital that is no name opens a sentence or a headline.
        said = token == NAME or (not capital and token.isalpha() and source[start].islower() and not (bare and token not in vocabulary))
        if not said or any(first <= start < last for first, last in hit):
            run = []
            continue
        run = [*run[1 - _LONGEST :], token]
        yield from (tuple(run[at:]) for at in range(len(run)) if _speaks(run[at]) and _speaks(token))


def _speaks(token: str) -> bool:
    return token != NAME and token not in _JOINING and len(token) > 1


def _without_names(words: Words, item: Read, source: str, vocabulary: frozenset[str]) -> str:
    """The sentence with a ``~`` for every name, and for what may be one.

    In a text without capitals that is every word that the model does not know.
    """
    pieces, done, bare = [], item.sentence.start, source.islower()
    for token, start, end in zip(words.tokens, words.starts, words.ends, strict=True):
        if token == NAME or ((source[start].isupper() or (bare and token.isalpha())) and (token not in vocabulary or end - start > len(token))):
            pieces += [source[done:start], NAME]
            done = end
    plain = " ".join("".join([*pieces, source[done : item.sentence.end]]).split())
    return plain if len(plain) <= _QUOTED else plain[: _QUOTED - 1] + "\u2026"


def _leaning(risky: _Counts, calm: _Counts, everywhere: _Counts, least: int) -> dict[_Phrase, float]:
    """z-scores of the phrases that lean to one side.

    Odds are of one phrase against all others of the side, so that it does not
    matter whose reports are longer.
    """
    totals = [side.total() + _PRIOR * everywhere.total() for side in (risky, calm)]
    found = {}
    for phrase in (phrase for phrase in risky.keys() | calm.keys() if risky[phrase] + calm[phrase] >= least):
        counts = [side[phrase] + _PRIOR * everywhere[phrase] for side in (risky, calm)]
        odds = [log(count / (total - count)) for count, total in zip(counts, totals, strict=True)]
        z = (odds[0] - odds[1]) / sqrt(1 / counts[0] + 1 / counts[1])
        if abs(z) >= _LEANS:
            found[phrase] = z
    return found


def _folded(leaning: dict[_Phrase, float], counts: _Counts) -> dict[_Phrase, float]:
    """Without the phrases that nearly always stand in one longer phrase."""
    swallowed = {part for phrase in leaning for part in _parts(phrase) if counts[phrase] >= _NEARLY_ALL * counts[part]}
    return {phrase: z for phrase, z in leaning.items() if phrase not in swallowed}


def _parts(phrase: _Phrase) -> Iterator[_Phrase]:
    """Shorter phrases that it holds."""
    for size in range(1, len(phrase)):
        yield from (phrase[at : at + size] for at in range(len(phrase) - size + 1))


def _first(leaning: dict[_Phrase, float], n: int, sign: int) -> list[tuple[_Phrase, float]]:
    """The surest of one side, none of which holds another."""
    chosen: dict[_Phrase, float] = {}
    held: set[_Phrase] = set()
    for phrase, z in sorted(leaning.items(), key=lambda item: (-sign * item[1], item[0])):
        if len(chosen) == n or sign * z < 0:
            break
        if phrase not in held and chosen.keys().isdisjoint(_parts(phrase)):
            chosen[phrase] = z
            held.update(_parts(phrase))
    return list(chosen.items())
