"""Web pages -> their text and date."""

from __future__ import annotations

import re
from codecs import lookup
from importlib import import_module
from typing import Any, NamedTuple

from escalation.errors import InputError, MissingExtraError

# Longer pages are lists and dumps, on which extraction takes minutes.
PAGE_LIMIT = 5_000_000
# libxml2 gives up at 256 elements within each other; news pages have 30.
_DEPTH = 100
# Extraction takes the square of the elements within one paragraph: with 20,000 a minute and more.
_INLINE_MOST = 2000
_INLINE = frozenset("a abbr b big cite code del em font i ins label mark q s small span strike strong sub sup time tt u".split())
# Parsers compare every attribute of an element with every other; elements have ten.
_ATTRIBUTES_MOST = 1000
_ELEMENT = re.compile(r"""<([a-zA-Z][a-zA-Z0-9]*)((?:[^<>"']++|"[^"]*+"|'[^']*+')*+)""")
_QUOTED = re.compile(r""""[^"]*"|'[^']*'""")
# Possessive: a name without an end must not be tried from each of its letters.
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*+)[^<>]*+>")
# Elements that the next of their kind ends, so that they do not nest, and those without content.
_FLAT = frozenset("p li dt dd tr td th thead tbody tfoot option optgroup colgroup area base br col embed hr img input link meta source track wbr".split())
_BLOCK = "html|head|body|div|p|article|section|main|header|h[1-6]|table|ul|ol|figure|blockquote|span"
_OPENS = re.compile(rf"\s*<(?:!doctype\s+html|\?xml|(?:{_BLOCK})(?:\s[^<>]*)?>)", re.IGNORECASE)
_CLOSES = re.compile(rf"</(?:{_BLOCK})\s*>", re.IGNORECASE)
_WHOLE_PAGE = re.compile(r"<(?:html|body)[\s>]", re.IGNORECASE)
_MISSING = "web pages are cleaned by trafilatura, which is not installed. Run: pip install 'escalation[web]'."


class Page(NamedTuple):
    """A web page as it was sent, and the encoding that the server told."""

    data: bytes
    encoding: str | None = None
    url: str | None = None


def is_markup(text: str) -> bool:
    """Whether a text plainly is markup: it begins with an element and closes one."""
    return _OPENS.match(text) is not None and _CLOSES.search(text) is not None


def require(name: str) -> None:
    """Refuse pages where nothing can clean them."""
    try:
        _trafilatura()
    except MissingExtraError as fault:
        raise MissingExtraError(f"{name}: {fault}") from fault


def clean(page: Page | str) -> tuple[str, str | None]:
    """The article of a page, and the day on which the page says it was published.

    Raises
    ------
    InputError
        The page is too long, or there is no article on it.
    MissingExtraError
        trafilatura is not installed.
    """
    _trafilatura()
    text = page if isinstance(page, str) else _decoded(page)
    if len(text) > PAGE_LIMIT:
        raise InputError(f"a page of more than {PAGE_LIMIT // 1_000_000} million characters. No article is; leave it out.")
    found = _extracted(flattened(text) if _WHOLE_PAGE.search(text) else f"<html><body><article>{flattened(text)}</article></body></html>", None if isinstance(page, str) else page.url)
    if found is None or not (found.text or "").strip():
        raise InputError("no article was found on the page. Leave it out, or give its text.")
    return found.text, found.date


def flattened(html: str) -> str:
    """The page without the tags that lie too deep or are too many, and without attributes beyond number; what they hold stays."""
    html = _ELEMENT.sub(_without_crowd, html)
    if html.count("<") <= _DEPTH:
        return html
    pieces, start, depth, inline = [], 0, 0, 0
    for tag in _TAG.finditer(html):
        name = tag[2].lower()
        if name in _FLAT:
            continue
        depth += not tag[1]
        inline += name in _INLINE and not tag[1]
        if depth > _DEPTH or (inline > _INLINE_MOST and name in _INLINE):
            pieces.append(html[start : tag.start()])
            start = tag.end()
        depth = max(depth - bool(tag[1]), 0)
    return "".join([*pieces, html[start:]])


def _without_crowd(element: re.Match[str]) -> str:
    """The beginning of an element, without its attributes where there are too many."""
    few = len(element[2]) < 2 * _ATTRIBUTES_MOST or len(_QUOTED.sub("", element[2]).split()) <= _ATTRIBUTES_MOST
    return element[0] if few else f"<{element[1]}"


def _trafilatura() -> Any:
    try:
        return import_module("trafilatura")
    except ImportError as fault:
        raise MissingExtraError(_MISSING) from fault


def _extracted(html: str, url: str | None) -> Any:
    # A date that the page does not state is not guessed from its footer.
    dates = {"extensive_search": False, "original_date": True}
    try:
        return _trafilatura().bare_extraction(html, url=url, include_comments=False, with_metadata=True, date_extraction_params=dates)
    except Exception as fault:  # whatever a parser meets in a page costs that page only
        raise InputError(f"the page cannot be parsed: {fault}. Leave it out, or give its text.") from fault


def _decoded(page: Page) -> str:
    try:
        return page.data.decode(lookup(page.encoding or "utf-8").name)
    except (LookupError, UnicodeDecodeError):
        return _guessed(page.data)


def _guessed(data: bytes) -> str:
    return str(import_module("trafilatura.utils").decode_file(data))
