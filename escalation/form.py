"""An entry as TOML has it -> what breaks the format, and its line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

_FIELDS = {"id", "cue", "qualifier", "value", "phrases", "not", "unless", "direction", "strength", "rung", "reach", "most", "stops", "fires_on", "silent_on", "source", "note"}
_REQUIRED = ("id", "phrases", "fires_on", "silent_on", "source")
_TYPED = {"texts": ("phrases", "not", "unless", "fires_on", "silent_on"), "text": ("id", "cue", "qualifier", "value", "reach", "source", "note"), "number": ("direction", "strength", "rung", "most")}
_KINDS = {"texts": "a list of strings", "text": "a string", "number": "a number"}
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


def line_of(data: bytes, id: object) -> int | None:
    """Line of the first entry with this id; None where the text does not show it."""
    found = re.search(rb"^\s*id\s*=\s*[\"']" + re.escape(str(id).encode()) + rb"[\"']", data, re.MULTILINE)
    return data.count(b"\n", 0, found.end()) + 1 if found else None


def _is(value: object, kind: str) -> bool:
    if kind == "texts":
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    return isinstance(value, str) if kind == "text" else isinstance(value, (int, float)) and not isinstance(value, bool)
