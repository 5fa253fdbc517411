"""Reports -> files that annotation tools take in."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from io import StringIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from escalation import folder
from escalation.archive import as_report
from escalation.errors import InputError
from escalation.records import LEVELS, Report
from escalation.tables import REPORT_ID, harmless

QUESTION = "How strongly does this report signal that a conflict will intensify or widen?"


def write_unlabelled(reports: Iterable[str | Report], path: str | Path, tool: str = "csv", labels: Sequence[str] = LEVELS) -> tuple[Path, ...]:
    """Write reports for coders to label.

    :func:`escalation.read_labelled` reads what the tool exports after that; the
    report's own id travels as ``report_id``, since the tools give ids of their
    own.

    Parameters
    ----------
    reports : texts or reports
    path : ``.json`` for Label Studio, ``.jsonl`` for doccano and Prodigy,
        ``.csv`` for a spreadsheet
    tool : {"label-studio", "doccano", "prodigy", "csv"}
    labels : what the coders may choose, the weakest first

    Returns
    -------
    tuple of Path
        The files written; for Label Studio the tasks and, as ``.xml``, the
        labelling configuration.

    Raises
    ------
    InputError
        The tool is not known, the name does not fit it, a text is empty, or the
        file cannot be written. Then nothing is left behind.
    """
    path = Path(path)
    check_name(path, tool)
    if isinstance(reports, (str, bytes)):
        raise InputError("reports: one text stands where many belong. Put it into a list.")
    _, contents = TOOLS[tool]
    made = {path: contents([_checked(report, number) for number, report in enumerate(reports, 1)], labels)}
    if tool == "label-studio":
        made[path.with_suffix(".xml")] = labelling_config(labels)
    for file, text in made.items():
        write_text(file, text)
    return tuple(made)


def check_name(path: Path, tool: str) -> None:
    """Refuse a tool that is not known, or a name that it would not read."""
    if tool not in TOOLS:
        raise InputError(f"{path}: {tool!r} is no tool that is known. Choose one of {', '.join(TOOLS)}.")
    suffix, _ = TOOLS[tool]
    if path.suffix.lower() != suffix:
        raise InputError(f"{path}: {tool} takes {suffix} files. Name it {path.with_suffix(suffix).name}.")


def labelling_config(labels: Sequence[str] = LEVELS) -> str:
    """Label Studio's labelling configuration: one of ``labels`` for each text."""
    view = ElementTree.Element("View")
    ElementTree.SubElement(view, "Header", value=QUESTION)
    ElementTree.SubElement(view, "Text", name="text", value="$text")
    choices = ElementTree.SubElement(view, "Choices", name="risk", toName="text", choice="single", required="true", showInLine="true")
    for label in labels:
        ElementTree.SubElement(choices, "Choice", value=label)
    ElementTree.indent(view)
    return ElementTree.tostring(view, encoding="unicode") + "\n"


def _checked(report: str | Report, number: int) -> Report:
    try:
        return as_report(report)
    except InputError as fault:
        raise InputError(f"report {number}: {fault}") from fault


def _tasks(reports: Sequence[Report], labels: Sequence[str]) -> str:
    return json.dumps([{"data": {"text": report.text, **_about(report)}} for report in reports], indent=1) + "\n"


def _doccano(reports: Sequence[Report], labels: Sequence[str]) -> str:
    return _lines({"text": report.text, "label": [], **_about(report)} for report in reports)


def _prodigy(reports: Sequence[Report], labels: Sequence[str]) -> str:
    options = [{"id": label, "text": label} for label in labels]
    return _lines({"text": report.text, "options": options, "meta": _about(report)} for report in reports)


def _csv(reports: Sequence[Report], labels: Sequence[str]) -> str:
    buffer = StringIO()
    # Left to itself the writer leaves a lone carriage return without quotes.
    writer = csv.DictWriter(buffer, [REPORT_ID, "published", "source", "text", "label"], lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writeheader()
    for report in reports:
        cells = {"text": report.text, **_about(report)}
        writer.writerow({name: harmless(cell) for name, cell in cells.items()})
    # Spreadsheets take a file for UTF-8 by its byte order mark only.
    return "\ufeff" + buffer.getvalue()


def _about(report: Report) -> dict[str, str]:
    published = report.published.isoformat() if report.published else None
    about = {REPORT_ID: report.id, "published": published, "source": report.source}
    return {name: value for name, value in about.items() if value is not None}


def _lines(rows: Iterable[Mapping[str, Any]]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def check_writable(path: Path) -> None:
    """Refuse, before long work, a file that :func:`write_text` could not write after it.

    Raises
    ------
    InputError
        It is a folder, or nothing can be written beside it.
    """
    fault = "Is a directory" if path.is_dir() else None if path.parent.is_dir() else "there is no such folder"
    try:
        if not fault:
            folder.probe(path.resolve())
    except OSError as found:
        fault = found.strerror
    if fault:
        raise InputError(f"{path}: cannot be written: {fault}. Choose another place.")


def write_text(path: Path, text: str) -> None:
    """Write all or nothing.

    Raises
    ------
    InputError
        The file cannot be written.
    """
    try:
        write_bytes(path, text.encode())
    except UnicodeEncodeError as fault:
        raise InputError(f"{path}: a text holds half a character ({fault.object[fault.start]!r}). Write for a tool that takes JSON, or leave the report out.") from fault


def write_bytes(path: Path, content: bytes) -> None:
    """Write all or nothing, as :func:`write_text`."""
    part = path.with_name(path.name + ".part")
    try:
        part.write_bytes(content)
        os.replace(part, path)
    except OSError as fault:
        with suppress(OSError):
            part.unlink()
        raise InputError(f"{path}: cannot be written: {fault.strerror}. Choose another place.") from fault


TOOLS: Mapping[str, tuple[str, Callable[[Sequence[Report], Sequence[str]], str]]] = {
    "label-studio": (".json", _tasks),
    "doccano": (".jsonl", _doccano),
    "prodigy": (".jsonl", _prodigy),
    "csv": (".csv", _csv),
}
