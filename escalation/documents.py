"""Files that hold one text each -> rows: a text, a folder, a zip."""

from __future__ import annotations

import os
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path, PurePosixPath

from escalation import cutzip
from escalation.errors import InputError
from escalation.markup import Page
from escalation.packed import ROW_LIMIT, STDIN, BrokenError, Meter, open_bytes, plain_name, unpacked, whole
from escalation.rows import Row

TEXTS, PAGES = (".txt",), (".html", ".htm")
_TOO_LONG = f"more than {ROW_LIMIT // 1_000_000} MB. No report is so long; split the file, or give a table as .jsonl or .csv."
_SHARED = "shares its bytes with another file of the zip, as packing bombs do. Pack the file again."
_LEAVES = "a link that leads out of the folder, and is not followed. Put the file itself there."
# macOS puts a file of its own beside every file that it packs.
_APPLE_FOLDER, _APPLE_FILE = "__MACOSX", "._"
# What zipfile raises of a broken one: names that are not what they say they are, and fields that are cut, among it.
_BROKEN = (OSError, ValueError, struct.error, zipfile.BadZipFile)


class Folder:
    """The texts below a folder, sorted by path.

    Raises
    ------
    InputError
        There are none.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size, self.pages, others = 0, False, set()
        for name in walk(path):
            suffix = Path(name).suffix.lower()
            self.size += is_document(name)
            self.pages |= suffix in PAGES
            others.add(suffix)
        if not self.size:
            raise InputError(_no_texts(path, others))

    def rows(self, meter: Meter) -> Iterator[Row]:
        """One row per text; its id is its path below the folder, without suffix."""
        inside = os.path.realpath(self.path)
        for name in filter(is_document, walk(self.path)):
            place = self.path / name
            leaves = not Path(os.path.realpath(place)).is_relative_to(inside)
            yield _row(str(place), name, *((None, _LEAVES) if leaves else _file(place)))
            meter.done += 1


class Zip:
    """The texts in a zip, sorted by name; nothing is unpacked to disk.

    Raises
    ------
    InputError
        It is no zip, or holds no texts.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.is_cut = _is_cut(path)
        names = list(self._names())
        self.size: int | None = None if self.is_cut else sum(map(is_document, names))
        self.pages = any(Path(name).suffix.lower() in PAGES for name in names if is_document(name))
        if not any(map(is_document, names)):
            if self.is_cut:
                raise InputError(f"{path}: the zip is cut off, and no text can be found in what is left. Fetch the file again.")
            raise InputError(_no_texts(path, {Path(name).suffix.lower() for name in names}))

    def rows(self, meter: Meter) -> Iterator[Row]:
        """One row per text; its id is its path in the zip, without suffix."""
        if self.is_cut:
            yield from self._cut_rows()
            return
        with self._open() as file:
            shared = _overlapping(file)
            for info in sorted(file.infolist(), key=lambda info: info.filename):
                if not info.filename.endswith("/") and is_document(info.filename):
                    content = (None, _SHARED) if info.header_offset in shared else _member(file, info)
                    yield _row(f"{self.path}, {info.filename}", info.filename, *content)
                    meter.done += 1

    def _names(self) -> Iterator[str]:
        if self.is_cut:
            with suppress(BrokenError):
                for name, _ in cutzip.members(self.path):
                    yield name
            return
        with self._open() as file:
            # A member may have no name at all, which is_dir() of zipfile cannot stand.
            yield from (info.filename for info in file.infolist() if not info.filename.endswith("/"))

    def _cut_rows(self) -> Iterator[Row]:
        for name, data in cutzip.members(self.path):
            if is_document(name):
                yield _row(f"{self.path}, {name}", name, data, "cannot be unpacked, or is too long. Pack the file again.")

    def _open(self) -> zipfile.ZipFile:
        try:
            return zipfile.ZipFile(self.path)
        except (*_BROKEN, NotImplementedError) as fault:
            raise InputError(f"{self.path}: cannot be read as a zip: {fault}. Check the path, or pack it again.") from fault


def one_text(source: str, chunks: Iterator[bytes]) -> Iterator[Row]:
    """A file that is one text, as its only row."""
    name = "stdin" if source == STDIN else plain_name(Path(source).name)
    yield _row(source, name, *_content(chunks))


def walk(folder: Path) -> Iterator[str]:
    """Paths of all files below, sorted by their parts; links to folders are not followed.

    What such a link leads to is read where it stands, or is no part of the
    folder; followed, forty of them make more paths than can be read.

    Raises
    ------
    InputError
        A folder cannot be read.
    """
    left = [("", True)]
    while left:
        name, is_folder = left.pop()
        if is_folder:
            left.extend(reversed(_listed(folder, name)))
        else:
            yield name


def is_document(name: str) -> bool:
    """Whether the name of a file says that it is a text or a page."""
    path = PurePosixPath(name.replace("\\", "/"))
    return path.suffix.lower() in (*TEXTS, *PAGES) and not path.name.startswith(_APPLE_FILE) and path.parts[0] != _APPLE_FOLDER


def _listed(folder: Path, prefix: str) -> list[tuple[str, bool]]:
    """Files and folders in one folder, by name; whether each is a folder."""
    try:
        with os.scandir(os.path.join(folder, prefix)) as entries:
            found = sorted((entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries if not (entry.is_symlink() and os.path.isdir(entry)))
    except OSError as fault:
        raise InputError(f"{folder / prefix}: cannot be read: {fault.strerror}. Check the path and who may read it.") from fault
    return [(f"{prefix}{name}/" if is_folder else f"{prefix}{name}", is_folder) for name, is_folder in found]


def _row(place: str, name: str, data: bytes | None, fault: str) -> Row:
    if data is None:
        return Row(place, {}, fault)
    path = PurePosixPath(name)
    content = Page(data) if path.suffix.lower() in PAGES else data
    return Row(place, {"id": str(path.with_suffix("")) if is_document(name) else path.stem, "text": content})


def _file(path: Path) -> tuple[bytes | None, str]:
    try:
        with open_bytes(path) as file:
            return _content(unpacked(file, ""))
    except InputError as fault:
        return None, str(fault)


def _content(chunks: Iterator[bytes]) -> tuple[bytes | None, str]:
    try:
        data = whole(chunks)
    except BrokenError as fault:
        return None, str(fault)
    return data, "" if data is not None else _TOO_LONG


def _is_cut(path: Path) -> bool:
    """Whether a file begins as a zip but lacks the index at its end."""
    with open_bytes(path) as file:
        begins = file.read(4) == b"PK\x03\x04"
    return begins and not zipfile.is_zipfile(path)


def _overlapping(file: zipfile.ZipFile) -> frozenset[int]:
    """Where those members begin that run into others: one piece of data named often unpacks to any size."""
    spans = sorted((info.header_offset, info.header_offset + info.compress_size) for info in file.infolist())
    return frozenset(start for (first, end), (second, _) in pairwise(spans) if end > second or first == second for start in (first, second))


def _member(file: zipfile.ZipFile, info: zipfile.ZipInfo) -> tuple[bytes | None, str]:
    try:
        with file.open(info) as member:
            data = member.read(ROW_LIMIT + 1)
    except (*_BROKEN, EOFError, RuntimeError, NotImplementedError, zlib.error) as fault:
        return None, f"cannot be unpacked: {fault}. Pack the file again, without a password."
    return (data, "") if len(data) <= ROW_LIMIT else (None, _TOO_LONG)


def _no_texts(path: Path, suffixes: set[str]) -> str:
    there = f"there are files that end in {', '.join(sorted(suffix or 'nothing' for suffix in suffixes))}" if suffixes else "it is empty"
    remedy = "Convert them to text first, for instance with pdftotext." if ".pdf" in suffixes else "Give tables one by one, as files."
    return f"{path}: no .txt, .html or .htm files; {there}. {remedy}"
