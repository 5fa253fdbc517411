"""Write the models of an older scikit-learn, and what they scored there.

    python tests/models/older/write.py      # in an environment with scikit-learn 1.6

Two models on 80 texts of the project's own corpus, without the texts: a linear
one, whose scores must be the same to the last bit for ever, and a forest in the
format of skops, which must score the same or be refused.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import sklearn
import skops

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "models")]
import table

from escalation import lexicon, training
from escalation.estimator_training import fit_estimator

TAKEN = {"briefs": 40, "offtopic": 20, "wire": 20}


def main() -> None:
    lex, words = lexicon.parse_shipped(), frozenset((ROOT / "models" / "vocabulary.txt").read_text(encoding="utf-8").split()[::12])
    rows = [(name, row) for kind, most in TAKEN.items() for name, row in [pair for pair in table.own() if pair[0] == kind][:most]]
    examples = table.stack([table.example(row, table.spans_of_own(row), "own " + name, 1.0, lex, words) for name, row in rows])
    examples = replace(examples, typical=examples.weights > 0)
    card = {"data": f"{len(rows)} texts of the project's own corpus", "versions": {"scikit-learn": sklearn.__version__, "skops": skops.__version__}}
    linear = training.fit(examples, "", card)
    linear.save(HERE / "linear")
    forest = fit_estimator(examples, "sklearn.ensemble.RandomForestClassifier", linear, lex, {"n_estimators": 5, "max_depth": 4}, card)
    replace(forest, lexicon_digest="").save(HERE / "forest")
    expected = [scores(linear, forest, examples, i) for i in range(TAKEN["briefs"])]
    (HERE / "expected.json").write_text("[" + ",\n".join(json.dumps(row) for row in expected) + "]\n", encoding="utf-8")
    print(f"{len(rows)} texts, scikit-learn {sklearn.__version__} -> {HERE}")


def scores(linear, forest, examples, i: int) -> dict:
    numbers = examples.numbers[i]
    values = linear.measure(numbers, [True] * len(numbers))[2].values
    linears = {"heat": linear.heat, "calm": linear.calm, "topic": linear.topic, **linear.heads}
    return {
        "numbers": numbers, "values": values, "logits": {name: part.logit(values) for name, part in linears.items()},
        "forest": float(forest.logits(forest.matrix([values]))[0]),
    }


if __name__ == "__main__":
    main()
