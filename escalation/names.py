"""Tokens -> words, every name made one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import compress, count
from typing import NamedTuple

_OPENERS = frozenset({'"', ":", "?", "!", "--", "\u2013", "\u2014"})
# Words that a name can be made of ("Army of Peace", "Defence Front"): with a
# capital they say nothing about what happens.
NAME_HEADS = frozenset(
    "army armed force forces front fronts movement party peace war wars resistance liberation defence defense defenders guard guards justice "
    "union united popular people people's national revolutionary islamic lord lord's brigade brigades corps council command security "
    "state states republic kingdom democratic free freedom new old north south east west central independent martyrs shield sword "
    "storm thunder victory unity salvation struggle battalion battalions legion league alliance congress committee organisation organization "
    "police navy marines air rapid support cross crescent world cold civil gulf day great holy military special operations border "
    "revolution intifada crisis conflict memorial museum week month".split()
)

NAME = "~"  # the one token of a name, and what stands for any name in a phrase
# Names that stand for no side of a conflict keep their last word, so that a
# phrase can speak of them: texts, meetings, ships, the one body of all states.
_THINGS = frozenset(
    "pact pacts protocol protocols convention resolution resolutions declaration conference communique memorandum charter plan proposals note "
    "fleet fleets squadron nations un".split()
)
_BODIES = frozenset({("security", "council"), ("league", "council")})
# With nothing but "the" before them these are no names: "the Army", "the Council".
_COMMON = frozenset("army navy forces marines police council assembly commission committee congress".split())
# A single word that keeps itself: kinds of treaties and offices.
_PLAIN = frozenset("foreign interior defence defense friendship amity assistance commission assembly committee cease red".split())
# What joins the words of a name, and the names of two who act together.
_JOINING = frozenset({"of", "the", "for", "and", "al", "el", "de", "la", "bin", "ibn", "van", "von", "der", "du", "st"})
_MOST_JOINING = 3
# Words that speak even with a capital: offices, dates, treaties.
_SPEAKING = frozenset(
    "minister president secretary general colonel commander ambassador spokesman spokeswoman premier chancellor ministry governor prime chief "
    "ceasefire truce armistice agreement accord accords treaty sanctions talks summit parliament government cabinet "
    "january february march april may june july august september october november december "
    "monday tuesday wednesday thursday friday saturday sunday i".split()
)
# Words that open a sentence before a name and are no part of it.
_ORDINARY_OPENERS = frozenset(
    "the a an in on at by to of for from with without as if when while since after before although though because but and or nor so yet "
    "both either neither not no only even also then now here there this that these those such some any all most many more few several other another "
    "one two three four five six seven eight nine ten eleven twelve dozens hundreds thousands half each every "
    "his her its their our my your he she it they we you who what where why how which whose "
    "under over near inside outside beyond between among against amid despite during until through throughout within across around behind above below off out up down along "
    "late early last next new former senior top heavy fresh fierce intense deadly massive large small major key leading rebel local foreign joint "
    "will would could should may might can must did does do is are was were has have had let "
    "only once again still just about like unlike per via according following including "
    "hostile armed angry young old poor rich brave big long short high low full free open".split()
)
_WORDS_OF_WEIGHT = _SPEAKING | _THINGS | _COMMON | _PLAIN | _ORDINARY_OPENERS


class Words(NamedTuple):
    """The tokens of a span, with the characters of the report they stand at.

    A name is one token, :data:`NAME`, however many words it has and whatever
    they are, so that nothing downstream can depend on who acts; the name of a
    treaty, a fleet or the like is its last word. ``capital``
    marks tokens written with a capital where that means a name: not at the
    start of a sentence or quote, not in headlines or capitals-only text.
    """

    tokens: tuple[str, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    capital: tuple[bool, ...]
    digits: bool = True  # False where no token is a number in digits


def capitals(text: str, tokens: tuple[str, ...], starts: tuple[int, ...]) -> tuple[bool, ...]:
    """Which tokens a capital marks as part of a name."""
    upper = [*map(str.isupper, map(text.__getitem__, starts))]
    if True not in upper or _is_headline(tokens, sum(upper)):
        return (False,) * len(tokens)
    for at in _openings(tokens):
        if upper[at]:
            upper[at] = _opens_a_name(tokens, upper, at)
    return tuple(upper)


def _opens_a_name(tokens: tuple[str, ...], upper: list[bool], at: int) -> bool:
    """Whether the first word of a sentence belongs to the name that follows."""
    token, rest = tokens[at], upper[at + 1 : at + 2] == [True]
    if token in NAME_HEADS:
        return rest or tokens[at + 1 : at + 2] == ("of",)
    return rest and token not in _ORDINARY_OPENERS and not token.endswith(("ing", "ed", "ly", "s"))


def _is_headline(tokens: tuple[str, ...], upper: int) -> bool:
    """Headlines and broadcasts put capitals on most words: there they say nothing."""
    # The first sum is quick and never too large; it settles nearly all cases.
    return 3 * upper > 2 * sum(map(str.isalpha, tokens)) and 3 * upper > 2 * sum(token[0].isalpha() for token in tokens)


def _openings(tokens: tuple[str, ...]) -> Iterator[int]:
    """Places of the words that open the sentence, a quote or a clause after a colon."""
    places = [-1]
    if not _OPENERS.isdisjoint(tokens):
        places += [at for at, token in enumerate(tokens) if token in _OPENERS]
    for at in places:
        at += 1
        while at < len(tokens) and not tokens[at][0].isalnum() and tokens[at] not in _OPENERS:
            at += 1
        if at < len(tokens) and tokens[at][0].isalpha():
            yield at


def with_names(tokens: tuple[str, ...], starts: tuple[int, ...], ends: tuple[int, ...], capital: tuple[bool, ...], digits: bool) -> Words:
    """The words with every name made one token."""
    names: list[tuple[int, int]] = []
    known = [*tokens]
    done = 0
    for at in compress(count(), capital):
        if at < done:
            continue
        first = at - (at > done and tokens[at - 1] == "the" and tokens[at] not in _SPEAKING)
        last = _name_end(tokens, capital, first)
        if last > first or (tokens[at] in NAME_HEADS and _of_name(tokens, capital, at)):
            names.append((at if _speaks(tokens, at, last) else first, last))
            done = last + 1
        elif _stands_alone(tokens[at]):
            known[at] = NAME
    if not names:
        return Words(tuple(known), starts, ends, capital, digits)
    return Words(*_merged(names, known, starts, ends, capital), digits)


def _stands_alone(token: str) -> bool:
    """Whether a single word with a capital is a name, and not a word of weight."""
    return token not in _WORDS_OF_WEIGHT and token.isalpha() and len(token) > 1


def _merged(names: list[tuple[int, int]], tokens: Sequence[str], starts: tuple[int, ...], ends: tuple[int, ...], capital: tuple[bool, ...]) -> tuple[tuple[str, ...], tuple[int, ...], tuple[int, ...], tuple[bool, ...]]:
    """All four with one item for each of the names."""
    new: tuple[list[str], list[int], list[int], list[bool]] = ([], [], [], [])
    done = 0
    for first, last in [*names, (len(tokens), -1)]:
        new[0].extend(tokens[done:first])
        new[1].extend(starts[done:first])
        new[2].extend(ends[done:first])
        new[3].extend(capital[done:first])
        if last >= 0:
            new[0].append(tokens[last] if _speaks(tokens, first, last) else NAME)
            new[1].append(starts[first])
            new[2].append(ends[last])
            new[3].append(True)
        done = last + 1
    return tuple(new[0]), tuple(new[1]), tuple(new[2]), tuple(new[3])


def _speaks(tokens: Sequence[str], first: int, last: int) -> bool:
    """Whether the last word of a name says what it is without saying who."""
    head = tokens[last]
    return head in _THINGS or (head in _COMMON and first == last) or tuple(tokens[last - 1 : last + 1]) in _BODIES


def _name_end(tokens: tuple[str, ...], capital: tuple[bool, ...], at: int) -> int:
    """Last token of the name that starts at ``at``; ``at`` itself where none does."""
    if tokens[at] == "the" and at + 1 < len(tokens) and _of_name(tokens, capital, at + 1):
        at += 1
    elif not _of_name(tokens, capital, at):
        return at
    last = at
    while True:
        following = last + 1
        while following < len(tokens) and tokens[following] in _JOINING and following - last <= _MOST_JOINING:
            following += 1
        if following < len(tokens) and _of_name(tokens, capital, following):
            last = following
        elif tokens[last + 1 : last + 2] == ("(",) and tokens[last + 3 : last + 4] == (")",) and capital[last + 2]:
            last += 3
        else:
            return last


def _of_name(tokens: tuple[str, ...], capital: tuple[bool, ...], at: int) -> bool:
    token = tokens[at]
    return capital[at] and token not in _SPEAKING and (token not in _PLAIN or _SPEAKING.isdisjoint(tokens[at + 1 : at + 2]))
