"""Texts -> digests that tell whether a text was seen before."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

_DIGITS = 16  # 64 bits: one chance in 10**10 that two of 60,000 texts meet


def digest(text: str) -> str:
    """The first 16 hexadecimal digits of the sha256 of a text, whatever its line breaks and spaces."""
    plain = " ".join(text.split()).encode("utf-8", "surrogatepass")
    return hashlib.sha256(plain).hexdigest()[:_DIGITS]


def seen(texts: Iterable[str], card: Mapping[str, Any]) -> tuple[int, ...] | None:
    """Which of ``texts`` a model was fitted on, by number; None where its card does not tell."""
    data = card.get("data")
    known = data.get("digests") if isinstance(data, Mapping) else None
    if known is None:
        return None
    fitted = frozenset(known)
    return tuple(number for number, text in enumerate(texts) if digest(text) in fitted)
