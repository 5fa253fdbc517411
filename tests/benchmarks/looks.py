"""Every kind of page in a real browser: contrast, width, keyboard, hover, scripts off, attacks.

    python tests/benchmarks/looks.py [--site FOLDER] [--browser PROGRAM] [--shots FOLDER]

Makes the page of one report, of an archive, of an evaluation and of an index,
each with texts that attack a page, and opens them at phone and desktop width,
light and dark. ``--site`` looks at pages of the built documentation as well.
Needs a Chromium; nothing is fetched. Ends with 1 if something does not hold.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[2]))

from browser import Browser
from pages import HOSTILE, SENTENCES, Finding, made_page

import escalation
from escalation import explain_page, pages, pictures

WIDTHS = {"phone": (390, 844), "desktop": (1280, 900)}
SCHEMES = ("light", "dark")
LEAST = 4.5  # WCAG 2.1, 1.4.3
SITE = ("index.html", "tutorial/first-report.html", "about/comparison.html", "reference/cues.html")
# Every text that is seen, its colour over what lies behind it; half-transparent grounds are mixed.
CONTRAST = """(() => {
  const parsed = (colour) => { const part = colour.match(/[\\d.]+/g).map(Number); return part.length > 3 ? part : [...part, 1]; };
  const over = (top, ground) => top.slice(0, 3).map((value, at) => value * top[3] + ground[at] * (1 - top[3]));
  const light = (colour) => { const [r, g, b] = colour.map((v) => v / 255).map((v) => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4); return .2126 * r + .7152 * g + .0722 * b; };
  const behind = (node) => { const layers = []; for (let at = node; at; at = at.parentElement) layers.push(parsed(getComputedStyle(at).backgroundColor));
    return layers.reverse().reduce((ground, layer) => over(layer, ground), matchMedia('(prefers-color-scheme: dark)').matches ? [18, 18, 18] : [255, 255, 255]); };
  const found = [], seen = new Set(), walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const node = walk.currentNode.parentElement;
    if (seen.has(node) || !walk.currentNode.textContent.trim() || ['SCRIPT', 'STYLE', 'TEMPLATE', 'NOSCRIPT', 'TITLE'].includes(node.tagName)) continue;
    seen.add(node);
    const style = getComputedStyle(node), box = node.getBoundingClientRect();
    if (style.visibility !== 'visible' || !node.checkVisibility({ opacityProperty: true }) || box.width < 2 || box.height < 2 || style.clipPath.startsWith('inset(50%')) continue;
    const ground = behind(node), ink = over(parsed(node instanceof SVGElement ? style.fill : style.color), ground);
    const [a, b] = [light(ink), light(ground)].sort((x, y) => y - x);
    found.push([(a + .05) / (b + .05), node.tagName + '.' + (node.getAttribute('class') ?? '') + ' ' + walk.currentNode.textContent.trim().slice(0, 30)]);
  }
  found.sort((x, y) => x[0] - y[0]);
  return [found.length, ...found[0]];
})()"""
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--site", type=Path)
    parser.add_argument("--browser")
    parser.add_argument("--shots", type=Path, help="Pictures go into this folder.")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        made = made_pages(Path(folder)) | {f"site, {name}": given.site / name for name in SITE if given.site}
        browser = Browser(given.browser)
        try:
            found = [row for name, page in made.items() for row in looked_at(browser, name, page, given.shots)]
            found += [*one_report(browser, made["one report"]), *scripts_off(browser, made["one report"])]
        finally:
            browser.close()
    print("| what | found | limit | |\n| --- | --- | --- | --- |")
    print("\n".join(f"| {row.what} | {row.found} | {row.limit} | {'holds' if row.holds else '**does not hold**'} |" for row in found))
    sys.exit(not all(row.holds for row in found))


def made_pages(folder: Path) -> dict[str, Path]:
    """Name -> page; every page holds texts that attack it."""
    made = {name: folder / f"{name.replace(' ', '_')}.html" for name in ("one report", "evaluation", "index", "archive")}
    text = "\n".join(f"{payload} {sentence}" for payload, sentence in zip(HOSTILE, SENTENCES * 2, strict=False))
    scorer = escalation.Scorer()
    made["one report"].write_text(explain_page.page(scorer.score(escalation.Report(text, id=HOSTILE[0]))), encoding="utf-8")
    stream = np.random.default_rng(0)
    texts = [f"{HOSTILE[n % len(HOSTILE)]} {' '.join(stream.choice(SENTENCES, 4))} {n}" for n in range(80)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the labels are drawn, which the figures say
        judged = escalation.evaluate(None, texts, stream.integers(0, 5, 80).tolist(), groups=[HOSTILE[n % 4] for n in range(80)])
    made["evaluation"].write_text(pages.page(judged), encoding="utf-8")
    made_page(2_000, folder / "archive.jsonl", made["archive"])
    table = scorer.score_frame(pd.DataFrame({"text": texts})).assign(published=[f"2024-0{1 + n % 6}-1{n % 9}" for n in range(80)], source=[HOSTILE[n % 3] for n in range(80)])
    pictures.write(escalation.build_index(table, freq="M", by="source"), made["index"])
    return made


def looked_at(browser: Browser, name: str, page: Path, shots: Path | None) -> Iterator[Finding]:
    """Contrast and width of a page, at each width and in each scheme, and what the browser complains of."""
    worst, wide, complaints, ran = (99.0, ""), 0, [], 0
    for width, (across, down) in WIDTHS.items():
        for scheme in SCHEMES:
            browser.size(across, down, dark=scheme == "dark", phone=width == "phone")
            browser.open(page)
            count, ratio, where = browser.run(CONTRAST)
            worst = min(worst, (ratio, f"{where} ({scheme})"))
            wide = max(wide, browser.run(WIDER))
            complaints += browser.complaints()
            ran += browser.run("typeof attacked === 'undefined' ? 0 : 1")
            if shots:
                shots.mkdir(parents=True, exist_ok=True)
                browser.shot(shots / f"{name.replace(' ', '_').replace('/', '_')}-{width}-{scheme}.png")
    yield Finding(f"{name}: least contrast of {count} texts, two widths, light and dark", f"{worst[0]:.2f}" + (f", {worst[1]}" if worst[0] < LEAST else ""), f"{LEAST}", worst[0] >= LEAST)
    yield Finding(f"{name}: wider than the screen by", f"{wide} px", "0 px", wide == 0)
    yield Finding(f"{name}: errors, warnings, requests; payloads that ran", f"{'; '.join(complaints)[:200] or 'none'}; {ran}", "none; 0", not complaints and not ran)


def one_report(browser: Browser, page: Path) -> Iterator[Finding]:
    """The cues of one report by pointer and by keyboard."""
    browser.size(1280, 900)
    browser.open(page)
    cues = browser.run("document.querySelectorAll('[tabindex=\"0\"]').length")
    shown = "(() => { const at = document.activeElement; const told = [...at.querySelectorAll('*')].find((node) => getComputedStyle(node).position === 'absolute' && node.checkVisibility({ visibilityProperty: true })); return told ? told.textContent : ''; })()"
    passed, told = set(), ""
    for _ in range(cues + 40):
        browser.press("Tab")
        at = browser.run("[...document.querySelectorAll('[tabindex=\"0\"]')].indexOf(document.activeElement)")
        if at >= 0:
            passed.add(at)
            told = told or browser.run(shown)
    yield Finding("one report: cues that Tab reaches", f"{len(passed)} of {cues}", "all", len(passed) == cues > 0)
    yield Finding("one report: focus shows the qualifiers", told[:60], "a cue's words", bool(told))
    browser.open(page)
    x, y = browser.run("(() => { const cue = document.querySelector('[tabindex=\"0\"]'); cue.blur(); cue.scrollIntoView({ block: 'center' }); const box = cue.getBoundingClientRect(); return [box.x + 3, box.y + box.height / 2]; })()")
    browser.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
    hovered = browser.run(shown.replace("document.activeElement", "document.querySelector('[tabindex=\"0\"]')"))
    yield Finding("one report: the pointer shows the qualifiers", hovered[:60], "a cue's words", bool(hovered))


def scripts_off(browser: Browser, page: Path) -> Iterator[Finding]:
    """What is left of the page of one report without scripts."""
    browser.open(page)
    browser.run("document.activeElement.blur()")
    words = browser.run("document.body.innerText.length")
    browser.open(page, scripts=False)
    left = browser.run("[document.body.innerText.length, document.querySelectorAll('svg').length]")
    yield Finding("one report: letters and plots left with scripts off", f"{left[0]} of {words}, {left[1]} plots", "all; 2 or more", left[0] == words and left[1] >= 2)


if __name__ == "__main__":
    main()
