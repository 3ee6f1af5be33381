"""Reads two figures or more that share a unit: ranges, changes, lists, shares ("3-5 days", "1, 3 and 7 days")."""

from __future__ import annotations

from dataclasses import replace

from creatorflow_orchestrator.core.reading.word_sets import word_set

from .comparisons import comparison_before
from .fact_tokens import Tokens
from .labels import counts_nothing
from .measures import measure, priced
from .money import currency_before
from .nouns import preceding
from .numbers import MONEY_SIGNS, Number, read_number
from .unit_words import UNITS
from .values import Figure, Measure, Sort
from .words_of_prose import NOT_NOUNS

_MOST_LISTED = 8
_DASHES = frozenset(("-", "–", "—", "to", "‑", "till", "until", "through"))
_SECOND_JOINTS = {",": ("and", "or"), "of": ("the", "our", "these")}
_JOINTS = frozenset((",", "and", "or", "/", "&", "of"))


def read_share(tokens: Tokens, part: Number, nouns: int = 0) -> Figure | None:
    """Read "1 in 5 calls", "3 out of 4 orders" as a share; with a noun between, "one parcel in fifty"."""
    then = part.end + nouns + (2 if tokens.phrase(part.end, 2) == "out of" else 1)
    then += tokens.lows[then] == "every"  # "68 out of every hundred"
    whole = read_number(tokens, then)
    if whole is None or not 0 < part.value < whole.value or not part.value.is_integer():
        return None
    found = measure(tokens, whole, "")
    if found is None or found.sort not in (Sort.COUNT, Sort.BARE) or "/" in found.unit:
        return None
    if nouns and (found.sort is Sort.COUNT or tokens.lows[part.end] in NOT_NOUNS or tokens.lows[part.end] in UNITS):
        return None
    subject = found.subject or (tokens.lows[part.end] if nouns else preceding(tokens, part.start))
    sign, start = comparison_before(tokens, part.start) or ("=", part.start)
    return Figure(start, found.end, Sort.COUNT, sign, part.value / whole.value, "", subject)


def upper_bound(tokens: Tokens, low: Number) -> Number | None:
    """Return the upper bound of "3-5 days", "$10 to $20", "between 2 and 4", "2 or 3 days"."""
    at = low.end
    joint = tokens.lows[at]
    opened = tokens.lows[(currency_before(tokens, low.start) or ("", low.start))[1] - 1]
    if joint == "and" and opened != "between":
        return None
    if joint not in _DASHES and joint not in ("and", "or"):
        return None
    then = at + 1
    while tokens.lows[then] in MONEY_SIGNS and then < at + 2:
        then += 1
    if joint == "or" and tokens.lows[then] in ("a", "an"):
        return None
    high = read_number(tokens, then)
    if high is None or tokens.lows[then - 1] == "0":
        return None
    if joint == "or" and high.value != low.value + 1:
        return None
    scaled = low.value * high.scale if low.scale == 1.0 else low.value
    return high if scaled < high.value or (opened == "from" and joint == "to" and scaled != high.value) else None


def read_range(tokens: Tokens, low: Number, high: Number, main: str) -> list[Figure]:
    sign = currency_before(tokens, low.start)
    found = measure(tokens, high, main)
    if found is None:
        return []
    if found.sort is Sort.BARE and not (sign or low.marked or high.marked or tokens.lows[low.start - 1] == "between"):
        return []
    if sign and found.sort is Sort.MONEY and (lowest := measure(tokens, low, main)):  # "between $5 and 6 EUR"
        unit = found.unit if found.unit.startswith(f"{lowest.unit}/") else lowest.unit  # "£4 to £6 a label"
        lower = Figure(sign[1], lowest.end, Sort.MONEY, ">=", lowest.value, unit, preceding(tokens, sign[1]))
        return [lower, Figure(found.start, found.end, Sort.MONEY, "<=", found.value, found.unit, found.subject)]
    if sign and found.sort in (Sort.BARE, Sort.COUNT):  # "$10-20"
        found = priced(tokens, high, high.start, sign[0])
    start = sign[1] if sign else low.start
    factor = found.value / high.value if high.value else 1.0  # a fortnight, a cent
    value = low.value * (high.scale if low.scale == 1.0 else 1.0) * factor
    opened = tokens.lows[start - 1]
    subject = found.subject or preceding(tokens, start - 1 if opened == "between" else start)
    lower = Figure(start, low.end, found.sort, ">=", value, found.unit, subject)
    upper = Figure(found.start, found.end, found.sort, "<=", found.value, found.unit, subject)
    if opened == "between":
        lower = replace(lower, start=start - 1)
    if value > found.value or (
        opened == "from" and not _CHANGES.isdisjoint(tokens.lows[max(0, start - 5) : start - 1])
    ):
        return [replace(lower, comparison="=", role="current"), replace(upper, comparison="=", role="target")]
    return [lower, upper]


_CHANGES = word_set("""
    grow grows grew grown growing risen gone rise rises rose rising increase increases increased
    raise raised go goes went drop drops
    dropped fall falls fell reduce reduced cut lower scale scales it bring improve
    """)


def read_change(tokens: Tokens, first: Figure, main: str) -> list[Figure] | None:
    """Read "from 12 s to 2 s" and "between 200 ms and 2 s", where each number has its unit."""
    at = first.end
    opened = tokens.lows[first.start - 1]
    if opened == "from" and tokens.lows[at] in ("down", "up"):
        at += 1
    if tokens.lows[at] not in ("to", "-", "–", "and") or opened not in ("from", "between"):
        return None
    then = at + 2 if tokens.lows[at + 1] in MONEY_SIGNS else at + 1
    number = read_number(tokens, then)
    found = measure(tokens, number, main) if number else None
    if found is not None and found.sort is Sort.BARE:
        found = replace(found, sort=first.sort, unit=first.unit)  # "from 3 pods to 40"
    if found is None or found.sort is not first.sort:
        return None
    second = Figure(found.start, found.end, found.sort, "=", found.value, found.unit, found.subject or first.subject)
    if opened == "between" or not _changes(tokens, first, second):
        return [replace(first, comparison=">="), replace(second, comparison="<=")]
    return [replace(first, role="current"), replace(second, role="target", subject=first.subject or second.subject)]


def _changes(tokens: Tokens, first: Figure, second: Figure) -> bool:
    """Return True if "from A to B" is a change: it goes down, or a verb says so ("grow from"); else it is a range."""
    if not _CHANGES.isdisjoint(tokens.lows[max(0, first.start - 4) : first.start]):
        return True
    first_unit, second_unit = first.unit.split("/")[0], second.unit.split("/")[0]
    if first_unit != second_unit:
        known = first_unit in _LONGER and second_unit in _LONGER
        return not known or _LONGER.index(first_unit) > _LONGER.index(second_unit)
    return first.value > second.value


_LONGER = ("ms", "s", "min", "h", "day", "week", "month", "year")


def numbers_of_list(tokens: Tokens, first: Number) -> list[Number]:
    """Return the numbers of a list whose unit stands at its end or beginning: "1, 3 and 7 days", "$19/49/99"."""
    found = [first]
    at = first.end
    while len(found) < _MOST_LISTED:
        joint = tokens.lows[at]
        if joint not in _JOINTS or (found[-1].spelled and found[-1].value == 1):
            break
        then = at + 2 if tokens.lows[at + 1] in _SECOND_JOINTS.get(joint, ()) else at + 1
        number = read_number(tokens, then)
        if number is None or number.spelled != first.spelled:
            break  # "above €250, three above €1,000"
        if number.part or counts_nothing(tokens, number) or (joint == "/" and not tokens.glued(then)):
            break
        found.append(number)
        at = number.end
    return found


def read_list(tokens: Tokens, listed: list[Number], main: str) -> list[Figure]:
    sign = currency_before(tokens, listed[0].start)
    last = measure(tokens, listed[-1], main)
    if last is None or (last.sort in (Sort.BARE, Sort.FACTOR) and not sign):
        return []
    if sign and not _shares_sign(last):
        return []
    if tokens.lows[listed[0].end] == "/" and not sign and last.sort is not Sort.MONEY:
        return []
    if sign:
        last = priced(tokens, listed[-1], listed[-1].start, sign[0])
    factor = last.value / listed[-1].value if listed[-1].value else 1.0
    start = sign[1] if sign else listed[0].start
    subject = last.subject or preceding(tokens, start)
    figures = [
        Figure(number.start, number.end, last.sort, "=", number.value * factor, last.unit, subject)
        for number in listed[:-1]
    ]
    figures[0] = replace(figures[0], start=start)
    return [*figures, Figure(listed[-1].start, last.end, last.sort, "=", last.value, last.unit, subject)]


def _shares_sign(last: Measure) -> bool:
    """Return True if the currency before a list holds for its last number: that has no unit or noun of its own."""
    return last.sort in (Sort.BARE, Sort.FACTOR) or (last.sort is Sort.COUNT and last.unit.startswith("/"))


def read_days(tokens: Tokens, first: Number) -> list[Figure]:
    """Read "on day 1, 3 and 7" and "until day 60"; a single one elsewhere is a label: "Day 1: ..."."""
    listed = numbers_of_list(tokens, first)
    subject = preceding(tokens, first.start - 1)
    days = [Figure(number.start, number.end, Sort.MEASURE, "=", number.value, "day", subject) for number in listed]
    return days if len(days) > 1 or tokens.lows[first.start - 2] in ("on", "until", "till", "by") else []
