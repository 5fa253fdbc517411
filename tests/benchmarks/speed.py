"""Print how fast archives are scored, beside peers timed in the same run.

    python tests/benchmarks/speed.py [--data ../shared/data] [--part rates|process|memory|growth|stages] [--write]

Peers that are not installed are left out and named. Medians of five rounds in
which all take turns, one core; articles are drawn from the test archive.
``--write`` puts the tables into docs/about/speed.md.
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import json
import math
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT)]

ROUNDS = 5
ARTICLES = 600
LEARNT_ON = 5_000  # articles that the TF-IDF peers are fitted on: a vocabulary of real size
LENGTHS = (1_000, 4_000, 16_000, 64_000, 256_000, 1_000_000)
LEXICON_TIMES = 10
FORMS = 50  # of a phrase that are spelt out for the pattern of a peer


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("ESCALATION_DATA", ROOT.parent / "shared" / "data")))
    parser.add_argument("--part", choices=sorted(PARTS), help="only this part")
    parser.add_argument("--gigabytes", type=float, default=2.0, help="of archive for the peak of memory")
    parser.add_argument("--write", action="store_true", help="write docs/about/speed.md")
    args = parser.parse_args()
    with gzip.open(args.data / "archive.jsonl.gz", "rt", encoding="utf-8") as file:
        lines = file.readlines()
    for name in [args.part] if args.part else sorted(PARTS):
        text = PARTS[name](lines, args.gigabytes)
        print(text, flush=True)
        if args.write:
            write(name, text)
    return 0


def rates(lines: list[str], gigabytes: float) -> str:
    """Articles a second of one process, peers in the same rounds."""
    texts = [json.loads(line)["text"] for line in lines]
    random.Random(0).shuffle(texts)
    sample, rest = texts[:ARTICLES], texts[ARTICLES : ARTICLES + LEARNT_ON]
    runs, missing = {**ours(sample), **learnt(sample, rest)}, []
    for name, make in {"VADER, per sentence": vader, "TextBlob": textblob, "`re`, one pattern of our phrases": alternation}.items():
        try:
            runs[name] = make(sample)
        except ImportError as fault:
            missing.append(f"{name} ({fault.name} is not installed)")
    taken: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(ROUNDS):
        for name, (run, count) in runs.items():
            start = time.perf_counter()
            run()
            taken[name].append(count / (time.perf_counter() - start))
    rate = {name: statistics.median(values) for name, values in taken.items()}
    own = next(iter(rate.values()))
    rows = [f"| {name} | {value:,.0f} | {own / value:.2f} |" for name, value in rate.items()]
    told = f"\nNot measured: {', '.join([*missing, 'spaCy, MiniLM (their models are not on the package index)'])}.\n"
    return f"{ARTICLES} articles of {sum(map(len, sample)) // ARTICLES:,} characters in the mean\n\n| | articles/s | ours (first row) is faster by |\n| --- | --- | --- |\n" + "\n".join(rows) + "\n" + told


def ours(sample: list[str]) -> dict[str, tuple[Callable[[], object], int]]:
    import pandas as pd

    import escalation

    scorer, frame = escalation.Scorer(), pd.DataFrame({"text": sample})
    scorer.score_frame(frame)  # what is built when it is first needed
    return {
        "`score_frame`": (lambda: scorer.score_frame(frame), len(sample)),
        "every cue, qualifier and share": (lambda: [(a.cues, a.sentences, a.features) for a in scorer.score_many(sample)], len(sample)),
    }


def learnt(sample: list[str], rest: list[str]) -> dict[str, tuple[Callable[[], object], int]]:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    found: dict[str, tuple[Callable[[], object], int]] = {}
    for longest in (2, 1):
        model = make_pipeline(TfidfVectorizer(ngram_range=(1, longest), sublinear_tf=True), LogisticRegression(max_iter=50)).fit(rest, [n % 2 for n in range(len(rest))])
        found[f"TF-IDF(1{',2' if longest == 2 else ''}) + logistic regression"] = (lambda model=model: model.predict_proba(sample), len(sample))
    return found


def vader(sample: list[str]) -> tuple[Callable[[], object], int]:
    import sentencex
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    score = SentimentIntensityAnalyzer().polarity_scores
    return lambda: [score(sentence) for text in sample for sentence in sentencex.segment("en", text)], len(sample)


def textblob(sample: list[str]) -> tuple[Callable[[], object], int]:
    from textblob import TextBlob

    few = sample[: ARTICLES // 4]
    return lambda: [TextBlob(text).sentiment for text in few], len(few)


def alternation(sample: list[str]) -> tuple[Callable[[], object], int]:
    """The lexicon's phrases as one pattern, those without gaps and with few forms."""
    import re

    from escalation import lexicon

    shipped = lexicon.parse_shipped()
    phrases = sorted({literal for entry in shipped.entries for phrase in entry.phrases for literal in literals(shipped._grammar.parse(phrase))})
    pattern, few = re.compile(rf"\b(?:{'|'.join(map(re.escape, phrases))})\b", re.IGNORECASE), sample[: ARTICLES // 60]
    return lambda: [pattern.findall(text) for text in few], len(few)


def literals(tree: Any) -> list[str]:
    """What a phrase without gaps stands for, if that is not too much."""
    from escalation.phrases import forms

    kind, value = tree
    if kind == "gap":
        return []
    if kind == "words":
        return [" ".join(form) for word in value for form in forms(word)]
    parts = [literals(item) for item in value]
    if kind == "alt":
        return [one for part in parts for one in part]
    if not all(parts) or math.prod(map(len, parts)) > FORMS:
        return []
    return [" ".join(words) for words in itertools.product(*parts)]


def process(lines: list[str], gigabytes: float) -> str:
    """The shell from JSONL to Parquet, one worker and two."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "archive.jsonl"
        source.write_text("".join(lines), encoding="utf-8")
        seconds = {jobs: shell(source, Path(folder) / f"{jobs}.parquet", jobs)[0] for jobs in (1, 2)}
        same = (Path(folder) / "1.parquet").read_bytes() == (Path(folder) / "2.parquet").read_bytes()
    one, two = (len(lines) / seconds[jobs] for jobs in (1, 2))
    return f"JSONL to Parquet, whole process, {len(lines):,} articles: {one:,.0f} articles/s with one worker, {two:,.0f} with two ({two / one:.2f} times; the same bytes: {'yes' if same else 'NO'}).\n"


def memory(lines: list[str], gigabytes: float) -> str:
    """Peak of memory over an archive repeated to some size, all processes together."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "large.jsonl"
        with source.open("w", encoding="utf-8") as file:
            while file.tell() < gigabytes * 1e9:
                file.writelines(lines)
        _, peak = shell(source, Path(folder) / "large.parquet", 2)
        size = source.stat().st_size
    return f"Peak of memory over an archive of {size / 1e9:.2f} GB, two workers, all processes together: {peak:,.0f} MB (at least: 600; aim: 300).\n"


def shell(source: Path, out: Path, jobs: int) -> tuple[float, float]:
    """Seconds, and the peak of all processes' memory in MB."""
    start, peak = time.perf_counter(), 0.0
    running = subprocess.Popen([sys.executable, "-m", "escalation", "score", str(source), "-o", str(out), "--jobs", str(jobs)], cwd=ROOT, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    while running.poll() is None:
        peak = max(peak, sum(map(resident, family(running.pid))))
        time.sleep(0.2)
    if running.returncode:
        raise SystemExit(f"escalation score ended with {running.returncode}")
    return time.perf_counter() - start, peak


def family(pid: int) -> Iterator[int]:
    """A process and all below it."""
    yield pid
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return
    for child in children:
        yield from family(int(child))


def resident(pid: int) -> float:
    """Proportional share of memory in MB: what processes share is counted once."""
    try:
        rows = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(row.split()[1]) / 1024 for row in rows if row.startswith("Pss:")), 0.0)


def growth(lines: list[str], gigabytes: float) -> str:
    """Time against the length of a report, and against the size of the lexicon."""
    import escalation

    text = "\n\n".join(json.loads(line)["text"] for line in random.Random(1).sample(lines, 600))
    scorer = escalation.Scorer()
    scorer.score(text[: LENGTHS[-1]])
    seconds = {size: fastest(lambda size=size: scorer.score(text[:size]).cues) for size in LENGTHS}
    exponent = slope([math.log(size) for size in LENGTHS], [math.log(value) for value in seconds.values()])
    told = " | ".join(f"{1e3 * value:,.1f}" for value in seconds.values())
    head = f"| characters | {' | '.join(f'{size:,}' for size in LENGTHS)} | exponent |\n| {'--- | ' * (len(LENGTHS) + 2)}\n| ms | {told} | {exponent:.3f} |\n"
    return f"{head}\n{larger_lexicon(lines)}"


def fastest(run: Callable[[], object]) -> float:
    taken = []
    for _ in range(3):
        start = time.perf_counter()
        run()
        taken.append(time.perf_counter() - start)
    return min(taken)


def slope(x: list[float], y: list[float]) -> float:
    return statistics.linear_regression(x, y).slope


def larger_lexicon(lines: list[str]) -> str:
    """The same articles with a lexicon of ten times as many phrases, made of words that texts hold."""
    import escalation
    from escalation import lexicon

    texts = [json.loads(line)["text"] for line in random.Random(2).sample(lines, 200)]
    shipped = lexicon.parse_shipped()
    words = sorted({word for text in texts for word in text.lower().split() if word.isascii() and word.isalpha() and len(word) > 3})
    draw, count = random.Random(3), LEXICON_TIMES * sum(len(entry.phrases) for entry in shipped.entries)
    entries = "".join(f'[[entry]]\nid = "talks.made_{n}"\ncue = "talks"\nphrases = ["{" ".join(draw.sample(words, 3))}"]\nfires_on = ["x"]\nsilent_on = ["y"]\nsource = "made"\n' for n in range(count))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "made.toml"
        file.write_text(entries, encoding="utf-8")
        large = lexicon.load(file)
    import warnings

    warnings.simplefilter("ignore")
    scorers = [escalation.Scorer(lexicon=lex) for lex in (shipped, large)]
    for scorer in scorers:
        for text in texts:
            scorer.score(text)
    few, many = (fastest(lambda scorer=scorer: [scorer.score(text).risk for text in texts]) for scorer in scorers)
    return f"With {count:,} more phrases ({LEXICON_TIMES} times as many again): {many / few:.2f} times the time (wanted: at most 1.3).\n"


def stages(lines: list[str], gigabytes: float) -> str:
    """Microseconds that each step takes for an article, fastest of three rounds."""
    texts = [json.loads(line)["text"] for line in lines]
    random.Random(0).shuffle(texts)
    rounds = [steps(texts[:ARTICLES]) for _ in range(4)][1:]
    best = {name: 1e6 * min(taken[name] for taken in rounds) / ARTICLES for name in rounds[0]}
    total = sum(best.values())
    return "| step | µs an article | share |\n| --- | --- | --- |\n" + "".join(f"| {name} | {value:.0f} | {value / total:.0%} |\n" for name, value in best.items())


def steps(texts: list[str]) -> dict[str, float]:
    """Seconds of each step over all texts."""
    from escalation import lexicon, store

    lex, model, taken = lexicon.load(), store.shipped(), Counter[str]()
    for body in texts:
        one_by_one(body, lex, model, taken)
    return taken


def one_by_one(body: str, lex: Any, model: Any, taken: Counter[str]) -> None:
    """What reading and judging one article does, each step timed."""
    from escalation import context, cues, language, reader, text, tokens
    from escalation.records import Report

    def timed(name: str, run: Callable[[], Any]) -> Any:
        start = time.perf_counter()
        found = run()
        taken[name] += time.perf_counter() - start
        return found

    if timed("language", lambda: language.flags(body)):
        return
    spans = timed("sentences", lambda: text.split(body))
    found = timed("tokens", lambda: tokens.tokens_of(body))
    said = timed("words and names", lambda: [tokens.words(found, span.start, span.end) for span in spans])
    hits = timed("cues", lambda: [cues.find(words, lex) for words in said])
    scenes = [context.Scene(n, None, False, None) for n in range(len(said))]
    known = timed("qualifiers", lambda: [context.qualify(hit, words, body, lex, scene) for hit, words, scene in zip(hits, said, scenes, strict=True)])
    kept = timed("verdicts of the next sentence", lambda: [reader._judged(cue, said[n + 1 : n + 2], lex) for n, cue in enumerate(known)])
    numbers = timed("numbers", lambda: [reader._numbers(*item, model.vocabulary, lex.subjects) for item in zip(hits, kept, said, strict=True)])
    read = [reader.Read(span, tuple(cue), row) for span, cue, row in zip(spans, kept, numbers, strict=True)]
    timed("risk", lambda: model.judge(Report(body), read))


def write(part: str, text: str) -> None:
    page = ROOT / "docs" / "about" / "speed.md"
    before, _, rest = page.read_text(encoding="utf-8").partition(f"<!-- {part} -->\n")
    page.write_text(f"{before}<!-- {part} -->\n{text}<!-- end {part} -->{rest.partition(f'<!-- end {part} -->')[2]}", encoding="utf-8")


PARTS: dict[str, Callable[[list[str], float], str]] = {"rates": rates, "process": process, "memory": memory, "growth": growth, "stages": stages}

if __name__ == "__main__":
    sys.exit(main())
