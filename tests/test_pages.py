"""The page of an evaluation: what stands in it, and what must not."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from test_evaluate import CODES, ROWS, TEXTS, judged

import escalation
from escalation import pages, svg
from escalation.bootstrap import Estimate
from escalation.curve import Curve, Law, Point
from escalation.evaluation import Bin

PAYLOADS = (
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "\"><svg onload=alert(1)>", "'><iframe src=javascript:alert(1)>", "</style><script>alert(1)</script>",
    "{{ 7 * 7 }}{% for x in [] %}", "&lt;script&gt;", "</title><b>", "<!-- ", "]]>", "<a href='http://evil.example'>x</a>", "\u202e<b>",
)
CURVE = Curve(
    tuple(Point(n, Estimate(0.9 - 1 / n, 0.8, 0.95), Estimate(0.1 + 1 / n, 0.05, 0.2)) for n in (25, 50, 100, 200, 400)),
    {"auc": Law(0.9, -1.0, 1.0), "brier": Law(0.1, 1.0, 1.0)}, {"auc": Estimate(0.001, 0.0, 0.002)},
)


class Tags(HTMLParser):
    """Every tag with its attributes, and the words outside of tags."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words = ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.words += data


@pytest.fixture(scope="module")
def page() -> str:
    return pages.page(replace(judged(ROWS), curve=CURVE))


@pytest.fixture(scope="module")
def attacked() -> Tags:
    hostile = [f"{payload} Rebels shelled the port in the night, killing {number} people." for number, payload in enumerate(PAYLOADS, 20)]
    reports = [escalation.Report(text, id=payload) for text, payload in zip(hostile, PAYLOADS, strict=True)]
    found = judged([*reports, *TEXTS], [0] * len(reports) + CODES, groups=[PAYLOADS[0]] * 20 + [PAYLOADS[1]] * 72)
    return Tags(pages.page(replace(found, model=PAYLOADS[0], notes=PAYLOADS, overlap=PAYLOADS)))


@pytest.mark.parametrize("tag", ["script", "img", "iframe", "a", "link", "object", "embed", "form", "b"])
def test_no_payload_becomes_a_tag(attacked, tag):
    # The page's own tiles set their figures in bold.
    assert attacked.tags.count(tag) == (6 if tag == "b" else 0)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_payload_is_shown_as_it_is(attacked, payload):
    assert payload in attacked.words


def test_no_attribute_runs_or_loads_anything(attacked):
    assert [name for name, _ in attacked.attributes if name.startswith("on") or name in ("src", "href", "srcset", "action", "data")] == []


@pytest.mark.parametrize("pattern", [r"https?:", r"//[a-z]", r"@import", r"url\(", r"<script", r"<link", r"src=", r"href="])
def test_the_page_needs_no_network_and_no_script(page, pattern):
    assert not re.search(pattern, page)


@pytest.mark.parametrize("title", ["Is a risk of .7 right", "By group", "By time", "What would more labels bring?", "The worst reports", "prefers-color-scheme: dark", "width=device-width"])
def test_the_page_has_every_part(page, title):
    assert title in page


def test_every_figure_of_the_table_is_on_the_page(page):
    found = judged(ROWS)
    assert all(f"{estimate.point:.3f}" in page for estimate in found.figures.values())
    assert found.worst[0].sentences[0].name.split()[0] in page


@pytest.mark.parametrize("labels", [[3] * 80, [int(code >= 3) for code in CODES], [0] * 80])
def test_a_page_is_made_of_whatever_could_be_had(labels):
    assert "The worst reports" in pages.page(judged(TEXTS, labels))


def test_a_page_is_made_of_two_reports():
    assert "needs 30 reports" in pages.page(judged([("Guns fired.", 1), ("Talks resumed.", 0)]))


def test_the_same_evaluation_gives_the_same_page(page):
    assert pages.page(replace(judged(ROWS), curve=CURVE)) == page


HALF = Estimate(0.5, 0.4, 0.6)


@pytest.mark.parametrize(
    "plot",
    [
        svg.reliability([Bin(0.0, 0.1, 5, 0.05, 0.0, 0.0, 0.4), Bin(0.9, 1.0, 9, 1.0, 1.0, 0.7, 1.0)]),
        svg.reliability([Bin(0.2, 0.3, 1, 0.25, 0.0, 0.0, 0.9)]),
        svg.intervals([("<b>&\"'", HALF), ("x" * 90, Estimate(1.0, 1.0, 1.0))], HALF, "AUC"),
        svg.intervals([("same", HALF)], Estimate(0.5, 0.5, 0.5), "AUC"),
        svg.learning(CURVE.points, "auc", "AUC", CURVE.laws["auc"], 100),
        svg.learning(CURVE.points[:1], "brier", "Brier <score>", None, 100),
    ],
)
def test_a_plot_is_well_formed_and_stays_in_its_frame(plot):
    root = ElementTree.fromstring(plot)
    width, height = (float(size) for size in root.attrib["viewBox"].split()[2:])
    across = [float(item.attrib[name]) for item in root.iter() for name in ("x", "x1", "x2", "cx") if name in item.attrib]
    down = [float(item.attrib[name]) for item in root.iter() for name in ("y", "y1", "y2", "cy") if name in item.attrib]
    assert root.find("title") is not None
    assert min(across) >= 0
    assert max(across) <= width
    assert min(down) >= 0
    assert max(down) <= height


def colours(page: str, place: int) -> dict[str, str]:
    return dict(re.findall(r"--(\w+): (#[0-9a-f]{3,6})", re.findall(r":root \{[^}]*\}", page)[place]))


def luminance(colour: str) -> float:
    digits = colour.strip("#")
    parts = [int(part, 16) / 255 for part in (re.findall("..", digits) if len(digits) == 6 else [digit * 2 for digit in digits])]
    return sum(weight * (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4) for weight, part in zip((0.2126, 0.7152, 0.0722), parts, strict=True))


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("ground", ["back", "card"])
@pytest.mark.parametrize("ink", ["text", "soft", "up", "down"])
def test_words_stand_out_from_their_ground(page, scheme, ground, ink):
    found = colours(page, scheme)
    lighter, darker = sorted((luminance(found[ink]), luminance(found[ground])), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) >= 4.5
