"""Print every figure of quality beside its baselines, in one run.

    python tests/benchmarks/quality.py [--data ../shared/data] [--quick] [--speed] [--write]

The figures of reports come from models/table.npz (all folds refitted from
scratch, sentence model included); texts are read only for the baselines, ICBe,
swaps and speed. ``--write`` puts the table into docs/about/quality.md.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "models")]
import table

import escalation
from escalation import evaluation as ev
from escalation import features, lexicon, training
from escalation.records import LEVELS
from escalation.risk import RiskModel, sigmoid

Row = tuple[str, str, str, str, str]
PAGE = ROOT / "docs" / "about" / "quality.md"
PAIRS = ("written_first", "development", "fresh", "unseen", "hard", "wires_read", "wires")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("ESCALATION_DATA", ROOT.parent / "shared" / "data")))
    parser.add_argument("--quick", action="store_true", help="leave out the baselines and the stratified folds")
    parser.add_argument("--speed", action="store_true", help="only the two rows of speed, which want a quiet machine")
    parser.add_argument("--write", action="store_true", help="write docs/about/quality.md")
    args = parser.parse_args()
    if args.speed:
        return speed_alone(args.write)
    rows: list[Row] = []
    examples = table.load()
    real = examples.typical
    here = (args.data / "reports.jsonl.gz").exists()
    if not here:
        print(f"{args.data}: no reports.jsonl.gz; baselines, ICBe, swaps in reports and speed on them are left out", file=sys.stderr)
    out = leave_one_source_out(examples, real)
    texts = {row["id"]: row["text"] for row in jsonl(args.data / "reports.jsonl.gz")} if here else {}
    rows += report_rows(examples, real, out, texts, args.quick)
    if here:
        rows += icbe_rows(args.data)
    rows += evidence_rows(examples, real, out)
    rows += exactness_rows(list(texts.values()) or own_texts())
    rows += swap_rows(texts)
    rows += pair_rows()
    rows += offtopic_rows()
    rows += speed_rows()
    text = markdown(rows, args.data, examples, real)
    print(text)
    if args.write:
        write(text)
    return 0


class Outcome:
    """What models that had not seen a report's fold said of it."""

    def __init__(self, n: int) -> None:
        self.risk = np.full(n, np.nan)
        self.level = np.zeros(n, int)
        self.low = np.zeros(n)
        self.high = np.zeros(n)
        self.shares: list[list[float]] = [[]] * n


def leave_one_source_out(examples: training.Examples, real: np.ndarray) -> Outcome:
    out = Outcome(len(examples))
    for source in sorted(set(examples.groups[real])):
        run_fold(examples, np.flatnonzero(examples.groups != source), np.flatnonzero(examples.groups == source), out)
    return out


def ten_folds(examples: training.Examples, real: np.ndarray) -> Outcome:
    from sklearn.model_selection import StratifiedKFold

    out, places, own = Outcome(len(examples)), np.flatnonzero(real), np.flatnonzero(~real)
    for train, test in StratifiedKFold(10, shuffle=True, random_state=0).split(places, examples.risk[places] >= 2.5):
        run_fold(examples, np.concatenate([places[train], own]), places[test], out)
    return out


def run_fold(examples: training.Examples, train: np.ndarray, test: np.ndarray, out: Outcome) -> None:
    model = training.fit(examples.take(train))
    for i in test:
        judge(model, examples, int(i), out)


def judge(model: RiskModel, examples: training.Examples, i: int, out: Outcome) -> None:
    _, _, measured = model.measure(examples.numbers[i], examples.counted[i])
    shares, _ = model.shares(measured, len(examples.numbers[i]))
    logit = model.baseline + sum(shares)
    out.risk[i], out.shares[i] = sigmoid(logit), shares
    out.level[i] = LEVELS.index(model.level(model.logits(measured.values)))
    out.low[i], out.high[i] = model.interval(logit, features.amount(examples.numbers[i]))


def report_rows(examples: training.Examples, real: np.ndarray, out: Outcome, texts: dict[str, str], quick: bool) -> list[Row]:
    risk, p = examples.risk[real], out.risk[real]
    positive, conflict = risk >= 2.5, risk > 0
    groups = examples.groups[real]
    base = baselines([texts[i] for i, r in zip(examples.ids, real, strict=True) if r], positive, conflict, groups) if texts and not quick else {}

    def both(score: np.ndarray) -> str:
        return f"{ev.auc(positive, score):.3f} / {ev.auc(positive[conflict], score[conflict]):.3f}"

    def errors(score: np.ndarray) -> str:
        return f"{ev.ece(positive, score):.3f} / {ev.brier(positive, score):.3f}"

    tfidf = base.get("tfidf source")
    rows = [
        ("reports, leave one source out: AUC / conflict-only AUC", f"{both(tfidf)} (TF-IDF), {both(base['vader'])} (VADER)" if base else ".886 / .757 (TF-IDF)", both(p), ".925 / .84", ".95 / .89"),
        ("same, ECE / Brier", errors(tfidf) if base else ".095 / .137", errors(p), ".04 / .095", ".025 / .08"),
        ("five levels, quadratic kappa, leave one source out", "", f"{ev.kappa(risk, out.level[real]):.3f}", ".75", ".85"),
        ("90 % interval over source x third of risk, share of cells covered", "", f"{ev.coverage(positive, p, out.low[real], out.high[real], ev.cells(p, groups)):.3f}", ".88 to .93", ""),
    ]
    if not quick:
        q = ten_folds(examples, real).risk[real]
        rows.insert(2, ("reports, stratified 10-fold: AUC / conflict-only AUC", f"{both(base['tfidf fold'])} (TF-IDF 1-2)" if base else ".949 / .859", both(q), ".955 / .88", ".97 / .92"))
    return rows


def baselines(texts: list[str], positive: np.ndarray, conflict: np.ndarray, groups: np.ndarray) -> dict[str, np.ndarray]:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import LeaveOneGroupOut, StratifiedKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    def tfidf(n: int):
        return make_pipeline(TfidfVectorizer(ngram_range=(1, n), min_df=2, sublinear_tf=True), LogisticRegression(C=10, max_iter=1000))

    vader = SentimentIntensityAnalyzer()
    return {
        "tfidf source": cross_val_predict(tfidf(1), texts, positive, groups=groups, cv=LeaveOneGroupOut(), method="predict_proba")[:, 1],
        "tfidf fold": cross_val_predict(tfidf(2), texts, positive, cv=StratifiedKFold(10, shuffle=True, random_state=0), method="predict_proba")[:, 1],
        "vader": np.array([-np.mean([vader.polarity_scores(s)["compound"] for s in re.split(r"(?<=[.!?])\s+", t)]) for t in texts]),
    }


def evidence_rows(examples: training.Examples, real: np.ndarray, out: Outcome) -> list[Row]:
    def found(flags: tuple[tuple[bool, ...], ...], sign: int) -> tuple[float, int]:
        hits = [any(flags[i][k] for k in np.argsort(-sign * np.array(out.shares[i]), kind="stable")[:3]) for i in np.flatnonzero(real) if any(flags[i])]
        return float(np.mean(hits)), len(hits)

    up, n_up = found(examples.up, 1)
    down, n_down = found(examples.down, -1)
    return [(f"evidence, leave one source out: `up` (n {n_up}) among the three highest shares / `down` (n {n_down}) among the three lowest", ".84 (keywords) / .55 (VADER)", f"{up:.3f} / {down:.3f}", ".93 / .80", ".97 / .90")]


def icbe_rows(data: Path) -> list[Row]:
    rows = [row for row in jsonl(data / "icbe_sentences.jsonl.gz") if row["split"] == "valid"]
    scorer = escalation.Scorer()
    score = np.array([max((s.score for s in scorer.score(row["text"]).sentences), key=abs) for row in rows])
    label = np.array([row["label"] for row in rows])
    two = np.isin(label, ["escalation", "restraint"])
    figures = (ev.auc(label == "escalation", score), ev.auc(label == "restraint", -score), ev.auc(label[two] == "escalation", score[two]))
    return [("ICBe valid, sentence score, AUC: escalation vs rest / restraint vs rest / escalation vs restraint", ".72 / .66 / .79 (embeddings)", " / ".join(f"{f:.3f}" for f in figures), ".80 / .80 / .88", ".85 / .86 / .93")]


def exactness_rows(texts: list[str]) -> list[Row]:
    scorer = escalation.Scorer()
    worst = 0.0
    for text in texts:
        a = scorer.score(text)
        worst = max(worst, abs(a.baseline + sum(s.share for s in a.sentences) - np.log(a.risk / (1 - a.risk))))
    return [(f"shares + baseline = log-odds, largest gap over {len(texts)} reports", "", f"{worst:.0e}", "1e-9", "")]


def swap_rows(texts: dict[str, str]) -> list[Row]:
    scorer = escalation.Scorer()
    templates, actors = promised("swap_templates.jsonl"), promised("swap_actors.jsonl")
    spread = max(np.ptp([scorer.score(t["text"].format(**a)).risk for a in actors]) for t in templates)
    rows = [(f"actor swap, {len(actors)} pairs x {len(templates)} templates: largest change of risk", "", f"{spread:.1e}", "1e-12", "")]
    if texts:
        changes = [abs(scorer.score(text).risk - scorer.score(swapped(text)).risk) for text in named(texts)]
        rows.append((f"names swapped in {len(changes)} reports: mean change of risk", "", f"{np.mean(changes):.4f}", "< .005", ""))
    return rows


SWAPS = {"Israel": "Peru", "Israeli": "Peruvian", "Iran": "Norway", "Iranian": "Norwegian", "Syria": "Bolivia", "Syrian": "Bolivian", "Russia": "Brazil", "Russian": "Brazilian",
         "Turkey": "Ghana", "Turkish": "Ghanaian", "Iraq": "Fiji", "Iraqi": "Fijian", "Lebanon": "Malta", "Ukraine": "Kenya", "Afghanistan": "Portugal", "Afghan": "Portuguese",
         "China": "Chile", "Chinese": "Chilean", "Assad": "Mendoza", "Putin": "Larsen", "Damascus": "Quito", "Baghdad": "Lima", "Moscow": "Oslo", "Tehran": "Nairobi"}


def named(texts: dict[str, str]) -> list[str]:
    pattern = re.compile(r"\b(" + "|".join(SWAPS) + r")\b")
    return [text for _, text in sorted(texts.items()) if len(pattern.findall(text)) >= 3][:100]


def swapped(text: str) -> str:
    return re.sub(r"\b(" + "|".join(sorted(SWAPS, key=len, reverse=True)) + r")\b", lambda m: SWAPS[m.group()], text)


def pair_rows() -> list[Row]:
    scorer = escalation.Scorer()
    rows, right, total = [], 0, 0
    for name in PAIRS:
        pairs = promised(f"pairs/{name}.jsonl")
        good = [scorer.score(p["hi"]).risk > scorer.score(p["lo"]).risk for p in pairs]
        right, total = right + sum(good), total + len(good)
        rows.append((f"minimal pairs, {name.replace('_', ' ')} (n {len(pairs)})", "", f"{np.mean(good):.3f}", ".97", ""))
    return [*rows, (f"minimal pairs, all (n {total})", "", f"{right / total:.3f}", ".97", "")]


def offtopic_rows() -> list[Row]:
    scorer = escalation.Scorer()
    found = [scorer.score(row["text"]) for row in promised("offtopic.jsonl")]
    fine = [a.risk < 0.10 and a.level == "none" for a in found]
    return [(f"off-topic, {len(found)} texts: risk < .10 and level none", "", f"{np.mean(fine):.3f}", ".95", "1.00")]


def speed_rows() -> list[Row]:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    text = (ROOT / "tests" / "probes" / "example_shape.txt").read_text(encoding="utf-8")
    text = " ".join(text.split(" ")[:500])
    scorer, vader = escalation.Scorer(), SentimentIntensityAnalyzer()
    ours = milliseconds(lambda: scorer.score(text))
    theirs = milliseconds(lambda: [vader.polarity_scores(s) for s in re.split(r"(?<=[.!?])\s+", text)])
    whole = process([sys.executable, "-m", "escalation", "score", str(ROOT / "tests" / "probes" / "example_shape.txt")])
    nothing = process([sys.executable, "-c", "pass"])
    return [
        ("one conflict report of 500 words, warm, p50", f"VADER {theirs:.1f} ms", f"{ours:.2f} ms", "2 ms", ".7 ms"),
        ("`escalation score` on one file, whole process, over `python -c pass`", "", f"+ {whole - nothing:.2f} s", "+ .5 s", "+ .25 s"),
    ]


def milliseconds(call) -> float:
    for _ in range(5):
        call()
    times = []
    for _ in range(40):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1000


def process(command: list[str]) -> float:
    times = []
    for _ in range(6):
        start = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True, cwd=ROOT)
        times.append(time.perf_counter() - start)
    return statistics.median(times[1:])


def jsonl(path: Path) -> list[dict]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def promised(name: str) -> list[dict]:
    return [json.loads(line) for line in (ROOT / "escalation" / "promises" / name).read_text(encoding="utf-8").splitlines()]


def own_texts() -> list[str]:
    return [row["text"] for _, row in table.own()]


def markdown(rows: list[Row], data: Path, examples: training.Examples, real: np.ndarray) -> str:
    head = f"Data: {int(real.sum())} reports ({', '.join(sorted(set(examples.groups[real])))}), {int((~real).sum())} of the project's own corpus, lexicon {lexicon.load().digest[:12]}; labels by a language model, not by human experts.\n\n"
    body = [line(row) for row in rows]
    return head + "\n".join(["| measure | alternative | ours | at least | aim |", "| --- | --- | --- | --- | --- |", *body]) + "\n"


def line(row: Row) -> str:
    return f"| {' | '.join(row)} |"


def speed_alone(keep: bool) -> int:
    """Measure speed again; with ``keep`` replace its rows in the page."""
    rows = speed_rows()
    print("\n".join(map(line, rows)))
    if keep:
        starts = {f"| {row[0]} |": line(row) for row in rows}
        old = PAGE.read_text(encoding="utf-8").split("\n")
        PAGE.write_text("\n".join(next((new for start, new in starts.items() if text.startswith(start)), text) for text in old), encoding="utf-8")
    return 0


def write(text: str) -> None:
    before, _, rest = PAGE.read_text(encoding="utf-8").partition("<!-- figures -->\n")
    PAGE.write_text(f"{before}<!-- figures -->\n{text}<!-- end -->{rest.partition('<!-- end -->')[2]}", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
