"""Exclusions by "leave" and its like: "leave X alone", "leave X to Chargebee", "so skip it"."""

from __future__ import annotations

from collections.abc import Sequence

from .grammar import low
from .negation import Negation, noun_phrase_end
from .tokens import Token
from .word_sets import word_set

_AFTER_POINTING = word_set("too also either out be alone aside please then there completely entirely")


def left_alone(items: Sequence[Token], at: int) -> Negation | None:
    """Read "leave X alone", "leave X as it is", "leave X out", "leave X to Chargebee"."""
    for place in range(at + 2, min(at + 9, len(items))):
        word = items[place].low
        if word in ("alone", "out", "untouched", "unchanged", "be", "aside", "off"):
            return Negation(at, place + 1, at + 1, place)
        if word == "as" and low(items, place + 1) in ("it", "they", "is", "are"):
            return Negation(at, min(len(items), place + 3), at + 1, place)
        if (
            word in ("to", "for")
            and low(items, place - 1) not in ("up", "it")
            and low(items, at + 1) not in ("a", "an", "enough", "room", "time")
        ):
            return Negation(at, min(len(items), noun_phrase_end(items, place + 1)), at + 1, place)
        if word in (",", ";", ":"):
            return None
    return None


def left_pointing(items: Sequence[Token], at: int) -> Negation | None:
    """Read "leave that one in peace", "so skip it", "we leave that too"."""
    if low(items, at + 1) not in ("it", "that", "them", "those", "this", "these"):
        return None
    end = at + 2 + (low(items, at + 2) in ("one", "ones", "part", "bit"))
    if low(items, end) == "in" and low(items, end + 1) == "peace":
        return Negation(at, end + 2, at + 1, at + 2)
    end += low(items, end) in _AFTER_POINTING
    if not _clause_ends(items, end) or low(items, at - 1) in ("not", "don't", "never", "to", "can't", "cannot"):
        return None
    return Negation(at, end, at + 1, at + 2)


def _clause_ends(items: Sequence[Token], at: int) -> bool:
    return low(items, at) in ("", ",", ";", ".", ":", "and", "but")
