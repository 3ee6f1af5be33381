"""The role of a clause in a request, by its own words: an ask, a problem, what is done, a condition, a courtesy."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import assert_never

from .announcing import LONGEST_LEAD, announces
from .clause_domains import Domains
from .conditions import is_condition
from .english import LEADS, TROUBLE
from .grammar import finite_verb, has_trouble, low, start_of
from .moods import Mood, wish_at
from .phrases import PhraseTable
from .tokens import Token
from .word_sets import word_set


class Role(StrEnum):
    """The part of a clause in a request."""

    ASK = "ask"
    REPORT = "report"
    """A problem that is reported: it is asked to be fixed, unless something else is asked beside it."""
    STATEMENT = "statement"
    EXCLUSION = "exclusion"
    CONSTRAINT = "constraint"
    DONE = "done"
    COURTESY = "courtesy"
    LEAD = "lead"
    """It announces what follows."""


_COURTESY = word_set(
    "hi hello hey dear thanks thank thx cheers regards best kind greetings morning good yours sincerely welcome bye "
    "sorry"
)
_REASSURING = PhraseTable(
    "no problem|no problems|no worries|no worry|no hurry|no rush|no pressure|no stress|no big deal|no offence|"
    "no offense|no hard feelings|no doubt|no fuss|no sweat|no need to hurry|no need to rush|no need to worry|"
    "not a problem"
)
_AFTER_REASSURING = word_set("at all here though about it whatsoever from our my side then of course")
_DONE = PhraseTable(
    "we already have|we've already got|we have already got|we've got|i've already got|we've already|i already have|"
    "already exists|already exist|exists already|exist already|already works|already work|works already|work already|"
    "works fine|work fine|works well|work well|is in place|are in place|already built|already implemented|already done|"
    "already live|is already|are already|has been built|has been done|have been built|have been done|"
    "has been implemented|was done|was built|was finished|were done|was completed|we have already|is working|"
    "are working|is in production|are in production|we're done with|we are done with|i'm done with|i am done with|"
    "we finished|we have finished|we've finished|we built|we have built|we've built|done with|finished with"
)
_FINISHED = word_set(
    "finished done live complete completed shipped merged deployed closed released solved built implemented ready"
)
_PERSON = word_set("you we i please someone somebody it one")
_UNDONE = word_set("not isn't aren't never when if once until almost nearly hardly half unless")
_NOW = word_set("today currently now present presently already far yesterday recently")
_PARTICIPLES = word_set("sent shown paid kept held put set sold given written tried split bought told made taken")


def role_of(items: Sequence[Token], mood: Mood, domains: Domains) -> Role:
    """Return the role of a clause that excludes nothing."""
    words = [item.low for item in items if item.word]
    if not words or start_of(items) >= len(items) or _announces(items, words, domains):
        return Role.LEAD
    if _is_courtesy(items, words) or (mood is Mood.PHRASE and words[0] in ("yes", "yeah", "yep", "nope")):
        return Role.COURTESY
    if _only_asks_a_person(words):
        return Role.LEAD
    if mood in (Mood.STATEMENT, Mood.PHRASE) and _is_done(items, words):
        return Role.DONE
    if mood is not Mood.QUESTION and is_condition(items, mood, domains):
        return Role.CONSTRAINT
    match mood:
        case Mood.IMPERATIVE | Mood.QUESTION | Mood.RULE | Mood.WISH:
            return Role.ASK
        case Mood.PHRASE:
            return Role.LEAD if all(word in LEADS for word in words) else Role.ASK
        case Mood.STATEMENT:
            if _rules_in_passive(items) and domains.clause(items):
                return Role.ASK
            return Role.REPORT if has_trouble(items) else Role.STATEMENT
        case _:
            assert_never(mood)


def _announces(items: Sequence[Token], words: Sequence[str], domains: Domains) -> bool:
    if announces(words):
        return True
    at = start_of(items)
    wish = wish_at(items, at)
    if wish and len(items) - at - wish <= 1:
        return True
    pointing = {"below", "following", "attached", "points"} & set(words)
    return bool(pointing) and len(words) <= LONGEST_LEAD + 3 and not domains.clause(items)


def _only_asks_a_person(words: Sequence[str]) -> bool:
    """True for what is added to an order: "would you", "can you please"."""
    return words[0] in ("would", "could", "can", "will") and all(word in _PERSON for word in words[1:])


def reassures(items: Sequence[Token]) -> bool:
    """True for "no problem", "no worries at all": no report, and nothing is left out."""
    at = start_of(items)
    phrase = _REASSURING.at(items, at)
    return bool(phrase) and all(item.low in _AFTER_REASSURING for item in items[at + len(phrase) :] if item.word)


def _is_courtesy(items: Sequence[Token], words: Sequence[str]) -> bool:
    if reassures(items):
        return True
    return words[0] in _COURTESY and (len(words) <= 4 or words[0] in ("thanks", "thank", "thx", "cheers"))


def _is_done(items: Sequence[Token], words: Sequence[str]) -> bool:
    if _UNDONE & set(words[:8]):
        return False
    verb = finite_verb(items)
    if _DONE.at(items, start_of(items)) or _DONE.at(items, verb):
        return not has_trouble(items)
    if verb < 0:
        return words[0] in ("done", "finished") or (1 < len(words) <= 5 and words[-1] in ("done", "finished"))
    if items[verb].low in ("works", "work"):
        return verb == len(items) - 1
    after = {item.low for item in items[verb + 1 : verb + 3]}
    being = items[verb].low in ("is", "are", "was", "were", "has", "have", "went")
    return being and bool(after & _FINISHED) and not after & TROUBLE


def _rules_in_passive(items: Sequence[Token]) -> bool:
    """True for "failed cards are retried 5 times": how it has to be, with no problem reported behind the verb."""
    verb = finite_verb(items)
    if verb < 1 or items[verb].low not in ("is", "are", "gets", "get"):
        return False
    rest = [item.low for item in items[verb + 1 :] if item.low not in ("also", "automatically", "always", "then")]
    if not rest or set(rest) & (TROUBLE | _NOW) or low(items, 0) in ("we", "i", "they", "it", "this", "that", "there"):
        return False
    return rest[0].endswith("ed") or rest[0] in _PARTICIPLES
