"""The columns of score tables: one row per report, per sentence or per cue."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from escalation.errors import InputError


class Column(NamedTuple):
    """One column: its name, ``"int"``, ``"float"`` or ``"text"``, whether a cell may be empty, and what it holds."""

    name: str
    kind: str
    empty: bool
    about: str


_REPORT_OF = (
    Column("row", "int", False, "rows before the report in the archive; the same whenever the archive is read"),
    Column("id", "text", False, "the report's id in the archive; where it has none, the row as text"),
)
REPORT = (
    *_REPORT_OF,
    Column("published", "text", True, "date of publication, `2024-09-25`"),
    Column("source", "text", True, "who published it"),
    Column("risk", "float", False, "calibrated probability in [0, 1] that a coder would put the report at 3 or 4 of the codebook"),
    Column("low", "float", False, "lower end of the nominal 90 % interval of `risk`"),
    Column("high", "float", False, "upper end of the interval"),
    Column("level", "text", False, "`none`, `low`, `guarded`, `elevated` or `high`"),
    Column("rung", "int", False, "0 to 5, the highest rung asserted as happening now"),
    Column("evidence", "text", False, "`none`, `thin` or `enough`: how much there was to judge from"),
    Column("acts", "float", False, "sub-score of acts of force in [0, 1]"),
    Column("threats", "float", False, "sub-score of threats in [0, 1]"),
    Column("restraint", "float", False, "sub-score of restraint in [0, 1]"),
    Column("sentences", "int", False, "how many sentences the report has"),
    Column("cues", "int", False, "how many cues were found"),
    Column("flags", "text", False, "separated by spaces; `not_english` and `no_words` mark reports that were not judged: their risk is the base rate, their interval is everything; `homoglyphs` (words that mix Latin with Cyrillic or Greek letters, in which no cue is found) and `truncated` (only the first million characters were read) are notes on reports that were"),
    Column("countries", "text", False, "ISO 3166 alpha-3 codes, separated by spaces, the most mentioned first"),
    Column("actors", "text", False, "names of armed actors, separated by semicolons"),
    Column("copy_of", "text", True, "id of the first copy in the archive; empty where the report is no copy"),
)
SENTENCE = (
    *_REPORT_OF,
    Column("sentence", "int", False, "number of the sentence in its report, from 0"),
    Column("start", "int", False, "first character in the report's text"),
    Column("end", "int", False, "character after the last"),
    Column("text", "text", False, "the sentence"),
    Column("score", "float", False, "the sentence read alone: -1 (restraint) to 1 (escalation)"),
    Column("share", "float", False, "its part of the report's log-odds"),
    Column("cues", "text", False, "names of its cues, separated by spaces, in order"),
)
CUE = (
    *_REPORT_OF,
    Column("sentence", "int", False, "number of the sentence in its report, from 0"),
    Column("name", "text", False, "the cue"),
    Column("direction", "int", False, "1 escalation, -1 restraint, 0 context, as the lexicon has it"),
    Column("start", "int", False, "first character in the report's text"),
    Column("end", "int", False, "character after the last"),
    Column("text", "text", False, "the words of the cue"),
    Column("status", "text", False, "`asserted`, `negated`, `denied` or `doubted`"),
    Column("realis", "text", False, "`actual`, `threatened`, `planned`, `requested`, `feared` or `hypothetical`"),
    Column("time", "text", False, "`new`, `ongoing` or `background`"),
    Column("attribution", "text", False, "`none`, `media`, `official`, `party` or `anonymous`"),
    Column("flags", "text", False, "those that hold of `provisional`, `quoted`, `mitigated`, separated by spaces"),
    Column("magnitude", "text", False, "kind, least and most (`killed 9 9; injured 200 999`)"),
    Column("weight", "float", False, "signed contribution before learning: direction after qualification times strength"),
    Column("rung", "int", True, "severity of the cue, 0 to 5; empty where the lexicon gives none"),
)
LEVELS: Mapping[str, tuple[Column, ...]] = {"report": REPORT, "sentence": SENTENCE, "cue": CUE}
# Why a row of the archive has no scores.
ERRORS = (
    Column("row", "int", False, "rows before it in the archive"),
    Column("place", "text", False, "where it stands (`news.jsonl, line 7`)"),
    Column("id", "text", True, "its id, where one could be read"),
    Column("reason", "text", False, "why it was not scored, and what to do"),
)


def of(level: str) -> tuple[Column, ...]:
    """Columns of a table with one row per ``"report"``, ``"sentence"`` or ``"cue"``.

    Raises
    ------
    InputError
        There is no such level.
    """
    if level not in LEVELS:
        raise InputError(f"level: {level!r} is not one of {', '.join(LEVELS)}. Choose what one row stands for.")
    return LEVELS[level]


def page() -> str:
    """All columns as docs/reference/columns.md shows them."""
    tables = {f"One row per {level}": columns for level, columns in LEVELS.items()} | {"Rows that were not scored": ERRORS}
    head = ["# Columns of score tables", "", "Generated from `escalation/columns.py` by `python docs/make_reference.py`. The names and their order are fixed.", ""]
    parts = [f"## {title}\n\n| column | type | |\n| --- | --- | --- |\n{_lines(columns)}" for title, columns in tables.items()]
    return "\n".join(head) + "\n" + "\n\n".join(parts) + "\n"


def _lines(columns: tuple[Column, ...]) -> str:
    return "\n".join(f"| `{c.name}` | {c.kind}{', may be empty' if c.empty else ''} | {c.about} |" for c in columns)
