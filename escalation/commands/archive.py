"""The shell: ``escalation score ARCHIVE -o TABLE``."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from escalation import writers
from escalation.commands import DONE, QUARANTINED
from escalation.errors import InputError

if TYPE_CHECKING:
    from escalation.blocks import Archive

_PRINTED = (".txt", "")  # devices have no suffix
_STOPPED = 128  # and the number of the signal, as shells have it


@dataclass(frozen=True)
class Options:
    """What only archives take; None and False stand for the default."""

    jobs: int | None = None
    errors: Path | None = None
    level: str | None = None
    id: str | None = None
    source: str | None = None
    fresh: bool = False
    no_places: bool = False
    no_copies: bool = False

    @property
    def given(self) -> list[str]:
        """Those that were given, as they are written."""
        return [f"--{name.replace('_', '-')}" for name, value in vars(self).items() if value is not None and value is not False]


def wanted(sources: list[str], output: Path | None, other_format: bool) -> bool:
    """Whether reports go into a table: there is a source, and an output that ends like a table.

    Raises
    ------
    InputError
        The output ends like nothing that is written, or like a table that no
        archive is given for.
    """
    if output is None or other_format:
        return False
    if not writers.is_table(output):
        if output.suffix.lower() not in _PRINTED:
            raise InputError(f"{output}: the name does not tell the format. Let it end in {', '.join(writers.KINDS)} for a table, or in .txt for what is printed; --json and --csv take any name.")
        return False
    if not sources:
        raise InputError(f"{output}: a table is made of an archive, not of texts on the command line. Name an archive, or give --json or --csv.")
    return True


def refuse(options: Options) -> None:
    """Options of archives where no archive is scored must not pass unnoticed."""
    if options.given:
        raise InputError(f"{options.given[0]}: only where an archive is scored into a table. Name one archive, and with -o a file that ends in {', '.join(writers.KINDS)}; leave out --json and --csv.")


def score(sources: list[str], output: Path, model: Path | None, text: list[str], published: str | None, dates: str | None, options: Options) -> int:
    """Score an archive into a table; gives the code to exit with."""
    from escalation.intake import open_archive
    from escalation.scoring import score_archive

    if len(sources) > 1:
        raise InputError(f"{sources[1]}: one archive goes into one table. Score each into its own, or join them into one file first.")
    given = {"text": "+".join(text) or None, "published": published, "id": options.id, "source": options.source}
    archive = open_archive(sources[0], {role: name for role, name in given.items() if name}, dates)
    _refuse_empty(archive)
    print(_fields(archive), file=sys.stderr)
    try:
        with _terminable():
            summary = score_archive(
                archive, output, model=model, level=options.level or "report", jobs=1 if options.jobs is None else options.jobs, resume=not options.fresh,
                errors=options.errors, places=not options.no_places, copies=not options.no_copies, progress=True,
            )
    except KeyboardInterrupt as stop:
        print(f"escalation: stopped. What is done is kept in {output}.parts: run the same command again{' without --fresh' if options.fresh else ''} to go on.", file=sys.stderr)
        return _STOPPED + (signal.SIGTERM if isinstance(stop, _Terminated) else signal.SIGINT)
    print(summary, file=sys.stderr)
    return QUARANTINED if summary.quarantined else DONE


class _Terminated(KeyboardInterrupt):
    """Somebody asks the process to end; it stops as for Ctrl-C."""


@contextmanager
def _terminable() -> Iterator[None]:
    """Meanwhile a request to end lets the work be put away first."""

    def end(*_: Any) -> None:
        raise _Terminated

    before: Callable[..., Any] | int | None = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def no_reports(source: str) -> InputError:
    """The fault of a source without a row."""
    return InputError(f"{source}: holds no reports. Give a text, JSONL or CSV file, or a folder of .txt files.")


def _refuse_empty(archive: Archive) -> None:
    """A file without a row is more likely a slip than an answer; standard input can be looked at only once."""
    if archive.name != "-":
        with closing(iter(archive)) as entries:
            if next(entries, None) is None:
                raise no_reports(archive.name)


def _fields(archive: Archive) -> str:
    """What is read as what, and what follows where there is no date."""
    if not archive.fields:
        return f"{archive.name}: each file is one text"
    found = f"{archive.name}: {', '.join(f'{role} from {field!r}' for role, field in archive.fields.items())}"
    return found if "published" in archive.fields else f"{found}\n{archive.name}: published: none found: no index can count these rows. If a field holds the date, name it with --published FIELD."
