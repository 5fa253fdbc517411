"""Dates as archives write them: understood, or refused; never another month."""

from __future__ import annotations

import json
from datetime import date

import pandas as pd
import pytest

import escalation
from escalation import intake
from escalation.dates import as_date, settled
from escalation.engines import frames

DAY = date(2024, 1, 16)
TEXT = "Gunboats fired on the port of Tarvos."


@pytest.mark.parametrize(
    "written",
    [
        "2024-01-16", "2024-1-16", "2024/01/16", "2024.01.16", "20240116", "20240116080000", "20240116T080000Z", "2024-01-16T08:00:00+02:00", "2024-01-16 08:00:00 UTC",
        "16.01.2024", "16.1.2024 08:30", "16 Jan 2024", "16-JAN-2024 08:01:01.79", "16-JAN-2024 08:01:01.79&#5;RM", "16th January 2024", "Jan 16, 2024", "Jan. 16, 2024 8:30 p.m. ET", "January 16 2024",
        "Tue, 16 Jan 2024 08:00:00 +0000", "Tue, 16 Jan 2024 08:00:00 GMT", "Tuesday, January 16, 2024", "Tue Jan 16 08:00:00 +0000 2024",
        "16/01/2024", "01/16/2024", "1/16/2024, 8:00:00 AM", "16-01-2024",
    ],
)
def test_a_date_is_understood_as_archives_write_it(written):
    assert as_date(written) == DAY


@pytest.mark.parametrize(("written", "day"), [("Sept. 5, 2024", date(2024, 9, 5)), ("1.2.2024", date(2024, 2, 1)), ("05/05/2024", date(2024, 5, 5)), ("May 7, 2024", date(2024, 5, 7))])
def test_months_are_read_by_name_and_place(written, day):
    assert as_date(written) == day


@pytest.mark.parametrize("written", ["1705392000", "1705392000000", "1112031112000", "01/02/24", "30 Feb 2024", "31/02/2024", "13/13/2024", "7 Foo 2024", "2024-01-16 to 2024-02-16", "16 Jan 2024 10:00 to 2 May 2025", "16 Janvier 2024", "on 16 Jan 2024", 1705392000])
def test_what_is_no_date_is_refused(written):
    with pytest.raises(escalation.InputError, match="not a date"):
        as_date(written)


@pytest.mark.parametrize("written", ["04/05/2024", "4/5/2024", "04-05-2024", "04/05/2024 14:30"])
def test_a_date_of_two_days_is_refused_unless_somebody_says_which(written):
    with pytest.raises(escalation.InputError, match=r"is '2024-05-04' or '2024-04-05'\. Write the one that is meant; of an archive dates='dmy'"):
        as_date(written)
    assert (as_date(written, "dmy"), as_date(written, "mdy")) == (date(2024, 5, 4), date(2024, 4, 5))


@pytest.mark.parametrize(("written", "order"), [("04/25/2024", "dmy"), ("25/04/2024", "mdy")])
def test_a_date_of_the_other_order_is_refused(written, order):
    with pytest.raises(escalation.InputError, match=f"read as '{order}'"):
        as_date(written, order)


@pytest.mark.parametrize(
    ("column", "order"),
    [
        (["04/05/2024", "04/25/2024", None], "mdy"), (["04/05/2024", "25/04/2024"], "dmy"), (["2024-04-05", float("nan"), 7], None), (["05/05/2024"], None),
        (["04/25/2024", "25/04/2024"], None),  # each can be read by itself
    ],
)
def test_a_column_shows_its_order(column, order):
    assert settled(column, None, "news.csv") == order


@pytest.mark.parametrize(
    ("column", "told"),
    [(["04/05/2024", "2024-04-25"], "'04/05/2024' is 4 May or 5 April, and no other date shows which"), (["04/05/2024", "04/25/2024", "25/04/2024"], "'04/05/2024' is 4 May or 5 April, and '04/25/2024' and '25/04/2024' contradict each other")],
)
def test_a_column_that_shows_no_order_is_refused_with_the_remedy(column, told):
    with pytest.raises(escalation.InputError, match=rf"^news.csv: {told}\. Write dates as '2024-09-25', or say which is first"):
        settled(column, None, "news.csv")


def lines(days):
    return "".join(json.dumps({"text": TEXT, "label": number % 2, "date": day}) + "\n" for number, day in enumerate(days))


def table(days):
    return "text,date\n" + "".join(f"{TEXT},{day}\n" for day in days)


@pytest.fixture(params=["news.jsonl", "news.csv", "news.parquet"])
def archive(request, tmp_path):
    """A function that writes an archive with these dates."""
    path = tmp_path / request.param

    def write(days):
        if path.suffix == ".parquet":
            pd.DataFrame({"text": [TEXT] * len(days), "date": days}).to_parquet(path)
        else:
            path.write_text((table if path.suffix == ".csv" else lines)(days))
        return path

    return write


def test_an_archive_is_read_in_the_order_that_it_shows(archive):
    path = archive(["04/05/2024", "04/25/2024", "04/06/2024"])
    assert intake.open_archive(path).dates == "mdy"
    assert [str(report.published) for report in escalation.read_archive(path)] == ["2024-04-05", "2024-04-25", "2024-04-06"]


def test_an_archive_that_shows_no_order_needs_to_be_told(archive):
    path = archive(["04/05/2024", "04/06/2024"])
    with pytest.raises(escalation.InputError, match="no other date shows which"):
        intake.open_archive(path)
    assert [str(report.published) for report in escalation.read_archive(path, dates="dmy")] == ["2024-05-04", "2024-06-04"]
    assert [report.published for report in escalation.read_archive(path, {"published": None})] == [None, None]


def test_a_date_of_two_days_after_the_rows_that_are_looked_at_costs_its_row(tmp_path, monkeypatch):
    monkeypatch.setattr(intake, "_HEAD_ROWS", 2)
    path = tmp_path / "news.csv"
    path.write_text(table(["2024-04-05", "2024-04-06", "04/05/2024"]))
    assert [entry.fault[:40] for entry in intake.entries(path)] == ["", "", "published: '04/05/2024' is '2024-05-04' "]


def test_workers_read_dates_as_the_archive_does_and_the_order_belongs_to_the_job(tmp_path):
    path = tmp_path / "news.jsonl"
    path.write_text(lines(["04/05/2024", *["04/06/2024"] * 4, "04/25/2024"]))
    found = [escalation.score_archive(path, tmp_path / f"{jobs}.jsonl", jobs=jobs, part_rows=2).out.read_bytes() for jobs in (1, 2)]
    assert found[0] == found[1]
    assert [json.loads(line)["published"] for line in found[0].splitlines()][:2] == ["2024-04-05", "2024-04-06"]


def test_a_run_that_was_begun_with_another_order_is_not_gone_on_with(tmp_path, monkeypatch):
    path, out = tmp_path / "news.jsonl", tmp_path / "out.jsonl"
    path.write_text(lines(["04/05/2024"]))
    monkeypatch.setattr("escalation.scoring._join", stop)
    with pytest.raises(RuntimeError):
        escalation.score_archive(path, out, dates="dmy")
    monkeypatch.undo()
    with pytest.raises(escalation.InputError, match='dates was "dmy", is "mdy"'):
        escalation.score_archive(path, out, dates="mdy")
    escalation.score_archive(path, out, dates="dmy")
    assert json.loads(out.read_text())["published"] == "2024-05-04"


def stop(*_):
    raise RuntimeError


def test_a_frame_is_read_in_the_order_that_it_shows(monkeypatch):
    days = []
    monkeypatch.setattr("escalation.scorer.batch.outcomes", lambda entries, *_: days.extend(str(entry.report.published) for entry in entries) or ())
    escalation.score_frame(pd.DataFrame({"text": [TEXT] * 2, "day": ["04/05/2024", "04/25/2024"]}), published="day")
    assert days == ["2024-04-05", "2024-04-25"]


def test_a_frame_that_shows_no_order_is_refused_until_it_is_told():
    frame = pd.DataFrame({"text": [TEXT], "day": ["04/05/2024"]})
    with pytest.raises(escalation.InputError, match="DataFrame, column 'day': '04/05/2024' is 4 May or 5 April"):
        escalation.score_frame(frame, published="day")
    assert escalation.score_frame(frame, published="day", dates="mdy")["risk"].notna().all()


def test_a_batch_of_a_cluster_is_not_judged_by_itself():
    frame = pd.DataFrame({"text": [TEXT] * 2, "day": ["04/05/2024", "04/25/2024"]})
    assert frames.score_table(frame, published="day")["published"].fillna("").tolist() == ["", "2024-04-25"]
    assert frames.score_table(frame, published="day", dates="mdy")["published"].tolist() == ["2024-04-05", "2024-04-25"]


def test_labelled_reports_are_read_in_the_order_that_they_show(tmp_path):
    path = tmp_path / "labels.jsonl"
    path.write_text('{"text": "Guns fired.", "label": 1, "date": "04/05/2024"}\n{"text": "Talks resumed.", "label": 0, "date": "04/25/2024"}\n')
    assert str(escalation.read_labelled(path).reports[0].published) == "2024-04-05"
    with pytest.raises(escalation.InputError, match="read as 'dmy'"):
        raise escalation.InputError(escalation.read_labelled(path, dates="dmy", varied=False).rejected[0].reason)


@pytest.mark.parametrize("call", [lambda: intake.open_archive("nowhere.csv", dates="us"), lambda: escalation.score_frame(pd.DataFrame({"text": [TEXT], "day": [DAY]}), published="day", dates="us")])
def test_an_order_that_is_none_is_refused(call):
    with pytest.raises(escalation.InputError, match="dates: 'us' is not known"):
        call()


def test_a_drilled_report_has_the_day_of_the_table_and_not_of_the_archive(tmp_path, scorer):
    path = tmp_path / "news.jsonl"
    path.write_text(lines(["04/05/2024"]))
    found = escalation.index.sentences(pd.DataFrame({"id": ["news:0"], "published": [pd.Timestamp("2024-04-05")]}), path, scorer)
    assert found["text"].tolist() == [TEXT]
