"""Report -> whether it is English, and what is odd about it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from escalation.visible import beginning, visible

# The commonest function words: no English text of some length does without.
# Those that Spanish, French, German or Dutch share (a, in, was, on, me) are left out.
_FUNCTION = frozenset(
    "the of to and for that with as by it at from were have had his her their its they she you this which who will would been after but or said says".split()
)
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")
_LETTERS_AND_SPACES = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ "
_ODD = re.compile(r"[^\x00-\x7f]")
_WORD = re.compile(r"[^\W\d_]+")
# Below this many words a guess is a lottery: headlines are taken at their word.
_FEWEST = 8
# English prose has 0.35 to 0.5; telegrams and headlines go down to 0.1.
_ENOUGH = 0.12
_SAMPLE = 1500  # characters; a language does not change its mind later
# Letters of Cyrillic, and those of Greek that look like Latin ones (Unicode
# TR39, confusables.txt): alpha in a Latin word is a disguise, omega is a unit.
_STRANGE = re.compile("[\u0400-\u052f\u1c80-\u1c8f\u2de0-\u2dff\ua640-\ua69f\u03b1\u03b3\u03b9\u03ba\u03bd\u03bf\u03c1\u03c3\u03c4\u03c5\u03c7\u03f2\u03f3\u0391\u0392\u0395-\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7]")
_ENGLISH = re.compile("[A-Za-z]")
_HIDDEN = 4  # characters that are looked at for one that is seen


def flags(text: str) -> tuple[str, ...]:
    """``("no_words",)``, ``("not_english",)`` or nothing.

    Cheap by design: function words decide nearly always; ``py3langid`` is
    asked, and imported, only where they are too few.
    """
    sample = visible(text[: _SAMPLE * _HIDDEN]).text[:_SAMPLE]
    if _plainly(sample):
        return ()
    words = _WORD.findall(sample.lower())
    if not words and sum(map(str.isalpha, text)) < 2:
        return ("no_words",)
    if not sample.isascii() and _foreign(sample, words):
        return ("not_english",)
    if len(words) < _FEWEST or sum(map(_FUNCTION.__contains__, words)) >= _ENOUGH * len(words):
        return ()
    return () if _guess(sample) == "en" else ("not_english",)


def notes(text: str) -> tuple[str, ...]:
    """What a reader should know of a text that is judged: ``"homoglyphs"``, ``"truncated"``.

    The first tells of words that mix Latin letters with Cyrillic or Greek ones.
    They are not read as what they look like: nobody can tell a disguise from a
    slip, and a report that hides its words is for a person to look at.
    """
    return (*(("homoglyphs",) if _disguised(beginning(text)) else ()), *extent(text))


def extent(text: str) -> tuple[str, ...]:
    """``"truncated"`` where not all of a text is read."""
    return ("truncated",) if len(beginning(text)) < len(text.rstrip()) else ()


def _disguised(text: str) -> bool:
    """Whether any word mixes Latin letters with others that look like them."""
    if text.isascii() or not _STRANGE.search(text):
        return False
    return any(_STRANGE.search(word) and _ENGLISH.search(word) for word in _WORD.findall(visible(text).text))


def _plainly(sample: str) -> bool:
    """Whether a text is English beyond doubt, by bounds that take no look at single letters."""
    chunks = sample.lower().split()
    known = sum(map(_FUNCTION.__contains__, chunks))
    data = sample.encode("utf-8", "surrogatepass")
    # Whatever is neither a letter nor a space may stand between two words.
    others = len(data.translate(None, _LETTERS_AND_SPACES))
    letters = len(data) - others - sample.count(" ")
    return known >= _ENOUGH * (len(chunks) + others) and known > 0 and others <= 0.4 * (letters - others)


def _foreign(sample: str, words: Sequence[str]) -> bool:
    """Whether more than four letters in ten are not Latin."""
    odd = len(_ODD.findall(sample))
    # Curly quotes and accents alone do not make a text foreign, and counting is slow.
    if odd <= 0.4 * (sum(map(len, words)) - odd):
        return False
    return len(_LATIN.findall(sample)) < 0.6 * sum(map(str.isalpha, sample))


def _guess(sample: str) -> str:
    import py3langid

    # A text all in capitals or with half its words foreign names is closer to
    # English than to anything else; lower case is what the model was fitted on.
    return str(py3langid.classify(sample.lower())[0])
