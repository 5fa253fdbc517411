"""Whether picked reports teach more than random ones, on the training table.

    python tests/benchmarks/sampling.py [--seeds 4] [--write]

A model fitted on the project's own corpus alone, which has seen no label of a
development report, picks n of them from two thirds of the sources, learns from
the n labels as ``escalation.train`` does, and judges the other third.
Once as the reports are, once with risky ones left out until they are rare, as
in most archives. Differences are paired by split and seed.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "models")]
import table

from escalation import candidates, sampling, training, transfer
from escalation import evaluation as ev
from escalation.records import LEVELS, Report
from escalation.risk import HEADS, RiskModel, sigmoid

SIZES = (50, 100, 200)
SPLITS = 3
RARE = 0.05  # share of risky reports in the calm archive


class Pool:
    """Reports that may be picked, as the first model sees them."""

    def __init__(self, model: RiskModel, examples: training.Examples, rows: np.ndarray) -> None:
        measured = [model.measure(examples.numbers[i], examples.counted[i])[2].values for i in rows]
        names = sorted({name for values in measured for name in values})
        self.rows = rows
        self.ids = [examples.ids[i] for i in rows]
        self.logits = np.array([model.heads["risk"].logit(values) for values in measured])
        self.codes = [LEVELS.index(model.level(model.logits(values))) for values in measured]
        self.points = np.array([[values.get(name, 0.0) for name in names] for values in measured])


def random(pool: Pool, n: int, seed: int) -> np.ndarray:
    return np.random.default_rng([seed, n]).choice(len(pool.rows), n, replace=False)


def balanced(pool: Pool, n: int, seed: int) -> np.ndarray:
    """As many of each code at random."""
    return _places(pool, sampling._drawn(_entered(pool, n, seed).strata, n, (), candidates.Chosen()))


def both(pool: Pool, n: int, seed: int) -> np.ndarray:
    """What `escalation sample` does."""
    return _places(pool, sampling._picked(_entered(pool, n, seed), n, Counter()))


def _entered(pool: Pool, n: int, seed: int) -> candidates.Candidates:
    held = candidates.Candidates(doubtful={"": candidates.Doubtful()})
    for id, code, logit in zip(pool.ids, pool.codes, pool.logits, strict=True):
        candidate = candidates.Candidate(sampling._priority(id, seed), Report(id, id=id), sigmoid(logit))
        held.strata.setdefault(("", code), candidates.Stratum()).add(candidate, sampling._SPARE * n)
        held.doubtful[""].add(code, candidate, sampling._SPARE * n)
    return held


def _places(pool: Pool, picks: list[sampling.Pick]) -> np.ndarray:
    place = {id: at for at, id in enumerate(pool.ids)}
    return np.array([place[pick.report.id] for pick in picks])


def uncertain(pool: Pool, n: int, seed: int) -> np.ndarray:
    return np.argsort(np.abs(pool.logits), kind="stable")[:n]


def diverse(pool: Pool, n: int, seed: int) -> np.ndarray:
    """Far from each other, as k-means++ starts."""
    rng = np.random.default_rng([seed, n])
    taken = [int(rng.integers(len(pool.rows)))]
    distance = ((pool.points - pool.points[taken[0]]) ** 2).sum(axis=1)
    while len(taken) < n:
        taken.append(int(rng.choice(len(pool.rows), p=distance / distance.sum())))
        distance = np.minimum(distance, ((pool.points - pool.points[taken[-1]]) ** 2).sum(axis=1))
    return np.array(taken)


WAYS = {"random": random, "sample": both, "balanced": balanced, "uncertain": uncertain, "diverse": diverse}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--write", action="store_true", help="write docs/how-to/label-less.md")
    args = parser.parse_args()
    examples = table.load()
    model = first_model(examples)
    real = examples.typical
    archives = {"About a quarter of the archive is risky": real, "One in twenty of the archive is risky": real & ~thinned(examples, real)}
    text = "\n".join(f"{title} ({SPLITS} splits by source, {args.seeds} seeds; in brackets the difference from random and twice its standard error):\n\n{figures(model, examples, rows, args.seeds)}" for title, rows in archives.items())
    print(text)
    if args.write:
        write(text)
    return 0


def thinned(examples: training.Examples, real: np.ndarray) -> np.ndarray:
    """Risky reports to leave out of the archive, all but a few of each source, drawn once for all."""
    drop = np.zeros(len(examples), dtype=bool)
    for source in sorted(set(examples.groups[real])):
        risky = np.flatnonzero((examples.groups == source) & (examples.risk >= HEADS["risk"]))
        calm = ((examples.groups == source) & (examples.risk < HEADS["risk"])).sum()
        kept = min(len(risky), round(RARE / (1 - RARE) * calm))
        drop[np.random.default_rng(0).permutation(risky)[kept:]] = True
    return drop


def figures(model: RiskModel, examples: training.Examples, rows: np.ndarray, seeds: int) -> str:
    splits = [split(model, examples, rows, k) for k in range(SPLITS)]
    draws = {(way, n): [(pool, test, pick(pool, n, seed)) for pool, test in splits for seed in range(seeds)] for n in SIZES for way, pick in WAYS.items()}
    found = {key: np.array([auc(model, examples, *draw) for draw in drawn]) for key, drawn in draws.items()}
    risky = {key: np.mean([(examples.risk[pool.rows[picked]] >= HEADS["risk"]).sum() for pool, _, picked in drawn]) for key, drawn in draws.items()}
    lines = ["| AUC on other sources; risky reports picked | " + " | ".join(f"n = {n}" for n in SIZES) + " |", "| --- |" + " --- |" * len(SIZES)]
    lines += [f"| {way} | " + " | ".join(f"{cell(found[way, n], found['random', n])}; {risky[way, n]:.0f}" for n in SIZES) + " |" for way in WAYS]
    return "\n".join(lines) + "\n"


def first_model(examples: training.Examples) -> RiskModel:
    own = examples.take(np.flatnonzero(~examples.typical))
    return training.fit(replace(own, typical=np.ones(len(own), dtype=bool)))


def split(model: RiskModel, examples: training.Examples, rows: np.ndarray, k: int) -> tuple[Pool, np.ndarray]:
    sources = sorted(set(examples.groups[examples.typical]))
    held_out = np.isin(examples.groups, sources[k::SPLITS])
    return Pool(model, examples, np.flatnonzero(rows & ~held_out)), np.flatnonzero(held_out)


def auc(model: RiskModel, examples: training.Examples, pool: Pool, test: np.ndarray, picked: np.ndarray) -> float:
    """Of a model fitted on what was picked."""
    fitted = transfer.adapt(examples.take(np.sort(pool.rows[picked])), model, "").model
    logits = [fitted.heads["risk"].logit(fitted.measure(examples.numbers[i], examples.counted[i])[2].values) for i in test]
    return ev.auc(examples.risk[test] >= HEADS["risk"], logits)


def cell(values: np.ndarray, random: np.ndarray) -> str:
    gain = values - random
    error = 2 * gain.std(ddof=1) / len(gain) ** 0.5
    return f"{values.mean():.3f}" + ("" if values is random else f" ({gain.mean():+.3f}, {error:.3f})")


def write(text: str) -> None:
    page = ROOT / "docs" / "how-to" / "label-less.md"
    before, _, rest = page.read_text(encoding="utf-8").partition("<!-- figures -->\n")
    page.write_text(f"{before}<!-- figures -->\n{text}<!-- end -->{rest.partition('<!-- end -->')[2]}", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
