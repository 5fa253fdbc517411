"""What the tests share."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import escalation

HERE = Path(__file__).parent


def rows(name: str) -> list[dict]:
    """Rows of a JSON Lines file below tests/."""
    return [json.loads(line) for line in (HERE / name).read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="session")
def scorer() -> escalation.Scorer:
    return escalation.Scorer()
