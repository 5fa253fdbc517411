"""A Ray Dataset of reports -> one of scores."""

from __future__ import annotations

from typing import Any

from escalation.dates import settled
from escalation.engines import frames, named
from escalation.engines.named import LexiconName, ModelName
from escalation.errors import InputError, MissingExtraError

# Half a second of work: enough to forget the cost of a call, little enough to
# keep all actors busy to the end.
_BATCH = 256


def score(
    dataset: Any, model: ModelName = None, lexicon: LexiconName = None, *, text: str = "text", published: str | None = None,
    id: str | None = None, source: str | None = None, row: str | None = None, dates: str | None = None, actors: int = 1, batch_size: int = _BATCH, **options: Any,
) -> Any:
    """Score the reports of a Ray Dataset, batch by batch.

    Parameters
    ----------
    dataset : ray.data.Dataset
    model, lexicon, text, published, id, source, row, dates : as for
        :func:`escalation.engines.frames.score_table`; paths must lead every node
        to the same files
    actors : processes that score, at most; each takes one CPU. There are as many
        as the reading of the data set leaves CPUs for, and one always.
    batch_size : rows that an actor is given at once
    options : further ones of ``Dataset.map_batches``, such as ``num_cpus``

    Returns
    -------
    ray.data.Dataset
        With :data:`escalation.engines.frames.COLUMNS`; nothing is computed yet.
        Rows are in no certain order unless
        ``DataContext.execution_options.preserve_order`` is set.

    Raises
    ------
    InputError
        It is no Ray Dataset, or a named column is not there.
    ModelError, LexiconError
        The model or lexicon cannot be loaded. An actor that finds another one
        under the path ends the job with the same error.
    MissingExtraError
        Ray is not installed, or without its data sets.
    """
    data = _ray_data()
    if not isinstance(dataset, data.Dataset):
        raise InputError(f"dataset: a {type(dataset).__name__} stands where a ray.data.Dataset belongs. Make one with ray.data.from_pandas(df) or ray.data.read_....")
    held = frames.Fields(text, published, id, source, row)
    job = {"model": named.model(model), "lexicon": named.lexicon(lexicon), **held._asdict(), "dates": settled((), dates, "dates")}
    named.scorer(job["model"], job["lexicon"])  # what cannot be loaded here is told here
    needed = held.needed(dataset.columns(), "Ray Dataset")
    # A fixed number of actors could take all CPUs, and what they wait for would
    # then never be read.
    pool = data.ActorPoolStrategy(min_size=1, max_size=actors)
    return dataset.select_columns(needed).map_batches(_Judge, fn_constructor_kwargs={"job": job}, batch_format="pyarrow", batch_size=batch_size, compute=pool, **options)


class _Judge:
    """An actor with its model loaded."""

    def __init__(self, job: dict[str, Any]) -> None:
        named.scorer(job["model"], job["lexicon"])
        self._job = job

    def __call__(self, table: Any) -> Any:
        return frames.score_table(table, **self._job)


def _ray_data() -> Any:
    try:
        import ray.data
    except ImportError as fault:
        raise MissingExtraError(f"{fault.name or 'ray'}: not installed, and Ray Datasets need it. Run: pip install 'escalation[ray]'.") from fault
    return ray.data
