"""What an error says to a caller in Python -> what it says in the shell."""

from __future__ import annotations

import re
from shlex import quote

# The example of a mapping, as the reading of labels writes it: labels={'calm': 0, 'hot': 4}.
_EXAMPLE = re.compile(r"\blabels=\{(?P<pairs>(?:(?:'[^']*'|\"[^\"]*\"): [\d?](?:, )?)+)\}")
_PAIR = re.compile(r"(?:'([^']*)'|\"([^\"]*)\"): ([\d?])")
_MAP = re.compile(r"\b(?:label_names=\.\.\.|labels=(?:\.\.\.|\{\.\.\.\}))")
_FIELD = re.compile(r"\b(text|label|group|published|weight|id|source)=\.\.\.")
_DATES = re.compile(r"\bdates='(dmy|mdy)'")

_NO_FIELDS = ("columns are given, but it has no fields: each file is one text. Leave columns out.", "fields are named, but it has no fields: each file is one text. Name none.")

_NOT_RESUMED = " (resume=False)"  # stands behind --fresh
_LIST = re.compile(r"(?<=there are )\[((?:'[^']*'|\"[^\"]*\"|, )+)\]")


def for_shell(message: str) -> str:
    """The message with options where it names arguments: ``label=...`` is ``--label FIELD``."""
    mapped = _MAP.sub("--map LABEL=CODE", _EXAMPLE.sub(_options, message))
    named = _FIELD.sub(r"--\1 FIELD", mapped).replace(*_NO_FIELDS).replace(_NOT_RESUMED, "")
    return _DATES.sub(r"--dates \1", _LIST.sub(r"\1", named))


def _options(found: re.Match[str]) -> str:
    pairs = ((plain or other, code) for plain, other, code in _PAIR.findall(found["pairs"]))
    return " ".join(f"--map {quote(f'{name}={code}') if code != '?' else f'{quote(name)}=?'}" for name, code in pairs)
