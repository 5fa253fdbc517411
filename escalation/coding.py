"""Label words -> codes of the codebook."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from escalation.errors import InputError
from escalation.records import LEVELS
from escalation.tables import is_missing

Scale = Literal["binary", "ordinal"]
HIGHEST = len(LEVELS) - 1
# "reject" and "accept" are the answers of Prodigy's binary interface.
_BINARY = {"no": 0.0, "n": 0.0, "false": 0.0, "reject": 0.0, "yes": 1.0, "y": 1.0, "true": 1.0, "accept": 1.0}
# Label Studio's ratings begin with one star.
_STARS = {"1 star": 0.0, **{f"{n + 1} stars": float(n) for n in range(1, HIGHEST + 1)}}
_ORDINAL = {level: float(code) for code, level in enumerate(LEVELS)} | _STARS
_SHOWN, _LONGEST = 10, 40  # label names that an error lists, and characters of each


@dataclass(frozen=True, slots=True)
class Key:
    """What every label word of a file stands for."""

    names: Mapping[str, float]
    scale: Scale


def word(value: object) -> str:
    """A label as a word: ``" High"`` is ``"high"``; ``True`` ``"true"``; ``3.0`` and ``"3.0"`` ``"3"``; nothing ``""``."""
    # numpy's own scalars; an array is no label and stays one that is not known.
    plain: Any = value.item() if hasattr(value, "item") and getattr(value, "ndim", 0) == 0 else value
    if is_missing(plain):
        return ""
    text = " ".join(str(plain).split()).casefold()
    try:
        number = float(text)
    except ValueError:
        return text
    return "" if math.isnan(number) else f"{number:g}"


def key(words: Mapping[str, Sequence[str]], labels: Mapping[Any, Any] | None, where: str) -> Key:
    """Codes for label words.

    Parameters
    ----------
    words : every label word with the places where it stands
    labels : label to code 0 to 4 or level; only these are then known. Without
        it: numbers 0 to 4, levels (``"none"`` to ``"high"``), yes and no, true
        and false, ``"1 star"`` to ``"5 stars"``
    where : file and field, for errors

    Raises
    ------
    InputError
        A word is not known, a code is out of range, or two scales are mixed.
    """
    if labels is not None:
        given = _given(labels)
        names = {w: given[w] for w in words if w in given}
        scale: Scale = "binary" if set(given.values()) <= {0.0, 1.0} else "ordinal"
    else:
        names = {w: code for w in words if (code := _code(w)) is not None}
        scale = "ordinal" if any(w in _ORDINAL or code > 1 for w, code in names.items()) else "binary"
    _check_known(words, names, labels, where)
    if labels is None:
        _check_scale(words, names, scale, where)
    return Key(dict(sorted(names.items(), key=lambda item: (item[1], item[0]))), scale)


def is_several(word: str, separator: str = "#") -> bool:
    """Whether a word is several labels joined, as doccano's CSV has them."""
    return separator in word and all(_code(part) is not None for part in word.split(separator))


def _given(labels: Mapping[Any, Any]) -> dict[str, float]:
    codes = {word(name): _code(word(value)) for name, value in labels.items()}
    for name, code in codes.items():
        if code is None or not 0 <= code <= HIGHEST:
            raise InputError(f"labels: {name!r} is mapped to something that is not a code. Map it to 0 to {HIGHEST}, or to {', '.join(LEVELS)}.")
    return {name: code for name, code in codes.items() if code is not None}


def _code(word: str) -> float | None:
    known = _BINARY.get(word, _ORDINAL.get(word))
    if known is not None:
        return known
    try:
        return float(word)
    except ValueError:
        return None


def _check_known(words: Mapping[str, Sequence[str]], names: Mapping[str, float], labels: Mapping[Any, Any] | None, where: str) -> None:
    foreign = [w for w in words if w not in names or not 0 <= names[w] <= HIGHEST]
    if foreign:
        seen = sorted(words, key=lambda w: (_code(w) is None, _code(w) or 0.0, w))
        listed = ", ".join(_shown(w) for w in seen[:_SHOWN]) + (f" and {len(seen) - _SHOWN} more" if len(seen) > _SHOWN else "")
        raise InputError(f"{words[foreign[0]][0]}: label {_shown(foreign[0])} is not known. {_elsewhere(words, foreign)}{where} has {listed}. {_remedy(foreign, seen, labels)}")


def _elsewhere(words: Mapping[str, Sequence[str]], foreign: Sequence[str]) -> str:
    """The other rows to correct, unless all labels want mapping or the field is a wrong one."""
    rows = [f"{_shown(w)} in {place.partition(', ')[2] or place}" for w in foreign for place in words[w]][1:]
    if not rows or len(foreign) == len(words) or len(foreign) > _SHOWN:
        return ""
    return f"Nor are {', '.join(rows[:_SHOWN])}{f' and {len(rows) - _SHOWN} more' if len(rows) > _SHOWN else ''}. "


def _remedy(foreign: Sequence[str], seen: Sequence[str], labels: Mapping[Any, Any] | None) -> str:
    from difflib import get_close_matches

    close = get_close_matches(foreign[0], [*_BINARY, *_ORDINAL] if labels is None else [word(name) for name in labels], 1, 0.75)
    if close and labels is not None:
        return f"The labels that are mapped have {close[0]!r}: correct the one or the other."
    if close:
        return f"Correct it to {close[0]!r}, or say what each stands for with labels={{...}}."
    if len(foreign) > _SHOWN:
        return "So many different labels are rather an id or a text: name the right field with label=..., or cut numbers into codes 0 to 4 first."
    ordered = all(_code(name) is not None for name in seen)
    if not ordered:
        # The order of words is the user's to say: in that of the alphabet "hot" stands below "tense".
        return f"Say what each stands for, 0 {LEVELS[0]} to {HIGHEST} {LEVELS[-1]}: labels={{{', '.join(f'{_shown(name)}: ?' for name in seen[:_SHOWN])}}}."
    example = ", ".join(f"{_shown(name)}: {round(i * HIGHEST / max(len(seen) - 1, 1))}" for i, name in enumerate(seen[:_SHOWN]))
    beyond = labels is None and len(foreign) < len(seen)
    return f"{f'Codes go from 0 to {HIGHEST}: correct those rows, or say' if beyond else 'Say'} what each stands for, for instance labels={{{example}}}."


def _shown(word: str) -> str:
    return repr(word if len(word) <= _LONGEST else word[:_LONGEST] + "\u2026")


def _check_scale(words: Mapping[str, Sequence[str]], names: Mapping[str, float], scale: Scale, where: str) -> None:
    two_way = next((w for w in words if w in _BINARY), None)
    if two_way and scale == "ordinal":
        other = next(w for w in words if w not in _BINARY)
        raise InputError(f"{words[two_way][0]}: label {two_way!r} beside {other!r} in {where}: two scales in one field. Say what each stands for with labels={{...}}.")
    part = next((w for w, code in names.items() if not code.is_integer()), None)
    if part and scale == "binary":
        raise InputError(f"{words[part][0]}: label {part!r}, and nothing above 1 in {where}: a probability, not a code. Cut it first, for instance y >= 0.5, or give codes 0 to {HIGHEST}.")
