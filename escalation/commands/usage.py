"""Command -> the examples that its ``--help`` ends with."""

from __future__ import annotations

from collections.abc import Mapping

EXAMPLES: Mapping[str, tuple[str, ...]] = {
    "score": ("escalation score report.txt --published 2024-09-25", "escalation score archive.jsonl -o scores.parquet --jobs 4"),
    "explain": ("escalation explain report.txt --html report.html", "escalation explain archive.jsonl --id r12"),
    "train": ("escalation train labels.csv --out models/mine --group event", "escalation train labels.csv --out models/mine --map calm=0 --map tense=2 --map hot=4"),
    "evaluate": ("escalation evaluate shipped labels.csv", "escalation evaluate models/mine new_labels.csv --group event --html page.html"),
    "compare": ("escalation compare shipped models/mine new_labels.csv", "escalation compare models/mine models/next new_labels.csv --json"),
    "agree": ("escalation agree anna.csv ben.csv", "escalation agree anna.csv ben.csv --map calm=0 --map hot=4"),
    "sample": ("escalation sample archive.jsonl -n 100 --out round1.csv", "escalation sample archive.csv --text story --by source --out round1.json --tool label-studio"),
    "index": ("escalation index scores.parquet --freq W --plot index.html", "escalation index scores.parquet --by countries --base 1987-01-01:1987-06-30 -o index.csv"),
    "report": ("escalation report scores.parquet -o page.html", "escalation report scores.parquet -o page.html --archive archive.jsonl --by countries"),
    "gaps": ("escalation lexicon gaps archive.jsonl", "escalation lexicon gaps labels.csv --labels -n 20"),
    "add": (
        "escalation lexicon add mine.toml --cue ceasefire --phrase 'lay/v down <2> arms' --source 'own reading' \\\n"
        "      --fires-on 'The rebels laid down their arms.' --silent-on 'They laid down the rules.'",
        "escalation lexicon add mine.toml --cue mobilization --phrase 'call/v up reservists' --strength 1.2 --source 'own reading' \\\n"
        "      --fires-on 'The army called up reservists.' --silent-on 'The club called up a striker.'",
    ),
    "check": ("escalation lexicon check mine.toml", "escalation lexicon check cues.toml qualifiers.toml --replace"),
}


def epilog(command: str) -> str:
    """The examples as a paragraph whose lines stay as they are, which click marks so."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in EXAMPLES[command])
