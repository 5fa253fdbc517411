"""Estimator model <-> the two files that it has besides its base model's."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import version
from typing import Any

from escalation import estimator_file
from escalation.errors import ModelError
from escalation.estimator import EstimatorModel
from escalation.risk import RiskModel
from escalation.structure import FORMAT, check_format, judging, numbers, parse, texts, to_json

_PROBES, _PROBED = 5, 0.3  # rows that a loaded model is tried on, and the value in them
_SAME = 1e-9  # log-odds


def contents(model: EstimatorModel) -> dict[str, bytes]:
    """The files of everything but the base model's weights.

    Raises
    ------
    ModelError
        The estimator has a part that may not be in a file.
    MissingExtraError
        skops is not installed.
    """
    structure = {
        "format": FORMAT, "columns": list(model.columns), "platt": [model.slope, model.shift], "cuts": list(model.cuts), "spread": model.spread,
        "lexicon": model.lexicon_digest, "base_card": dict(model.base.card), "probe": _probe(model),
        "versions": {name: version(name) for name in ("scikit-learn", "skops")} if estimator_file.require() else {},
    }
    return {"estimator.json": to_json("estimator.json", structure), "estimator.skops": estimator_file.dumps("estimator.skops", model.estimator)}


def assemble(place: str, held: Mapping[str, bytes], base: RiskModel) -> EstimatorModel:
    """The model, if it still says what it said when it was saved.

    Raises
    ------
    ModelError
        A file is foreign, or the installed scikit-learn makes other numbers of
        it.
    """
    about = f"{place}/estimator.json"
    structure = parse(about, held["estimator.json"])
    check_format(about, structure)
    slope, shift = numbers(about, structure, "platt", 2)
    probe = numbers(about, structure, "probe", _PROBES)
    card, versions = structure.get("base_card"), structure.get("versions")
    if not isinstance(card, dict) or not isinstance(versions, dict):
        raise ModelError(f"{about}: 'base_card' or 'versions' is no object. The file is foreign; get the folder again.")
    model = EstimatorModel(
        base=replace(base, card=card), estimator=_estimator(f"{place}/estimator.skops", held["estimator.skops"]), columns=tuple(texts(about, structure, "columns")),
        slope=slope, shift=shift, **judging(about, structure), card=base.card,
    )
    _check(place, model, probe, versions)
    return model


def _estimator(place: str, data: bytes) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of other versions: the probe tells whether they matter
        return estimator_file.loads(place, data)


def _check(place: str, model: EstimatorModel, expected: tuple[float, ...], versions: Mapping[str, Any]) -> None:
    if not _is_classifier(model.estimator, len(model.columns)):
        raise ModelError(f"{place}/estimator.skops: not a classifier of two classes on {len(model.columns)} columns. The file is foreign; get the folder again.")
    try:
        found = _probe(model)
    except Exception as fault:  # an estimator of another version can fail in any way
        raise ModelError(f"{place}/estimator.skops: cannot predict: {type(fault).__name__}: {fault!s:.200}. {_remedy(versions)}") from fault
    if not all(abs(a - b) <= _SAME for a, b in zip(found, expected, strict=True)):
        raise ModelError(f"{place}/estimator.skops: does not predict what it did when it was saved. {_remedy(versions)}")


def _is_classifier(estimator: Any, width: int) -> bool:
    from sklearn.base import is_classifier

    try:
        return bool(is_classifier(estimator)) and estimator.n_features_in_ == width and list(estimator.classes_) == [0, 1]
    except Exception:  # a forged object can fail in any way when it is asked what it is
        return False


def _remedy(versions: Mapping[str, Any]) -> str:
    return f"Install scikit-learn {versions.get('scikit-learn', '?')!s:.20} (here: {version('scikit-learn')}), with which it was saved, or train again."


def _probe(model: EstimatorModel) -> list[float]:
    """Log-odds of an empty report and of others that have every fourth feature."""
    import numpy as np

    rows = np.zeros((_PROBES, len(model.columns)))
    for k in range(1, _PROBES):
        rows[k, k - 1 :: _PROBES - 1] = _PROBED
    found: list[float] = model.logits(rows).tolist()
    return found
