"""Check lexicon files against their own examples, and read their hits in real text.

    python tests/benchmarks/lexicon_check.py [FILES] [--recall] [--hits CUE] [-n 15] [--missed 15] [--seed 0]
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import os
import random
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
from escalation import cues, lexicon, text, tokens

DATA = Path(os.environ.get("ESCALATION_DATA", Path(__file__).parents[3] / "shared" / "data"))


def hits_in(sentence: str, lex: lexicon.Lexicon) -> list[cues.Hit]:
    read = tokens.tokens_of(sentence)
    return [h for s in text.split(sentence) for h in cues.find(tokens.words(read, s.start, s.end), lex) if h.entry.kind == "cue"]


def rows(name: str) -> list[dict]:
    with gzip.open(DATA / name, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def check_examples(lex: lexicon.Lexicon, files: set[str]) -> int:
    faults = 0
    for entry in lex.entries:
        if entry.kind != "cue" or (files and entry.file not in files):
            continue
        for sentence in entry.fires_on:
            if entry.id not in {h.entry.id for h in hits_in(sentence, lex)}:
                faults += 1
                print(f"{entry.file}: {entry.id}: should fire on {sentence!r}; found {[h.entry.id for h in hits_in(sentence, lex)]}")
        for sentence in entry.silent_on:
            if entry.id in {h.entry.id for h in hits_in(sentence, lex)}:
                faults += 1
                print(f"{entry.file}: {entry.id}: should be silent on {sentence!r}")
    return faults


def recall(lex: lexicon.Lexicon, missed: int, rng: random.Random) -> None:
    table: dict[str, Counter] = {}
    left: dict[str, list[str]] = {}
    for row in rows("icbe_sentences.jsonl.gz"):
        if row["split"] != "train":
            continue
        signs = {h.entry.direction for h in hits_in(row["text"], lex)}
        count = table.setdefault(row["label"], Counter())
        count["n"] += 1
        for sign in signs:
            count[sign] += 1
        want = {"escalation": 1, "restraint": -1}.get(row["label"])
        if want is not None and want not in signs:
            left.setdefault(row["label"], []).append(row["text"])
    for label, count in sorted(table.items()):
        print(f"{label:14s} n {count['n']:5d}  with + {count[1] / count['n']:.3f}  with - {count[-1] / count['n']:.3f}")
    for label, sentences in left.items():
        print(f"\n{label}: {len(sentences)} without a cue of that direction, some of them:")
        for sentence in rng.sample(sentences, min(missed, len(sentences))):
            print("  -", sentence)


def show_hits(lex: lexicon.Lexicon, cue: str, n: int, rng: random.Random) -> None:
    sources = [row["text"] for row in rows("reports.jsonl.gz") if int(hashlib.sha1(row["id"].encode()).hexdigest(), 16) % 5] + [row["text"] for row in rng.sample(rows("archive.jsonl.gz"), 3000)]
    rng.shuffle(sources)
    shown = 0
    for source in sources:
        read = tokens.tokens_of(source)
        for s in text.split(source):
            w = tokens.words(read, s.start, s.end)
            for h in cues.find(w, lex):
                if h.entry.kind == "cue" and h.entry.name == cue and shown < n and rng.random() < 0.3:
                    shown += 1
                    print(f"[{h.entry.id}] <{source[w.starts[h.first]:w.ends[h.last]]}> in: {s.text[:260]!r}")
        if shown >= n:
            return


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*")
    parser.add_argument("--recall", action="store_true")
    parser.add_argument("--hits")
    parser.add_argument("-n", type=int, default=20)
    parser.add_argument("--missed", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    lex = lexicon.parse_shipped()
    rng = random.Random(args.seed)
    ids = Counter(e.id for e in lex.entries)
    print(f"{len(lex.entries)} entries, {sum(1 for e in lex.entries if e.kind == 'cue')} of cues, {lex.size():,} sequences; twice: {[i for i, n in ids.items() if n > 1]}")
    faults = check_examples(lex, {Path(f).name for f in args.files})
    print(f"{faults} examples fail")
    if args.recall:
        recall(lex, args.missed, rng)
    if args.hits:
        show_hits(lex, args.hits, args.n, rng)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
