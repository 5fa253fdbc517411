"""Extend the lexicon with words of one's own conflict: find what lacks, check the file, score with it.

    python examples/extend_lexicon.py

In the shell: escalation lexicon gaps labelled.csv --labels; escalation lexicon check river.toml
"""

import warnings
from pathlib import Path

import escalation

DATA = Path(__file__).parent / "data"
REPORTS = (
    "Osterra shut the sluices of the Lorn dam on Monday.", "Osterra vowed to shut the sluices of the Lorn dam.", "Osterra did not shut the sluices of the Lorn dam.",
    "Osterra reopened the sluices of the Lorn dam on Monday.", "Engineers shut the sluices of the Lorn dam for repairs.",
)


def main() -> None:
    print("Phrases that go with the labels and hit no cue:")
    for gap in escalation.lexicon_gaps(escalation.read_labelled(DATA / "labelled.csv"), n=4):
        print(f"{gap.z:+.1f}  {gap.phrase}  ({gap.risky} risky reports, {gap.calm} others)")
    with warnings.catch_warnings():
        # The weights were fitted before the new entries; these count by their cue until labels teach more.
        warnings.simplefilter("ignore", escalation.LexiconWarning)
        extended = escalation.Scorer(lexicon=DATA / "river.toml")
    print("\nRisk with the shipped lexicon, with river.toml, and the cues it finds:")
    for report in REPORTS:
        after = extended.score(report)
        print(f"{escalation.score(report).risk:.3f} {after.risk:.3f}  {report}  {[(cue.name, cue.status, cue.realis) for cue in after.cues]}")


if __name__ == "__main__":
    main()
