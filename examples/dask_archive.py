"""Score an archive with Dask on two processes.

    pip install 'escalation[dask,parquet]'
    python examples/dask_archive.py [FOLDER for the scores]

On a cluster, give `Client` the address of its scheduler, and to `score` the path
of a model folder that every worker can read.
"""

import sys
import tempfile
from pathlib import Path

import dask.dataframe as dd
from dask.distributed import Client

from escalation.engines import dask

ARCHIVE = Path(__file__).parent / "data" / "archive.jsonl"


def main(folder: str) -> None:
    Path(folder).mkdir(parents=True, exist_ok=True)
    out = Path(folder, "scores")
    # Workers of one thread: scoring is Python, and threads would wait for each other.
    with Client(n_workers=2, threads_per_worker=1, dashboard_address=None):
        reports = dd.read_json(ARCHIVE, lines=True, blocksize=20_000)  # of an archive of gigabytes take megabytes
        dask.score(reports, text="headline+body", published="date", id="id", source="source").to_parquet(out, overwrite=True)
        scores = dd.read_parquet(out)
        print(f"{len(scores)} reports, {scores['risk'].count().compute()} scored, into {out}")
        print(scores[scores["error"].notnull()][["id", "error"]].compute().to_string(index=False))
        print(scores.nlargest(3, "risk")[["id", "published", "risk", "level"]].compute().to_string(index=False))


if __name__ == "__main__":  # the worker processes read this file, too
    main(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp(prefix="dask-"))
