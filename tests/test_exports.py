"""What goes out to coders comes back with their labels."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from escalation.errors import InputError
from escalation.exports import TOOLS, labelling_config, write_unlabelled
from escalation.labelled import read_labelled
from escalation.records import LEVELS, Report

REPORTS = (
    Report("Gunboats shelled the port of Tarvos,\nkilling nine \"dockers\"; smoke rose.", date(2024, 5, 1), "r1", "coast wire"),
    Report("=1+1 Envoys of the two coastal states resumed talks, with caf\u00e9 breaks.", None, "r2", None),
    Report("- The northern army called up reserves\r\nfor a drill near the river \u2014 \u2019again\u2019.", date(2023, 1, 9), "-r3", "'@hill"),
    Report("'+ A ferry sank; nobody was shot at.", None, None, "hill"),
)
CHOSEN = ("high", "none", "guarded", "low")


def label_studio(path: Path) -> Path:
    """The tasks as Label Studio's JSON export gives them back."""
    done = [
        {"id": n, **task, "annotations": [{"id": n, "was_cancelled": False, "result": [{"from_name": "risk", "to_name": "text", "type": "choices", "value": {"choices": [name]}}]}], "predictions": []}
        for n, (task, name) in enumerate(zip(json.loads(path.read_text()), CHOSEN, strict=True), 1)
    ]
    return written(path, json.dumps(done))


def label_studio_min(path: Path) -> Path:
    """The tasks as Label Studio's JSON-MIN export gives them back."""
    done = [{**task["data"], "id": n, "risk": name, "annotator": 1, "annotation_id": n, "created_at": "", "updated_at": "", "lead_time": 1.5} for n, (task, name) in enumerate(zip(json.loads(path.read_text()), CHOSEN, strict=True), 1)]
    return written(path, json.dumps(done))


def doccano(path: Path) -> Path:
    """The rows as doccano's JSONL export gives them back."""
    rows = zip(map(json.loads, path.read_text().splitlines()), CHOSEN, strict=True)
    return written(path, "".join(json.dumps({"id": n, **row, "label": [name], "Comments": []}) + "\n" for n, (row, name) in enumerate(rows, 90)))


def prodigy(path: Path) -> Path:
    """The rows as ``prodigy db-out`` gives them back."""
    rows = zip(map(json.loads, path.read_text().splitlines()), CHOSEN, strict=True)
    return written(path, "".join(json.dumps({**row, "_input_hash": n, "_task_hash": -n, "_view_id": "choice", "accept": [name], "answer": "accept"}) + "\n" for n, (row, name) in enumerate(rows)))


def spreadsheet(path: Path) -> Path:
    """The table with its last column filled in."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows([rows[0], *([*row[:-1], name] for row, name in zip(rows[1:], CHOSEN, strict=True))])
    return path


def written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


ROUNDS = [("label-studio", label_studio), ("label-studio", label_studio_min), ("doccano", doccano), ("prodigy", prodigy), ("csv", spreadsheet)]


@pytest.mark.parametrize(("tool", "label"), ROUNDS)
def test_reports_come_back_whole_with_their_labels(tool, label, tmp_path):
    path, *_ = write_unlabelled(REPORTS, tmp_path / f"sample{TOOLS[tool][0]}", tool)
    found = read_labelled(label(path))
    assert [report.text for report in found.reports] == [report.text for report in REPORTS]
    assert [(report.published, report.source) for report in found.reports] == [(report.published, report.source) for report in REPORTS]
    assert [report.id for report in found.reports[:3]] == ["r1", "r2", "-r3"]
    assert found.codes == (4.0, 0.0, 2.0, 1.0)


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(str.strip))
@example("0\r")
@example("\x00'=")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_survives_a_spreadsheet(tmp_path, text):
    path, *_ = write_unlabelled([Report(text, id=text), *REPORTS[1:]], tmp_path / "a.csv")
    assert read_labelled(spreadsheet(path)).reports[0] == Report(text, id=text)


def test_no_cell_is_a_formula(tmp_path):
    path, *_ = write_unlabelled(REPORTS, tmp_path / "a.csv")
    with path.open(encoding="utf-8-sig", newline="") as file:
        assert not [cell for row in csv.reader(file) for cell in row if cell.startswith(("=", "+", "-", "@"))]


def test_label_studio_is_told_what_to_ask(tmp_path):
    tasks, config = write_unlabelled(REPORTS, tmp_path / "sample.json", "label-studio")
    view = ElementTree.parse(config).getroot()
    assert [choice.get("value") for choice in view.iter("Choice")] == list(LEVELS)
    assert view.find("Text").get("value") == "$text"
    assert all("text" in task["data"] for task in json.loads(tasks.read_text()))


def test_labels_of_the_users_own_are_escaped():
    labels = ["a & b", 'c "<d>"']
    assert [choice.get("value") for choice in ElementTree.fromstring(labelling_config(labels)).iter("Choice")] == labels


@pytest.mark.parametrize(
    ("reports", "name", "tool", "told"),
    [
        (REPORTS, "a.csv", "brat", "'brat' is no tool that is known. Choose one of label-studio"),
        (REPORTS, "a.json", "prodigy", "prodigy takes .jsonl files. Name it a.jsonl"),
        (["Guns.", " "], "a.csv", "csv", "report 2: text: empty or blank"),
        ("Guns.", "a.csv", "csv", "one text stands where many belong"),
        (REPORTS, "nowhere/a.csv", "csv", "cannot be written: No such file"),
        (["Guns \ud800."], "a.csv", "csv", "half a character"),
    ],
)
def test_faults_leave_nothing_behind(reports, name, tool, told, tmp_path):
    with pytest.raises(InputError) as fault:
        write_unlabelled(reports, tmp_path / name, tool)
    assert told in str(fault.value)
    assert list(tmp_path.iterdir()) == []


def test_the_same_reports_give_the_same_bytes(tmp_path):
    runs = {write_unlabelled(REPORTS, tmp_path / f"{n}.json", "label-studio")[0].read_bytes() for n in range(2)}
    assert len(runs) == 1
