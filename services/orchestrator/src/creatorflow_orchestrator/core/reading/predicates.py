"""Exclusions behind what they exclude: "X is out of scope", "X can wait", "X is Chargebee's business"."""

from __future__ import annotations

from collections.abc import Sequence

from .english import BE, DETERMINERS, NUMBERS, TROUBLE
from .grammar import finite_verb, is_imperative, low, start_of
from .moods import wish_at
from .negation import Negation, noun_phrase_end
from .negation_words import BEING, BEING_NOT, DONE_BY, HELPERS, LATER, OWNERS, PREDICATES, SELF, TOPICS
from .tokens import Token
from .word_sets import word_set

_ADVERBS = word_set("already also still all simply just now been being clearly explicitly currently really both")
_DOES = word_set("does do will makes handles takes is builds writes owns looks")
_TIMES = frozenset(("next", "in", "another", "some"))
_WEAK_STARTS = word_set("later next in do does don't doesn't we i can another")
BY_OURSELVES = NUMBERS | {"hand", "us", "me", ""}
"""Behind "by": nobody else does it."""
SCOPES = word_set(
    "this it that scope job project plan release task order request version sprint quarter phase offer ticket epic rfc "
    "document contract statement mandate brief deal assignment answer quote"
)
"""That of which something is no part when it is not wanted."""
_REST = word_set("others rest remainder other everything remaining")
_MARKS = frozenset((":", "-", "–", "—", ">", "(", "?"))
_SIGNS = frozenset((">", "-", "no:"))
_ENDS = frozenset(("", ",", ";", "(", ")", "-", "–", "—"))
_BRIEF = 5  # tokens of what a mere "no" refuses
_HARM = TROUBLE - word_set("too off hours down no not nothing nobody never")
"""Words beside which it is a problem that somebody does it, or how it is done today."""


def by_predicate(items: Sequence[Token], begin: int, at: int) -> Negation | None:
    """Return the exclusion whose predicate stands at a token and whose subject begins at `begin`, if there is one."""
    word = items[at].low
    start = begin + min(start_of(items[begin:at]), max(at - begin - 1, 0))
    subject = items[start:at]
    if low(items, start) == "what":
        return None  # "what isn't needed is a chart"
    if not any(item.word for item in subject) and word not in ("it's", "that's"):
        return None
    if word not in ("can", "stays", "stay") and is_imperative(items[start:]):
        return None
    if word in _MARKS and (end := answered(items, at + 1)):
        return Negation(start, end, start, at)
    if word in ("stays", "stay") and low(items, at + 1) in _ENDS:
        return Negation(start, at + 1, start, at)
    if word == "no" and low(items, at + 1) in _ENDS and at - start <= _BRIEF and _yes(items):
        return Negation(start, at + 1, start, at)
    if phrase := PREDICATES.at(items, at):
        return _predicate(items, start, at, at + len(phrase))
    if (word in SELF and low(items, at - 1) != "by") or (
        word in HELPERS and low(items, start) in ("our", "the", "my", "a")
    ):
        return _by_others(items, start, at)
    if word in BE or word in ("has", "have", "remains", "remain", "stays", "stay", "gets"):
        return _being(items, start, at)
    if word in ("handles", "owns", "manages") and at - start <= 2 and low(items, start) not in DETERMINERS:
        last = noun_phrase_end(items, at + 1)
        return Negation(start, tail(items, at), at + 1, last, weak=True) if last > at + 1 else None
    return None


def answered(items: Sequence[Token], at: int) -> int:
    """Return the end of the words from `at` on that put off what stands before a mark: "later", "no, they do"."""
    while low(items, at) in _SIGNS:
        at += 1
    phrase = LATER.at(items, at)
    after = low(items, at + len(phrase))
    if not phrase or (after not in ("", ",", ")", ".", "(", ";", "-", "–", "—", "because", "thanks", "please", "for")):
        return 0
    if after == ",":
        return len(items) if phrase[0] in ("no", "nope", "nah", "not", "later") else 0
    return len(items) if after != ")" else at + len(phrase) + 1


def _yes(items: Sequence[Token]) -> bool:
    return any(item.low in ("yes", "ok", "okay") for item in items)


def _by_others(items: Sequence[Token], start: int, at: int) -> Negation | None:
    """Read "we write the tests ourselves", "our designer does the screens": others do it."""
    if items[at].low in SELF:
        return Negation(start, tail(items, at), start, at, weak=True) if at - start > 1 else None
    if at - start > 3 or low(items, at + 1) not in _DOES:
        return None
    last = noun_phrase_end(items, at + 2)
    return Negation(start, tail(items, at), at + 2, last, weak=True) if last > at + 2 else None


def _predicate(items: Sequence[Token], start: int, at: int, end: int) -> Negation | None:
    word, goes_on = items[at].low, end < len(items) and items[end].word
    if wish_at(items, start) or "so" in (item.low for item in items[start:at]):
        return None  # "I want to print labels so that I don't need a second tool" says what for
    if items[end - 1].low == "later" and low(items, end) == "than":
        return None
    if word == "later" and (goes_on or at - start > 4):
        return None
    if word == "later" and low(items, at - 1) in _REST:
        return Negation(start, end, start, at)
    if items[end - 1].low in ("year", "quarter", "sprint") and _counted(items, start, at):
        return None  # "six next year"
    if word in _TIMES | {"not"} and goes_on and items[end].low not in ("please", "and", "but", "because"):
        return None
    if word in _TIMES and finite_verb(items[start:at]) >= 0:
        return None
    if (
        word in ("do", "does", "don't", "doesn't")
        and goes_on
        and items[end].low not in ("here", "now", "yet", "to", "at")
    ):
        return None  # "the dashboard does not change when an order comes in"
    return Negation(start, tail(items, end), start, at, weak=word in _WEAK_STARTS)


def _being(items: Sequence[Token], start: int, at: int) -> Negation | None:
    word = items[at].low
    place = at + 1
    while low(items, place) in _ADVERBS:
        place += 1
    if low(items, start) in ("this", "it", "that", "it's", "that's"):
        return _no_topic(items, start, place, word.endswith("n't"))
    phrase = BEING_NOT.at(items, place) if word.endswith("n't") else BEING.at(items, place)
    if "part" in phrase and not SCOPES.intersection(item.low for item in items[place : place + 6]):
        phrase = ()  # "the dashboard is not part of the mobile app"
    if phrase and not (phrase[-1] == "included" and low(items, place + len(phrase)) in ("in", "on", "with")):
        return Negation(start, tail(items, place + len(phrase)), start, at)
    if low(items, place) == "out" and low(items, place + 1) in ("", ",", ";", ":", "-", "–", "—"):
        return Negation(start, place + 1, start, at)
    words = [item.low for item in items[place : place + 6]]
    owned = any(word.endswith(("'s", "s'")) for word in words[:3]) and any(word in OWNERS for word in words)
    done = bool(words) and words[0] in DONE_BY and "by" in words[1:4] and not BY_OURSELVES & set(words[2:4])
    done = done and low(items, start) not in ("i", "we", "they")
    done = done and _HARM.isdisjoint(item.low for item in items[at:])
    return Negation(start, tail(items, place), start, at, weak=done) if owned or done else None


def _no_topic(items: Sequence[Token], start: int, place: int, negated: bool) -> Negation | None:
    """Read "this is no performance topic", "this is not about billing"."""
    no = low(items, place)
    if negated:  # "isn't" holds the "not"
        no, place = "not", place - 1
    for end in range(place + 1, min(place + 7, len(items))):
        if no in ("no", "not") and items[end].low in TOPICS:
            if low(items, end + 1) in ("of", "about", "for") and (last := noun_phrase_end(items, end + 2)) > end + 2:
                return Negation(start, last, end + 2, last)
            return Negation(start, end + 1, place + 1, end)
    if no == "not" and low(items, place + 1) in ("a", "an", "about", "for"):
        end = noun_phrase_end(items, place + 2)
        return Negation(start, end, place + 2, end, weak=True) if end > place + 2 else None
    return None


def _counted(items: Sequence[Token], start: int, at: int) -> bool:
    return any(item.low in NUMBERS or item.low.isdigit() for item in items[start:at])


def tail(items: Sequence[Token], at: int) -> int:
    """Return the end of the clause that goes on at `at`: up to a comma, a stop or "but"."""
    while at < len(items):
        word = items[at].low
        if word in (",", ";", ":", "—", "–", "but", "so"):
            break
        if word == "and" and (is_imperative(items[at + 1 :]) or finite_verb(items[at + 1 : at + 11]) >= 0):
            break
        at += 1
    return at
