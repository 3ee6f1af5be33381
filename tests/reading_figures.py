"""If a figure of a reading is the labelled one: tolerant of plurals, of the unit of a time and of its rounding."""

from __future__ import annotations

from typing import Any

from creatorflow_orchestrator.core.request import Fact

TOLERANCE = 0.02
"""Relative: a month is 30 days or a twelfth of a year."""
SECONDS = {
    name: seconds
    for names, seconds in (
        ("ms msec millisecond", 0.001),
        ("s sec second", 1.0),
        ("min minute", 60.0),
        ("h hr hour", 3600.0),
        ("d day night workday", 86_400.0),
        ("wk week", 604_800.0),
        ("fortnight", 1_209_600.0),
        ("month mo", 2_629_800.0),
        ("quarter", 7_889_400.0),
        ("yr year", 31_557_600.0),
    )
    for name in names.split()
}
CENTS = ("cent", "ct", "¢", "p", "pence", "penny")
CURRENCIES = {"usd", "eur", "gbp"}
SAME = {
    "dollar": "usd",
    "euro": "eur",
    "pound": "gbp",
    "percent": "%",
    "time": "x",
    "times": "x",
    "fold": "x",
    "kilogram": "kg",
    "kilo": "kg",
    "kilobyte": "kb",
}


def says_the_same(wanted: dict[str, Any], fact: Fact) -> bool:
    """True if a figure has the value in one of the units of a label, its direction and its role."""
    if fact.value is None or not _same_direction(wanted.get("comparison"), fact):
        return False
    if "role" in wanted and fact.role != wanted["role"]:
        return False
    if "subject" in wanted and not _words(wanted["subject"]) & _words(fact.subject):
        return False
    units = wanted["unit"] if isinstance(wanted["unit"], list) else [wanted["unit"]]
    return any(_same_amount(wanted["value"], unit, fact) for unit in units)


def _same_direction(comparison: str | None, fact: Fact) -> bool:
    if comparison is None:
        return True
    if comparison == "x":
        return "x" in (fact.comparison, SAME.get(fact.unit, fact.unit))
    return fact.comparison is not None and comparison[0] == fact.comparison[0]


def _same_amount(value: float, unit: str, fact: Fact) -> bool:
    (wanted, of_wanted), (found, of_found) = _parts(unit), _parts(fact.unit)
    scale_wanted, noun_wanted = _scale(wanted)
    scale_found, noun_found = _scale(found)
    per_wanted, rate_wanted = _scale(of_wanted)
    per_found, rate_found = _scale(of_found)
    if rate_wanted != rate_found:
        return False
    nouns_agree = noun_wanted == noun_found or not noun_found or not noun_wanted or noun_wanted in _words(fact.subject)
    money = "cent" in (noun_wanted, noun_found) and bool(CURRENCIES & {noun_wanted, noun_found})
    one, other = value * scale_wanted / per_wanted, (fact.value or 0.0) * scale_found / per_found
    return (nouns_agree or money) and abs(one - other) <= TOLERANCE * max(abs(one), abs(other))


def _parts(unit: str) -> tuple[str, str]:
    """Return the two sides of a rate; the second is empty if it is none."""
    amount, _, per = unit.partition("/")
    return amount.strip(), per.strip()


def _scale(unit: str) -> tuple[float, str]:
    """Return how many basic units one is, and the basic unit: seconds for times, else the last noun's singular."""
    noun = _singular(unit.casefold().split()[-1]) if unit.strip() else ""
    if noun in SECONDS:
        return SECONDS[noun], "s"
    if noun in CENTS:
        return 0.01, "cent"
    if SAME.get(noun, noun) == "%":
        return 0.01, ""  # half of them are 50 % of them
    return 1.0, SAME.get(noun, noun)


def _singular(noun: str) -> str:
    if noun in SECONDS or noun in SAME:
        return noun
    if noun.endswith("ies"):
        return noun[:-3] + "y"
    if noun.endswith(("shes", "ches", "xes", "sses")):
        return noun[:-2]
    return noun[:-1] if noun.endswith("s") and not noun.endswith("ss") else noun


def _words(text: str) -> set[str]:
    return {_singular(word) for word in text.casefold().split()}
