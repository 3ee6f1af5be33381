"""The numbers of a request, queried by their subject and returned in the caller's unit. Pure.

A playbook calls `q.rate("order", "hour", 500)`: orders per hour as the request states them, else 500. Words are matched
by their stem; `a|b` means either. Numbers are bounded, so that no request causes a division by zero or 10^300 rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from creatorflow_contracts.stemming import stem
from creatorflow_contracts.v1.work import Quantity

from .words import stems

_SMALLEST, _LARGEST = 1e-3, 1e9
_SECONDS = {
    "ms": 0.001, "millisecond": 0.001, "s": 1.0, "sec": 1.0, "second": 1.0, "min": 60.0, "minute": 60.0,
    "h": 3600.0, "hr": 3600.0, "hour": 3600.0, "d": 86400.0, "day": 86400.0, "week": 604800.0,
    "month": 2592000.0, "year": 31536000.0,
}  # fmt: skip
_ABBREVIATIONS = {"rps": "requests/second", "qps": "queries/second", "tps": "transactions/second"}
_PER = re.compile(r"\s*/\s*|\s+per\s+|\s+(?:an|a|each|every)\s+")
_WRITTEN = re.compile(r"(?<![\w.])\d+(?:,\d{3})*(?:\.\d+)?")
_UNIT = re.compile(r"[a-z]+")
_BESIDE = 12
"""Characters before and after a number that are searched for its unit: `days=14`, `14-day`, `14 working days`."""
_TIMES = {stem(name): seconds for name, seconds in _SECONDS.items()}


@dataclass(frozen=True, slots=True)
class _Number:
    """One stated number: `kind` is rate, duration, percent, factor or count; durations are in seconds."""

    kind: str
    value: float
    per_seconds: float
    about: frozenset[str]


def _read(quantity: Quantity) -> _Number:
    unit = _ABBREVIATIONS.get(quantity.unit.strip().lower(), quantity.unit.strip().lower())
    value = min(quantity.value, _LARGEST)
    about = frozenset(stems(f"{quantity.subject} {unit}"))
    parts = _PER.split(unit)
    per = _time(parts[-1]) if len(parts) > 1 else None
    if per is not None:
        return _Number("rate", value, per, about)
    if quantity.comparison == "x" or unit in {"x", "times"}:
        return _Number("factor", value, 0, about)
    if unit in {"%", "percent"}:
        return _Number("percent", min(value, 100.0), 0, about)
    seconds = _time(unit)
    if seconds is not None:
        return _Number("duration", value * seconds, 0, about)
    return _Number("count", value, 0, about)


def _time(unit: str) -> float | None:
    return _TIMES.get(stem(unit.strip()), _SECONDS.get(unit.strip()))


def _seconds(unit: str) -> float:
    seconds = _time(unit)
    if seconds is None:
        raise ValueError(f"'{unit}' is not a unit of time; use ms, second, minute, hour, day, week, month or year")
    return seconds


def _bounded(value: float) -> float:
    return min(max(value, _SMALLEST), _LARGEST)


class Quantities:
    """The numbers that the request states. The last argument of the methods is the default if none is stated."""

    __slots__ = ("_numbers",)

    def __init__(self, stated: Iterable[Quantity]) -> None:
        self._numbers = tuple(_read(quantity) for quantity in stated if quantity.value > 0)

    def _find(self, kind: str, words: str) -> _Number | None:
        wanted = [frozenset(stems(alternative)) for alternative in words.split("|")]
        matches = (n for n in self._numbers if n.kind == kind and any(w <= n.about for w in wanted))
        return next(matches, None)

    def rate(self, words: str, per: str, default: float) -> float:
        """Return a rate per `per` (second, minute, hour, day, ...): `q.rate("order", "hour", 500)`."""
        number, seconds = self._find("rate", words), _seconds(per)
        return _bounded(number.value / number.per_seconds * seconds) if number else default

    def duration(self, words: str, unit: str, default: float) -> float:
        """Return a time in `unit`: `q.duration("response|latency", "ms", 2000)`. No words (`""`): any stated time."""
        number, seconds = self._find("duration", words), _seconds(unit)
        return _bounded(number.value / seconds) if number else default

    def percent(self, words: str, default: float) -> float:
        """Return a percentage, 0 to 100: `q.percent("uptime|availability", 99.9)`."""
        number = self._find("percent", words)
        return number.value if number else default

    def factor(self, words: str, default: float) -> float:
        """Return a multiple: `q.factor("", 1)` is 10 for `10x`."""
        number = self._find("factor", words)
        return _bounded(number.value) if number else default

    def count(self, words: str, default: float) -> float:
        """Return a plain number: `q.count("shop|seller", 1)`."""
        number = self._find("count", words)
        return _bounded(number.value) if number else default

    def stated(self, kind: str, words: str) -> bool:
        """Return True if the request states a `rate`, `duration`, `percent`, `factor` or `count` for these words."""
        return self._find(kind, words) is not None

    def units(self) -> frozenset[str]:
        """Return the stems of all stated subjects and units, and the kinds (`rate`, `percent`, ...)."""
        return frozenset().union(*(n.about | {n.kind} for n in self._numbers))


def stated(quantity: Quantity, text: str) -> bool:
    """Return True if a text states the number; a time also in another unit: 2 s is 2000 ms."""
    number = _read(quantity)
    for match in _WRITTEN.finditer(text):
        value = float(match[0].replace(",", ""))
        if number.kind != "duration":
            if value == quantity.value:
                return True
            continue
        beside = text[max(0, match.start() - _BESIDE) : match.end() + _BESIDE].lower()
        units = (_time(word) for word in _UNIT.findall(beside))
        if any(unit is not None and abs(value * unit - number.value) < _SMALLEST for unit in units):
            return True
    return False
