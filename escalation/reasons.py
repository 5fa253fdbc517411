"""Rows that were not scored -> how many for which reason."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from escalation.batch import Rejected

_SHOWN = 5  # kinds of reasons that are told; a source has seldom more
_MOST = 200  # kinds that are counted, so that memory stays flat whatever the rows say
_LONGEST = 160  # characters of an example
# Up to the first full stop that is not within quotes or a number.
_SENTENCE = re.compile(r"""(?:'[^']*'|"[^"]*"|[^.]|\.(?!\s|\Z))*""")
# What is of the row and not of the reason.
_OWN = re.compile(r"""'[^']*'|"[^"]*"|\b0x[0-9a-f]+|\d[\d,]*""")


@dataclass(frozen=True, slots=True)
class Reason:
    """Rows that were not scored for one reason.

    Attributes
    ----------
    count : int
    place, told : str
        Where the first of them stands, and what is wrong with it.
    """

    count: int
    place: str
    told: str

    def __str__(self) -> str:
        return f"{self.count:,} such as {self.place}: {self.told}"


class Reasons:
    """Reasons as they come, counted by kind: the same words with other values are one."""

    def __init__(self) -> None:
        self._found: dict[str, Reason] = {}

    def add(self, row: Rejected) -> None:
        """Count a row."""
        told = _SENTENCE.match(row.reason)[0].strip()  # type: ignore[index]
        kind = _OWN.sub("#", told)
        known = self._found.get(kind)
        if known is not None:
            self._found[kind] = replace(known, count=known.count + 1)
        elif len(self._found) < _MOST:
            self._found[kind] = Reason(1, row.place, told if len(told) <= _LONGEST else told[: _LONGEST - 1] + "\u2026")

    def most(self) -> tuple[Reason, ...]:
        """The commonest, then those that came first."""
        return tuple(sorted(self._found.values(), key=lambda reason: -reason.count)[:_SHOWN])
