"""What the tests share."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import escalation

HERE = Path(__file__).parent
EXAMPLES = [path.read_text(encoding="utf-8") for path in sorted((HERE.parent / "examples").glob("*.txt"))]
PROMISES = Path(escalation.__file__).parent / "promises"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write", action="store_true", help="put what the blocks of the docs print into the pages")


def rows(name: str) -> list[dict]:
    """Rows of a JSON Lines file below tests/."""
    return [json.loads(line) for line in (HERE / name).read_text(encoding="utf-8").splitlines()]


def promised(name: str) -> list[dict]:
    """Rows of a JSON Lines file of the promises that the package carries."""
    return [json.loads(line) for line in (PROMISES / name).read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="session")
def scorer() -> escalation.Scorer:
    return escalation.Scorer()
