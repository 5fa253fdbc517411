"""Inputs that a fuzzer found or began with: read, or refused by name; never a traceback."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "benchmarks"))

import fuzz  # noqa: E402

FOUND = sorted(path.name for path in (HERE / "fuzzed").iterdir())


@pytest.mark.parametrize("name", FOUND)
def test_an_input_that_was_a_fault_once_is_none_now(name):
    fuzz.TARGETS[name.rpartition("-")[0]]((HERE / "fuzzed" / name).read_bytes())


@pytest.mark.parametrize("target", sorted(fuzz.TARGETS))
def test_what_the_fuzzer_starts_from_is_accepted(target):
    for seed in fuzz.SEEDS[target]:
        fuzz.TARGETS[target](seed)


@pytest.mark.parametrize("target", sorted(fuzz.TARGETS))
def test_no_bytes_at_all_are_no_fault(target):
    fuzz.TARGETS[target](b"")
