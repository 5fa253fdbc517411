"""Write the pages of docs/reference that the code itself tells: ``python docs/make_reference.py``.

cues.md and qualifiers.md come from the lexicon, columns.md from the score
tables, shell.md from the commands.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
from escalation import columns, lexicon

SIGNS = {1: "+", 0: "0", -1: "−"}
# Why a code's sign is the other one: CAMEO and PLOVER score how the source treats the target.
CLASHES = {
    "third_party_entry": "who sends troops to a belligerent cooperates with him, and widens the war",
    "arms_supply": "arms are aid to whoever gets them, and make the war longer or wider",
    "call_to_attack": "a request for help is a friendly act between those two, and asks for an attack on a third",
    "decline_to_join": "refusing an ally is uncooperative towards him, and keeps a war from widening",
    "call_for_restraint": "a demand that force should end counts as a demand made of somebody, and speaks for calm",
}
KINDS = ("cue", "exclusion", "unless")


def main() -> None:
    (HERE / "reference").mkdir(exist_ok=True)
    for name, page in pages().items():
        (HERE / "reference" / name).write_text(page, encoding="utf-8")


def pages() -> dict[str, str]:
    """File name -> its text."""
    shipped = lexicon.parse_shipped()
    return {"cues.md": cues(shipped), "qualifiers.md": qualifiers(shipped), "columns.md": columns.page(), "shell.md": shell()}


def cues(shipped: lexicon.Lexicon) -> str:
    """The page of cues: codes, sign clashes, and every entry with its examples."""
    lines = ["# Cues", "", f"Generated from the lexicon: {len(shipped.cues)} cues, {sum(e.kind == 'cue' for e in shipped.entries)} entries, {shipped.size():,} word sequences.", ""]
    lines += ["Sign: + escalation, − restraint, 0 context. Rung: severity as the codebook has it, 0 to 5. PLOVER and CAMEO with its Goldstein values are what event coders call the same thing.", ""]
    lines += ["| cue | sign | family | rung | PLOVER (score) | CAMEO | Goldstein |", "| --- | --- | --- | --- | --- | --- | --- |"]
    lines += [row(name, about) for name, about in shipped.metadata.items()]
    lines += ["", "## Where the codes have the other sign", "", *clashes(shipped)]
    lines += ["## Entries", "", "Their phrases stand in `escalation/lexicons/`; [lexicon](lexicon.md) explains how they are written.", ""]
    for name in shipped.cues:
        lines += [f"### {name}", "", *(line for entry in shipped.entries if (entry.kind, entry.name) == ("cue", name) for line in told(entry))]
    return "\n".join(lines)


def row(name: str, about: dict) -> str:
    return f"| {name} | {SIGNS[about['direction']]} | {about['family']} | {about['rung']} | {plover(about)} | {', '.join(about.get('cameo', ()))} | {', '.join(f'{g:g}' for g in about.get('goldstein', ()))} |"


def plover(about: dict) -> str:
    code = about.get("plover")
    return " ".join(str(part) for part in code[:2] if part) + f" ({code[2]:g})" if code else ""


def clashes(shipped: lexicon.Lexicon) -> Iterator[str]:
    """The table of cues whose code has the other sign."""
    found = {name: about for name, about in shipped.metadata.items() if about.get("clash")}
    assert found.keys() == CLASHES.keys(), f"say in CLASHES why: {found.keys() ^ CLASHES.keys()}"
    yield from ("CAMEO and PLOVER score how one actor treats another; the sign here tells whether a conflict grows. Five times the two differ.", "")
    yield from ("| cue | sign | PLOVER (score) | CAMEO (Goldstein) | why |", "| --- | --- | --- | --- | --- |")
    for name, about in found.items():
        codes = ", ".join(f"{code} ({g:g})" for code, g in zip(about["cameo"], about["goldstein"], strict=True))
        yield f"| {name} | {SIGNS[about['direction']]} | {plover(about)} | {codes} | {CLASHES[name]} |"
    yield ""


def told(entry: lexicon.Entry) -> Iterator[str]:
    """An entry with all of its examples."""
    yield from (f"`{entry.id}`, strength {entry.strength:g}. Source: {entry.source}.", "")
    yield from (f"- fires on: *{text}*" for text in entry.fires_on)
    yield from (f"- silent on: *{text}*" for text in entry.silent_on)
    yield ""


def qualifiers(shipped: lexicon.Lexicon) -> str:
    """The page of qualifiers with their examples."""
    lines = ["# Qualifiers", "", "Generated from `escalation/lexicons/context.toml`. The reach says on which side of the trigger the qualified cue stands, and how many words away at most.", ""]
    lines += ["| entry | sets | reach | words | fires on | silent on |", "| --- | --- | --- | --- | --- | --- |"]
    found = [entry for entry in shipped.entries if entry.kind not in KINDS]
    lines += [f"| {e.id} | {e.kind} {e.name} | {e.reach} | {e.most} | {' '.join(e.fires_on)} | {' '.join(e.silent_on)} |" for e in found]
    lines += ["", "## Where they come from", "", *(f"- `{e.id}`: {e.source}" for e in found)]
    return "\n".join(lines) + "\n"


def shell() -> str:
    """The page of commands, as ``--help`` tells them."""
    import typer
    from typer.cli import get_docs_for_click

    from escalation.__main__ import app

    command = typer.main.get_command(app)
    told = get_docs_for_click(obj=command, ctx=typer.Context(command), name="escalation", title="Shell")
    told = re.sub("\b\nExamples:\n((?:  .*\n)+)", lambda found: f"**Examples**:\n\n```console\n{dedent(found[1])}```\n", told)
    return told.replace("\n**Usage**", "\nGenerated from `--help`.\n\n**Usage**", 1)


if __name__ == "__main__":
    main()
