"""Report -> whether it is English, and what is odd about it."""

from __future__ import annotations

import re

# The commonest function words: no English text of some length does without.
_FUNCTION = frozenset(
    "the of to and a in is was for that on with as by it at from be are were has have had not his her their its they he she we you i "
    "an this which who will would been after but or said says no".split()
)
# Words that Spanish, French, German and Dutch share with the list above.
_SHARED = frozenset("a in is was are on be an no i has he me we not".split())
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")
_LETTER = re.compile(r"[^\W\d_]")
# Below this many words a guess is a lottery: headlines are taken at their word.
_FEWEST = 8
# English prose has 0.35 to 0.5; telegrams and headlines go down to 0.1.
_ENOUGH = 0.12
_SAMPLE = 4000  # characters; a language does not change its mind later


def flags(text: str) -> tuple[str, ...]:
    """``("no_words",)``, ``("not_english",)`` or nothing.

    Cheap by design: function words decide nearly always; ``py3langid`` is
    asked, and imported, only where they are too few.
    """
    sample = text[:_SAMPLE]
    letters = len(_LETTER.findall(sample)) or len(_LETTER.findall(text))
    if letters < 2:
        return ("no_words",)
    if len(_LATIN.findall(sample)) < 0.6 * len(_LETTER.findall(sample)):
        return ("not_english",)
    words = re.findall(r"[^\W\d_]+", sample.lower())
    if len(words) < _FEWEST or sum(word in _FUNCTION - _SHARED for word in words) >= _ENOUGH * len(words):
        return ()
    return () if _guess(sample) == "en" else ("not_english",)


def _guess(sample: str) -> str:
    import py3langid

    # A text all in capitals or with half its words foreign names is closer to
    # English than to anything else; lower case is what the model was fitted on.
    return str(py3langid.classify(sample.lower())[0])
