"""Texts -> assessments: the object that a researcher meets."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from escalation import batch, columns, explain, explain_page, store
from escalation import lexicon as lexicons
from escalation.archive import as_report
from escalation.dates import as_date, settled
from escalation.entries import Entry
from escalation.errors import InputError, LexiconWarning
from escalation.records import Assessment, Report
from escalation.risk import with_view
from escalation.tables import is_missing

if TYPE_CHECKING:
    import pandas as pd

    from escalation.estimator import Model
    from escalation.scoring import ArchiveSummary

_LONGEST_NAME = 255  # of a file, on most systems
_ENDS = (".txt", ".htm", ".html", ".md", ".doc", ".docx", ".pdf", ".rtf", ".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".warc", ".parquet", ".pq", ".sqlite", ".sqlite3", ".db", ".xls", ".xlsx", ".zip", ".gz", ".bz2", ".xz", ".zst")
_READ = "Read it first: score(Path(file).read_text()), or score_many(read_archive(file)) for a file of reports."
_COLUMNS = ("risk", "low", "high", "level", "rung", "evidence", "acts", "threats", "restraint", "flags", "error")


class Scorer:
    """A model and a lexicon, ready to score.

    Parameters
    ----------
    model : RiskModel, EstimatorModel, path of a model folder, or None for the
        shipped model
    lexicon : Lexicon, path of a TOML file that extends the shipped lexicon, or
        None

    Raises
    ------
    ModelError, LexiconError
        The model or lexicon cannot be loaded.

    Warns
    -----
    LexiconWarning
        The model was fitted with another lexicon: new entries count by their
        cue, but the weights do not know of them.
    """

    def __init__(self, model: Model | str | Path | None = None, lexicon: lexicons.Lexicon | str | Path | None = None) -> None:
        self.model = model
        self.lexicon = lexicon
        self._model = store.given(model)
        self._lexicon = _lexicon(lexicon)
        _compare(self._model, self._lexicon)

    def score(self, text: str | Report, published: object = None) -> Assessment:
        """Assess one report.

        Raises
        ------
        InputError
            The text is empty or not a text, but for instance the name of a file.
        """
        if isinstance(text, str):
            _refuse_name(text)
        assessment = self._model.assess(as_report(text, published), self._lexicon)
        return with_view(assessment, explain.explain, explain_page.fragment)

    def score_many(self, texts: Iterable[str | Report]) -> Iterator[Assessment]:
        """Assess many reports, one after the other."""
        if isinstance(texts, (str, bytes)):
            raise InputError("texts: one text stands where many belong. Use score, put it into a list, or give read_archive(file).")
        for text in texts:
            yield self.score(text)

    def score_frame(self, df: pd.DataFrame, text: str = "text", published: str | None = None, dates: str | None = None) -> pd.DataFrame:
        """Assess the rows of a DataFrame.

        Parameters
        ----------
        text, published : columns
        dates : {"dmy", "mdy"} or None
            How ``04/05/2024`` is read; without it the column decides, if some
            date of it can be read in one order only.

        Returns
        -------
        DataFrame
            On ``df.index``, with the columns risk, low, high, level, rung,
            evidence, acts, threats, restraint, flags, error. A row that cannot
            be scored has a reason under ``error`` and no numbers; ``flags`` marks
            rows that were not judged because they are not English, and what
            else is odd (see :class:`escalation.Assessment`).

        Raises
        ------
        InputError
            A named column is missing, or dates could be of two days.
        """
        import pandas as pd

        if not isinstance(df, pd.DataFrame):
            raise InputError(f"df: a {type(df).__name__} ({str(df)[:40]!r}) stands where a DataFrame belongs. Make one, for instance with pandas.read_csv, or score a file with score_archive(file, out).")
        for column in (text, published):
            if column is not None and column not in df.columns:
                raise InputError(f"DataFrame: no column {column!r}; there are {[str(c) for c in df.columns]}. Name the column with text=... or published=....")
        days = df[published] if published is not None else [None] * len(df)
        order = settled(days, dates, f"DataFrame, column {published!r}")
        entries = [_entry(number, value, day, order) for number, (value, day) in enumerate(zip(df[text], days, strict=True))]
        rows = [_cells(outcome) for outcome in batch.outcomes(entries, self, "report", batch.Extras())]
        return pd.DataFrame(rows, index=df.index, columns=list(_COLUMNS))

    def score_archive(self, source: Any, out: str | Path, **options: Any) -> ArchiveSummary:
        """Score an archive of any size into a table; see :func:`escalation.score_archive`."""
        from escalation.scoring import score_archive

        return score_archive(source, out, model=self.model, lexicon=self.lexicon, **options)

    @property
    def lexicon_digest(self) -> str:
        """sha256 of the lexicon's files."""
        return self._lexicon.digest


def score(text: str | Report, published: object = None) -> Assessment:
    """Assess one report with the shipped model.

    Parameters
    ----------
    text : the report
    published : date or ISO string; explicit dates in the text are compared
        with it

    Raises
    ------
    InputError
        The text is empty or not a text, but for instance the name of a file.
    """
    return _default().score(text, published)


def score_frame(df: pd.DataFrame, text: str = "text", published: str | None = None, dates: str | None = None) -> pd.DataFrame:
    """Assess the rows of a DataFrame with the shipped model; see :meth:`Scorer.score_frame`."""
    return _default().score_frame(df, text, published, dates)


@cache
def _default() -> Scorer:
    return Scorer()


def is_name(text: str) -> bool:
    """Whether a text is the name of a file or the address of a page."""
    return len(text) <= _LONGEST_NAME and len(text.split()) == 1 and (text.lower().rstrip().endswith(_ENDS) or "://" in text)


def _refuse_name(text: str) -> None:
    """A name of a file, scored as a report, would look like a calm one.

    Only the words are looked at: what a text scores must not depend on the
    folder that it is scored in.
    """
    if is_name(text):
        raise InputError(f"text: {text!r} is the name of a file or page, not a report. {_READ}")


def _entry(number: int, text: object, published: object, order: str | None) -> Entry:
    """A row of a DataFrame as a row of an archive."""
    place = f"DataFrame, row {number}"
    try:
        return Entry(number, place, as_report(text, as_date(None if is_missing(published) else published, order)))
    except InputError as fault:
        return Entry(number, place, None, str(fault))


def _cells(outcome: batch.Outcome) -> tuple[Any, ...]:
    """What became of a row of a DataFrame."""
    if outcome.rejected:
        return (*(None,) * 9, "", outcome.rejected.reason)
    named = dict(zip((column.name for column in columns.REPORT), outcome.rows[0], strict=True))
    return tuple(named.get(name, "") for name in _COLUMNS)


def _compare(model: Model, lexicon: lexicons.Lexicon) -> None:
    digest = model.lexicon_digest
    if digest and digest != lexicon.digest:
        warnings.warn(
            f"lexicon {lexicon.digest[:12]}: the model was fitted with lexicon {digest[:12]}, so its weights may not suit. Train again with this lexicon, or score with that one.",
            LexiconWarning, stacklevel=3,
        )


def _lexicon(given: lexicons.Lexicon | str | Path | None) -> lexicons.Lexicon:
    if given is None:
        return lexicons.load()
    return given if isinstance(given, lexicons.Lexicon) else lexicons.load(given)
