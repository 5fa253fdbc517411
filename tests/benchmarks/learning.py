"""Print the learning curve beside TF-IDF, calibration, coverage, time and memory of training.

    python tests/benchmarks/learning.py [--data ../shared/data] [--seeds 3] [--write]

The base model of the curve is fitted on the project's own corpus alone: it has
seen no label of any report that is drawn or judged here. Numbers come from
models/table.npz, texts (for TF-IDF) from reports.jsonl.gz. ``--write`` puts the
table into docs/about/learning.md.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
from joblib import Parallel, delayed

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "models")]
import table

from escalation import evaluation as ev
from escalation import features, transfer
from escalation.examples import Examples
from escalation.risk import HEADS, RiskModel, half_width

SIZES = (25, 50, 100, 200, 300, 500, 1000)
OWN_SHORT = 0.1  # texts of one to three sentences weigh less in the table
CALM = ("own offtopic", "own other_senses", "own past_wars")
LEAST = 5  # of each kind in every draw, as training wants
LEARNERS = ("ours, five codes", "ours, two classes", "TF-IDF", "TF-IDF 1-2")
MANY = 5000


class Judged(NamedTuple):
    """Log-odds of the held-out reports, and the spread of their intervals."""

    logits: np.ndarray
    spread: float


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("ESCALATION_DATA", ROOT.parent / "shared" / "data")))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="write docs/about/learning.md")
    parser.add_argument("--train", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.train:
        return train_once(args.train)
    examples = table.load()
    own = np.char.startswith(examples.groups, "own ")
    base = base_model(examples.take(np.flatnonzero(own)))
    reports = examples.take(np.flatnonzero(~own))
    texts = dict(read_texts(args.data / "reports.jsonl.gz"))
    judged = curve(reports, [texts[i] for i in reports.ids], base, args.seeds)
    text = markdown(reports, base, judged, args.seeds) + timing(args.data) + "\n" + sameness()
    print(text)
    if args.write:
        write(text)
    return 0


def base_model(own: Examples) -> RiskModel:
    """The library's model as it would be without any of the reports."""
    from escalation import training

    short = own.weights < OWN_SHORT
    return training.fit(replace(own, typical=~short & ~np.isin(own.groups, CALM)))


def curve(reports: Examples, texts: list[str], base: RiskModel, seeds: int) -> dict[tuple[str, int, int], Judged]:
    """What each learner says of every source from n labels of the others, shape of the whole."""
    keys = [(n, seed, source) for n in SIZES for seed in range(seeds) for source in sorted(set(reports.groups))]
    words = np.array(texts, dtype=object)
    parts = Parallel(n_jobs=2, verbose=5)(delayed(one_draw)(reports, words, base, *key) for key in keys)
    result: dict[tuple[str, int, int], Judged] = {}
    for (n, seed, source), found in zip(keys, parts, strict=True):
        for learner, judged in found.items():
            held = result.setdefault((learner, n, seed), Judged(np.zeros(len(reports)), np.zeros(len(reports))))
            held.logits[reports.groups == source] = judged.logits
            held.spread[reports.groups == source] = judged.spread
    return result


def one_draw(reports: Examples, texts: np.ndarray, base: RiskModel, n: int, seed: int, source: str) -> dict[str, Judged]:
    train, test = draw(reports, n, seed, source), np.flatnonzero(reports.groups == source)
    positive = reports.risk[train] >= HEADS["risk"]
    part = reports.take(train)
    return {
        "ours, five codes": ours(part, reports.take(test), base, binary=False),
        "ours, two classes": ours(replace(part, risk=np.where(positive, 4.0, 0.0)), reports.take(test), base, binary=True),
        "TF-IDF": tfidf(texts[train], positive, texts[test], 1),
        "TF-IDF 1-2": tfidf(texts[train], positive, texts[test], 2),
    }


def draw(reports: Examples, n: int, seed: int, source: str) -> np.ndarray:
    """n reports of other sources, drawn again until each kind is there often enough."""
    rng = np.random.default_rng([seed, n, sorted(set(reports.groups)).index(source)])
    pool = np.flatnonzero(reports.groups != source)
    while True:
        rows = np.sort(rng.choice(pool, n, replace=False))
        if LEAST <= (reports.risk[rows] >= HEADS["risk"]).sum() <= n - LEAST:
            return rows


def ours(train: Examples, test: Examples, base: RiskModel, binary: bool) -> Judged:
    model = transfer.adapt(train, base, "", binary).model
    values = [model.measure(*item)[2].values for item in zip(test.numbers, test.counted, strict=True)]
    return Judged(np.array([model.heads["risk"].logit(row) for row in values]), model.spread)


def tfidf(train: np.ndarray, positive: np.ndarray, test: np.ndarray, longest: int) -> Judged:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    model = make_pipeline(TfidfVectorizer(ngram_range=(1, longest), sublinear_tf=True), LogisticRegression(C=10, max_iter=1000)).fit(train, positive)
    return Judged(model.decision_function(test), 0.0)


def markdown(reports: Examples, base: RiskModel, judged: dict[tuple[str, int, int], Judged], seeds: int) -> str:
    start = np.array([base.heads["risk"].logit(base.measure(*item)[2].values) for item in zip(reports.numbers, reports.counted, strict=True)])
    head = f"{len(reports)} reports of {len(set(reports.groups))} sources, {seeds} draws for each source and n, the same for all learners; AUC / conflict-only AUC within the held-out source, mean weighted by size.\n\n"
    rows = [f"| base alone, no labels | {' | '.join([aucs(reports, [start])] * len(SIZES))} |"]
    rows += [f"| {learner} | {' | '.join(aucs(reports, [judged[learner, n, s].logits for s in range(seeds)]) for n in SIZES)} |" for learner in LEARNERS]
    for name, figure in (("ECE", error), ("90 % interval, share of cells (source x third) covered", covered)):
        rows += [f"| {name}, {learner} | {' | '.join(f'{np.mean([figure(reports, judged[learner, n, s]) for s in range(seeds)]):.3f}' for n in SIZES)} |" for learner in LEARNERS[:2]]
    return head + "\n".join([f"| labels | {' | '.join(map(str, SIZES))} |", "| --- " * (len(SIZES) + 1) + "|", *rows]) + "\n\n"


def aucs(reports: Examples, logits: list[np.ndarray]) -> str:
    """Mean over draws and sources, of all reports and of those about a conflict."""
    conflict = reports.risk > 0
    return " / ".join(f"{np.mean([within(reports, one, kept) for one in logits]):.3f}" for kept in (np.ones(len(reports), bool), conflict))


def within(reports: Examples, logits: np.ndarray, kept: np.ndarray) -> float:
    sources, sizes = np.unique(reports.groups, return_counts=True)
    found = [ev.auc(reports.risk[rows] >= HEADS["risk"], logits[rows]) for rows in ((reports.groups == source) & kept for source in sources)]
    return float(np.average(found, weights=sizes))


def error(reports: Examples, judged: Judged) -> float:
    return ev.ece(reports.risk >= HEADS["risk"], 1 / (1 + np.exp(-judged.logits)))


def covered(reports: Examples, judged: Judged) -> float:
    half = half_width(judged.spread, np.array([features.amount(numbers) for numbers in reports.numbers]))
    low, p, high = (1 / (1 + np.exp(-(judged.logits + shift))) for shift in (-half, 0, half))
    return ev.coverage(reports.risk >= HEADS["risk"], p, low, high, ev.cells(p, reports.groups))


def timing(data: Path) -> str:
    """Time and peak memory of ``escalation.train`` on many reports, in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "many.jsonl"
        write_many(data, path)
        done = subprocess.run([sys.executable, __file__, "--train", str(path)], check=True, capture_output=True, text=True)
    seconds, used, megabytes = json.loads(done.stdout)
    return f"`escalation.train` on {MANY:,} labelled reports, one process: {seconds:.0f} s on the clock, {used:.0f} s of processor (wanted: under 60), peak memory {megabytes:.0f} MB (wanted: under 1,500). Labels for this are the shipped model's, with noise.\n"


def sameness() -> str:
    """Whether other processes, other numbers of threads and a clean checkout train the same bytes."""
    with tempfile.TemporaryDirectory() as folder:
        clean = Path(folder) / "clean"
        clean.mkdir()
        files = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, check=True, capture_output=True).stdout
        subprocess.run(["tar", "x"], cwd=clean, check=True, input=files)
        runs = {"this checkout, 1 thread": (ROOT, "1"), "this checkout, 2 threads": (ROOT, "2"), "the last commit, unpacked": (clean, "2")}
        sums = {name: trained_sum(where, threads, Path(folder) / str(k)) for k, (name, (where, threads)) in enumerate(runs.items())}
    told = "the same bytes" if len(set(sums.values())) == 1 else f"OTHER BYTES: {sums}"
    return f"Trained on the sixty reports of the tests by {', '.join(sums)}: {told} (sha256 {min(sums.values())[:16]}).\n"


def trained_sum(where: Path, threads: str, out: Path) -> str:
    """Sum over all files of a model that another process trained."""
    limits = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), threads)
    command = [sys.executable, "-W", "ignore", "-m", "escalation", "train", "tests/labelled/sixty.jsonl", "--out", str(out)]
    subprocess.run(command, cwd=where, env={**os.environ, **limits, "PYTHONPATH": str(where), "PYTHONHASHSEED": threads}, check=True, capture_output=True)
    total = sha256()
    for file in sorted(out.iterdir()):
        total.update(file.name.encode() + file.read_bytes())
    return total.hexdigest()


def write_many(data: Path, path: Path) -> None:
    import escalation

    rng, scorer = np.random.default_rng(0), escalation.Scorer()
    with gzip.open(data / "archive.jsonl.gz", "rt", encoding="utf-8") as file, path.open("w", encoding="utf-8") as out:
        for line in islice(file, MANY):
            row = json.loads(line)
            code = sum(scorer.score(row["text"]).risk + rng.normal(0, 0.1) > cut for cut in (0.05, 0.2, 0.5, 0.8))
            out.write(json.dumps({"id": row["id"], "text": row["text"], "label": code}) + "\n")


def train_once(path: Path) -> int:
    import escalation

    start = time.perf_counter()
    escalation.train(path)
    print(json.dumps([time.perf_counter() - start, time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
    return 0


def read_texts(path: Path) -> list[tuple[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [(row["id"], row["text"]) for row in map(json.loads, file)]


def write(text: str) -> None:
    page = ROOT / "docs" / "about" / "learning.md"
    before, _, rest = page.read_text(encoding="utf-8").partition("<!-- figures -->\n")
    page.write_text(f"{before}<!-- figures -->\n{text}<!-- end -->{rest.partition('<!-- end -->')[2]}", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
