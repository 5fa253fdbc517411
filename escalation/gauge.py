"""Assessment -> a gauge: the risk with its interval, the level with its cuts."""

from __future__ import annotations

from collections.abc import Iterator

from escalation.marks import WIDTH, dot, frame, line, linear, text
from escalation.records import LEVELS, Assessment, Grade

_SIDE = 12
_RISK, _LEVEL = 34, 92  # heights of the two scales
_THICK = 14
_LETTER = 6.6  # width of a letter of a level's name
_TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)


def gauge(a: Assessment) -> str:
    """The gauge as SVG; without the levels where the text was not judged."""
    low, high = a.interval
    x = linear(0, 1, _SIDE, WIDTH - _SIDE)
    marks = [text(0, 12, "risk, with its 90 % interval", "small"), line(x(0), _RISK, x(1), _RISK, "axis")]
    for tick in _TICKS:
        marks += [line(x(tick), _RISK - 4, x(tick), _RISK + 4, "axis"), text(x(tick), _RISK + 19, f"{tick:g}", "small middle")]
    marks += [line(x(low), _RISK, max(x(high), x(low) + 1), _RISK, "bar"), dot(x(a.risk), _RISK)]
    title = f"Risk {a.risk:.3f}, interval {low:.3f} to {high:.3f}"
    if a.grade is None:
        return frame(marks, _RISK + 26, title)
    return frame([*marks, *_levels(a.grade, a.level)], _LEVEL + _THICK + 20, f"{title}; level {a.level}")


def _levels(grade: Grade, level: str) -> Iterator[str]:
    """The levels side by side, and where the report stands."""
    x = linear(0, grade.end, _SIDE, WIDTH - _SIDE)
    # Cuts that a model has put beyond the scale, or in one place, leave a level without room.
    edges = [0.0, *(min(max(cut, 0.0), grade.end) for cut in grade.cuts), grade.end]
    yield text(0, _LEVEL - 12, "level, by the code expected of a coder, 0 to 4" if grade.end > 1 else "level, by the risk", "small")
    for name, low, high in zip(LEVELS, edges[:-1], edges[1:], strict=True):
        width = x(high) - x(low)
        yield f'<rect class="{"held" if name == level else "level"}" x="{x(low):.1f}" y="{_LEVEL}" width="{max(width, 0):.1f}" height="{_THICK}"/>'
        if width > _LETTER * len(name):
            yield text((x(low) + x(high)) / 2, _LEVEL + _THICK + 15, name, "name middle strong" if name == level else "name middle")
    at = x(min(max(grade.value, 0.0), grade.end))
    yield f'<polygon class="needle" points="{at - 6:.1f},{_LEVEL - 7} {at + 6:.1f},{_LEVEL - 7} {at:.1f},{_LEVEL + 3}"/>'
    yield line(at, _LEVEL, at, _LEVEL + _THICK, "axis")
