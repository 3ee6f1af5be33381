"""Finds a figure of the request in a passage, in any unit of its kind: 2 s is stated by "2000 ms". Pure.

A number counts only in a passage about the figure's subject or the ask's object: "tried again after 2 s" states no
response time. A count and a rate have their subject in their unit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from creatorflow_contracts.stemming import stem

from .measures import NAMED_RATES, currency, is_coin, seconds, size
from .passages import Passage
from .stated_numbers import StatedNumber
from .words import concepts

EXACT, CONVERTED, BINARY = 1e-6, 0.02, 0.05
"""Relative differences up to which values are the same: in one unit, in two (2.1 orders/s are 7500 orders/hour, a month
is 30 days), and of sizes (512 MB is 0.5 GB)."""
LIKE_AN_ID = 1e6
"""A bare number from which it is its own subject: a product code, the number of an order."""
_ATTEMPTS = frozenset(map(stem, ["time", "try", "attempt", "retry", "round", "charge"]))
_FACTORS = frozenset(("x", "×", "times", "fold", "factor"))
_PERCENT = frozenset(("%", "percent", "pct"))


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure to look for: its value and unit, and the concepts of its subject; with none it is about anything."""

    value: float
    unit: str
    subject: frozenset[str]

    def is_stated_in(self, passage: Passage) -> bool:
        """Return True if the passage states the figure about its subject."""
        unit, _, per = self.unit.partition("/")
        if unit == "times" and self.value == 1 and per:
            return _names_period(passage, per)  # "weekly"
        return any(_is(number, self, passage) and not number.aside for number in passage.numbers)


def _is(number: StatedNumber, figure: Figure, passage: Passage) -> bool:
    """Return True if a number of the passage is the figure."""
    unit, _, per = NAMED_RATES.get(figure.unit.lower(), figure.unit.lower()).partition("/")
    about = not figure.subject or bool(figure.subject & passage.concepts)
    if unit == "x":
        factor = number.share or bool(_FACTORS & {*number.after[:2], *number.before[:2]})
        return factor and _same(number.value, figure.value)
    if unit == "%":
        return about and _is_share(number, figure.value)
    if currency(unit) or is_coin(unit):
        return about and _is_amount(number, figure.value, unit, passage)
    if (span := seconds(unit)) is not None:
        return about and _is_time(number, figure.value, span) and (not per or _names_period(passage, per))
    if (bytes_of_unit := size(unit)) is not None:
        return about and _is_size(number, figure.value, bytes_of_unit)
    if per and (period := seconds(per)) is not None:
        return _is_rate(number, figure, unit, period, passage) or (
            _same(number.value, figure.value) and _is_about(figure, unit, passage) and _names_period(passage, per)
        )
    return _same(number.value, figure.value) and _counts(number, figure, unit, passage)


def _is_share(number: StatedNumber, percent: float) -> bool:
    if number.share:
        return _same(number.value * 100, percent, CONVERTED)
    sign = _PERCENT & {*number.after[:1], *number.before[:1]} or number.after[:2] == ("per", "cent")
    return bool(sign) and _same(number.value, percent)


def _is_amount(number: StatedNumber, value: float, unit: str, passage: Passage) -> bool:
    """Compare amounts of money, also in hundredths: 1200 cents are 12 USD. A code may stand once for many amounts."""
    wanted, code = (value / 100, None) if is_coin(unit) else (value, currency(unit))
    beside = (*number.after[:2], *number.before[:2])
    codes = {found for word in beside if (found := currency(word))}
    if codes:
        return (code is None or code in codes) and _same(number.value, wanted)
    in_coins = any(map(is_coin, beside)) or "cent" in passage.concepts
    return in_coins and _same(number.value / 100, wanted)


def _is_time(number: StatedNumber, value: float, span: float) -> bool:
    """Compare times. The unit follows within three words ("14 working days") or stands before ("day 14", `days=14`)."""
    for word in (*number.after[:3], *number.before[:2]):
        other = seconds(word)
        if other is not None:
            same = EXACT if other == span else CONVERTED
            return _same(number.value * other, value * span, same)
    return False


def _is_size(number: StatedNumber, value: float, bytes_of_unit: float) -> bool:
    others = (found for word in (*number.after[:1], *number.before[:2]) if (found := size(word)))
    return any(
        _same(number.value * other, value * bytes_of_unit, EXACT if other == bytes_of_unit else BINARY)
        for other in others
    )


def _is_rate(number: StatedNumber, figure: Figure, unit: str, period: float, passage: Passage) -> bool:
    """Compare rates whose period follows the number: "125 orders a minute" are 7500 orders/hour."""
    other = next((found for word in number.after if (found := seconds(word))), None)
    if other is None or not _is_about(figure, unit, passage):
        return False
    return _same(number.value / other * period, figure.value, EXACT if other == period else CONVERTED)


def _is_about(figure: Figure, unit: str, passage: Passage) -> bool:
    return bool({*concepts(unit), *figure.subject} & passage.concepts)


def _counts(number: StatedNumber, figure: Figure, unit: str, passage: Passage) -> bool:
    """True if the number counts what the figure counts: its noun is beside it, or at least in the passage."""
    beside = {stem(word) for word in (*number.after[:3], *number.before[:2])}
    if unit in ("times", ""):
        alone = figure.value >= LIKE_AN_ID
        return alone or bool(beside & _ATTEMPTS) or bool(figure.subject & passage.concepts)
    return bool({*concepts(unit), stem(unit)} & {*beside, *passage.concepts})


def _names_period(passage: Passage, period: str) -> bool:
    return bool(set(concepts(period)) & passage.concepts)


def _same(value: float, wanted: float, difference: float = EXACT) -> bool:
    return abs(value - wanted) <= difference * abs(wanted)


class Kind(Enum):
    """What a number measures. Only numbers of one kind can contradict each other."""

    SHARE = "share"
    FACTOR = "factor"
    MONEY = "money"
    TIME = "time"
    SIZE = "size"
    RATE = "rate"
    COUNT = "count"


def kind_of_unit(unit: str) -> Kind:
    """Return the kind of a fact's unit."""
    first, _, per = NAMED_RATES.get(unit.lower(), unit.lower()).partition("/")
    if first in ("x", "%"):
        return Kind.FACTOR if first == "x" else Kind.SHARE
    return _kind((first,)) or (Kind.RATE if per and seconds(per) else Kind.COUNT)


def kind_of_number(number: StatedNumber) -> Kind:
    """Return the kind of a number by the words beside it."""
    if number.share or _PERCENT & {*number.after[:1]}:
        return Kind.SHARE
    if _FACTORS & {*number.after[:1]}:
        return Kind.FACTOR
    if any(map(currency, (*number.after[:1], *number.before[:1]))):
        return Kind.MONEY
    return _kind(number.after[:1]) or (Kind.RATE if any(map(seconds, number.after[1:4])) else Kind.COUNT)


def _kind(words: Sequence[str]) -> Kind | None:
    tests: tuple[tuple[Kind, Callable[[str], object]], ...]
    tests = ((Kind.MONEY, currency), (Kind.MONEY, is_coin), (Kind.TIME, seconds), (Kind.SIZE, size))
    return next((kind for kind, test in tests if any(map(test, words))), None)
