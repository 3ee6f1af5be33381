"""The numbers of a request in one form, whatever unit they are stated in. Pure.

A number is a rate, a duration, a percentage, a multiple, a count, money, or a share of time ("15 minutes a month").
Numbers are bounded, so that no request causes a division by zero or 10^300 rows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from math import floor, log10
from typing import Literal

from creatorflow_contracts.stemming import stem
from creatorflow_contracts.v1.reading import Fact
from creatorflow_contracts.v1.work import Quantity

from .words import plural, stems

SMALLEST, LARGEST = 1e-3, 1e9
"""The bounds in which playbooks compute; what is stated is repeated as it is stated."""
_TINY, _HUGE = 1e-9, 1e15
_LONGEST = 1e21
"""The lowest number that nobody writes with all its digits."""
_FACTS = 1024
"""The most facts of which the numbers are kept: every capability of an agent reads the same ones."""
_SECONDS = {
    "ms": 0.001, "millisecond": 0.001, "s": 1.0, "sec": 1.0, "second": 1.0, "min": 60.0, "minute": 60.0,
    "h": 3600.0, "hr": 3600.0, "hour": 3600.0, "d": 86400.0, "day": 86400.0, "night": 86400.0, "week": 604800.0,
    "fortnight": 1209600.0, "month": 2592000.0, "quarter": 7776000.0, "year": 31536000.0,
}  # fmt: skip
_WHOLE_WORDS = {"sec": "second", "min": "minute", "h": "hour", "hr": "hour", "d": "day"}
_SYMBOLS = frozenset(("ms", "s", "%", ""))
ABBREVIATIONS = {
    "rps": "requests/second", "rpm": "requests/minute", "qps": "queries/second", "tps": "transactions/second",
}  # fmt: skip
_CURRENCIES = {"$": "usd", "€": "eur", "£": "gbp", "dollar": "usd", "euro": "eur", "pound": "gbp"}
_CODES = frozenset(
    (
        "usd", "eur", "gbp", "chf", "sek", "nok", "dkk", "pln", "czk", "huf", "cad", "aud", "nzd", "jpy", "inr", "brl",
        "mxn", "sgd",
    )
)  # fmt: skip
COINS = frozenset(("cent", "ct", "¢"))
_PER = re.compile(r"\s*/\s*|\s+per\s+|\s+(?:an|a|each|every)\s+")
_PERCENTILE = re.compile(r"\b(?:p(\d{2}(?:\.\d)?)|(\d{2})(?:th|st|nd|rd) percentile)\b", re.IGNORECASE)
_TIMES = {stem(name): seconds for name, seconds in _SECONDS.items()}


NumberKind = Literal["rate", "duration", "percent", "factor", "count", "money", "share"]


@dataclass(frozen=True, slots=True)
class Number:
    """One stated number.

    `kind` is rate, duration, percent, factor, count, money or share. Durations are in seconds, money in whole units of
    `currency`, a share is a part of 1. `about` are the stems of its subject and unit, `beside` those of its clause,
    `around` those of its ask where it is the only number of its kind there. `said` is the number with its unit, as it
    was stated; `start` its place in the request; `asks` are the positions of those that it binds, none for all.
    """

    kind: NumberKind
    value: float
    per_seconds: float = 0.0
    currency: str = ""
    about: frozenset[str] = frozenset()
    beside: frozenset[str] = frozenset()
    around: frozenset[str] = frozenset()
    said: str = ""
    role: str = ""
    percentile: float = 0.0
    start: int = -1
    asks: tuple[int, ...] = ()

    @property
    def speed(self) -> float:
        """The value a second, of a rate."""
        return self.value / self.per_seconds if self.per_seconds else 0.0

    @property
    def bare(self) -> bool:
        """True if its unit names no thing, so that its subject may stand elsewhere: "keep invoices for ten years"."""
        return self.kind in {"duration", "percent", "share"} or (self.kind == "count" and "time" in self.about)


def read(quantity: Quantity) -> Number:
    """Return the number of a quantity."""
    unit = quantity.unit.strip().lower()
    unit = ABBREVIATIONS.get(unit, unit)
    number = _measured(quantity.value, "x" if quantity.comparison == "x" else unit)
    return replace(number, about=frozenset(stems(f"{quantity.subject} {unit}")), said=_said(quantity.value, unit))


@lru_cache(maxsize=_FACTS)
def read_fact(fact: Fact, beside: str = "") -> Number | None:
    """Return the number of a fact, None if it states none; `beside` are the words around it in its ask."""
    if fact.value is None or fact.value <= 0:
        return None
    quantity = Quantity(
        subject=fact.subject, comparison=fact.comparison or "=", value=fact.value, unit=fact.unit, text=fact.text
    )
    number = _as_interval(read(quantity))
    words = f"{fact.subject} {fact.text} {fact.role}"
    percentile = _PERCENTILE.search(f"{fact.role} {words} {beside}") if number.kind == "duration" else None
    return replace(
        number,
        about=number.about | frozenset(stems(words)),
        beside=frozenset(stems(f"{beside} {'response' if percentile else ''}")),
        role=fact.role.strip().lower(),
        percentile=float(percentile[1] or percentile[2]) if percentile else 0.0,
        start=fact.start,
        asks=fact.asks,
    )


def _as_interval(number: Number) -> Number:
    """Return the time between two, for a number of times: "3 times a day" is every 8 hours."""
    if number.kind != "rate" or not number.said.partition("/")[0].endswith(" times"):
        return number
    return replace(
        number, kind="duration", value=number.per_seconds / max(SMALLEST, number.value), per_seconds=0, said=""
    )


def _measured(value: float, unit: str) -> Number:
    """Return the number alone: its kind, and its value in the unit of that kind."""
    first, per = halves(unit)
    period, part = time_unit(per) or 0.0, time_unit(first)
    word = stem(first)
    if currency := currency_of(first):
        return Number("money", value, period, currency)
    if word in COINS:
        return Number("money", value / 100, period)
    if period:
        return Number("share", value * part / period, period) if part else Number("rate", value, period)
    if unit == "x":
        return Number("factor", value)
    if unit in {"%", "percent"}:
        return Number("percent", min(value, 100.0))
    if not unit and value < 1:  # "two thirds of the orders"
        return Number("percent", value * 100)
    return Number("count", value) if part is None else Number("duration", value * part)


def currency_of(word: str) -> str:
    """Return the code of a currency by its sign, name or code, "" for another word."""
    code = _CURRENCIES.get(stem(word), stem(word))
    return code.upper() if code in _CODES else ""


def halves(unit: str) -> tuple[str, str]:
    """Return `orders` and `hour` of `orders/hour`; a unit without a second half has an empty one."""
    parts = _PER.split(unit, maxsplit=1)
    return parts[0].strip(), parts[1].strip() if len(parts) > 1 else ""


def _said(value: float, unit: str) -> str:
    """Return a number with its unit in plain words: `20 labels/day`, `15 minutes a month`, `2 s`."""
    first, per = halves(unit)
    first, per = _WHOLE_WORDS.get(first, first), _WHOLE_WORDS.get(per, per)
    if first in _CURRENCIES or first in _CODES:
        first = _CURRENCIES.get(first, first).upper()
    elif first == "x":
        first = "times"
    elif not per and time_unit(first) == 1.0 and value < 1:  # nobody says 0.333 s
        thousandths = value * 1000
        rounded = plain_number(round(thousandths) if value >= SMALLEST else thousandths)
        return f"{_exact(thousandths, 3) or rounded} ms"
    elif first not in _SYMBOLS and time_unit(first) is not None:
        first = plural(first, value)
    joint = " a " if per and time_unit(first) is not None else "/" if per else ""
    return f"{_exact(value) or plain_number(value)} {first}{joint}{per}".strip()


def _exact(value: float, decimals: int = 6) -> str:
    """Return a number with all its digits, "" for one with more decimals than a person writes: two thirds."""
    whole, _, fraction = format(Decimal(repr(value)), "f").partition(".")
    fraction = fraction.rstrip("0")
    if not _TINY <= abs(value) < _LONGEST or len(fraction) > decimals:
        return ""
    return f"{whole}.{fraction}" if fraction else whole


def plain_number(value: float) -> str:
    """Return a number in plain notation, `5000` or `0.25`, four decimals or digits; very large or small: `1e+300`."""
    value = float(value)
    if value and not _TINY <= abs(value) < _HUGE:
        return f"{value:.4g}"
    decimals = max(4, 3 - floor(log10(abs(value)))) if value else 0
    return str(int(value)) if value == int(value) else f"{value:.{decimals}f}".rstrip("0").rstrip(".")


def time_unit(unit: str) -> float | None:
    """Return the seconds of a unit of time, None for another unit."""
    return _TIMES.get(stem(unit.strip()), _SECONDS.get(unit.strip()))


def seconds_of(unit: str) -> float:
    """Return the seconds of a unit of time. Raises ValueError for another unit."""
    seconds = time_unit(unit)
    if seconds is None:
        raise ValueError(f"'{unit}' is not a unit of time; use ms, second, minute, hour, day, week, month or year")
    return seconds


def bounded(value: float) -> float:
    """Return the value inside the bounds in which playbooks compute."""
    return min(max(value, SMALLEST), LARGEST)
