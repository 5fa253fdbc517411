"""Assessment -> one HTML page, or the same for a notebook."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from typing import Any, NamedTuple

from escalation.gauge import gauge
from escalation.passages import passages, short, side, signed
from escalation.records import Assessment
from escalation.rendering import rendered, safe
from escalation.waterfall import waterfall

_FLAGS = {
    "not_english": "This text does not seem to be English, so it was not judged. The risk is the share of risky reports among those that the model learnt from; the interval is everything.",
    "no_words": "This text holds no words, so it was not judged. The risk is the share of risky reports among those that the model learnt from; the interval is everything.",
    "homoglyphs": "Some words mix Latin letters with Cyrillic or Greek ones that look like them. They are not read as what they look like, so cues may be missing.",
    "truncated": "The text is so long that only its first million characters were read.",
}
_EVIDENCE = {
    "none": "No sentence holds a cue: the risk rests on words alone, and its interval is wide.",
    "thin": "There is little to judge from: the interval is wide.",
}
# Leaving a sentence out means judging the rest anew. Sentences with smaller shares
# than so many others do not move the risk most, and long reports stay quick.
_TRIED = 40
_CHANGES = 5
_LETTERS = 110


class Change(NamedTuple):
    """What the risk would be without a sentence, whose number counts from 1."""

    sentence: int
    before: str
    after: str
    side: str
    words: str


def page(a: Assessment) -> str:
    """The assessment as a page: no script, nothing from a network, everything from the report escaped."""
    css = rendered("explain.css", page=True)
    return rendered("explain.html", css=safe(css), digest=_digest(css), **_values(a, "", True))


def fragment(a: Assessment) -> str:
    """The assessment for a notebook: styles and ids keep to themselves."""
    prefix = f"e{sha256(repr((a.report, a.risk)).encode()).hexdigest()[:10]}-"
    return rendered("explain_notebook.html", css=safe(rendered("explain.css", page=False)), **_values(a, prefix, False))


def changes(a: Assessment) -> tuple[Change, ...]:
    """The sentences without which the risk would differ most, the strongest first."""
    shares = sorted(((abs(s.share), number) for number, s in enumerate(a.sentences, 1) if s.share), key=lambda pair: (-pair[0], pair[1]))
    found = [(a.without(number - 1), number) for _, number in shares[:_TRIED]]
    found.sort(key=lambda pair: (-abs(pair[0] - a.risk), pair[1]))
    return tuple(_change(a, risk, number) for risk, number in found[:_CHANGES])


def _change(a: Assessment, risk: float, number: int) -> Change:
    before, after = probabilities(a.risk, risk)
    return Change(number, before, after, side(a.risk - risk), short(a.sentences[number - 1].text, _LETTERS))


def probabilities(*values: float) -> tuple[str, ...]:
    """Probabilities in as few digits, from two to four, as tell them from each other, from 0 and from 1."""
    for digits in (2, 3, 4):
        told = tuple(f"{value:.{digits}f}" for value in values)
        if len(set(told)) == len(set(values)) and not {"0." + "0" * digits, "1." + "0" * digits} & set(told):
            break
    return told


def _values(a: Assessment, prefix: str, whole: bool) -> dict[str, Any]:
    judged = a.judged
    low, risk, high = probabilities(a.interval[0], a.risk, a.interval[1]) if judged else (f"{number:.2f}" for number in (a.interval[0], a.risk, a.interval[1]))
    return {
        "a": a, "prefix": prefix, "page": whole, "judged": judged, "title": short(a.report.id or "", _LETTERS) or "One report", "source": short(a.report.source or "", _LETTERS),
        "low": low, "risk": risk, "high": high, "signed": signed,
        "notes": list(_notes(a)), "passages": list(passages(a)), "gauge": safe(gauge(a)), "changes": changes(a) if judged else (),
        "waterfall": safe(waterfall(a, prefix)) if judged else "", "foreign": "not_english" in a.flags,
    }


def _notes(a: Assessment) -> Iterator[str]:
    for flag in a.flags:
        yield _FLAGS.get(flag, f"Not judged: {flag}.")
    if a.judged and a.evidence in _EVIDENCE:
        yield _EVIDENCE[a.evidence]


def _digest(css: str) -> str:
    """What the page's policy lets through: this style and no other."""
    return b64encode(sha256(css.encode()).digest()).decode()
