"""The citation file says what the package is."""

from __future__ import annotations

import tomllib

import yaml
from conftest import HERE

import escalation

ROOT = HERE.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
REQUIRED = {"cff-version", "message", "title", "authors"}  # by version 1.2.0 of the format


def test_the_citation_has_what_its_format_requires():
    assert set(CITATION) >= REQUIRED | {"type", "version", "license", "abstract", "keywords"}
    assert CITATION["cff-version"] == "1.2.0"
    assert CITATION["type"] == "software"


def test_the_citation_names_the_version_of_the_package():
    assert CITATION["version"] == escalation.__version__ == PROJECT["project"]["version"]


def test_the_citation_names_the_authors_and_the_licence_of_the_package():
    assert CITATION["authors"] == PROJECT["project"]["authors"]
    assert CITATION["license"] == PROJECT["project"]["license"]


def test_the_citation_travels_with_the_source():
    assert "/CITATION.cff" in PROJECT["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]
