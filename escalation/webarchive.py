"""WARC -> rows: the web pages that a crawl has fetched."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import IO, Any
from urllib.parse import urlsplit

from escalation.errors import MissingExtraError
from escalation.markup import PAGE_LIMIT, Page
from escalation.packed import BrokenError, Meter, unpacked
from escalation.rows import Row

_TOO_LONG = f"a page of more than {PAGE_LIMIT // 1_000_000} MB. No article is; leave it out."
_FETCHED, _HTML = 200, "text/html"


def require(name: str) -> None:
    """Refuse WARC where nothing can read it."""
    _fastwarc(name)


def pages(file: IO[bytes], name: str, meter: Meter) -> Iterator[Row]:
    """One row per page that was fetched as HTML; its id is its URL."""
    warc = _fastwarc(name)
    stream = _Stream(unpacked(file, name, meter))
    records = warc.ArchiveIterator(stream, record_types=warc.WarcRecordType.response, auto_decode="all", stream_detect=False)
    number = 0
    try:
        for record in records:
            if _is_page(record):
                number += 1
                row = _row(record, f"{name}, page {number}")
                if stream.ended and stream.tell() < _end(record):
                    raise stream.broken or BrokenError("the WARC ends within a page. What stands before is kept; fetch the file again for the rest.")
                yield row
    except BaseException as fault:
        if not _is_of_fastwarc(fault):
            raise
        raise BrokenError(f"the WARC is damaged: {fault}. What stands before is kept; fetch the file again for the rest.") from fault
    if stream.broken:
        raise stream.broken


class _Stream:
    """Unpacked chunks as the file that fastwarc reads; a break is its end, kept for later."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks, self._rest, self._given = chunks, b"", 0
        self.broken: BrokenError | None = None
        self.ended = False

    def read(self, size: int) -> bytes:
        try:
            self._rest = self._rest or next(self._chunks, b"")
        except BrokenError as fault:
            self.broken = fault
        self.ended = not self._rest
        given, self._rest = self._rest[:size], self._rest[size:]
        self._given += len(given)
        return given

    def tell(self) -> int:
        return self._given

    def close(self) -> None:
        """Whoever opened the file closes it."""


def _fastwarc(name: str) -> Any:
    try:
        return import_module("fastwarc.warc")
    except ImportError as fault:
        raise MissingExtraError(f"{name}: WARC is read by fastwarc, which is not installed. Run: pip install 'escalation[web]'.") from fault


def _is_of_fastwarc(fault: BaseException) -> bool:
    """Its errors, and the panics of its Rust, which are no Exceptions."""
    return isinstance(fault, (OSError, ValueError, RuntimeError)) or type(fault).__name__ == "PanicException"


def _is_page(record: Any) -> bool:
    headers = record.http_headers
    return headers is not None and headers.status_code == _FETCHED and (record.http_content_type or "").lower() == _HTML


def _end(record: Any) -> int:
    """Where a record ends in the stream, by what its headers tell."""
    head = len("WARC/1.1\r\n\r\n") + sum(len(name) + len(value) + len(": \r\n") for name, value in record.headers.items())
    return int(record.stream_pos) + head + int(record.headers.get("Content-Length", 0))


def _row(record: Any, place: str) -> Row:
    url = record.headers.get("WARC-Target-URI", "").strip("<>")
    place = f"{place} ({url})"
    try:
        data = record.reader.read(PAGE_LIMIT + 1)
    except BaseException as fault:
        if not _is_of_fastwarc(fault):
            raise
        return Row(place, {}, f"cannot be unpacked: {fault}. Fetch the page again.")
    if len(data) > PAGE_LIMIT:
        return Row(place, {}, _TOO_LONG)
    return Row(place, {"id": url, "source": _host(url), "text": Page(data, record.http_charset, url)})


def _host(url: str) -> str | None:
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.") or None
    except ValueError:
        return None
