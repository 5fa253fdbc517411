"""Model <-> folder of JSON and arrays; nothing in it can run code."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from importlib import resources
from math import isfinite
from pathlib import Path
from typing import Any, TypeAlias

from escalation import folder as folders
from escalation.errors import ModelError
from escalation.estimator import EstimatorModel, Model
from escalation.risk import HEADS, Linear, RiskModel
from escalation.structure import FORMAT, LARGEST, check_card, check_format, judging, parse, texts, to_json

ModelLike: TypeAlias = Model | str | Path | None
# A model of this library has some ten thousand weights; a file a hundred times
# that size is not one. A forest of a thousand trees has some hundred megabytes.
_MOST, _MOST_IN_ESTIMATOR = 64_000_000, 1_000_000_000
_LINEAR = {"card.json": _MOST, "model.json": _MOST, "weights.f64": _MOST}
_ESTIMATOR = {**_LINEAR, "estimator.json": _MOST, "estimator.skops": _MOST_IN_ESTIMATOR}
_LINEARS = sorted(("calm", "heat", "topic", *(f"head {name}" for name in HEADS)))
_PICKLES = (".pkl", ".pickle", ".joblib")


def save(model: Model, folder: str | Path) -> Path:
    """Write a model folder, as a whole or not at all.

    A linear model is names in JSON and weights as little-endian float64; any
    other keeps its estimator beside them in the format of skops.
    ``manifest.json`` holds the sha256 of every other file.

    Returns
    -------
    Path
        The folder. A model that was there is replaced.

    Raises
    ------
    ModelError
        The folder holds something else or cannot be written, or the model could
        not be loaded again: a weight is not a number, the card is not JSON, the
        estimator has parts that are not allowed in a file.
    MissingExtraError
        An estimator is saved and skops is not installed.
    """
    contents = _all_contents(model)
    _model(str(folder), contents)
    return folders.write(folder, contents, _ESTIMATOR)


def check_writable(folder: str | Path) -> None:
    """Refuse, before a model is trained, a folder that it could not be saved to.

    Raises
    ------
    ModelError
        The folder holds something else or cannot be written.
    """
    folders.check_writable(folder, _ESTIMATOR)


def load(path: str | Path | None = None, trust_pickle: bool = False) -> Model:
    """Load a model folder; without one, the shipped model.

    Parameters
    ----------
    path : of the folder that ``model.save`` wrote
    trust_pickle : also load a pickle or joblib file of a model or a fitted
        :class:`EscalationClassifier`. **Such a file can run any code the moment
        it is opened**: delete your files, send your data. Pass ``True`` only
        for a file that you wrote yourself or would run as a program; then save
        it with ``model.save`` and keep that.

    Raises
    ------
    ModelError
        The folder is missing, incomplete, changed, foreign or of a newer
        format; or a pickle that is not trusted.
    MissingExtraError
        The folder holds an estimator and skops is not installed.
    """
    if path is None:
        return shipped()
    if not isinstance(path, (str, Path)):
        raise ModelError(f"{path!r}: a {type(path).__name__}, not the path of a model folder. Give a str or Path, or None for the shipped model.")
    path = Path(path)
    if trust_pickle and _is_file(path):
        return _unpickle(path)
    if path.suffix in _PICKLES or _is_file(path):
        raise ModelError(f"{path}: not a model folder. Pickle and joblib files can run code and are refused; save with model.save(path). If you wrote the file yourself: trust_pickle=True.")
    return _read(path)


def given(model: ModelLike) -> Model:
    """A model as it is given, that of a folder, or the shipped one; raises as :func:`load` does."""
    return model if isinstance(model, (RiskModel, EstimatorModel)) else load(model)


def digest(model: ModelLike) -> str:
    """sha256 over a model's weights, card and everything else that :func:`save` writes."""
    if isinstance(model, (RiskModel, EstimatorModel)):
        manifest = folders.manifest(_all_contents(model))
    else:
        folder = _shipped_folder() if model is None else Path(model)
        manifest = (folder / folders.MANIFEST).read_bytes()
    return sha256(manifest).hexdigest()


@cache
def shipped() -> RiskModel:
    """The model that comes with the library."""
    model = _read(_shipped_folder())
    assert isinstance(model, RiskModel)
    return model


def _shipped_folder() -> Any:
    inside = resources.files("escalation") / "models" / "default"
    return inside if inside.is_dir() else Path(__file__).parents[1] / "models" / "default"


def _is_file(path: Path) -> bool:
    return path.exists() and not path.is_dir()


def _read(folder: Any) -> Model:
    return _model(str(folder), folders.read(folder, (_LINEAR, _ESTIMATOR)))


def _model(folder: str, contents: Mapping[str, bytes]) -> Model:
    model = _assemble(folder, contents)
    if "estimator.json" not in contents:
        return model
    from escalation import estimator_store

    return estimator_store.assemble(folder, contents, model)


def _all_contents(model: Model) -> dict[str, bytes]:
    if isinstance(model, RiskModel):
        return _contents(model)
    from escalation import estimator_store

    return {**_contents(model.base), **estimator_store.contents(model), "card.json": to_json("card.json", dict(model.card))}


def _contents(model: RiskModel) -> dict[str, bytes]:
    linears = {"heat": model.heat, "calm": model.calm, "topic": model.topic, **{f"head {name}": head for name, head in model.heads.items()}}
    names = sorted({name for linear in linears.values() for name in linear.weights} | set(model.idf))
    numbers = array("d", [model.idf.get(name, 0.0) for name in names])
    for key in sorted(linears):
        numbers.extend([linears[key].bias, *(linears[key].weights.get(name, 0.0) for name in names)])
    structure = {"format": FORMAT, "names": names, "linears": sorted(linears), "cuts": list(model.cuts), "spread": model.spread, "lexicon": model.lexicon_digest}
    return {"card.json": to_json("card.json", dict(model.card)), "model.json": to_json("model.json", structure, None), "weights.f64": _little(numbers).tobytes()}


def _assemble(folder: str, contents: Mapping[str, bytes]) -> RiskModel:
    structure, card = (parse(f"{folder}/{name}", contents[name]) for name in ("model.json", "card.json"))
    check_format(f"{folder}/model.json", structure)
    names = texts(f"{folder}/model.json", structure, "names")
    check_card(f"{folder}/card.json", card)
    if structure.get("linears") != _LINEARS:
        raise ModelError(f"{folder}/model.json: 'linears' is not {_LINEARS}. The file is foreign; get the folder again.")
    idf, linears = _unpack(f"{folder}/weights.f64", names, contents["weights.f64"])
    return RiskModel(
        heat=linears["heat"], calm=linears["calm"], topic=linears["topic"], heads={name: linears[f"head {name}"] for name in HEADS}, idf=idf,
        **judging(f"{folder}/model.json", structure), card=card,
    )


def _unpack(place: str, names: list[str], data: bytes) -> tuple[dict[str, float], dict[str, Linear]]:
    width = len(names)
    if len(data) != 8 * (width + len(_LINEARS) * (width + 1)):
        raise ModelError(f"{place}: {len(data)} bytes do not fit {width} names. The file is truncated or foreign; get the folder again.")
    weights = array("d")
    weights.frombytes(data)
    weights = _little(weights)
    # A sum that is not a number holds one that is not; much faster than a loop.
    if not isfinite(sum(weights)) or max(weights) > LARGEST or min(weights) < -LARGEST:
        raise ModelError(f"{place}: holds a weight that is not a number or beyond 1e6. Train the model again.")
    idf = {name: value for name, value in zip(names, weights, strict=False) if value}
    starts = range(width, len(weights), width + 1)
    return idf, {key: Linear(weights[at], {name: value for name, value in zip(names, weights[at + 1 : at + 1 + width], strict=True) if value}) for key, at in zip(_LINEARS, starts, strict=True)}


def _unpickle(path: Path) -> Model:
    import joblib

    try:
        held = joblib.load(path)
    except Exception as fault:  # a pickle can raise anything
        raise ModelError(f"{path}: cannot be unpickled: {type(fault).__name__}: {fault}. Load it with the versions that wrote it.") from fault
    model = getattr(held, "model_", held)
    if not isinstance(model, (RiskModel, EstimatorModel)):
        raise ModelError(f"{path}: holds a {type(held).__name__}, not a model of this library. Train one with escalation.train.")
    return model


def _little(numbers: array[float]) -> array[float]:
    if sys.byteorder == "big":
        numbers = array("d", numbers)
        numbers.byteswap()
    return numbers
