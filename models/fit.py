"""Fit the default model from the training table, the same bytes every time.

    python models/fit.py

Reads ``models/table.npz`` (numbers and labels, no text) and writes
``models/default/`` with its card.
"""

from __future__ import annotations

import platform
import sys
from dataclasses import replace
from pathlib import Path

import numpy
import scipy
import sklearn

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]
import table

from escalation import gate, lexicon, store, training


def main() -> None:
    examples = table.load()
    model = training.fit(examples, lexicon.load().digest, card(examples))
    model = replace(model, card={**model.card, "promises": gate.record(model)})
    folder = store.save(model, HERE / "default")
    (folder / "card.md").write_text(markdown(model.card), encoding="utf-8")
    print(f"{len(examples)} reports, {len(model.heads['risk'].weights)} weights of the risk head -> {folder}")


def card(examples: training.Examples) -> dict:
    """What the model is, made of, good for, and not good for."""
    real = examples.typical.tolist()
    return {
        "name": "escalation default model",
        "predicts": "probability that a coder using the codebook would put the report at 3 (elevated) or 4 (high)",
        "data": {
            "reports": int(sum(real)),
            "own corpus": int(len(real) - sum(real)),
            "groups": {str(g): int((examples.groups == g).sum()) for g in sorted(set(examples.groups))},
            "coded by": "a language model that read each text in full with the codebook, not human experts; the own corpus by its author, a language model too",
        },
        "method": "logistic regressions (scikit-learn, liblinear, L2): sentence evidence of escalation and of restraint, then report features; Platt scaling on grouped out-of-fold log-odds",
        "intended use": "research on news reports in English: ranking, monitoring, explaining",
        "limits": [
            "It reads what the report says, not what is true.",
            "Labels share the judgement of one language model; no human coder has checked the risk codes.",
            "Mostly newswire, broadcasts and dailies of 1987 to 2022; social media and other languages were not seen.",
            "Not for decisions about persons, and not for operational warning without a human reader.",
        ],
        "versions": {"python": platform.python_version(), "numpy": numpy.__version__, "scipy": scipy.__version__, "scikit-learn": sklearn.__version__},
    }


def markdown(card: dict) -> str:
    lines = [f"# {card['name']}", "", f"Predicts: {card['predicts']}.", "", "## Data", ""]
    lines += [f"- {name}: {count}" for name, count in card["data"]["groups"].items()]
    lines += ["", f"Coded by {card['data']['coded by']}.", "", "## Method", "", card["method"] + ".", "", "## Intended use", "", card["intended use"] + ".", "", "## Limits", ""]
    lines += [f"- {limit}" for limit in card["limits"]]
    lines += ["", "Versions: " + ", ".join(f"{k} {v}" for k, v in card["versions"].items()) + ". Figures: `docs/about/quality.md`.", ""]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
