"""Compares and converts the quantities of facts: "2 s" is "2000 ms", "a quarter of an hour" is "15 minutes".

Units convert by `pint`, which is imported and set up at the first conversion (a third of a second): reading and
planning convert nothing. Units that count ("orders", "times") are none of physics: they are equal if their words are.

Canonical units of a fact: `ms`, `s`, `min`, `h`, `day`, `week`, `month`, `year`; `%`; `x` for a multiple; `times`;
`USD` and other currencies by ISO 4217, cents as parts of it (3.5 cents are 0.035 USD); `KB` to `TiB`; `dpi`, `mm`;
otherwise the noun that is counted, as it is written. What a figure is per follows after a slash: `orders/hour`,
`USD/month`, `USD/label`, `min/month`.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING

from creatorflow_contracts.stemming import stem

from .stated.money import CURRENCIES
from .word_sets import word_set

if TYPE_CHECKING:
    from pint import UnitRegistry

_NAMES = {
    "ms": "millisecond", "s": "second", "min": "minute", "h": "hour", "%": "percent", "x": "dimensionless",
    "": "dimensionless", "KB": "kilobyte", "MB": "megabyte", "GB": "gigabyte", "TB": "terabyte", "KiB": "kibibyte",
    "MiB": "mebibyte", "GiB": "gibibyte", "TiB": "tebibyte", "B": "byte", "dpi": "dots_per_inch",
    "in": "inch", "l": "liter", "ml": "milliliter", "m²": "meter**2", "m³": "meter**3", "ft": "foot", "t": "metric_ton",
    "kbit/s": "kilobit/second", "Mbit/s": "megabit/second", "Gbit/s": "gigabit/second", "rps": "requests/second",
    "qps": "queries/second", "tps": "transactions/second",
    "rpm": "requests/minute", "night": "day", "quarter": "(year/4)",
}  # fmt: skip
"""Names of canonical units in pint, where they differ."""
_MEASURES = word_set("""
    ms s min h day week month year second minute hour night quarter % x KB MB GB TB KiB MiB GiB TiB B kbit/s Mbit/s
    Gbit/s dpi px mm cm m km in g kg t lb oz l ml m² m³ kWh ft fps rps qps tps rpm
    """)


def convert(value: float, unit: str, to_unit: str) -> float | None:
    """Return a value in another canonical unit; `None` if the two do not measure the same thing.

    What is counted is compared by its words: 3600 `orders/hour` are 1 `order/second`, and no number of `labels/second`.
    """
    if unit == to_unit:
        return value
    counted, measured = _split(unit)
    to_counted, to_measured = _split(to_unit)
    if counted != to_counted:
        return None
    if measured == to_measured:
        return value
    factor = _factor(measured, to_measured)
    return None if factor is None else value * factor


def _split(unit: str) -> tuple[tuple[str, ...], str]:
    """Return the words of a unit that count, in order, each with its place, and what pint can convert of it."""
    counted: list[str] = []
    measured: list[str] = []
    for place, part in enumerate(_expanded(unit)):
        operator = "/" if place else ""
        if part in _MEASURES or not part:
            measured.append(f"{operator}{_NAMES.get(part, part)}")
        else:
            counted.append(f"{operator}{part if part in CURRENCIES else _stems(part)}")
    joined = "".join(measured)
    return tuple(counted), f"1{joined}" if joined.startswith("/") else joined or "dimensionless"


def _expanded(unit: str) -> list[str]:
    if unit in ("kbit/s", "Mbit/s", "Gbit/s"):
        return [unit]
    named = _NAMES.get(unit, "") if unit in ("rps", "qps", "tps", "rpm") else ""
    return (named or unit).split("/")


def _stems(words: str) -> str:
    return " ".join(map(stem, words.split()))


@cache
def _registry() -> UnitRegistry[float]:
    from pint import UnitRegistry

    return UnitRegistry(cache_folder=None)


@lru_cache(maxsize=4096)
def _factor(unit: str, to_unit: str) -> float | None:
    """Return the factor between two units by pint's names; `None` if their dimensions differ."""
    parse = _registry().parse_expression
    # A unit without dimension is parsed to a plain number: times a quantity it is one too.
    start, target = (_registry().Quantity(1.0) * parse(name) for name in (unit, to_unit))
    if not start.is_compatible_with(target):
        return None
    return float((start / target).to("dimensionless").magnitude)
