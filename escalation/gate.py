"""Model -> which promises of the shipped model it keeps.

The promises are texts with a demand (``promises/``): of two texts that differ
in one thing the one must be riskier, other names must change nothing, and
martial words about sport or weather must stay calm.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from escalation import lexicon as lexicons
from escalation import store
from escalation.estimator import Model
from escalation.features import WORD
from escalation.lexicon import Lexicon
from escalation.reader import Read, read
from escalation.records import Assessment, Report

_FOLDER = Path(__file__).with_name("promises")
_SAME = 1e-12  # difference of risk that is rounding
_CALM = 0.10  # risk below which a text that is about something else must stay
# Share of a promise that a model may lose by chance: models refitted on
# resamples of the shipped model's own reports, the same labels in other numbers,
# lost 3 to 11 of 760 pairs and 0 to 4 of 90 texts. Names are no features, so
# that no sample can make them one.
TOLERANCE: Mapping[str, float] = {"pairs": 0.02, "swaps": 0.0, "offtopic": 0.05}
_SHOWN = 12  # broken ones that a warning quotes; a terminal's page
_NAMED = 60  # those that it names; the card names all
_QUOTED = 90  # characters of a text that a warning quotes
_ALARM = "WARNING: this model breaks promises that the shipped model keeps."
_REMEDY = "If your labels define risk otherwise, this is as it should be; if not, check them, or add reports like these with their labels."


class Item(NamedTuple):
    """The texts of one demand; ``group`` says what it is about."""

    id: str
    group: str
    texts: tuple[str, ...]


class Broken(NamedTuple):
    """A demand that is not met, with the risk and level of each of its texts."""

    item: Item
    risks: tuple[float, ...]
    levels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Promise:
    """How one promise was kept.

    Attributes
    ----------
    name : {"pairs", "swaps", "offtopic"}
    n : int
        Demands that it is made of.
    broken : those that the model does not meet
    lost : those of them that the shipped model meets
    """

    name: str
    n: int
    broken: tuple[Broken, ...]
    lost: tuple[Broken, ...]

    @property
    def kept(self) -> int:
        return self.n - len(self.broken)

    @property
    def share(self) -> float:
        """Share of the demands that are met, in [0, 1]."""
        return self.kept / self.n

    @property
    def ok(self) -> bool:
        """Whether no more was lost than chance explains, see :data:`TOLERANCE`."""
        return len(self.lost) <= TOLERANCE[self.name] * self.n


@dataclass(frozen=True, slots=True)
class GateResult:
    """Which promises a model keeps, beside the shipped model's own record."""

    promises: tuple[Promise, ...]

    @property
    def ok(self) -> bool:
        return all(promise.ok for promise in self.promises)

    def to_card(self) -> dict[str, Any]:
        """Plain values for a model's card: counts and ids, no texts."""
        lost = {promise.name: [broken.item.id for broken in promise.lost] for promise in self.promises}
        return {"ok": self.ok, **{promise.name: {**_plain(promise), "lost": lost[promise.name]} for promise in self.promises}}

    def warning(self) -> str:
        """What to tell the user of the model, naming what is broken; empty where all is well."""
        told = [line for promise in self.promises if not promise.ok for line in _told(promise)]
        return "\n".join([_ALARM, *told, _REMEDY]) if told else ""


def brief(promises: Mapping[str, Any]) -> str:
    """What a card says of the promises, in a line; empty where all is well."""
    lost = [f"{len(promises[name]['lost'])} of {promises[name]['n']} {name}" for name, most in TOLERANCE.items() if len(promises[name]["lost"]) > most * promises[name]["n"]]
    return f"{_ALARM[:-1]}: {', '.join(lost)}." if lost else ""


def check(model: Model, lexicon: Lexicon | None = None) -> GateResult:
    """Judge the shipped promises with a model.

    Parameters
    ----------
    model : the fitted model
    lexicon : the one that it was fitted with; None is the shipped one

    Returns
    -------
    GateResult
        Beside the shipped model with the shipped lexicon. Each text is
        read once per lexicon, which takes a few seconds.
    """
    shipped = _shipped()
    found = _record(model, lexicons.load() if lexicon is None else lexicon)
    return GateResult(tuple(_promise(name, len(items), found[name], shipped[name]) for name, items in promises().items()))


def record(model: Model) -> dict[str, Any]:
    """A model's own record with the shipped lexicon, compared with nothing: for the card of the shipped model."""
    found = _record(model, lexicons.load())
    return {name: _plain(Promise(name, len(items), found[name], ())) for name, items in promises().items()}


def promises() -> dict[str, tuple[Item, ...]]:
    """All demands by promise."""
    return {"pairs": tuple(_pairs()), "swaps": tuple(_swaps()), "offtopic": tuple(_offtopic())}


def _pairs() -> Iterator[Item]:
    for file in sorted((_FOLDER / "pairs").glob("*.jsonl")):
        for row in _rows(file):
            yield Item(row["id"], row["group"], (row["hi"], row["lo"]))


def _swaps() -> Iterator[Item]:
    actors = _rows(_FOLDER / "swap_actors.jsonl")
    for row in _rows(_FOLDER / "swap_templates.jsonl"):
        yield Item(row["id"], "swap", tuple(row["text"].format(**names) for names in actors))


def _offtopic() -> Iterator[Item]:
    for row in _rows(_FOLDER / "offtopic.jsonl"):
        yield Item(row["id"], row["topic"], (row["text"],))


def _rows(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


@cache
def _shipped() -> dict[str, tuple[Broken, ...]]:
    return _record(store.load(), lexicons.load())


def _promise(name: str, n: int, broken: tuple[Broken, ...], by_shipped: tuple[Broken, ...]) -> Promise:
    before = {broken.item.id for broken in by_shipped}
    return Promise(name, n, broken, tuple(found for found in broken if found.item.id not in before))


def _record(model: Model, lexicon: Lexicon) -> dict[str, tuple[Broken, ...]]:
    """What a model breaks of each promise."""
    texts = _texts(lexicon, store.load().vocabulary | model.vocabulary)
    return {name: tuple(_broken(items, model, texts, _DEMANDS[name])) for name, items in promises().items()}


@lru_cache(maxsize=2)
def _texts(lexicon: Lexicon, vocabulary: frozenset[str]) -> dict[str, list[Read]]:
    """Every text of the promises, read."""
    return {text: read(Report(text), lexicon, vocabulary) for items in promises().values() for item in items for text in item.texts}


def _broken(items: Sequence[Item], model: Model, texts: Mapping[str, Sequence[Read]], demand: Callable[[Sequence[Assessment]], bool]) -> Iterator[Broken]:
    for item in items:
        judged = [model.judge(Report(text), [_known(sentence, model.vocabulary) for sentence in texts[text]]) for text in item.texts]
        if not demand(judged):
            yield Broken(item, tuple(a.risk for a in judged), tuple(a.level for a in judged))


def _known(sentence: Read, vocabulary: Collection[str]) -> Read:
    """The sentence as a reader with this vocabulary, part of the one it was read with, has it."""
    return sentence._replace(numbers={name: value for name, value in sentence.numbers.items() if not name.startswith(WORD) or name[len(WORD) :] in vocabulary})


def _in_order(judged: Sequence[Assessment]) -> bool:
    return judged[0].risk > judged[1].risk


def _unmoved(judged: Sequence[Assessment]) -> bool:
    risks = [a.risk for a in judged]
    return max(risks) - min(risks) < _SAME


def _calm(judged: Sequence[Assessment]) -> bool:
    return judged[0].risk < _CALM and judged[0].level == "none"


_DEMANDS: Mapping[str, Callable[[Sequence[Assessment]], bool]] = {"pairs": _in_order, "swaps": _unmoved, "offtopic": _calm}


def _plain(promise: Promise) -> dict[str, Any]:
    return {"n": promise.n, "kept": promise.kept, "share": round(promise.share, 4), "broken": [broken.item.id for broken in promise.broken]}


def _told(promise: Promise) -> Iterator[str]:
    groups = ", ".join(f"{group} {count}" for group, count in Counter(broken.item.group for broken in promise.lost).most_common())
    yield f"{promise.name}: {len(promise.lost)} of {promise.n} lost ({groups}), {promise.kept} kept"
    for item, risks, levels in promise.lost[:_SHOWN]:
        yield f"  {item.id} ({item.group})"
        for text, risk, level in list(zip(item.texts, risks, levels, strict=True))[:2]:
            yield f"    risk {risk:.3f}, level {level}  {_short(text)}"
    named, more = promise.lost[_SHOWN:_NAMED], len(promise.lost) - _NAMED
    if named:
        yield "  and " + ", ".join(broken.item.id for broken in named) + (f" and {more} more, which the card names" if more > 0 else "")


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= _QUOTED else plain[: _QUOTED - 1] + "\u2026"
