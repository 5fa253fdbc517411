"""Model and lexicon -> names by which every worker loads the same ones, once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TypeAlias

from escalation import lexicon as lexicons
from escalation import store
from escalation.errors import LexiconError, ModelError
from escalation.lexicon import Lexicon
from escalation.scorer import Scorer


@dataclass(frozen=True)
class NamedModel:
    """A model folder as it travels to workers.

    Attributes
    ----------
    path : absolute path of the folder; None for the shipped model
    digest : sha256 of its manifest, which holds the sums of its files
    version : of escalation, since other code makes other numbers of the same
        weights
    """

    path: str | None
    digest: str
    version: str


@dataclass(frozen=True)
class NamedLexicon:
    """Lexicon files as they travel to workers.

    Attributes
    ----------
    paths : absolute paths of the user's own files; empty for the shipped
        lexicon alone
    digest : sha256 over these files and the shipped ones
    """

    paths: tuple[str, ...]
    digest: str


ModelName: TypeAlias = NamedModel | str | Path | None
LexiconName: TypeAlias = NamedLexicon | str | Path | Sequence[str | Path] | None


def model(given: ModelName = None) -> NamedModel:
    """The name of a model folder; one that is a name already stays as it is.

    Raises
    ------
    ModelError
        The folder cannot be read, or a model is given that is in memory only.
    """
    if isinstance(given, NamedModel):
        return given
    if given is not None and not isinstance(given, (str, Path)):
        raise ModelError(f"model: a {type(given).__name__} in memory, which workers cannot load. Write it with model.save(folder), where every worker finds it, and give the folder.")
    path = None if given is None else str(Path(given).resolve())
    return NamedModel(path, _sum_of_model(path), _version())


def lexicon(given: LexiconName = None) -> NamedLexicon:
    """The name of lexicon files; one that is a name already stays as it is.

    Raises
    ------
    LexiconError
        A file cannot be read, or a lexicon is given that is in memory only.
    """
    if isinstance(given, NamedLexicon):
        return given
    if isinstance(given, Lexicon):
        raise LexiconError("lexicon: is in memory, and workers cannot load it. Give the paths of its files, where every worker finds them.")
    files = () if given is None else (given,) if isinstance(given, (str, Path)) else tuple(given)
    paths = tuple(str(Path(file).resolve()) for file in files)
    return NamedLexicon(paths, _sum_of_lexicon(paths))


@cache
def scorer(model: NamedModel, lexicon: NamedLexicon) -> Scorer:
    """The scorer that a driver named, loaded once in each process.

    Raises
    ------
    ModelError, LexiconError
        What is here under these paths cannot be loaded or is not what the
        driver named.
    """
    _check_version(model)
    _check_model(model)
    _check_lexicon(lexicon)
    found = Scorer(model.path, lexicons.load(*lexicon.paths))
    # Again, since files may have been replaced while they were read.
    _check_model(model)
    _check_lexicon(lexicon)
    return found


def _version() -> str:
    from escalation import __version__

    return __version__


def _check_version(model: NamedModel) -> None:
    if model.version != _version():
        raise ModelError(f"escalation {_version()} is installed on this worker and {model.version} on the driver; their numbers may differ. Install one version everywhere.")


def _check_model(model: NamedModel) -> None:
    found = _sum_of_model(model.path)
    if found != model.digest:
        place = model.path or "shipped model"
        raise ModelError(f"{place}: the sha256 of its manifest is {found} on this worker, and the driver named {model.digest}. Put the same folder on every worker, and leave it alone while a job runs.")


def _check_lexicon(lexicon: NamedLexicon) -> None:
    found = _sum_of_lexicon(lexicon.paths)
    if found != lexicon.digest:
        place = ", ".join(lexicon.paths) or "shipped lexicon"
        raise LexiconError(f"{place}: the sha256 is {found} on this worker, and the driver named {lexicon.digest}. Put the same files on every worker, and leave them alone while a job runs.")


def _sum_of_model(path: str | None) -> str:
    try:
        return store.digest(path)
    except OSError as fault:
        raise ModelError(f"{path}: cannot be read: {fault.strerror or fault}. Put the model folder where the driver and every worker find it under this path.") from fault


def _sum_of_lexicon(paths: tuple[str, ...]) -> str:
    shipped = lexicons.load().digest
    sums = [sha256(lexicons.read(path)).hexdigest() for path in paths]
    return sha256(" ".join((shipped, *sums)).encode()).hexdigest() if sums else shipped
