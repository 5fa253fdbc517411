"""Write docs/reference/cues.md and qualifiers.md from the lexicon, and columns.md: ``python docs/make_reference.py``."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
from escalation import columns, lexicon

SIGNS = {1: "+", 0: "0", -1: "−"}


def main() -> None:
    shipped = lexicon.parse_shipped()
    (HERE / "reference").mkdir(exist_ok=True)
    (HERE / "reference" / "cues.md").write_text(cues(shipped), encoding="utf-8")
    (HERE / "reference" / "qualifiers.md").write_text(qualifiers(shipped), encoding="utf-8")
    (HERE / "reference" / "columns.md").write_text(columns.page(), encoding="utf-8")


def cues(shipped: lexicon.Lexicon) -> str:
    """The page of cues: codes, sign clashes, entries with their examples."""
    lines = ["# Cues", "", f"Generated from the lexicon: {len(shipped.cues)} cues, {sum(e.kind == 'cue' for e in shipped.entries)} entries, {shipped.size():,} word sequences.", ""]
    lines += ["| cue | sign | family | rung | PLOVER (score) | CAMEO | Goldstein |", "| --- | --- | --- | --- | --- | --- | --- |"]
    lines += [row(name, about) for name, about in shipped.metadata.items()]
    lines += ["", "## Where the codes have the other sign", "", "CAMEO and PLOVER code who cooperates with whom; sending arms to a belligerent is help there and escalation here.", ""]
    lines += [f"- `{name}` ({SIGNS[about['direction']]})" for name, about in shipped.metadata.items() if about.get("clash")]
    lines += ["", "## Entries", ""]
    for entry in shipped.entries:
        if entry.kind == "cue":
            lines += [f"### {entry.id}", "", f"Strength {entry.strength:g}. Fires on: *{entry.fires_on[0]}* Silent on: *{entry.silent_on[0]}* Source: {entry.source}.", ""]
    return "\n".join(lines)


def row(name: str, about: dict) -> str:
    plover = about.get("plover")
    code = " ".join(str(part) for part in plover[:2] if part) + f" ({plover[2]:g})" if plover else ""
    return f"| {name} | {SIGNS[about['direction']]} | {about['family']} | {about['rung']} | {code} | {', '.join(about.get('cameo', ()))} | {', '.join(f'{g:g}' for g in about.get('goldstein', ()))} |"


def qualifiers(shipped: lexicon.Lexicon) -> str:
    """The page of qualifiers with their examples."""
    lines = ["# Qualifiers", "", "Generated from `escalation/lexicons/context.toml`. The reach says on which side of the trigger the qualified cue stands.", ""]
    lines += ["| entry | sets | reach | words | fires on |", "| --- | --- | --- | --- | --- |"]
    lines += [f"| {e.id} | {e.kind} {e.name} | {e.reach} | {e.most} | {e.fires_on[0]} |" for e in shipped.entries if e.kind not in ("cue", "exclusion", "unless")]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
