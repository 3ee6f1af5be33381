"""Finds a number in a text: with its unit, in any unit of its kind, grouped (`5,000`) or not. Pure.

A unit stands behind its number (`14 days`, `14-day`, `1.4 orders/second`) or before it with a sign (`days=14`); so
neither `Step 3` nor `3 of the carriers` states 3 carriers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import isclose
from typing import assert_never

from creatorflow_contracts.stemming import stem

from .unit_conversion import ABBREVIATIONS, COINS, Number, currency_of, halves, time_unit
from .words import stems

_NUMBER = re.compile(r"(?<![\w.])(?<!\d,)(?:\d{1,3}(?:[,_'\u00a0\u202f ]\d{3})+(?!\d)|\d+)(?:\.\d+)?")
_GROUPING = re.compile(r"[,_'\u00a0\u202f ]")
_BEHIND = re.compile(
    r"[ \u00a0-]?(?P<unit>[%€£¢×$]|[^\W\d_]+(?:[ -][^\W\d_]+){0,2}?)?"
    r"(?:(?:\s*/\s*|\s+per\s+|\s+(?:an?|each|every)\s+)(?P<per>[^\W\d_]+))"
)
_WORDS_BEHIND = re.compile(r"[ \u00a0-]?([%€£¢×$]|[^\W\d_]+(?:[ -][^\W\d_]+){0,2})")
_SIGNED = re.compile(r"([^\W\d][\w /]*?)[ \"']*(?P<sign>[=<>≤≥]+|:)[ \"'(]*$")
_MONEY_BEFORE = re.compile(r"([€£$]|\b[a-z]{3})\s?$")
_REACH = 48
"""Characters before and behind a number that are searched for its unit."""
_ABBREVIATION = re.compile(rf"(?<![a-z])(?:{'|'.join(ABBREVIATIONS)})(?![a-z])")
_JOINTS = frozenset(
    ("a", "an", "and", "as", "at", "by", "for", "from", "in", "of", "on", "or", "than", "the", "to", "with")
)
_END = r"(?!\w|\s*/|\s+(?:per|an?|each|every)\s)"
_MULTIPLES = frozenset(map(stem, ("x", "×", "times", "fold", "factor")))
_ROUNDED = 0.01
"""The share by which a rate that is stated for another period may be rounded."""


@dataclass(frozen=True, slots=True)
class _Written:
    """A number of a text, its digits after the point, the words of its unit, and its period in seconds or 0."""

    value: float
    digits: int
    words: tuple[str, ...]
    period: float = 0.0

    @property
    def seconds(self) -> float:
        """The seconds of its unit, 0 if that is no time."""
        return next((seconds for word in self.words[:3] if (seconds := time_unit(word))), 0.0)


def states(number: Number, text: str) -> bool:
    """Return True if a text states the number together with its unit: `3 carriers`, `2000 ms` for 2 s, `8 %`."""
    text = text.lower()
    as_said = number.said.lower()
    if " " in as_said and re.search(rf"(?<![\w.,]){re.escape(as_said)}{_END}", text):
        return True
    return any(_is(number, written) for written in _written(text))


def _is(number: Number, written: _Written) -> bool:
    words, value = written.words, written.value
    match number.kind:
        case "rate":
            return bool(written.period) and _same_rate(number, written) and (not words or _names(number, words))
        case "duration" if "time" in map(stem, words):
            return bool(value and written.period) and isclose(written.period / value, number.value)
        case "duration":
            return not written.period and isclose(value * written.seconds, number.value)
        case "share":
            return bool(written.period) and isclose(value * written.seconds / written.period, number.value)
        case "percent":
            shown = value if words[:1] in (("%",), ("percent",)) or "percent" in words else 100 * value
            return isclose(shown, number.value) and (shown == value or (not words and value < 1))
        case "factor":
            return value == number.value and not _MULTIPLES.isdisjoint(map(stem, words))
        case "money":
            return written.period in (0.0, number.per_seconds) and _is_amount(number, written)
        case "count":
            return value == number.value and (_names(number, words) or not number.about)
        case _:
            assert_never(number.kind)


def _same_rate(number: Number, written: _Written) -> bool:
    """Return True if a rate is the same: exactly for its own period, as its digits round it for another one."""
    expected = number.speed * written.period
    if isclose(written.value, expected):
        return True
    rounded = written.digits > 0 and round(expected, written.digits) == written.value
    return rounded and written.period != number.per_seconds and isclose(written.value, expected, rel_tol=_ROUNDED)


def _is_amount(number: Number, written: _Written) -> bool:
    words = written.words
    if any(stem(word) in COINS for word in words):
        return isclose(written.value / 100, number.value)
    return isclose(written.value, number.value) and number.currency in {currency_of(word) for word in words}


def _names(number: Number, words: tuple[str, ...]) -> bool:
    """Return True if the words name the thing of a number: its unit, or its subject where it has no unit."""
    unit = frozenset(stems(halves(number.said.partition(" ")[2].lower())[0]))
    return not (unit or number.about).isdisjoint(map(stem, words))


@lru_cache(maxsize=64)
def _written(text: str) -> tuple[_Written, ...]:
    return tuple(_numbers(_ABBREVIATION.sub(lambda found: f" {ABBREVIATIONS[found[0]]}", text)))


def _numbers(text: str) -> Iterator[_Written]:
    """Yield the numbers of a text with the unit behind them, else or also with the one before their sign."""
    for match in _NUMBER.finditer(text):
        digits = _GROUPING.sub("", match[0])
        value, decimals = float(digits), len(digits.partition(".")[2])
        behind = text[match.end() : match.end() + _REACH].partition("\n")[0]
        before = text[max(0, match.start() - _REACH) : match.start()].rpartition("\n")[2]
        words, period = _behind(behind)
        if money := _MONEY_BEFORE.search(before):
            words = (*words, money[1])
        yield _Written(value, decimals, words, period)
        signed = _SIGNED.search(before)
        if signed and not period and (not words or signed["sign"] != ":"):
            named = re.findall(r"[^\W\d_]+", signed[1])[-4:]
            times = [seconds for word in named[1:] if (seconds := time_unit(word))]
            per = times[-1] if times and len(named) > 1 and re.search(r"/|per", signed[1]) else 0.0
            yield _Written(value, decimals, tuple(word for word in named if not per or not time_unit(word)), per)


def _behind(text: str) -> tuple[tuple[str, ...], float]:
    """Return the words of the unit behind a number, and its period in seconds or 0."""
    found = _BEHIND.match(text)
    period = time_unit(found["per"]) if found else None
    if found and period:
        return _unit_words(found["unit"] or ""), period
    words = _WORDS_BEHIND.match(text)
    return (_unit_words(words[1]) if words else ()), 0.0


def _unit_words(text: str) -> tuple[str, ...]:
    """Return the words up to the first that joins: `carriers` of "carriers for each"."""
    words = re.split(r"[ -]", text)
    end = next((at for at, word in enumerate(words) if word in _JOINTS), len(words))
    return tuple(filter(None, words[:end]))
