"""Compare two models on labels that neither has seen: which is better, and which reports moved.

    python examples/compare_models.py [FOLDER for the model and the tables]

In the shell: escalation compare shipped mymodel labelled.csv --group event
"""

import sys
import tempfile
from pathlib import Path

import pandas as pd

import escalation

LABELLED = Path(__file__).parent / "data" / "labelled.csv"
HELD_OUT = 5  # of the twelve events; fewer than five groups have no honest intervals


def main(folder: str) -> None:
    Path(folder).mkdir(parents=True, exist_ok=True)
    rows = pd.read_csv(LABELLED)
    unseen = rows["event"].isin(sorted(rows["event"].unique())[-HELD_OUT:])
    model = escalation.train(rows[~unseen], groups="event")
    kept = model.save(Path(folder, "mymodel"))
    comparison = escalation.compare(None, kept, rows[unseen], groups="event")  # None is the shipped model
    print(comparison.conclusion)
    print(comparison.to_frame().to_string(index=False))
    first = comparison.moved[0]
    print(f"\nMoved most, from {first.old:.2f} to {first.new:.2f} (code {first.code}): {first.report[:70]!r}")
    print("because of", ", ".join(f"{told.name} {told.share:+.1f}" for told in first.by_cue[:3]))
    comparison.to_frame().to_csv(Path(folder, "comparison.csv"), index=False)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp(prefix="models-"))
