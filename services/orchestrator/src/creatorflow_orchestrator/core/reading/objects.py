"""The object of an ask: what it is about, in the request's words."""

from __future__ import annotations

from collections.abc import Sequence

from .english import AUXILIARIES, DETERMINERS, PREPOSITIONS, SUBORDINATORS
from .grammar import after_opening, finite_verb, is_imperative, is_verb, low, start_of
from .moods import Mood, wish_at
from .tokens import Token
from .word_sets import word_set

MAX_OBJECT = 200  # characters
_PARTICLES = word_set(
    "up out off down over back away in on me us them our with for into to about from at you that which"
)
_BEFORE_VERB = word_set("to you someone us that please be able if when")
_CUTS = frozenset((",", ";", ":", "(", ")", "and", "or", "—", "–", "&", "so", "plus"))
_QUESTIONS = frozenset(("can", "could", "would", "why", "how", "do", "does", "should", "which", "what"))
_AFTER_QUESTION = word_set("why how what which of you we i much many please come")
_SKIPPED = word_set("also just only even now still already automatically always simply normally")
_ENDINGS = frozenset(("please", "too", "also", "now", "thanks"))


def object_of(text: str, items: Sequence[Token], mood: Mood) -> str:
    """Return the head of a clause's object, or its subject where it has a verb; its words as they stand."""
    at = start_of(items)
    first = _first(items, at)
    last = len(items)
    if last - first > 1 and (is_imperative(items, first) or _third_person(items, first)):
        first += 1
        while low(items, first) in _PARTICLES and first < last - 1:
            first += 1
    elif mood in (Mood.STATEMENT, Mood.RULE) and (verb := finite_verb(items, first)) > first:
        last = verb
    while first < last - 1 and (low(items, first) in DETERMINERS - {"no"} or low(items, first) in _SKIPPED):
        first += 1
    if first < last and _ends(text, items, first):
        first = at
    end = first + 1
    while end < last and not _ends(text, items, end):
        end += 1
    while end > first + 1 and low(items, end - 1) in _ENDINGS:
        end -= 1
    return text[items[first].start : items[end - 1].end][:MAX_OBJECT] if first < len(items) else ""


def _third_person(items: Sequence[Token], at: int) -> bool:
    """True for the verb of an item below "build a system that": "Integrates with ...", "Automates ..."."""
    word = low(items, at)
    return at == start_of(items) and word.endswith("s") and is_verb(word)


def _first(items: Sequence[Token], at: int) -> int:
    """Return the position behind a wish ("we need to") or the beginning of a question ("why do")."""
    wish = wish_at(items, at)
    if wish and at + wish < len(items):
        at = after_opening(items, at + wish)
        while at < len(items) - 1 and low(items, at) in _BEFORE_VERB:
            at += 1
    if low(items, at) in _QUESTIONS:
        while at < len(items) - 1 and (low(items, at) in AUXILIARIES or low(items, at) in _AFTER_QUESTION):
            at += 1
    return at


def _ends(text: str, items: Sequence[Token], at: int) -> bool:
    word = items[at].low
    if word in _CUTS or word in SUBORDINATORS or (word in PREPOSITIONS and word not in ("of", "up")):
        return True
    return at > 0 and "|" in text[items[at - 1].end : items[at].start]  # the next cell of a row
