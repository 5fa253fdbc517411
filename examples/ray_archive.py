"""Score reports with Ray on two CPUs.

    pip install 'escalation[ray]'
    python examples/ray_archive.py [FOLDER for the scores]

On a cluster, leave `num_cpus` out, and give `score` the path of a model folder
that every node can read.
"""

import sys
import tempfile

import pandas as pd
import ray

from escalation.engines import ray as engine

ACTS = ("shelled the port", "vowed to strike back", "agreed to a ceasefire", "held talks with the mediators")


def invented(count: int = 300) -> pd.DataFrame:
    """Reports of a war that never was; one has no text."""
    texts = [f"The army of Arland {ACTS[n % 4]} on Monday, officials in Tarvos said. {n % 9} people were hurt." for n in range(count)]
    days = pd.date_range("2024-01-01", periods=count).strftime("%Y-%m-%d")
    return pd.DataFrame({"id": [f"r{n}" for n in range(count)], "date": days, "body": ["", *texts[1:]]})


def main(out: str) -> None:
    ray.init(num_cpus=2, include_dashboard=False, object_store_memory=200_000_000, log_to_driver=False)
    reports = ray.data.from_pandas(invented()).repartition(4)
    engine.score(reports, text="body", published="date", id="id", actors=2).write_parquet(out)
    scores = ray.data.read_parquet(out).to_pandas()
    print(f"{len(scores)} reports, {scores['risk'].count()} scored")
    print(scores[scores["error"].notna()][["id", "error"]].to_string(index=False))
    print(scores.sort_values(["risk", "id"], ascending=[False, True]).head(3)[["id", "published", "risk", "level"]].to_string(index=False))
    ray.shutdown()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp(prefix="scores-"))
