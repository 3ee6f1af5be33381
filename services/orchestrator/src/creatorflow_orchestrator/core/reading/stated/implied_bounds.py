"""Bounds that a verb or a subject implies: "max upload size: 25 MB", "may hold 500 jobs", "cap it at 5"."""

from __future__ import annotations

from creatorflow_orchestrator.core.reading.word_sets import word_set
from creatorflow_orchestrator.core.request import Comparison

from .fact_tokens import Kind, Tokens
from .nouns import subject_start
from .unit_words import TIMES
from .values import Measure

_CAPPING = frozenset(("cap", "caps", "capped", "limit", "limits"))
_ENDING = word_set("end ends finish finishes finished done ready complete completed over through answer load")
_DUTY = frozenset(("must", "should", "has", "have", "needs", "shall", "be", "is"))
_BEING = frozenset(("is", "are", "be", ":", "=", "was", "to"))
_MOST = frozenset(("maximum", "ceiling", "limit", "cap", "max"))
_LEAST = frozenset(("minimum", "floor", "min"))
_NEAR = 8  # tokens between a verb that caps and its figure


def implied_bound(tokens: Tokens, found: Measure, at: int, floor: int) -> tuple[Comparison, int] | None:
    """Return how the words before a figure, which begins at a token, bind it without a word that compares."""
    if _is_allowed(tokens, at) or _is_capped(tokens, at, floor) or (found.unit in TIMES and _ends_in(tokens, at)):
        return "<=", at
    return _bound_by_subject(tokens, at, floor) or _bound_by_name(tokens, at, floor)


def _bound_by_name(tokens: Tokens, at: int, floor: int) -> tuple[Comparison, int] | None:
    """Return how "the maximum is 99 pieces" and "the ceiling for refunds: 40 GBP" bind a figure."""
    if tokens.lows[at - 1] not in _BEING:
        return None
    for place in range(at - 2, max(floor, at - _NEAR) - 1, -1):
        low = tokens.lows[place]
        if low in _MOST or low in _LEAST:
            return ("<=" if low in _MOST else ">="), at
        if tokens.kinds[place] != Kind.WORD:
            return None
    return None


def _is_allowed(tokens: Tokens, at: int) -> bool:
    """Return True for "may hold 500 jobs" and "allows only 3 shops"."""
    verb = at - 2 if tokens.lows[at - 1] == "only" else at - 1
    if tokens.lows[verb] in ("allow", "allows", "permit", "permits"):
        return verb < at - 1
    return tokens.lows[verb - 1] == "may" and tokens.kinds[verb] == Kind.WORD and not tokens.capital(verb - 1)


def _is_capped(tokens: Tokens, at: int, floor: int) -> bool:
    """Return True for "cap the life of a session at 12 hours"."""
    if tokens.lows[at - 1] not in ("at", "to"):
        return False
    before = tokens.lows[max(floor, at - _NEAR) : at - 1]
    return not _CAPPING.isdisjoint(before) and not {".", ";", ",", ":"} & set(before)


def _ends_in(tokens: Tokens, at: int) -> bool:
    """Return True for "must end in 20 minutes" and "has to be done in an hour"."""
    return tokens.lows[at - 1] == "in" and tokens.lows[at - 2] in _ENDING and tokens.lows[at - 3] in _DUTY


def _bound_by_subject(tokens: Tokens, at: int, floor: int) -> tuple[Comparison, int] | None:
    """Return how its subject binds a figure: "max upload size: 25 MB", "rate limit 600 rpm"."""
    first, end = subject_start(tokens, at, floor)
    if first == end:
        return None
    dotted = first - 1 > floor and tokens.lows[first - 1] == "."  # "max. weight"
    opener = tokens.lows[first - 1 - dotted] if first > floor else ""
    if opener in ("max", "maximum", "maximal") or tokens.lows[end - 1] in ("limit", "cap", "ceiling", "maximum"):
        return "<=", at
    return (">=", at) if opener in ("min", "minimum", "minimal") else None
