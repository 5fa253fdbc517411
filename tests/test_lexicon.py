"""Every entry fires where it says, is silent where it says, and tells its source."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

import pytest
from conftest import HERE

from escalation import context, cues, lexicon, text, tokens
from escalation.errors import LexiconError
from escalation.inflection import forms
from escalation.reader import read
from escalation.records import Report

LEXICON = lexicon.parse_shipped()
CUES = [entry for entry in LEXICON.entries if entry.kind == "cue"]
QUALIFIERS = [entry for entry in LEXICON.entries if entry.fires_on and entry.kind in ("status", "realis", "time", "attribution", "provisional")]
FILES = sorted((Path(lexicon.__file__).parent / "lexicons").glob("*.toml"))
SUBJECTS = tomllib.loads((FILES[0].parent / "subjects.toml").read_text(encoding="utf-8"))["subject"]
DESIGNED = 43


def fired(sentence: str) -> set[str]:
    report = tokens.tokens_of(sentence)
    return {hit.entry.id for s in text.split(sentence) for hit in cues.find(tokens.words(report, s.start, s.end), LEXICON)}


def values(sentence: str, kind: str) -> set[str]:
    found = [cue for item in read(Report(sentence), LEXICON, frozenset()) for cue in item.cues]
    return {str(getattr(cue, kind)) for cue in found}


@pytest.mark.parametrize("entry", CUES, ids=lambda e: e.id)
def test_an_entry_fires_on_its_examples(entry):
    assert [s for s in entry.fires_on if entry.id not in fired(s)] == []


@pytest.mark.parametrize("entry", CUES, ids=lambda e: e.id)
def test_an_entry_is_silent_on_other_senses(entry):
    assert [s for s in entry.silent_on if entry.id in fired(s)] == []


@pytest.mark.parametrize("entry", QUALIFIERS, ids=lambda e: e.id)
def test_a_qualifier_is_set_on_its_examples(entry):
    want = "True" if entry.kind == "provisional" else entry.name
    assert [s for s in entry.fires_on if want not in values(s, entry.kind)] == []


@pytest.mark.parametrize("entry", QUALIFIERS, ids=lambda e: e.id)
def test_a_qualifier_is_not_set_elsewhere(entry):
    want = "True" if entry.kind == "provisional" else entry.name
    assert [s for s in entry.silent_on if want in values(s, entry.kind)] == []


def told(sentence: str, subject: str) -> list[str]:
    return [word for word in re.findall("[a-z]+", sentence.lower()) if LEXICON.subjects.get(word) == subject]


@pytest.mark.parametrize("subject", SUBJECTS)
def test_two_words_tell_a_subject_and_a_report_on_force_holds_no_two(subject):
    about = SUBJECTS[subject]
    assert [s for s in about["fires_on"] if len(told(s, subject)) < 2] == []
    assert [s for s in about["silent_on"] if len(told(s, subject)) > 1] == []


def test_a_word_tells_one_subject_only():
    pairs = {(form, subject) for subject, about in SUBJECTS.items() for word in about["words"] for form in forms(word)}
    assert len(pairs) == len({form for form, _ in pairs})


def test_every_cue_of_the_design_has_entries():
    assert len(LEXICON.cues) == DESIGNED
    assert {entry.name for entry in CUES} == set(LEXICON.cues)


def test_every_entry_names_its_source():
    assert [entry.id for entry in CUES if len(entry.source) < 5] == []


def test_the_phrases_stand_for_thousands():
    assert LEXICON.size() > 5000


def test_the_compiled_lexicon_is_the_one_in_the_files():
    compiled = (Path(lexicon.__file__).parent / "lexicons" / "compiled.json").read_text(encoding="utf-8")
    assert compiled == lexicon.compile_shipped(), "run `python models/compile_lexicon.py`"


def test_no_phrase_ends_in_a_gap_and_so_never_matches():
    tables = [tomllib.loads(file.read_text(encoding="utf-8")) for file in FILES]
    phrases = [p for table in tables for entry in table.get("entry", ()) for field in ("phrases", "not", "unless") for p in entry.get(field, ())]
    words = [w for table in tables for group in table.get("classes", {}).values() for w in group]
    assert [p for p in phrases + words if re.search(r"<,?\d+>$", p)] == []


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.name)
def test_phrases_are_lower_case_without_marks(file):
    table = tomllib.loads(file.read_text(encoding="utf-8"))
    odd = [p for entry in table.get("entry", ()) for p in entry["phrases"] if re.search(r"[A-Z.!?;\"\u2019]", p)]
    assert odd == []


ENTRY = 'id = "x.y"\ncue = "talks"\nphrases = {phrases}\nfires_on = ["a"]\nsilent_on = ["b"]\nsource = "own"\n'


@pytest.mark.parametrize(
    ("toml", "told"),
    [
        ("[[entry]\n", "mine.toml: not a TOML file"),
        ("[[entry]]\n" + ENTRY.format(phrases='["(a|b"]'), "never closed"),
        ("[[entry]]\n" + ENTRY.format(phrases='["<3> a"]'), "can start with a gap"),
        ("[[entry]]\n" + ENTRY.format(phrases='["(a|b c)/n"]'), "stands without a word"),
        ("[[entry]]\n" + ENTRY.format(phrases='["a <99> b"]'), "must be between"),
        ("[[entry]]\n" + ENTRY.format(phrases='["{nowhere} a"]'), "unknown class"),
        ("[[entry]]\n" + ENTRY.format(phrases='["a"]').replace("talks", "tlaks"), "unknown cue 'tlaks'"),
        ("[[entry]]\n" + ENTRY.format(phrases='["a"]').replace("source", "sauce"), "unknown fields ['sauce']"),
        ("[[entry]]\n" + ENTRY.format(phrases="[]"), "`phrases` is missing or empty"),
        (("[[entry]]\n" + ENTRY.format(phrases='["a"]')) * 2, "stands twice"),
    ],
)
def test_a_faulty_file_is_refused_with_its_place(tmp_path, toml, told):
    path = tmp_path / "mine.toml"
    path.write_text(toml)
    with pytest.raises(LexiconError, match=re.escape(told)):
        lexicon.load(path)


def test_a_user_file_extends_the_shipped_one(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text("[[entry]]\n" + ENTRY.format(phrases='["palaver/n"]'))
    both = lexicon.load(path)
    assert {"x.y", CUES[0].id} <= {entry.id for entry in both.entries}
    alone = lexicon.load(path, extend=False)
    assert {entry.id for entry in alone.entries if entry.kind == "cue"} == {"x.y"}


def test_qualifying_needs_no_numpy():
    assert "numpy" not in context.__dict__


def test_the_reference_pages_are_generated_from_the_lexicon():
    sys.path.insert(0, str(HERE.parent / "docs"))
    import make_reference

    assert (HERE.parent / "docs" / "reference" / "cues.md").read_text(encoding="utf-8") == make_reference.cues(LEXICON)
    assert (HERE.parent / "docs" / "reference" / "qualifiers.md").read_text(encoding="utf-8") == make_reference.qualifiers(LEXICON)
