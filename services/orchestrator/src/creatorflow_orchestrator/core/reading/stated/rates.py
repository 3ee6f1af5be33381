"""The unit that a figure is per: `/hour`, `per label`, `a day`, `in the first hour`, `each`, `monthly`."""

from __future__ import annotations

from creatorflow_orchestrator.core.reading.word_sets import word_set

from .fact_tokens import Kind, Tokens
from .nouns import is_noun, singular
from .numbers import read_number
from .unit_words import FREQUENCIES, PERIODS

_ARTICLES = frozenset(("a", "an", "each", "every", "per", "any", "one", "/"))
_WITHIN = frozenset(("in", "within", "during", "over", "inside"))
_WHICH = frozenset(("a", "an", "one", "the", "each", "every", "any", "its", "our"))
_FIRST = word_set("first single busiest peak worst opening last same one whole")
_ACTING = word_set("""
    has have must may can could should shall will would is needs need checks check approves approve decides decide signs
    confirms looks agrees gets sees does also
    """)
_PERIOD_NAMES = frozenset(PERIODS.values())
_ALONE = frozenset(("each", "apiece"))
EACH = "each"
"""The place of the noun in the unit of "3.5 cents each", until it is known."""


def period_at(tokens: Tokens, at: int) -> tuple[str, int] | None:
    """Return the period of a rate that begins at a token, and the token after it: "/hour", "a day", "in an hour"."""
    low = tokens.lows[at]
    if low in FREQUENCIES:
        return FREQUENCIES[low], at + 1
    if low in _ARTICLES:
        then = at + 1
        if low == "per" and tokens.lows[then] in ("each", "single"):
            then += 1
        period = PERIODS.get(tokens.lows[then])
        if period and (tokens.kinds[then] == Kind.WORD and tokens.lows[then - 1] != "one"):
            return None if period == "second" and low == "a" and _is_ordinal(tokens, then) else (period, then + 1)
        return None
    if low in _WITHIN and tokens.lows[at + 1] in _WHICH:
        then = at + 2
        if tokens.lows[then] in _FIRST:
            then += 1
        period = PERIODS.get(tokens.lows[then])
        return (period, then + 1) if period and tokens.lows[then] == period else None
    if low == "p" and tokens.phrase(at, 3) == "p . a":
        return "year", at + 3
    return ("year", at + 1) if low == "pa" else None


def _is_ordinal(tokens: Tokens, at: int) -> bool:
    """Return True for the "second" of "a second person has to agree"."""
    return is_noun(tokens, at + 1) and _acts(tokens, at + 2)


def _opens_clause(tokens: Tokens, at: int) -> bool:
    return _acts(tokens, at + 1) or _is_ordinal(tokens, at)


def _acts(tokens: Tokens, at: int) -> bool:
    """Return True for a verb that makes the noun before it a subject: "above 75 EUR a supervisor has to agree"."""
    return tokens.lows[at] in _ACTING


def _many(tokens: Tokens, at: int) -> tuple[str, int] | None:
    """Read "1,000 requests" of "$0.40 per 1,000 requests", and "thousand" of "1 € per thousand"."""
    word = tokens.lows[at]
    if word in ("thousand", "hundred", "million", "dozen"):
        many, end = word, at + 1
    else:
        number = read_number(tokens, at)
        if number is None or number.part:
            return None
        many, end = f"{number.value:.15g}", number.end
    return (f"{many} {tokens.lows[end]}", end + 1) if is_noun(tokens, end) else (many, end)


def thing_at(tokens: Tokens, at: int, priced: bool) -> tuple[str, int] | None:
    """Return what a figure is per, and the token after it: a period, or a thing ("per label").

    `priced`: also "a parcel" and "each", which say so after an amount of money alone.
    """
    period = period_at(tokens, at)
    if period:
        return period
    low = tokens.lows[at]
    if low in ("per", "/") or (priced and low in ("a", "an", "each", "every", "for")):
        then = at + 1
        if low == "for":
            if tokens.lows[then] not in ("each", "every"):
                return None
            then += 1
        if low == "per" and (many := _many(tokens, then)):
            return many
        if is_noun(tokens, then) and not (low in ("a", "an") and _opens_clause(tokens, then)):
            end = then + 1
            more = is_noun(tokens, end) and not tokens.lows[end].endswith("ed")
            if more and low != "/" and tokens.lows[end] not in FREQUENCIES:
                end += 1  # "per shipping label"
            return singular(tokens.lows[end - 1]), end
    return (EACH, at + 1) if priced and low in _ALONE else None


def rates(tokens: Tokens, at: int, priced: bool) -> tuple[str, int]:
    """Return what a figure is per, as its unit ends with it ("/user/month"; empty if it is no rate), and the end."""
    unit = ""
    for _ in range(2):
        found = thing_at(tokens, at, priced)
        if found is None or (unit[1:] in _PERIOD_NAMES and found[0] in _PERIOD_NAMES):
            break  # "1,500 a day within a year"
        unit, at = f"{unit}/{found[0]}", found[1]
    return unit, at
