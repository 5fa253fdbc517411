"""Train a model on labels of one's own, read its card, keep it, score with it.

    python examples/retrain.py [FOLDER for the model]

In the shell: escalation train labelled.csv --out mymodel --group event
"""

import sys
import tempfile
from pathlib import Path

import escalation

LABELLED = Path(__file__).parent / "data" / "labelled.csv"
# Coders of these disputes call it risk when a dam is shut; the shipped model has never heard of it.
REPORT = "Osterra shut the sluices of the Lorn dam on Monday, and the wells of Cale began to run dry. It gave no date."


def main(folder: str) -> None:
    Path(folder).mkdir(parents=True, exist_ok=True)
    labelled = escalation.read_labelled(LABELLED, group="event")
    print(f"{len(labelled.reports)} reports, labels {labelled.scale}, fields {labelled.fields}; left out: {len(labelled.rejected)}")
    # Reports of one event are alike: no event is divided between fitting and judging.
    model = escalation.train(labelled, card={"coded by": "the author of the examples"})
    for figure in ("auc", "brier", "kappa"):
        print("out of fold: {} {:.2f} ({:.2f} to {:.2f})".format(figure, *model.card["figures"][figure]))
    kept = model.save(Path(folder, "mymodel"))
    before, after = escalation.score(REPORT), escalation.Scorer(model=kept).score(REPORT)
    print(f"\n{REPORT}\nshipped model: {before.risk:.2f}, {before.level}; trained model: {after.risk:.2f}, {after.level}")
    print(f"\nThe model is in {kept}; its card tells what it was made of.")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp(prefix="model-"))
