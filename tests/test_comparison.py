"""The benchmark that puts others before our pairs does to them what its page says."""

from __future__ import annotations

import importlib.util

import pytest
from conftest import HERE

from escalation import gate

FILE = HERE / "benchmarks" / "comparison.py"
SPEC = importlib.util.spec_from_file_location("comparison", FILE)
comparison = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(comparison)
PAGE = comparison.PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "met"),
    [
        ("The threat of war grew.", 1),
        ("War, the envoy said at length on the steps, is no threat.", 0),
        ("Peace was rejected.", 1),
        ("Troops waited all winter while the blockade went on.", 1),
        ("A military build-up on the ridge.", 1),
        ("Fear of nuclear war.", 2),
        ("Hostilities broke out at dawn.", 1),
        ("The rebels attacked; the army raided a farm.", 2),
        ("A guerrilla was killed.", 1),
        ("A warning about the price of warm bread.", 0),
    ],
)
def test_words_of_the_index_meet_within_their_reach(text, met):
    assert comparison.words_met(text) == met


def test_an_excluded_word_takes_a_text_out_of_the_search():
    assert comparison.found("The rebels attacked the bridge.")
    assert not comparison.found("The rebels attacked the bridge, the memoirs say.")


def test_every_group_of_pairs_has_its_row():
    groups = {pair.group for pair in gate.promises()["pairs"]}
    assert groups == set(comparison.DIFFERENCE)
    assert {line.split(" | ")[0][2:] for line in PAGE.splitlines() if line.startswith("| ")} >= groups
