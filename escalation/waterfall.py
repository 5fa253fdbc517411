"""Assessment -> the sum from baseline to risk, and its picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from math import log
from typing import NamedTuple

from escalation.adding import add_up
from escalation.marks import WIDTH, Scale, dot, frame, line, linear, text
from escalation.passages import short, side, signed
from escalation.records import Assessment
from escalation.risk import sigmoid

_SHOWN = 8  # sentences with a bar of their own: more bars than a reader weighs at a glance
_LETTERS = 42  # of a sentence in front of its bar
_ROW, _BAR, _TIP = 36, 9, 5  # height of a row, of its bar, and length of the bar's point
_SIDE, _FOOT = 14, 34
_NUMBER = 58  # room for a number beside its bar
_GAP = 7  # between the two
_LEAST = 1.0  # log-odds that the axis spans at least
# Risks that are told below the axis where they have room, the first before the others.
_RISKS = (0.5, 0.01, 0.99, 0.05, 0.95, 0.2, 0.8, 0.001, 0.999, 0.02, 0.98, 0.1, 0.9, 0.3, 0.7, 0.005, 0.995, 0.002, 0.998)
_APART = 34


class Step(NamedTuple):
    """A bar of the sum: log-odds before and after it; ``sentence`` is its number from 1, or 0."""

    label: str
    start: float
    end: float
    sentence: int = 0


def steps(a: Assessment) -> tuple[Step, ...]:
    """Bars from the baseline to the log-odds of the risk, the strongest sentence first, the weak ones together."""
    shares = sorted(((s.share, number) for number, s in enumerate(a.sentences, 1) if s.share), key=lambda pair: (-abs(pair[0]), pair[1]))
    # A rest of one sentence is that sentence.
    shown = shares if len(shares) <= _SHOWN + 1 else shares[:_SHOWN]
    found, at = [], a.baseline
    for share, number in shown:
        found.append(Step(f"{number}  {short(a.sentences[number - 1].text, _LETTERS)}", at, at + share, number))
        at += share
    if rest := shares[len(shown) :]:
        found.append(Step(f"the other {len(rest)} sentences", at, at + add_up(share for share, _ in rest)))
    return tuple(found)


def waterfall(a: Assessment, prefix: str) -> str:
    """The sum as SVG; each sentence's label leads to the element whose id is ``prefix``, an s and its number."""
    bars = steps(a)
    ends = [a.baseline, *(bar.end for bar in bars)]
    low, high = min(ends), max(*ends, min(ends) + _LEAST)
    x = linear(low, high, _SIDE, WIDTH - _NUMBER)
    foot = _ROW * (len(bars) + 2)
    marks = [*_axis(x, (low, high), foot), *_end(x, a.baseline, 0, "Baseline: an empty report")]
    for row, bar in enumerate(bars, 1):
        marks += _bar(x, bar, row, prefix)
    marks += _end(x, ends[-1], len(bars) + 1, f"Log-odds {signed(ends[-1])}: the risk")
    return frame(marks, foot + _FOOT, f"From the baseline, log-odds {a.baseline:+.2f}, to the risk, log-odds {ends[-1]:+.2f}", "group")


def _axis(x: Scale, ends: tuple[float, float], foot: float) -> Iterator[str]:
    """Risks where their log-odds lie."""
    kept: list[float] = []
    for risk in _RISKS:
        at = _logit(risk)
        if ends[0] <= at <= ends[1] and all(abs(x(at) - x(_logit(other))) >= _APART for other in kept):
            kept.append(risk)
            yield line(x(at), 0, x(at), foot, "grid") + text(x(at), foot + 14, f"{risk:g}", "small middle")
    yield text((_SIDE + WIDTH - _NUMBER) / 2, foot + 29, "risk", "small middle")


def _end(x: Scale, at: float, row: int, label: str) -> Iterator[str]:
    """Where the sum begins or ends."""
    middle = _middle(row)
    yield text(0, middle - _BAR - 4, label, "strong") + dot(x(at), middle)
    yield text(x(at) + _GAP, middle + 4, signed(at) if row == 0 else f"{sigmoid(at):.3f}", "number")
    yield line(x(at), middle + _BAR / 2, x(at), middle + _ROW - _BAR / 2, "join") if row == 0 else ""


def _bar(x: Scale, bar: Step, row: int, prefix: str) -> Iterator[str]:
    middle, share = _middle(row), bar.end - bar.start
    label = text(0, middle - _BAR - 4, bar.label, "label")
    yield f'<a href="#{escape(prefix, quote=True)}s{bar.sentence}">{label}</a>' if bar.sentence else label
    yield f'<polygon class="{side(share)}" points="{_arrow(x(bar.start), x(bar.end), middle)}"/>'
    yield text(max(x(bar.start), x(bar.end)) + _GAP, middle + 4, signed(share), "number")
    yield line(x(bar.end), middle + _BAR / 2, x(bar.end), middle + _ROW - _BAR / 2, "join")


def _arrow(start: float, end: float, middle: float) -> str:
    """A bar that points where it leads, so that its sense is not in its colour alone."""
    forward = 1 if end >= start else -1
    end = start + forward * max(abs(end - start), 1.0)
    neck = end - forward * min(_TIP, abs(end - start))
    top, foot = middle - _BAR / 2, middle + _BAR / 2
    places: Sequence[tuple[float, float]] = ((start, top), (neck, top), (end, middle), (neck, foot), (start, foot))
    return " ".join(f"{across:.1f},{down:.1f}" for across, down in places)


def _middle(row: int) -> float:
    return _ROW * row + _ROW - _BAR


def _logit(risk: float) -> float:
    return log(risk / (1 - risk))
