"""Reports of a score table -> their texts in pieces: sentences with shares, cues marked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from escalation.batch import plain
from escalation.dates import as_date
from escalation.intake import open_archive
from escalation.present import qualifiers
from escalation.records import Assessment, Cue, ScoredSentence

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    import pandas as pd

    from escalation.entries import Entry
    from escalation.scorer import Scorer

# Characters of a text that a page carries: twice the longest story of a newspaper.
LONGEST = 20_000
# A table in CSV or of another build of the same model differs by less.
_SAME = 1e-6
OTHER_RISK = "of another risk now"


def find(wanted: pd.DataFrame, archive: str | Path, scorer: Scorer, columns: Mapping[str, str | None] | None = None) -> tuple[dict[int, list[Any]], dict[str, int]]:
    """The texts of some reports.

    Parameters
    ----------
    wanted : rows of a score table with ``id``, ``risk`` and ``published``, which
        dates the texts: read again, dates would need the order of day and month
        that the archive was scored with
    archive : what they were scored from; it is read once
    scorer : the model that scored them
    columns : fields of the archive, as for :func:`escalation.intake.open_archive`

    Returns
    -------
    texts : dict
        From labels of ``wanted`` to what :func:`pieces` gives.
    lacking : dict
        How many texts are not shown, by reason. One that gives another risk now
        than the table says would be explained by shares that are not its own.
    """
    named: dict[str, dict[int, tuple[float, date | None]]] = {}
    for label, id, risk, day in zip(wanted.index, wanted["id"].astype(str), wanted["risk"], wanted["published"], strict=True):
        named.setdefault(id, {})[label] = risk, as_date(day)
    texts: dict[int, list[Any]] = {}
    seen: set[str] = set()
    for entry in open_archive(archive, {**(columns or {}), "published": None}):
        id = _id(entry)
        if entry.report is None or not named.get(id):
            continue
        seen.add(id)
        dated = {day: scorer.score(replace(entry.report, published=day)) for _, day in named[id].values()}
        label = next((label for label, (risk, day) in named[id].items() if abs(risk - dated[day].risk) <= _SAME), None)
        if label is not None:
            texts[label] = pieces(dated[named[id].pop(label)[1]])
    return texts, {"not in the archive": sum(len(left) for id, left in named.items() if id not in seen), OTHER_RISK: sum(len(left) for id, left in named.items() if id in seen)}


def pieces(a: Assessment) -> list[Any]:
    """A report as ``[baseline, sentences, left]``.

    A sentence is ``[share, parts, cues]``: a part is words, or ``[words, sign]``
    for the words of a cue; a cue is ``[sign, name, words, qualifiers]``. ``left``
    counts the sentences after the first :data:`LONGEST` characters.
    """
    shown = [sentence for sentence in a.sentences if sentence.end <= LONGEST] or list(a.sentences[:1])
    rows = [[round(s.share, 4), list(_parts(s)), [[_sign(cue), cue.name, cue.text, qualifiers(cue)] for cue in s.cues]] for s in shown]
    return [round(a.baseline, 4), rows, len(a.sentences) - len(shown)]


def _id(entry: Entry) -> str:
    """The id that the score table has for an entry."""
    report = entry.report
    return plain(str(report.id)) if report is not None and report.id not in (None, "") else str(entry.number)


def _parts(sentence: ScoredSentence) -> Iterator[Any]:
    """The sentence's words from left to right; where cues overlap, the first has the words of both."""
    done = sentence.start
    for cue in sentence.cues:
        start = max(cue.start, done)
        if start < cue.end:
            if done < start:
                yield sentence.text[done - sentence.start : start - sentence.start]
            yield [sentence.text[start - sentence.start : cue.end - sentence.start], _sign(cue)]
            done = cue.end
    if done < sentence.end:
        yield sentence.text[done - sentence.start :]


def _sign(cue: Cue) -> int:
    return (cue.weight > 0) - (cue.weight < 0)
