"""Score reports with Spark on two cores.

    pip install 'escalation[spark]'        # and a Java that Spark takes
    python examples/spark_archive.py [FOLDER for the scores]

On a cluster, leave `master` to spark-submit, and give `score` the path of a model
folder that every executor can read.
"""

import os
import sys
import tempfile

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import col

from escalation.engines import spark

ACTS = ("shelled the port", "vowed to strike back", "agreed to a ceasefire", "held talks with the mediators")


def invented(session: SparkSession, count: int = 300) -> DataFrame:
    """Reports of a war that never was; one has no text."""
    texts = [f"The army of Arland {ACTS[n % 4]} on Monday, officials in Tarvos said. {n % 9} people were hurt." for n in range(count)]
    rows = [(f"r{n}", f"2024-0{1 + n % 9}-01", text if n else None) for n, text in enumerate(texts)]
    return session.createDataFrame(rows, "id string, date string, body string").repartition(4)


def main(out: str) -> None:
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    session = (
        SparkSession.builder.master("local[2]").appName("escalation")
        .config("spark.driver.bindAddress", "127.0.0.1").config("spark.driver.host", "127.0.0.1").config("spark.ui.enabled", "false")
        # 10,000 reports at once, as Spark has it, are a lot of text for one process.
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", "2000")
        .getOrCreate()
    )
    spark.score(invented(session), text="body", published="date", id="id", arrow=True).write.parquet(out)
    scores = session.read.parquet(out)
    print(f"{scores.count()} reports, {scores.where('error is null').count()} scored")
    scores.where("error is not null").select("id", "error").show(truncate=60)
    scores.orderBy(col("risk").desc_nulls_last(), "id").select("id", "published", "risk", "level").show(3)
    session.stop()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp(prefix="scores-") + "/table")
