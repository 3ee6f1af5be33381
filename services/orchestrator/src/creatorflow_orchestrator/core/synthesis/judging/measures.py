"""Units by the words of an answer: times, sizes, currencies, rates with a name of their own. `units` converts. Pure."""

from __future__ import annotations

from functools import lru_cache

from creatorflow_contracts.stemming import stem

from creatorflow_orchestrator.core.reading.stated.money import CURRENCIES
from creatorflow_orchestrator.core.reading.stated.unit_words import MULTIPLIED, PERIODS, UNITS
from creatorflow_orchestrator.core.reading.units import convert

_NAMES = {"$": "USD", "dollar": "USD", "€": "EUR", "euro": "EUR", "£": "GBP", "pound": "GBP", "franc": "CHF"}
_CURRENCIES = _NAMES | {code.lower(): code for code in CURRENCIES}
_COINS = frozenset(map(stem, ("cent", "ct", "cts", "pence", "penny")))
NAMED_RATES = {
    "rps": "requests/second",
    "qps": "queries/second",
    "tps": "transactions/second",
    "rpm": "requests/minute",
}
"""Units of their own for a rate."""


def prepare() -> None:
    """Load the library of units, which takes long, so that the first result with figures does not wait for it."""
    seconds("hours")


@lru_cache(maxsize=4096)
def seconds(word: str) -> float | None:
    """Return the length of a unit of time in seconds; `None` if the word is none."""
    factor, unit = MULTIPLIED.get(word, (1.0, UNITS.get(word) or PERIODS.get(word) or ""))
    return convert(factor, unit, "s") if unit else None


@lru_cache(maxsize=4096)
def size(word: str) -> float | None:
    """Return a unit of data in bytes; `None` if the word is none."""
    unit = UNITS.get(word, "")
    return convert(1.0, unit, "B") if unit else None


@lru_cache(maxsize=4096)
def currency(word: str) -> str | None:
    """Return the code of a currency by its sign, code or name; `None` if the word is none."""
    return _CURRENCIES.get(stem(word) if len(word) > 1 else word)


def is_coin(word: str) -> bool:
    """True for the word of a hundredth of a currency."""
    return stem(word) in _COINS
