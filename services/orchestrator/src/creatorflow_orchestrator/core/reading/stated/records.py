"""Clock times that record what happened, and set nothing: "2025-08-04 11:17", "firing 02:14", "sold both at 20:14"."""

from __future__ import annotations

from creatorflow_orchestrator.core.reading.word_sets import word_set

from .fact_tokens import Kind, Tokens

_REACH = 24  # tokens before a time in which its sentence is searched
_PAST = word_set("""
    yesterday was were did had happened started began firing resolved failed stopped crashed ago went came sold saw got
    noticed reported opened created updated closed received logged froze died recovered restarted deployed
    """)
_RULING = word_set("""
    must should shall will can may want wants need needs please every daily each weekdays until by before after till
    from between cut-off cutoff deadline closes opens starts ends leaves run runs collect collects pick pickup
    """)
_AWAY = frozenset(("leave", "holiday", "vacation", "office", "away", "abroad"))
_WRITER = frozenset(("i", "i'm", "i'll", "we're", "am"))
_ON_THE_MINUTE = 5


def is_timestamp(tokens: Tokens, at: int) -> bool:
    """Return True for a clock time in figures behind a date, or to the minute, or in a sentence about the past."""
    if tokens.kinds[at] != Kind.CLOCK:
        return False
    before = tokens.kinds[at - 1] if at else None
    if before == Kind.DATE or tokens.lows[at - 1] == "t":
        return tokens.lows[at - 2] not in _RULING and tokens.lows[at - 2] != "on"
    words = _sentence_before(tokens, at)
    if not _RULING.isdisjoint(words):
        return False
    return not _PAST.isdisjoint(words) or _is_odd(tokens.raw(at))


def is_absence(tokens: Tokens, at: int) -> bool:
    """Return True for the end of the writer's leave: "I am on leave until the 12th"."""
    words = _sentence_before(tokens, at)
    return not _AWAY.isdisjoint(words) and not _WRITER.isdisjoint(words)


def _is_odd(raw: str) -> bool:
    """Return True for a minute that no schedule has, like that of 08:31."""
    minutes = "".join(letter if letter.isdigit() else " " for letter in raw).split()[1]
    return int(minutes) % _ON_THE_MINUTE != 0 and minutes != "59"


def _sentence_before(tokens: Tokens, at: int) -> list[str]:
    first = at
    while (
        first > max(0, at - _REACH) and tokens.kinds[first - 1] != Kind.BREAK and tokens.lows[first - 1] not in ".?!;"
    ):
        first -= 1
    return tokens.lows[first:at]
