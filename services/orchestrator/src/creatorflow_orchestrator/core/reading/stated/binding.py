"""Binds figures to what is around them: the role of each, units that are carried over, what "each" stands for.

Bare numbers without a role, a bound or a subject of their own are left out here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from creatorflow_orchestrator.core.reading.word_sets import word_set

from .carrying import CARRIED, beside, is_state, of_what_is_counted, with_unit
from .fact_tokens import Kind, Tokens
from .figure_roles import INTERVAL, PERCENTILES, role_of
from .nouns import is_noun, is_plural, singular
from .rates import EACH
from .unit_words import FREQUENCIES, PERIODS
from .values import Figure, Sort
from .words_of_prose import VERBS

_COINS = word_set("cents cts dollars euros pounds francs bucks")
_RATED = word_set("""
    fee price subscription budget cost costs charge limit cap quota rate plan volume target revenue allowance payment
    spend sales load traffic maximum minimum rent
    """)
_APART = frozenset((",", ".", ";", "with", "and"))
_MOST_BACK = 8  # figures before one that may have the noun that it counts
_ABOVE = frozenset(("after", "above", "over", "beyond"))
_NEXT = 1  # tokens between a price and the number from which on it holds
_INCLUDED = frozenset(("free", "included"))
_GROUPS = word_set("""
    batch batches page pages chunk chunks pool size group groups limit count set sets team floor buffer
    reserve minimum maximum threshold ceiling capacity total quota cap
    """)
_NAMING = frozenset((":", "=", "size", "count", "threshold", "buffer", "floor", "reserve"))
_GRANTING = frozenset(("allow", "allows", "permit", "permits"))
_PAYING = frozenset(("pay", "pays", "paid", "cost", "costs", "charge", "charges"))
_PAID = 4  # tokens between what is paid and the verb
_SHARED = frozenset(("of them", "of these", "of those", "for each", "for every", "in reserve"))
_DATA = frozenset(("KB", "MB", "GB", "TB", "min"))


def bind(tokens: Tokens, figures: Sequence[Figure]) -> list[Figure]:
    """Return the figures with their roles, with units carried over, without those that say nothing."""
    bound = [_with_role(tokens, figure) for figure in figures]
    bound = _with_periods(tokens, bound)
    for at, figure in enumerate(bound):
        if figure.sort is Sort.MONEY and figure.unit.endswith(f"/{EACH}"):
            bound[at] = _with_thing(tokens, bound, at)
    for at, figure in enumerate(bound):
        if figure.sort is Sort.BARE:
            bound[at] = with_unit(tokens, bound, at)
        elif is_state(figure.unit):
            bound[at] = of_what_is_counted(tokens, bound, at)
        elif figure.unit.startswith("/"):
            bound[at] = _with_noun(tokens, bound, at)
        if _is_free_below(tokens, bound, at):
            bound[at] = replace(bound[at], comparison="=", role="included")
    stated = [figure for figure in bound if figure.sort is not Sort.BARE or _says_something(tokens, figure)]
    return [_usual(tokens, stated, at) for at in range(len(stated))]


def _usual(tokens: Tokens, figures: Sequence[Figure], at: int) -> Figure:
    """Return a rate as the usual one, if a larger one of its sentence is the peak: "800 a day, 6,500 on sale days"."""
    figure = figures[at]
    if figure.role or not _is_rate(figure):
        return figure
    peaks = (other for other in beside(tokens, figures, at) if other.role == "peak" and other.value > figure.value)
    return replace(figure, role="usual") if any(other.unit == figure.unit for other in peaks) else figure


def _with_role(tokens: Tokens, figure: Figure) -> Figure:
    if figure.sort is Sort.FACTOR or figure.role:
        return figure
    role = role_of(tokens, figure.start, figure.end)
    counted = figure.sort in (Sort.COUNT, Sort.BARE)
    if counted and any(tokens.lows[at] in _INCLUDED for at in range(figure.start, figure.end)):
        role = "included"
    if role == "included" and not (counted or figure.unit in _DATA):
        role = ""
    subject = figure.subject or (role if role in PERCENTILES else "")
    return replace(figure, role=role, subject=subject)


def _with_periods(tokens: Tokens, figures: Sequence[Figure]) -> list[Figure]:
    """Join "a monthly fee of 10 EUR" to one figure, EUR/month."""
    joined: list[Figure] = []
    for figure in figures:
        before = joined[-1] if joined else None
        if before is not None and _is_of_period(tokens, before, figure):
            joined[-1] = replace(figure, unit=f"{figure.unit}/{FREQUENCIES[tokens.lows[before.start]]}")
        else:
            joined.append(figure)
    return joined


def _is_of_period(tokens: Tokens, adverb: Figure, figure: Figure) -> bool:
    if adverb.role != INTERVAL or tokens.lows[adverb.start] not in FREQUENCIES or "/" in figure.unit:
        return False
    if figure.start - adverb.end > 4 or figure.unit == "%":
        return False
    between = tokens.lows[adverb.end : figure.start + 1]
    return not _RATED.isdisjoint(between) and _APART.isdisjoint(between)


def _with_thing(tokens: Tokens, figures: Sequence[Figure], at: int) -> Figure:
    """Say what "each" stands for in a price: what the figure before it, or else after it, counts."""
    figure = figures[at]
    for other in beside(tokens, figures, at):
        if other.sort is Sort.COUNT and "/" not in other.unit and other.unit:
            thing = singular(other.unit)
            return replace(figure, unit=figure.unit.removesuffix(EACH) + thing, subject=figure.subject or other.unit)
    head = next((word for word in reversed(figure.subject.split()) if is_plural(word) and word not in VERBS), "")
    unit = figure.unit.removesuffix(EACH) + singular(head) if head else figure.unit.removesuffix(f"/{EACH}")
    return replace(figure, unit=unit)


def _is_free_below(tokens: Tokens, figures: Sequence[Figure], at: int) -> bool:
    """Return True for a count from which on each one has a price: "3.5 cents each after 250 labels"."""
    figure = figures[at]
    if figure.sort is not Sort.COUNT or figure.role or figure.unit.partition("/")[2] not in ("", *PERIODS):
        return False
    first = figure.start
    while tokens.lows[first - 1] in ("the", "first"):
        first -= 1  # "for each label beyond the first 500 a month"
    tier = tokens.lows[first - 1] in _ABOVE or tokens.lows[figure.start] in _ABOVE
    near = replace(figure, start=first)
    return tier and any(_is_unit_price(other) and _adjacent(other, near) for other in beside(tokens, figures, at))


def _is_unit_price(figure: Figure) -> bool:
    per = figure.unit.partition("/")[2]
    return figure.sort is Sort.MONEY and bool(per) and per not in PERIODS


def _adjacent(price: Figure, other: Figure) -> bool:
    first, last = sorted((price, other), key=lambda figure: figure.start)
    return last.start - first.end <= _NEXT


def _with_noun(tokens: Tokens, figures: Sequence[Figure], at: int) -> Figure:
    """Say what is counted in "200 units a day, 1,400 a week" and "orders peak at 200 an hour"."""
    figure = figures[at]
    head = next((word for word in reversed(figure.subject.split()) if is_plural(word)), "")
    rated = [
        other
        for other in (*beside(tokens, figures, at), *reversed(figures[max(0, at - _MOST_BACK) : at]))
        if _is_rate(other)
    ]
    if not head and figure.unit[1:] in PERIODS:
        head = _noun_before(tokens, figure.start)
    if not head and rated:
        head, figure = rated[0].unit.split("/")[0], replace(figure, subject=rated[0].subject)
    return replace(figure, unit=f"{head}{figure.unit}")


def _is_rate(figure: Figure) -> bool:
    return figure.sort is Sort.COUNT and "/" in figure.unit and not figure.unit.startswith(("/", "times"))


def _noun_before(tokens: Tokens, at: int) -> str:
    """Return the plural noun to the left, at most one comma away: "Print labels at 300 dpi, 45 a minute"."""
    commas = 0
    for place in range(at - 1, max(-1, at - 12), -1):
        low = tokens.lows[place]
        commas += low == ","
        if commas > 1 or tokens.kinds[place] == Kind.BREAK or low in (".", ";", "?", "!"):
            return ""
        if is_noun(tokens, place) and is_plural(low) and low not in PERIODS and low not in _COINS and low not in VERBS:
            return low
        if tokens.lows[place - 1] in ("each", "every") and is_noun(tokens, place) and low not in PERIODS:
            return f"{low}s"  # "7 cents for each label beyond the first 500 a month"
    return ""


def _says_something(tokens: Tokens, figure: Figure) -> bool:
    """Return True for a number without a unit that is a fact all the same: "at most 5", "7,500", "batch size: 500"."""
    if figure.role in CARRIED or figure.role == "included" or figure.comparison != "=" or 1e4 <= figure.value < 1e7:
        return True
    before, after = tokens.lows[figure.start - 1], tokens.phrase(figure.end, 2)
    if before in _GRANTING or after in _SHARED:
        return True  # "allow 5 in 15 minutes", "about 900 of them", "and 50 for each address"
    of = before == "of" and (tokens.lows[figure.start - 2] in _GROUPS or is_plural(tokens.lows[figure.start - 2]))
    state = before == ":" and is_state(tokens.lows[figure.start - 2])
    paid = not _PAYING.isdisjoint(tokens.lows[max(0, figure.start - _PAID) : figure.start])
    if state or paid or after == "out of":
        return True  # "Cancelled: 12", "rated 4.7 out of 5"
    if before in _NAMING or of or (before in ("is", "of") and "size" in figure.subject):
        return bool(figure.subject)
    written = tokens.raw(figure.start)
    grouped = tokens.kinds[figure.start] == Kind.FIGURE and not written.isdigit() and "." not in written
    return grouped or figure.end - figure.start > 1  # "7,500", "5k", "a dozen", "two thirds"
