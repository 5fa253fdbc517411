"""The page of a report: what is in it agrees with the table, nothing in it runs or loads but its own script."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import HERE
from test_index import ROWS, TABLE, row
from test_pages import PAYLOADS, Tags, colours, luminance

import escalation
from escalation import compact, excerpts, reporting
from escalation.errors import InputError
from escalation.index import build_index

TEMPLATES = Path(escalation.__file__).parent / "templates"
HOSTILE = (*PAYLOADS, "</script><script>alert(1)</script>", "<!--<script>", "javascript:alert(1)", "&lt;b&gt &#x", "\u202egnp.exe", "\u2028alert(1)", "</SCRIPT >")
CODE = "".join((TEMPLATES / name).read_text(encoding="utf-8") for name in reporting._SCRIPTS)
TEXTS = {
    "r0": "Gunboats shelled the port of Tarvos, killing nine dockers. The harvest was good.",
    "r1": "The ceasefire has held for a week. Talks resumed.",
    "r3": "Rebels vowed to retaliate for the raid on the harbour.",
}


def made(folder: Path, table: pd.DataFrame, **given: object) -> tuple[str, dict, escalation.ReportPage]:
    """A page, its data, and what is told of it."""
    about = escalation.report(table, folder / "page.html", **given)
    page = (folder / "page.html").read_text(encoding="utf-8")
    return page, json.loads(re.findall(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)[0]), about


def numbers(column: dict) -> np.ndarray:
    return np.frombuffer(base64.b64decode(column["data"]), {"u1": "<u1", "u2": "<u2", "u4": "<u4"}[column["type"]])


def words(column: dict) -> list[list[str]]:
    return [[column["names"][at] for at in column["sets"][code]] for code in numbers(column["rows"])]


@pytest.fixture(scope="module")
def scored(tmp_path_factory, scorer):
    """A table and the archive that it was scored from."""
    folder = tmp_path_factory.mktemp("scored")
    archive = folder / "archive.jsonl"
    archive.write_text("".join(json.dumps({"id": id, "text": text}) + "\n" for id, text in TEXTS.items()), encoding="utf-8")
    return TABLE.assign(risk=[scorer.score(TEXTS[item["id"]]).risk if item["id"] in TEXTS else item["risk"] for item in ROWS]), archive


def test_every_row_is_on_the_page_or_told(tmp_path):
    _, data, about = made(tmp_path, TABLE)
    assert sorted(data["id"]) == ["r0", "r1", "r2", "r3", "r4"]
    assert about.left_out == {"without a risk": 1, "not English": 1, "undated": 1, "copies": 1}
    assert about.reports + sum(about.left_out.values()) == len(ROWS)


def test_the_columns_of_the_page_are_those_of_the_table(tmp_path):
    _, data, _ = made(tmp_path, TABLE)
    table = TABLE.set_index("id").loc[data["id"]]
    assert (numbers(data["risk"]) / compact.SCALE).tolist() == pytest.approx(table["risk"].tolist(), abs=1e-4)
    assert [data["levels"][code] for code in numbers(data["level"])] == table["level"].tolist()
    assert words(data["countries"]) == [cell.split() for cell in table["countries"]]
    assert words(data["actors"]) == [[name for name in cell.split(";") if name] for cell in table["actors"]]
    assert words(data["source"]) == [[cell] for cell in table["source"]]
    assert (pd.Timestamp(data["first"]) + pd.to_timedelta(numbers(data["day"]), unit="D")).strftime("%Y-%m-%d").tolist() == table["published"].tolist()


def test_the_line_is_the_index(tmp_path):
    _, data, _ = made(tmp_path, TABLE, by="countries", base=("2024-01-01", "2024-01-14"))
    index = build_index(TABLE, base=("2024-01-01", "2024-01-14"))
    line = data["lines"][0]
    assert line["n"] == index["n"].tolist()
    assert [None if value != value else pytest.approx(value, abs=1e-5) for value in index["risk_low"]] == line["low"]
    assert np.array(line["mean"], float) * line["factor"] == pytest.approx(index["score"].to_numpy(), abs=0.01, nan_ok=True)
    assert data["starts"] == ["2024-01-01", "2024-01-08", "2024-01-15", "2024-01-22"]


def test_groups_have_lines_of_their_own_in_the_same_periods(tmp_path):
    _, data, _ = made(tmp_path, TABLE, by="countries")
    assert [line["name"] for line in data["lines"]] == ["", "IRN", "ISR", "PER"]
    assert [line["n"] for line in data["lines"][1:]] == [[1, 0, 0, 1], [2, 0, 0, 0], [0, 1, 0, 0]]


def test_the_reports_of_a_period_are_counted_as_its_index_counts_them(tmp_path):
    _, data, _ = made(tmp_path, TABLE, freq="D")
    assert np.bincount(numbers(data["period"]), minlength=len(data["starts"])).tolist() == data["lines"][0]["n"]


def test_changes_of_level_are_on_the_page(tmp_path):
    days = pd.date_range("2024-01-01", periods=30, freq="W-MON").repeat(6)
    risk = np.random.default_rng(0).normal(0.1, 0.01, len(days)) + 0.3 * (np.arange(len(days)) >= 90)
    table = pd.DataFrame([row(n, str(day.date()), float(value)) for n, (day, value) in enumerate(zip(days, risk, strict=True))])
    assert made(tmp_path, table)[1]["lines"][0]["changes"] == [[15, 1]]


def test_the_riskiest_reports_of_each_period_carry_their_text(tmp_path, scored, scorer):
    table, archive = scored
    _, data, about = made(tmp_path, table, archive=archive, top=1, model=scorer)
    assert {data["id"][int(at)] for at in data["texts"]} == {"r0", "r3"} - ({"r3"} if table["risk"][3] < table["risk"][4] else set())
    assert about.texts == len(data["texts"])
    assert len(made(tmp_path, table, archive=archive, top=5, model=scorer)[1]["texts"]) == 3
    assert made(tmp_path, table, archive=archive, top=0)[1]["texts"] == {}


def test_shares_and_words_are_those_of_the_model(tmp_path, scored, scorer):
    table, archive = scored
    _, data, _ = made(tmp_path, table, archive=archive, model=scorer)
    baseline, sentences, left = data["texts"][str(data["id"].index("r0"))]
    a = scorer.score(TEXTS["r0"])
    assert left == 0
    assert ["".join(part if isinstance(part, str) else part[0] for part in parts) for _, parts, _ in sentences] == [s.text for s in a.sentences]
    assert baseline + sum(share for share, _, _ in sentences) == pytest.approx(np.log(a.risk / (1 - a.risk)), abs=1e-3)
    assert [cue[1] for _, _, cues in sentences for cue in cues] == [cue.name for cue in a.cues]
    assert any(not isinstance(part, str) for part in sentences[0][1])


def test_a_text_that_gives_another_risk_is_not_explained(tmp_path, scored, scorer):
    table, archive = scored
    _, data, about = made(tmp_path, table.assign(risk=table["risk"] * 0.9), archive=archive, model=scorer)
    assert data["texts"] == {}
    assert about.left_out["texts of another risk now"] == 3
    assert about.left_out["texts not in the archive"] == 2


def test_a_long_text_ends_at_a_sentence_and_says_so(scorer, monkeypatch):
    monkeypatch.setattr(excerpts, "LONGEST", 90)
    _, sentences, left = excerpts.pieces(scorer.score(TEXTS["r0"] + " More was said on Monday." * 3))
    assert (len(sentences), left) == (2, 3)


@pytest.fixture(scope="module")
def attacked(tmp_path_factory, scorer) -> tuple[str, dict]:
    folder = tmp_path_factory.mktemp("attacked")
    reports = [{"id": text, "text": f"{text} Rebels shelled the port, killing {n} people."} for n, text in enumerate(HOSTILE, 20)]
    (folder / "archive.jsonl").write_text("".join(json.dumps(report) + "\n" for report in reports), encoding="utf-8")
    table = pd.DataFrame([row(n, "2024-01-01", scorer.score(report["text"]).risk, id=report["id"], source=report["id"], actors=report["id"], countries="IRN") for n, report in enumerate(reports)])
    return made(folder, table, archive=folder / "archive.jsonl", by="source", top=99, model=scorer, title=PAYLOADS[0])[:2]


def test_no_payload_leaves_the_data(attacked):
    page, _ = attacked
    assert Counter(Tags(page).tags)["script"] == 2
    assert [tag for tag in Tags(page).tags if tag in ("img", "iframe", "a", "object", "embed", "link", "form", "b")] == []
    assert page.count("</script") == 2
    assert "<!--" not in page
    assert page.isascii() or not re.search("[\u202a-\u202e\u2066-\u2069\u2028\u2029]", page)


@pytest.mark.parametrize("text", [*HOSTILE, "half \ud800 a character", "\x00 \x7f"])
def test_data_for_a_script_element_is_plain_ascii_and_comes_back(text):
    written = compact.script({text: [text]})
    assert json.loads(written) == {text: [text]}
    assert written.isascii()
    assert not set("<>&") & set(written)


@pytest.mark.parametrize("payload", HOSTILE)
def test_a_payload_is_in_the_data_as_it_is(attacked, payload):
    assert payload.strip() in attacked[1]["source"]["names"]
    assert len(attacked[1]["texts"]) == len(HOSTILE)


def test_no_attribute_runs_or_loads_anything(attacked):
    assert [name for name, _ in Tags(attacked[0]).attributes if name.startswith("on") or name in ("src", "href", "srcset", "action", "style")] == []


@pytest.mark.parametrize("kind", ["script", "style"])
def test_the_policy_allows_this_content_and_no_other(attacked, kind):
    content = re.findall(rf"<{kind}>(.*?)</{kind}>", attacked[0], re.S)
    found = [f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in content]
    policy = next(value for name, value in Tags(attacked[0]).attributes if name == "content" and value and "default-src" in value)
    assert f"{kind}-src {found[0]};" in policy
    assert len(found) == 1
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("way", ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "setTimeout(\"", "import(", "fetch(", "XMLHttpRequest", "WebSocket", "createContextualFragment", "DOMParser", "</", "<!--"])
def test_the_script_writes_text_only_and_asks_for_nothing(way):
    assert way not in CODE


def test_no_address_of_a_network_is_on_the_page(attacked):
    own = attacked[0].replace("http://www.w3.org/2000/svg", "").replace("http://evil.example", "")  # a name of SVG, and a payload
    assert not re.search(r"https?:|@import|url\(", own)


def test_the_same_table_gives_the_same_bytes(tmp_path, scored, scorer):
    table, archive = scored
    assert made(tmp_path, table, archive=archive, by="actors", model=scorer)[0] == made(tmp_path, table.copy(), archive=archive, by="actors", model=scorer)[0]


def test_a_page_is_made_of_the_columns_that_an_index_needs(tmp_path):
    _, data, _ = made(tmp_path, TABLE[["published", "risk", "level", "acts", "threats", "restraint"]])
    assert (data["countries"]["names"], set(data["id"])) == ([], {""})


def test_a_row_takes_few_bytes(tmp_path):
    table = pd.DataFrame([row(n, str(day.date()), 0.2, countries="IRN ISR", actors="Hezbollah") for n, day in enumerate(pd.date_range("2024-01-01", periods=400).repeat(10))])
    small = made(tmp_path, table[:400])[2].size
    assert (made(tmp_path, table)[2].size - small) / 3600 < 50


@pytest.mark.parametrize(
    ("given", "fault"),
    [({"path": "page.txt"}, "End its name in .html"), ({"by": "level"}, "not one of"), ({"top": -1}, "from 0 up"), ({"path": "absent/page.html"}, "no such folder"), ({"freq": "fortnight"}, "no period"), ({"archive": "absent.jsonl"}, "absent.jsonl")],
)
def test_what_cannot_be_made_is_refused(tmp_path, given, fault):
    path = tmp_path / given.pop("path", "page.html")
    with pytest.raises(InputError, match=fault):
        escalation.report(TABLE, path, **given)
    assert not path.exists()


def test_more_rows_than_a_browser_can_show_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(reporting, "_MOST", 4)
    with pytest.raises(InputError, match="Choose days by within"):
        escalation.report(TABLE, tmp_path / "page.html")


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("tint", ["up", "down"])
def test_words_on_the_strongest_tint_stand_out(attacked, scheme, tint):
    found = colours(attacked[0], scheme)
    parts = re.findall(rf"--tint-{tint}: (\d+),(\d+),(\d+)", attacked[0])[scheme]
    digits = found["back"].strip("#")
    ground = [int(part, 16) for part in (re.findall("..", digits) if len(digits) == 6 else [digit * 2 for digit in digits])]
    mixed = "#" + "".join(f"{round(0.4 * int(ink) + 0.6 * under):02x}" for ink, under in zip(parts, ground, strict=True))
    lighter, darker = sorted((luminance(found["text"]), luminance(mixed)), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) >= 4.5


def test_the_shell_makes_a_page(tmp_path, scored):
    table, archive = scored
    table.to_csv(tmp_path / "scores.csv", index=False)
    command = [sys.executable, "-m", "escalation", "report", tmp_path / "scores.csv", "-o", tmp_path / "page.html", "--archive", archive, "--by", "countries"]
    run = subprocess.run([*map(str, command)], capture_output=True, text=True, cwd=HERE.parent, check=False)
    assert (run.returncode, run.stdout) == (0, "")
    assert "5 reports, 3 with their text" in run.stderr
    assert "copies: 1" in run.stderr
    assert (tmp_path / "page.html").is_file()


def test_the_shell_says_that_another_model_scored_the_table(tmp_path, scored):
    table, archive = scored
    table.assign(risk=table["risk"] * 0.9).to_csv(tmp_path / "scores.csv", index=False)
    command = [sys.executable, "-m", "escalation", "report", tmp_path / "scores.csv", "-o", tmp_path / "page.html", "--archive", archive, "--source", "id"]
    run = subprocess.run([*map(str, command)], capture_output=True, text=True, cwd=HERE.parent, check=False)
    assert run.returncode == 0
    assert "scored with another model: give it with --model" in run.stderr
