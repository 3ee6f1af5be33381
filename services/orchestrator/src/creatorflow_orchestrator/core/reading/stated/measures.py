"""The unit of a number: money, a time, a share, a multiple, an amount of data, or the noun that it counts."""

from __future__ import annotations

from dataclasses import replace

from creatorflow_orchestrator.core.reading.word_sets import word_set

from .fact_tokens import Kind, Tokens
from .money import currency_after, currency_before
from .nouns import following, is_plural, nouns_from, preceding
from .numbers import Number
from .rates import period_at, rates
from .unit_words import FINER, MULTIPLIED, PERIODS, PREFIXES_OF_DAYS, TIMES, UNITS
from .values import Measure, Sort

_ARTICLES = frozenset(("a", "an", "the", "our", "its", "all"))
_MULTIPLE = word_set("""
    the our as more normal usual current today's that this their its higher faster larger traffic load volume what
    average regular than peak slower cheaper bigger
    """)
_LIKENED = word_set("the our that this their its what as of a many much")
_IDIOMS = word_set("""
    factor step way tier off click sided eyes eye stop word bit format clock notation time hand party person
    """)
_QUALIFIERS = word_set("free included more further extra additional other different such new")
_CLOCKS = word_set("format clock notation time style display")
_PARTICIPLES = word_set("left lost sold gone missing broken open done failed away")
_REMAINING = frozenset(("left", "away", "gone"))
_PIECES = frozenset(("pieces", "pcs", "units", "items"))
_LONG = word_set("high long wide deep tall thick")
_SINGLE = word_set("s h d g m y b t l")


def measure(tokens: Tokens, number: Number, main: str) -> Measure | None:
    """Return the measure of a number; `None` if it is an idiom ("two-factor", "3G") and measures nothing.

    `main` is the currency of cents.
    """
    before = currency_before(tokens, number.start)
    if before:
        return priced(tokens, number, before[1], before[0])
    at = number.end
    hyphen = (
        tokens.lows[at] in ("-", "‑")
        and tokens.glued(at)
        and tokens.glued(at + 1)
        and tokens.kinds[at + 1] == Kind.WORD
    )
    if hyphen:
        at += 1
        if tokens.lows[at] == "odd":
            return measure(tokens, replace(number, end=at + 1), main)  # "twenty-odd sellers"
        if tokens.lows[at] in _IDIOMS or (tokens.lows[at] == "hour" and tokens.lows[at + 1] in _CLOCKS):
            return None
    of = _after_of(tokens, at) if number.part else at
    after = currency_after(tokens, of, main)
    if after:
        return priced(tokens, number, number.start, *after)
    if number.part:
        at = of
        at += tokens.lows[at] in ("less", "more", "fewer")
    return _time_or_unit(tokens, number, at) or _times(tokens, number, at) or _counted(tokens, number, at, hyphen)


def _after_of(tokens: Tokens, at: int) -> int:
    """Return the token after the "of a" of "a third of a second", or the "an" of "half an hour"."""
    then = at + 1 if tokens.lows[at] == "of" else at
    return then + 1 if tokens.lows[then] in _ARTICLES else then


def priced(
    tokens: Tokens, number: Number, start: int, currency: str, part: float = 1.0, end: int | None = None
) -> Measure:
    """Return an amount of money with what it is per; `part` is 0.01 for cents, `end` is behind a currency after it."""
    value = number.value
    if number.thousands is not None and currency != "USD":
        value = number.thousands  # "1.500 EUR"
    per, end = rates(tokens, number.end if end is None else end, priced=True)
    return Measure(Sort.MONEY, start, end, round(value * part, 9), f"{currency}{per}", following(tokens, end))


def _time_or_unit(tokens: Tokens, number: Number, at: int) -> Measure | None:
    low, end, value, days = tokens.lows[at], at + 1, number.value, ""
    if low in PREFIXES_OF_DAYS and UNITS.get(tokens.lows[at + 1]) in TIMES:
        days, low, end = f"{low} {tokens.lows[at + 1]}", tokens.lows[at + 1], at + 2
    if low == "°" and tokens.lows[at + 1] == "c":
        low, end = "°c", at + 2
    elif low in ("kbit", "mbit", "gbit") and tokens.phrase(at + 1, 2) == "/ s":
        low, end = f"{low}/s", at + 3
    elif low == "per" and tokens.lows[at + 1] == "cent":
        low, end = "%", at + 2
    elif low == "percentage" and tokens.lows[at + 1] in ("points", "point"):
        low, end = "pp", at + 2
    if low in MULTIPLIED:
        factor, unit = MULTIPLIED[low]
        value *= factor
    else:
        unit = UNITS.get(low, "")
        if low == "m" and not tokens.glued(at) and (tokens.lows[end] in _LONG or tokens.lows[end] == ")"):
            unit = "m"  # "1.2 m high"; "5 m" may be minutes
        if not unit or (low in _SINGLE and tokens.raw(end - 1).isupper()) or (low == "in" and not tokens.glued(at)):
            return None
    if unit == "x":
        return _factor(tokens, number, end)
    if number.part and unit in FINER:
        finer, name = FINER[unit]
        if abs(value * finer - round(value * finer)) < 1e-6:
            value, unit = float(round(value * finer)), name
    return _with_rate(tokens, number, value, unit, end, days)


def _with_rate(tokens: Tokens, number: Number, value: float, unit: str, end: int, days: str) -> Measure:
    """Add what a measure is per, also after a word or two: "15 minutes of downtime per month"."""
    per, after = rates(tokens, end, priced=False)
    if per and (unit == "%" or per[1:] not in PERIODS.values()):
        per, after = "", end  # "25 kg per tour" are kilograms
    subject = days or following(tokens, after, share=unit not in TIMES)
    if not per and unit in TIMES:
        then = end + 1 if tokens.lows[end] == "of" else end
        for gap in range(3):
            period = period_at(tokens, then + gap)
            if period and tokens.lows[then + gap] not in ("within", "in", "over", "during", "inside"):
                per, after, subject = f"/{period[0]}", period[1], tokens.phrase(then, gap)
                break
            if tokens.kinds[then + gap] != Kind.WORD or tokens.lows[then + gap] in ("and", "or", "but"):
                break
    return Measure(Sort.MEASURE, number.start, after, value, f"{unit}{per}", subject)


def _factor(tokens: Tokens, number: Number, end: int) -> Measure:
    at = end
    while at < end + 3 and tokens.lows[at] in _LIKENED:
        at += 1
    return Measure(Sort.FACTOR, number.start, end, number.value, "x", following(tokens, at))


def _times(tokens: Tokens, number: Number, at: int) -> Measure | None:
    """Read "10 times the traffic", which multiplies, and "at most 5 times", which counts."""
    if tokens.lows[at] != "times":
        return None
    per, end = rates(tokens, at + 1, priced=False)
    if not per and tokens.lows[at + 1] in _MULTIPLE:
        return _factor(tokens, number, at + 1)
    return Measure(Sort.MEASURE, number.start, end, number.value, f"times{per}")


def _counted(tokens: Tokens, number: Number, at: int, hyphen: bool) -> Measure | None:
    """Read `5 orders/hour`, `200 shipping labels a day`, `3 shops`; a number without a noun is bare."""
    value = number.value if number.thousands is None else number.thousands
    glued = tokens.glued(number.end) and tokens.kinds[number.end] == Kind.WORD
    if (
        glued
        or (hyphen and tokens.raw(at).isupper() and number.end - number.start == 1)
        or (hyphen and number.spelled and not is_plural(tokens.lows[at]))
    ):
        return None  # "3G", "2FA", "four-eyes"
    skipped = tokens.lows[at] in _QUALIFIERS or (not number.part and _of_nouns(tokens, at))
    nouns = nouns_from(tokens, at + 1 if skipped else at)
    if nouns is None or nouns.words in _PARTICIPLES or nouns.words.split()[0] in _REMAINING:
        per, end = rates(tokens, at, priced=False)
        if per and not number.part:
            return Measure(Sort.COUNT, number.start, end, value, per)  # what is counted is bound later
        return Measure(Sort.BARE, number.start, number.end, number.value)
    per, end = rates(tokens, nouns.end, priced=False)
    if not per and (period := _period_behind_verb(tokens, nouns.end)):
        per, end = f"/{period[0]}", period[1]
    if number.part:
        return Measure(Sort.COUNT, number.start, end, number.value, "", nouns.words)
    if hyphen:
        return Measure(Sort.COUNT, number.start, at + 1, value, tokens.lows[at], following(tokens, at + 1))
    subject = nouns.words if per or is_plural(nouns.head) else nouns.head
    if nouns.words in _PIECES:
        subject = preceding(tokens, number.start) or subject
    return Measure(Sort.COUNT, number.start, end, value, f"{nouns.head}{per}", subject)


def _period_behind_verb(tokens: Tokens, at: int) -> tuple[str, int] | None:
    """Read the "per hour" of "400 orders come in per hour" and "300 parcels are shipped a day"."""
    for then in range(at + 1, at + 4):
        if tokens.lows[then - 1] not in _MOVING:
            return None
        if period := period_at(tokens, then):
            return period
    return None


_MOVING = word_set("""
    free sold shipped placed come comes arrive arrives printed made are is get gets go goes in out through packed sent
    handled processed coming arriving came went were received hit reach us
    """)


def _of_nouns(tokens: Tokens, at: int) -> bool:
    """Return True for "a dozen of labels", "2 million of rows"."""
    return (
        tokens.lows[at] == "of"
        and is_plural(tokens.lows[at + 1])
        and tokens.lows[at - 1] in ("dozen", "million", "thousand")
    )
