"""Score table -> index: risk over time, by country, source or actor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from escalation import bootstrap, changes
from escalation.archive import read_archive
from escalation.dates import as_date
from escalation.entries import Entry
from escalation.errors import InputError
from escalation.scores import grouped, usable

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from escalation.scorer import Scorer

FIGURES = ("risk", "elevated", "acts", "threats", "restraint")
# Reports of a period above which its means are as good as normal: there the
# band is 1.96 standard errors, and resampling would take long.
_MANY = 1000
_AT_ONCE = 100_000  # reports drawn at once: 4 MB
_Z = 1.959963984540054
_TELLING = 5  # reports without which a period's mean says little of its level


def build_index(
    scores: pd.DataFrame | str | Path, freq: str = "W", by: str | None = None, base: tuple[object, object] | None = None, of: str = "risk", least: int = 1, seed: int = 0, resamples: int = bootstrap.RESAMPLES,
    within: tuple[object, object] | None = None,
) -> pd.DataFrame:
    """Risk over time from a score table.

    Parameters
    ----------
    scores : DataFrame or path
        A table that ``escalation score`` wrote: Parquet, JSONL, CSV or SQLite.
    freq : {"D", "W", "M", "Q", "Y"} or another period of pandas
        Weeks begin on Monday.
    by : str, optional
        A column to tell groups by: ``"countries"`` and ``"actors"`` (a report
        counts in each that it names), ``"source"``, ``"level"`` or another.
    base : (start, end), optional
        Days, both included: the mean ``score`` of the periods within is 100; of
        all periods without it.
    of : {"risk", "elevated", "acts", "threats", "restraint"}
        What ``score`` and ``change`` are made of.
    least : int
        Reports that a group must have to be in the index.
    seed, resamples : int
        Of the bands.
    within : (start, end), optional
        Days, both included: reports of other days are left out.

    Returns
    -------
    DataFrame
        One row per period, and per group where ``by`` is given: ``start`` and
        ``end`` (days, both included), ``n`` reports, ``copies`` left out, the
        means of risk, acts, threats and restraint and the share of reports at
        level elevated or high, each with ``_low`` and ``_high`` of a 95 % band
        from reports resampled; ``score`` with its band; ``change``: +1 or -1
        where a level of its own begins (see :func:`escalation.changes.find`;
        periods with fewer than five reports are passed over), else 0. A period without reports has n = 0 and no numbers; one with a
        single report has no band. ``attrs`` tell how many rows were left out
        and why.

    Raises
    ------
    InputError
        The table cannot be read or holds nothing that can be counted, or a
        parameter is not known.
    """
    import pandas as pd

    _check(of, least)
    frame, left_out = counted(scores, by, within)
    frame = frame.assign(period=_periods(frame["published"], freq))
    every = pd.period_range(frame["period"].min(), frame["period"].max(), freq=frame["period"].dt.freq)
    span = _span(base)
    made = []
    for group, part in _groups(frame, by, least):
        rows = _rows(part, every, seed, resamples)
        rows = _scored(rows, of, span)
        rows.insert(0, by, group) if by else None
        made.append(rows)
    if not made:
        raise InputError(f"scores: no {by} with {least} reports. Lower least, or choose another column than {by!r}.")
    index = pd.concat(made, ignore_index=True)
    index.attrs = {"freq": freq, "by": by, "base": None if base is None else [str(day.date()) for day in span], "of": of, "rows": int(len(frame) + sum(left_out.values())), "left_out": left_out | _uncounted(frame, by)}
    return index


def drill(scores: pd.DataFrame | str | Path, row: Mapping[str, Any] | pd.Series) -> pd.DataFrame:
    """The reports behind one row of an index, the riskiest first, copies left out.

    Parameters
    ----------
    scores : what the index was built from
    row : a row of the index (``index.iloc[3]``), or a mapping with ``start`` and
        ``end`` and, for a group, its column: ``{"start": "1987-03-02", "end":
        "1987-03-08", "countries": "IRN"}``
    """
    import pandas as pd

    given = dict(row) if hasattr(row, "keys") else {}
    if not {"start", "end"} <= given.keys():
        raise InputError(f"row: no 'start' and 'end' in {str(row)[:60]!r}. Give a row of the index (index.iloc[3]), or a mapping with both days.")
    own = {"start", "end", "n", "copies", "score", "score_low", "score_high", "change", *(name + tail for name in FIGURES for tail in ("", "_low", "_high"))}
    by = next((str(name) for name in given if name not in own), None)
    frame, _ = counted(scores, by)
    start, end = _span((given["start"], given["end"]))
    kept = frame[frame["published"].between(start, end) & frame["copy_of"].isna()]
    if by:
        kept = grouped(kept, by)
        kept = kept[kept[by] == given[by]]
    return pd.DataFrame(kept.sort_values(["risk", "published"], ascending=[False, True], kind="stable").reset_index(drop=True))


def sentences(reports: pd.DataFrame, archive: str | Path, scorer: Scorer | None = None) -> pd.DataFrame:
    """The sentences of drilled reports, from the archive that they were scored from.

    Parameters
    ----------
    reports : what :func:`drill` gave; its ``id`` finds the texts,
        and ``published`` dates them
    archive : what :func:`escalation.read_archive` reads; rows that hold no
        report are passed over
    scorer : the shipped model without it

    Returns
    -------
    DataFrame
        One row per sentence: ``id``, ``text``, ``share``, ``score``, ``cues``,
        in the order of ``reports``. Ids that the archive lacks are in
        ``attrs["missing"]``.
    """
    import pandas as pd

    from escalation.scorer import Scorer

    judge = Scorer() if scorer is None else scorer
    wanted = {str(id): at for at, id in enumerate(reports["id"]) if id is not None}
    # The days of the table: read again, they would need the order of day and month that it was scored with.
    days = dict(zip(reports["id"].astype(str), map(as_date, reports["published"]), strict=True))
    read = read_archive(archive, {"published": None}, rejected=_passed_over)
    texts = {str(report.id): replace(report, published=days[str(report.id)]) for report in read if str(report.id) in wanted}
    rows = [
        {"id": id, "text": sentence.text, "share": sentence.share, "score": sentence.score, "cues": " ".join(cue.name for cue in sentence.cues)}
        for id in wanted if id in texts for sentence in judge.score(texts[id]).sentences
    ]
    found = pd.DataFrame(rows, columns=["id", "text", "share", "score", "cues"])
    found.attrs["missing"] = [id for id in wanted if id not in texts]
    return found


def _passed_over(_: Entry) -> None:
    """A row without a report cannot be among those that were scored."""


def counted(given: pd.DataFrame | str | Path, by: str | None, within: tuple[object, object] | None = None) -> tuple[pd.DataFrame, dict[str, int]]:
    """The rows of a score table that count, copies among them, and how many do not, by reason."""
    frame, left_out = usable(given, by)
    if within is not None:
        inside = frame["published"].between(*_span(within, "within"))
        frame, left_out = frame[inside], left_out | {"of other days": int((~inside).sum())}
    if frame.empty:
        raise InputError(f"scores: no row can be counted ({', '.join(f'{reason} {count}' for reason, count in left_out.items() if count) or 'the table is empty'}). Give dates of publication when the archive is scored.")
    return frame, left_out


def _check(of: str, least: int) -> None:
    if of not in FIGURES:
        raise InputError(f"of: {of!r} is not known. Choose one of {', '.join(FIGURES)}.")
    if least < 1:
        raise InputError(f"least: {least} reports. Give a number from 1 up.")


def _periods(days: pd.Series, freq: str) -> pd.Series:
    try:
        return days.dt.to_period(freq)
    except ValueError as fault:
        raise InputError(f"freq: {freq!r} is no period. Give D, W, M, Q or Y.") from fault


def _span(base: tuple[object, object] | None, name: str = "base") -> tuple[Any, Any]:
    """First and last day; of all time without any."""
    import pandas as pd

    if base is None:
        return pd.Timestamp.min, pd.Timestamp.max
    try:
        start, end = (pd.Timestamp(day).normalize() for day in base)
    except (ValueError, TypeError) as fault:
        raise InputError(f"{name}: {base!r} is not a pair of days: {fault}. Give for instance ('1987-01-01', '1987-06-30').") from fault
    if not start <= end:
        raise InputError(f"{name}: {base!r} ends before it begins, or a day is missing. Give the first and the last day.")
    return start, end


def _groups(frame: pd.DataFrame, by: str | None, least: int) -> Iterator[tuple[str, pd.DataFrame]]:
    if by is None:
        yield "", frame
        return
    for group, part in grouped(frame, by).groupby(by, sort=True):
        if part["copy_of"].isna().sum() >= least:
            yield str(group), part


def _uncounted(frame: pd.DataFrame, by: str | None) -> dict[str, int]:
    copies = frame["copy_of"].notna()
    found = {"copies": int(copies.sum())}
    if by:
        found[f"without {by}"] = int((~copies).sum()) - int(grouped(frame[~copies], by).index.nunique())
    return found


def _rows(frame: pd.DataFrame, every: pd.PeriodIndex, seed: int, resamples: int) -> pd.DataFrame:
    """A row per period, empty ones too."""
    import pandas as pd

    first = frame[frame["copy_of"].isna()]
    copies = frame.loc[frame["copy_of"].notna(), "period"].value_counts()
    parts = {period: part[list(FIGURES)].to_numpy(float) for period, part in first.groupby("period")}
    rows = [
        {"start": period.start_time.normalize(), "end": period.end_time.normalize(), "n": len(parts.get(period, ())), "copies": int(copies.get(period, 0)), **_figures(parts.get(period), seed, resamples)}
        for period in every
    ]
    return pd.DataFrame(rows)


def _figures(values: NDArray[np.float64] | None, seed: int, resamples: int) -> dict[str, float]:
    """Means with their bands; NaN where there is nothing."""
    if values is None:
        means = low = high = np.full(len(FIGURES), np.nan)
    else:
        means = values.mean(axis=0)
        low, high = _band(values, seed, resamples)
    return {name + tail: float(column[k]) for k, name in enumerate(FIGURES) for tail, column in (("", means), ("_low", low), ("_high", high))}


def _band(values: NDArray[np.float64], seed: int, resamples: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    n = len(values)
    if n == 1:
        nothing = np.full(len(FIGURES), np.nan)
        return nothing, nothing
    if n > _MANY:
        room = _Z * values.std(axis=0, ddof=1) / np.sqrt(n)
        return np.maximum(values.mean(axis=0) - room, 0), np.minimum(values.mean(axis=0) + room, 1)
    # bootstrap.draws counts how often each report is drawn, which many figures
    # share; for means alone, drawing places is thirty times as fast.
    stream = np.random.default_rng(seed)
    block = max(1, _AT_ONCE // n)
    sizes = [min(block, resamples - done) for done in range(0, resamples, block)]
    drawn = np.concatenate([values[stream.integers(0, n, (size, n))].mean(axis=1) for size in sizes])
    outside = (1 - bootstrap.LEVEL) / 2
    low, high = np.quantile(drawn, (outside, 1 - outside), axis=0)
    return low, high


def _scored(rows: pd.DataFrame, of: str, span: tuple[Any, Any]) -> pd.DataFrame:
    """With the score, 100 being the mean of the base's periods, and where its level changes."""
    within = (rows["start"] >= span[0]) & (rows["end"] <= span[1])
    usual = rows.loc[within, of].mean()
    factor = 100 / usual if usual > 0 else float("nan")
    scored = rows.assign(score=rows[of] * factor, score_low=rows[f"{of}_low"] * factor, score_high=rows[f"{of}_high"] * factor)
    told = rows[of].where(rows["n"] >= _TELLING)
    return scored.assign(change=changes.find(told.to_numpy(float)))
