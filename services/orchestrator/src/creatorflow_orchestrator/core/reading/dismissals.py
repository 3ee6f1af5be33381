"""Exclusions in passing: "Finance does the billing", "the dashboard is another story", "nobody needs charts".

Such a sentence excludes only what it names as a whole, an area of work or a section of an answer; it takes nothing from
an ask for that very area.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from .area_words import ACTING, AREAS, CLOSED, DISMISSING, PEOPLE, PUTTING_OFF
from .dismissing_forms import HARM, REACH, comes_from, not_to_do, put_off, so_none, trimmed, turned_down
from .double_negations import double_negations, overlaps
from .english import AUXILIARIES, SUBORDINATORS, TROUBLE
from .grammar import is_imperative, low, start_of
from .left_out_titles import to_be_done
from .negation import Negation
from .phrases import PhraseTable
from .tokens import Token
from .word_sets import word_set

_BEFORE = PhraseTable(
    "nobody touches|nobody needs|nobody asked for|nobody asks for|nobody wants|no one needs|no one asked for|"
    "no one wants|no one touches|there will be no|there shall be no|there is to be no|there won't be any|"
    "there will not be any|it needs no|this needs no|that needs no|needs no|need no|requires no|you needn't write|"
    "you needn't|you need not|you don't have to write|you do not have to write|you don't have to build|"
    "you do not have to build|you don't have to|you do not have to|don't have to|let's not talk about|"
    "let's not discuss|let's not|let us not|we decided against|i decided against|decided against|we ruled out|"
    "rule out|ruling out|avoid|zero|nothing with|nothing around|not|the last thing we need is|"
    "the last thing i need is|what i don't need is|what we don't need is|what i do not need is|"
    "what we do not need is|what i don't want is|what we don't want is|we have people for|we have somebody for|"
    "we have someone for|we'd rather not have|i'd rather not have|rather not|preferably no|don't you dare touch|"
    "don't dare to touch|we have|we already have|we've got|we keep doing|we keep|we will do|we'll do|we do|i do|"
    "as for|for|said no to|says no to|not in this project|the board said no to|far away from|no more|"
    "we're happy with|we are happy with|i'm happy with|we dropped|we've dropped|we have dropped|we scrapped|"
    "we've scrapped|we shelved|we gave up on|let the|nobody has to look at|"
    "you don't have to think about|you don't have to look at"
)
"""Behind these stands what is not wanted."""
_BEHIND = PhraseTable(
    "is fine|is fine as it is|are fine|works fine|works well|work fine|works|work|is frozen|are frozen|"
    "is another story|has its own project|have their own project|comes next|comes another|happens elsewhere|"
    "happen elsewhere|lives elsewhere|lives with|stays there|stay there|runs in|runs through|run through|"
    "would be overkill|is overkill|are overkill|is superfluous|are superfluous|stays manual|stay manual|"
    "is not involved|are not involved|isn't involved|plays no role|play no role|is off|are off|is a later phase|"
    "has been ruled out|have been ruled out|was decided against|were decided against|must stay|shall stay|"
    "is somebody else's|is someone else's|aren't your job|isn't your job|we have|we already have|we keep doing|"
    "we keep|we do ourselves|we write|excluded|not included|is done elsewhere|are done elsewhere|is taken care of|"
    "are taken care of|is covered|are covered|is not the point|isn't the point|is not at stake|are made in|"
    "is made in|are done in|is done in|are kept in|is kept in|don't interest|doesn't interest|do not interest|"
    "does not interest|is a matter for|is something for|are something for|would be nice one day|maybe one day|"
    "some day|one day|will wait|is organised|is organized|is outsourced|are outsourced|is bought in|is managed|"
    "are managed|is postponed|are postponed|has to wait|have to wait|"
    "is good as it is|are good as they are|is ok|is okay|are ok|are okay|is good enough|are good enough|"
    "is ours|are ours|lives in another|live in another|is replaced by|are replaced by|is being replaced by"
)
"""Before these stands what is not wanted."""
_OTHERS_DO = word_set(
    "does do writes write handles handle makes make builds build covers cover owns own runs run keeps manages manage "
    "organises organizes"
)
_DOING = word_set("doing the our all of care after")
_OURSELVES = word_set("i we you it this that these those please who what which they he she")
_CUT = PhraseTable(
    "from the plan|from the scope|from scope|from the list|from the answer|off the list|out of the answer|out of it"
)
_CUTTING = word_set("cut drop strike scratch scrap remove take leave keep")
_SEGMENTS = frozenset((",", ";", "—", "–", "-", "("))
_FEWEST = 2  # tokens that name an area and dismiss it
_FEW_WORDS = 12
_HAVING = word_set("have has had get gets got see sees")
_LACKING = word_set("not don't doesn't didn't never dont")
_AS_TODAY = word_set("hand hours excel")
_WITH = frozenset((("in", "good"), ("i'd", "like"), ("we'd", "like"), ("would", "like")))
_WILL_HAVE = frozenset((modal, "have") for modal in ("should", "must", "will", "shall"))
_TIMES = word_set("q1 q2 q3 q4 month quarter year week step phase sprint release")
_JOINING = frozenset((",", "and", "or", "nor", "&", "the", "a", "an", "no", "our", "new"))


def dismissals(items: Sequence[Token]) -> tuple[Negation, ...]:
    """Return what a sentence may dismiss in passing; of those that overlap, the first that names an area counts."""
    doubled = double_negations(items)
    found = (_dismissed(items, start, end) for start, end in _segments(items) if not overlaps(doubled, start, end))
    return tuple(negation for negation in found if negation is not None)


def _segments(items: Sequence[Token]) -> Iterator[tuple[int, int]]:
    yield 0, len(items)
    begin = 0
    for at, item in enumerate(items):
        there = item.low == "so" and low(items, at + 1) in ("there", "there's")
        if item.low in _SEGMENTS or there or item.low in ("but", ")"):
            if at > begin:
                yield begin, at
            begin = at + 1
    if begin < len(items):
        yield begin, len(items)


def _dismissed(items: Sequence[Token], begin: int, end: int) -> Negation | None:
    if end - begin < _FEWEST:
        return None
    segment = items[begin:end]
    start = start_of(segment)
    if start >= len(segment):
        return None
    few = _in_few_words(segment)
    found = few or _cut_from(segment, start)
    if not found and HARM.isdisjoint(item.low for item in items[end:]):
        found = _behind(segment, start) or comes_from(segment, start)  # as it is today, which may be a problem
    found = found or so_none(items, begin, start) or turned_down(segment, start) or _before(segment, start)
    found = found or _by_others(segment, start) or not_to_do(segment, start) or put_off(segment, start)
    if found is None:
        return None
    first, last = found
    rest = {item.low for at, item in enumerate(segment) if not first <= at < last}
    if (rest & (TROUBLE - _ALLOWED) and not few) or last <= first:
        return None
    return Negation(begin + start, end, begin + first, begin + last, weak=True, whole=True)


_ALLOWED = word_set("dropped rejected nothing no not nobody never don't doesn't aren't isn't won't off down cant can't")


def _in_few_words(segment: Sequence[Token]) -> tuple[int, int] | None:
    """Return the area that a clause of dismissing words names: "the dashboard next month, not now"."""
    words = [item.low for item in segment if item.word]
    if (
        len(words) > _FEW_WORDS
        or not _closed(words)
        or _lacks(words)
        or SUBORDINATORS & set(words[1:]) - {"so", "that"}
    ):
        return None
    late = _TIMES.intersection(words) and {"next", "moved"}.intersection(words)
    dismissing = DISMISSING.intersection(words) or late or PUTTING_OFF.intersection(pairwise(words)) or _done_by(words)
    areas = [at for at, item in enumerate(segment) if item.low in AREAS]
    between = segment[areas[0] : areas[-1]] if areas else ()
    if any(item.low not in AREAS and item.low not in _JOINING for item in between):
        return None
    return (areas[0], areas[-1] + 1) if areas and dismissing else None


def _closed(words: Sequence[str]) -> bool:
    """True if a dismissal may consist of words; the last may be a name behind "with" or "by"."""
    pairs = tuple(pairwise(("", *words)))
    named = len(words) > 2 and words[-2] in ("with", "by", "at", "via", "through")
    return all(
        word in CLOSED or pair in _WITH or (word == "work" and pair[0] in AREAS)
        for word, pair in zip(words[: -1 if named else None], pairs, strict=False)
    )


def _done_by(words: Sequence[str]) -> bool:
    """True for "my brother is doing the dashboard", "we'll take care of testing"."""
    people = PEOPLE.intersection(words[:3]) and ACTING.intersection(words)
    ours = words[0] in ("we", "we'll", "i'll") and {"care", "handle"}.intersection(words)
    belongs = PEOPLE.intersection(words) and {"belongs", "belong"}.intersection(words)
    return bool(people or ours or belongs)


def _lacks(words: Sequence[str]) -> bool:
    """True for a lack, which is a problem ("we have no tests"), and for a wish ("we need a dashboard, not later")."""
    pairs = set(pairwise(words))
    lacking = any(
        (word in _HAVING and after == "no") or (word in _LACKING and after in _HAVING)
        for word, after in pairwise(words[words[0] in _LACKING :])
    )
    if (
        (lacking and not pairs & {("have", "to"), ("no", "place"), ("no", "influence")})
        or "there" in words[1:]
        or _AS_TODAY & set(words)
    ):
        return True
    if words[0] in ("we", "i") and words[1:2] in (["need"], ["want"]) and words[2:3] not in (["no"], ["neither"]):
        return True
    known = set(words)
    if "than" in known or to_be_done(known) or pairs & _WILL_HAVE:
        return True
    if ("good", "hands") not in pairs and "good" in known:
        return True
    return ("date" in known and "later" not in known) or ("time" in known and not known & {"this", "another", "some"})


def _before(segment: Sequence[Token], start: int) -> tuple[int, int] | None:
    """Return what stands behind a phrase such as "nobody needs"."""
    phrase = _BEFORE.at(segment, start)
    if not phrase or (phrase == ("no", "more") and low(segment, start + 2) == "than"):
        return None
    first = start + len(phrase)
    last = trimmed(segment, first)
    if phrase in (("for",), ("as", "for")):
        last = next((at for at in range(first, len(segment)) if low(segment, at) in ("we", "i", ":", "there")), 0)
        return (first, last) if last else None
    if phrase[-1] in ("do", "have", "keep") and last < len(segment) and phrase[0] in ("we", "i"):
        return None
    return first, last


def _behind(segment: Sequence[Token], start: int) -> tuple[int, int] | None:
    """Return what stands before a phrase such as "is another story"."""
    for at in range(start + 1, min(len(segment), start + REACH)):
        phrase = _BEHIND.at(segment, at)
        if phrase and not (phrase[-1] == "included" and at + len(phrase) < len(segment)):
            return start, at
    return None


def _by_others(segment: Sequence[Token], start: int) -> tuple[int, int] | None:
    """Return what somebody else does: "Finance does the billing", "Stripe keeps doing the billing"."""
    if low(segment, start) in _OURSELVES or is_imperative(segment, start):
        return None
    for at in range(start + 1, min(len(segment), start + 4)):
        if low(segment, at) in _OTHERS_DO:
            if low(segment, start) in ("a", "an") and low(segment, at + 1) == "of":
                return None  # "a nightly run of all tests" is a thing
            first = at + 1
            while low(segment, first) in _DOING:
                first += 1
            return first, trimmed(segment, first)
        if low(segment, at) in AUXILIARIES:
            return None
    return None


def _cut_from(segment: Sequence[Token], start: int) -> tuple[int, int] | None:
    """Return what is cut: "drop the load test from the plan"."""
    if low(segment, start) not in _CUTTING:
        return None
    for at in range(start + 2, min(len(segment), start + REACH)):
        if _CUT.at(segment, at):
            return start + 1, at
    return None
