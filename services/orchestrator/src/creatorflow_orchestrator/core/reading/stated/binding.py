"""Binds figures to what is around them: the role of each, units that are carried over, what "each" stands for.

Bare numbers without a role, a bound or a subject of their own are left out here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from creatorflow_orchestrator.core.reading.word_sets import word_set

from .fact_tokens import Kind, Tokens
from .figure_roles import INTERVAL, PERCENTILES, role_of
from .nouns import is_noun, is_plural, singular
from .plan_words import names_plan
from .rates import EACH
from .unit_words import FREQUENCIES, PERIODS, TIMES
from .values import Figure, Sort
from .words_of_prose import VERBS

_COINS = word_set("cents cts dollars euros pounds francs bucks")
_REACH = 24  # tokens between two figures of one statement
_RATED = word_set("""
    fee price subscription budget cost costs charge limit cap quota rate plan volume target revenue allowance payment
    spend sales load traffic maximum minimum rent
    """)
_APART = frozenset((",", ".", ";", "with", "and"))
_MOST_BACK = 8  # figures before one that may have the noun that it counts
_TIERS = frozenset(("after", "above", "over", "beyond", "from"))
_ABOVE = frozenset(("after", "above", "over", "beyond"))
_NEXT = 1  # tokens between a price and the number from which on it holds
_WANTING = frozenset(("want", "need", "be", "expect", "to", "take"))
_PLACES = frozenset((",", "want", "need", "but", "and", "be", "to", "is", "are", "at", "now", "of", "reach"))
_INCLUDED = frozenset(("free", "included"))
_GROUPS = word_set("""
    batch batches page pages chunk chunks pool size group groups limit count set sets team floor buffer
    reserve minimum maximum threshold ceiling capacity total quota cap
    """)
_WITH = frozenset(("with", "includes", "including", "incl", "include"))
_NAMING = frozenset((":", "=", "size", "count", "threshold", "buffer", "floor", "reserve"))
_LASTING = frozenset(("longer", "shorter", "sooner", "later", "faster", "slower", "older", "younger"))
_PRICE = re.compile(r"\d{1,5}[.,]\d\d")
_GRANTING = frozenset(("allow", "allows", "permit", "permits"))
_SHARED = frozenset(("of them", "of these", "of those", "for each", "for every", "in reserve"))
_HAVING = frozenset(("has", "have", "had", "holds", "with", "contains", "total", "totals"))
_DATA = frozenset(("KB", "MB", "GB", "TB", "min"))
_CARRIED = frozenset(("usual", "peak", "current", "target", *PERCENTILES))


def bind(tokens: Tokens, figures: Sequence[Figure]) -> list[Figure]:
    """Return the figures with their roles, with units carried over, without those that say nothing."""
    bound = [_with_role(tokens, figure) for figure in figures]
    bound = _with_periods(tokens, bound)
    for at, figure in enumerate(bound):
        if figure.sort is Sort.MONEY and figure.unit.endswith(f"/{EACH}"):
            bound[at] = _with_thing(tokens, bound, at)
    for at, figure in enumerate(bound):
        if figure.sort is Sort.BARE:
            bound[at] = _with_unit(tokens, bound, at)
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
    peaks = (other for other in _beside(tokens, figures, at) if other.role == "peak" and other.value > figure.value)
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
    for other in _beside(tokens, figures, at):
        if other.sort is Sort.COUNT and "/" not in other.unit and other.unit:
            thing = singular(other.unit)
            return replace(figure, unit=figure.unit.removesuffix(EACH) + thing, subject=figure.subject or other.unit)
    head = next((word for word in reversed(figure.subject.split()) if is_plural(word)), "")
    unit = figure.unit.removesuffix(EACH) + singular(head) if head else figure.unit.removesuffix(f"/{EACH}")
    return replace(figure, unit=unit)


def _with_unit(tokens: Tokens, figures: Sequence[Figure], at: int) -> Figure:
    """Carry a unit over to a number that stands alone: "normally 400 orders an hour, at the peak 7,500"."""
    figure = figures[at]
    after = figures[at + 1] if at + 1 < len(figures) else figure
    if figure.comparison != "=" and after.comparison != "=" and 0 <= after.start - figure.end <= 2 and after.unit:
        return replace(figure, sort=after.sort, unit=after.unit, subject=after.subject)  # "at least 3, at most 5 shops"
    first = figure.start
    while tokens.lows[first - 1] in ("the", "first"):
        first -= 1
    tier = tokens.lows[first - 1] in _TIERS or tokens.lows[figure.start] in _TIERS
    for other in _beside(tokens, figures, at):
        if other.sort is Sort.MONEY:
            if other.start < figure.start and _PRICE.fullmatch(tokens.raw(figure.start)) and figure.comparison == "=":
                return replace(figure, sort=Sort.MONEY, unit=other.unit.partition("/")[0])  # "8 pounds, then 6.50"
            if tier:
                thing = other.unit.partition("/")[2].split("/")[0]
                return replace(figure, comparison="=", unit=thing if thing not in PERIODS else "", role="included")
            if tokens.lows[figure.start - 1] in ("for", "at", ":", "=") and names_plan(tokens, figure.start - 2):
                return replace(figure, sort=Sort.MONEY, unit=other.unit)  # "Solo for 9, Studio for 29 euros"
            opener = figure.start - 2 if tokens.lows[figure.start - 1] == "." else figure.start - 1  # "incl. 400"
            if tokens.lows[opener] in _WITH and opener - other.end <= 1:
                return replace(figure, unit=_included_unit(figures[:at]), role="included")
            continue
        alike = figure.role in _CARRIED or (other.role in _CARRIED and _is_value(tokens, figure))
        alike = alike or (figure.value >= 100 and other.sort is Sort.COUNT and "/" in other.unit)
        same = other.comparison != "=" and tokens.lows[figure.start] == tokens.lows[other.start]
        alike = alike or (other.sort is Sort.COUNT and other.start < figure.start and same)  # "over 3 items, over 5"
        alike = alike or (other.sort is Sort.MEASURE and other.start < figure.start and _is_like(tokens, figure, other))
        if alike and other.unit and other.sort in (Sort.COUNT, Sort.MEASURE):
            return _carried(tokens, figure, other)
    return _with_unit_of_sentence_before(tokens, figures, at)


def _with_unit_of_sentence_before(tokens: Tokens, figures: Sequence[Figure], at: int) -> Figure:
    """Carry a unit of time over from the sentence before: "The suite takes 48 minutes. I want 10."."""
    figure, other = figures[at], figures[at - 1] if at else None
    if other is None or other.unit not in TIMES or tokens.lows[figure.start - 1] not in _WANTING:
        return figure
    ends = tokens.kinds[figure.end] != Kind.WORD or tokens.lows[figure.end] in ("and", "but", "or", "at")
    near = figure.start - other.end <= _REACH and Kind.BREAK not in tokens.kinds[other.end : figure.start]
    return replace(figure, sort=other.sort, unit=other.unit, role=figure.role or "target") if ends and near else figure


def _is_like(tokens: Tokens, figure: Figure, other: Figure) -> bool:
    """Return True for "the rest within 90" after "within 30 days", and "for members 60," after "30 days"."""
    if figure.comparison != "=":
        lasting = other.unit in TIMES and not _LASTING.isdisjoint(tokens.lows[figure.start : figure.end])
        return lasting or tokens.lows[figure.start] == tokens.lows[other.start] in ("within", "after")
    ends = tokens.kinds[figure.end] != Kind.WORD or tokens.lows[figure.end] in ("and", "but", "or")
    alone = figure.end - figure.start == 1 and tokens.kinds[figure.start] == Kind.FIGURE
    noun = is_noun(tokens, figure.start - 1) and not tokens.capital(figure.start - 1)
    return ends and alone and "/" not in other.unit and noun


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
    return tier and any(_is_unit_price(other) and _adjacent(other, near) for other in _beside(tokens, figures, at))


def _is_unit_price(figure: Figure) -> bool:
    per = figure.unit.partition("/")[2]
    return figure.sort is Sort.MONEY and bool(per) and per not in PERIODS


def _adjacent(price: Figure, other: Figure) -> bool:
    first, last = sorted((price, other), key=lambda figure: figure.start)
    return last.start - first.end <= _NEXT


def _included_unit(figures: Sequence[Figure]) -> str:
    """Return what the figure before counts that is included too: "with 100 labels included, Pro with 1,000"."""
    return next((figure.unit for figure in reversed(figures) if figure.role == "included"), "")


def _carried(tokens: Tokens, figure: Figure, other: Figure) -> Figure:
    """Return a figure with the unit of another; a larger one than the usual is the peak."""
    unit, role = other.unit, figure.role
    if tokens.lows[figure.start - 1] in _HAVING or "burst" in tokens.lows[figure.start - 3 : figure.start]:
        unit = unit.partition("/")[0]  # "grows by 11 million rows a week and has 1.9 billion now", "a burst of 30"
    if not role and other.role == "usual" and figure.value > other.value:
        role = "peak"
    return replace(figure, sort=other.sort, unit=unit, role=role, subject=other.subject or figure.subject)


def _with_noun(tokens: Tokens, figures: Sequence[Figure], at: int) -> Figure:
    """Say what is counted in "200 units a day, 1,400 a week" and "orders peak at 200 an hour"."""
    figure = figures[at]
    head = next((word for word in reversed(figure.subject.split()) if is_plural(word)), "")
    rated = [
        other
        for other in (*_beside(tokens, figures, at), *reversed(figures[max(0, at - _MOST_BACK) : at]))
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


def _is_value(tokens: Tokens, figure: Figure) -> bool:
    """Return True for a number that stands alone in the place of a value: "should be 5", "up to 900"."""
    return figure.comparison != "=" or tokens.lows[figure.start - 1] in _PLACES


def _beside(tokens: Tokens, figures: Sequence[Figure], at: int) -> list[Figure]:
    """Return the nearest figures of the same sentence: before, then after."""
    found: list[Figure] = []
    for other in (*reversed(figures[max(0, at - 3) : at]), *figures[at + 1 : at + 4]):
        first, last = sorted((figures[at], other), key=lambda figure: figure.start)
        if last.start - first.end <= _REACH and not _parted(tokens, first.end, last.start):
            found.append(other)
    return found


def _parted(tokens: Tokens, start: int, end: int) -> bool:
    return any(tokens.kinds[at] == Kind.BREAK or tokens.lows[at] in (".", "?", "!") for at in range(start, end))


def _says_something(tokens: Tokens, figure: Figure) -> bool:
    """Return True for a number without a unit that is a fact all the same: "at most 5", "7,500", "batch size: 500"."""
    if figure.role in _CARRIED or figure.role == "included" or figure.comparison != "=" or 1e4 <= figure.value < 1e7:
        return True
    before, after = tokens.lows[figure.start - 1], tokens.phrase(figure.end, 2)
    if before in _GRANTING or after in _SHARED:
        return True  # "allow 5 in 15 minutes", "about 900 of them", "and 50 for each address"
    of = before == "of" and (tokens.lows[figure.start - 2] in _GROUPS or is_plural(tokens.lows[figure.start - 2]))
    if before in _NAMING or of or (before in ("is", "of") and "size" in figure.subject):
        return bool(figure.subject)
    written = tokens.raw(figure.start)
    grouped = tokens.kinds[figure.start] == Kind.FIGURE and not written.isdigit() and "." not in written
    return grouped or figure.end - figure.start > 1  # "7,500", "5k", "a dozen", "two thirds"
