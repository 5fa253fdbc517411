"""The page of one report, and the same in a notebook: what stands in it, and what must not."""

from __future__ import annotations

import math
import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from conftest import HERE
from hypothesis import given, settings
from hypothesis import strategies as st
from test_pages import PAYLOADS, luminance

import escalation
from escalation import explain_page, gauge, passages, waterfall
from escalation.records import LEVELS, Assessment, Cue, Grade

SHAPE = (HERE / "probes" / "example_shape.txt").read_text(encoding="utf-8")
EXAMPLES = {path.stem: path.read_text(encoding="utf-8") for path in sorted((HERE.parent / "examples").glob("*.txt"))}
HOSTILE = (
    *PAYLOADS, "<img src=x onerror=alert(1)", "<a href=javascript:alert(1)>", "javascript:alert(1)", "\" autofocus onfocus=alert(1) x=\"", "&#60;script&#62;", "&amp;&bogus;&#x;&", "<div class=escalation-report>",
    "\u202e\u2066\u200f\u061c", "\x00\x08\x1b", "</textarea></svg></math>", "<style>*{display:none}</style>", "</span></mark></div>", "%3Cscript%3E", "\ud800",
)
ODD_SPACE = "  Rebels shelled the port.\r\n\r\n\tThe governor  urged\u00a0calm.\n\n\n   Talks resumed\non Monday.  \n\n"
VOID = {"meta", "br", "input", "img", "link"}


class Page(HTMLParser):
    """Elements with their attributes, the report's text as shown, and the words of tips."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.open: list[str] = []
        self.text = self.tips = self.words = ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        self.open += [] if tag in VOID else [f"{tag}.{dict(attrs).get('class')}"]

    def handle_endtag(self, tag):
        assert self.open.pop().partition(".")[0] == tag

    def handle_data(self, data):
        tip, report = "span.tip" in self.open, "div.text" in self.open
        self.words += data
        self.tips += data * tip
        self.text += data * (report and not tip)

    def all(self, name: str) -> list[str | None]:
        return [value for key, value in self.attributes if key == name]


def assessed(text: str, **more: object) -> Assessment:
    return escalation.score(escalation.Report(text, **more))


@pytest.fixture(scope="module")
def page() -> str:
    return explain_page.page(assessed(SHAPE, id="shape"))


@pytest.fixture(scope="module", params=["page", "fragment"])
def attacked(request) -> Page:
    text = "\n".join(f"{payload} Rebels shelled {payload} the port in the night, killing {number} people, after {payload} talks failed." for number, payload in enumerate(HOSTILE, 20))
    return Page(getattr(explain_page, request.param)(assessed(text, id=HOSTILE[0] + HOSTILE[-1], source=HOSTILE[1])))


@pytest.mark.parametrize("payload", HOSTILE)
def test_a_payload_is_shown_as_it_is(attacked, payload):
    assert passages.writable(payload) in attacked.text


@pytest.mark.parametrize("tag", ["script", "img", "iframe", "object", "embed", "form", "link", "math", "textarea", "foreignobject", "base"])
def test_no_payload_becomes_a_tag(attacked, tag):
    assert tag not in attacked.tags


def test_a_payload_ends_no_element(attacked):
    assert attacked.open == []
    assert attacked.tags.count("style") == 1
    assert attacked.tags.count("svg") == 2


def test_marks_of_direction_end_with_their_sentence(attacked):
    # What a browser isolates ends every override within it.
    assert attacked.tags.count("bdi") >= len([number for number in attacked.all("data-number") if number])
    assert "\u202e" in attacked.text


def test_no_attribute_runs_or_loads_anything(attacked):
    names = {name for name, _ in attacked.attributes}
    assert [name for name in names if name.startswith("on") or name in ("src", "srcset", "action", "data", "style", "autofocus", "xlink:href")] == []
    assert all(re.fullmatch(r"#[\w-]*s\d+", link) for link in attacked.all("href"))


def test_a_page_of_any_text_can_be_written(attacked):
    assert attacked.words.encode()
    assert "\x00" not in attacked.words


@pytest.mark.parametrize("text", [SHAPE, ODD_SPACE, *EXAMPLES.values(), *HOSTILE[:-1], "Die Truppen haben die Stadt in der Nacht beschossen.\n\n  Viele starben.\n", "...\n \n!"])
def test_the_text_is_kept_with_its_white_space(text):
    found = assessed(text)
    assert Page(explain_page.page(found)).text == passages.writable(text)
    assert Page(explain_page.fragment(found)).text == passages.writable(text)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(["Rebels shelled the port", "killing 60", ". ", "\n", "\r\n", "  ", "\t", "<b>", "&amp;", "\u202e", "\u00a0", "e\u0301", "not ", "ceasefire ", "\u2028"]), min_size=1, max_size=30))
def test_any_text_is_kept(pieces):
    text = "War. " + "".join(pieces)
    assert "".join(piece.text for passage in passages.passages(assessed(text)) for piece in passage.pieces) == text


def test_every_cue_can_be_reached_and_tells_its_qualifiers(page):
    found, a = Page(page), assessed(SHAPE)
    assert found.tags.count("mark") == len(found.all("tabindex")) == len(found.all("aria-describedby"))
    assert set(found.all("aria-describedby")) <= set(found.all("id"))
    assert found.tips.count("weight") == len(a.cues)
    assert all(cue.name.replace("_", " ") in found.tips and cue.status in found.tips and cue.realis in found.tips for cue in a.cues)
    assert all(SHAPE[start:end] in found.tips for cue in a.cues for name, (start, end) in cue.spans.items() if getattr(cue, name, None))


def test_tips_open_without_a_script_for_pointer_and_keyboard(page):
    assert ".cue:hover > .tip" in page
    assert ".cue:focus > .tip" in page
    assert "<script" not in page


def test_cues_that_share_words_share_a_mark():
    a = assessed("Rebels shelled the port on Monday.")
    cue = a.cues[0]
    beside = replace(cue, name="other_cue", start=cue.start + 2, end=cue.end + 4, text=a.report.text[cue.start + 2 : cue.end + 4], weight=-9.0)
    told = next(passages.passages(with_cues(a, (cue, beside)))).pieces
    assert [[c.name for c in piece.cues] for piece in told if piece.cues] == [[cue.name.replace("_", " "), "other cue"]]
    assert [piece.side for piece in told if piece.cues] == ["down"]
    assert "".join(piece.text for piece in told) == a.report.text


def with_cues(a: Assessment, cues: tuple[Cue, ...]) -> Assessment:
    return replace(a, shared=lambda: (tuple(replace(s, cues=cues) for s in a.sentences), a.features))


def test_every_share_that_is_shown_is_that_of_its_sentence(page):
    shown = re.findall(r'id="s(\d+)" data-number="(\d+)" data-share="(.) ([^"]+)"', page)
    shares = {str(number): s.share for number, s in enumerate(assessed(SHAPE).sentences, 1) if abs(s.share) >= passages.STEPS[0]}
    assert {number: share for _, number, _, share in shown} == {number: passages.signed(share) for number, share in shares.items()}
    assert {number: mark for _, number, mark, _ in shown} == {number: "▲" if share > 0 else "▼" for number, share in shares.items()}


@pytest.mark.parametrize("text", [SHAPE, *EXAMPLES.values(), "Rebels shelled the port.", "Nothing to see."])
def test_the_waterfall_leads_from_the_baseline_to_the_risk(text):
    a = assessed(text)
    found = waterfall.steps(a)
    ends = [a.baseline, *(bar.end for bar in found)]
    assert [bar.start for bar in found] == ends[:-1]
    assert ends[-1] == pytest.approx(math.log(a.risk / (1 - a.risk)), abs=1e-9)
    assert len(found) <= 9
    assert [abs(one.end - one.start) >= abs(other.end - other.start) for one, other in pairwise([bar for bar in found if bar.sentence])].count(False) == 0


@pytest.mark.parametrize("text", [SHAPE, *EXAMPLES.values(), "Nothing to see.", "<b>&\"'\x0b\x00 Rebels shelled \u202e the port."])
@pytest.mark.parametrize("draw", [gauge.gauge, lambda a: waterfall.waterfall(a, "\"<")], ids=["gauge", "waterfall"])
def test_a_plot_is_well_formed_and_stays_in_its_frame(draw, text):
    root = ElementTree.fromstring(draw(assessed(text)))
    width, height = (float(size) for size in root.attrib["viewBox"].split()[2:])
    corners = [tuple(map(float, corner.split(","))) for item in root.iter("polygon") for corner in item.attrib["points"].split()]
    across = [float(item.attrib[name]) for item in root.iter() for name in ("x", "x1", "x2", "cx") if name in item.attrib] + [corner[0] for corner in corners]
    down = [float(item.attrib[name]) for item in root.iter() for name in ("y", "y1", "y2", "cy") if name in item.attrib] + [corner[1] for corner in corners]
    assert root.find("title") is not None
    assert 0 <= min(across) <= max(across) <= width
    assert 0 <= min(down) <= max(down) <= height


@pytest.mark.parametrize("text", [SHAPE, *EXAMPLES.values()])
def test_the_level_is_read_from_the_grade(text):
    a = assessed(text)
    assert a.level == LEVELS[sum(a.grade.value >= cut for cut in a.grade.cuts)]
    assert explain_page.page(a).count('class="held"') == 1


@pytest.mark.parametrize("grade", [Grade(0.5, (0.2, 0.2, 1.5, 2.0), 1.0), Grade(9.0, (-1.0, 0.0, 0.0, 0.0), 4.0), Grade(0.0, (0.1, 0.2, 0.3, 0.4), 1.0)])
def test_a_gauge_bears_cuts_of_any_model(grade):
    drawn = gauge.gauge(replace(assessed("Rebels shelled the port."), grade=grade))
    assert ElementTree.fromstring(drawn) is not None
    assert 'width="-' not in drawn


def test_what_would_change_the_risk_most_is_told_and_linked(page):
    a = assessed(SHAPE)
    without = sorted(a.explain().without, key=lambda pair: (-abs(pair[1] - a.risk), pair[0]))[:5]
    assert [(c.sentence - 1, c.after) for c in explain_page.changes(a)] == [(i, explain_page.probabilities(a.risk, risk)[1]) for i, risk in without]
    assert set(Page(page).all("href")) <= {f"#{id}" for id in Page(page).all("id")}
    assert f'<a href="#s{without[0][0] + 1}">sentence {without[0][0] + 1}</a>' in page


def test_a_long_report_is_not_judged_anew_for_every_sentence():
    a, tried = assessed("\n\n".join([SHAPE] * 20)), []
    explain_page.changes(replace(a, without=lambda i: tried.append(i) or a.risk))
    assert len(tried) == 40


@pytest.mark.parametrize(("values", "told"), [((0.714, 0.583), ("0.71", "0.58")), ((0.9963, 0.9884), ("0.996", "0.988")), ((0.5, 0.5), ("0.50", "0.50")), ((0.00001, 0.3), ("0.0000", "0.3000"))])
def test_probabilities_are_told_apart_in_few_digits(values, told):
    assert explain_page.probabilities(*values) == told


@pytest.mark.parametrize(("text", "told"), [("Die Truppen haben die Stadt in der Nacht mit Raketen beschossen.", "does not seem to be English"), ("\u0642\u0627\u0644 \u0627\u0644\u0631\u0626\u064a\u0633", "does not seem to be English"), ("... 12 !", "holds no words")])
def test_what_was_not_judged_says_so_and_shows_no_sum(text, told):
    page = explain_page.page(assessed(text))
    assert told in page
    assert "Not judged" in page
    assert "The sum" not in page
    assert "data-share=" not in page
    assert ('lang=""' in page) == ("English" in told)


def test_little_evidence_is_told():
    assert "interval is wide" in explain_page.page(assessed("The shop opens on Monday."))


@pytest.mark.parametrize("pattern", [r"https?:", r"//[a-z]", r"@import", r"url\(", r"<script", r"<link", r"src=", r" style="])
def test_the_page_needs_no_network_and_no_script(page, pattern):
    assert not re.search(pattern, page)


def test_the_policy_lets_through_this_style_alone(page):
    from base64 import b64encode
    from hashlib import sha256

    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)[1]
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)[1]
    assert policy == f"default-src 'none'; style-src 'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'; base-uri 'none'; form-action 'none'"


def test_a_notebook_is_not_disturbed():
    html = assessed(SHAPE)._repr_html_()
    css = re.search(r"<style>(.*?)</style>", html, re.DOTALL)[1]
    selectors = [one.strip() for rule in re.findall(r"([^{}]+)\{", css) if not rule.strip().startswith("@") for one in rule.split(",")]
    assert [one for one in selectors if not re.match(r"((\[data-jp-theme-light=\"\w+\"\]|\.vscode-\w+) )?\.escalation-report\b", one)] == []
    assert all(id.startswith("e") and "-" in id for id in Page(html).all("id"))
    assert not {"html", "head", "body", "meta", "h1", "h2"} & set(Page(html).tags)


def test_two_reports_in_a_notebook_share_no_id():
    one, other = (set(Page(assessed(text)._repr_html_()).all("id")) for text in (SHAPE, EXAMPLES["2_ceasefire_holds"]))
    assert not one & other


def test_page_and_notebook_hold_the_same(page):
    words = [" ".join(Page(re.sub(r"(?s)<head>.*</head>|<style>.*</style>", "", html)).words.split()) for html in (page, assessed(SHAPE, id="shape")._repr_html_())]
    assert words[0] == words[1]


def test_no_id_stands_twice(page):
    found = Page(page).all("id")
    assert len(found) == len(set(found))


def test_the_same_assessment_gives_the_same_page(page):
    assert explain_page.page(assessed(SHAPE, id="shape")) == page


def test_the_page_keeps_to_phones_schemes_and_print(page):
    assert all(part in page for part in ("width=device-width", "prefers-color-scheme: dark", "@media print", "forced-colors", "print-color-adjust: exact"))


def palette(page: str, place: int) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+): ([^;]+);", re.findall(r"\.escalation-report \{[^}]*--back[^}]*\}", page)[place]))


def over(tint: str, depth: float, ground: str) -> str:
    """A tint laid over an opaque ground."""
    below = [int(part, 16) for part in re.findall("..", ground.strip("#") * (2 if len(ground) == 4 else 1))]
    return "#" + "".join(f"{round(depth * int(above) + (1 - depth) * under):02x}" for above, under in zip(tint.split(","), below, strict=True))


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("side", ["up", "down"])
def test_words_stand_out_from_every_shade(page, scheme, side):
    found = palette(page, scheme)
    depths = [float(depth) for depth in re.findall(rf"\.{side}\d \{{ background: rgba\(var\(--tint-{side}\), ([\d.]+)\)", page)]
    grounds = [luminance(over(found[f"tint-{side}"], depth, found["back"])) for depth in depths]
    ink = luminance(found["text"])
    assert len(depths) == len(passages.STEPS)
    assert all((max(ink, ground) + 0.05) / (min(ink, ground) + 0.05) >= 4.5 for ground in grounds)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("ground", ["back", "card"])
@pytest.mark.parametrize("ink", ["text", "soft"])
def test_words_stand_out_from_their_ground(page, scheme, ground, ink):
    found = palette(page, scheme)
    lighter, darker = sorted((luminance(found[ink]), luminance(found[ground])), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) >= 4.5


def run(*words: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-m", "escalation", "explain", *words], capture_output=True, text=True, cwd=HERE.parent, check=False)


def test_the_shell_writes_the_page_beside_what_it_prints(tmp_path):
    out = tmp_path / "page.html"
    done = run("examples/5_threats_and_talks.txt", "--html", str(out), "--published", "2024-05-01")
    assert done.returncode == 0
    assert "log-odds = risk" in done.stdout
    assert out.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert "2024-05-01" in out.read_text(encoding="utf-8")


def test_a_page_that_cannot_be_written_is_told():
    done = run("examples/5_threats_and_talks.txt", "--html", "/nowhere/page.html")
    assert done.returncode == 2
    assert "cannot be written" in done.stderr
