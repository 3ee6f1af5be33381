"""The numbers of a request in one form, whatever unit they are stated in; and whether a text states one. Pure.

A number is a rate, a duration, a percentage, a multiple, a count, money, or a share of time ("15 minutes a month").
Numbers are bounded, so that no request causes a division by zero or 10^300 rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from creatorflow_contracts.stemming import stem
from creatorflow_contracts.v1.reading import Fact
from creatorflow_contracts.v1.work import Quantity

from .words import plural, stems

SMALLEST, LARGEST = 1e-3, 1e9
_SECONDS = {
    "ms": 0.001, "millisecond": 0.001, "s": 1.0, "sec": 1.0, "second": 1.0, "min": 60.0, "minute": 60.0,
    "h": 3600.0, "hr": 3600.0, "hour": 3600.0, "d": 86400.0, "day": 86400.0, "night": 86400.0, "week": 604800.0,
    "fortnight": 1209600.0, "month": 2592000.0, "quarter": 7776000.0, "year": 31536000.0,
}  # fmt: skip
_WHOLE_WORDS = {"sec": "second", "min": "minute", "h": "hour", "hr": "hour", "d": "day"}
_SYMBOLS = frozenset(("ms", "s", "%", ""))
_ABBREVIATIONS = {
    "rps": "requests/second", "rpm": "requests/minute", "qps": "queries/second", "tps": "transactions/second",
}  # fmt: skip
_CURRENCIES = {"$": "usd", "€": "eur", "£": "gbp", "dollar": "usd", "euro": "eur", "pound": "gbp"}
_CODES = frozenset(
    (
        "usd", "eur", "gbp", "chf", "sek", "nok", "dkk", "pln", "czk", "huf", "cad", "aud", "nzd", "jpy", "inr", "brl",
        "mxn", "sgd",
    )
)  # fmt: skip
_COINS = frozenset(("cent", "ct", "¢"))
_PER = re.compile(r"\s*/\s*|\s+per\s+|\s+(?:an|a|each|every)\s+")
_PERCENTILE = re.compile(r"\b(?:p(\d{2}(?:\.\d)?)|(\d{2})(?:th|st|nd|rd) percentile)\b", re.IGNORECASE)
_WRITTEN = re.compile(r"(?<![\w.])\d+(?:,\d{3})*(?:\.\d+)?")
_UNIT = re.compile(r"[a-z]+")
_BESIDE = 12
"""Characters before and after a number that are searched for its unit: `days=14`, `14-day`, `14 working days`."""
_TIMES = {stem(name): seconds for name, seconds in _SECONDS.items()}


@dataclass(frozen=True, slots=True)
class Number:
    """One stated number.

    `kind` is rate, duration, percent, factor, count, money or share. Durations are in seconds, money in whole units of
    `currency`, a share is a part of 1. `about` are the stems of its subject and unit, `beside` those of its clause,
    `around` those of its ask where it is the only number of its kind there. `said` is the number with its unit, as it
    was stated; `start` its place in the request; `asks` are the positions of those that it binds, none for all.
    """

    kind: str
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
    unit = _ABBREVIATIONS.get(unit, unit)
    number = _measured(quantity.value, "x" if quantity.comparison == "x" else unit)
    return replace(number, about=frozenset(stems(f"{quantity.subject} {unit}")), said=_said(quantity.value, unit))


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
    first, per = _halves(unit)
    value, period, part = min(value, LARGEST), time_unit(per) or 0.0, time_unit(first)
    word = stem(first)
    currency = _CURRENCIES.get(word, word)
    if currency in _CODES:
        return Number("money", value, period, currency.upper())
    if word in _COINS:
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


def _halves(unit: str) -> tuple[str, str]:
    """Return `orders` and `hour` of `orders/hour`; a unit without a second half has an empty one."""
    parts = _PER.split(unit, maxsplit=1)
    return parts[0].strip(), parts[1].strip() if len(parts) > 1 else ""


def _said(value: float, unit: str) -> str:
    """Return a number with its unit in plain words: `20 labels/day`, `15 minutes a month`, `2 s`."""
    first, per = _halves(unit)
    first, per = _WHOLE_WORDS.get(first, first), _WHOLE_WORDS.get(per, per)
    if first in _CURRENCIES or first in _CODES:
        first = _CURRENCIES.get(first, first).upper()
    elif first == "x":
        first = "times"
    elif not per and time_unit(first) == 1.0 and value < 1:  # nobody says 0.333 s
        return f"{round(value * 1000)} ms"
    elif first not in _SYMBOLS and time_unit(first) is not None:
        first = plural(first, value)
    joint = " a " if per and time_unit(first) is not None else "/" if per else ""
    return f"{plain_number(min(value, LARGEST))} {first}{joint}{per}".strip()


def plain_number(value: float) -> str:
    """Return a number in plain notation, `5000` or `0.25`, at most four decimals."""
    value = float(value)
    return str(int(value)) if value == int(value) else f"{value:.4f}".rstrip("0").rstrip(".")


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


def stated(quantity: Quantity, text: str) -> bool:
    """Return True if a text states the number; a time also in another unit: 2 s is 2000 ms."""
    number = read(quantity)
    for match in _WRITTEN.finditer(text):
        value = float(match[0].replace(",", ""))
        if number.kind != "duration":
            if value == quantity.value:
                return True
            continue
        beside = text[max(0, match.start() - _BESIDE) : match.end() + _BESIDE].lower()
        units = (time_unit(word) for word in _UNIT.findall(beside))
        if any(unit is not None and abs(value * unit - number.value) < SMALLEST for unit in units):
            return True
    return False


def states(number: Number, text: str) -> bool:
    """Return True if a text states the number together with its unit: `3 carriers`, `2000 ms` for 2 s, `8 %`."""
    if number.kind != "duration" and number.said.partition(" ")[0] not in text:
        return False
    said = re.escape(number.said).replace("/", r"(?:/|\s+(?:an?|per|each)\s+)")
    if said and re.search(rf"(?<![\w.,]){said}(?!\w)", text, re.IGNORECASE):
        return True
    return number.kind == "duration" and any(
        abs(value * unit - number.value) < SMALLEST for value, unit in _times_in(text.lower())
    )


def _times_in(text: str) -> Iterator[tuple[float, float]]:
    """Yield the times that a text states: the number, and the seconds of the unit that follows it."""
    for match in _WRITTEN.finditer(text):
        word = _UNIT.match(text[match.end() : match.end() + _BESIDE].lstrip(" -"))
        unit = time_unit(word[0]) if word else None
        if unit is not None:
            yield float(match[0].replace(",", "")), unit
