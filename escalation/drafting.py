"""A phrase with its examples -> a new entry at the end of a user's lexicon file."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from escalation import form, lexicon, proofreading
from escalation.errors import LexiconError

_HEAD = "# Entries of our own; they extend the lexicon that escalation ships. Format: docs/reference/lexicon.md\n"
_LONGEST_ID = 32  # characters of the phrase in an entry's id


def add(path: str | Path, cue: str, phrases: Sequence[str], fires_on: Sequence[str], silent_on: Sequence[str], source: str, strength: float | None = None) -> str:
    """Append an entry to a lexicon file, if it does what it claims.

    Parameters
    ----------
    path : the user's TOML file; made if there is none
    cue : a cue of the shipped lexicon or of the file
    phrases : as docs/reference/lexicon.md has them
    fires_on, silent_on : sentences on which the entry must fire, and must not
    source : where the phrase was found
    strength : 0 to 2; 1 where not given

    Returns
    -------
    str
        The entry's id.

    Raises
    ------
    LexiconError
        The file has faults, or the entry does not fire or stay silent as
        claimed. Then the file is as it was.
    """
    path = Path(path)
    before = lexicon.read(path).decode("utf-8", "replace") if path.exists() else _HEAD
    id = _free_id(cue, phrases[0] if phrases else "", before)
    fields = {"id": id, "cue": cue, "phrases": list(phrases), "strength": strength, "fires_on": list(fires_on), "silent_on": list(silent_on), "source": source}
    after = f"{before.rstrip()}\n\n[[entry]]\n" + "".join(f"{name} = {_toml(value)}\n" for name, value in fields.items() if value is not None)
    faults = proofreading.check_text(str(path), after.encode())
    told = [str(fault) for fault in faults if fault.kind == "error" or fault.entry == id]
    if told:
        raise LexiconError("\n".join([*told, "Nothing was written."]))
    _write(path, after)
    return id


def _free_id(cue: str, phrase: str, text: str) -> str:
    """``talks.own_palaver``, with a number where that is taken."""
    plain = re.sub(r"[^a-z0-9]+", "_", re.sub(r"/[vn]\b|<,?\d+>", "", phrase.lower())).strip("_")[:_LONGEST_ID].strip("_")
    id, number = f"{cue}.own_{plain or 'entry'}", 2
    free = id
    while form.line_of(text.encode(), free):
        free, number = f"{id}_{number}", number + 1
    return free


def _toml(value: object) -> str:
    """JSON's strings, lists and numbers are TOML's, but for the one control character that JSON lets pass."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _write(path: Path, text: str) -> None:
    part = path.with_name(path.name + ".part")
    try:
        part.write_text(text, encoding="utf-8")
        os.replace(part, path)
    except (OSError, UnicodeEncodeError) as fault:
        with suppress(OSError):
            part.unlink()
        raise LexiconError(f"{path}: cannot be written: {fault}. Choose another place, or leave out half characters.") from fault
