"""Sentences -> the archive and the labelled reports of the examples: python examples/data/write.py.

The same seed gives the same bytes. The texts are sentences drawn from
sentences.toml, so whatever a model reaches on them says nothing of its quality.
"""

from __future__ import annotations

import csv
import json
import random
import tomllib
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
START = date(2024, 1, 1)  # a Monday
ODD, REPRINTED = 40, (87, 93)  # reports behind which something odd stands
BANKS = tomllib.loads((HERE / "sentences.toml").read_text(encoding="utf-8"))
TOWNS = ("Cale", "Dunmarsh", "Ferrin", "Oststead", "Pellworth", "Varnmouth", "Sarnhold", "Greyford", "Tolm", "Breskin")
HOSTS = ("Malta", "Malta", "Iceland", "Uruguay")
SOURCES = ("Valley Herald", "Osterra Wire", "Northern Post", "Radio Cale")
LORN = {"up": "Osterra", "down": "Velmark", "river": "Lorn"}
BRIGADES = ("Lorn Valley Brigade", "River Liberation Front")
# Weeks of each phase, and the banks that its week draws from.
PHASES = (
    (7, ("calm", "calm", "offtopic", "offtopic", "calm", "offtopic")),
    (4, ("guarded", "guarded", "guarded", "calm", "offtopic", "elevated")),
    (2, ("elevated", "elevated", "guarded", "sluices", "offtopic", "elevated")),
    (5, ("high", "high", "high", "elevated", "sluices", "offtopic")),
    (6, ("low", "low", "low", "reopened", "guarded", "offtopic")),
)
# Twelve quarrels far from the Lorn, each with reports of these kinds and the codes of a coder.
CODES = (("offtopic", 0), ("calm", 0), ("offtopic", 0), ("offtopic", 0), ("reopened", 1), ("low", 1), ("guarded", 2), ("elevated", 3), ("sluices", 3), ("high", 4))
STATES = ("Arland", "Brevia", "Cosmar", "Dorrin", "Elvany", "Fasque", "Gorland", "Hestia", "Ismark", "Jorvia", "Kelland", "Lusatra", "Mirren", "Nordane", "Ostmark", "Pardua", "Quellin", "Rovia", "Sandar", "Tessaly", "Ulmany", "Vesper", "Wendia", "Zorland")
RIVERS = ("Arn", "Brill", "Cor", "Dole", "Esk", "Fenn", "Gale", "Hurn", "Isk", "Jull", "Kesh", "Lim")


def main() -> None:
    draw = Draw(seed=7)
    with (HERE / "archive.jsonl").open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(json.dumps(report, ensure_ascii=False) + "\n" for report in archive(draw))
    with (HERE / "labelled.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["id", "event", "published", "text", "label"])
        rows.writerows(labelled(draw))


def archive(draw: Draw) -> Iterator[dict[str, str]]:
    """Half a year on the Lorn: calm, tension, skirmishes, a war and its end."""
    chance, number = draw.chance, 0
    banks = [kinds for weeks, kinds in PHASES for _ in range(weeks)]
    for week, kinds in enumerate(banks):
        for day, kind in sorted((chance.randrange(7), kind) for kind in kinds):
            number += 1
            report = _report(f"lorn-{number:03}", START + timedelta(weeks=week, days=day), kind, draw)
            yield report
            # What archives are like: reprints, a row without a text, one in another language.
            if number in REPRINTED:
                yield report | {"id": f"{report['id']}-reprint", "source": "Evening Mail", "headline": "From our wires"}
            if number == ODD:
                yield {"id": "lorn-empty", "date": "2024-02-16", "source": "Valley Herald", "headline": "", "body": ""}
                yield {"id": "lorn-french", "date": "2024-02-16", "source": "Gazette du Lac", "headline": "Le marché rouvre", "body": "Les pêcheurs du lac ont vendu leur poisson samedi matin sur la place du marché, où il pleuvait depuis l'aube. Le maire a promis un toit pour le printemps."}


def labelled(draw: Draw) -> Iterator[tuple[str, str, str, str, int]]:
    """Ten reports on each of twelve quarrels, with their codes."""
    for event, river in enumerate(RIVERS):
        names = {"up": STATES[2 * event], "down": STATES[2 * event + 1], "river": river, "brigade": f"{river} Brigade"}
        for number, (kind, code) in enumerate(CODES):
            day = START - timedelta(days=700 - 30 * event - number)
            headline, body = _text(kind, day, names, draw)
            yield f"{river.lower()}-{number}", f"{river} dispute", day.isoformat(), f"{headline}\n\n{body}", code


def _report(name: str, day: date, kind: str, draw: Draw) -> dict[str, str]:
    headline, body = _text(kind, day, LORN | {"brigade": draw.chance.choice(BRIGADES)}, draw)
    source = draw.chance.choice(SOURCES)
    if source.startswith("Radio"):  # broadcasts come in capitals
        headline, body = headline.upper(), body.upper()
    return {"id": name, "date": day.isoformat(), "source": source, "headline": headline, "body": body}


def _text(kind: str, day: date, names: dict[str, str], draw: Draw) -> tuple[str, str]:
    """A headline and a body: a lead and two or three details."""
    bank = BANKS["offtopic"][draw.card("offtopic", sorted(BANKS["offtopic"]))] if kind == "offtopic" else BANKS[kind]
    headline, lead = draw.card(bank["leads"][0][0], bank["leads"])
    chance = draw.chance
    body = " ".join([lead, *chance.sample(bank["details"], chance.choice((2, 3)))])
    town, other = chance.sample(TOWNS, 2)
    numbers = {"few": chance.randint(3, 9), "some": chance.randint(12, 48), "many": chance.randint(120, 640), "thousands": chance.randint(4, 30)}
    slots = names | numbers | {"town": town, "other": other, "host": chance.choice(HOSTS), "day": f"{day:%A}"}
    return headline.format(**slots), body.format(**slots)


class Draw:
    """Chance with a memory: of each bank every card comes once before one comes again."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self._decks: dict[str, list[Any]] = {}

    def card(self, name: str, bank: Sequence[Any]) -> Any:
        deck = self._decks.setdefault(name, [])
        if not deck:
            deck.extend(self.chance.sample(bank, len(bank)))
        return deck.pop()


if __name__ == "__main__":
    main()
