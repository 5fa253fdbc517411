"""Score one report and see why: its risk, its sentences, and what other words would do.

    python examples/score_report.py [FOLDER for the page]
"""

import sys
import tempfile
from pathlib import Path

import escalation

REPORT = Path(__file__).parent / "5_threats_and_talks.txt"
# One event, told in other words: what qualifies a cue counts as much as the cue.
WORDINGS = (
    "The army shelled the port of Mirabad on Monday.", "The army threatened to shell the port of Mirabad on Monday.",
    "The army was urged to shell the port of Mirabad on Monday.", "The army did not shell the port of Mirabad on Monday.",
    "The army shelled the port of Mirabad in the war of 1974.",
)


def main(folder: str) -> None:
    Path(folder).mkdir(parents=True, exist_ok=True)
    a = escalation.score(REPORT.read_text(encoding="utf-8"), published="2024-05-12")
    low, high = a.interval
    print(f"risk {a.risk:.2f} ({low:.2f} to {high:.2f}), level {a.level}, highest rung {a.rung}\n")
    for sentence in a.sentences:
        print(f"{sentence.share:+.2f}  {sentence.text}  {', '.join(cue.name for cue in sentence.cues)}")
    print(f"{a.baseline:+.2f}  an empty report; all together {a.baseline + sum(s.share for s in a.sentences):+.2f}, the log-odds of the risk")
    number, risk = max(a.explain().without, key=lambda without: abs(without[1] - a.risk))
    print(f"\nWithout {a.sentences[number].text!r} it would be {risk:.2f}.\n")
    for wording in WORDINGS:
        print(f"{escalation.score(wording, published='2024-05-12').risk:.2f}  {wording}")
    page = Path(folder, "report.html")
    page.write_text(escalation.explain_page.page(a), encoding="utf-8")
    print(f"\nThe same to look at: {page}")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp(prefix="report-"))
