"""Build an index of risk by week, draw it, and go back from its peak to sentences.

    pip install 'escalation[plots]'        # for the picture; a page (.html) needs nothing
    python examples/build_index.py [FOLDER for table, index and pictures]

In the shell: escalation index scores.jsonl --freq W --by actors --plot index.html
"""

import sys
import tempfile
from pathlib import Path

import escalation

ARCHIVE = Path(__file__).parent / "data" / "archive.jsonl"


def main(folder: str) -> None:
    Path(folder).mkdir(parents=True, exist_ok=True)
    scores = Path(folder, "scores.jsonl")
    escalation.score_archive(ARCHIVE, scores, resume=False)
    index = escalation.build_index(scores, freq="W")  # 100 is the mean of all weeks; base=(first, last day) names others
    print(f"{len(index)} weeks; not counted: {index.attrs['left_out']}")
    for week in index[index["change"] != 0].itertuples():
        print(f"A {'higher' if week.change > 0 else 'lower'} level begins in the week of {week.start:%d %B}: risk {week.risk:.2f}")
    worst = index.loc[index["risk"].idxmax()]
    reports = escalation.drill(scores, worst)
    print(f"\nThe worst week, {worst['start']:%d %B} to {worst['end']:%d %B}, and what its riskiest reports say:")
    print(escalation.index.sentences(reports.head(2), ARCHIVE).nlargest(4, "share")[["id", "share", "text"]].to_string(index=False))
    by_actor = escalation.build_index(scores, freq="M", by="actors")
    print("\nMean risk of the reports that name an armed actor, by month:")
    print(by_actor.pivot(index="actors", columns="start", values="risk").round(2).to_string())
    index.to_csv(Path(folder, "index.csv"), index=False)
    for drawn, name in ((index, "index.png"), (by_actor, "actors.html")):
        print("drawn:", escalation.pictures.write(drawn, Path(folder, name)))


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp(prefix="index-"))
