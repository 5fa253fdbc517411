"""Model <-> folder of JSON and arrays; nothing in it can run code."""

from __future__ import annotations

import hashlib
import json
import sys
from array import array
from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from escalation.errors import ModelError
from escalation.risk import HEADS, Linear, RiskModel

FORMAT = 1
_FILES = ("card.json", "model.json", "weights.f64")
# A model of this library has some ten thousand weights; a file a hundred times
# that size is not one.
_MOST_BYTES = 64_000_000
_LARGEST = 1e6  # weights are log-odds


def save(model: RiskModel, folder: str | Path) -> Path:
    """Write a model folder: names in JSON, weights as little-endian float64.

    Returns the folder. ``manifest.json`` holds the sha256 of every other file.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    linears = {"heat": model.heat, "calm": model.calm, "topic": model.topic, **{f"head {name}": head for name, head in model.heads.items()}}
    names = sorted({name for linear in linears.values() for name in linear.weights} | set(model.idf))
    numbers = array("d", [model.idf.get(name, 0.0) for name in names])
    for key in sorted(linears):
        numbers.extend([linears[key].bias, *(linears[key].weights.get(name, 0.0) for name in names)])
    structure = {"format": FORMAT, "names": names, "linears": sorted(linears), "cuts": list(model.cuts), "spread": model.spread, "lexicon": model.lexicon_digest}
    contents = {"card.json": _json(dict(model.card)), "model.json": _json(structure), "weights.f64": _little(numbers).tobytes()}
    for name, data in contents.items():
        (folder / name).write_bytes(data)
    manifest = {name: hashlib.sha256(data).hexdigest() for name, data in sorted(contents.items())}
    (folder / "manifest.json").write_bytes(_json(manifest))
    return folder


def load(folder: str | Path | None = None) -> RiskModel:
    """Load a model folder; without one, the shipped model.

    Raises
    ------
    ModelError
        The folder is missing, incomplete, changed, foreign or of a newer format.
    """
    if folder is None:
        return _shipped()
    folder = Path(folder)
    if folder.is_file() or folder.suffix in (".pkl", ".pickle", ".joblib"):
        raise ModelError(f"{folder}: not a model folder. Pickle and joblib files can run code and are refused; save with model.save(path).")
    return _read(folder)


@cache
def _shipped() -> RiskModel:
    inside = resources.files("escalation") / "models" / "default"
    if inside.is_dir():
        return _read(inside)
    return _read(Path(__file__).parents[1] / "models" / "default")


def _read(folder: Any) -> RiskModel:
    manifest = _parse(folder, "manifest.json", _bytes(folder, "manifest.json"))
    if sorted(manifest) != sorted(_FILES):
        raise ModelError(f"{folder}/manifest.json: lists {sorted(manifest)} instead of {sorted(_FILES)}. Save the model again.")
    contents = {name: _bytes(folder, name) for name in _FILES}
    for name, data in contents.items():
        if hashlib.sha256(data).hexdigest() != manifest[name]:
            raise ModelError(f"{folder}/{name}: sha256 differs from the manifest. The file was changed or damaged; get the folder again.")
    structure = _parse(folder, "model.json", contents["model.json"])
    if structure.get("format") != FORMAT:
        raise ModelError(f"{folder}/model.json: format {structure.get('format')!r}, this version reads {FORMAT}. Update escalation or save the model again.")
    return _assemble(folder, structure, contents["weights.f64"], _parse(folder, "card.json", contents["card.json"]))


def _assemble(folder: Any, structure: Mapping[str, Any], data: bytes, card: Mapping[str, Any]) -> RiskModel:
    names, keys = structure["names"], structure["linears"]
    expected = ["calm", "heat", "topic", *(f"head {name}" for name in HEADS)]
    width = len(names)
    if sorted(keys) != sorted(expected) or len(data) != 8 * (width + len(keys) * (width + 1)):
        raise ModelError(f"{folder}/weights.f64: {len(data)} bytes do not fit {width} names. The file is truncated or foreign; get the folder again.")
    numbers = array("d")
    numbers.frombytes(data)
    numbers = _little(numbers)
    # A sum that is not a number holds one that is not; much faster than a loop.
    if sum(numbers) != sum(numbers) or max(numbers) > _LARGEST or min(numbers) < -_LARGEST:
        raise ModelError(f"{folder}/weights.f64: holds a weight that is not a number or beyond 1e6. Train the model again.")
    idf = {name: value for name, value in zip(names, numbers, strict=False) if value}
    linears, at = {}, width
    for key in sorted(keys):
        linears[key] = Linear(numbers[at], {name: value for name, value in zip(names, numbers[at + 1 : at + 1 + width], strict=True) if value})
        at += width + 1
    return RiskModel(
        heat=linears["heat"], calm=linears["calm"], topic=linears["topic"], heads={name: linears[f"head {name}"] for name in HEADS}, idf=idf,
        cuts=tuple(structure["cuts"]), spread=float(structure["spread"]), lexicon_digest=structure["lexicon"], card=card,
    )


def _bytes(folder: Any, name: str) -> bytes:
    try:
        with (folder / name).open("rb") as file:
            data: bytes = file.read(_MOST_BYTES + 1)
    except OSError as fault:
        raise ModelError(f"{folder}/{name}: cannot be read: {fault.strerror}. A model folder holds manifest.json, {', '.join(_FILES)}.") from fault
    if len(data) > _MOST_BYTES:
        raise ModelError(f"{folder}/{name}: larger than {_MOST_BYTES} bytes, which no model of this library is. Get the folder again.")
    return data


def _parse(folder: Any, name: str, data: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(data)
    except ValueError as fault:
        raise ModelError(f"{folder}/{name}: not JSON: {fault}. Get the folder again.") from fault
    if not isinstance(parsed, dict):
        raise ModelError(f"{folder}/{name}: not a JSON object. Get the folder again.")
    return parsed


def _json(value: Mapping[str, Any]) -> bytes:
    return (json.dumps(value, indent=None if "names" in value else 1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def _little(numbers: array[float]) -> array[float]:
    if sys.byteorder == "big":
        numbers = array("d", numbers)
        numbers.byteswap()
    return numbers
