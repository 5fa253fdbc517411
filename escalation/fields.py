"""Names of fields -> what they hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from escalation.errors import InputError

# Names that archives and coders give to the same thing, the commonest first.
NAMES = {
    "text": ("text", "body", "content", "article", "full_text", "body_text", "story", "data"),
    "label": ("label", "labels", "risk", "code", "score", "y", "level", "class", "target", "rating", "category", "sentiment", "choice", "cats"),
    "group": ("group", "groups", "event", "event_id", "source", "publisher", "outlet", "domain"),
    "published": ("published", "date", "published_at", "pub_date", "datetime", "timestamp"),
    "weight": ("weight", "sample_weight"),
    "id": ("report_id", "id", "doc_id", "uid", "url", "link"),
    "source": ("source", "publisher", "outlet", "domain"),
}
REPORT = ("text", "id", "published", "source")  # what a report is made of
# Where the text has one of these names its headline stands in a field of its own.
_HEADLINES, _BODIES = ("headline", "title"), frozenset({"body", "content", "body_text"})

_LONGEST = 40  # characters of a name; a longer one is rather a text


def find(present: Sequence[str], given: dict[str, str | None], where: str) -> dict[str, str]:
    """Which field holds what, as given or else guessed from its name.

    Parameters
    ----------
    present : the fields that there are
    given : per role of :data:`NAMES`, the field to use, or None to guess it;
        ``"headline+body"`` joins two
    where : the file, for errors

    Returns
    -------
    dict
        Role to field; roles without a field are left out.

    Raises
    ------
    InputError
        A given field is not there, or no field looks like the text or the
        label.
    """
    wanted = {role: name for role, name in given.items() if name is not None}
    for role, name in wanted.items():
        _check(name, present, role, where)
    guessed = {role: guess(role, present) for role in NAMES if role not in wanted}
    found = wanted | {role: name for role, name in guessed.items() if name is not None}
    if "text" not in found:
        raise InputError(_no_field("text", present, where))
    if "label" not in found:
        found["label"] = _only_other(present, found, where)
    return found


def of_archive(present: Sequence[str], given: Mapping[str, str | None], where: str) -> dict[str, str]:
    """Which field holds the text, id, date and source of reports, as given or else guessed.

    Parameters
    ----------
    given : as for :func:`find`, but None leaves a role without a field

    Raises
    ------
    InputError
        A given role or field is not there, or no field looks like the text.
    """
    for role, name in given.items():
        if role not in REPORT:
            raise InputError(f"columns: no role {role!r}; there are {list(REPORT)}.")
        if name is not None:
            _check(name, present, role, where)
    found = {role: given[role] if role in given else guess(role, present) for role in REPORT}
    if found["text"] is None:
        raise InputError(_no_field("text", present, where))
    return {role: name for role, name in found.items() if name is not None}


def parts(name: str, present: Sequence[str]) -> list[str]:
    """The fields that ``"headline+body"`` joins; a field of that very name goes first."""
    return [name] if name in present else name.split("+")


def guess(role: str, present: Sequence[str]) -> str | None:
    """The field that looks like ``role``; a headline beside a body is joined to it."""
    lowered = {name.strip().lower(): name for name in reversed(present)}
    found = next((lowered[name] for name in NAMES[role] if name in lowered), None)
    if role == "text" and found and found.strip().lower() in _BODIES:
        return "+".join([*(lowered[name] for name in _HEADLINES if name in lowered), found][-2:])
    return found


def _check(name: str, present: Sequence[str], role: str, where: str) -> None:
    for part in parts(name, present):
        if part not in present:
            raise InputError(f"{where}: no field {part!r}; there are {list(present)}. Name one of them with {role}=....")


def _only_other(present: Sequence[str], found: dict[str, str], where: str) -> str:
    """The label under a name of its own: the one field that is nothing else."""
    taken = {part for name in found.values() for part in parts(name, present)} | {*_HEADLINES}
    others = [name for name in present if name not in taken]
    if len(others) != 1:
        raise InputError(_no_field("label", present, where))
    return others[0]


def _no_field(role: str, present: Sequence[str], where: str) -> str:
    listed = [name if len(name) <= _LONGEST else name[:_LONGEST] + "\u2026" for name in present]
    first = " If these are a report and its label, the file has no header: put a line with the names of the fields first." if any(len(name) > _LONGEST for name in present) else ""
    return f"{where}: no field looks like the {role}; there are {listed}. Name it with {role}=....{first}"
