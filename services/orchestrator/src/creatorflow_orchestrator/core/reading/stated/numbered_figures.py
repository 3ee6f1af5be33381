"""Reads the figures that begin at a number: one, the two bounds of a range, or those of a list ("1, 3 and 7 days")."""

from __future__ import annotations

from dataclasses import replace

from creatorflow_orchestrator.core.reading.word_sets import word_set
from creatorflow_orchestrator.core.request import Comparison

from .comparisons import comparison_after, comparison_before
from .fact_tokens import Kind, Tokens
from .implied_bounds import implied_bound
from .labels import counts_nothing
from .measures import measure
from .nouns import preceding
from .numbers import Number
from .ranges import numbers_of_list, read_change, read_days, read_list, read_range, read_share, upper_bound
from .rates import rates
from .unit_words import COIN_WORDS, TIME_WORDS, TIMES
from .values import Figure, Measure, Sort


def read_figures(tokens: Tokens, at: int, number: Number | None, main: str, floor: int) -> list[Figure]:
    """Return the figures that begin at a token, with `number` or "a"; none if it measures nothing.

    `main` is the currency of cents, `floor` the end of the figure before.
    """
    if number is None:
        single = _single(tokens, at, main, floor)
        return [single] if single else []
    if tokens.lows[number.start - 1] in ("day", "days") and (days := read_days(tokens, number)):
        return days
    if counts_nothing(tokens, number):
        return []
    if number.value == 0 and tokens.lows[number.end] in _ZERO_IDIOMS and tokens.kinds[number.end + 1] != Kind.FIGURE:
        return []
    ratio = tokens.phrase(number.end, 2) == ": 1" and tokens.glued(number.end) and tokens.glued(number.end + 1)
    if ratio and number.value != 1:
        return [Figure(at, number.end + 2, Sort.COUNT, "=", number.value, ":1", preceding(tokens, at, floor))]
    if tokens.lows[number.end] == "nines" and 2 <= number.value <= 9:
        percent = 100 - 10 ** (2 - number.value)  # "three nines"
        return [Figure(at, number.end + 1, Sort.MEASURE, "=", percent, "%", preceding(tokens, at, floor))]
    if number.value == 1 and tokens.lows[number.end + 1] == "in" and (share := read_share(tokens, number, 1)):
        return [share]
    tenth = tokens.lows[number.end] == "of" and tokens.lows[number.end + 1] in ("10", "ten", "100")
    if (tenth or tokens.lows[number.end] in ("in", "out")) and (share := read_share(tokens, number)):
        return [share]
    listed = numbers_of_list(tokens, number)
    high = upper_bound(tokens, number) if len(listed) <= 2 else None
    if high is not None:
        return read_range(tokens, number, high, main)
    found = read_list(tokens, listed, main) if len(listed) > 1 else []
    return found or _one(tokens, number, main, floor)


def _single(tokens: Tokens, at: int, main: str, floor: int) -> Figure | None:
    """Read one of a unit: "within a fortnight", "less than an hour", "for a year", "a cent per label"."""
    article, noun = tokens.lows[at], tokens.lows[at + 1]
    timed = noun in TIME_WORDS and (article != "the" or tokens.lows[at - 1] == "within")
    if article not in ("a", "an", "the") or not (timed or noun in COIN_WORDS):
        return None
    found = measure(tokens, Number(at, at + 1, 1.0, spelled=True), main)
    if found is None or found.sort not in (Sort.MEASURE, Sort.MONEY):
        return None
    before = comparison_before(tokens, at)
    half = tokens.phrase(found.end, 3) == "and a half"
    if half:
        found = replace(found, value=1.5 * found.value, end=found.end + 3)  # "an hour and a half"
    if before and before[1] >= floor:
        return _figure(tokens, found, before[1], found.end, before[0], floor)
    if half:
        return _figure(tokens, found, at, found.end, "=", floor)
    delay = tokens.lows[at - 1] == "of" and tokens.lows[at - 2] in _LASTING
    counted = delay or tokens.lows[at - 1] in _BEFORE_ONE or tokens.lows[found.end] in _AFTER_ONE
    if found.sort is Sort.MONEY:
        counted = "/" in found.unit
    return _figure(tokens, found, at, found.end, "=", floor) if counted else None


_ZERO_IDIOMS = word_set("- trust day based config knowledge touch shot waste")
_BEFORE_ONE = word_set("for to after takes take lasts last lives live waits wait needs every")
_LASTING = word_set("delay delays lag pause timeout wait window period gap downtime interval delayed age")
_AFTER_ONE = word_set("apart later ago behind long after before")


def _one(tokens: Tokens, number: Number, main: str, floor: int) -> list[Figure]:
    after: tuple[Comparison, int] | None = None
    if tokens.lows[number.end] in ("+", "or"):
        after = comparison_after(tokens, number.end)  # "5000+ orders", "10 or more shops"
        number = replace(number, end=after[1]) if after else number
    found = measure(tokens, number, main)
    if found is None or (number.spelled and _is_idiom(tokens, number, found)):
        return []
    before = comparison_before(tokens, found.start)
    if before and (before[1] < floor or _lasts(tokens, before[1], floor, found)):
        before = None
    from_on = tokens.lows[found.start - 1] == "from" and found.sort in (Sort.MONEY, Sort.MEASURE)
    if tokens.lows[found.start - 1] == "from" and tokens.lows[found.end] in ("on", "onwards", "upwards"):
        before = ">=", found.start - 1  # "from 20 parcels on"
    if from_on and found.start > floor and found.unit not in TIMES and tokens.lows[found.end] not in _TO:
        before = ">=", found.start - 1  # "free shipping from 50 euros"
    after = after or comparison_after(tokens, found.end, found.unit)
    if after is None and found.unit == "%" and found.subject:
        after = comparison_after(tokens, found.end + len(found.subject.split()), "")  # "0.01 % errors or less"
    end = max(found.end, after[1] if after else 0)
    if after and "/" not in found.unit and found.sort is not Sort.FACTOR:
        per, end = rates(tokens, end, priced=found.sort is Sort.MONEY)  # "100 EUR max per order"
        found = replace(found, unit=f"{found.unit}{per}")
    if found.sort in (Sort.MEASURE, Sort.MONEY) and _is_negative(tokens, found.start):
        found = replace(found, value=-found.value, start=found.start - 1)
    start = before[1] if before else found.start
    bound = before or after or implied_bound(tokens, found, start, floor)
    sign: Comparison = "x" if found.sort is Sort.FACTOR else (bound or ("=", 0))[0]
    first = _figure(tokens, found, start, end, sign, floor)
    second = read_change(tokens, first, main)
    return [first] if second is None else second


def _lasts(tokens: Tokens, at: int, floor: int, found: Measure) -> bool:
    """Return True for "over" after a figure and before a time: "2,000 users over 10 minutes" is no bound."""
    return tokens.lows[at] == "over" and floor == at > 0 and found.unit in TIMES


def _is_negative(tokens: Tokens, at: int) -> bool:
    """Return True for the minus of "-5 %" and "−18 °C", which stands apart from what is before it."""
    apart = at > 1 and not tokens.glued(at - 1) and tokens.kinds[at - 2] not in (Kind.FIGURE, Kind.BREAK)
    return apart and tokens.lows[at - 1] in ("-", "−") and tokens.glued(at)


_TO = frozenset(("to", "-", "–", "down", "up"))


def _figure(tokens: Tokens, found: Measure, start: int, end: int, sign: Comparison, floor: int) -> Figure:
    left = preceding(tokens, start, floor)
    # "orders over $150 ship free": of an amount that is bound, the noun before the bound is the subject.
    subject = left or found.subject if found.sort is Sort.MONEY and start < found.start else found.subject or left
    return Figure(start, end, found.sort, sign, found.value, found.unit, subject)


def _is_idiom(tokens: Tokens, number: Number, found: Measure) -> bool:
    """Return True for a word that counts nothing in particular: "one order", "half empty", "zero in on"."""
    if number.part:
        of = tokens.lows[number.end] == "of"
        return found.sort in (Sort.BARE, Sort.COUNT) and number.value == 0.5 and not of
    if number.value == 0 and found.sort is Sort.BARE:
        return True
    if number.value != 1 or found.sort in (Sort.MONEY, Sort.FACTOR) or "/" in found.unit:
        return False
    if found.sort is Sort.MEASURE and found.unit not in ("day", "times"):
        return tokens.lows[number.end] in ("second", "minute") and comparison_before(tokens, number.start) is None
    opened = _OPENERS_OF_ONE if found.sort is Sort.COUNT else _OPENERS_OF_ONE | {"for", "after", "in"}
    if comparison_before(tokens, number.start) or tokens.lows[number.start - 1] in opened:
        return found.sort is Sort.BARE
    return comparison_after(tokens, found.end) is None


_OPENERS_OF_ONE = frozenset(("only", "exactly", "just"))
