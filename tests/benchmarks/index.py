"""The weekly index of the 1987 newswire beside the Geopolitical Risk index.

    python tests/benchmarks/index.py --data ../shared/data --scores /tmp/scores.jsonl --write

Scores the dated newswire of archive.jsonl.gz (18,500 reports, February to October
1987; a table given by --scores is used if it is there, and written if not), sums
gpr_daily.csv (Caldara & Iacoviello 2022) by week, and correlates. Nothing was
tuned to it.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

ROOT = Path(__file__).parents[2]
SOURCE = "Reuters-21578"
PAGE, START, END = ROOT / "docs" / "about" / "index.md", "<!-- figures -->", "<!-- end of figures -->"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--scores", type=Path, required=True)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    if not given.scores.exists():
        score(given.data / "archive.jsonl.gz", given.scores)


def score(archive: Path, out: Path) -> None:
    """A score table of the dated newswire."""
    from escalation.duplicates import Copies, signature
    from escalation.places import mentions
    from escalation.records import Report
    from escalation.scorer import Scorer

    scorer, copies, started = Scorer(), Copies(), time.perf_counter()
    with out.with_suffix(".part").open("w", encoding="utf-8") as file:
        for row, item in enumerate(_dated(archive)):
            a, found = scorer.score(Report(item["text"], item["day"], item["id"], item["source"])), mentions(item["text"])
            values = {
                "row": row, "id": item["id"], "published": item["day"].isoformat(), "source": item["source"], "risk": a.risk, "low": a.interval[0], "high": a.interval[1], "level": a.level, "rung": a.rung,
                "evidence": a.evidence, "acts": a.acts, "threats": a.threats, "restraint": a.restraint, "sentences": len(a.sentences), "cues": len(a.cues), "flags": " ".join(a.flags),
                "countries": " ".join(found.countries), "actors": ";".join(found.actors), "copy_of": copies.first_of(item["id"], signature(item["text"])),
            }
            file.write(json.dumps(values) + "\n")
    out.with_suffix(".part").replace(out)
    print(f"scored in {time.perf_counter() - started:.0f} s", file=sys.stderr)


def _dated(archive: Path) -> Iterator[dict[str, Any]]:
    """The newswire in the order of its days: copies come later."""
    with gzip.open(archive, "rt", encoding="utf-8") as file:
        rows = [item for item in map(json.loads, file) if item["source"] == SOURCE and item["date"]]
    for item in rows:
        item["day"] = datetime.strptime(item["date"].split()[0].strip(), "%d-%b-%Y").date()
    yield from sorted(rows, key=lambda item: item["day"])


if __name__ == "__main__":
    main()
