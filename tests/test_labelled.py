"""Labelled reports come in whole, or with a reason."""

from __future__ import annotations

import gzip
import json
import sys
from contextlib import suppress
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from conftest import HERE
from hypothesis import given
from hypothesis import strategies as st

from escalation.errors import EscalationError, InputError, MissingExtraError
from escalation.fields import NAMES
from escalation.labelled import Labelled, read_labelled
from escalation.records import LEVELS, Report

SHELLED = "Gunboats shelled the port of Tarvos, killing nine dockers."
TALKS = "Envoys of the two coastal states resumed talks in Ostrel."
DRILL = "The northern army called up reserves for a drill near the river."
TEXTS = (SHELLED, TALKS, DRILL)
ROWS = [{"text": SHELLED, "label": 4}, {"text": TALKS, "label": 0}, {"text": DRILL, "label": 2}]
RESULT = {"from_name": "risk", "to_name": "text", "type": "choices"}


def write(path: Path, rows: object) -> Path:
    """Rows in the format that the name of the file says."""
    text = "".join(json.dumps(row) + "\n" for row in rows) if ".jsonl" in path.name else json.dumps(rows)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def text_file(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def parquet(path: Path) -> Path:
    pd.DataFrame(ROWS).to_parquet(path)
    return path


def choice(*names: str, **more: object) -> dict:
    return {"result": [{**RESULT, "value": {"choices": list(names)}}], **more}


def stars(number: int) -> dict:
    return {"result": [{"from_name": "heat", "to_name": "text", "type": "rating", "value": {"rating": number}}]}


def task(text: str, *annotations: dict, **data: object) -> dict:
    return {"id": 7, "data": {"text": text, **data}, "annotations": list(annotations), "predictions": []}


def record(number: int, text: str, **controls: object) -> dict:
    """A row of Label Studio's JSON-MIN."""
    return {"text": text, "id": number, **controls, "annotator": 1, "annotation_id": number, "created_at": "2024-05-01T08:00:00Z", "updated_at": "2024-05-01T08:00:00Z", "lead_time": 4.2}


# Exports as a tool would never write them.
FIELDS = "text label labels data annotations result from_name type value choices rating answer accept options meta _input_hash annotation_id lead_time id risk date weight source".split()
LEAF = st.none() | st.booleans() | st.integers(-1, 6) | st.floats() | st.text(max_size=3) | st.sampled_from(["accept", "ignore", "high", "none", "rating"])
JSON = st.recursive(LEAF, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=6), max_leaves=20)
RESULTS = st.lists(st.fixed_dictionaries({"from_name": JSON, "type": st.sampled_from(["choices", "rating", "number"]), "value": JSON}), max_size=2)
TASKS = st.fixed_dictionaries({"data": JSON | st.fixed_dictionaries({"text": st.text(max_size=3)}), "annotations": JSON | st.lists(JSON | st.fixed_dictionaries({"result": JSON | RESULTS}), max_size=3)})

SOURCES = {
    "csv": lambda folder: text_file(folder / "a.csv", f'text,label\n"{SHELLED}",4\n"{TALKS}",0\n"{DRILL}",2\n'),
    "csv with semicolons": lambda folder: text_file(folder / "a.csv", f'text;label\n"{SHELLED}";4\n"{TALKS}";0\n"{DRILL}";2\n'),
    "csv with a byte order mark": lambda folder: text_file(folder / "a.csv", f'\ufefftext,label\r\n"{SHELLED}",4\r\n"{TALKS}",0\r\n"{DRILL}",2\r\n'),
    "tsv": lambda folder: text_file(folder / "a.tsv", f"label\tbody\n4\t{SHELLED}\n0\t{TALKS}\n2\t{DRILL}\n"),
    "jsonl": lambda folder: write(folder / "a.jsonl", ROWS),
    "jsonl.gz": lambda folder: write(folder / "a.jsonl.gz", ROWS),
    "json": lambda folder: write(folder / "a.json", ROWS),
    "parquet": lambda folder: parquet(folder / "a.parquet"),
    "frame": lambda folder: pd.DataFrame(ROWS, index=["x", "y", "z"]),
    "frame of levels": lambda folder: pd.DataFrame({"Article": TEXTS, "Risk": pd.Categorical(["high", "none", "guarded"])}),
    "pairs": lambda folder: zip(TEXTS, (4, 0, 2), strict=True),
    "pairs of reports": lambda folder: [(Report(text), label) for text, label in zip(TEXTS, ("4.0", "0.0", "2.0"), strict=True)],
    "mappings": lambda folder: iter(ROWS),
    "a label under a name of its own": lambda folder: [{"text": row["text"], "verdict": LEVELS[row["label"]]} for row in ROWS],
    "Label Studio": lambda folder: write(folder / "a.json", [task(SHELLED, choice("high")), task(TALKS, choice("none")), task(DRILL, choice("guarded"))]),
    "Label Studio ratings": lambda folder: write(folder / "a.json", [task(SHELLED, stars(5)), task(TALKS, stars(1)), task(DRILL, stars(3))]),
    "Label Studio numbers": lambda folder: [task(text, {"result": [{**RESULT, "type": "number", "value": {"number": n}}]}) for text, n in zip(TEXTS, (4, 0, 2), strict=True)],
    "Label Studio of old": lambda folder: [{"data": {"text": text}, "completions": [choice(name)]} for text, name in zip(TEXTS, ("high", "none", "guarded"), strict=True)],
    "JSON-MIN": lambda folder: write(folder / "a.json", [record(1, SHELLED, verdict="high"), record(2, TALKS, verdict="none"), record(3, DRILL, verdict="guarded")]),
    "JSON-MIN ratings": lambda folder: [record(1, SHELLED, heat=[{"rating": 5}]), record(2, TALKS, heat=[{"rating": 1}]), record(3, DRILL, heat=[{"rating": 3}])],
    "doccano": lambda folder: write(folder / "a.jsonl", [{"id": n, "text": text, "label": [name], "Comments": []} for n, text, name in zip((11, 12, 13), TEXTS, ("high", "none", "guarded"), strict=True)]),
    "doccano of old": lambda folder: [{"id": n, "data": text, "labels": [name]} for n, text, name in zip((1, 2, 3), TEXTS, ("high", "none", "guarded"), strict=True)],
    "doccano csv": lambda folder: text_file(folder / "a.csv", f'id,text,label,Comments\n1,"{SHELLED}",high,\n2,"{TALKS}",none,\n3,"{DRILL}",guarded,\n'),
    "Prodigy choice": lambda folder: write(
        folder / "a.jsonl",
        [{"text": text, "options": [{"id": level, "text": level} for level in LEVELS], "accept": [name], "answer": "accept", "_input_hash": n} for n, text, name in zip((1, 2, 3), TEXTS, ("high", "none", "guarded"), strict=True)],
    ),
}


@pytest.mark.parametrize("name", SOURCES)
def test_every_source_gives_the_same_reports(name, tmp_path):
    found = read_labelled(SOURCES[name](tmp_path))
    assert tuple(report.text for report in found.reports) == TEXTS
    assert found.codes == (4.0, 0.0, 2.0)
    assert found.positive == (True, False, False)
    assert found.scale == "ordinal"
    assert found.rejected == ()


@pytest.mark.parametrize(
    ("given_labels", "codes", "scale"),
    [
        ((1, 0), (1.0, 0.0), "binary"),
        ((True, False), (1.0, 0.0), "binary"),
        (("Yes", " no "), (1.0, 0.0), "binary"),
        (("TRUE", "false"), (1.0, 0.0), "binary"),
        (("1.0", 0), (1.0, 0.0), "binary"),
        ((4, 0), (4.0, 0.0), "ordinal"),
        ((2.5, 0), (2.5, 0.0), "ordinal"),
        (("low", "none"), (1.0, 0.0), "ordinal"),
        (("Elevated", 1), (3.0, 1.0), "ordinal"),
    ],
)
def test_labels_are_read_as_coders_write_them(given_labels, codes, scale):
    found = read_labelled(zip(TEXTS[:2], given_labels, strict=True))
    assert (found.codes, found.scale) == (codes, scale)


@pytest.mark.parametrize(
    ("labels", "codes", "scale"),
    [({"calm": 0, "hot": 4}, (4.0, 0.0), "ordinal"), ({"CALM": 0, "Hot ": 1}, (1.0, 0.0), "binary"), ({"calm": "none", "hot": "elevated"}, (3.0, 0.0), "ordinal")],
)
def test_names_are_mapped_on_request(labels, codes, scale):
    found = read_labelled([(SHELLED, "hot"), (TALKS, "calm")], labels=labels)
    assert (found.codes, found.scale) == (codes, scale)
    assert found.names == {"calm": codes[1], "hot": codes[0]}


@given(st.lists(st.tuples(st.text(), st.sampled_from([0, 1, 2, 3, 4, "", None])), min_size=1, max_size=20))
def test_every_row_is_a_report_or_rejected_with_a_reason(pairs):
    found = read_labelled([*pairs, (SHELLED, 4), (TALKS, 0)])
    assert len(found) + len(found.rejected) == len(pairs) + 2
    assert all(reason for _, reason in found.rejected)


@given(st.lists(st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=8) | TASKS, max_size=4))
def test_what_is_no_export_is_an_error_of_ours(rows):
    with suppress(EscalationError):
        assert isinstance(read_labelled(rows), Labelled)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"text": "", "label": 1}, "no text"),
        ({"text": None, "label": 1}, "no text"),
        ({"text": 7, "label": 1}, "no text"),
        ({"text": DRILL, "label": None}, "no label"),
        ({"text": DRILL, "label": float("nan")}, "no label"),
        ({"text": DRILL, "label": pd.NA}, "no label"),
        ({"text": DRILL}, "no label"),
        ({"text": DRILL, "label": 1, "weight": -1}, "weight -1"),
        ({"text": DRILL, "label": 1, "weight": "much"}, "weight 'much'"),
        ({"text": DRILL, "label": 1, "date": "one day"}, "'one day' is not a date"),
        ({"text": DRILL, "label": "high#low"}, "'high#low' where one belongs"),
        ({"text": f" {SHELLED}\n", "label": 4}, "the same text as in item 1"),
    ],
)
def test_a_row_that_cannot_be_used_is_rejected(row, reason):
    found = read_labelled([*ROWS[:2], row])
    assert [place for place, _ in found.rejected] == ["item 3"]
    assert reason in found.rejected[0].reason
    assert len(found) == 2


def test_a_text_with_two_labels_is_rejected_twice():
    found = read_labelled([*ROWS, {"text": SHELLED, "label": 1}])
    assert [place for place, _ in found.rejected] == ["item 1", "item 4"]
    assert "labelled '4' here and '1' there" in found.rejected[0].reason
    assert "the same text as in item 1" in found.rejected[1].reason


@pytest.mark.parametrize(
    ("rows", "rejected"),
    [
        ([task(DRILL)], ("item 3", "no label")),
        ([task(DRILL, choice("high", was_cancelled=True))], ("item 3, annotation 1", "skipped by the coder")),
        ([task(DRILL, choice("high", "low"))], ("item 3, annotation 1", "2 labels (high, low) where one belongs")),
        ([task(DRILL, {"result": []})], ("item 3, annotation 1", "no label")),
        ([{"text": DRILL}], ("item 3", "not a Label Studio task")),
    ],
)
def test_label_studio_tasks_without_one_label_are_rejected(rows, rejected):
    found = read_labelled([task(SHELLED, choice("high")), task(TALKS, choice("none")), *rows])
    assert found.tool == "Label Studio"
    assert found.rejected == (rejected,)


def test_several_coders_of_one_task_give_their_median():
    found = read_labelled([task(SHELLED, choice("high"), choice("elevated"), choice("high")), task(TALKS, choice("none"), choice("none")), task(DRILL, choice("guarded"), choice("elevated"))])
    assert found.codes == (4.0, 0.0, 2.5)
    assert found.disputed == 2


@pytest.mark.parametrize(("answers", "code"), [(("yes", "no", "no"), 0.0), (("yes", "no", "yes"), 1.0), (("yes", "no"), 1.0)])
def test_several_coders_with_two_labels_give_their_majority_the_higher_in_a_tie(answers, code):
    found = read_labelled([*[record(1, SHELLED, label=answer) for answer in answers], record(2, TALKS, label="no"), record(3, DRILL, label="yes")])
    assert found.codes[0] == code
    assert found.disputed == 1


@pytest.mark.parametrize("named", [{"label": "ESCALATION"}, {}])
def test_prodigy_answers_are_labels_where_there_is_one_to_accept(named):
    found = read_labelled([{"text": text, **named, "answer": answer, "meta": {"report_id": answer, "source": "wire"}} for text, answer in zip(TEXTS, ("accept", "reject", "ignore"), strict=True)])
    assert found.codes == (1.0, 0.0)
    assert found.rejected == (("item 3", "ignored by the coder"),)
    assert [report.id for report in found.reports] == ["accept", "reject"]
    assert found.groups == ("wire", "wire")


def test_a_rejected_prodigy_label_of_several_says_only_what_is_not():
    found = read_labelled([{"text": SHELLED, "label": "high", "answer": "accept"}, {"text": TALKS, "label": "none", "answer": "accept"}, {"text": DRILL, "label": "high", "answer": "reject"}])
    assert found.codes == (4.0, 0.0)
    assert "not 'high'" in found.rejected[0].reason


def test_coders_of_one_prodigy_input_are_merged():
    rows = [{"text": text, "options": [], "accept": [name], "answer": "accept", "_input_hash": n, "_annotator_id": who} for text, n, who, name in ((SHELLED, 1, "a", "high"), (SHELLED, 1, "b", "guarded"), (TALKS, 2, "a", "none"))]
    found = read_labelled(rows)
    assert (found.codes, found.disputed) == ((3.0, 0.0), 1)


@pytest.mark.parametrize(
    ("row", "held"),
    [
        ({"headline": "Port shelled", "body": SHELLED, "label": 1}, {"text": "headline+body", "label": "label"}),
        ({"title": "Port shelled", "Content": SHELLED, "URL": "x", "code": 1}, {"text": "title+Content", "label": "code", "id": "URL"}),
        ({"headline": "Port shelled", "text": SHELLED, "y": 1}, {"text": "text", "label": "y"}),
        ({"article": SHELLED, "event": "siege", "outlet": "wire", "Risk": 1}, {"text": "article", "label": "Risk", "group": "event", "source": "outlet"}),
        ({"text": SHELLED, "pub_date": "2024-05-01", "sample_weight": 2, "score": 1}, {"text": "text", "label": "score", "published": "pub_date", "weight": "sample_weight"}),
    ],
)
def test_fields_are_guessed_and_the_guess_is_told(row, held):
    body = held["text"].split("+")[-1]
    assert read_labelled([row, {**row, body: TALKS, held["label"]: 0}]).fields == held


@pytest.mark.parametrize("role", NAMES)
def test_the_reference_lists_every_name_that_is_guessed(role):
    page = (HERE.parent / "docs" / "reference" / "formats.md").read_text(encoding="utf-8")
    assert f"| {role} | {', '.join(f'`{name}`' for name in NAMES[role])} |" in page


def test_fields_are_used_as_given():
    rows = [
        {"head": "Port shelled", "lead": SHELLED, "coder 2": 4, "label": 0, "day": date(2024, 5, 1), "w": "0.5", "war": "A", "id": 1, "source": "wire"},
        {"head": None, "lead": TALKS, "coder 2": 0, "label": 0, "day": None, "w": None, "war": None, "id": None, "source": None},
    ]
    found = read_labelled(rows, text="head+lead", label="coder 2", group="war", published="day", weight="w")
    assert found.reports == (Report(f"Port shelled\n\n{SHELLED}", date(2024, 5, 1), "1", "wire"), Report(TALKS))
    assert found.codes == (4.0, 0.0)
    assert found.groups == ("A", "item 2")
    assert found.weights == (0.5, 1.0)


def test_text_is_never_rewritten(tmp_path):
    text = "'-Guns\r\nfire,  \"again\"\u00a0\u2019s;\n"
    found = read_labelled(write(tmp_path / "a.jsonl", [{"text": text, "label": 1}, ROWS[1]]))
    assert found.reports[0].text == text


BROKEN = {
    "empty.csv": ("", "holds no rows"),
    "head.csv": ("text,label\n", "holds no rows"),
    "empty.jsonl": ("\n", "holds no rows"),
    "empty.json": ("", "holds no rows"),
    "bad.jsonl": ('{"text": "a", "label": 1}\n{"text": \n', "bad.jsonl, line 2: not JSON"),
    "list.jsonl": ("[1]\n", "list.jsonl, line 1: a list instead of an object"),
    "bad.json": ('{"text": "a"}\n{"text": "b"}', "name it .jsonl"),
    "object.json": ('{"text": "a"}', "a JSON dict instead of a list"),
    "wide.csv": ("text,label\na,1,2\n", "wide.csv, row 2: 1 cells more than the header"),
    "plain.txt": ("text", "does not tell the format"),
    "export.zip": ("PK", "unpack a .zip first"),
    "notext.csv": ("words,label\n1,1\n", "no field looks like the text; there are ['words', 'label']"),
    "nolabel.csv": ("text,a,b\nx,1,2\n", "no field looks like the label; there are ['text', 'a', 'b']"),
    "same.csv": ("text,label\na,1\nb,1\n", "all 2 labels are '1'"),
    "none.csv": ("text,label\n,1\nb,\n", "none of 2 rows can be used"),
    "unknown.csv": ("text,label\na,hot\nb,calm\n", "row 2: label 'hot' is not known. "),
    "remedy.csv": ("text,label\na,hot\nb,calm\n", "0 none to 4 high: labels={'calm': ?, 'hot': ?}"),
    "near.csv": ("text,label\na,high\nb,elevatd\n", "row 3: label 'elevatd' is not known"),
    "headless.csv": ("The army shelled the town of Velm on Monday and left,4\nThe fair of Oskar opened,0\n", "['The army shelled the town of Velm on Mon\u2026', '4']. Name it with text=.... If these are a report and its label, the file has no header: "),
    "several.csv": ("text,label\na,hgih\nb,none\nc,hgih\nd,nnoe\n", "row 2: label 'hgih' is not known. Nor are 'hgih' in row 4, 'nnoe' in row 5. "),
    "beyond.csv": ("text,label\na,7\nb,1\n", "Codes go from 0 to 4: correct those rows, or say what each stands for"),
    "range.csv": ("text,label\na,5\nb,1\n", "row 2: label '5' is not known"),
    "negative.csv": ("text,label\na,-1\nb,1\n", "row 2: label '-1' is not known"),
    "mixed.csv": ("text,label\na,yes\nb,high\n", "row 2: label 'yes' beside 'high'"),
    "probability.csv": ("text,label\na,0.3\nb,1\n", "a probability, not a code"),
    "ids.csv": ("text,label\n" + "".join(f"t{n},{n}\n" for n in range(50)), "rather an id or a text"),
    "broken.csv.gz": ("not gzip", "damaged there"),
    "spans.jsonl": ('{"text": "a", "label": [[0, 1, "X"]]}\n', "line 1: label holds spans"),
}


def test_a_file_from_windows_is_told_with_the_command_that_converts_it(tmp_path):
    (tmp_path / "latin.csv").write_bytes("text,label\nCafé shelled.,1\n".encode("cp1252"))
    with pytest.raises(InputError, match=r"byte 0xe9 is not UTF-8\. Convert the file; from Windows: iconv -f WINDOWS-1252"):
        read_labelled(tmp_path / "latin.csv")


@pytest.mark.parametrize("name", BROKEN)
def test_a_fault_names_file_place_and_remedy(name, tmp_path):
    content, told = BROKEN[name]
    text_file(tmp_path / name, content)
    with pytest.raises(InputError) as fault:
        read_labelled(tmp_path / name)
    assert told in str(fault.value)
    assert str(fault.value).startswith(str(tmp_path / name))
    assert str(fault.value).endswith((".", "..."))


@pytest.mark.parametrize(
    ("source", "more", "told"),
    [
        (ROWS, {"label": "risk"}, "no field 'risk'; there are ['text', 'label']"),
        (ROWS, {"text": "headline+text"}, "no field 'headline'"),
        (ROWS, {"labels": {"4": 9}}, "labels: '4' is mapped to something that is not a code"),
        ([("a", "calm"), ("b", "hot")], {"labels": {"calm": 0, "hott": 4}}, "The labels that are mapped have 'hott': correct the one or the other."),
        (ROWS, {"labels": {"4": 4}}, "item 2: label '0' is not known"),
        (7, {}, "source: int stands where reports belong"),
        ({"text": "a"}, {}, "source: dict stands where reports belong"),
        (["text"], {}, "item 1: a str instead of a text with its label"),
        ([task(SHELLED, {"result": [*choice("high")["result"], *stars(3)["result"]]})] * 2, {"label": "tone"}, "no field 'tone'"),
        ([task(SHELLED, {"result": [{**RESULT, "from_name": "tone", "value": {"choices": ["high"]}}, *stars(3)["result"]]})], {}, "Label Studio has labels under ['tone', 'heat']"),
    ],
)
def test_a_wrong_call_names_the_remedy(source, more, told):
    with pytest.raises(InputError) as fault:
        read_labelled(source, **more)
    assert told in str(fault.value)


def test_bad_utf8_is_told_with_its_line(tmp_path):
    (tmp_path / "a.jsonl").write_bytes(b'{"text": "a", "label": 1}\n{"text": "\xff", "label": 0}\n')
    with pytest.raises(InputError, match=r"a.jsonl, after line \d: .*UTF-8"):
        read_labelled(tmp_path / "a.jsonl")


@pytest.mark.parametrize("name", ["nowhere.csv", "nowhere.jsonl.gz", "nowhere.json", "nowhere.tsv"])
def test_a_missing_file_is_told(name, tmp_path):
    with pytest.raises(InputError, match=f"{name}: cannot be read: No such file"):
        read_labelled(tmp_path / name)


@pytest.mark.parametrize("content", ["", "not parquet"])
def test_broken_parquet_is_told(content, tmp_path):
    path = text_file(tmp_path / "a.parquet", content)
    with pytest.raises(InputError, match=r"a.parquet: cannot be read as Parquet"):
        read_labelled(path)


def test_parquet_without_pyarrow_names_the_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(MissingExtraError, match=r"escalation\[parquet\]"):
        read_labelled(tmp_path / "a.parquet")


def test_a_label_field_of_label_studio_may_be_chosen():
    rows = [task(text, {"result": [{**RESULT, "from_name": "tone", "value": {"choices": ["calm"]}}, *stars(n)["result"]]}) for text, n in zip(TEXTS, (5, 1, 3), strict=True)]
    assert read_labelled(rows, label="heat").codes == (4.0, 0.0, 2.0)


def test_missing_values_of_pandas_are_missing():
    frame = pd.DataFrame({"text": [*TEXTS, None], "label": pd.array([1, 0, 1, 0], dtype="Int64"), "date": [pd.Timestamp("2024-05-01"), pd.NaT, None, None], "group": pd.array(["x", pd.NA, "x", "x"], dtype="string")})
    found = read_labelled(frame)
    assert [report.published for report in found.reports] == [date(2024, 5, 1), None, None]
    assert found.groups == ("x", "DataFrame, row 1", "x")
    assert found.rejected == (("DataFrame, row 3", "no text"),)


def test_thirty_thousand_reports_are_read_in_seconds():
    from time import perf_counter

    start = perf_counter()
    found = read_labelled((f"{SHELLED} {n}", n % 5) for n in range(30_000))
    assert isinstance(found, Labelled)
    assert perf_counter() - start < 10


def test_labels_of_one_kind_are_read_where_they_may_be():
    assert read_labelled([("Guns fired.", 3), ("Shells fell.", 3)], varied=False).codes == (3.0, 3.0)
