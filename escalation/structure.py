"""JSON of a model file <-> values of the right kind."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from escalation.errors import ModelError

FORMAT = 1
LARGEST = 1e6  # weights are log-odds


def parse(place: str, data: bytes) -> dict[str, Any]:
    """The JSON object in a file.

    Raises
    ------
    ModelError
        It is not JSON, or not an object.
    """
    try:
        parsed = json.loads(data)
    except (ValueError, RecursionError) as fault:
        raise ModelError(f"{place}: not JSON: {fault}. Get the folder again.") from fault
    if not isinstance(parsed, dict):
        raise ModelError(f"{place}: not a JSON object. Get the folder again.")
    return parsed


def to_json(name: str, value: Mapping[str, Any], indent: int | None = 1) -> bytes:
    """A file of JSON, keys sorted.

    Raises
    ------
    ModelError
        A value is none that JSON has.
    """
    try:
        return (json.dumps(value, indent=indent, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n").encode()
    except (TypeError, ValueError, RecursionError) as fault:
        raise ModelError(f"{name}: holds what JSON does not: {fault}. Keep to texts, finite numbers, lists and mappings with texts as keys.") from fault


def check_format(place: str, structure: Mapping[str, Any]) -> None:
    """Refuse what another version wrote."""
    written = structure.get("format")
    if type(written) is int and written > FORMAT:
        raise ModelError(f"{place}: format {written}, newer than the {FORMAT} that this version reads. Update escalation.")
    if type(written) is not int or written != FORMAT:
        raise ModelError(f"{place}: format {written!r:.40}, this version reads {FORMAT}. Train the model again.")


def texts(place: str, structure: Mapping[str, Any], key: str) -> list[str]:
    """A list of different texts."""
    found = structure.get(key)
    if not isinstance(found, list) or not all(isinstance(name, str) for name in found) or len(set(found)) != len(found):
        raise ModelError(f"{place}: {key!r} is not a list of different texts. The file is foreign; get the folder again.")
    return found


def numbers(place: str, structure: Mapping[str, Any], key: str, count: int) -> tuple[float, ...]:
    """So many finite numbers."""
    found = structure.get(key)
    if not isinstance(found, list) or len(found) != count or not all(_is_number(value) for value in found):
        raise ModelError(f"{place}: {key!r} is not a list of {count} numbers within 1e6. The file is foreign; get the folder again.")
    return tuple(map(float, found))


def judging(place: str, structure: Mapping[str, Any]) -> dict[str, Any]:
    """What a model of any kind judges with besides its weights: cuts, spread and the digest of its lexicon."""
    cuts, digest = numbers(place, structure, "cuts", 4), structure.get("lexicon")
    (spread,) = numbers(place, {"spread": [structure.get("spread")]}, "spread", 1)
    if list(cuts) != sorted(cuts) or spread < 0 or not isinstance(digest, str):
        raise ModelError(f"{place}: 'cuts' do not rise, 'spread' is negative or 'lexicon' is no text. The file is foreign; get the folder again.")
    return {"cuts": cuts, "spread": spread, "lexicon_digest": digest}


def check_card(place: str, card: Mapping[str, Any]) -> None:
    rate = card.get("base_rate", 0.5)
    if not _is_number(rate) or not 0 < rate < 1:
        raise ModelError(f"{place}: 'base_rate' is {rate!r:.40}, not a number between 0 and 1. Train the model again.")


def _is_number(value: object) -> bool:
    """Whether it is a number that a weight or a cut can be; ``True`` is none."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= LARGEST
