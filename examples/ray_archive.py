"""Score an archive with Ray on two CPUs.

    pip install 'escalation[ray]'
    python examples/ray_archive.py [FOLDER for the scores]

On a cluster, leave `num_cpus` out, and give `score` the path of a model folder
that every node can read.
"""

import sys
import tempfile
from pathlib import Path

import ray

from escalation.engines import ray as engine

ARCHIVE = Path(__file__).parent / "data" / "archive.jsonl"


def main(folder: str) -> None:
    Path(folder).mkdir(parents=True, exist_ok=True)
    out = Path(folder, "scores")
    ray.init(num_cpus=2, include_dashboard=False, object_store_memory=200_000_000, log_to_driver=False)
    reports = ray.data.read_json(str(ARCHIVE), lines=True).repartition(4)
    engine.score(reports, text="headline+body", published="date", id="id", source="source", actors=2).write_parquet(str(out), mode="overwrite")
    scores = ray.data.read_parquet(str(out)).to_pandas()
    print(f"{len(scores)} reports, {scores['risk'].count()} scored, into {out}")
    print(scores[scores["error"].notna()][["id", "error"]].to_string(index=False))
    print(scores.sort_values(["risk", "id"], ascending=[False, True]).head(3)[["id", "published", "risk", "level"]].to_string(index=False))
    ray.shutdown()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp(prefix="ray-"))
