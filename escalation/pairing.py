"""Reports and labels as a caller has them -> labelled reports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, Union

from escalation.dates import as_date, settled
from escalation.errors import InputError
from escalation.labelled import Labelled, read_labelled
from escalation.records import Report
from escalation.tables import is_missing

if TYPE_CHECKING:
    import pandas as pd

Reports: TypeAlias = Union[str, Path, "pd.DataFrame", Labelled, Iterable[Any]]
Given: TypeAlias = str | Sequence[Any] | None


def labelled(
    reports: Reports, labels: Given = None, groups: Given = None, published: Given = None, label_names: Mapping[Any, Any] | None = None,
    varied: bool = True, weights: Given = None,
) -> Labelled:
    """Labelled reports, from whatever holds them.

    Parameters
    ----------
    reports : all that :func:`escalation.read_labelled` takes, a
        :class:`Labelled`, or texts or reports without labels
    labels : None where ``reports`` holds them; a string names their field, a
        sequence has one per report
    groups, published, weights : a string names their field, a sequence has one
        per report
    label_names : what each label stands for
    varied : as in :func:`escalation.read_labelled`

    Raises
    ------
    InputError
        As :func:`escalation.read_labelled`, or a sequence is not as long as the
        reports are.
    """
    if isinstance(reports, Labelled):
        return _with(reports, {"labels": labels, "label_names": label_names, "weights": weights}, groups, published)
    given = {"label": labels, "group": groups, "published": published, "weight": weights}
    fields: dict[str, Any] = {role: value for role, value in given.items() if isinstance(value, str)}
    columns = {role: value for role, value in given.items() if value is not None and role not in fields}
    if not columns:
        return read_labelled(reports, **fields, labels=label_names, varied=varied)
    if isinstance(reports, (str, Path)):
        raise InputError(f"{next(iter(columns))}: one per report beside the file {reports}. Give the name of a field of the file, or a list of texts.")
    held: Any = reports if hasattr(reports, "itertuples") else list(reports)
    lists = {role: _column(value, role, len(held)) for role, value in columns.items()}
    return read_labelled(held.assign(**lists) if hasattr(held, "assign") else _rows(held, lists), **fields, **{role: role for role in lists}, labels=label_names, varied=varied)


def _with(found: Labelled, stray: Mapping[str, object], groups: Given, published: Given) -> Labelled:
    """Labelled reports with other groups or dates."""
    for name, value in stray.items():
        if value is not None:
            raise InputError(f"{name}: given beside reports that are labelled already. Leave it out, give it to read_labelled, or give the file itself.")
    if groups is not None:
        column = _column(groups, "groups", len(found))
        found = replace(found, groups=tuple(place if is_missing(group) else str(group) for group, place in zip(column, found.places, strict=True)))
    if published is not None:
        stated = _column(published, "published", len(found))
        order = settled(stated, None, "published")
        days = [as_date(day, order) for day in stated]
        found = replace(found, reports=tuple(replace(report, published=day) for report, day in zip(found.reports, days, strict=True)))
    return found


def _rows(reports: Sequence[Any], columns: Mapping[str, Sequence[Any]]) -> list[dict[str, Any]]:
    """One mapping per report, with its label and what else is given for each."""
    told = zip(*columns.values(), strict=True)
    return [_fields(report) | dict(zip(columns, values, strict=True)) for report, values in zip(reports, told, strict=True)]


def _fields(report: Any) -> dict[str, Any]:
    if isinstance(report, Mapping):
        return dict(report)
    if isinstance(report, Report):
        held = {"text": report.text, "published": report.published, "id": report.id, "source": report.source}
        return {name: value for name, value in held.items() if value is not None}
    return {"text": report}


def _column(given: Given, name: str, count: int) -> list[Any]:
    if given is None or isinstance(given, (str, bytes)):
        raise InputError(f"{name}: {given!r} where one per report belongs. Give a list with one for each of the {count} reports, or name the field to read_labelled.")
    column = list(given)
    if len(column) != count:
        raise InputError(f"{name}: {len(column)} for {count} reports. Give one per report.")
    return column
