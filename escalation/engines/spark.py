"""A Spark DataFrame of reports -> one of scores."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from escalation.dates import settled
from escalation.engines import frames, named
from escalation.engines.named import LexiconName, ModelName
from escalation.errors import InputError, MissingExtraError

_WHOLE = ("tinyint", "smallint", "int", "bigint", "decimal")


def score(
    df: Any, model: ModelName = None, lexicon: LexiconName = None, *, text: str = "text", published: str | None = None,
    id: str | None = None, source: str | None = None, row: str | None = None, dates: str | None = None, arrow: bool = False,
) -> Any:
    """Score the reports of a Spark DataFrame, batch by batch.

    Parameters
    ----------
    df : pyspark.sql.DataFrame
    model, lexicon, text, published, id, source, row, dates : as for
        :func:`escalation.engines.frames.score_table`; paths must lead every
        executor to the same files
    arrow : by ``mapInArrow``, without a pandas DataFrame in between. A text
        that is no UTF-8 then costs its row; by ``mapInPandas`` it costs the job.

    Returns
    -------
    pyspark.sql.DataFrame
        With :data:`escalation.engines.frames.COLUMNS`; nothing is computed yet.

    Raises
    ------
    InputError
        It is no Spark DataFrame, or a named column is not there.
    ModelError, LexiconError
        The model or lexicon cannot be loaded. An executor that finds another
        one under the path ends the job with the same error.
    MissingExtraError
        PySpark, pandas or pyarrow is not installed.
    """
    _require()
    if not hasattr(df, "mapInArrow"):
        raise InputError(f"df: a {type(df).__name__} stands where a Spark DataFrame belongs. Make one with spark.createDataFrame(...) or spark.read....")
    held = frames.Fields(text, published, id, source, row)
    reports = _selected(df, held)
    options = {"model": named.model(model), "lexicon": named.lexicon(lexicon), **held._asdict(), "dates": settled((), dates, "dates")}
    named.scorer(options["model"], options["lexicon"])  # what cannot be loaded here is told here
    # Bound, so that the workers run the function that is installed there.
    run = partial(_scored, options=options)
    return (reports.mapInArrow if arrow else reports.mapInPandas)(run, frames.spark_schema())


def _scored(tables: Iterable[Any], options: dict[str, Any]) -> Iterator[Any]:
    for table in tables:
        yield frames.score_table(table, **options)


def _selected(df: Any, held: frames.Fields) -> Any:
    """The columns that are read; whole numbers as text where they are ids, since pandas makes floats of them beside an empty cell."""
    from pyspark.sql.functions import col

    kinds = dict(df.dtypes)
    quoted = {name: col("`" + name.replace("`", "``") + "`") for name in held.needed(df.columns, "Spark DataFrame")}
    if dotted := [name for name in quoted if "." in name]:
        raise InputError(f"Spark DataFrame: the column {dotted[0]!r} has a dot in its name, and Spark takes it for a field within another when it maps batches. Rename it with df.withColumnRenamed.")
    # A column that is also the row's number stays a number.
    as_text = [name for name in (held.id, held.source) if name in quoted and name != held.row and kinds[name].startswith(_WHOLE)]
    return df.select([quoted[name].cast("string").alias(name) if name in as_text else quoted[name] for name in quoted])


def _require() -> None:
    try:
        import pyarrow  # noqa: F401
        import pyspark.sql  # noqa: F401
    except ImportError as fault:
        raise MissingExtraError(f"{fault.name or 'pyspark'}: not installed, and Spark DataFrames need it. Run: pip install 'escalation[spark]'.") from fault
