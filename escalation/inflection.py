"""Word -> its inflected and British or American forms."""

from __future__ import annotations

from functools import cache

# Past and participle of the irregular verbs of news English; the present
# participle follows the rule for all of them but those in _ING.
_IRREGULAR = {
    "be": "am is are was were been", "have": "has had", "do": "does did done", "go": "goes went gone",
    "arise": "arose arisen", "bear": "bore borne", "beat": "beaten", "become": "became", "begin": "began begun",
    "bend": "bent", "bind": "bound", "bleed": "bled", "blow": "blew blown", "break": "broke broken", "bring": "brought",
    "build": "built", "burn": "burned burnt", "burst": "", "buy": "bought", "cast": "", "catch": "caught", "choose": "chose chosen",
    "cling": "clung", "come": "came", "cost": "", "cut": "", "deal": "dealt", "dig": "dug", "draw": "drew drawn", "drive": "drove driven",
    "eat": "ate eaten", "fall": "fell fallen", "feed": "fed", "feel": "felt", "fight": "fought", "find": "found", "flee": "fled",
    "fling": "flung", "fly": "flew flown", "forbid": "forbade forbidden", "forge": "forged", "forget": "forgot forgotten", "forgo": "forwent forgone",
    "freeze": "froze frozen", "get": "got gotten", "give": "gave given", "grow": "grew grown", "hang": "hung hanged", "hear": "heard",
    "hide": "hid hidden", "hit": "", "hold": "held", "hurt": "", "keep": "kept", "know": "knew known", "lay": "laid", "lead": "led",
    "leave": "left", "lend": "lent", "let": "", "lie": "lay lain", "light": "lit lighted", "lose": "lost", "make": "made", "mean": "meant",
    "meet": "met", "overcome": "overcame", "overrun": "overran", "overthrow": "overthrew overthrown", "pay": "paid", "put": "", "quit": "",
    "read": "", "rebuild": "rebuilt", "rend": "rent", "retake": "retook retaken", "rid": "", "ride": "rode ridden", "ring": "rang rung", "rise": "rose risen",
    "run": "ran", "say": "said", "see": "saw seen", "seek": "sought", "sell": "sold", "send": "sent", "set": "", "shake": "shook shaken",
    "shed": "", "shoot": "shot", "show": "showed shown", "shut": "", "sink": "sank sunk", "sit": "sat", "slay": "slew slain", "speak": "spoke spoken",
    "speed": "sped", "spend": "spent", "spill": "spilled spilt", "spin": "spun", "split": "", "spread": "", "spring": "sprang sprung", "stand": "stood",
    "steal": "stole stolen", "stick": "stuck", "strike": "struck stricken", "strive": "strove striven", "swear": "swore sworn", "sweep": "swept",
    "swell": "swelled swollen", "take": "took taken", "teach": "taught", "tear": "tore torn", "tell": "told", "think": "thought", "throw": "threw thrown",
    "thrust": "", "undergo": "underwent undergone", "undertake": "undertook undertaken", "upset": "", "wage": "waged", "wear": "wore worn", "win": "won", "withdraw": "withdrew withdrawn",
    "withhold": "withheld", "withstand": "withstood", "write": "wrote written", "behead": "beheaded", "broadcast": "", "foresee": "foresaw foreseen", "mislead": "misled", "overtake": "overtook overtaken", "overfly": "overflew overflown", "offset": "", "wind": "wound", "backfire": "backfired", "bid": "bade bidden", "sow": "sowed sown", "shrink": "shrank shrunk", "sting": "stung", "string": "strung", "mow": "mowed mown", "prove": "proved proven", "reset": "", "resend": "resent", "uphold": "upheld", "undo": "undoes undid undone", "awake": "awoke awoken", "learn": "learned learnt", "overhear": "overheard", "partake": "partook partaken", "ground": "grounded", "bomb": "bombed",
}
_ING = {"be": "being", "lie": "lying", "die": "dying", "tie": "tying", "flee": "fleeing", "see": "seeing", "free": "freeing", "agree": "agreeing", "vie": "vying", "singe": "singeing", "guarantee": "guaranteeing", "foresee": "foreseeing", "decree": "decreeing"}
# Stressed last syllable: the consonant doubles although the verb is longer.
_DOUBLING = {"admit", "commit", "compel", "concur", "confer", "control", "deter", "expel", "incur", "occur", "omit", "permit", "prefer", "rebel", "rebut", "recur", "refer", "regret", "remit", "repel", "submit", "transfer", "transmit", "abet", "abut", "begin", "defer", "demur", "dispel", "embed", "emit", "equip", "forget", "impel", "infer", "kidnap", "outfit", "overrun", "patrol", "propel", "upset", "withhold", "unplug", "handicap", "bet", "quit", "acquit", "airdrop", "backtrack", "reset", "broadcast"} - {"withhold", "backtrack", "broadcast"}
_BOTH = {"cancel", "travel", "signal", "label", "model", "level", "counsel", "quarrel", "shell", "focus", "fuel", "channel", "marshal", "imperil", "tunnel", "worship", "kidnap", "dial", "rival", "total"} - {"shell"}
_PLURALS = {"man": "men", "woman": "women", "child": "children", "person": "people", "wolf": "wolves", "life": "lives", "wife": "wives", "foot": "feet", "crisis": "crises", "aircraft": "aircraft", "personnel": "personnel", "analysis": "analyses", "basis": "bases", "leaf": "leaves", "thief": "thieves", "half": "halves", "axis": "axes", "hero": "heroes", "cargo": "cargoes", "embargo": "embargoes", "torpedo": "torpedoes", "veto": "vetoes", "volcano": "volcanoes", "mosquito": "mosquitoes", "knife": "knives", "spacecraft": "spacecraft", "ceasefire": "ceasefires", "tornado": "tornadoes"}
_SPELLING = (
    ("defence", "defense"), ("offence", "offense"), ("programme", "program"), ("centre", "center"), ("neighbour", "neighbor"), ("honour", "honor"),
    ("harbour", "harbor"), ("labour", "labor"), ("favour", "favor"), ("armour", "armor"), ("rumour", "rumor"), ("endeavour", "endeavor"), ("behaviour", "behavior"),
    ("colour", "color"), ("licence", "license"), ("manoeuvre", "maneuver"), ("manoeuvr", "maneuver"), ("theatre", "theater"), ("metre", "meter"), ("sceptic", "skeptic"),
    ("grey", "gray"), ("tonne", "ton"), ("judgement", "judgment"), ("fulfil", "fulfill"), ("guerrilla", "guerilla"), ("paramilitar", "para-militar"), ("analys", "analyz"), ("catalogue", "catalog"),
)
_ISE = ("isation", "ise", "ised", "ising", "ises")
# Words in -ise that are not spelt with z anywhere.
_NEVER_Z = {"exercise", "raise", "rise", "promise", "compromise", "surprise", "advise", "supervise", "otherwise", "franchise", "enterprise", "expertise", "premise", "precise", "wise", "noise", "disguise", "devise", "revise", "despise", "improvise", "televise", "arise", "cruise", "praise", "appraise", "poise", "likewise", "merchandise", "excise", "demise", "bruise", "concise", "paradise", "treatise", "uprise", "uprising", "uprisings", "rising", "raising", "exercised", "exercises", "exercising", "raised", "promised", "promising"}
_VOWELS = "aeiou"


@cache
def forms(pattern: str) -> tuple[tuple[str, ...], ...]:
    """All written forms of one pattern word, each as its words.

    ``/v`` and ``/n`` bend it as a verb or a noun, a hyphen also stands for a
    space or nothing, and both spellings of British and American words count.

    >>> forms("cease-fire")
    (('cease', 'fire'), ('ceasefire',))
    """
    stem, _, mark = pattern.partition("/")
    bend = {"v": inflect_verb, "n": inflect_noun}.get(mark, lambda word: (word,))
    joined = (stem.replace("-", " "), stem.replace("-", "")) if "-" in stem else (stem,)
    found = [form for word in joined for spelling in spellings(word) for form in bend(spelling)]
    return tuple(tuple(form.split(" ")) for form in dict.fromkeys(found))


@cache
def inflect_verb(verb: str) -> tuple[str, ...]:
    """Base, -s, -ing, past and participle of a verb; only its first word bends.

    >>> inflect_verb("strike")
    ('strike', 'strikes', 'striking', 'struck', 'stricken')
    """
    head, space, tail = verb.partition(" ")
    forms = [head, _third(head), *_participles(head), *_pasts(head)]
    return tuple(dict.fromkeys(form + space + tail for form in forms if form))


@cache
def inflect_noun(noun: str) -> tuple[str, ...]:
    """Singular and plural; the last word bends.

    >>> inflect_noun("air raid")
    ('air raid', 'air raids')
    """
    head, space, last = noun.rpartition(" ")
    return tuple(dict.fromkeys((noun, head + space + _plural(last))))


@cache
def spellings(word: str) -> tuple[str, ...]:
    """British and American spellings of a word, the given one first."""
    found = {word: None}
    for british, american in _SPELLING:
        if british in word:
            found[word.replace(british, american)] = None
        elif american in word and not (american in ("ton", "gray", "meter", "program", "fulfill", "catalog") and word not in (american, american + "s")):
            found[word.replace(american, british)] = None
    for form in list(found):
        found.update(dict.fromkeys(_s_and_z(form)))
    return tuple(found)


def _s_and_z(word: str) -> tuple[str, ...]:
    if word in _NEVER_Z or len(word) < 6:
        return ()
    for ending in _ISE:
        american = ending.replace("s", "z", 1)
        if word.endswith(ending):
            return (word[: -len(ending)] + american,)
        if word.endswith(american):
            return (word[: -len(american)] + ending,)
    return ()


def _third(verb: str) -> str:
    if verb in ("be", "have", "do", "go", "undo"):
        return ""
    if verb.endswith("y") and verb[-2:-1] not in _VOWELS:
        return verb[:-1] + "ies"
    return verb + ("es" if verb.endswith(("s", "x", "z", "ch", "sh", "o")) else "s")


def _participles(verb: str) -> tuple[str, ...]:
    if verb in _ING:
        return (_ING[verb],)
    if verb.endswith("e") and not verb.endswith(("ee", "oe", "ye")):
        return (verb[:-1] + "ing",)
    return tuple(stem + "ing" for stem in _stems(verb))


def _pasts(verb: str) -> tuple[str, ...]:
    if verb in _IRREGULAR:
        return tuple(_IRREGULAR[verb].split())
    if verb.endswith("e"):
        return (verb + "d",)
    if verb.endswith("y") and verb[-2:-1] not in _VOWELS:
        return (verb[:-1] + "ied",)
    return tuple(stem + "ed" for stem in _stems(verb))


def _stems(verb: str) -> tuple[str, ...]:
    """The stem before -ed and -ing, with its consonant doubled where it is."""
    doubled = verb + verb[-1]
    if verb.endswith("c"):
        return (verb + "k",)
    if verb in _BOTH:
        return (verb, doubled)
    short = sum(a in _VOWELS and b not in _VOWELS for a, b in zip(verb, verb[1:] + " ", strict=True)) == 1
    closed = len(verb) > 2 and verb[-1] not in _VOWELS + "wxyh" and verb[-2] in _VOWELS and verb[-3] not in _VOWELS
    if verb[-3:-1] in ("ui",) and verb[-4:-3] == "q":
        closed = True
    return (doubled,) if verb in _DOUBLING or (short and closed) else (verb,)


def _plural(noun: str) -> str:
    if noun in _PLURALS:
        return _PLURALS[noun]
    if noun.endswith("man") and noun not in ("german", "human", "roman"):
        return noun[:-3] + "men"
    if noun.endswith("y") and noun[-2:-1] not in _VOWELS:
        return noun[:-1] + "ies"
    return noun + ("es" if noun.endswith(("s", "x", "z", "ch", "sh")) else "s")
