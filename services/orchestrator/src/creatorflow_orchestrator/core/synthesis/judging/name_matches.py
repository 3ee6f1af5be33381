"""Finds a named thing, a date or a time of day of the request in a text, by its name or another of its forms. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import assert_never

from creatorflow_orchestrator.core.reading.calendar_names import MONTHS, SHORT_MONTHS, WEEKDAYS
from creatorflow_orchestrator.core.request import Fact, FactKind

Forms = Mapping[str, Sequence[str]]
"""Canonical name of a thing to its other forms: `PostgreSQL` to `Postgres`."""
NO_FORMS: Forms = {}
_HOURS = ["twelve", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"]
_VERSION = re.compile(r"\s+v?\d[\d.]{0,10}$")
_JOINT = re.compile(r"[\s_\-./]+|(?<=[a-z])(?=[A-Z])")
_DATE = re.compile(r"(?P<year>\d{4}|-)?-?(?P<month>0[1-9]|1[0-2])(?:-(?P<day>\d{2}))?(?!\d)")
_WEEKDAY = re.compile(r"W\d{0,2}-(?P<day>[1-7])$")
_CLOCK = re.compile(r"T?(?P<hour>[01]\d|2[0-4]):(?P<minute>[0-5]\d)")
_BESIDE = 40
_LONGEST = 200  # characters of a name
_PUT_ASIDE = re.compile(
    r"\b(?:instead of|rather than|in place of|unlike|without|no longer|not|no|never) (?:the |a |our |use |using )?$",
    re.IGNORECASE,
)
_UNSUPPORTED = re.compile(
    r" (?:is|are|was) not (?:supported|used|available|covered|needed)\b| cannot be (?:used|supported)\b", re.IGNORECASE
)


def names(text: str, fact: Fact, known: Forms = NO_FORMS) -> bool:
    """Return True if the text names the fact's thing, date or time, and does not only put it aside."""
    pattern = _pattern(fact.kind, (fact.text, fact.name, *known.get(fact.name, ())))
    return any(not _is_put_aside(text, match) for match in pattern.finditer(text))


def _is_put_aside(text: str, match: re.Match[str]) -> bool:
    before, after = text[max(0, match.start() - _BESIDE) : match.start()], text[match.end() : match.end() + _BESIDE]
    return bool(_PUT_ASIDE.search(before) or _UNSUPPORTED.match(after))


@lru_cache(maxsize=1024)
def _pattern(kind: FactKind, forms: tuple[str, ...]) -> re.Pattern[str]:
    match kind:
        case FactKind.DATE:
            patterns = set(_dates(forms[1]))
        case FactKind.TIME:
            patterns = set(_clocks(forms[1]))
        case FactKind.NAME | FactKind.QUANTITY:
            spelled = (
                _spelled(form) for name in forms for form in (name[:_LONGEST], _VERSION.sub("", name[:_LONGEST]))
            )
            patterns = {f"{form}s?" for form in spelled if form}
        case _:
            assert_never(kind)
    listed = "|".join(sorted(patterns, key=lambda form: (-len(form), form))) or "(?!)"
    return re.compile(rf"(?<![A-Za-z0-9])(?:{listed})(?![A-Za-z0-9])", re.IGNORECASE)


def _spelled(name: str) -> str:
    """Return a pattern for a name however its words are joined: "Royal Mail", "RoyalMail", "royal_mail"."""
    return r"[\s_\-./]{0,3}".join(re.escape(part) for part in _JOINT.split(name.strip()) if part)


def _dates(iso: str) -> Iterator[str]:
    """Yield patterns for a date: "31 January", "Jan 31st", "2027-01-31", "31.01."; "2026_01" for a month; "Mondays"."""
    weekday = _WEEKDAY.search(iso)
    if weekday:
        name = WEEKDAYS[int(weekday["day"]) - 1]
        yield rf"{name}s?|{name[:3]}"
        return
    match = _DATE.search(iso)
    if match is None:
        return
    month, day, year = int(match["month"]), match["day"], match["year"] or "-"
    named = rf"(?:{MONTHS[month - 1]}|{SHORT_MONTHS[month - 1]}\.?)"
    if day is None:
        yield named
        numbered = year if year != "-" else r"20\d\d"
        yield rf"{numbered}[-_/.]{month:02}"
        return
    number = rf"0?{int(day)}(?:st|nd|rd|th)?"
    yield rf"{number}\.? (?:of )?{named}"
    yield rf"{named} {number}"
    yield rf"(?:\d{{4}}|-)[-/]{month:02}[-/]{day}"
    yield rf"{day}[./]{month:02}\.?(?:\d{{4}}|\d{{2}})?"


def _clocks(iso: str) -> Iterator[str]:
    """Yield patterns for a time of day: "15:30", "3.30 pm", "half past three"."""
    match = _CLOCK.search(iso)
    if match is None:
        return
    hour, minute = int(match["hour"]) % 24, match["minute"]
    half = r"\s?p\.?m\.?" if hour >= 12 else r"\s?a\.?m\.?"
    yield rf"0?{hour}[:.]{minute}(?::00)?"
    yield rf"{hour % 12 or 12}[:.]{minute}{half}"
    spoken = {"15": f"quarter past {_HOURS[hour % 12]}", "30": f"half past {_HOURS[hour % 12]}"}
    spoken["45"] = f"quarter to {_HOURS[(hour + 1) % 12]}"
    if minute in spoken:
        yield spoken[minute]
    if minute == "00":
        yield rf"{hour % 12 or 12}{half}"
        yield rf"0?{hour} (?:o'clock|h|hrs|hours)"
