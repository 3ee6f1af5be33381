"""Signs that a clause may leave something out, by its grammar: done, staying, others' matter, put off, denied.

None of them suffices: what is learned from labelled clauses weighs them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from .area_words import PEOPLE
from .english import AUXILIARIES, BE, SUBORDINATORS, TROUBLE
from .grammar import finite_verb, low, start_of
from .tokens import Token
from .verbs import IRREGULAR_PAST
from .word_sets import word_set

_NOT = word_set("not no never neither nor don't dont without none nothing nobody hardly needn't mustn't shouldn't")
_DENIED = _NOT | word_set("isn't aren't won't doesn't didn't haven't hasn't cannot can't wasn't weren't")
_SAYING = word_set("i we i'm we're i've we've i'd we'd you us")
_GOOD = word_set("works work exists exist passes pass fine well solid right quick content happy good ok okay")
_STAYING = word_set(
    "stay stays remain remains keep keeps kept staying unchanged untouched same always frozen stays alone be leave left"
)
_OTHERS = PEOPLE | word_set(
    "somebody someone others elsewhere lawyer lawyers counsel founders founder they dpo accounts hr it tax adviser "
    "auditor auditors squad teams department office bank firm bureau studio else else's somebody's someone's own "
    "themselves personally myself ourselves colleagues parent group"
)
_DOING = word_set("do does did decide decides handles handle owns own takes took looks runs makes brings paid pays")
_LATER = word_set(
    "later wait waits postponed parked deferred another next pending until yet iteration phase week year month summer "
    "autumn winter spring someday one-day backlog future afterwards"
)
_REFUSED = word_set(
    "rejected killed dropped refused evaluated discussed considered tried suggested proposed decided forbidden banned "
    "declined vetoed overruled settled agreed closed filed immaterial irrelevant overkill excluded question scope "
    "matter debate discussion interest wish need needed required use ideas pitch"
)
_LEAVING = word_set("leave skip ignore forget strike drop spare omit park hold stop avoid keep exclude save")
_SUBJECTS = word_set("i we they you he she someone somebody everybody everyone")
_FIRST = 4  # tokens at the beginning within which a denial is one of the whole
_SHORT = 3


def signs(text: str, items: Sequence[Token]) -> Iterator[str]:
    """Yield the signs in a clause of a text."""
    start = start_of(items)
    verb = finite_verb(items, start)
    words = [item.low for item in items if item.word]
    known = set(words)
    opening = words[:_FIRST]
    if opening and opening[0] in _NOT:
        yield "opens with a negation"
    if _DENIED.intersection(opening):
        yield "I deny" if opening[0] in _SAYING else "it denies"
    if low(items, start) in _LEAVING:
        yield "leaves"
    if _finished(items, verb):
        yield "is finished"
    if verb >= 0 and _GOOD.intersection(item.low for item in items[verb:]) and TROUBLE.isdisjoint(known):
        yield "works"
    if _STAYING.intersection(known):
        yield "stays"
    if _by_others(text, items, verb):
        yield "others do it"
    elif _OTHERS.intersection(known):
        yield "others"
    if _LATER.intersection(known):
        yield "later"
    if _REFUSED.intersection(known):
        yield "refused"
    if _fronted(items, start):
        yield "its object stands first"
    colon = next((at for at, item in enumerate(items) if item.low == ":"), 0)
    if colon and len(items) - colon - 1 <= _SHORT:
        yield "a word behind a colon"


def _finished(items: Sequence[Token], verb: int) -> bool:
    """True for "is written", "has been done", "was redone by a studio"."""
    if verb < 0 or items[verb].low not in BE | {"has", "have", "got", "gets"}:
        return False
    return any(
        word.endswith("ed") or word in IRREGULAR_PAST or word in ("done", "written", "gone", "over")
        for word in (low(items, verb + 1), low(items, verb + 2))
    )


def _by_others(text: str, items: Sequence[Token], verb: int) -> bool:
    """True if others are the subject of what is done, or stand behind "by", "for" or "with"."""
    if verb > 0 and _OTHERS.intersection(item.low for item in items[:verb]):
        return True
    return any(
        first.low in ("by", "for", "with", "to", "from", "at")
        and (text[second.start].isupper() or second.low in _OTHERS)
        for first, second in pairwise(items)
    )


def _fronted(items: Sequence[Token], start: int) -> bool:
    """True for "the invoices I'm handling", "appeals we file in Seller Center": the object stands before its verb."""
    if low(items, start) in _SUBJECTS | SUBORDINATORS | AUXILIARIES:
        return False
    at = next((at for at in range(start + 1, min(len(items), start + 7)) if items[at].low in _SAYING), 0)
    return bool(at) and finite_verb(items[start:at]) < 0 and all(item.word for item in items[start:at])
