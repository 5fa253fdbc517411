"""Score an archive with Spark on two cores.

    pip install 'escalation[spark]'        # and a Java that Spark takes
    python examples/spark_archive.py [FOLDER for the scores]

On a cluster, leave `master` to spark-submit, and give `score` the path of a model
folder that every executor can read.
"""

import os
import sys
import tempfile
from pathlib import Path

from pyspark.sql import SparkSession
from pyspark.sql.functions import col

from escalation.engines import spark

ARCHIVE = Path(__file__).parent / "data" / "archive.jsonl"
# 10,000 reports at once, as Spark has it, are a lot of text for one process.
OPTIONS = {"spark.sql.execution.arrow.maxRecordsPerBatch": "2000", "spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1", "spark.ui.enabled": "false"}


def main(folder: str) -> None:
    Path(folder).mkdir(parents=True, exist_ok=True)
    out = str(Path(folder, "scores"))
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    session = SparkSession.builder.master("local[2]").appName("escalation").config(map=OPTIONS).getOrCreate()
    reports = session.read.json(str(ARCHIVE)).repartition(4)
    spark.score(reports, text="headline+body", published="date", id="id", source="source", arrow=True).write.parquet(out, mode="overwrite")
    scores = session.read.parquet(out)
    print(f"{scores.count()} reports, {scores.where('error is null').count()} scored, into {out}")
    scores.where("error is not null").select("id", "error").show(truncate=60)
    scores.orderBy(col("risk").desc_nulls_last(), "id").select("id", "published", "risk", "level").show(3)
    session.stop()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp(prefix="spark-"))
