"""Estimator <-> bytes in the format of skops, made of allowed types only."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any

from escalation.errors import MissingExtraError, ModelError

# What a file may hold besides scikit-learn's estimators and numpy's arrays,
# which skops trusts by itself. None of these runs code when it is made; the
# nodes of the two kinds of trees are checked below before anything follows them.
ALLOWED = (
    "sklearn.calibration._CalibratedClassifier",
    "sklearn.calibration._SigmoidCalibration",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
    "sklearn.neural_network._stochastic_optimizers.SGDOptimizer",
    "sklearn.tree._tree.Tree",
)
# Equal arrays are one file, named as often as they stand in the estimator: a
# forest names its classes once a tree. Large ones that are named often are a bomb.
_MOST_TIMES, _MOST_SHARED = 10, 100_000_000
_SCHEMA = "schema.json"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first date that a zip file can tell: no clock


def dumps(place: str, estimator: Any) -> bytes:
    """Bytes of a fitted estimator, the same for the same estimator.

    Raises
    ------
    MissingExtraError
        skops is not installed.
    ModelError
        A part of the estimator may not be in a file.
    """
    skops = require()
    try:
        data = skops.dumps(estimator)
    except Exception as fault:  # whatever its parts raise when asked for their state
        raise ModelError(f"{place}: {type(estimator).__name__} cannot be written: {fault}. Choose another estimator.") from fault
    _refuse_types(place, skops.get_untrusted_types(data=data))
    return _steady(data)


def loads(place: str, data: bytes) -> Any:
    """The estimator in the bytes; its types are checked before anything is made.

    Raises
    ------
    MissingExtraError
        skops is not installed.
    ModelError
        It is not such a file, or holds what is not allowed.
    """
    skops = require()
    try:
        _refuse_packed(place, data)
        _refuse_types(place, skops.get_untrusted_types(data=data))
        estimator = skops.loads(data, trusted=list(ALLOWED))
        _check_trees(place, estimator)
    except ModelError:
        raise
    except Exception as fault:  # a foreign file can break its parser in any way
        raise ModelError(f"{place}: cannot be read: {type(fault).__name__}: {fault!s:.200}. The file is damaged, or of other versions of skops and scikit-learn; get the folder again.") from fault
    return estimator


def require() -> Any:
    try:
        import skops.io
    except ImportError as fault:
        raise MissingExtraError("skops: not installed, and models other than linear ones are kept in its format. Run: pip install 'escalation[estimators]'.") from fault
    return skops.io


def _refuse_types(place: str, found: list[str]) -> None:
    foreign = sorted(set(found) - set(ALLOWED))
    if foreign:
        raise ModelError(f"{place}: holds {', '.join(foreign)[:400]}, which no file may. Choose another estimator or other parameters, such as algorithm='brute' for nearest neighbours.")


def _refuse_packed(place: str, data: bytes) -> None:
    """Ours are not compressed; what is may unpack to any size."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if any(item.compress_type != zipfile.ZIP_STORED or item.file_size > len(data) for item in archive.infolist()):
            raise ModelError(f"{place}: compressed, which no file of this library is. Get the folder again.")
        sizes = {item.filename: item.file_size for item in archive.infolist()}
        named = sum(sizes.get(name, 0) for name in _files(json.loads(archive.read(_SCHEMA))))
    if named > _MOST_TIMES * len(data) + _MOST_SHARED:
        raise ModelError(f"{place}: names its arrays so often that they would take {named:,} bytes. The file is forged; get the folder again.")


def _files(node: Any) -> Iterator[str]:
    """The files that a schema names, as often as it does."""
    if isinstance(node, dict) and isinstance(node.get("file"), str):
        yield node["file"]
    for part in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _files(part)


def _steady(data: bytes) -> bytes:
    """The same archive without times, addresses in memory or random names: an array is called by its sum."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(buffer, "w") as steady:
        arrays = {name: _without_gaps(archive.read(name)) for name in archive.namelist() if name != _SCHEMA}
        names = {old: hashlib.sha256(array).hexdigest()[:32] + "." + old.rpartition(".")[2] for old, array in arrays.items()}
        for new, array in sorted({names[old]: array for old, array in arrays.items()}.items()):
            steady.writestr(zipfile.ZipInfo(new, _EPOCH), array)
        schema = _rename(json.loads(archive.read(_SCHEMA)), names)
        steady.writestr(zipfile.ZipInfo(_SCHEMA, _EPOCH), json.dumps(schema, separators=(",", ":")))
    return buffer.getvalue()


def _without_gaps(data: bytes) -> bytes:
    """An array whose records have zeros between their fields, where a tree's have whatever was in memory."""
    import numpy as np

    array = np.load(io.BytesIO(data), allow_pickle=False) if data.startswith(b"\x93NUMPY") else None
    if array is None or array.dtype.names is None:
        return data
    clean, buffer = np.zeros(array.shape, array.dtype), io.BytesIO()
    for name in array.dtype.names:
        clean[name] = array[name]
    np.save(buffer, clean, allow_pickle=False)
    return buffer.getvalue()


def _rename(node: Any, names: Mapping[str, str]) -> Any:
    if isinstance(node, list):
        return [_rename(item, names) for item in node]
    if not isinstance(node, dict):
        return node
    return {key: names.get(value, value) if key == "file" and isinstance(value, str) else _rename(value, names) for key, value in node.items() if key != "__id__"}


def _check_trees(place: str, estimator: Any) -> None:
    """Children lie behind their parent and inside the tree, features inside the matrix.

    scikit-learn follows these numbers unchecked: a forged one reads foreign
    memory or never ends.
    """
    import numpy as np

    for kind, tree in _trees(estimator, set()):
        if kind == "Tree":
            left, right, feature, most, leaf = tree.children_left, tree.children_right, tree.feature, tree.n_features, tree.children_left == -1
        else:
            nodes = tree.nodes
            left, right, feature, most, leaf = nodes["left"], nodes["right"], nodes["feature_idx"], estimator.n_features_in_, nodes["is_leaf"] == 1
        own, inner = np.arange(len(leaf)), ~leaf
        kept = [own < child for child in (left, right)] + [child < len(own) for child in (left, right)] + [feature >= 0, feature < most]
        if not len(own) or most != estimator.n_features_in_ or not all(condition[inner].all() for condition in kept):
            raise ModelError(f"{place}: a tree whose branches lead nowhere. The file is forged or damaged; get the folder again.")


def _trees(part: Any, seen: set[int]) -> Iterator[tuple[str, Any]]:
    """Every tree that hangs on an estimator."""
    import numpy as np

    if id(part) in seen:
        return
    seen.add(id(part))
    kind = type(part).__name__
    if kind in ("Tree", "TreePredictor"):
        yield kind, part
    elif isinstance(part, (list, tuple)) or (isinstance(part, np.ndarray) and part.dtype == object):
        for item in part:
            yield from _trees(item, seen)
    else:
        for value in (part.values() if isinstance(part, dict) else getattr(part, "__dict__", {}).values()):
            yield from _trees(value, seen)
