"""An entry as TOML has it -> what breaks the format, and its line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

_FIELDS = {"id", "cue", "qualifier", "value", "phrases", "not", "unless", "direction", "strength", "rung", "reach", "most", "stops", "fires_on", "silent_on", "source", "note"}
_REQUIRED = ("id", "phrases", "fires_on", "silent_on", "source")
_TYPED = {"texts": ("phrases", "not", "unless", "fires_on", "silent_on"), "text": ("id", "cue", "qualifier", "value", "reach", "source", "note"), "number": ("strength",), "whole": ("direction", "rung", "most")}
_TABLES: Mapping[str, type] = {"entry": list, "classes": dict, "cue": dict, "subject": dict}
_OF_SUBJECTS = {"words": "texts", "fires_on": "texts", "silent_on": "texts", "source": "text"}
# The parser takes the square of the parts of a key.
_DOTTED = re.compile(r"""(?<![\w"'-])(?:[\w"'-]++[ \t]*\.[ \t]*){50}""")
_KINDS = {"texts": "a list of strings", "text": "a string", "number": "a number", "whole": "a whole number"}
# A sentence counts a cue up to 2 (features); rungs are the codebook's.
_RANGES = {"direction": (-1, 1), "strength": (0, 2), "rung": (0, 5)}


def faults(raw: Mapping[str, Any], metadata: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """What breaks the format in an entry as TOML has it: the field, and what is wrong with the remedy."""
    if unknown := sorted(set(raw) - _FIELDS):
        yield unknown[0], f"unknown fields {unknown}. Known are {sorted(_FIELDS)}."
    for name in _REQUIRED:
        if not raw.get(name):
            yield name, f"`{name}` is missing or empty. Every entry needs it."
    yield from ((name, f"`{name}` is not {_KINDS[kind]}. Correct it.") for kind, names in _TYPED.items() for name in names if name in raw and not _is(raw[name], kind))
    for name, (low, high) in _RANGES.items():
        if _is(raw.get(name), "number") and not low <= raw[name] <= high:
            yield name, f"`{name}` is {raw[name]}. Give {low} to {high}."
    cue = raw.get("cue")
    if isinstance(cue, str) and cue not in metadata:
        yield "cue", f"unknown cue {cue!r}. Known are {sorted(metadata)}; declare a new one under [cue.{cue}]."
    if (cue is None) == (raw.get("qualifier") is None):
        yield "cue", "needs either `cue` or `qualifier`."


def toml(text: str) -> dict[str, Any]:
    """What TOML makes of a text.

    Raises
    ------
    ValueError
        It is not TOML, or would take its parser without end.
    """
    import tomllib  # not needed while the compiled lexicon is current

    if found := _DOTTED.search(text):
        raise ValueError(f"a key of more than 50 parts (at line {text.count(chr(10), 0, found.start()) + 1}, column 1)")
    try:
        return tomllib.loads(text)
    except RecursionError as fault:
        lines = text.split("\n")
        worst = max(range(len(lines)), key=lambda number: lines[number].count("[") + lines[number].count("{"))
        raise ValueError(f"too many brackets within each other (at line {worst + 1}, column 1)") from fault


def faults_of_tables(table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What breaks the format outside of entries: the table or field, and what is wrong with the remedy."""
    for name, kind in _TABLES.items():
        held = table.get(name, kind())
        if not isinstance(held, kind) or (isinstance(held, list) and not all(isinstance(item, dict) for item in held)):
            yield name, f"[{name}] has the wrong brackets. Write [[entry]], [classes], [cue.NAME] and [subject.NAME]."
    for name, words in _dict(table, "classes").items():
        if not _is(words, "texts"):
            yield name, f"class {name!r} is not a list of strings. Correct it."
    for name, about in _dict(table, "cue").items():
        if not isinstance(about, dict) or about.get("direction") not in (-1, 0, 1) or not isinstance(about.get("family"), str):
            yield "cue", f"cue {name!r} needs `direction` -1, 0 or 1, and a `family` such as \"act\". Add them."
    for name, about in _dict(table, "subject").items():
        for required, wanted in _OF_SUBJECTS.items():
            if not isinstance(about, dict) or not about.get(required):
                yield "subject", f"subject {name!r}: `{required}` is missing or empty. Every subject needs it."
            elif not _is(about[required], wanted):
                yield "subject", f"subject {name!r}: `{required}` is not {_KINDS[wanted]}. Correct it."


def line_of(data: bytes, id: object) -> int | None:
    """Line of the first entry with this id; None where the text does not show it."""
    found = re.search(rb"^\s*id\s*=\s*[\"']" + re.escape(str(id).encode()) + rb"[\"']", data, re.MULTILINE)
    return data.count(b"\n", 0, found.end()) + 1 if found else None


def _is(value: object, kind: str) -> bool:
    if kind == "texts":
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    if kind == "text":
        return isinstance(value, str)
    return isinstance(value, int if kind == "whole" else (int, float)) and not isinstance(value, bool)


def _dict(table: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    held = table.get(name)
    return held if isinstance(held, dict) else {}
