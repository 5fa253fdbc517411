"""Files, frames and exports of annotation tools -> labelled reports."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, NamedTuple

from escalation import coders, coding, fields, tables
from escalation.dates import as_date, settled
from escalation.errors import InputError
from escalation.records import Report

if TYPE_CHECKING:
    import pandas as pd

POSITIVE = 2.5  # from this code on a report counts as risk: 3 and 4 of the codebook
_SHOWN = 3  # rejected rows that an error quotes


class Rejected(NamedTuple):
    """A row without a usable text or label."""

    place: str
    reason: str


@dataclass(frozen=True, slots=True)
class Labelled:
    """Reports with the codes that a coder gave them.

    Attributes
    ----------
    reports, codes, places : one per report
        The code is 0 or 1 where ``scale`` is ``"binary"``, else 0 to 4; where
        several coders labelled a report it is their median.
    groups, weights : one per report, or None where no field holds them; a
        report without a group is one by itself
    scale : {"binary", "ordinal"}
    names : mapping of str to float
        What each label word was read as.
    fields : mapping of str to str
        The field that each of text, label, group, published, weight, id and
        source was read from, as given or as guessed.
    tool : {"Label Studio", "doccano", "Prodigy"} or None
        Whose export it was.
    disputed : int
        Reports that several coders labelled differently.
    rejected : tuple of (place, reason)
        Rows that are not among the reports.
    """

    reports: tuple[Report, ...]
    codes: tuple[float, ...]
    places: tuple[str, ...]
    groups: tuple[str, ...] | None
    weights: tuple[float, ...] | None
    scale: coding.Scale
    names: Mapping[str, float]
    fields: Mapping[str, str]
    tool: str | None = None
    disputed: int = 0
    rejected: tuple[Rejected, ...] = ()

    def __len__(self) -> int:
        return len(self.reports)

    @property
    def positive(self) -> tuple[bool, ...]:
        """Whether each report counts as risk: 1 of two codes, 3 or 4 of five."""
        return tuple(code >= (1 if self.scale == "binary" else POSITIVE) for code in self.codes)


class _Entry(NamedTuple):
    """A row with a text and a label; ``unit`` as in :class:`coders.Annotation`."""

    place: str
    unit: str | None
    report: Report
    word: str
    group: str
    weight: float


class _Coded(NamedTuple):
    """A report with its code, and whether its coders differed."""

    entry: _Entry
    code: float
    disputed: bool


def read_labelled(
    source: str | Path | pd.DataFrame | Iterable[Any],
    text: str | None = None,
    label: str | None = None,
    group: str | None = None,
    published: str | None = None,
    weight: str | None = None,
    labels: Mapping[Any, Any] | None = None,
    varied: bool = True,
    dates: str | None = None,
) -> Labelled:
    """Reports with their labels.

    Parameters
    ----------
    source : a CSV, TSV, JSON or JSONL file (also ``.gz``), a Parquet file, an
        export of Label Studio (JSON, JSON-MIN), doccano (JSONL, CSV) or Prodigy
        (JSONL) as it is, a DataFrame, or an iterable of (text, label) pairs or
        of mappings; a text may be a :class:`Report`
    text, label, group, published, weight : names of fields; guessed where not
        given. ``text="headline+body"`` joins two fields
    labels : what each label stands for (``{"calm": 0, "hot": 4}``); without it
        labels are 0 and 1, yes and no, codes 0 to 4 or the names of the levels
    varied : whether labels that are all the same are an error, as they are to
        a fit; a model can be judged on them
    dates : {"dmy", "mdy"}, how ``04/05/2024`` is read; without it the dates
        decide, if some of them can be read in one order only

    Returns
    -------
    Labelled
        In the order of the source. Rows without a text or label, and those
        whose text stands there before, are in ``rejected`` with a reason.

    Raises
    ------
    InputError
        The source cannot be read, a field is missing, a label is not known, a date
        may be of two days, or all labels are the same though they should be ``varied``.
    MissingExtraError
        Parquet without pyarrow.
    """
    where = _name(source)
    found = coders.read(tuple(_rows(source)))
    if not found.rows:
        raise InputError(f"{where}: holds no rows. Give a file of reports with labels.")
    given = {"text": text, "label": label or _tool_label(found, where), "group": group, "published": published, "weight": weight}
    present = list(dict.fromkeys(str(name) for row in found.rows for name in row.values))
    held = fields.find(present, given, where)
    order = settled((row.values.get(held.get("published", "")) for row in found.rows), dates, where)
    entries, rejected = _entries(found.rows, held, present, order)
    _check_some(entries, rejected, where)
    where_label = f"{where} (field {held['label']!r})"
    key = coding.key(_places(entries), labels, where_label)
    coded, repeated = _without_repeats(_merged(entries, key))
    _check_some(coded, repeated, where)
    if varied:
        _check_classes(coded, where_label)
    at = {row.place: number for number, row in enumerate(found.rows)}
    return _labelled(coded, key, held, found.tool, tuple(sorted([*rejected, *repeated], key=lambda item: at[item.place])))


def _name(source: object) -> str:
    if isinstance(source, (str, Path)):
        return str(source)
    return type(source).__name__


def _rows(source: Any) -> Iterator[tables.Row]:
    if isinstance(source, (str, Path)):
        return tables.read_rows(Path(source))
    if hasattr(source, "itertuples"):
        return tables.frame_rows(source)
    if isinstance(source, Mapping) or not isinstance(source, Iterable):
        raise InputError(f"source: {type(source).__name__} stands where reports belong. Give a file, a DataFrame, (text, label) pairs, or one mapping per report.")
    return (_item(item, f"item {number}") for number, item in enumerate(source, 1))


def _item(item: object, place: str) -> tables.Row:
    if isinstance(item, Mapping):
        return tables.Row(place, item)
    if not isinstance(item, (tuple, list)) or len(item) != 2:
        raise InputError(f"{place}: a {type(item).__name__} instead of a text with its label. Give (text, label) pairs, or mappings such as {{'text': ..., 'label': ...}}.")
    text, label = item
    if isinstance(text, Report):
        return tables.Row(place, {"text": text.text, "label": label, "published": text.published, "id": text.id, "source": text.source})
    return tables.Row(place, {"text": text, "label": label})


def _tool_label(found: coders.Annotations, where: str) -> str | None:
    """The field in which a tool keeps its labels, where it has just one."""
    named = [name for name in found.labels if name.lower() in fields.NAMES["label"]]
    if len(found.labels) > 1 and len(named) != 1:
        raise InputError(f"{where}: {found.tool} has labels under {list(found.labels)}. Name one of them with label=....")
    return next(iter(named or found.labels), None)


def _entries(rows: Sequence[coders.Annotation], held: Mapping[str, str], present: Sequence[str], order: str | None) -> tuple[list[_Entry], list[Rejected]]:
    joined = fields.parts(held["text"], present)
    entries, rejected = [], []
    for row in rows:
        try:
            entries.append(_entry(row, held, joined, order))
        except InputError as fault:
            rejected.append(Rejected(row.place, str(fault)))
    return entries, rejected


def _entry(row: coders.Annotation, held: Mapping[str, str], joined: Sequence[str], order: str | None) -> _Entry:
    """A row as it counts; raises InputError with the reason to reject it."""
    texts = [row.values.get(name) for name in joined]
    word = coding.word(row.values.get(held["label"]))
    if not isinstance(texts[-1], str) or not texts[-1].strip():
        raise InputError("no text")
    if row.reason or not word:
        raise InputError(row.reason or "no label")
    if coding.is_several(word):
        raise InputError(f"labels {word!r} where one belongs")
    found = {role: None if tables.is_missing(row.values.get(name)) else row.values[name] for role, name in held.items()}
    text = "\n\n".join(part for part in texts if isinstance(part, str) and part.strip())
    report = Report(text, as_date(found.get("published"), order), _word(found.get("id")), _word(found.get("source")))
    return _Entry(row.place, row.unit, report, word, _word(found.get("group")) or row.place, _weight(found.get("weight")))


def _word(value: object) -> str | None:
    return None if tables.is_missing(value) or value == "" else str(value)


def _weight(value: Any) -> float:
    """A weight; 1 where there is none."""
    if _word(value) is None:
        return 1.0
    try:
        weight = float(value)
    except (TypeError, ValueError):
        weight = math.nan
    if not 0 <= weight < math.inf:
        raise InputError(f"weight {value!r} is not a number from 0 up")
    return weight


def _places(entries: Sequence[_Entry]) -> dict[str, list[str]]:
    """Every label word with the places where it stands."""
    places: dict[str, list[str]] = {}
    for entry in entries:
        places.setdefault(entry.word, []).append(entry.place)
    return places


def _merged(entries: Sequence[_Entry], key: coding.Key) -> list[_Coded]:
    """One code per unit: the median of its coders, between two codes of a binary scale the higher."""
    units: dict[str, list[_Entry]] = {}
    for number, entry in enumerate(entries):
        units.setdefault(entry.unit or f"row {number}", []).append(entry)
    return [_of_unit(unit, key) for unit in units.values()]


def _of_unit(unit: Sequence[_Entry], key: coding.Key) -> _Coded:
    codes = [key.names[entry.word] for entry in unit]
    middle = median(codes)
    return _Coded(unit[0], float(math.ceil(middle)) if key.scale == "binary" else middle, len(set(codes)) > 1)


def _without_repeats(coded: Sequence[_Coded]) -> tuple[list[_Coded], list[Rejected]]:
    """Each text once; a text with two codes not at all, as nothing says which is right."""
    texts: dict[str, list[_Coded]] = {}
    for item in coded:
        texts.setdefault(" ".join(item.entry.report.text.split()), []).append(item)
    rejected = [Rejected(item.entry.place, _repeat(item, same)) for same in texts.values() for item in _repeats(same)]
    return [same[0] for same in texts.values() if len({item.code for item in same}) == 1], rejected


def _repeats(same: Sequence[_Coded]) -> Sequence[_Coded]:
    return same[1:] if len({item.code for item in same}) == 1 else same


def _repeat(item: _Coded, same: Sequence[_Coded]) -> str:
    other = next((one for one in same if one.code != item.code), None)
    if other is None:
        return f"the same text as in {same[0].entry.place}"
    return f"the same text as in {other.entry.place}, but labelled {item.entry.word!r} here and {other.entry.word!r} there: keep the right one, or compare coders with `escalation agree`"


def _check_some(found: Sequence[object], rejected: Sequence[Rejected], where: str) -> None:
    if not found:
        reasons = "; ".join(f"{item.place}: {item.reason}" for item in rejected[:_SHOWN])
        raise InputError(f"{where}: none of {len(rejected)} rows can be used ({reasons}). Name the fields with text=... and label=....")


def _check_classes(coded: Sequence[_Coded], where: str) -> None:
    if len({item.code for item in coded}) == 1:
        raise InputError(f"{where}: all {len(coded)} labels are {coded[0].entry.word!r}. Add reports of another kind, or name the right field with label=....")


def _labelled(coded: Sequence[_Coded], key: coding.Key, held: Mapping[str, str], tool: str | None, rejected: tuple[Rejected, ...]) -> Labelled:
    return Labelled(
        reports=tuple(item.entry.report for item in coded),
        codes=tuple(item.code for item in coded),
        places=tuple(item.entry.place for item in coded),
        groups=tuple(item.entry.group for item in coded) if "group" in held else None,
        weights=tuple(item.entry.weight for item in coded) if "weight" in held else None,
        scale=key.scale, names=key.names, fields=held, tool=tool,
        disputed=sum(item.disputed for item in coded), rejected=rejected,
    )
