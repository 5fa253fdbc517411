"""The shell: ``escalation score ARCHIVE -o TABLE``."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from escalation import writers
from escalation.commands import DONE, QUARANTINED
from escalation.errors import InputError

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
        return [f"--{name.replace('_', '-')}" for name, value in vars(self).items() if value not in (None, False)]


def wanted(sources: list[str], output: Path | None, other_format: bool) -> bool:
    """Whether reports go into a table: a source is named, and an output that ends like a table."""
    return bool(sources) and output is not None and writers.is_table(output) and not other_format


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
    print(_fields(archive.name, archive.fields), file=sys.stderr)
    try:
        with _terminable():
            summary = score_archive(
                archive, output, model=model, level=options.level or "report", jobs=options.jobs or 1, resume=not options.fresh,
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


def _fields(name: str, held: Mapping[str, str]) -> str:
    return f"{name}: {', '.join(f'{role} from {field!r}' for role, field in held.items()) or 'each file is one text'}"
