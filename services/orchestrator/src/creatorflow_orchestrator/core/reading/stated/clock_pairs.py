"""Hours that are known by the other end of their span: "from 22 to 6", "9-to-5", "from midnight to eight"."""

from __future__ import annotations

import re

from creatorflow_orchestrator.core.reading.calendar_names import WEEKDAYS
from creatorflow_orchestrator.core.reading.word_sets import word_set

from .fact_tokens import Kind, Tokens
from .numbers import MONEY_SIGNS, Number, read_number
from .unit_words import MULTIPLIED, UNITS
from .words_of_prose import NOT_NOUNS

_JOINTS = ("to", "till", "until", "and", "-", "–", "- to -")
_OPEN = word_set("""
    hours open opens opened opening shift shifts closed office quiet works working staffed manned awake asleep mornings
    evenings nights weekdays weekends available reachable online hotline deliver delivered delivery collect collected
    pickup pick-up call come comes arrive arrives courier driver
    """)
_PARTS_OF_DAY = {"morning": 0, "mornings": 0, "afternoon": 12, "afternoons": 12, "evening": 12, "evenings": 12}
_GOING = word_set("goes go leaves leave departs comes arrives runs starts ends opens closes")
_OPENERS = frozenset(("at", "from", "between", ":", "before", "after", "by", "until", "till"))
_REACH = 8
_DOTTED = re.compile(r"([01]?\d|2[0-3])\.([0-5]\d)")
_HOURS = 24
_DAYS = frozenset((*WEEKDAYS, *(f"{day}s" for day in WEEKDAYS), "weekdays", "weekends"))


def read_second_hour(tokens: Tokens, number: Number, first: str, floor: int) -> tuple[str, int] | None:
    """Return the hour that ends a span: the next such one after `first`, which ends before token `floor`."""
    if tokens.phrase(floor, number.start - floor) not in _JOINTS:
        return None
    if dotted := _dotted(tokens, number):
        return dotted
    if not _is_hour(tokens, number):
        return None
    hour, begun = int(number.value), int(first[:2]) if first[:2].isdigit() else 0
    later = hour if hour >= begun or hour > 12 or hour + 12 <= begun else hour + 12
    return f"{later % _HOURS:02}:00", number.end


def read_first_hour(tokens: Tokens, number: Number, told: bool) -> tuple[str, int] | None:
    """Read "9-to-5", the 22 of "quiet hours from 22 to 6", "goes at 6.45", "on mornings before 7".

    `told`: the sentence has had another time of day, as in "2 pm on weekdays, 11 on Saturdays".
    """
    before = tokens.lows[number.start - 1]
    if told and before in ("by", "until", "till", ",", "and", "from") and _is_hour(tokens, number):
        day = tokens.lows[number.end] == "on" and tokens.lows[number.end + 1] in _DAYS
        if day or (number.spelled and before in ("by", "until", "till")):
            return f"{_working(int(number.value)):02}:00", number.end  # "11 on Saturdays", "must be done by six"
    if before not in _OPENERS and tokens.lows[number.end] != "-":
        return None
    if before == "at" and tokens.lows[number.start - 2] in _GOING and (dotted := _dotted(tokens, number)):
        return dotted
    if number.value > _HOURS or not number.value.is_integer():
        return None
    joint = number.end + 3 if tokens.phrase(number.end, 3) == "- to -" else number.end + 1
    around = tokens.lows[max(0, number.start - _REACH) : number.start]
    if joint > number.end + 1 or (tokens.lows[number.end] in _JOINTS and not _OPEN.isdisjoint(around)):
        last = read_number(tokens, joint)
        opened = joint > number.end + 1 or before in ("from", "between", ":")
        return (f"{int(number.value):02}:00", number.end) if last and opened and _is_hour(tokens, last) else None
    part = next((_PARTS_OF_DAY[low] for low in around if low in _PARTS_OF_DAY), None)
    if part is None or before not in ("before", "after", "by", "until", "till") or not _is_hour(tokens, number):
        return None
    return f"{int(number.value) + (part if number.value < 12 else 0):02}:00", number.end


def _working(hour: int) -> int:
    """Return an hour as that of a working day: "by six" is 18:00."""
    return hour + 12 if 1 <= hour < 7 else hour


def _is_hour(tokens: Tokens, number: Number) -> bool:
    """Return True for a number up to 24 with no noun, unit or sign behind it."""
    end, low = number.end, tokens.lows[number.end]
    plain = number.value <= _HOURS and number.value.is_integer() and not number.part
    if low in UNITS or low in MULTIPLIED or (tokens.glued(end) and low in ("-", "/", ":", "+")) or low in MONEY_SIGNS:
        return False
    return plain and (tokens.kinds[end] not in (Kind.WORD, Kind.FIGURE) or low in NOT_NOUNS)


def _dotted(tokens: Tokens, number: Number) -> tuple[str, int] | None:
    found = _DOTTED.fullmatch(tokens.raw(number.start))
    return (f"{int(found[1]):02}:{found[2]}", number.start + 1) if found else None
