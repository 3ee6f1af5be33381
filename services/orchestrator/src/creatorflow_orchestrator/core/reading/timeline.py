"""Entries of a timeline: lines that begin with a clock time."""

from __future__ import annotations

import re

from .calendar_names import WEEKDAYS

_DAY = (
    r"(?:\d{4}-\d\d-\d\d|\d{1,2}[./]\d{1,2}[./](?:\d{2,4})?|"
    rf"(?:{'|'.join(day[:3] for day in WEEKDAYS)})[a-z]{{0,6}}"
    r"|\d{1,2}\s[A-Z][a-z]{2,8}|[A-Z][a-z]{2,8}\s\d{1,2}),?[ T]{1,2}(?:at\s)?"
)
_TIME = r"(?:(?:[01]?\d|2[0-3])[:h][0-5]\d(?::[0-5]\d)?\s?(?:am|pm)?|\d{1,2}(?:\.[0-5]\d)?\s?(?:am|pm))"
_ZONE = r"(?:UTC|GMT|CES?T|[EP][SD]T|Z)"
_CLOCK = re.compile(
    rf"[\[(*_~]{{0,2}}(?:{_DAY})?(?:{_TIME}(?:\s?[-–—]\s?{_TIME})?|T\s?[+-]?\s?\d{{1,4}}\s?(?:m|min|s|h|d)?)\s?{_ZONE}?"
    r"[\])*_]{0,2}(?=[\s,:|–—-]|$)",
    re.IGNORECASE,
)
_SCHEDULE = re.compile(
    r"\b(?:cut-?offs?|opening|hours|schedules?|pick-?ups?|collections?|slots?|departures?|shifts?|times|daily|runs?|jobs?)\b",
    re.IGNORECASE,
)
_CHAT = re.compile(
    rf"(?:\[(?:{_DAY})?{_TIME}\]|\({_TIME}\)|{_TIME}(?=\s@))\s{{1,3}}(?!alert|deploy|error|note)@?[A-Za-z][\w.-]{{0,20}}"
    r"(?:\s[A-Z][\w.-]{0,20})?:\s{1,3}|\[?\d{1,2}[./]\d{1,2}[./]\d{2,4},\s"
    + _TIME
    + r"\]?\s(?:-\s)?[A-Z][\w ]{0,30}:\s",
    re.IGNORECASE,
)
_LOOKED_AT = 40


def is_entry(content: str, start: int = 0) -> bool:
    """Return True if a content begins with a clock time, perhaps behind a date, and says what happened then."""
    head = content[start : start + _LOOKED_AT]
    if not any(map(str.isdigit, head[:14])):
        return False
    found = _CLOCK.match(head)
    return found is not None and any(map(str.isalpha, content[start + found.end() : start + found.end() + 200]))


def chat_length(content: str) -> int:
    """Return the length of the time and the name before a message of a chat: "[09:14] kim: "; 0 for no message."""
    found = _CHAT.match(content)
    return found.end() if found else 0


def has_clock(content: str) -> bool:
    """Return True if a clock time stands anywhere in a short content."""
    return re.search(rf"(?<![\w.]){_TIME}(?!\w)", content[:400], re.IGNORECASE) is not None


def is_schedule(content: str) -> bool:
    """Return True if a line that leads into clock times is about a schedule ("Cut-offs:"), not about what happened."""
    return _SCHEDULE.search(content[-200:]) is not None
