"""What the tests share."""

from __future__ import annotations

import json
import os
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


@pytest.fixture(scope="session")
def data() -> Path:
    folder = Path(os.environ.get("ESCALATION_DATA", HERE.parents[1] / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("the development data is not on this machine; set ESCALATION_DATA")
    return folder
