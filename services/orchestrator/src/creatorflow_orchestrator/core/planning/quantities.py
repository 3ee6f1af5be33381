"""Quantities in a text: `10x`, `5000+ orders/hour`, `<2s`, `under 2 seconds`, `99.9 %`, `$49/month`.

One pass over the digits, with a bounded piece of text around each number, so the time is linear in the text's length.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from creatorflow_orchestrator.core.plan import Comparison, Quantity

_REACH = 32  # characters looked at before a number, for its comparison
_GAP = r"\s{0,8}"  # bounded, like every repetition here: a run of blanks is looked at once
_DIGITS = r"\d{1,3}(?:,\d{3}){1,4}|\d{1,15}"
_SHORT = r"(?:k|m(?=\s{1,8}[a-z])|bn)(?![a-z])"  # "40M rows"; "5m" alone may be minutes and is not guessed
_NUMBER = re.compile(
    rf"(?<![\w.,#/-])(?P<between>between\s{{1,8}})?(?P<money>[$€£]{_GAP})?"
    rf"(?P<low>{_DIGITS})(?P<low_dot>\.\d{{1,6}})?(?P<low_k>{_SHORT})?"
    rf"(?:{_GAP}(?(between)and|(?:-|–|to)){_GAP}[$€£]?"
    rf"(?P<high>{_DIGITS})(?P<high_dot>\.\d{{1,6}})?(?P<high_k>{_SHORT})?)?"
    rf"(?![\d,]*\d)(?P<plus>\+)?(?:\s{{1,8}}(?P<magnitude>thousand|million|billion)\b)?",
    re.IGNORECASE,
)
_MAGNITUDES = {"k": 1e3, "m": 1e6, "bn": 1e9, "thousand": 1e3, "million": 1e6, "billion": 1e9}
_COMPARISONS: dict[Comparison, tuple[str, ...]] = {
    "<": ("<", "under", "below", "less than", "fewer than", "faster than", "sub"),
    "<=": ("<=", "≤", "at most", "up to", "no more than", "not more than", "max", "maximum", "maximum of", "within"),
    ">": (">", "over", "above", "more than", "exceeds"),
    ">=": (">=", "≥", "at least", "minimum", "minimum of", "min", "no less than", "not less than"),
}
_BY_WORDS = {words: sign for sign, forms in _COMPARISONS.items() for words in forms}
_SIGNS = "|".join(re.escape(form) for form in ("<=", ">=", "<", ">", "≤", "≥"))
_SPOKEN = "|".join(sorted((form for form in _BY_WORDS if form[0].isalpha()), key=len, reverse=True)).replace(
    " ", r"\s+"
)
_BEFORE = re.compile(rf"(?:{_SIGNS}|(?<!\w)(?:{_SPOKEN}))\s*$", re.IGNORECASE)
_NUMBERED = r"phase|part|step|version|section|chapter|table|page|level|tier|day|no\.?|number|soc|iso|pci|oauth|tls|web"
_LABEL = re.compile(rf"\b(?:{_NUMBERED})\s*$", re.IGNORECASE)
_TIME = {
    "ms": ("ms", "msec", "millisecond", "milliseconds"),
    "s": ("s", "sec", "secs", "second", "seconds"),
    "min": ("min", "mins", "minute", "minutes"),
    "h": ("h", "hr", "hrs", "hour", "hours"),
    "day": ("day", "days"),
    "week": ("week", "weeks"),
    "month": ("month", "months"),
    "year": ("year", "years"),
}
_OTHER = {
    "%": ("%", "percent", "per cent", "pct"),
    "x": ("x", "×", "times"),
    "USD": ("usd", "dollar", "dollars"),
    "EUR": ("eur", "euro", "euros"),
    "GBP": ("gbp", "pound", "pounds"),
    **{unit: (unit.lower(),) for unit in ("KB", "MB", "GB", "TB", "KiB", "MiB", "GiB", "TiB")},
    **{unit: (unit,) for unit in ("rps", "qps", "tps", "rpm")},
}
_UNITS = {form: unit for unit, forms in {**_TIME, **_OTHER}.items() for form in forms}
_MONEY = {"$": "USD", "€": "EUR", "£": "GBP"}
_GLUED = re.compile(r"(?:\s{0,8}|-)(%|×|[A-Za-z]{1,12}\b)")
_RATE = re.compile(r"\s{0,8}(?:/|\bper\b|\ban?\b|\beach\b|\bevery\b)\s{0,8}([A-Za-z]{1,12})\b", re.I)
_MULTIPLE = re.compile(
    r"\s{1,8}(?:the|our|as|more|normal|usual|current|today|that|this|their|its|higher|faster|larger|traffic|load|volume)\b",
    re.I,
)
_NOUN = re.compile(r"(?:\s{1,8}|-)([^\W\d_]{2,30})")
_SMALL_WORDS = (
    "a am an and are as at be but by can do each every for from had has have if in into is it must no not of on or our "
    "out should so than that the them then they this to until was we were when while will with without you"
)
_NOT_NOUNS = frozenset(_SMALL_WORDS.split())
_PERIODS = frozenset(("ms", "s", "min", "h", "day", "week", "month", "year"))


@dataclass(frozen=True, slots=True)
class QuantityMatch:
    """A quantity and its place in the text: characters `start` to `end`."""

    quantity: Quantity
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Unit:
    subject: str
    unit: str
    end: int


def find_quantities(text: str) -> tuple[QuantityMatch, ...]:
    """Find the quantities of `text` in order; a range gives two, its lower and its upper bound."""
    return tuple(quantity for number in _NUMBER.finditer(text) for quantity in _read(text, number))


def is_target(quantity: Quantity) -> bool:
    """True if the quantity is a target that can be measured: a bound on a time, a rate, a share, a multiple."""
    if quantity.comparison == "x" or quantity.unit == "%" or quantity.unit in ("rps", "qps", "tps", "rpm"):
        return True
    if "/" in quantity.unit:
        return quantity.unit.split("/")[0] not in _MONEY.values()
    return quantity.unit in ("ms", "s", "min") and quantity.comparison != "="


def _read(text: str, match: re.Match[str]) -> Iterator[QuantityMatch]:
    before = text[max(0, match.start() - _REACH) : match.start()]
    compared = _BEFORE.search(before)
    unit = _unit(text, match)
    if unit is None or _LABEL.search(before) or (text[match.end() : match.end() + 1] == "/" and not unit.unit):
        return
    start = match.start() - (len(before) - compared.start()) if compared else match.start()
    shown = " ".join(text[start : unit.end].split())
    for sign, value in _bounds(match, " ".join(compared.group().lower().split()) if compared else "", unit.unit):
        yield QuantityMatch(Quantity(unit.subject, sign, value, unit.unit, shown), start, unit.end)


def _bounds(match: re.Match[str], words: str, unit: str) -> Iterator[tuple[Comparison, float]]:
    low = _value(match, "low")
    if match["high"] is not None:
        # "2-5k orders": the magnitude of the upper bound is the lower one's too.
        yield ">=", low * (_MAGNITUDES[match["high_k"].lower()] if match["high_k"] and not match["low_k"] else 1)
        yield "<=", _value(match, "high")
    elif unit == "x":
        yield "x", low
    else:
        yield _BY_WORDS.get(words, ">=" if match["plus"] else "="), low


def _value(match: re.Match[str], which: str) -> float:
    digits = float(match[which].replace(",", "") + (match[f"{which}_dot"] or ""))
    return digits * _MAGNITUDES.get((match[f"{which}_k"] or match["magnitude"] or "").lower(), 1.0)


def _unit(text: str, match: re.Match[str]) -> _Unit | None:
    """Return the unit of a number: money, a known unit, or the noun after it; `None` if it counts nothing."""
    at = match.end()
    if match["money"]:
        return _with_rate(text, at, _MONEY[match["money"].strip()], _following(text, at))
    glued = _GLUED.match(text, at)
    if glued is None:
        return None
    unit = _UNITS.get(glued[1]) or _UNITS.get(glued[1].lower())
    if glued[1].lower() == "times" and not _MULTIPLE.match(text, glued.end()):
        unit = "times"  # "at most 5 times" counts, "10 times the traffic" multiplies
    if unit is not None:
        return _with_rate(text, glued.end(), unit, _following(text, glued.end()))
    return _counted(text, at)


def _following(text: str, at: int) -> str:
    """Return up to three words after a quantity, its subject: "response times", "uptime"."""
    nouns: list[str] = []
    while len(nouns) < 3 and (noun := _NOUN.match(text, at)) and noun[1].lower() not in _NOT_NOUNS:
        nouns.append(noun[1].lower())
        at = noun.end()
    return " ".join(nouns)


def _with_rate(text: str, at: int, unit: str, subject: str) -> _Unit:
    rate = _RATE.match(text, at)
    period = _UNITS.get(rate[1].lower()) if rate else None
    if rate and period in _PERIODS:
        return _Unit(_following(text, rate.end()), f"{unit}/{rate[1].lower()}", rate.end())
    return _Unit(subject, unit, at)


def _counted(text: str, at: int) -> _Unit | None:
    """Read `5 orders/hour`, `200 shipping labels a day`, `3 shops`: up to three nouns if a rate follows, else one."""
    first, end, nouns = None, at, list[str]()
    while len(nouns) < 3 and (noun := _NOUN.match(text, end)) and noun[1].lower() not in _NOT_NOUNS:
        nouns.append(noun[1].lower())
        end = noun.end()
        first = first or _Unit(nouns[0], nouns[0], end)
        rate = _RATE.match(text, end)
        if rate and _UNITS.get(rate[1].lower()) in _PERIODS:
            return _Unit(" ".join(nouns), f"{nouns[-1]}/{rate[1].lower()}", rate.end())
    return None if first is None or first.unit in ("am", "pm", "st", "nd", "rd", "th") else first
