"""Score an archive into a table, and see which rows could not be scored.

    python examples/score_archive.py [FOLDER for the table]

In the shell: escalation score examples/data/archive.jsonl -o scores.jsonl
"""

import sys
import tempfile
from pathlib import Path

import pandas as pd

import escalation

ARCHIVE = Path(__file__).parent / "data" / "archive.jsonl"


def main(folder: str) -> None:
    Path(folder).mkdir(parents=True, exist_ok=True)
    table = Path(folder, "scores.jsonl")  # .parquet is smaller, and needs the extra of that name
    # An archive of thousands takes jobs=-1. resume=False: scores of an earlier run give way.
    summary = escalation.score_archive(ARCHIVE, table, resume=False)
    print(summary)
    scores = pd.read_json(table, lines=True)
    print("\nLevels:", scores["level"].value_counts().to_dict())
    print("\nThe riskiest:")
    print(scores.nlargest(5, "risk")[["id", "published", "risk", "level", "rung", "actors"]].to_string(index=False))
    print("\nNot judged, since they are not English:", scores.loc[scores["flags"].str.contains("not_english"), "id"].tolist())
    print("Copies of a report before them:", scores.loc[scores["copy_of"].notna(), ["id", "copy_of"]].to_dict("records"))
    print("Quarantined:", Path(f"{table}.errors.jsonl").read_text(encoding="utf-8").strip())


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp(prefix="scores-"))
