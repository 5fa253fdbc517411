"""Reports picked for labelling: balanced, each with its chance, never twice."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from datetime import date

import pytest
from conftest import HERE, promised

import escalation
from escalation.errors import InputError
from escalation.records import Report
from escalation.sampling import _LEAST_SURE, Pick, Sample, sample

TEXTS = [row["text"] for row in promised("offtopic.jsonl")] + [pair[side] for pair in promised("pairs/fresh.jsonl")[:60] for side in ("hi", "lo")]
REPORTS = [Report(text, date(2020 + at % 2, 5, 1), f"r{at}", ("coast", "hill", "plain")[at % 3]) for at, text in enumerate(TEXTS)]


@pytest.fixture(scope="module")
def picked() -> Sample:
    return sample(REPORTS, 40)


def drawn(found: Sample) -> list[Pick]:
    return [pick for pick in found.picks if pick.reason != _LEAST_SURE]


def test_one_half_are_those_that_the_model_is_least_sure_of(picked):
    doubts = sorted(abs(pick.risk - 0.5) for pick in picked.picks if pick.reason == _LEAST_SURE)
    assert len(doubts) == 20
    assert doubts[-1] <= min(abs(pick.risk - 0.5) for pick in drawn(picked))


def test_of_the_others_as_many_of_each_code():
    assert Counter(pick.code for pick in drawn(sample(REPORTS, 20))) == dict.fromkeys(range(5), 2)


def test_what_one_code_lacks_others_give():
    found = sample(REPORTS, 160)
    counts = Counter(pick.code for pick in drawn(found))
    assert len(found) == 160
    assert counts[4] < 16 < counts[0]


def test_the_order_of_the_archive_does_not_matter(picked):
    assert sample(REPORTS[::-1], 40).picks == picked.picks


def test_another_seed_gives_another_sample(picked):
    assert set(sample(REPORTS, 40, seed=1).reports) != set(picked.reports)
    assert set(sample(REPORTS, 40, seed=-1).reports) != set(picked.reports)


def test_weights_add_up_to_the_archive(picked):
    assert sum(1 / pick.probability for pick in picked.picks) == pytest.approx(len(REPORTS))
    assert all(0 < pick.probability <= 1 for pick in picked.picks)


def test_every_pick_says_why(picked):
    assert all(f"expects at {pick.code}" in pick.reason for pick in drawn(picked))
    assert all(pick.probability == 1 for pick in picked.picks if pick.reason == _LEAST_SURE)


def test_labelled_reports_are_not_picked_again(picked):
    again = sample(REPORTS, 40, labelled=[report.text.upper() for report in picked.reports])
    assert set(again.reports).isdisjoint(picked.reports)
    assert again.left_out["labelled before"] == 40


def test_labels_as_they_were_read_are_taken_too(picked):
    labelled = escalation.read_labelled([(report, at % 2) for at, report in enumerate(picked.reports)])
    assert set(sample(REPORTS, 10, labelled=labelled).reports).isdisjoint(picked.reports)


@pytest.mark.parametrize(("by", "groups"), [("source", {"coast", "hill", "plain"}), ("year", {"2020", "2021"}), ("month", {"2020-05", "2021-05"})])
def test_groups_get_as_many_each(by, groups):
    counts = Counter(pick.group for pick in sample(REPORTS, 30, by=by).picks)
    assert counts == dict.fromkeys(groups, 30 // len(groups))


def test_a_text_has_one_chance_however_often_it_stands_there(picked):
    assert sample([*REPORTS, *REPORTS, *REPORTS], 40).reports == picked.reports
    assert sum(1 / pick.probability for pick in sample(REPORTS * 3, 40).picks) == pytest.approx(len(REPORTS))


STORY = "Gunboats fired on the port of Tarvos on Monday, killing nine dockers, and the governor urged his ally to strike back within days. "


def test_copies_with_another_last_line_are_picked_once():
    found = sample([STORY + f"Agency {number}." for number in range(5)], 5)
    assert len(found) == 1
    assert found.left_out == {"copies of others picked": 4}


def test_a_report_without_an_id_gets_one_from_its_text():
    first = sample([STORY], 1).reports[0].id
    assert first.startswith("sample-")
    assert first in {report.id for report in sample(["The sea was calm.", STORY], 2, seed=5).reports}


def test_what_cannot_be_judged_is_left_out_and_counted():
    found = sample([STORY, " ", "Die Truppen haben die Stadt in der Nacht mit Raketen beschossen und viele Menschen sind tot."], 3)
    assert (len(found), found.seen) == (1, 3)
    assert found.left_out == {"not english": 1, "without a text": 1}


def test_memory_holds_candidates_and_not_the_archive():
    from escalation.candidates import Candidate, Stratum

    stratum = Stratum()
    for number in range(5000):
        stratum.add(Candidate((number * 7919 % 5000) / 5000, Report(str(number)), 0.5), 20)
    stratum.trim(20)
    assert [round(priority * 5000) for priority in stratum.kept] == list(range(20))
    assert stratum.texts == 5000


@pytest.mark.parametrize(("given", "told"), [({"n": 0}, "n: 0 reports"), ({"n": 3, "by": "colour"}, "by: 'colour' is not one of source, year, month"), ({"n": 3, "reports": []}, "none of 0 can be picked"), ({"n": 3, "reports": "text"}, "or a list of texts")])
def test_what_makes_no_sample_is_refused(given, told):
    with pytest.raises(InputError, match=told):
        sample(**{"reports": REPORTS[:3], **given})


def run(*words: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-m", "escalation", "sample", *words], capture_output=True, text=True, cwd=HERE.parent, check=False)


@pytest.fixture
def archive(tmp_path):
    path = tmp_path / "archive.jsonl"
    path.write_text("".join(json.dumps({"id": r.id, "text": r.text, "source": r.source}) + "\n" for r in REPORTS[60:120]))
    return path


@pytest.mark.parametrize(("tool", "name"), [("label-studio", "x.json"), ("doccano", "x.jsonl"), ("prodigy", "x.jsonl"), ("csv", "x.csv")])
def test_the_shell_writes_for_every_tool(archive, tmp_path, tool, name):
    done = run(str(archive), "-n", "8", "--tool", tool, "--out", str(tmp_path / name), "--by", "source")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / name).exists()
    assert len((tmp_path / "x.picks.csv").read_text().splitlines()) == 9
    assert "8 of 60 reports" in done.stderr


def test_what_goes_to_the_coders_does_not_show_the_models_guess(archive, tmp_path):
    run(str(archive), "-n", "8", "--out", str(tmp_path / "x.csv"))
    assert "expects" not in (tmp_path / "x.csv").read_text()
    assert "probability" not in (tmp_path / "x.csv").read_text()


def test_without_a_file_the_picks_are_shown(archive):
    done = run(str(archive), "-n", "4")
    assert done.returncode == 0
    assert done.stdout.splitlines()[0].split() == ["report", "code", "risk", "group", "probability", "reason"]
    assert len(done.stdout.splitlines()) == 5


def test_labelled_files_are_passed_over(archive, tmp_path):
    run(str(archive), "-n", "8", "--out", str(tmp_path / "x.csv"))
    labelled = (tmp_path / "x.csv").read_text().replace(',""\n', ',"0"\n').replace('"0"\n', '"3"\n', 1)
    (tmp_path / "done.csv").write_text(labelled)
    done = run(str(archive), "-n", "8", "--labelled", str(tmp_path / "done.csv"))
    assert "labelled before: 8" in done.stderr


def test_where_all_are_picked_none_is_picked_for_a_reason():
    found = escalation.sample(TEXTS[:4], 50)
    assert {(pick.reason, pick.probability) for pick in found.picks} == {("one of all that there are", 1.0)}


def test_a_file_for_coders_is_replaced_on_request_only(archive, tmp_path):
    words = (str(archive), "-n", "8", "--out", str(tmp_path / "x.csv"))
    assert [run(*words, *more).returncode for more in ((), (), ("--fresh",))] == [0, 2, 0]


@pytest.mark.parametrize(("words", "told"), [(("nowhere.jsonl",), "cannot be read"), (("examples", "--by", "colour"), "by: 'colour' is not one of source, year, month"), (("examples", "--out", "x.json"), "csv takes .csv files")])
def test_faults_are_told_in_one_line(words, told):
    done = run(*words)
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr
