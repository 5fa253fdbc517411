"""The index: every report counted once or told, empty periods shown, bands, levels, drilling down."""

from __future__ import annotations

import csv
import json
import math
import re
import sqlite3
import subprocess
import sys
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from conftest import HERE

import escalation
from escalation import changes, pictures, svg
from escalation.errors import InputError
from escalation.index import build_index, drill, sentences

COLUMNS = ["row", "id", "published", "source", "risk", "low", "high", "level", "rung", "evidence", "acts", "threats", "restraint", "sentences", "cues", "flags", "countries", "actors", "copy_of"]


def row(number: int, published: str | None, risk: float, **more: object) -> dict[str, object]:
    plain = dict.fromkeys(COLUMNS) | {"row": number, "id": f"r{number}", "published": published, "source": "wire", "risk": risk, "level": "high" if risk > 0.8 else "elevated" if risk > 0.5 else "low"}
    return plain | {"acts": risk, "threats": risk / 2, "restraint": 0.1, "flags": "", "countries": "", "actors": ""} | more


ROWS = [
    row(0, "2024-01-01", 0.9, countries="IRN ISR", actors="Hezbollah;forces of ISR"),
    row(1, "2024-01-07", 0.1, countries="ISR"),
    row(2, "2024-01-08", 0.2, countries="PER", source="coast"),
    row(3, "2024-01-22", 0.6, countries="IRN"),
    row(4, "2024-01-23", 0.4),
    row(5, "2024-01-23", 0.9, copy_of="r3", countries="IRN"),
    row(6, "2024-01-23", 0.5, flags="not_english"),
    row(7, None, 0.5),
    row(8, "2024-01-23", float("nan")),
]
TABLE = pd.DataFrame(ROWS)


def test_every_report_is_in_one_period_or_told():
    index = build_index(TABLE)
    assert index["n"].tolist() == [2, 1, 0, 2]
    assert index["copies"].tolist() == [0, 0, 0, 1]
    assert index.attrs["left_out"] == {"without a risk": 1, "not English": 1, "undated": 1, "copies": 1}
    assert index["n"].sum() + sum(index.attrs["left_out"].values()) == index.attrs["rows"] == len(ROWS)


def test_weeks_begin_on_monday_and_empty_ones_have_no_numbers():
    index = build_index(TABLE)
    assert [str(day.date()) for day in index["start"]] == ["2024-01-01", "2024-01-08", "2024-01-15", "2024-01-22"]
    assert [str(day.date()) for day in index["end"]][:1] == ["2024-01-07"]
    assert index.loc[2, ["risk", "elevated", "acts", "score", "risk_low"]].isna().all()


def test_means_of_a_period():
    first = build_index(TABLE).iloc[0]
    assert first[["risk", "elevated", "acts", "threats", "restraint"]].tolist() == pytest.approx([0.5, 0.5, 0.5, 0.25, 0.1])


def test_bands_hold_the_mean_and_one_report_has_none():
    index = build_index(TABLE)
    assert math.isnan(index.loc[1, "risk_low"])
    assert (index.loc[[0, 3], "risk_low"] <= index.loc[[0, 3], "risk"]).all()
    assert (index.loc[[0, 3], "risk"] <= index.loc[[0, 3], "risk_high"]).all()


def test_bands_cover_as_often_as_they_say():
    stream = np.random.default_rng(1)
    days = pd.date_range("2020-01-06", periods=120, freq="W-MON").repeat(60)
    risks = stream.beta(1, 4, len(days))
    index = build_index(TABLE.iloc[:0].reindex(range(len(days))).assign(published=days, risk=risks, acts=risks, threats=risks, restraint=risks, level="low"))
    assert ((index["risk_low"] <= 0.2) & (index["risk_high"] >= 0.2)).mean() == pytest.approx(0.95, abs=0.05)


def test_resampling_and_normal_bands_agree(monkeypatch):
    stream = np.random.default_rng(1)
    many = pd.DataFrame([row(number, "2024-01-01", risk) for number, risk in enumerate(stream.beta(1, 4, 900))])
    resampled = build_index(many).iloc[0]
    monkeypatch.setattr("escalation.index._MANY", 10)
    assert build_index(many).iloc[0][["risk_low", "risk_high"]].tolist() == pytest.approx(resampled[["risk_low", "risk_high"]].tolist(), abs=0.002)


def test_other_days_are_left_out_and_counted():
    index = build_index(TABLE, within=("2024-01-08", "2024-01-14"))
    assert len(index) == 1
    assert index.attrs["left_out"]["of other days"] == index.attrs["rows"] - index["n"].sum() - sum(n for reason, n in index.attrs["left_out"].items() if reason != "of other days")


def test_a_period_of_few_reports_tells_no_level():
    days = pd.date_range("2024-01-01", periods=20, freq="W-MON").repeat([6] * 10 + [1] * 3 + [6] * 7)
    risk = np.random.default_rng(0).normal(0.1, 0.01, len(days))
    risk[60:63] = 0.9
    table = pd.DataFrame({"id": range(len(days)), "published": days, "risk": risk, "level": "low", "acts": 0.0, "threats": 0.0, "restraint": 0.0, "flags": "", "copy_of": None})
    assert build_index(table)["change"].eq(0).all()
    assert build_index(pd.concat([table] * 6))["change"].ne(0).any()


def test_the_base_has_mean_100():
    assert build_index(TABLE)["score"].mean() == pytest.approx(100)
    index = build_index(TABLE, base=("2024-01-01", "2024-01-14"))
    assert index["score"].iloc[:2].mean() == pytest.approx(100)
    assert build_index(TABLE, base=("2030-01-01", "2030-02-01"))["score"].isna().all()


def test_a_report_counts_in_each_country_that_it_names():
    index = build_index(TABLE, by="countries")
    assert index.groupby("countries")["n"].sum().to_dict() == {"IRN": 2, "ISR": 2, "PER": 1}
    assert index.groupby("countries").size().tolist() == [4, 4, 4]
    assert index.attrs["left_out"]["without countries"] == 1


def test_groups_of_actors_sources_and_too_few():
    assert set(build_index(TABLE, by="actors")["actors"]) == {"Hezbollah", "forces of ISR"}
    assert set(build_index(TABLE, by="source", least=2)["source"]) == {"wire"}
    with pytest.raises(InputError, match="Lower least"):
        build_index(TABLE, by="source", least=99)


@pytest.mark.parametrize("freq", ["D", "M", "Q", "Y"])
def test_other_periods(freq):
    assert build_index(TABLE, freq=freq)["n"].sum() == 5


@pytest.fixture(params=["scores.csv", "scores.csv.gz", "scores.jsonl", "scores.parquet", "scores.sqlite"])
def file(request, tmp_path):
    path = tmp_path / request.param
    if path.suffix == ".parquet":
        TABLE.to_parquet(path)
    elif path.suffix == ".jsonl":
        path.write_text("".join(json.dumps({k: None if v != v else v for k, v in item.items()}) + "\n" for item in ROWS), encoding="utf-8")
    elif path.suffix == ".sqlite":
        with sqlite3.connect(path) as base:
            TABLE.to_sql("scores", base, index=False)
    else:
        TABLE.to_csv(path, index=False)
    return path


def test_every_format_gives_the_same_index(file):
    pd.testing.assert_frame_equal(build_index(file, by="countries"), build_index(TABLE, by="countries"), check_dtype=False)


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"of": "mood"}, "not known"), ({"freq": "fortnight"}, "no period"), ({"by": "town"}, "no column 'town'"), ({"by": "country"}, "Did you mean 'countries'"), ({"base": ("2024-02-01", "2024-01-01")}, "ends before"),
        ({"base": ("soon", "later")}, "pair of days"), ({"least": 0}, "from 1 up"),
    ],
)
def test_what_is_not_understood_is_refused(given, fault):
    with pytest.raises(InputError, match=fault):
        build_index(TABLE, **given)


def test_tables_that_hold_nothing_are_refused(tmp_path):
    with pytest.raises(InputError, match="no row can be counted"):
        build_index(TABLE.assign(published=None))
    with pytest.raises(InputError, match="no column 'acts'; there are risk"):
        build_index(pd.DataFrame({"risk": [0.1]}))
    (tmp_path / "damaged.sqlite").write_bytes(b"no base at all, whatever its name says" * 99)
    with pytest.raises(InputError, match="SQLite"):
        build_index(tmp_path / "damaged.sqlite")
    with pytest.raises(InputError, match="no such file"):
        build_index(tmp_path / "absent.sqlite")


def test_a_row_drills_down_to_its_reports():
    index = build_index(TABLE, by="countries")
    found = drill(TABLE, index[index["countries"] == "ISR"].iloc[0])
    assert found["id"].tolist() == ["r0", "r1"]
    assert drill(TABLE, {"start": "2024-01-22", "end": "2024-01-28"})["id"].tolist() == ["r3", "r4"]
    with pytest.raises(InputError, match="'start' and 'end'"):
        drill(TABLE, {"n": 3})


def test_reports_drill_down_to_sentences(tmp_path, scorer):
    archive = tmp_path / "archive.jsonl"
    archive.write_text(json.dumps({"id": "r0", "text": "Gunboats shelled the port. Nine dockers died."}) + "\n", encoding="utf-8")
    found = sentences(drill(TABLE, build_index(TABLE).iloc[0]), archive, scorer)
    assert found["id"].tolist() == ["r0", "r0"]
    assert found["share"].abs().sum() > 0
    assert found.attrs["missing"] == ["r1"]


def test_a_row_that_cannot_be_read_does_not_stand_before_the_sentences_of_others(tmp_path, scorer):
    archive = tmp_path / "archive.jsonl"
    archive.write_text(json.dumps({"id": "r9", "text": ""}) + "\n" + json.dumps({"id": "r0", "text": "Gunboats shelled the port."}) + "\n", encoding="utf-8")
    assert sentences(drill(TABLE, build_index(TABLE).iloc[0]), archive, scorer)["id"].tolist() == ["r0"]


def test_a_new_level_is_flagged_where_it_begins():
    stream = np.random.default_rng(0)
    values = stream.normal(0.2, 0.02, 40)
    values[25:] += 0.2
    values[7] = np.nan
    found = changes.find(values)
    assert np.flatnonzero(found).tolist() == [25]
    assert found[25] == 1


def test_noise_and_short_series_have_one_level():
    stream = np.random.default_rng(0)
    assert np.mean([changes.find(stream.normal(size=52)).any() for _ in range(100)]) < 0.03
    assert not changes.find(np.array([0.1, 0.9, 0.1])).any()
    assert not changes.find(np.full(30, 0.5)).any()


@pytest.mark.parametrize("name", ["index.png", "index.svg", "index.html"])
def test_an_index_is_drawn_with_the_same_bytes(tmp_path, name):
    index = build_index(TABLE.assign(countries="IRN", source="$x_1$"), by="source")
    first = pictures.write(index, tmp_path / name).read_bytes()
    assert pictures.write(index, tmp_path / name).read_bytes() == first


def test_a_page_loads_nothing_and_escapes_all(tmp_path):
    index = build_index(TABLE.assign(source="<script>alert(1)</script> $x_1$"), by="source")
    page = pictures.write(index, tmp_path / "index.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "http" not in page.replace("http-equiv", "")
    with pytest.raises(InputError, match=r"\.png"):
        pictures.write(index, tmp_path / "index.docx")


def shell(*given: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "escalation", "index", *map(str, given)], capture_output=True, text=True, cwd=HERE.parent, check=False)


def test_the_shell_builds_an_index(tmp_path):
    path = tmp_path / "scores.jsonl"
    path.write_text("".join(json.dumps({k: None if v != v else v for k, v in item.items()}) + "\n" for item in ROWS), encoding="utf-8")
    run = shell(path, "--by", "countries", "--base", "2024-01-01:2024-01-14", "--plot", tmp_path / "i.html", "-o", tmp_path / "i.csv")
    assert (run.returncode, run.stdout) == (0, "")
    assert "not English 1" in run.stderr
    assert "4 of 9 reports in 4 weeks" in run.stderr
    with (tmp_path / "i.csv").open(encoding="utf-8") as file:
        assert sum(int(cells["n"]) for cells in csv.DictReader(file)) == 5
    lines = [json.loads(line) for line in shell(path, "--json").stdout.splitlines()]
    assert [line["n"] for line in lines] == [2, 1, 0, 2]
    assert lines[2]["risk"] is None
    assert shell(path).stdout.splitlines()[3].split()[:2] == ["2024-01-15", "0"]


def test_the_shell_names_what_is_wrong(tmp_path):
    run = shell(tmp_path / "absent.csv")
    assert (run.returncode, "absent.csv" in run.stderr) == (2, True)
    assert shell(tmp_path / "absent.csv", "-o", "index.docx").returncode == 2


def test_the_index_is_public():
    assert escalation.build_index is build_index


def test_a_band_breaks_where_a_period_has_none():
    points = [(f"p{n}", 1.0, low, 1.5) for n, low in enumerate((0.5, 0.5, math.nan, 0.5, 0.5))]
    drawn = svg.series(points, [], "score", "Index")
    assert drawn.count("<polygon") == 2
    assert drawn.count('<polyline class="join"') == 1


def test_names_of_periods_do_not_run_into_each_other():
    drawn = svg.series([(f"2024-01-{n + 1:02}", 1.0, 0.5, 1.5) for n in range(28)], [], "score", "Index")
    places = [float(x) for x in re.findall(r'<text class="small(?: middle| end)?" x="([\d.]+)" y="[\d.]+">2024', drawn)]
    assert min(after - before for before, after in pairwise(places)) >= 60
    assert places[0] > 100  # the first would begin at its point and reach into the second
