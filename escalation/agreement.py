"""Two coders' labels -> how far they agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from escalation import bootstrap
from escalation.bootstrap import Estimate
from escalation.errors import InputError
from escalation.labelled import Labelled

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

_FARTHEST = 10
_OPENING = 80  # characters of a text that tell a coder which report it is
_SAME_TEXT = 0.5  # share of shared ids under which the texts must be the same, or ids are but row numbers


class Difference(NamedTuple):
    """A report that the coders see differently."""

    report: str
    a: float
    b: float
    place_a: str
    place_b: str


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two coders agree on the reports that both labelled.

    Attributes
    ----------
    n, only_a, only_b : int
        Reports that both labelled, and those that one labelled alone.
    joined_by : {"id", "text"}
    scale : {"binary", "ordinal"}
    kappa : Estimate
        Cohen's kappa with quadratic weights; nan where both coders use one
        code only.
    alpha : Estimate
        Krippendorff's ordinal alpha; nan as kappa.
    identical, within_one : Estimate
        Shares of the reports.
    codes : tuple of float
        What the rows and columns of the confusion stand for.
    confusion : tuple of tuple of int
        Counts: rows the codes of A, columns those of B.
    farthest : tuple of Difference
        Up to ten reports, the most different first.
    """

    n: int
    only_a: int
    only_b: int
    joined_by: str
    scale: str
    kappa: Estimate
    alpha: Estimate
    identical: Estimate
    within_one: Estimate
    codes: tuple[float, ...]
    confusion: tuple[tuple[int, ...], ...]
    farthest: tuple[Difference, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain values that ``json.dumps`` takes; what is not a number becomes None."""
        plain = asdict(self)
        estimates = {name: value for name, value in plain.items() if isinstance(value, Estimate)}
        figures = {name: {part: _plain(number) for part, number in value._asdict().items()} for name, value in estimates.items()}
        return plain | figures | {"farthest": [item._asdict() for item in self.farthest]}


def agree(a: Labelled, b: Labelled, resamples: int = bootstrap.RESAMPLES, seed: int = 0) -> Agreement:
    """Compare two coders of the same reports.

    Reports are joined by id where the ids name the same texts, else by text.
    Intervals are percentiles of reports resampled.

    Raises
    ------
    InputError
        No report is in both, or one coder used two codes and the other five.
    """
    if a.scale != b.scale:
        raise InputError(f"{_range(a)} is {a.scale}, {_range(b)} {b.scale}: codes of two scales cannot be compared. Map the labels of both to one scale with labels=....")
    joined_by, pairs = _joined(a, b)
    codes_a, codes_b = (np.array(codes) for codes in zip(*((a.codes[i], b.codes[j]) for i, j in pairs), strict=True))
    used, confusion = _confusion(codes_a, codes_b)
    return Agreement(
        n=len(pairs), only_a=len(a) - len(pairs), only_b=len(b) - len(pairs), joined_by=joined_by, scale=a.scale,
        **_estimates(codes_a, codes_b, resamples, seed), codes=used, confusion=confusion, farthest=_differing(a, b, pairs),
    )


def weighted_kappa(a: ArrayLike, b: ArrayLike, weights: str = "quadratic") -> float:
    """Cohen's weighted kappa (Cohen 1968).

    Parameters
    ----------
    a, b : codes of two coders, shape (n,); their distances are counted in the
        codes' own units
    weights : {"quadratic", "linear", "none"}

    Returns
    -------
    float
        1 full agreement, 0 what chance gives; nan where both use one code only.
    """
    if np.size(a) != np.size(b):
        raise InputError(f"codes: {np.size(a)} of one coder, {np.size(b)} of the other. Give both codes of every report.")
    values = np.unique(np.concatenate([np.asarray(a, dtype=float), np.asarray(b, dtype=float)]))
    figure = bootstrap.kappa(np.searchsorted(values, a), np.searchsorted(values, b), weights, values)
    return float(figure(np.ones((1, np.size(a))))[0])


def krippendorff_alpha(ratings: ArrayLike, level: str = "ordinal") -> float:
    """Krippendorff's alpha (Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability").

    Parameters
    ----------
    ratings : shape (coders, units); NaN where a coder did not rate a unit
    level : {"nominal", "ordinal", "interval"}
        What a difference of codes means.

    Returns
    -------
    float
        1 full agreement, 0 what chance gives; nan where no unit has two
        ratings, or all ratings are the same.
    """
    given = np.asarray(ratings, dtype=float)
    values = np.unique(given[~np.isnan(given)])
    counts = (given[:, :, None] == values).sum(axis=0).astype(float)
    rated = counts.sum(axis=1)
    paired = rated > 1
    shares = counts[paired] / (rated[paired] - 1)[:, None]
    coincidences = counts[paired].T @ shares - np.diag(shares.sum(axis=0))
    return float(_alphas(coincidences[None], values, level)[0])


def _alphas(coincidences: NDArray[np.float64], values: NDArray[np.float64], level: str) -> NDArray[np.float64]:
    """Alpha of coincidences of shape (some, k, k): how often two codes meet at one unit."""
    margins = coincidences.sum(axis=-1)
    distance = _distances(margins, values, level)
    observed = (coincidences * distance).sum(axis=(-2, -1))
    expected = (margins[:, :, None] * margins[:, None, :] * distance).sum(axis=(-2, -1))
    with np.errstate(invalid="ignore", divide="ignore"):
        alphas: NDArray[np.float64] = 1 - (margins.sum(axis=-1) - 1) * observed / np.where(expected > 0, expected, np.nan)
    return alphas


def _distances(margins: NDArray[np.float64], values: NDArray[np.float64], level: str) -> NDArray[np.float64]:
    """Squared differences of the codes, shape (some, k, k)."""
    if level == "interval":
        return np.broadcast_to((values[:, None] - values) ** 2, (len(margins), len(values), len(values)))
    if level == "nominal":
        return np.broadcast_to(1 - np.eye(len(values)), (len(margins), len(values), len(values)))
    if level == "ordinal":
        # Ranks: half of a code's own ratings lie below its middle.
        ranks = np.cumsum(margins, axis=-1) - margins / 2
        return (ranks[:, :, None] - ranks[:, None, :]) ** 2
    raise InputError(f"level: {level!r} is no level of measurement. Choose 'nominal', 'ordinal' or 'interval'.")


def _joined(a: Labelled, b: Labelled) -> tuple[str, list[tuple[int, int]]]:
    """Rows of A and B that are the same report, in the order of A."""
    texts_a, texts_b = _texts(a), _texts(b)
    by_id = _pairs([report.id for report in a.reports], [report.id for report in b.reports])
    same = sum(texts_a[i] == texts_b[j] for i, j in by_id)
    by_text = _pairs(texts_a, texts_b)
    if by_id and same >= _SAME_TEXT * len(by_id) and len(by_id) >= len(by_text):
        return "id", by_id
    if not by_text:
        hint = f"; {len(by_id)} ids are the same, but not their texts" if by_id else ""
        raise InputError(f"{_range(a)} and {_range(b)}: none of {len(a)} and {len(b)} reports is in both{hint}. Give the labels of two coders for the same reports.")
    return "text", by_text


def _texts(labelled: Labelled) -> list[str]:
    return [" ".join(report.text.split()) for report in labelled.reports]


def _pairs(a: Sequence[str | None], b: Sequence[str | None]) -> list[tuple[int, int]]:
    """Places of the keys that both hold; none where a key stands twice."""
    known_a, known_b = ([key for key in keys if key is not None] for keys in (a, b))
    if len(set(known_a)) < len(known_a) or len(set(known_b)) < len(known_b):
        return []
    places = {key: j for j, key in enumerate(b) if key is not None}
    return [(i, places[key]) for i, key in enumerate(a) if key is not None and key in places]


def _range(labelled: Labelled) -> str:
    """Where the labels stand, for errors."""
    return f"{labelled.places[0]} to {labelled.places[-1].rpartition(', ')[2]}"


def _confusion(a: NDArray[np.float64], b: NDArray[np.float64]) -> tuple[tuple[float, ...], tuple[tuple[int, ...], ...]]:
    values = np.unique(np.concatenate([a, b]))
    counts = np.zeros((len(values), len(values)), dtype=int)
    np.add.at(counts, (np.searchsorted(values, a), np.searchsorted(values, b)), 1)
    return tuple(values.tolist()), tuple(tuple(row) for row in counts.tolist())


def _estimates(a: NDArray[np.float64], b: NDArray[np.float64], resamples: int, seed: int) -> dict[str, Estimate]:
    values = np.unique(np.concatenate([a, b]))
    places = np.searchsorted(values, a), np.searchsorted(values, b)
    figures: dict[str, bootstrap.Figure] = {
        "kappa": bootstrap.kappa(*places, values=values),
        "alpha": _alpha_figure(*places, values),
        "identical": bootstrap.mean(a == b),
        "within_one": bootstrap.mean(np.abs(a - b) <= 1),
    }
    return bootstrap.estimates(figures, np.zeros(len(a)), resamples=resamples, seed=seed)


def _alpha_figure(a: NDArray[np.intp], b: NDArray[np.intp], values: NDArray[np.float64]) -> bootstrap.Figure:
    def figure(counts: NDArray[np.float64]) -> NDArray[np.float64]:
        confusions = bootstrap.confusions(counts, a, b, len(values))
        return _alphas(confusions + confusions.swapaxes(-2, -1), values, "ordinal")

    return figure


def _differing(a: Labelled, b: Labelled, pairs: Sequence[tuple[int, int]]) -> tuple[Difference, ...]:
    apart = sorted((pair for pair in pairs if a.codes[pair[0]] != b.codes[pair[1]]), key=lambda pair: -abs(a.codes[pair[0]] - b.codes[pair[1]]))
    return tuple(Difference(_name(a, i), a.codes[i], b.codes[j], a.places[i], b.places[j]) for i, j in apart[:_FARTHEST])


def _name(labelled: Labelled, row: int) -> str:
    report = labelled.reports[row]
    opening = " ".join(report.text.split())[:_OPENING]
    return opening if report.id is None else f"{report.id}: {opening}"


def _plain(number: float) -> float | None:
    return None if number != number else number
