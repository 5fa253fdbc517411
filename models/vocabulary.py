"""Find the words of the word channel: common, and not names.

    python models/vocabulary.py [--data ../shared/data]

A word belongs when it stands in at least 40 articles and is written small in
at least 85 % of its places inside sentences of mixed case; that leaves out
countries, peoples, places, parties and persons without a list of any of them.
Writes ``models/vocabulary.txt``; only the fit needs it.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import re
from collections import Counter
from pathlib import Path

HERE = Path(__file__).parent
WORD = re.compile(r"[A-Za-z]+(?:['\u2019][A-Za-z]+)?")
SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+|[\"\u201c\u2018]")
# Names are joined by these ("Republic of X", "the Front for Y and Z").
JOINING = frozenset({"the", "of", "and", "for", "de", "du", "la", "al", "el", "bin", "ibn", "von", "van", "der", "st"})
LEAST_ARTICLES, LEAST_SMALL, SHARE_SMALL = 40, 30, 0.85


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("ESCALATION_DATA", HERE.parents[1] / "shared" / "data")))
    words = find(texts(parser.parse_args().data))
    (HERE / "vocabulary.txt").write_text("\n".join(words) + "\n", encoding="utf-8")
    print(f"{len(words)} words")


def texts(data: Path):
    for name in ("archive.jsonl.gz", "reports.jsonl.gz"):
        with gzip.open(data / name, "rt", encoding="utf-8") as file:
            for line in file:
                yield json.loads(line)["text"]


def find(articles) -> list[str]:
    """Words that pass, sorted."""
    small, places, held = Counter(), Counter(), Counter()
    for text in articles:
        if mixed_case(text):
            seen = set()
            for sentence in SENTENCE.split(text):
                count(WORD.findall(sentence), small, places, seen)
            held.update(seen)
    return sorted(w for w in held if len(w) > 1 and w not in JOINING and held[w] >= LEAST_ARTICLES and small[w] >= max(LEAST_SMALL, SHARE_SMALL * places[w]))


def mixed_case(text: str) -> bool:
    """Whether capitals tell names: neither all capitals nor none."""
    letters = [c for c in text[:2000] if c.isalpha()]
    return bool(letters) and 0.01 <= sum(c.isupper() for c in letters) / len(letters) <= 0.3


def count(tokens: list[str], small: Counter, places: Counter, seen: set[str]) -> None:
    if sum(t[0].isupper() for t in tokens) > 0.6 * len(tokens):
        return
    for at, token in enumerate(tokens):
        word = token.lower().replace("\u2019", "'").removesuffix("'s")
        seen.add(word)
        if at:
            places[word] += 1
            small[word] += token[0].islower()


if __name__ == "__main__":
    main()
