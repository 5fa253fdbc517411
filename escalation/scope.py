"""Cues and qualifiers of a sentence -> which qualifier reaches which cue."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import cached_property

from escalation.clauses import AUXILIARIES, HARD, SUBJECTS, asides, ends_relative, in_quotes, recalled, relative_of_denied, years
from escalation.cues import Hit
from escalation.lexicon import Entry
from escalation.listed import listed
from escalation.names import Words

_FRONT = 6  # a comma this early closes a date or place, not a clause
# Cues whose wording holds a mood or a "not" of its own ("vowed to", "refused to").
SELF_QUALIFIED = frozenset({"threat", "words", "refusal"})
_WHOLE = frozenset({"refrain", "decline_to_join", "deny_intent", "call_for_restraint"})
# A noun behind one of these is not the head of its phrase: "talks on the war collapsed".
_PREPOSITIONS = frozenset("on of over to for about in with by from into against at between after ending".split())
# Nor behind one of these, unless it is what is planned: "sanctions for the attack were lifted".
_CAUSES = frozenset("for on against into about".split())
_PLANS = frozenset("plan plans preparations order orders call calls threat threats support appetite deadline date decision".split())
_HABITUAL = frozenset({"used", "that", "which", "who"})  # "guns that used to fire"
# A subject right behind a date stands in the clause that it dates: "a year ago they".
_DATE_ENDS = frozenset("ago , earlier year month war before".split())
_DENYING_NOUNS = frozenset({"no", "zero"})  # these deny their own noun, not what it does
# What makes a predicate a negation: "the truce has yet to be signed".
_NEGATORS = frozenset("not never yet nor fail failed fails".split())
# A definite noun behind one of these is taken for granted: "nobody died in the raid".
_WITHIN = frozenset("in during over from".split())
_GIVEN = frozenset("the its their his her this that these those monday tuesday wednesday thursday friday saturday sunday yesterday today".split())
_NOUN_PHRASE = 4
# What an elliptic clause ends in, and what may still follow it.
_ELLIPTIC = frozenset("not did do does has have had will would was were is are never didn't don't doesn't hasn't haven't won't wouldn't declined refused relented no".split())
_AHEAD = 9  # how far one reaches whose clause goes on, as plain "not" does
_REFUSALS = frozenset("refused declined relented".split())  # whose object qualifies itself
_AFTER_ELLIPSIS = frozenset("on in at by until yet within and or either again this last yesterday today all".split())
# Qualifiers that the members of a list share.
_LENT = frozenset({"status", "realis", "time"})
# Words that a qualifier is looked for in; bounds the work on a runaway sentence.
_WINDOW = 120
# What a predicate says of its subject.
_PREDICATES = frozenset({"negated", "asserted"})


class Scope:
    """The qualifiers of one sentence and the borders between its words."""

    def __init__(self, words: Words, text: str, hits: Sequence[Hit], quoted: bool) -> None:
        self.words = words
        self.text = text
        self.cues = [hit for hit in hits if hit.entry.kind == "cue"]
        tokens = words.tokens
        turned = [_turned(hit, tokens) for hit in hits if hit.entry.kind not in ("cue", "border", "verdict")]
        self.triggers = [hit for hit in turned if hit is not None]
        self._places = [hit.first for hit in self.cues]
        self._starts = [hit.first for hit in self.triggers]
        self.islands, commas = asides(tokens)
        borders = [hit for hit in hits if hit.entry.kind == "border"]
        self._borders = [hit for hit in borders if hit.entry.name != "given"]
        lists = listed(self.cues, tokens, {hit.first for hit in self._borders if hit.entry.name == "verb"}.union(ends_relative(tokens, self.islands)))
        if lists:
            commas -= {at for members in lists for at in range(members[0].last, members[-1].first) if tokens[at] == ","}
        self.fellows = {id(hit): members for members in lists for hit in members}
        self._hard = commas if HARD.isdisjoint(tokens) else commas.union([at for at, token in enumerate(tokens) if token in HARD])
        self.walls = self._hard.union([hit.first for hit in self._borders])
        # What looks ahead stops at what is taken for granted, too.
        self._ahead = self.walls if len(borders) == len(self._borders) else self.walls.union([hit.first for hit in borders])
        # What follows a subject does not speak of the nouns in an aside.
        self.subject_walls = self.walls.union(self.islands, self.islands.values()) if self.islands else self.walls
        self.inside = in_quotes(tokens, quoted)
        self.years = years(tokens) if words.digits else []
        self.recalled = recalled(tokens) if self.years else frozenset()
        self.forward: frozenset[int] = frozenset()
        predicates = [t for t in self.triggers if t.entry.name in _PREDICATES and t.entry.reach != "right"]
        if predicates:
            self.forward = frozenset([id(t) for t in predicates if t.entry.reach == "both" and self._object(t)])
        self.heads = {id(t): self._head(t) for t in predicates}

    @cached_property
    def date_walls(self) -> frozenset[int]:
        """Where a date ends: it covers every verb of its subject, but not the clause of another.

        In front it covers what follows its comma.
        """
        tokens = self.words.tokens
        walls = [at for at in self._hard if at > _FRONT or tokens[at] != ","]
        walls += [hit.first for hit in self._borders if hit.entry.name != "verb"]
        walls += [at for at, token in enumerate(tokens) if at and token in SUBJECTS and tokens[at - 1] not in _DATE_ENDS]
        return frozenset(walls)

    @cached_property
    def event_walls(self) -> frozenset[int]:
        """The same for a date that looks only ahead, which speaks of its own phrase: "years after the war, they"."""
        return self.date_walls | self._hard

    def reaching(self, hit: Hit) -> list[Hit]:
        """The triggers whose scope covers a cue."""
        if not self.triggers:
            return []
        own = self._direct(hit)
        if id(hit) not in self.fellows:
            return own
        kinds = {t.entry.kind for t in own}
        for fellow in self.fellows[id(hit)]:
            lent = [t for t in self._direct(fellow) if t.entry.kind in _LENT and t.entry.kind not in kinds and _outside(t, self.fellows[id(hit)])]
            kinds |= {t.entry.kind for t in lent}
            own += lent
        return own

    def _direct(self, hit: Hit) -> list[Hit]:
        near = self.triggers[bisect_left(self._starts, hit.first - _WINDOW) : bisect_left(self._starts, hit.last + _WINDOW)]
        return [t for t in near if self._covers(t, hit) and self._governs(t, hit)]

    def open(self, start: int, end: int, walls: Collection[int], most: int) -> bool:
        """Whether at most ``most`` words and no wall stand between two tokens."""
        at, seen = start, 0
        while at < end:
            close = self.islands.get(at, end)
            if close < end:
                at = close + 1
                continue
            if at in walls:
                return False
            seen += 1
            if seen > most:
                return False
            at += 1
        return True

    def _covers(self, trigger: Hit, hit: Hit) -> bool:
        entry = trigger.entry
        if entry.direction not in (0, hit.entry.direction):
            return False
        first, last = trigger.first, trigger.last
        if last >= hit.first and first <= hit.last:
            return self._overlaps(trigger, hit)
        side = "right" if last < hit.first else "left"
        if entry.reach not in (side, "both") or (side == "left" and (id(trigger) in self.forward or self._undone(trigger))):
            return False
        owner = entry.kind == "time" and self._possessive(trigger)
        if side == "left":
            return not owner and self.open(hit.last + 1, first, self._walls(entry, side), entry.most)
        gap = relative_of_denied(self.words.tokens, first) if entry.name == "negated" else None
        if gap is not None and gap[0] <= hit.last:
            return hit.last >= gap[1] and self.open(gap[1], hit.first, self._walls(entry, side), entry.most)
        return self.open(last + 1, hit.first, self._walls(entry, side), 3 if owner else entry.most)

    def _overlaps(self, trigger: Hit, hit: Hit) -> bool:
        """A trigger that runs into a cue, or stands in its gap: "commandos could land"."""
        free = [at for at in trigger.matched if at not in hit.matched]
        if trigger.entry.name == "background" and free and self.words.tokens[trigger.first] in _HABITUAL:
            return trigger.first > hit.first
        negator = trigger.entry.kind == "status" and not _NEGATORS.isdisjoint(self.words.tokens[at] for at in free)
        if trigger.entry.kind not in ("status", "realis") or (trigger.entry.reach == "left" and not negator):
            return False
        apart = len(free) == len(trigger.matched)
        if not free:
            return False
        if trigger.first < hit.first:
            return free[-1] < hit.first or (apart and trigger.last > hit.last)
        whole = hit.entry.family in SELF_QUALIFIED or (hit.entry.name in _WHOLE and trigger.entry.name != "negated")
        return free[-1] < hit.last and not whole and (apart or negator or trigger.entry.kind == "realis")

    def _undone(self, trigger: Hit) -> bool:
        """An ending that is itself denied takes back nothing: "the shelling did not stop"."""
        before = self.words.tokens[max(0, trigger.first - 2) : trigger.first]
        return trigger.entry.kind == "status" and trigger.entry.reach == "both" and any(token in ("not", "never", "cannot") or token.endswith("n't") for token in before)

    def _possessive(self, trigger: Hit) -> bool:
        """A date that owns the noun behind it: "last month's fighting"."""
        return self.text[self.words.ends[trigger.last] :][:1] in ("'", "\u2019")

    def _walls(self, entry: Entry, side: str) -> Collection[int]:
        if not entry.stops:
            return ()
        if entry.name == "background":
            return self.date_walls if entry.reach != "right" else self.event_walls
        if side == "left":
            return self.subject_walls if entry.kind == "status" else self.walls
        return self._ahead if entry.kind in ("status", "realis") else self.walls

    def _object(self, trigger: Hit) -> bool:
        """Whether a verb of either reach has a cue for an object."""
        return any(trigger.last < cue.first and self._covers(trigger, cue) for cue in self._near(trigger))

    def _head(self, trigger: Hit) -> Hit | None:
        """The subject's first cue; none where a cue holds the verb: "ended the war"."""
        near = self._near(trigger)
        if any(cue.first <= trigger.first <= cue.last and set(trigger.matched) <= set(cue.matched) for cue in near):
            return None
        return next((cue for cue in near if cue.last < trigger.first and self._covers(trigger, cue) and not self._verb(cue) and not self._hung(cue)), None)

    def _hung(self, hit: Hit) -> bool:
        before = self.words.tokens[max(0, hit.first - 3) : hit.first]
        return any(token in _CAUSES and (at == 0 or before[at - 1] not in _PLANS) for at, token in enumerate(before))

    def _near(self, trigger: Hit) -> list[Hit]:
        low = bisect_left(self._places, trigger.first - _WINDOW)
        return self.cues[low : bisect_left(self._places, trigger.last + _WINDOW)]

    def _verb(self, hit: Hit) -> bool:
        """A clause is no subject, a noun with a relative clause is: "truce that had held"."""
        span = self.words.tokens[max(0, hit.first - 1) : hit.last + 1]
        return not AUXILIARIES.isdisjoint(span) and SUBJECTS.isdisjoint(span) and "which" not in span

    def _governs(self, trigger: Hit, hit: Hit) -> bool:
        """What follows a subject says nothing of the nouns hung on its head."""
        if hit.last >= trigger.first:
            return trigger.last >= hit.first or not (self._spent(trigger, hit) or self._granted(trigger, hit))
        if not trigger.entry.stops and trigger.entry.kind == "status":
            return self._antecedent(trigger, hit)
        if id(trigger) not in self.heads:
            return True
        head = self.heads[id(trigger)]
        if head is None or self._verb(hit):
            return False
        return _PREPOSITIONS.isdisjoint(self.words.tokens[head.last + 1 : hit.first]) and not self._new_subject(trigger, hit)

    def _granted(self, trigger: Hit, hit: Hit) -> bool:
        """An act that a denial takes for granted: "nobody was hurt in Friday's attack" (Karttunen 1974)."""
        if trigger.entry.kind != "status" or hit.entry.direction < 0:
            return False
        tokens = self.words.tokens
        low = max(trigger.last + 1, hit.first - _NOUN_PHRASE)
        return any(tokens[at] in _WITHIN and tokens[at + 1] in _GIVEN for at in range(low, hit.first))

    def _spent(self, trigger: Hit, hit: Hit) -> bool:
        """A "no" before a noun says nothing of what follows: "no aid reached the besieged town"."""
        if trigger.last > trigger.first or self.words.tokens[trigger.first] not in _DENYING_NOUNS | {"never"}:
            return False
        if any(trigger.first in cue.matched and cue.last < hit.first for cue in self.cues):
            return True
        own = next((cue for cue in self.cues if trigger.last < cue.first <= trigger.last + 2), hit)
        return own.last < hit.first and not any(own is fellow for fellow in self.fellows.get(id(hit), ())) and own.entry.direction != hit.entry.direction

    def _antecedent(self, trigger: Hit, hit: Hit) -> bool:
        """The last thing that a pronoun may stand for, with what is listed beside it."""
        last = next((cue for cue in reversed(self.cues) if cue.last < trigger.first and cue.entry.direction == hit.entry.direction and cue.entry.family != "refusal"), hit)
        return last is hit or any(last is fellow for fellow in self.fellows.get(id(hit), ()))

    def _new_subject(self, trigger: Hit, hit: Hit) -> bool:
        """An "and" between: "200 wounded and the ferry was turned back"."""
        between = self.words.tokens[hit.last + 1 : trigger.first]
        return "and" in between and _PREPOSITIONS.isdisjoint(between[: between.index("and")]) and not any(hit.last < cue.first < trigger.first for cue in self._near(trigger))


def _turned(hit: Hit, tokens: Sequence[str]) -> Hit | None:
    """An elliptic "but did not" takes back what stands before it; "but did not
    attack", where the clause goes on, speaks of what follows."""
    if hit.entry.reach != "left" or hit.entry.stops or tokens[hit.last] not in _ELLIPTIC:
        return hit
    after = tokens[hit.last + 1] if hit.last + 1 < len(tokens) else "."
    if not after[0].isalnum() or after in _AFTER_ELLIPSIS:
        return hit
    if tokens[hit.last] in _REFUSALS:
        return None
    return replace(hit, entry=replace(hit.entry, reach="right", most=_AHEAD, stops=True, direction=0))


def _outside(trigger: Hit, members: Sequence[Hit]) -> bool:
    """A trigger before or after the whole list, not in it."""
    return trigger.last < members[0].first or trigger.first > members[-1].last
