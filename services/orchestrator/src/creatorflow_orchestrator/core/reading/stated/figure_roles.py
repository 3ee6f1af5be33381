"""Which of several figures of one subject a figure is: usual, peak, current, target, p95, included."""

from __future__ import annotations

from creatorflow_orchestrator.core.reading.word_sets import word_set

from .fact_tokens import Kind, Tokens

_WORDS = {
    "usual": "usual usually normal normally typical typically regular regularly average ordinary quiet",
    "peak": "peak peaks peaking spike spikes burst bursts busiest rush drop-day",
    "current": "currently today now present presently",
    "target": "target goal",
    "included": "included free includes include incl",
    "p50": "p50 median",
    "p75": "p75",
    "p90": "p90",
    "p95": "p95",
    "p99": "p99",
    "p99.9": "p99.9",
    "p999": "p999",
}
_ROLES = {word: role for role, words in _WORDS.items() for word in words.split()}
INTERVAL = "interval"
"""The role of "every 15 minutes" and "weekly"."""
_CLOSERS = frozenset((",", ";", ".", ":", "(", ")", "?", "!", "and", "but", "or", "|", "/", "→", "in", "for", "within"))
_BUSY = frozenset(("drop", "launch", "busy", "sale", "best", "worst", "strongest"))
_WHEN = frozenset(("on", "at", "during", "when", "while", "in"))
_RUSH = word_set("stream streams live lives sale drop drops launch christmas friday holidays season busy big december")
_LATER = frozenset(("until", "when", "if", "while"))
_LONGEST_HEAD = 4  # words
_LEFT, _RIGHT = 7, 6
PERCENTILES = frozenset(("p50", "p75", "p90", "p95", "p99", "p99.9", "p999"))


def role_of(tokens: Tokens, start: int, end: int) -> str:
    """Return the role that the words around a figure give it; empty if none does."""
    return _left(tokens, start) or _right(tokens, end)


def role_of_head(cell: str) -> str:
    """Return the role of the figures in a column by its head: "Now" is current, "Goal" is target."""
    words = cell.lower().strip("* _").split()
    return next((_ROLES[word] for word in words if word in _ROLES and len(words) < _LONGEST_HEAD), "")


def _left(tokens: Tokens, start: int) -> str:
    for at in range(start - 1, max(-1, start - 1 - _LEFT), -1):
        low = tokens.lows[at]
        if low == "percentile":
            return _percentile(tokens, at)
        if low in _ROLES and low != "free":
            return _ROLES[low]
        if low == "rule" and tokens.lows[at - 1] == "a" and tokens.lows[at - 2] == "as":
            return "usual"
        if low in ("day", "days", "hour", "evening", "week") and tokens.lows[at - 1] in _BUSY:
            return "peak"
        if low == "." and tokens.lows[at - 1] == "incl":
            continue
        if low == "every" and at == start - 1:
            return INTERVAL
        closes = low in _CLOSERS and not (low in (":", "|") and at >= start - 2)
        if closes or tokens.kinds[at] in (Kind.BREAK, Kind.FIGURE):
            return ""
    return ""


def _right(tokens: Tokens, end: int) -> str:
    if tokens.lows[end] in _WHEN and not _RUSH.isdisjoint(_phrase(tokens, end + 1)):
        return "peak"
    for at in range(end, end + _RIGHT):
        low = tokens.lows[at]
        if low in _ROLES and low not in ("includes", "include", "now"):
            return _ROLES[low]
        if tokens.kinds[at] == Kind.FIGURE and tokens.lows[at + 2] == "percentile":
            return _percentile(tokens, at + 2)
        if low == "," and tokens.lows[at + 1] in PERCENTILES:
            continue  # "400 ms at most, p95"
        closes = low == "with" or (low in _CLOSERS and not (low in ("in", "for") and at == end))
        if closes or tokens.kinds[at] in (Kind.BREAK, Kind.FIGURE) or low in _LATER:
            return ""
    return ""


def _phrase(tokens: Tokens, at: int) -> list[str]:
    """Return the words from a token on, up to the end of their part of the sentence."""
    end = at
    while end < at + _RIGHT and tokens.kinds[end] == Kind.WORD and tokens.lows[end] not in _CLOSERS:
        end += 1
    return tokens.lows[at:end]


def _percentile(tokens: Tokens, at: int) -> str:
    """Return the role that "95th percentile" gives, by its last word."""
    ordinal = tokens.lows[at - 1] in ("th", "st", "nd", "rd") and tokens.kinds[at - 2] == Kind.FIGURE
    return f"p{tokens.raw(at - 2)}" if ordinal else ""
