"""What the documentation promises of itself."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import typer

import escalation
from escalation.__main__ import app

DOCS = Path(__file__).parents[1] / "docs"
API = (DOCS / "reference" / "api.md").read_text(encoding="utf-8")


def generator():
    spec = importlib.util.spec_from_file_location("make_reference", DOCS / "make_reference.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def options(command, path: str):
    below = getattr(command, "commands", {})
    own = [(path, option) for parameter in command.params for option in parameter.opts if option.startswith("--")]
    return own + [found for name, inner in below.items() for found in options(inner, f"{path} {name}")]


@pytest.mark.parametrize("name", ["cues.md", "qualifiers.md", "columns.md"])
def test_a_generated_page_is_what_its_command_writes(name):
    assert (DOCS / "reference" / name).read_text(encoding="utf-8") == generator().pages()[name], "run: python docs/make_reference.py"


def test_the_page_of_the_shell_has_every_option():
    page = (DOCS / "reference" / "shell.md").read_text(encoding="utf-8")
    sections = {part.split("`")[0]: part for part in page.split("## `")[1:]}
    missing = [(path, option) for path, option in options(typer.main.get_command(app), "escalation") if path in sections and option not in sections[path]]
    assert len(sections) > 10
    assert missing == [], "run: python docs/make_reference.py"


@pytest.mark.parametrize("name", escalation.__all__)
def test_every_public_name_is_in_the_reference(name):
    assert f":: {name}\n" in API


def test_every_extra_is_in_the_readme():
    extras = tomllib.loads((DOCS.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    table = [line for line in (DOCS.parent / "README.md").read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    assert {extra for extra in extras if not any(f"`{extra}`" in line for line in table)} == set()


def test_the_site_is_built_without_a_warning(tmp_path):
    done = subprocess.run([sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", str(DOCS), str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert (tmp_path / "how-to" / "archives.html").is_file()


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(\w+\.py(?:::\w+)?)`", (DOCS / "about" / "promises.md").read_text(encoding="utf-8")))))
def test_a_proof_that_the_promises_name_is_there(name):
    file, _, test = name.partition("::")
    held = list((DOCS.parent / "tests").rglob(file))
    assert f"def {test}(" in held[0].read_text(encoding="utf-8") if test else held
