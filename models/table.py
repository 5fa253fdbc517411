"""Read the labelled reports into the training table: numbers, no text.

    python models/table.py [--data ../shared/data]

Writes ``models/table.npz``: the numbers of every sentence of the development
reports and of the project's own corpus (``models/corpus``), with labels and
ids. ``models/fit.py`` needs nothing else.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]
import itertools

import compile_lexicon

from escalation import lexicon, reader
from escalation.examples import Examples
from escalation.records import Report

TABLE = HERE / "table.npz"
# Texts of one to three sentences teach the sentence model; in the report model
# they would outvote articles, which is what the model is for.
OWN_WEIGHT = {"briefs": 0.05, "contrasts": 0.05}
ARTICLE_WEIGHT = 0.5  # of the project's own articles: real reports carry the weight


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("ESCALATION_DATA", HERE.parents[1] / "shared" / "data")))
    compile_lexicon.main()
    examples = build(parser.parse_args().data)
    save(examples)
    print(f"{len(examples)} reports, {sum(len(n) for n in examples.numbers)} sentences -> {TABLE}")


def build(data: Path) -> Examples:
    """Examples of all labelled reports."""
    words = frozenset((HERE / "vocabulary.txt").read_text(encoding="utf-8").split())
    lex = lexicon.parse_shipped()
    return stack([*(example(row, spans_of_report(row), row["source"], 1.0, lex, words) for row in reports(data)), *(example(row, spans_of_own(row), "own " + name, OWN_WEIGHT.get(name, ARTICLE_WEIGHT), lex, words) for name, row in own())])


def reports(data: Path) -> list[dict]:
    with gzip.open(data / "reports.jsonl.gz", "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def own() -> list[tuple[str, dict]]:
    files = sorted((HERE / "corpus").glob("*.jsonl"))
    return [(file.stem, json.loads(line)) for file in files for line in file.read_text(encoding="utf-8").splitlines()]


def spans_of_report(row: dict) -> tuple[list, list]:
    return [row["sentences"][i] for i in row["up"]], [row["sentences"][i] for i in row["down"]]


def spans_of_own(row: dict) -> tuple[list, list]:
    places = [[(row["text"].find(s), row["text"].find(s) + len(s)) for s in row[side]] for side in ("up", "down")]
    return places[0], places[1]


def example(row: dict, spans: tuple[list, list], group: str, weight: float, lex, words) -> tuple:
    read = reader.read(Report(row["text"]), lex, words)
    up, down = ([any(overlaps(item.sentence, span) for span in side) for item in read] for side in spans)
    return row["id"], [item.numbers for item in read], [item.counts for item in read], up, down, float(row["risk"]), group, weight


def overlaps(sentence, span) -> bool:
    shared = min(sentence.end, span[1]) - max(sentence.start, span[0])
    return shared > 0.5 * min(sentence.end - sentence.start, span[1] - span[0])


def stack(rows: list[tuple]) -> Examples:
    ids, numbers, counted, up, down, risk, groups, weights = zip(*rows, strict=True)
    return Examples(ids, tuple(map(tuple, numbers)), tuple(map(tuple, counted)), tuple(map(tuple, up)), tuple(map(tuple, down)), np.array(risk), np.array(groups), np.array(weights), ~np.char.startswith(groups, "own "))


def save(examples: Examples) -> None:
    names = sorted({name for sentences in examples.numbers for row in sentences for name in row})
    column = {name: j for j, name in enumerate(names)}
    rows = [sorted((column[name], value) for name, value in row.items()) for sentences in examples.numbers for row in sentences]
    flat = {key: np.array([flag for row in getattr(examples, key) for flag in row]) for key in ("counted", "up", "down")}
    np.savez_compressed(
        TABLE, ids=np.array(examples.ids), risk=examples.risk, groups=examples.groups, weights=examples.weights, typical=examples.typical,
        lengths=np.array([len(n) for n in examples.numbers]), names=np.array(names), sizes=np.array([len(r) for r in rows]),
        columns=np.array([j for row in rows for j, _ in row], dtype=np.uint16), values=np.array([v for row in rows for _, v in row]), **flat,
    )


def load() -> Examples:
    """The training table as examples."""
    with np.load(TABLE, allow_pickle=False) as table:
        held = {key: table[key] for key in table.files}
    names = [str(name) for name in held["names"]]
    ends = np.cumsum(held["sizes"])
    columns, values = held["columns"].tolist(), held["values"].tolist()
    rows = [{names[j]: v for j, v in zip(columns[a:b], values[a:b], strict=True)} for a, b in zip([0, *ends[:-1]], ends, strict=True)]
    cuts = np.concatenate([[0], np.cumsum(held["lengths"])])

    def per_report(flat: list) -> tuple:
        return tuple(tuple(flat[a:b]) for a, b in itertools.pairwise(cuts))

    flags = [per_report(held[key].tolist()) for key in ("counted", "up", "down")]
    return Examples(tuple(str(i) for i in held["ids"]), per_report(rows), *flags, held["risk"], held["groups"].astype(str), held["weights"], held["typical"])


if __name__ == "__main__":
    main()
