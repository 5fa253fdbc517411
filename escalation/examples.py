"""Reports that have been read -> labelled numbers, ready for fitting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from escalation import features
from escalation.reader import Read

if TYPE_CHECKING:
    from numpy.typing import NDArray

_T = TypeVar("_T")


@dataclass(frozen=True, eq=False)
class Examples:
    """Labelled reports as numbers.

    Attributes
    ----------
    numbers : per report, the numbers of its sentences
    counted, up, down : per report, a flag per sentence: does it count; is it
        named as evidence of escalation (of restraint)
    risk : codes 0 to 4, shape (n,)
    groups : what must not be split between training and test, shape (n,)
    weights : of each report when the report model is fitted, shape (n,)
    typical : whether the report is one of those that the risk is calibrated
        for, shape (n,)
    """

    ids: tuple[str, ...]
    numbers: tuple[tuple[features.Numbers, ...], ...]
    counted: tuple[tuple[bool, ...], ...]
    up: tuple[tuple[bool, ...], ...]
    down: tuple[tuple[bool, ...], ...]
    risk: NDArray[np.float64]
    groups: NDArray[np.str_]
    weights: NDArray[np.float64]
    typical: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, rows: Sequence[int] | NDArray[np.intp]) -> Examples:
        """The examples at ``rows``."""
        pick = [int(row) for row in rows]

        def chosen(series: tuple[_T, ...]) -> tuple[_T, ...]:
            return tuple(series[i] for i in pick)

        return Examples(
            chosen(self.ids), chosen(self.numbers), chosen(self.counted), chosen(self.up), chosen(self.down),
            self.risk[pick], self.groups[pick], self.weights[pick], self.typical[pick],
        )


def examples_of(read: Sequence[Sequence[Read]], risk: Sequence[float] | NDArray[np.float64], groups: Sequence[str] | None = None, ids: Sequence[str] | None = None) -> Examples:
    """Examples from reports that have been read; nobody named evidence in them."""
    none = tuple(tuple(False for _ in sentences) for sentences in read)
    return Examples(
        tuple(ids or (str(i) for i in range(len(read)))),
        tuple(tuple(item.numbers for item in sentences) for sentences in read),
        tuple(tuple(item.counts for item in sentences) for sentences in read),
        none, none, np.asarray(risk, dtype=float),
        np.asarray(groups if groups is not None else [str(i) for i in range(len(read))]),
        np.ones(len(read)), np.ones(len(read), dtype=bool),
    )
