"""Score reports with Dask on two processes.

    pip install 'escalation[dask]'
    python examples/dask_archive.py [FOLDER for the scores]

On a cluster, give `Client` the address of its scheduler, and to `score` the path
of a model folder that every worker can read.
"""

import sys
import tempfile

import dask.dataframe as dd
import pandas as pd
from dask.distributed import Client

from escalation.engines import dask

ACTS = ("shelled the port", "vowed to strike back", "agreed to a ceasefire", "held talks with the mediators")


def invented(count: int = 300) -> pd.DataFrame:
    """Reports of a war that never was; one has no text."""
    texts = [f"The army of Arland {ACTS[n % 4]} on Monday, officials in Tarvos said. {n % 9} people were hurt." for n in range(count)]
    days = pd.date_range("2024-01-01", periods=count).strftime("%Y-%m-%d")
    return pd.DataFrame({"id": [f"r{n}" for n in range(count)], "date": days, "body": ["", *texts[1:]]})


def main(out: str) -> None:
    # Workers of one thread: scoring is Python, and threads would wait for each other.
    with Client(n_workers=2, threads_per_worker=1, dashboard_address=None):
        reports = dd.from_pandas(invented(), npartitions=4)
        dask.score(reports, text="body", published="date", id="id").to_parquet(out)
        scores = dd.read_parquet(out)
        counted = scores["risk"].count().compute()
        print(f"{len(scores)} reports, {counted} scored")
        print(scores[scores["error"].notnull()][["id", "error"]].compute().to_string(index=False))
        print(scores.nlargest(3, "risk")[["id", "published", "risk", "level"]].compute().to_string(index=False))


if __name__ == "__main__":  # the worker processes read this file, too
    main(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp(prefix="scores-"))
