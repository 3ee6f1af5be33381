"""Calendar dates in prose, as ISO 8601: `2027-05-01`, `--01-31`, `2027-Q3`, `2027-03`, `--05`, `2027`."""

from __future__ import annotations

import re
from calendar import monthrange

from creatorflow_orchestrator.core.reading.calendar_names import MONTH_NUMBERS, ORDINALS, WEEKDAYS
from creatorflow_orchestrator.core.reading.word_sets import word_set

from .fact_tokens import Kind, Tokens
from .nouns import is_plural
from .numbers import MONEY_SIGNS

_WORDS_TOO = frozenset(("may", "march", "mar", "dec", "jan", "sep", "oct"))
_DAYS = {name: number for number, name in enumerate(WEEKDAYS, start=1)}
_IN_TIME = word_set("""
    in by until till til since before after from through during of early late mid end beginning start for next last
    this on
    """)
"""Words after which a month's name or a year is a date."""
_BEFORE_DAY = frozenset(("by", "on", "until", "before", "after", "from", "than"))
_BINDING = frozenset(("by", "until", "till", "before", "through", "from"))
_JOINTS = frozenset(("to", "until", "through", "-", "–"))
_DAY = re.compile(r"0?[1-9]|[12]\d|3[01]")
_LEAP_YEAR = 2024  # in which 29 February is a date
_ORDINALS = frozenset(("st", "nd", "rd", "th", "."))
_NO_YEAR = MONEY_SIGNS | {"-", "%", "/", "+", "k"}
"""Signs behind a number that is none: "by 2000 €", "by 2000/day"."""
_YEAR = re.compile(r"(?:19|20)\d\d")
_DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})")
_NAMED = re.compile(r"(\d{1,2})/([A-Z][a-z]{2})/(\d{2,4})")
_WRITTEN = re.compile(r"(\d{1,2})([./])(\d{1,2})[./](\d{4}|\d\d)")
DATE_WORDS = frozenset((*MONTH_NUMBERS, *ORDINALS, *_DAYS, "q1", "q2", "q3", "q4"))
"""Words with which a date can begin."""


def read_date(tokens: Tokens, at: int) -> tuple[str, int] | None:
    """Return the date that begins at a token, as ISO 8601, and the token after it."""
    kind = tokens.kinds[at]
    if kind == Kind.DATE:
        iso = _written(tokens.raw(at))
        return (iso, at + 1) if iso else None
    if kind == Kind.FIGURE:
        return _from_day(tokens, at) or _from_year(tokens, at) or _from_dots(tokens, at)
    low = tokens.lows[at]
    if low in ORDINALS:
        return _from_ordinal(tokens, at)
    if low in MONTH_NUMBERS:
        return _from_month(tokens, at)
    if low in ("q1", "q2", "q3", "q4"):
        numbered = tokens.begins_line(at) and tokens.lows[at + 1] in ("|", ":", ".", ")", "-", "–", ";")
        return None if numbered else _quarter(tokens, at)  # "Q1 | Which buyers come back"
    if low in _DAYS and (tokens.lows[at - 1] in _IN_TIME or tokens.lows[at - 1] in ("every", "each", "than")):
        return f"-W-{_DAYS[low]}", at + 1
    return None


def _written(raw: str) -> str:
    """Return a date in figures as ISO 8601; of 1/5/2027 the day is first, unless that cannot be."""
    if "Q" in raw or "T" in raw:
        return raw
    if named := _NAMED.fullmatch(raw):  # "12/Mar/25", as trackers write it
        month = MONTH_NUMBERS.get(named[2].lower(), 0)
        year = named[3] if len(named[3]) == 4 else f"20{named[3]:0>2}"
        return f"{year}-{month:02}-{int(named[1]):02}" if _exists(int(year), month, int(named[1])) else ""
    match = _WRITTEN.fullmatch(raw)
    year, month, day = (
        (int(part) for part in raw.split("-")) if match is None else (int(match[4]), int(match[3]), int(match[1]))
    )
    year += 2000 if year < 100 else 0
    if month > 12 and match is not None and match[2] == "/":
        month, day = day, month
    return f"{year:04}-{month:02}-{day:02}" if _exists(year, month, day) else ""


def _exists(year: int, month: int, day: int) -> bool:
    """Return True if a month of a year has a day."""
    return 1 <= month <= 12 and 1 <= year <= 9999 and 1 <= day <= monthrange(year, month)[1]


def _from_day(tokens: Tokens, at: int) -> tuple[str, int] | None:
    """Read `31 January`, `1st of May 2027`, `1. May`."""
    end = at + 1
    follows = tokens.lows[end]
    can_follow = follows in MONTH_NUMBERS or follows in _ORDINALS or follows == "of"
    if not can_follow or not _DAY.fullmatch(tokens.raw(at)):
        return None
    if tokens.lows[end] in _ORDINALS and tokens.glued(end):
        end += 1
    if tokens.lows[end] == "of":
        end += 1
        if tokens.phrase(end, 2) in ("each month", "every month", "the month"):
            return f"---{int(tokens.raw(at)):02}", end + 2
    month = _month(tokens, end)
    if month:
        return _with_year(tokens, month, int(tokens.raw(at)), end + 1)
    bound = tokens.lows[at - 1] == "the" and tokens.lows[at - 2] in _BEFORE_DAY and tokens.kinds[end] != Kind.WORD
    return (f"---{int(tokens.raw(at)):02}", end) if bound and end == at + 2 and follows != "." else None


def _from_ordinal(tokens: Tokens, at: int) -> tuple[str, int] | None:
    """Read "the twelfth of March" and "the twenty-first of May 2027"."""
    day, end = ORDINALS[tokens.lows[at]], at + 1
    tens = {"twenty": 20, "thirty": 30}.get(tokens.lows[at - 2], 0) if tokens.lows[at - 1] == "-" else 0
    month = _month(tokens, end + (tokens.lows[end] == "of"))
    return _with_year(tokens, month, day + tens, end + 1 + (tokens.lows[end] == "of")) if month else None


def _from_dots(tokens: Tokens, at: int) -> tuple[str, int] | None:
    """Read "on 9.9" and "due 03.11.": a day and its month where a date is meant."""
    if tokens.lows[at - 1] not in _BEFORE_DAY and tokens.lows[at - 1] != "due":
        return None
    found = _DOTTED.fullmatch(tokens.raw(at))
    closed = tokens.lows[at + 1] == "." and tokens.glued(at + 1) and tokens.kinds[at + 2] == Kind.WORD
    if found is None or not (found[1] == found[2] or (closed and not tokens.capital(at + 2))):
        return None
    day, month = int(found[1]), int(found[2])
    return (f"--{month:02}-{day:02}", at + 1) if _exists(_LEAP_YEAR, month, day) else None


def _from_month(tokens: Tokens, at: int) -> tuple[str, int] | None:
    """Read `January 31`, `May 1st, 2027`, `March 2027`, and `in May` where the word is in the place of a date."""
    month = _month(tokens, at)
    if not month:
        return None
    if _behind_day(tokens, at):
        return None
    end = at + 2 if tokens.lows[at + 1] == "." else at + 1
    if tokens.kinds[end] == Kind.FIGURE and _DAY.fullmatch(tokens.raw(end)):
        day, end = int(tokens.raw(end)), end + 1
        if tokens.lows[end] in _ORDINALS and tokens.lows[end] != "." and tokens.glued(end):
            end += 1
        return _with_year(tokens, month, day, end)
    if _is_year(tokens, end):
        return f"{tokens.raw(end)}-{month:02}", end + 1
    part = tokens.lows[at - 1] == "-" and tokens.lows[at - 2] in ("mid", "early", "late")
    to = (tokens.lows[at + 1] in _JOINTS and _month(tokens, at + 2)) or (
        tokens.lows[at - 1] in _JOINTS and _month(tokens, at - 2)
    )
    return (f"--{month:02}", at + 1) if tokens.lows[at - 1] in _IN_TIME or part or to else None


def is_day_of_month(tokens: Tokens, at: int) -> bool:
    """Return True for a day before the name of a month, also one that the month does not have."""
    if tokens.kinds[at] != Kind.FIGURE or not _DAY.fullmatch(tokens.raw(at)):
        return False
    end = at + 2 if tokens.lows[at + 1] in _ORDINALS else at + 1
    return _month(tokens, end + (tokens.lows[end] == "of")) > 0


def _behind_day(tokens: Tokens, at: int) -> bool:
    """Return True for the month of a day that it does not have: "31 June 2027" is not June 2027 either."""
    before = at - 2 if tokens.lows[at - 1] == "of" else at - 1
    before -= tokens.lows[before] in _ORDINALS
    if before >= 0 and tokens.lows[before] in ORDINALS:
        return True
    return before >= 0 and tokens.kinds[before] == Kind.FIGURE and bool(_DAY.fullmatch(tokens.raw(before)))


def _month(tokens: Tokens, at: int) -> int:
    """Return the number of a month by its name, which "may" and "march" in small letters are not; 0 if it is none."""
    low = tokens.lows[at]
    return 0 if low in _WORDS_TOO and not tokens.capital(at) else MONTH_NUMBERS.get(low, 0)


def _with_year(tokens: Tokens, month: int, day: int, at: int) -> tuple[str, int] | None:
    after = at + 1 if tokens.lows[at] == "," else at
    if _is_year(tokens, after):
        year = tokens.raw(after)
        return (f"{year}-{month:02}-{day:02}", after + 1) if _exists(int(year), month, day) else None
    return (f"--{month:02}-{day:02}", at) if _exists(_LEAP_YEAR, month, day) else None


def _quarter(tokens: Tokens, at: int) -> tuple[str, int]:
    quarter = tokens.lows[at].upper()
    after = at + 1 if tokens.lows[at + 1] in ("/", "of") else at
    if _is_year(tokens, after + 1):
        return f"{tokens.raw(after + 1)}-{quarter}", after + 2
    return f"--{quarter}", at + 1


def _from_year(tokens: Tokens, at: int) -> tuple[str, int] | None:
    """Read a year: "in 2024 we", "by 2027"; "2000 orders" is none."""
    if tokens.lows[at - 1] not in _BINDING and tokens.phrase(at - 2, 2) != "end of":
        return None  # a year that is stated binds nothing: "in 2024 we had"
    if not _is_year(tokens, at):
        return None
    counted = is_plural(tokens.lows[at + 1])
    return None if counted or tokens.lows[at + 1] in _NO_YEAR else (tokens.raw(at), at + 1)


def _is_year(tokens: Tokens, at: int) -> bool:
    return tokens.kinds[at] == Kind.FIGURE and bool(_YEAR.fullmatch(tokens.raw(at)))
