"""Which countries and armed actors a report names; for grouping, never for the risk."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest
from conftest import HERE
from test_contract import PACKAGE, RANK, imports

from escalation.places import Places, mentions

COUNTRIES = {
    "Israeli warplanes struck Lebanon, and Lebanon's premier protested.": "LBN ISR",
    "ISRAELI ARMY SHELLS LEBANON; TURKEY AND IRAN PROTEST": "ISR LBN TUR IRN",
    "israeli troops entered gaza while turkey and lebanon protested": "ISR PSE TUR LBN",
    "Michael Jordan scored forty points. Jordan was tired.": "",
    "King Abdullah of Jordan met Syria's envoy. Jordan said no.": "JOR SYR",
    "Talks between Syria, Jordan and Egypt failed.": "SYR JOR EGY",
    "Chad Smith, the drummer, said no. Chad laughed.": "",
    "Troops from Chad crossed into Libya.": "TCD LBY",
    "Police in Atlanta, Georgia, said Georgia was calm.": "USA",
    "Russian tanks left Georgia, and Georgian police went home.": "GEO RUS",
    "The roast turkey was dry; Turkey at Thanksgiving often is.": "",
    "Turkey sent tanks to the border.": "TUR",
    "The Niger Delta is far from Niger and from the Niger River.": "NGA NER",
    "Nigeria and Niger closed the border.": "NGA NER",
    "Guinea-Bissau, Papua New Guinea, Equatorial Guinea and Guinea voted; New Guinea's guinea pigs did not.": "GNB PNG GNQ GIN",
    "DR Congo, the Democratic Republic of the Congo and Congo-Brazzaville, the Republic of Congo": "COD COG",
    "North Korean guns fired at South Korea across the Korean peninsula.": "PRK KOR",
    "Northern Ireland is not Ireland.": "GBR IRL",
    "Latin American leaders, South Americans and the Central American states met.": "",
    "American sailors and an American Indian": "USA",
    "Washington warned Beijing, and the Kremlin warned them both.": "USA CHN RUS",
    "Gaza, the West Bank and East Jerusalem": "PSE",
    "Taiwan, Hong Kong and Kosovo": "TWN HKG XKX",
    "The Soviet Union, Yugoslavia, Czechoslovakia and East Germany are gone.": "SUN YUG CSK DDR",
    "The U.S. and the U.K. said it to us: US-led, not let us.": "USA GBR",
    "Côte d’Ivoire – Türkiye—São Paulo": "CIV TUR BRA",
    "Polish his shoes with fine china, said the Dutch uncle in a roman coat.": "POL NLD",
    "She polished the china in the oman-like woman's romania-red coat.": "",
    "The Persian Gulf, the South China Sea and the Indian Ocean": "",
    "The Geneva Conventions and the New York Times": "",
    "": "",
    "\ud83d\u0301\u0301": "",
}
ACTORS = {
    "Israeli warplanes hit Hezbollah, and Hizbullah fired back.": "Hezbollah;forces of ISR",
    "Iraqi Army units and Iraqi soldiers": "forces of IRQ",
    "The Lord's Resistance Army fled.": "Lord's Resistance Army",
    "Tamil rebels and Tamil guerrillas": "Tamil rebels",
    "The Popular Front for the Liberation of Arland claimed it; two rebels died.": "Popular Front for the Liberation of Arland",
    "Gunmen of the Arlandish Liberation Front and the Coast Martyrs Brigade": "Arlandish Liberation Front;Coast Martyrs Brigade",
    "The Salvation Army and the armed forces helped; the Home Front Command slept.": "",
    "In Syria. Army chiefs met.": "",
    "TALIBAN AND AFGHAN ARMY CLASH": "Taliban;forces of AFG",
    "The Soviet Union sold grain.": "",
}


@pytest.mark.parametrize("text", COUNTRIES)
def test_countries(text):
    assert " ".join(mentions(text).countries) == COUNTRIES[text]


@pytest.mark.parametrize("text", ACTORS)
def test_armed_actors(text):
    assert ";".join(mentions(text).actors) == ACTORS[text]


def test_most_mentioned_first_then_first_mentioned():
    assert mentions("Peru, Chile and Bolivia; Bolivians, Bolivia, Peruvians.").countries == ("BOL", "PER", "CHL")


def test_time_is_linear():
    story = "Michael Jordan of Chad and Georgia said North Korean rebels of the Front for the Front of the Army met. "
    started = time.perf_counter()
    mentions(story * 400)
    once = time.perf_counter() - started
    started = time.perf_counter()
    mentions(story * 4000)
    assert time.perf_counter() - started < 40 * once + 0.1


def test_the_same_in_every_process():
    text = " ".join(COUNTRIES).encode("utf-8", "ignore").decode()
    code = "import sys; from escalation.places import mentions; print(mentions(sys.stdin.read()))"
    run = subprocess.run([sys.executable, "-c", code], input=text, capture_output=True, text=True, check=True, encoding="utf-8", env={"PYTHONHASHSEED": "5", "PYTHONIOENCODING": "utf-8", "PATH": ""}, cwd=HERE.parent)
    assert run.stdout.strip() == str(mentions(text))


def test_names_never_reach_the_risk(scorer):
    one, other = ("{} gunboats shelled the port, killing nine dockers, and {} vowed to strike back.".format(*pair) for pair in (("Peruvian", "Chile"), ("Tongan", "Nepal")))
    assert mentions(one) != mentions(other) != Places()
    assert scorer.score(one).risk == pytest.approx(scorer.score(other).risk, abs=1e-12)


@pytest.mark.parametrize("module", ["reader", "cues", "context", "features", "risk", "estimator", "training", "learning", "vectorizer"])
def test_nothing_that_scores_knows_of_places(module):
    reached, ahead = set(), {module}
    while ahead:
        reached |= ahead
        ahead = {found for name in ahead for found in imports(name) if found in RANK and (PACKAGE / f"{found}.py").exists()} - reached
    assert not reached & {"places", "actors"}
