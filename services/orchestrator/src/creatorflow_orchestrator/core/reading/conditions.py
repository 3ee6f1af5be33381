"""Clauses that state a condition of the work: a stack, a region, a budget, a date."""

from __future__ import annotations

from collections.abc import Sequence

from .calendar_names import MONTH_NUMBERS, WEEKDAYS
from .clause_domains import Domains
from .grammar import low, start_of
from .moods import Mood
from .phrases import PhraseTable
from .tokens import Token
from .word_sets import word_set

_STATED = PhraseTable(
    "our stack is|the stack is|stack|stack is|tech stack|must run on|has to run on|should run on|we have to use|"
    "we must use|stick to|stick with|keep to|budget|the budget|our budget|deadline|the deadline|due|due by|go live by|"
    "must be live by|live by|needed by|ready by|by the end of|time box|timebox|data must stay in|data stays in|"
    "must stay in|must not leave|may not leave|must never leave|we have until|we have to be live|it has to be live"
)
_USED = PhraseTable(
    "we use|we are using|we're using|we run on|we're running on|we are on|we're on|we host|hosted on|hosted in|"
    "everything hosted|runs on|it runs on|everything runs on|we build with|we work with|must use|has to use|stay on|"
    "we stay on|we stay with|our database is|our backend is|our frontend is|we deploy to|only in|built on|built with|"
    "written in|implemented in|based on|our backend|our frontend|our database|everything is|it is built with|use|using"
)
"""Before the name of something of the stack."""
_INSIDE = frozenset(
    ("must", "has", "should", "runs", "stays", "may", "hosted", "data", "everything", "built", "written")
)
_STACK = frozenset(("database", "framework", "infrastructure", "language", "region", "compliance"))
_DATES = word_set("q1 q2 q3 q4 christmas easter").union(MONTH_NUMBERS, WEEKDAYS)
_NEVER = frozenset(("do", "don't", "dont", "never", "always"))
_FEW = 6  # words of "DHL only"


def _keeps(words: Sequence[str]) -> bool:
    """True for "keep the old API": what is there stays."""
    return words[0] in ("keep", "retain", "preserve") and bool(
        {"old", "existing", "current", "using"} & set(words[1:4])
    )


def is_condition(items: Sequence[Token], mood: Mood, domains: Domains) -> bool:
    """True for a condition of the work that asks for nothing by itself."""
    words = [item.low for item in items if item.word]
    if mood is Mood.PHRASE and (domains.names(items) & _STACK or (words[-1] == "only" and len(words) <= _FEW)):
        return True
    never = low(items, start_of(items)) in _NEVER
    if mood is Mood.IMPERATIVE and (_keeps(words) or (never and not domains.clause(items))):
        return True
    if words[0] == "by" and set(words[:5]) & _DATES:
        return True
    at = start_of(items)
    for place in range(at, min(len(items), at + 8)):
        if place == at or low(items, place) in _INSIDE:
            if _STATED.at(items, place):
                return True
            if (used := _USED.at(items, place)) and domains.names(items[place + len(used) :]) & _STACK:
                return True
    return False
