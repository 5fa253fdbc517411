"""The weekly index of the 1987 newswire beside the Geopolitical Risk index.

    python tests/benchmarks/index.py --data ../shared/data --scores /tmp/scores.jsonl --write

Scores the dated newswire of archive.jsonl.gz (18,500 reports, February to October
1987; a table given by --scores is used if it is there, and written if not), sums
gpr_daily.csv (Caldara & Iacoviello 2022) by week, and correlates over the weeks
that have reports, then over days. Intervals: 2,000 resamples of blocks of
neighbouring periods (circular, Politis & Romano 1992). Nothing was tuned to it.
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

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[2]))

ROOT = Path(__file__).parents[2]
SOURCE = "Reuters-21578"
PAIRS = (("risk", "gpr_index"), ("elevated", "gpr_index"), ("acts", "gpr_acts"), ("threats", "gpr_threats"))
# Fewer reports than these make no mean of newswire of which most is of markets.
LEAST = {"W": 100, "D": 50}
BLOCK = {"W": 3, "D": 5}  # periods, about their number to the power of a third
RESAMPLES = 2000
PAGE, START, END = ROOT / "docs" / "about" / "index.md", "<!-- figures -->", "<!-- end of figures -->"
THREATS, CALM = 0.3, 0.1  # a plain threat, and a risk that no coder would call elevated


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--scores", type=Path, required=True)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    if not given.scores.exists():
        score(given.data / "archive.jsonl.gz", given.scores)
    gpr = pd.read_csv(given.data / "gpr_daily.csv", parse_dates=["date"]).set_index("date")
    lines = [line for freq in ("W", "D") for line in figures(given.scores, gpr, freq)]
    lines += list(calm_threats(given.scores))
    print("\n".join(lines))
    if given.write:
        write(lines)


def figures(scores: Path, gpr: pd.DataFrame, freq: str) -> Iterator[str]:
    """A table of correlations, as Markdown."""
    from escalation.index import build_index

    index = build_index(scores, freq=freq)
    index = index[index["n"] >= LEAST[freq]].set_index("start")
    other = gpr.groupby(gpr.index.to_period(freq).start_time.normalize()).sum().loc[index.index]
    yield f"{len(index)} {'weeks' if freq == 'W' else 'days'} with {LEAST[freq]} reports or more, {index['n'].sum():,} reports:"
    yield ""
    yield "| index of the newswire | GPR | Pearson | Spearman |\n| --- | --- | --- | --- |"
    for ours, theirs in PAIRS:
        x, y = index[ours].to_numpy(), other[theirs].to_numpy()
        yield f"| {ours} | {theirs} | {_estimate(x, y, BLOCK[freq])} | {_estimate(_ranks(x), _ranks(y), BLOCK[freq])} |"
    yield ""


def calm_threats(scores: Path) -> Iterator[str]:
    """How many reports threaten and are calm all the same."""
    table = pd.read_json(scores, lines=True)
    loud = table[table["threats"] > THREATS]
    yield f"{len(loud):,} of {len(table):,} reports have threats above {THREATS}; {(loud['risk'] < CALM).mean():.0%} of these have a risk below {CALM}."
    yield ""


def _estimate(x: np.ndarray, y: np.ndarray, block: int) -> str:
    n = len(x)
    stream = np.random.default_rng(0)
    starts = stream.integers(0, n, (RESAMPLES, -(-n // block)))
    places = ((starts[:, :, None] + np.arange(block)) % n).reshape(RESAMPLES, -1)[:, :n]
    drawn = [np.corrcoef(x[at], y[at])[0, 1] for at in places if x[at].std() and y[at].std()]
    low, high = np.quantile(drawn, (0.025, 0.975))
    return f"{np.corrcoef(x, y)[0, 1]:.2f} ({low:.2f} to {high:.2f})"


def _ranks(x: np.ndarray) -> np.ndarray:
    return pd.Series(x).rank().to_numpy()


def write(lines: list[str]) -> None:
    """Put the figures into the page, between its marks."""
    text = PAGE.read_text(encoding="utf-8")
    before, after = text.split(START)[0], text.split(END)[1]
    PAGE.write_text(before + START + "\n" + "\n".join(lines) + END + after, encoding="utf-8")


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
