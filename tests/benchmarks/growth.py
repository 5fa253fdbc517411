"""How time grows with a text made to be slow: exponents, the worst first.

    python tests/benchmarks/growth.py [--quick]

Every text is one unit over and over; the units are repeats of what the parts of
the reader look for (quotes, brackets, initials, dates, numbers, list marks,
every entry of the lexicon), and of what upsets Unicode. The exponent is the
slope of log time over log size: 1 is linear, 2 a square. Every regular
expression of the package is tried in the same way, on what its callers give
it. Ends with 1 if something grows faster than it may.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import io
import math
import pkgutil
import re
import sys
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).parents[2]))

import escalation
from escalation import explain_page, lexicon, present
from escalation.duplicates import signature
from escalation.language import flags, notes
from escalation.places import mentions
from escalation.text import split

LIMIT = 1.15
# A square over the quick ones takes nine times as long where linear time takes
# three. They lie above the windows that long paragraphs are read in.
SIZES, QUICK = (32_000, 64_000, 128_000, 256_000, 512_000), (30_000, 90_000)
SENTENCES = (8_000, 32_000)  # characters for what is worked out for each of 200 sentences
ROUNDS = 8  # of those that seem too slow: the least time counts
FLOOR = 0.02  # seconds; what takes less is told by noise
OPENING = "The army of the state said that rebels attacked the port and that the war was over. "
UNITS = {
    "one letter": "a", "capitals": "A", "words": "x ", "capital words": "ARMY ", "digits": "7", "digits and commas": "1,", "digits and dots": "1.2.", "number words": "seven hundred and ",
    "scales": "hundred ", "vague numbers": "hundreds of ", "dots": ".", "ellipses": "... ", "initials": "A. ", "abbreviation": "U.S.", "e.g.": "e.g. ", "apostrophes": "'", "curly apostrophes": "\u2019",
    "n't": "n't ", "possessives": "'s ", "straight quotes": '"', "curly quotes": "\u201c", "pairs of quotes": "\u201ca\u201d ", "quotes in quotes": "\u201ca \u2018b ", "guillemets": "\u00ab", "brackets": "(", "pairs of brackets": "()",
    "square brackets": "[(", "braces": "{", "full dates": "June 22, 1941 ", "day first": "22 June 1941, ", "years": "in 1999 ", "since": "since the 2006 war ", "newlines": "\n", "lines of a letter": "\nb", "other newlines": "\r\nb",
    "blank lines": "\n\nb", "separators": "a\u2028", "tabs": "\t", "tabs and spaces": " \t", "no-break spaces": "\u00a0", "wide spaces": "\u3000a", "lines as typesetters break them": "attack the port near the river and then go home again\n",
    "bullets": "\u2022 a\n", "numbered items": "1. a\n", "labels": "Aaaa bbb:\n", "dashes": "-", "double dashes": "-- ", "spaced dashes": " - ", "long dashes": "\u2014", "commas": ",", "semicolons": "; a", "colons": "a: ", "marks": "?!",
    "accents": "\u0301", "accents of two kinds": "\u0301\u0316", "letters with accents": "a\u0301", "zero-width": "\u200b", "letters and zero-width": "a\u200b", "soft hyphens": "at\u00adtack ", "direction marks": "\u202e",
    "half characters": "\ud800", "two scripts in turn": "a\u0431", "words of two scripts": "a \u0431 ", "three scripts": "a \u0431 \u05d0 ", "full-width": "\uff41", "ligatures": "\ufb01", "jamo": "\u1100\u1161", "emoji": "\U0001f469\u200d\U0001f680",
    "addresses": "http://a.b/c?d=e&f ", "handles": "@a ", "tags": "<b>", "open tags": "<b", "file photo": "FILE PHOTO: ", "agency": "(reuters ", "share": "share ", "comment": "did not respond to a request ", "requests": "comment immediately a requests ",
    "credits": "Reporting by Ada Roe; ", "names": "Tarvos ", "names with of": "Tarvos of the ", "armies": "the Army of ", "countries": "France ", "not": "not ", "who": ", who ", "none": "none of the tanks that ", "killed": "killed 12 ", "lists": "bombed, shelled, ",
    "pairs": "bombed and shelled the port, ", "acts without a stop": "attack the port of rebels and talks ", "acts": "Rebels shelled the port. ", "did not": "They did not. ", "would": "would ", "and": "and ",
}
_BRANCH = re.compile(r"<,?\d+>|/\w+|[^\w' -]+")
# Patterns that are only ever given so many characters: a sentence, a line's end,
# the window of a cut, a message, a file of a user's own.
BOUNDED = {"text._LABEL": 42, "text._SOFT_BREAK": 600, "text._CAPTION": 600, "text._ENDED": 160, "text._NO_COMMENT": 600, "text._BULLET": 600, "surrounds._BOILERPLATE": 60, "surrounds._OPENINGS": 300, "surrounds._LINK": 300}
BOUND_ELSEWHERE = ("escalation.commands.", "escalation.proofreading", "escalation.phrases")
# Patterns that are only ever tried at the beginning of what they are given.
ANCHORED = frozenset({"intake._OBJECT", "markup._OPENS", "surrounds._BOILERPLATE", "surrounds._OPENINGS", "surrounds._LINK", "text._BULLET", "text._CAPTION", "rows._BLANK"})
PIECES = (
    "a", "A", "7", " ", "\t", "\n", "'", '"', "'a", '"a', "(", "<", "</", "<a", "<p ", "</p ", "[", "{", "-", " - ", ".", ",", ";", ":", "!", "w'", "'s", "a'b", "1,2", "\u0301", "\u00e9", "\ud800", "\x00", "did not respond to ", "did not ", "immediately ", "(reuters", "file photo", "share",
    "read more", "\u2022", "1.", "labels={", "{'a': 1, ", "x=", "\u0430b", "&", "http://", "@", "https://a", "[a", "# ",
)


class Growth(NamedTuple):
    """How something grows: the exponent, and seconds for the largest size."""

    what: str
    unit: str
    exponent: float
    seconds: float

    @property
    def ok(self) -> bool:
        return self.exponent <= LIMIT


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="two sizes, and every eighth entry of the lexicon")
    quick = parser.parse_args().quick
    sizes = QUICK if quick else SIZES
    found = [*paths(sizes), *views(), *entries(SENTENCES, 8 if quick else 1), *patterns(SENTENCES)]
    found.sort(key=lambda growth: (-growth.exponent, -growth.seconds))
    print(f"sizes {', '.join(f'{size:,}' for size in sizes)} characters; limit {LIMIT}\n\n| exponent | s | what | of what |\n| --- | --- | --- | --- |")
    shown = found if not quick else found[:40]
    print("\n".join(f"| {g.exponent:.2f} | {g.seconds:.3f} | {g.what} | {g.unit} |" for g in shown))
    print(f"\n{len(found)} tried, {sum(not g.ok for g in found)} above the limit")
    return int(not all(g.ok for g in found))


def paths(sizes: tuple[int, ...] = QUICK) -> Iterator[Growth]:
    """The whole way of a text, and each thing that is read of it alone."""
    for what in READINGS:
        for name in UNITS:
            yield path(what, name, sizes)


def path(what: str, name: str, sizes: tuple[int, ...] = QUICK) -> Growth:
    """One of the :data:`READINGS` of one of the :data:`UNITS`."""
    return growth(what, name, READINGS[what], lambda size: repeated(UNITS[name], size), sizes)


def repeated(unit: str, size: int) -> str:
    """An English beginning, and a unit over and over."""
    return OPENING + unit * (size // len(unit))


def views() -> Iterator[Growth]:
    """What is shown of an assessment."""
    made = {"explain": lambda a: a.explain(), "page": explain_page.page, "notebook": lambda a: a._repr_html_(), "terminal": _printed, "frame": lambda a: a.to_frame()}
    for what, run in made.items():
        for name in ("acts", "killed", "quotes in quotes", "accents"):
            unit = UNITS[name]
            yield growth(what, name, run, lambda size, unit=unit: _assessed(repeated(unit, size)), SENTENCES)


def entries(sizes: tuple[int, ...], step: int = 1) -> Iterator[Growth]:
    """Every entry of the lexicon: its phrases and its first example, over and over."""
    for name, unit in triggers(step).items():
        yield growth("score", name, whole, lambda size, unit=unit: repeated(unit, size), sizes)


def triggers(step: int = 1) -> dict[str, str]:
    """Id of an entry -> the words of its phrases, with all alternatives in a row, and its first example."""
    return {entry.id: f"{_BRANCH.sub(' ', ' '.join(entry.phrases))[:400]} {''.join(entry.fires_on[:1])} " for entry in lexicon.parse_shipped().entries[::step]}


def patterns(sizes: tuple[int, ...] = QUICK) -> Iterator[Growth]:
    """Every regular expression of the package, on what is said to be slow."""
    for name, pattern in compiled().items():
        short = name.removeprefix("escalation.")
        bound = BOUNDED.get(short, 0) or (300 if name.startswith(BOUND_ELSEWHERE) else 0)
        tried = _begun if short in ANCHORED else _matched
        found = [growth(short, repr(piece), lambda parts, pattern=pattern, tried=tried: tried(pattern, parts), lambda size, piece=piece, bound=bound, pattern=pattern: _cut(piece, size, bound, pattern), sizes) for piece in PIECES]
        yield max(found, key=lambda g: (g.exponent, g.seconds))


def compiled() -> dict[str, re.Pattern[Any]]:
    """Name -> every pattern that a module of the package holds."""
    found = {}
    for module in pkgutil.walk_packages(escalation.__path__, "escalation."):
        if not module.name.startswith(("escalation.engines", "escalation.__main__")):
            held = vars(importlib.import_module(module.name))
            found.update({f"{module.name}.{name}": value for name, value in held.items() if isinstance(value, re.Pattern)})
    return found


def growth(what: str, unit: str, run: Callable[[Any], Any], make: Callable[[int], Any], sizes: tuple[int, ...]) -> Growth:
    """Exponent of the time, measured again where it is above the limit: noise only ever adds."""
    given = [make(size) for size in sizes]
    least = [_seconds(run, value) for value in given]
    for _ in range(ROUNDS - 1):
        if _slope(sizes, least) <= LIMIT:
            break
        least = [min(before, _seconds(run, value)) for before, value in zip(least, given, strict=True)]
    return Growth(what, unit, _slope(sizes, least), least[-1])


def calls(run: Callable[[Any], Any], value: Any) -> int:
    """Calls of functions while something runs: the same in every run."""
    count = 0

    def counted(frame: Any, event: str, argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        run(value)
    finally:
        sys.setprofile(before)
    return count


def more_calls(unit: str, sizes: tuple[int, int] = (1_600, 6_400)) -> float:
    """Exponent of the calls that a text of one unit takes: no clock, so no noise."""
    small, large = (calls(whole, repeated(unit, size)) for size in sizes)
    return math.log(large / small) / math.log(sizes[1] / sizes[0])


def whole(text: str) -> dict[str, Any]:
    """The way of a text from characters to plain values."""
    return scorer().score(text).to_dict()


@cache
def scorer() -> escalation.Scorer:
    return escalation.Scorer()


READINGS: dict[str, Callable[[str], Any]] = {"score": whole, "flags": lambda text: (flags(text), notes(text)), "sentences": split, "places": mentions, "copies": signature}


def _assessed(text: str) -> escalation.Assessment:
    a = scorer().score(text)
    _ = a.sentences
    return a


def _printed(a: escalation.Assessment) -> None:
    from rich.console import Console

    present.explanation(a, Console(file=io.StringIO(), width=80, force_terminal=True))


def _cut(piece: str, size: int, bound: int, pattern: re.Pattern[Any]) -> list[Any]:
    """A text of one piece over and over, in the parts that a pattern is given."""
    text = piece * (size // len(piece)) + "\u00a7"
    parts = [text[at : at + bound] for at in range(0, len(text), bound)] if bound else [text]
    return [part.encode("utf-8", "surrogatepass") for part in parts] if isinstance(pattern.pattern, bytes) else parts


def _begun(pattern: re.Pattern[Any], parts: list[Any]) -> None:
    for part in parts:
        pattern.match(part)
        pattern.fullmatch(part)


def _matched(pattern: re.Pattern[Any], parts: list[Any]) -> None:
    _begun(pattern, parts)
    for part in parts:
        for _ in pattern.finditer(part):
            pass


def _seconds(run: Callable[[Any], Any], value: Any) -> float:
    collects = gc.isenabled()
    gc.disable()
    start = time.process_time()
    try:
        run(value)
    finally:
        taken = time.process_time() - start
        if collects:
            gc.enable()
    return taken


def _slope(sizes: tuple[int, ...], seconds: list[float]) -> float:
    """Least-squares slope of log time over log size."""
    x, y = [math.log(size) for size in sizes], [math.log(max(value, FLOOR)) for value in seconds]
    middle, level = sum(x) / len(x), sum(y) / len(y)
    return sum((a - middle) * (b - level) for a, b in zip(x, y, strict=True)) / sum((a - middle) ** 2 for a in x)


if __name__ == "__main__":
    sys.exit(main())
