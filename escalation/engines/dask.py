"""A Dask DataFrame of reports -> one of scores."""

from __future__ import annotations

from functools import partial
from typing import Any

from escalation.engines import frames, named
from escalation.engines.named import LexiconName, ModelName
from escalation.errors import InputError, MissingExtraError


def score(
    ddf: Any, model: ModelName = None, lexicon: LexiconName = None, *, text: str = "text", published: str | None = None,
    id: str | None = None, source: str | None = None, row: str | None = None, dates: str | None = None,
) -> Any:
    """Score the reports of a Dask DataFrame, partition by partition.

    Parameters
    ----------
    ddf : dask.dataframe.DataFrame
    model, lexicon, text, published, id, source, row, dates : as for
        :func:`escalation.engines.frames.score_table`; paths must lead every
        worker to the same files

    Returns
    -------
    dask.dataframe.DataFrame
        On the same index and partitions, with :data:`escalation.engines.frames.COLUMNS`.
        Nothing is computed yet.

    Raises
    ------
    InputError
        It is no Dask DataFrame, or a named column is not there.
    ModelError, LexiconError
        The model or lexicon cannot be loaded; when the work is done, also by a
        worker that finds another one under the path.
    MissingExtraError
        Dask is not installed.
    """
    dd = _dask()
    if not isinstance(ddf, dd.DataFrame):
        raise InputError(f"ddf: a {type(ddf).__name__} stands where a dask.dataframe.DataFrame belongs. Make one with dask.dataframe.from_pandas(df, npartitions=...).")
    needed = frames.Fields(text, published, id, source, row).needed(ddf.columns, "Dask DataFrame")
    # Bound to the function, or Dask would look into them for collections of its own.
    job = partial(frames.score_table, model=named.model(model), lexicon=named.lexicon(lexicon), text=text, published=published, id=id, source=source, row=row, dates=dates)
    reports = ddf[needed]
    return reports.map_partitions(job, meta=job(reports._meta))


def _dask() -> Any:
    try:
        import dask.dataframe
    except ImportError as fault:
        raise MissingExtraError("dask: not installed, or without its DataFrames. Run: pip install 'escalation[dask]'.") from fault
    return dask.dataframe
