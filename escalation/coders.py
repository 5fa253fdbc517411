"""Rows of annotation tools -> rows with one coder's label each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from escalation.errors import InputError
from escalation.tables import Row

_ANSWERS = ("accept", "reject", "ignore")
# What Label Studio and Prodigy write beside the report's own fields.
_HOUSEKEEPING = frozenset("annotation_id annotator created_at updated_at lead_time agreement predictions comments options answer meta _view_id _is_binary".split())
_DOCCANO = ("label", "labels", "cats")
_NO_LABEL = "no label"


class Annotation(NamedTuple):
    """What one coder left at one report.

    ``unit`` is shared by the annotations of one report, None where a row
    stands for itself; ``reason`` says why there is no label to use.
    """

    place: str
    values: Mapping[str, Any]
    unit: str | None = None
    reason: str = ""


class Annotations(NamedTuple):
    """All annotations of a file.

    ``tool`` is ``"Label Studio"``, ``"doccano"``, ``"Prodigy"`` or None for a
    plain table; ``labels`` are the fields that hold labels, empty where only
    their names can tell.
    """

    rows: tuple[Annotation, ...]
    tool: str | None = None
    labels: tuple[str, ...] = ()


def read(rows: Sequence[Row]) -> Annotations:
    """Annotations of an export, its tool told by the shape of its rows.

    Raises
    ------
    InputError
        The export is of a project that does not label whole texts.
    """
    if any(_is_task(row) for row in rows):
        return _label_studio(rows)
    if any("annotation_id" in row.values and "lead_time" in row.values for row in rows):
        return _label_studio_min(rows)
    if any(row.values.get("answer") in _ANSWERS for row in rows):
        return _prodigy(rows)
    held = next((name for row in rows for name in _DOCCANO if isinstance(row.values.get(name), list)), None)
    return Annotations(tuple(Annotation(*row) for row in rows)) if held is None else _doccano(rows, held)


def _is_task(row: Row) -> bool:
    return isinstance(row.values.get("data"), Mapping) and ("annotations" in row.values or "completions" in row.values)


def _label_studio(rows: Sequence[Row]) -> Annotations:
    """Label Studio's JSON: a task per report, its annotations inside."""
    found = tuple(annotation for row in rows for annotation in _task(row))
    data = {name for row in rows if _is_task(row) for name in row.values["data"]}
    return Annotations(found, "Label Studio", tuple(dict.fromkeys(name for item in found for name in item.values if name not in data and name != "id")))


def _task(row: Row) -> list[Annotation]:
    if not _is_task(row):
        return [Annotation(row.place, row.values, reason="not a Label Studio task")]
    task = row.values
    report = {"id": task.get("id"), **task["data"]}
    given = task.get("annotations", task.get("completions")) or []
    if not given or not isinstance(given, list):
        return [Annotation(row.place, report, reason=_NO_LABEL)]
    return [_annotation(row.place, report, number, item) for number, item in enumerate(given, 1)]


def _annotation(place: str, report: Mapping[str, Any], number: int, item: Any) -> Annotation:
    where = f"{place}, annotation {number}"
    if not isinstance(item, Mapping) or not isinstance(item.get("result") or [], list):
        return Annotation(where, report, place, "not an annotation")
    if item.get("was_cancelled") or item.get("skipped"):
        return Annotation(where, report, place, "skipped by the coder")
    labels = {str(result.get("from_name")): _value(result["value"]) for result in item.get("result") or [] if _is_label(result)}
    return Annotation(where, {**report, **labels}, place, _fault(labels.values()))


def _is_label(result: Any) -> bool:
    return isinstance(result, Mapping) and result.get("type") in ("choices", "rating", "number") and isinstance(result.get("value"), Mapping)


def _label_studio_min(rows: Sequence[Row]) -> Annotations:
    """Label Studio's JSON-MIN: a row per annotation, a field per control.

    Only ratings, numbers and multiple choices show that they are a control;
    the field of a single choice is told by its name.
    """
    regions = tuple(dict.fromkeys(name for row in rows for name, value in row.values.items() if _region(value)))
    return Annotations(tuple(_record(row, regions) for row in rows), "Label Studio", regions)


def _record(row: Row, regions: Sequence[str]) -> Annotation:
    labels = {name: _value(region) for name in regions if (region := _region(row.values.get(name)))}
    own = {name: value for name, value in row.values.items() if name not in _HOUSEKEEPING and name not in regions}
    unit = None if own.get("id") is None else f"task {own['id']}"
    return Annotation(row.place, {**own, **labels}, unit, _fault(labels.values()))


def _region(value: Any) -> Mapping[str, Any] | None:
    """What JSON-MIN makes of a rating: ``[{"rating": 3}]``."""
    single = value[0] if isinstance(value, list) and len(value) == 1 else value
    return single if isinstance(single, Mapping) and single.keys() & {"rating", "number", "choices"} else None


def _value(value: Mapping[str, Any]) -> Any:
    if "rating" in value:
        return f"{value['rating']} star" + ("s" if value["rating"] != 1 else "")
    return _only(value.get("choices", value.get("number")))


def _doccano(rows: Sequence[Row], label: str) -> Annotations:
    """doccano's JSONL: ``label`` is a list of the names that a text was given."""
    return Annotations(tuple(_named(row, label) for row in rows), "doccano", (label,))


def _named(row: Row, label: str) -> Annotation:
    names = row.values.get(label)
    if isinstance(names, list) and any(isinstance(name, (list, Mapping)) for name in names):
        raise InputError(f"{row.place}: {label} holds spans of the text. Export a project of the kind document classification.")
    held = _only(names)
    return Annotation(row.place, {**row.values, label: held}, reason=_fault([held]))


def _prodigy(rows: Sequence[Row]) -> Annotations:
    """Prodigy's JSONL: a choice of options, or a label to accept or reject."""
    choice = any("options" in row.values or isinstance(row.values.get("accept"), list) for row in rows)
    several = len({row.values.get("label") for row in rows}) > 1
    label = "accept" if choice else "label" if several else "answer"
    return Annotations(tuple(_answer(row, label) for row in rows), "Prodigy", (label,))


def _answer(row: Row, label: str) -> Annotation:
    meta = row.values.get("meta")
    own = {name: value for name, value in row.values.items() if name not in _HOUSEKEEPING and not name.startswith("_")}
    values = {**(meta if isinstance(meta, Mapping) else {}), **own}
    values[label] = held = _only(row.values.get(label))
    unit = row.values.get("_input_hash")
    return Annotation(row.place, values, None if unit is None else f"input {unit}", _refusal(row.values.get("answer"), label, held))


def _refusal(answer: object, label: str, held: object) -> str:
    if answer == "ignore":
        return "ignored by the coder"
    if answer not in _ANSWERS:
        return f"answer {answer!r} is none of {', '.join(_ANSWERS)}"
    if answer == "reject" and label != "answer":
        return f"rejected by the coder, which says only that the label is not {held!r}" if label == "label" else "rejected by the coder"
    return _fault([held])


def _only(value: Any) -> Any:
    """The one item of a list; an empty list is nothing, a longer one stays."""
    return (value[0] if value else None) if isinstance(value, list) and len(value) < 2 else value


def _fault(labels: Any) -> str:
    """Why the labels of one coder cannot be used, or nothing."""
    several = next((value for value in labels if isinstance(value, list)), None)
    return "" if several is None else f"{len(several)} labels ({', '.join(map(str, several))}) where one belongs"
