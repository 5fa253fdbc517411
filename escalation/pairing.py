"""Reports and labels as a caller has them -> labelled reports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, Union

from escalation.archive import as_date
from escalation.errors import InputError
from escalation.labelled import Labelled, read_labelled
from escalation.records import Report
from escalation.tables import is_missing

if TYPE_CHECKING:
    import pandas as pd

Reports: TypeAlias = Union[str, Path, "pd.DataFrame", Labelled, Iterable[Any]]
Given: TypeAlias = str | Sequence[Any] | None


def labelled(reports: Reports, labels: Given = None, groups: Given = None, published: Given = None, label_names: Mapping[Any, Any] | None = None, varied: bool = True) -> Labelled:
    """Labelled reports, from whatever holds them.

    Parameters
    ----------
    reports : all that :func:`escalation.read_labelled` takes, a
        :class:`Labelled`, or texts or reports without labels
    labels : None where ``reports`` holds them; a string names their field, a
        sequence has one per report
    groups, published : a string names their field, a sequence has one per report
    label_names : what each label stands for
    varied : as in :func:`escalation.read_labelled`

    Raises
    ------
    InputError
        As :func:`escalation.read_labelled`, or a sequence is not as long as the
        reports are.
    """
    if isinstance(reports, Labelled):
        return _with(reports, labels if labels is not None else label_names, groups, published)
    if labels is None or isinstance(labels, str):
        return read_labelled(reports, label=labels, group=_name(groups, "groups"), published=_name(published, "published"), labels=label_names, varied=varied)
    if isinstance(reports, (str, Path)) or hasattr(reports, "itertuples"):
        raise InputError("labels: one per report beside a file or a DataFrame. Name their field with labels='...', or give a list of texts.")
    columns = {"label": labels, "group": groups, "published": published}
    return read_labelled(_rows(list(reports), columns), text="text", label="label", labels=label_names, varied=varied)


def _with(found: Labelled, labels: object, groups: Given, published: Given) -> Labelled:
    """Labelled reports with other groups or dates."""
    if labels is not None:
        raise InputError("labels: given twice, as the reports are labelled. Leave labels out, or give the texts alone.")
    if groups is not None:
        column = _column(groups, "groups", len(found))
        found = replace(found, groups=tuple(place if is_missing(group) else str(group) for group, place in zip(column, found.places, strict=True)))
    if published is not None:
        days = [as_date(day) for day in _column(published, "published", len(found))]
        found = replace(found, reports=tuple(replace(report, published=day) for report, day in zip(found.reports, days, strict=True)))
    return found


def _name(given: Given, role: str) -> str | None:
    if given is None or isinstance(given, str):
        return given
    raise InputError(f"{role}: a {type(given).__name__} beside reports that hold their labels. Name its field, or read the reports with read_labelled first.")


def _rows(reports: Sequence[Any], columns: Mapping[str, Any]) -> list[dict[str, Any]]:
    rows = [_row(report) for report in reports]
    for name, column in columns.items():
        if column is not None:
            for row, value in zip(rows, _column(column, name, len(rows)), strict=True):
                row[name] = value
    return rows


def _row(report: object) -> dict[str, Any]:
    if isinstance(report, Report):
        return {"text": report.text, "published": report.published, "id": report.id, "source": report.source}
    return {"text": report}


def _column(given: Given, name: str, count: int) -> list[Any]:
    if given is None or isinstance(given, (str, bytes)):
        raise InputError(f"{name}: {given!r} where one per report belongs. Give a list with one of each of the {count} reports.")
    column = list(given)
    if len(column) != count:
        raise InputError(f"{name}: {len(column)} for {count} reports. Give one per report.")
    return column
