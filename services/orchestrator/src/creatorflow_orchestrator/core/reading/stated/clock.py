"""Times of day in prose, as ISO 8601 (`15:30`): `3 pm`, `17h30`, `half past three`, `quarter to nine`, `noon`.

Hours in words without "am" or "pm" are those of a working day: "half past three" is 15:30, "quarter to nine" is 08:45.
"""

from __future__ import annotations

import re

from creatorflow_orchestrator.core.reading.calendar_names import WEEKDAYS
from creatorflow_orchestrator.core.reading.word_sets import word_set

from .fact_tokens import Kind, Tokens
from .nouns import is_plural
from .numbers import COUNTING_WORDS, Number, read_number

_NAMED = {"noon": "12:00", "midday": "12:00", "midnight": "00:00"}
CLOCK_WORDS = frozenset((*_NAMED, "half", "quarter"))
"""Words with which a time of day can begin, besides those of numbers."""
_HALVES = {"am": 0, "a.m": 0, "pm": 12, "p.m": 12}
_DAYS = word_set("daily nightly day tomorrow today tonight weekday weekdays").union(
    WEEKDAYS, (f"{day}s" for day in WEEKDAYS)
)
_NIGHT = frozenset(("nightly", "night"))
_PARTS_OF_DAY = {"morning": 0, "afternoon": 12, "evening": 12, "night": 12}
_TIMED = frozenset(("opens", "open", "closes", "close", "leaves", "comes", "arrives"))
_SHAPES = word_set("video videos format ratio aspect portrait landscape crop image images")
_FIRST_WORKING_HOUR = 7
_LONGEST_WAIT = 12  # hours: "after 8h" is how long, "after 17h" is when
_BY_FIGURES = re.compile(r"(\d{1,2})[:hH]([0-5]\d)(?::([0-5]\d))?")
_BY_DOT = re.compile(r"(\d{1,2})\.([0-5]\d)")
_AFTER_HOUR = word_set("am pm a p o'clock oclock uhr hrs h past to minutes min in at and - – noon midnight midday")
_AT = word_set("at by until till before after from to and between")


def read_clock(tokens: Tokens, at: int, number: Number | None) -> tuple[str, int] | None:
    """Return the time of day that begins at a token, with `number` if that is one, and the token after it."""
    low = tokens.lows[at]
    if low in _NAMED:
        return _NAMED[low], at + 1
    if tokens.kinds[at] == Kind.CLOCK:
        return _in_figures(tokens, at)
    if low == "half" and tokens.lows[at + 1] == "past":
        return _around(tokens, at + 2, 30)
    if low == "half" and tokens.lows[at - 1] in _AT and tokens.lows[at + 1] in COUNTING_WORDS:
        return _around(tokens, at + 1, 30)  # "at half eleven"
    first = at + 1 if low == "a" else at
    if tokens.lows[first] == "quarter" and tokens.lows[first + 1] in ("past", "after", "to", "before"):
        return _around(tokens, first + 2, 15 if tokens.lows[first + 1] in ("past", "after") else -15)
    return _from_number(tokens, at, number) if number is not None and _can_be_hour(tokens, number) else None


def _can_be_hour(tokens: Tokens, number: Number) -> bool:
    return number.value <= 59 and (tokens.lows[number.end] in _AFTER_HOUR or tokens.lows[number.start - 1] == "at")


def _from_number(tokens: Tokens, at: int, number: Number) -> tuple[str, int] | None:
    """Read `3 pm`, `3.30 pm`, `three o'clock`, `17h`, `ten past five`, `twenty minutes to six`."""
    if tokens.kinds[at] == Kind.FIGURE and (dotted := _BY_DOT.fullmatch(tokens.raw(at))):
        return _half_of_day(tokens, at + 1, int(dotted[1]), int(dotted[2])) or _uhr(tokens, at, dotted)
    if tokens.kinds[at] == Kind.FIGURE and not tokens.raw(at).isdigit():
        return None
    if number.part or number.value != int(number.value):
        return None
    value, end = int(number.value), number.end
    if value == 12 and tokens.lows[end] in _NAMED:
        return _NAMED[tokens.lows[end]], end + 1
    if value <= 24:
        if found := _half_of_day(tokens, end, value, 0):
            return found
        if tokens.lows[end] in ("o'clock", "oclock", "uhr", "hrs") and (
            tokens.lows[end] != "hrs" or _is_at(tokens, at)
        ):
            return _spoken(tokens, at, value, 0, end + 1)
        if value and (stated := _in_part_of_day(tokens, at, value, end)):
            return stated
        if tokens.lows[at - 1] in ("between", "from") and (stated := _first_of_two(tokens, value, end)):
            return stated
        lasting = tokens.lows[at - 1] == "by" or (tokens.lows[at - 1] == "after" and value <= _LONGEST_WAIT)
        if tokens.lows[end] == "h" and tokens.glued(end) and _is_at(tokens, at) and not lasting:
            return f"{value % 24:02}:00", end + 1
    minutes = end + 1 if tokens.lows[end] in ("minutes", "min") else end
    if value < 30 and tokens.lows[minutes] in ("past", "to"):
        bare = minutes == end
        if bare and (value % 5 or (tokens.lows[minutes] == "to" and not number.spelled)):
            return None  # "10 to 20" is a range
        return _around(tokens, minutes + 1, value if tokens.lows[minutes] == "past" else -value)
    if value <= 24 and tokens.lows[at - 1] == "at" and value and _told_as_time(tokens, at, end):
        return _spoken(tokens, at, value, 0, end)
    return None


def _in_part_of_day(tokens: Tokens, at: int, hour: int, end: int) -> tuple[str, int] | None:
    """Read "6 in the evening" and "nine at night"."""
    words = tokens.phrase(end, 3)
    if not words.startswith(("in the morning", "in the afternoon", "in the evening", "at night")):
        return None
    # "12 pickers in the morning, 8 in the evening" counts pickers.
    counts = any(is_plural(tokens.lows[place]) for place in range(max(0, at - 9), at) if tokens.lows[place + 1] == "in")
    return _spoken(tokens, at, hour, 0, end) if hour <= 12 and not counts else None


def _first_of_two(tokens: Tokens, hour: int, end: int) -> tuple[str, int] | None:
    """Read the first hour of "between 8 and 10 am": its half of the day is that of the second."""
    if tokens.lows[end] not in ("and", "to", "-", "–"):
        return None
    second = read_number(tokens, end + 1)
    half = None if second is None else _half_of_day(tokens, second.end, int(second.value), 0)
    if half is None or not 1 <= hour <= 12:
        return None
    later = int(half[0][:2])
    first = hour % 12 + (12 if later >= 12 and hour % 12 <= later - 12 else 0)
    return f"{first:02}:00", end


def _told_as_time(tokens: Tokens, at: int, end: int) -> bool:
    """Return True for "every Monday at 9" and "daily at nine", but not for "priced at 9"."""
    known = any(low in _DAYS or low in _PARTS_OF_DAY for low in tokens.lows[max(0, at - 5) : at])
    known = known or tokens.lows[at - 2] in _TIMED
    return known and (tokens.kinds[end] != Kind.WORD or tokens.lows[end] in _CAN_FOLLOW)


def _is_at(tokens: Tokens, at: int) -> bool:
    return tokens.lows[at - 1] in _AT


def _in_figures(tokens: Tokens, at: int) -> tuple[str, int] | None:
    match = _BY_FIGURES.fullmatch(tokens.raw(at))
    if "h" in tokens.lows[at] and int(tokens.lows[at].split("h")[0]) < 6 and tokens.lows[at - 1] not in _AT:
        return None  # "1h30" is how long
    if match is None or tokens.lows[at + 1] in _SHAPES:
        return None
    hour, minute = int(match[1]), int(match[2])
    if found := _half_of_day(tokens, at + 1, hour, minute):
        return found
    seconds = f":{match[3]}" if match[3] else ""
    return (f"{hour % 24:02}:{minute:02}{seconds}", at + 1) if hour <= 24 else None


def _uhr(tokens: Tokens, at: int, dotted: re.Match[str]) -> tuple[str, int] | None:
    """Read "15.30 Uhr" and "15.30 h"."""
    if tokens.lows[at + 1] in ("uhr", "o'clock") and int(dotted[1]) < 24:
        return f"{int(dotted[1]):02}:{dotted[2]}", at + 2
    return None


def _half_of_day(tokens: Tokens, at: int, hour: int, minute: int) -> tuple[str, int] | None:
    """Read "am" or "pm" after an hour, written in any way."""
    low = tokens.lows[at]
    end = at + 1
    if low in ("a", "p") and tokens.lows[at + 1] == "." and tokens.lows[at + 2] == "m" and tokens.glued(at + 2):
        low, end = f"{low}m", at + 3
        if tokens.lows[end] == "." and tokens.glued(end):
            end += 1
    if low not in _HALVES or not 1 <= hour <= 12:
        return None
    return f"{hour % 12 + _HALVES[low]:02}:{minute:02}", end


def _around(tokens: Tokens, at: int, minutes: int) -> tuple[str, int] | None:
    """Read the hour of "half past three" or "ten to six", so many minutes after it."""
    if tokens.lows[at] in ("noon", "midnight"):
        total = (12 * 60 if tokens.lows[at] == "noon" else 24 * 60) + minutes
        return f"{total // 60 % 24:02}:{total % 60:02}", at + 1
    number = read_number(tokens, at)
    if number is None or number.part or number.value != int(number.value) or not 1 <= number.value <= 12:
        return None
    if tokens.kinds[number.end] == Kind.WORD and tokens.lows[number.end] not in _CAN_FOLLOW:
        return None  # "ten to twelve days" is a range
    if found := _half_of_day(tokens, number.end, int(number.value), 0):
        hour, end = int(found[0][:2]), found[1]
        total = hour * 60 + minutes
        return f"{total // 60 % 24:02}:{total % 60:02}", end
    return _spoken(tokens, at, int(number.value), minutes, number.end)


_CAN_FOLLOW = word_set("""
    am pm a p in at on and or each every is it we the for to so then as o'clock daily sharp today tomorrow but are
    if when while unless because must should will can goes go ship ships leaves leave still with from by cet utc gmt
    cest
    """)


def _spoken(tokens: Tokens, begin: int, hour: int, minutes: int, end: int) -> tuple[str, int]:
    """Return an hour that is stated without "am" or "pm", with minutes after or before it; it begins at `begin`."""
    if tokens.lows[end] in ("in", "at"):
        word = end + 2 if tokens.lows[end + 1] == "the" else end + 1
        half = _PARTS_OF_DAY.get(tokens.lows[word])
        if half == 12 and tokens.lows[word] == "night" and hour < 6:
            half = 0
        if half is not None:
            total = (hour % 12 + half) * 60 + minutes
            return f"{total // 60 % 24:02}:{total % 60:02}", word + 1
    total = hour * 60 + minutes
    if not _NIGHT.isdisjoint(tokens.lows[max(0, begin - 5) : begin]) and total < _FIRST_WORKING_HOUR * 60:
        return f"{total // 60:02}:{total % 60:02}", end  # "nightly at 2"
    part_of_day = next(
        (_PARTS_OF_DAY[low] for low in tokens.lows[max(0, begin - 5) : begin] if low in _PARTS_OF_DAY), None
    )
    if hour <= 12 and (total < _FIRST_WORKING_HOUR * 60 if part_of_day is None else part_of_day == 12):
        total += 12 * 60
    return f"{total // 60 % 24:02}:{total % 60:02}", end
