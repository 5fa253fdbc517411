"""Numbers -> their sum, the same to the last bit under every Python."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from operator import add


def add_up(values: Iterable[float]) -> float:
    """The numbers added one after the other.

    ``sum`` does so up to Python 3.11; from 3.12 on it carries what is lost in
    rounding along, and the last digits of a risk would tell the interpreter.
    """
    return reduce(add, values, 0)
