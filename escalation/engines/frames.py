"""A table of reports -> a table of scores: what every engine does with each of its batches."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from escalation import batch, columns, fields, workers
from escalation.columns import Column
from escalation.dates import settled
from escalation.engines import named
from escalation.engines.named import LexiconName, ModelName
from escalation.entries import Entry
from escalation.errors import InputError
from escalation.reading import Reading
from escalation.rows import Row
from escalation.tables import is_missing

# As in an archive's table, but for `copy_of`, which needs the order of the whole
# archive, and with the reason for rows that were not scored in a column.
_ERROR = Column("error", "text", True, "why the row was not scored, and what to do; empty where it was")
SCORED = columns.REPORT[: [column.name for column in columns.REPORT].index("copy_of")]
COLUMNS = (*SCORED, _ERROR)
_EMPTY = (None,) * len(SCORED)
_PANDAS = {"int": "Int64", "float": "float64", "text": "string"}
_SPARK = {"int": "bigint", "float": "double", "text": "string"}


class Fields(NamedTuple):
    """Which column of a table holds what; None where there is none."""

    text: str = "text"
    published: str | None = None
    id: str | None = None
    source: str | None = None
    row: str | None = None

    def needed(self, present: Iterable[Any], where: str) -> list[str]:
        """Columns that scoring reads.

        Raises
        ------
        InputError
            One is not there, or twice.
        """
        there = list(present)
        wanted = dict.fromkeys((*fields.parts(self.text, there), *(name for name in self[1:] if name is not None)))
        for name in wanted:
            if there.count(name) != 1:
                fault = "two columns" if name in there else "no column"
                raise InputError(f"{where}: {fault} {name!r}; there are {[str(column) for column in there]}. Name the columns with text=..., published=..., id=..., source=... or row=....")
        return list(wanted)


def score_table(
    table: Any, model: ModelName = None, lexicon: LexiconName = None, *, text: str = "text", published: str | None = None,
    id: str | None = None, source: str | None = None, row: str | None = None, dates: str | None = None,
) -> Any:
    """Score a pandas DataFrame, or a pyarrow Table or RecordBatch.

    Parameters
    ----------
    table : one row per report
    model : path of a model folder, what :func:`named.model` made of it, or None
        for the shipped model
    lexicon : paths of lexicon files of your own, what :func:`named.lexicon` made
        of them, or None
    text : column of the reports; ``"headline+body"`` joins two
    published, id, source : columns, where there are any
    row : column with the number of each row in its archive. Without it ``row``
        is empty, since a batch does not know where it stands.
    dates : {"dmy", "mdy"} or None
        How ``04/05/2024`` is read; without it such a row is not scored, since a
        batch does not show what other batches hold.

    Returns
    -------
    of the kind of ``table``
        One row for each row, in order, on the same index, with :data:`COLUMNS`.
        A row that cannot be scored has a reason under ``error`` and no numbers.

    Raises
    ------
    InputError
        It is no table, or a named column is not there.
    ModelError, LexiconError
        The model or lexicon cannot be loaded, or is not the one that was named.
    """
    held = Fields(text, published, id, source, row)
    names = held.needed(_names(table), f"a table of {type(table).__name__}")
    scorer = named.scorer(named.model(model), named.lexicon(lexicon))
    rows = list(_rows({name: _values(table, name) for name in names}, len(table), held, scorer, settled((), dates, "dates")))
    found = {column.name: [cells[at] for cells in rows] for at, column in enumerate(COLUMNS)}
    return _frame(found, table.index) if hasattr(table, "iloc") else _arrow(found, type(table))


def spark_schema() -> str:
    """:data:`COLUMNS` in the language of Spark and Hive."""
    return ", ".join(f"`{column.name}` {_SPARK[column.kind]}" for column in COLUMNS)


class _Unreadable(NamedTuple):
    """A cell that cannot become a Python value."""

    why: str


def _names(table: Any) -> Sequence[Any]:
    import pandas as pd

    if isinstance(table, pd.DataFrame):
        return list(table.columns)
    pyarrow = sys.modules.get("pyarrow")  # whoever has a table of it has imported it
    if pyarrow is not None and isinstance(table, (pyarrow.Table, pyarrow.RecordBatch)):
        return list(table.schema.names)
    raise InputError(f"table: a {type(table).__name__} stands where a pandas DataFrame or a pyarrow Table belongs. Make one, with a column for the text.")


def _values(table: Any, name: str) -> list[Any]:
    """Cells of a column as Python values; one that is broken (bytes that are no UTF-8 in a column of text) costs itself only."""
    column = table[name] if hasattr(table, "iloc") else table.column(name)
    try:
        return column.to_pylist() if hasattr(column, "to_pylist") else list(column)
    except Exception:  # whatever a cell raises, found again below
        return [_value(column, at) for at in range(len(column))]


def _value(column: Any, at: int) -> Any:
    try:
        return column.iloc[at] if hasattr(column, "iloc") else column[at].as_py()
    except Exception as fault:
        return _Unreadable(f"the cell cannot be read: {batch.reason(fault)}. Convert the column.")


def _rows(values: Mapping[str, list[Any]], size: int, held: Fields, scorer: batch.Judge, order: str | None) -> Iterator[tuple[Any, ...]]:
    nothing = [None] * size
    numbers, ids = (values[name] if name else nothing for name in (held.row, held.id))
    # Ids and numbers are not needed to score; the rest is read as in an archive.
    reading = Reading({role: name for role, name in (("text", held.text), ("published", held.published), ("source", held.source)) if name}, frozenset(), "", order)
    entries = (_entry(reading, at, {name: cells[at] for name, cells in values.items()}) for at in range(size))
    outcomes = batch.outcomes(entries, scorer, "report", workers.extras(places=True, copies=False))
    for outcome, number, own in zip(outcomes, numbers, ids, strict=True):
        head = (_number(number), _id(own))
        if outcome.rejected:
            yield (*head, *_EMPTY[2:], outcome.rejected.reason)
        else:
            yield (*head, *outcome.rows[0][2 : len(SCORED)], None)


def _entry(reading: Reading, number: int, values: Mapping[str, Any]) -> Entry:
    try:
        needed = {part for name in reading.held.values() for part in fields.parts(name, list(values))}
        broken = next((f"{name}: {value.why}" for name, value in values.items() if name in needed and isinstance(value, _Unreadable)), "")
        return reading.entry(number, Row("", values, broken))
    except Exception as fault:  # an object in a cell can raise whatever it likes
        return Entry(number, "", None, batch.reason(fault))


def _number(value: Any) -> int | None:
    try:
        return int(value) if value == int(value) else None
    except (TypeError, ValueError, OverflowError):
        return None


def _id(value: Any) -> str | None:
    """An id as text; whole numbers the same whether the rows beside them made the column one of floats or not."""
    if value is None or is_missing(value) or isinstance(value, _Unreadable):
        return None
    if isinstance(value, bytes):
        value = value.decode(errors="replace")
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return batch.plain(str(value)) or None


def _frame(found: Mapping[str, list[Any]], index: Any) -> Any:
    import pandas as pd

    return pd.DataFrame({c.name: pd.Series(found[c.name], index=index, dtype=_PANDAS[c.kind]) for c in COLUMNS}, index=index)


def _arrow(found: Mapping[str, list[Any]], kind: Any) -> Any:
    import pyarrow as pa

    kinds = {"int": pa.int64(), "float": pa.float64(), "text": pa.string()}
    return kind.from_pydict(found, schema=pa.schema([pa.field(c.name, kinds[c.kind]) for c in COLUMNS]))
