"""Whatever a text is made of, it is read in time that grows with its length."""

from __future__ import annotations

import sys

import pytest
from conftest import HERE

sys.path.append(str(HERE / "benchmarks"))

import growth

TRIGGERS = growth.triggers(20)
# Clocks of a busy machine err; a square would have 2. The command holds all of it to growth.LIMIT.
CLOCK = 1.5


@pytest.mark.parametrize("unit", growth.UNITS)
def test_time_grows_with_the_text(unit):
    assert [g for g in (growth.path(what, unit) for what in growth.READINGS) if g.exponent > CLOCK] == []


@pytest.mark.parametrize("entry", TRIGGERS)
def test_what_the_lexicon_looks_for_takes_as_many_calls_again_in_twice_the_text(entry):
    assert growth.more_calls(TRIGGERS[entry]) <= growth.LIMIT


def test_every_pattern_is_linear_in_what_it_is_given():
    assert [g for g in growth.patterns((4_000, 16_000)) if g.exponent > CLOCK] == []


def test_what_is_shown_of_an_assessment_takes_time_that_grows_with_it():
    assert [g for g in growth.views() if g.exponent > CLOCK] == []


@pytest.mark.parametrize("unit", ["x", "\u0301", "\n", "7", "seven hundred ", "A", ".", "'", "22 June 1941, "])
def test_a_megabyte_is_read_in_seconds(unit):
    assert growth._seconds(growth.whole, growth.repeated(unit, 1_000_000)) < 30


def test_the_measure_finds_a_square():
    assert growth.growth("square", "", lambda n: sum(i * j for i in range(n) for j in range(n)), lambda n: n, (800, 3_200)).exponent > 1.8
