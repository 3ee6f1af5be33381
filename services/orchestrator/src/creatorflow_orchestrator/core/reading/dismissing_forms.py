"""The forms of clauses that dismiss an area: what others supply, what is put off, turned down or not to be done.

Each function returns the first token of what a clause dismisses and the one after its last, or None. A clause is given
as its tokens and the place where it begins.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from .area_words import AREAS
from .english import AUXILIARIES, PREPOSITIONS, TROUBLE
from .grammar import low
from .negation import noun_phrase_end
from .phrases import PhraseTable
from .predicates import BY_OURSELVES
from .tokens import Token
from .word_sets import word_set

REACH = 10  # tokens within which a predicate stands


HARM = (TROUBLE - word_set("no not nothing nobody never don't doesn't isn't aren't too off hours")) | {
    "stop",
    "automate",
}
_QUALIFYING = (PREPOSITIONS - {"of"}) | word_set("next this later now today soon ourselves elsewhere here too either")
_NOT_TO = PhraseTable(
    "don't|do not|dont|please don't|no need to|need not|needn't|don't have to|do not have to|rather not|"
    "i'd rather not|we'd rather not|don't need to|do not need to|please do not"
)
_PARTICLES = word_set("me us up out into about on at any a single word time with to in over through for of")
_WHERE = word_set("inside in on yet now here please either this today anywhere whatsoever too again") | {""}
"""Behind what is not to be done at all; a condition or a recipient would make a rule of it."""
_COMING = word_set("is are be comes come moves move goes go follows follow waits slips")
_LATER_ONE = word_set(
    "later next second third separate different another future own after 2 3 two three v2 v3 follow-up until other"
)
_PERIODS = word_set(
    "project phase release version sprint quarter year month step round iteration ticket epic story day week v2 v3 "
    "christmas easter summer winter spring autumn launch go-live"
)
_COUNTS = word_set("2 3 two three")
_FEW_REST = 5
_OUTPUTS = word_set(
    "reports reporting dashboards dashboard charts statistics analytics invoices invoicing billing labels tests "
    "screens design designs forecasts figures"
)
_SUPPLIED = word_set("made done drawn written built sent run bought sold")
_AGAINST = PhraseTable(
    "decided against|decided not|rejected|ruled it out|ruled them out|turned it down|turned them down|said no|"
    "dropped it|dropped them|dropped the idea|gave up on it|gave it up|don't want it|do not want it|chose not"
)


def trimmed(segment: Sequence[Token], first: int) -> int:
    """Return the end of a noun phrase without what qualifies it: "tests in the answer", "billing next year"."""
    end = noun_phrase_end(segment, first)
    return next((at for at in range(first + 1, end) if low(segment, at) in _QUALIFYING), end)


def not_to_do(segment: Sequence[Token], start: int) -> tuple[int, int] | None:
    """Return the object of any verb that is not to be done: "don't draw any charts inside our app"."""
    if low(segment, start) in ("you", "we", "i"):
        start += 1
    phrase = _NOT_TO.at(segment, start)
    verb = start + len(phrase)
    if not phrase or not segment[verb : verb + 1] or low(segment, verb) in ("let", "forget", "be"):
        return None
    first = verb + 1
    while first < len(segment) and low(segment, first) in _PARTICLES:
        first += 1
    last = trimmed(segment, first)
    areas = AREAS.intersection(
        item.low for item in segment[first:last]
    )  # of other things it is a rule how to treat them
    rule = low(segment, first) in ("the", "this", "these") or low(segment, last) not in _WHERE
    return (first, last) if areas and not rule else None


def put_off(segment: Sequence[Token], start: int) -> tuple[int, int] | None:
    """Return what comes later: "the dashboard comes after Christmas", "billing will be a second project"."""
    for at in range(start + 1, min(len(segment), start + 6)):
        if segment[at].low in _COMING:
            rest = [item.low for item in segment[at + 1 :] if item.word]
            while low(segment, at - 1) in AUXILIARIES and at > start + 1:
                at -= 1
            late = len(rest) <= _FEW_REST and any(
                (word in _LATER_ONE and other in _PERIODS) or (word in _PERIODS and other in _COUNTS)
                for word, other in pairwise(rest)
            )
            return (start, at) if late else None
    return None


def comes_from(segment: Sequence[Token], start: int) -> tuple[int, int] | None:
    """Return what others supply: "reports come from Power BI", "labels get printed by our 3PL"."""
    for at in range(start + 1, min(len(segment), start + 6)):
        word, after = segment[at].low, low(segment, at + 1)
        if word in ("come", "comes") and after == "from" and at + 2 < len(segment):
            return (start, at) if low(segment, at - 1) in _OUTPUTS else None
        supplied = word in ("get", "gets", "are", "is") and (after.endswith("ed") or after in _SUPPLIED)
        if supplied and low(segment, at + 2) == "by" and low(segment, at + 3) not in BY_OURSELVES:
            return (start, at)
        if word in ("we", "i") and after in ("get", "have", "buy", "take") and low(segment, at + 2) in ("from", "in"):
            return (start, at)
    return None


def turned_down(segment: Sequence[Token], start: int) -> tuple[int, int] | None:
    """Return what was looked at: "we looked at caching and decided against it"."""
    if low(segment, start) not in ("we", "i", "they"):
        return None
    first = start + 2 + (low(segment, start + 2) in PREPOSITIONS)
    for at in range(first + 1, min(len(segment), start + REACH)):
        if segment[at].low in ("and", "but", "then") and _AGAINST.at(segment, at + 1):
            return first, at
    return None


def so_none(items: Sequence[Token], begin: int, start: int) -> tuple[int, int] | None:
    """Return what there is not for a reason that is no problem: "we ship with our own vans, so there are no labels"."""
    at = begin + start
    if low(items, at - 1) != "so" or low(items, at) not in ("there", "there's"):
        return None
    no = at + 1 + (low(items, at) == "there")
    if low(items, no) != "no" or not HARM.isdisjoint(item.low for item in items[:begin]):
        return None
    return start + no + 1 - at, noun_phrase_end(items, no + 1) - begin
