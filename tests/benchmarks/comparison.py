"""Put VADER, a count of the GPR index's words and ours before the same pairs and off-topic texts.

    python tests/benchmarks/comparison.py [--data ../shared/data] [--write]

The pairs and texts are the promises that the package carries, read through
``escalation.gate``. Whole reports, for which the GPR index's search was made, are
read from reports.jsonl.gz where it is there; ours of them is in quality.md, with
every fold refitted. ``--write`` puts the tables into docs/about/comparison.md.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "models")]
import table

from escalation import Scorer, gate
from escalation.evaluation import auc

PAGE, START, END = ROOT / "docs" / "about" / "comparison.md", "<!-- figures -->\n", "<!-- end -->"
# What the two texts of a pair differ in, by group of the promises.
DIFFERENCE = {
    "negation": "negated, or a negation negated", "modality": "threatened, feared, hypothetical", "background": "past, remembered", "request": "asked for, not done",
    "attribution": "confirmed, denied, doubted", "outcome": "intercepted, foiled, failed", "restraint_by_choice": "held back, called off", "deterrence": "force threatened, or deterred",
    "diplomacy": "talks, truces, refusals", "trend_words": "rising or easing", "intensity": "scale and numbers", "word_sense": "other senses of the same words", "whole_report": "several sentences",
}
# No rule was written against the pairs of these ids; see docs/about/quality.md.
UNSEEN = ("pe-", "hd-")
CALM = 0.10  # ours: the line of the promise for off-topic texts
NEUTRAL = -0.05  # VADER: the README's line between neutral and negative compounds

# Caldara & Iacoviello (2022), "Measuring Geopolitical Risk", American Economic
# Review 112(4), table 1, panels B and C; * stands for any ending.
WAR = "war, conflict, hostilities, revolution*, insurrection, uprising, revolt, coup, geopolitical"
PEACE = "peace, truce, armistice, treaty, parley"
MILITARY = "military, troops, missile*, arms, weapon*, bomb*, warhead*"
NUCLEAR = "nuclear war*, atomic war*, nuclear missile*, nuclear bomb*, atomic bomb*, h bomb*, hydrogen bomb*, nuclear test, nuclear weapon*"
TERRORISM = "terror*, guerrilla*, hostage*"
ACTORS = "allie*, enem*, insurgen*, foe*, army, navy, aerial, troops, rebels"
THREAT = "threat*, warn*, fear*, risk*, concern*, danger*, doubt*, crisis, troubl*, disput*, tension*, imminen*, inevitable, footing, menace*, brink, scare, peril*"
DISRUPTION = "threat*, menace*, reject*, peril*, boycott*, disrupt*"
BUILDUP = "buildup*, build up*, sanction*, blockad*, embargo, quarantine, ultimatum, mobiliz*"
BEGIN = "begin*, start*, declar*, begun, began, outbreak, broke out, breakout, proclamation, launch*"
FIGHT = "advance*, attack*, strike*, drive*, shell*, offensive, invasion, invad*, clash*, raid*, launch*"
TERROR_ACT = "attack, act, bomb*, kill*, strike*, hijack*"
EXCLUDED = "movie*, film*, museum*, anniversar*, obituar*, memorial*, arts, book, books, memoir*, price war, game, story, history, veteran*, tribute*, sport, music, racing, cancer, real estate, mafia, trial, tax"
ANYWHERE, NEAR = 10**9, 3  # words from one to the other; "within two words" read as two words between them, the wider way
# Panel A: what must meet what, and how near.
CATEGORIES = (
    (WAR, THREAT, NEAR), (PEACE, DISRUPTION, NEAR), (MILITARY, BUILDUP, ANYWHERE), (NUCLEAR, THREAT, ANYWHERE), (TERRORISM, THREAT, NEAR),
    (WAR, BEGIN, NEAR), (ACTORS, FIGHT, NEAR), (TERRORISM, TERROR_ACT, NEAR),
)


class Rater(NamedTuple):
    """One way to rate a text: a number that is higher where there is more risk, and whether the text is called calm."""

    name: str
    rate: Callable[[str], float]
    calm: Callable[[str], bool]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("ESCALATION_DATA", ROOT.parent / "shared" / "data")))
    parser.add_argument("--write", action="store_true", help="write docs/about/comparison.md")
    args = parser.parse_args()
    promises, raters = gate.promises(), tuple(make_raters())
    text = "\n".join([*pair_table(promises["pairs"], raters), "", *calm_table(promises, raters), *report_row(args.data, raters)]) + "\n"
    print(text)
    if args.write:
        write(text)
    return 0


def make_raters() -> Iterator[Rater]:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    scorer, vader = Scorer(), SentimentIntensityAnalyzer()

    def sentiment(text: str) -> float:
        return float(np.mean([vader.polarity_scores(sentence)["compound"] for sentence in re.split(r"(?<=[.!?])\s+", text)]))

    def quiet(text: str) -> bool:
        assessment = scorer.score(text)
        return assessment.risk < CALM and assessment.level == "none"

    yield Rater("ours", lambda text: scorer.score(text).risk, quiet)
    yield Rater("VADER", lambda text: -sentiment(text), lambda text: sentiment(text) > NEUTRAL)
    yield Rater("GPR words, counted", words_met, lambda text: not words_met(text))
    yield Rater("GPR search, as published", lambda text: float(found(text)), lambda text: not found(text))


def found(text: str) -> bool:
    """Whether the index's search finds a text: a category is met, and no excluded word is there."""
    return words_met(text) > 0 and not places(EXCLUDED, plain(text))


def words_met(text: str) -> float:
    """How often a text meets the eight categories, whatever else stands in it."""
    words = plain(text)
    return float(sum(meetings(places(topic, words), places(other, words), reach) for topic, other, reach in CATEGORIES))


def plain(text: str) -> str:
    """Words in lower case with one space between them; hyphens part them."""
    return " ".join(re.findall(r"[a-z0-9']+", text.lower().replace("’", "'")))


def places(phrases: str, words: str) -> list[tuple[int, int]]:
    """First and last word of every hit."""
    pattern = phrases.replace(", ", "|").replace("*", r"[a-z0-9']*")
    hits = re.finditer(rf"(?<!\S)(?:{pattern})(?!\S)", words)
    return [(first := words.count(" ", 0, hit.start()), first + hit.group().count(" ")) for hit in hits]


def meetings(topics: list[tuple[int, int]], others: list[tuple[int, int]], reach: int) -> int:
    """Hits of a topic that have a hit of the other words within reach."""
    return sum(any(0 < max(a[0] - b[1], b[0] - a[1]) <= reach for b in others) for a in topics)


def pair_table(pairs: tuple[gate.Item, ...], raters: tuple[Rater, ...]) -> Iterator[str]:
    """Share of pairs in the right order, with the share that a rater cannot tell apart."""
    gaps = {rater.name: np.array([rater.rate(pair.texts[0]) - rater.rate(pair.texts[1]) for pair in pairs]) for rater in raters}
    groups, unseen = np.array([pair.group for pair in pairs]), np.array([pair.id.startswith(UNSEEN) for pair in pairs])
    yield f"{len(pairs)} pairs: share in the right order (share told as the same)."
    yield ""
    yield f"| group | what differs | pairs | {' | '.join(gaps)} |"
    yield "| --- " * (len(gaps) + 3) + "|"
    for group, what in DIFFERENCE.items():
        yield row(group, what, groups == group, gaps)
    yield row("**all**", "", groups != "", gaps)
    yield row("**no rule was written against these**", "suites `unseen`, `wires`", unseen, gaps)


def row(group: str, what: str, which: np.ndarray, gaps: Mapping[str, np.ndarray]) -> str:
    return f"| {group} | {what} | {which.sum()} | {' | '.join(told(gap[which]) for gap in gaps.values())} |"


def told(gap: np.ndarray) -> str:
    return f"{np.mean(gap > 0):.2f} ({np.mean(gap == 0):.2f})"


def calm_table(promises: Mapping[str, tuple[gate.Item, ...]], raters: tuple[Rater, ...]) -> Iterator[str]:
    """What is called calm and should be, and what is and should not."""
    offtopic, pairs = promises["offtopic"], promises["pairs"]
    yield f"| | {' | '.join(rater.name for rater in raters)} |"
    yield "| --- " * (len(raters) + 1) + "|"
    yield f"| {len(offtopic)} off-topic texts called calm (more is better) | {' | '.join(f'{np.mean([rater.calm(item.texts[0]) for item in offtopic]):.2f}' for rater in raters)} |"
    yield f"| {len(pairs)} riskier texts of the pairs called calm (fewer is better) | {' | '.join(f'{np.mean([rater.calm(item.texts[0]) for item in pairs]):.2f}' for rater in raters)} |"


def report_row(data: Path, raters: tuple[Rater, ...]) -> Iterator[str]:
    """AUC of all development reports, and of those about a conflict."""
    file = data / "reports.jsonl.gz"
    if not file.exists():
        print(f"{file} is not there: the row of whole reports is left out", file=sys.stderr)
        return
    examples = table.load()
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        texts = {item["id"]: item["text"] for item in map(json.loads, lines)}
    rows = [(texts[key], risk) for key, risk in zip(examples.ids, examples.risk, strict=True) if key in texts]
    risk = np.array([code for _, code in rows])
    rates = [np.array([rater.rate(text) for text, _ in rows]) for rater in raters[1:]]
    cells = [f"{auc(risk >= 2.5, rate):.2f} / {auc(risk[risk > 0] >= 2.5, rate[risk > 0]):.2f}" for rate in rates]
    yield f"| {len(rows)} whole reports, AUC / among those about a conflict | see [quality](quality.md) | {' | '.join(cells)} |"


def write(text: str) -> None:
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(START)
    PAGE.write_text(f"{before}{START}{text}{END}{rest.partition(END)[2]}", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
