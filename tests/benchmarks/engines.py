"""Articles a second on one process, two processes, Dask, Spark and Ray.

    python tests/benchmarks/engines.py [--data ../shared/data/archive.jsonl.gz] [--articles 2000] [--write]

Needs the extras dask, spark and ray; an engine that is not installed is left
out. Without the archive, texts are generated. Every engine runs in a process of
its own, on the same Parquet files, with two cores, and must give the same scores
as one process. Start-up is everything up to the first 16 reports scored; the 16
are scored again, which shows what every job costs (processes that start anew),
and articles a second are without that. ``--write`` puts the table into docs/how-to/clusters.md.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT)]
import pandas as pd

from escalation import intake
from escalation.engines import frames

PAGE = ROOT / "docs" / "how-to" / "clusters.md"
FILES = 4  # and so partitions: two for each core
FIRST = 16  # reports by which an engine is warmed up
BATCHES = (200, 2_000, 10_000)
NAMES = {"id": "id", "row": "row"}
Run = Callable[[Path], pd.DataFrame]


class Figures(NamedTuple):
    """Seconds to start, of a job of few reports, of all reports beyond that; sum of the scores."""

    start: float
    job: float
    all: float
    digest: str


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data" / "archive.jsonl.gz")
    parser.add_argument("--articles", type=int, default=2000)
    parser.add_argument("--only", default="", help="how the names of the engines to run begin, separated by commas")
    parser.add_argument("--write", action="store_true", help="write docs/how-to/clusters.md")
    parser.add_argument("--run", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.run:
        print(json.dumps(list(ENGINES[args.run][1](args.data))))
        return
    with tempfile.TemporaryDirectory() as folder:
        characters = prepare(args.data, args.articles, Path(folder))
        found = {name: measured(name, Path(folder)) for name, (package, _) in ENGINES.items() if find_spec(package) and name.startswith(tuple(args.only.split(",")))}
    text = table(found, args.articles, characters)
    print(text)
    if args.write:
        write(text)


def prepare(data: Path, count: int, folder: Path) -> int:
    """The same reports for all engines, in a folder each for the few and for all; mean characters."""
    texts = archived(data, count) if data.exists() else list(generated(count))
    reports = pd.DataFrame({"row": range(len(texts)), "id": [f"r{number}" for number in range(len(texts))], "text": texts})
    for name, rows in (("few", reports[:FIRST]), ("all", reports)):
        (folder / name).mkdir()
        for part in range(FILES):
            rows[part::FILES].to_parquet(folder / name / f"{part}.parquet")
    return int(reports["text"].str.len().mean())


def archived(data: Path, count: int) -> list[str]:
    """Texts from all over the archive, since its beginning may be of one source."""
    texts = [entry.report.text for entry in intake.entries(data) if entry.report]
    return texts[:: max(1, len(texts) // count)][:count]


def generated(count: int) -> Iterator[str]:
    acts = ("shelled the port", "vowed to strike back", "agreed to a ceasefire", "held talks with the mediators", "did not attack")
    for number in range(count):
        yield " ".join(f"The army of Arland {acts[(number + at) % 5]} on Monday, officials in Tarvos said, and {number % 7} people were hurt." for at in range(25))


def measured(name: str, folder: Path) -> Figures:
    call = [sys.executable, __file__, "--run", name, "--data", str(folder)]
    done = subprocess.run(call, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": str(ROOT), "RAY_USAGE_STATS_ENABLED": "0", "PYSPARK_PYTHON": sys.executable})
    if done.returncode:
        raise SystemExit(f"{name}: {done.stderr[-3000:]}")
    found = Figures(*json.loads(done.stdout.splitlines()[-1]))
    print(name, found, file=sys.stderr)
    return found


def timed(begun: float, run: Run, folder: Path) -> Figures:
    run(folder / "few")
    ready = perf_counter()
    run(folder / "few")
    again = perf_counter()
    found = run(folder / "all")
    job = again - ready
    return Figures(ready - begun, job, perf_counter() - again - job, digest(found))


def digest(scores: pd.DataFrame) -> str:
    """sha256 over every bit of the risks, in the order of the reports."""
    ordered = scores.sort_values("row")[["risk", "low", "high"]].to_numpy(dtype="float64")
    return hashlib.sha256(ordered.tobytes()).hexdigest()


def one(folder: Path) -> Figures:
    return timed(perf_counter(), lambda part: frames.score_table(pd.read_parquet(part), **NAMES), folder)


def two(folder: Path) -> Figures:
    begun = perf_counter()
    from escalation import score_archive

    def run(part: Path) -> pd.DataFrame:
        source, out = folder / f"{part.name}.parquet", folder / f"{part.name}-scores.parquet"
        pd.read_parquet(part).sort_values("row").to_parquet(source)
        score_archive(source, out, jobs=2, copies=False, resume=False)
        return pd.read_parquet(out)

    return timed(begun, run, folder)


def dask(folder: Path) -> Figures:
    begun = perf_counter()
    import dask.dataframe as dd
    from dask.distributed import Client

    from escalation.engines import dask as engine

    with Client(n_workers=2, threads_per_worker=1, dashboard_address=None):
        return timed(begun, lambda part: engine.score(dd.read_parquet(part, split_row_groups=False, aggregate_files=False), **NAMES).compute(), folder)


def spark(arrow: bool, batch: int) -> Callable[[Path], Figures]:
    def run(folder: Path) -> Figures:
        begun = perf_counter()
        from pyspark.sql import SparkSession

        from escalation.engines import spark as engine

        local = {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1", "spark.ui.enabled": "false", "spark.sql.execution.arrow.maxRecordsPerBatch": str(batch)}
        session = SparkSession.builder.master("local[2]").config(map=local).getOrCreate()
        session.sparkContext.setLogLevel("ERROR")
        try:
            return timed(begun, lambda part: engine.score(session.read.parquet(str(part)).repartition(FILES), **NAMES, arrow=arrow).toPandas(), folder)
        finally:
            session.stop()

    return run


def ray(folder: Path) -> Figures:
    begun = perf_counter()
    import ray

    from escalation.engines import ray as engine

    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, object_store_memory=500_000_000)
    try:
        return timed(begun, lambda part: engine.score(ray.data.read_parquet(str(part), override_num_blocks=FILES), **NAMES, actors=2).to_pandas(), folder)
    finally:
        ray.shutdown()


ENGINES: dict[str, tuple[str, Callable[[Path], Figures]]] = {
    "one process": ("escalation", one),
    "two processes (score_archive)": ("joblib", two),
    "Dask, two processes": ("dask", dask),
    **{f"Spark local[2], {'mapInArrow' if arrow else 'mapInPandas'}, batches of {batch:,}": ("pyspark", spark(arrow, batch)) for arrow in (False, True) for batch in BATCHES},
    "Ray, two CPUs": ("ray", ray),
}


def table(found: dict[str, Figures], count: int, characters: int) -> str:
    first = next(iter(found.values()))
    head = f"{count:,} articles of {characters:,} characters on average in {FILES} partitions of {count // FILES:,}; a batch is never larger than its partition.\n\n| | start-up, s | each further job, s | articles/s | against one process | same bits |\n| --- | --- | --- | --- | --- | --- |\n"
    lines = (f"| {name} | {f.start:.1f} | {f.job:.1f} | {count / f.all:,.0f} | {first.all / f.all:.2f} | {'yes' if f.digest == first.digest else '**no**'} |" for name, f in found.items())
    return head + "\n".join(lines) + "\n"


def write(text: str) -> None:
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition("<!-- figures -->\n")
    PAGE.write_text(f"{before}<!-- figures -->\n{text}<!-- end -->{rest.partition('<!-- end -->')[2]}", encoding="utf-8")


if __name__ == "__main__":
    main()
