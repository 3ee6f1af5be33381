"""A negation in a sentence, and how far what it names goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .english import AUXILIARIES
from .grammar import finite_verb, is_imperative, low
from .tokens import Token

_STOPS = frozenset(
    (";", ":", "—", "–", "but", "(", ")", "please", "just", "because", "since", "so", "as", "though", "yet")
)
_LONGEST = 60  # tokens of one exclusion


@dataclass(frozen=True, slots=True)
class Negation:
    """Tokens `start` to `end` of a sentence exclude what tokens `first` to `last` name.

    `weak` if it counts only where it names something that an agent does or an answer contains; `whole` if it has to
    name that as a whole, an area of work or a section.
    """

    start: int
    end: int
    first: int
    last: int
    weak: bool = False
    whole: bool = False


def spread(items: Sequence[Token], at: int, first: int) -> Negation | None:
    """Return the exclusion from `at` on, whose object begins at `first` and may be a list."""
    end = noun_phrase_end(items, first)
    while end < min(len(items), at + _LONGEST) and (member := _next_member(items, end)):
        end = noun_phrase_end(items, member)
    if end < len(items) - 2 and items[end].low == "," and low(items, end + 1) in ("which", "who"):
        end = next((place for place in range(end + 1, len(items)) if items[place].low == ","), len(items))
    return Negation(at, end, first, end) if end > first else None


def _next_member(items: Sequence[Token], at: int) -> int:
    """Return where the next member of a list begins after a comma or "or"; 0 if what follows is no member."""
    place, joined = at, False
    if low(items, place) == ",":
        place += 1
    if low(items, place) in ("or", "nor", "and", "&", "/"):
        joined = True
        place += 1
    if place == at or low(items, place) in (
        "no",
        "not",
        "without",
        "just",
        "only",
        "please",
        "don't",
        "do",
        "but",
        "then",
        "",
    ):
        return 0
    rest = items[place : place + 12]
    rest = (
        rest[: next((end for end, item in enumerate(rest) if end and item.low in (",", "—", "–")), len(rest))]
        if joined
        else rest
    )
    if (is_imperative(rest) and low(rest, 0) not in ("test", "tests", "design", "report")) or finite_verb(rest) >= 0:
        return 0
    if joined:
        return place
    following = [item.low for item in rest[:8]]
    return place if {"or", "nor", "and"} & set(following) else 0


def _closing(items: Sequence[Token], at: int) -> int:
    """Return the place of the bracket that closes one at `at`; 0 if none does, or if it says more than names."""
    for place in range(at + 1, min(len(items), at + 16)):
        if items[place].low == ")":
            return 0 if finite_verb(items[at + 1 : place]) >= 0 else place
    return 0


def noun_phrase_end(items: Sequence[Token], at: int) -> int:
    """Return the end of what is named from `at` on: up to a comma, a conjunction or the next clause."""
    place = at
    while place < len(items):
        word = items[place].low
        if word == "(" and place > at and (closing := _closing(items, place)):
            place = closing + 1
            continue
        if word in _STOPS or word in (",", "and", "or", "nor", "&"):
            break
        if (place > at and word == "use") or (
            place > at and (word in ("no", "without", "when", "if", "while", "until", "unless") or word in AUXILIARIES)
        ):
            break
        place += 1
    return place
