"""Carries a unit over to a number that stands alone: "usually 400 orders, at the peak 7,500", "6 years, here ten"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from creatorflow_orchestrator.core.reading.word_sets import word_set

from .fact_tokens import Kind, Tokens
from .figure_roles import INTERVAL, PERCENTILES
from .money import currency_before
from .nouns import is_noun, is_plural
from .plan_words import names_plan
from .unit_words import PERIODS, TIMES
from .values import Figure, Sort
from .words_of_prose import NOT_NOUNS

_REACH = 24  # tokens between two figures of one statement
_TIERS = frozenset(("after", "above", "over", "beyond", "from"))
_WANTING = frozenset(("want", "need", "be", "expect", "to", "take"))
_PLACES = frozenset((",", "want", "need", "but", "and", "be", "to", "is", "are", "at", "now", "of", "reach"))
_WITH = frozenset(("with", "includes", "including", "incl", "include"))
_LASTING = frozenset(("longer", "shorter", "sooner", "later", "faster", "slower", "older", "younger"))
_PRICE = re.compile(r"\d{1,5}[.,]\d\d")
_HAVING = frozenset(("has", "have", "had", "holds", "with", "contains", "total", "totals"))
CARRIED = frozenset(("usual", "peak", "current", "target", *PERCENTILES))


def with_unit(tokens: Tokens, figures: Sequence[Figure], at: int) -> Figure:
    """Carry a unit over to a number that stands alone: "normally 400 orders an hour, at the peak 7,500"."""
    figure = figures[at]
    after = figures[at + 1] if at + 1 < len(figures) else figure
    if figure.comparison != "=" and after.comparison != "=" and 0 <= after.start - figure.end <= 2 and after.unit:
        return replace(figure, sort=after.sort, unit=after.unit, subject=after.subject)  # "at least 3, at most 5 shops"
    keyed = tokens.lows[figure.start - 1] == ":" and is_plural(tokens.lows[figure.start - 2])
    if keyed and _stands_alone(tokens, figure) and is_noun(tokens, figure.start - 2):
        return replace(figure, sort=Sort.COUNT, unit=tokens.lows[figure.start - 2])  # "Orders: 1,240 (Mon), 980 (Tue)"
    first = figure.start
    while tokens.lows[first - 1] in ("the", "first"):
        first -= 1
    tier = tokens.lows[first - 1] in _TIERS or tokens.lows[figure.start] in _TIERS
    near = beside(tokens, figures, at)
    for other in near:
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
        alike = figure.role in CARRIED or (other.role in CARRIED and _is_value(tokens, figure))
        alike = alike or (figure.value >= 100 and other.sort is Sort.COUNT and "/" in other.unit)
        same = other.comparison != "=" and tokens.lows[figure.start] == tokens.lows[other.start]
        alike = alike or (other.sort is Sort.COUNT and other.start < figure.start and same)  # "over 3 items, over 5"
        alike = alike or (other.sort is Sort.MEASURE and other.start < figure.start and _is_like(tokens, figure, other))
        if alike and other.unit and other.sort in (Sort.COUNT, Sort.MEASURE):
            return _carried(tokens, figure, other)
    if _stands_alone(tokens, figure):
        before = [other for other in near if other.start < figure.start]
        before.sort(key=lambda other: (other.unit == "%", _spelled(tokens, other) != _spelled(tokens, figure)))
        like = next((other for other in before if _can_share_unit(tokens, figure, other)), None)
        if like is not None:
            wanted = like.unit in TIMES and tokens.lows[figure.start - 1] in _WANTING
            return _carried(tokens, replace(figure, role="target") if wanted and not figure.role else figure, like)
    return _with_unit_of_sentence_before(tokens, figures, at)


def _stands_alone(tokens: Tokens, figure: Figure) -> bool:
    """Return True for a number with no noun behind it: "30 in Brazil", "eight for vouchers", "the new one 11."."""
    end, before = figure.end, figure.start - 1
    if 0 < figure.value < 1 and tokens.kinds[figure.start] != Kind.FIGURE:
        return False  # "half of all"
    if tokens.lows[before] == "(" and not is_noun(tokens, before - 1):
        return False  # "WP2 (5)"
    if tokens.lows[before] == "|" or (tokens.lows[before] in (",", ";") and tokens.glued(figure.start)):
        return False  # a cell
    if tokens.glued(end) and tokens.lows[end] in ("/", "-", ":", "#"):
        return False
    return tokens.kinds[end] not in (Kind.WORD, Kind.FIGURE, Kind.CODE) or tokens.lows[end] in NOT_NOUNS


def is_state(unit: str) -> bool:
    """Return True for what is no noun but a state: "10 paid", "5 returned"."""
    return unit in ("paid", "unpaid", "sent", "new", "open") or (unit.endswith("ed") and len(unit) > 4)


def of_what_is_counted(tokens: Tokens, figures: Sequence[Figure], at: int) -> Figure:
    """Return a number of things in a state, with the things as its unit: "25 orders: 10 paid, 5 returned"."""
    counted = (other for other in beside(tokens, figures, at) if other.sort is Sort.COUNT)
    unit = next((other.unit.partition("/")[0] for other in counted if is_plural(other.unit.partition("/")[0])), "")
    return replace(figures[at], unit=unit, subject=f"{unit} {figures[at].unit}") if unit else figures[at]


def _can_share_unit(tokens: Tokens, figure: Figure, other: Figure) -> bool:
    """Return True if a number that stands alone can be of the unit of a figure before it."""
    if not other.unit or other.role == INTERVAL or other.sort not in (Sort.MONEY, Sort.MEASURE, Sort.COUNT):
        return False
    opened = tokens.lows[figure.start]
    if other.unit == "%" and (opened in _LASTING_BOUNDS or _DOTTED.fullmatch(tokens.raw(figure.end - 1))):
        return False
    if other.sort is Sort.MONEY and tokens.lows[figure.end] == "for" and currency_before(tokens, figure.end + 2):
        return False  # "five for £30"
    if figure.comparison != "=" and (opened in _LASTING_BOUNDS or other.unit in TIMES):
        return opened in _LASTING_BOUNDS and other.unit in TIMES  # "2 % off within 7", "more than six"
    counts = other.sort is Sort.COUNT
    if figure.comparison != "=" and not counts and "/" in other.unit:
        return False  # "$6 each, or 4.50 if there are more than 75"
    return counts or tokens.phrase(figure.end, 2) not in _OF_COUNTS


def _spelled(tokens: Tokens, figure: Figure) -> bool:
    """Return True for a figure in words: of two, one that is written alike is likelier to share its unit."""
    return all(tokens.kinds[at] != Kind.FIGURE for at in range(figure.start, figure.end))


_LASTING_BOUNDS = frozenset(("within", "after", "until", "longer", "older"))
_OF_COUNTS = frozenset(("in a", "for each", "for every", "of them"))
_SMALL_COINS = word_set("cent cents ct cts ¢ pence c p")
_DOTTED = re.compile(r"[1-9]\d{0,2}\.\d{3}")


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


def _included_unit(figures: Sequence[Figure]) -> str:
    """Return what the figure before counts that is included too: "with 100 labels included, Pro with 1,000"."""
    return next((figure.unit for figure in reversed(figures) if figure.role == "included"), "")


def _carried(tokens: Tokens, figure: Figure, other: Figure) -> Figure:
    """Return a figure with the unit of another; a larger one than the usual is the peak."""
    unit, role = other.unit, figure.role
    if tokens.lows[figure.start - 1] in _HAVING or "burst" in tokens.lows[figure.start - 3 : figure.start]:
        unit = unit.partition("/")[0]  # "grows by 11 million rows a week and has 1.9 billion now", "a burst of 30"
    value, thousands = figure.value, other.sort is not Sort.MEASURE and "USD" not in unit
    if other.sort is Sort.MONEY and not _SMALL_COINS.isdisjoint(tokens.lows[other.start : other.end]):
        value /= 100  # "99 cents for wages, five for tape"
    elif thousands and value < 1000 and _DOTTED.fullmatch(tokens.raw(figure.end - 1)):
        value *= 1000  # "3,000 labels, the other 15.000"
    if not role and other.role == "usual" and value > other.value:
        role = "peak"
    return replace(figure, value=value, sort=other.sort, unit=unit, role=role, subject=other.subject or figure.subject)


def _is_value(tokens: Tokens, figure: Figure) -> bool:
    """Return True for a number that stands alone in the place of a value: "should be 5", "up to 900"."""
    return figure.comparison != "=" or tokens.lows[figure.start - 1] in _PLACES


def beside(tokens: Tokens, figures: Sequence[Figure], at: int) -> list[Figure]:
    """Return the nearest figures of the same sentence: before, then after."""
    found: list[Figure] = []
    for other in (*reversed(figures[max(0, at - 3) : at]), *figures[at + 1 : at + 4]):
        first, last = (other, figures[at]) if other.start < figures[at].start else (figures[at], other)
        if last.start - first.end <= _REACH and not _parted(tokens, first.end, last.start):
            found.append(other)
    return found


def _parted(tokens: Tokens, start: int, end: int) -> bool:
    return any(tokens.kinds[at] == Kind.BREAK or tokens.lows[at] in (".", "?", "!") for at in range(start, end))
