"""Sentences, with their exact places in the text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .tokens import Token, tokens
from .word_sets import word_set

MAX_TOKENS = 160
"""Tokens after which a sentence is cut, so that what looks at a whole sentence has a bound."""

_ABBREVIATIONS = word_set("e.g i.e etc vs approx incl excl resp st mr mrs ms dr inc ltd co cf eg ie")
_NUMBERED = frozenset(("no", "nr", "fig"))
_STOP = re.compile(r"[.!?]+")
_CLOSING = "\"'”’)*_"
_MAX_BRACKETED = 60


@dataclass(frozen=True, slots=True)
class Sentence:
    """The tokens of a sentence without its stop; `question` if that is a question mark."""

    items: tuple[Token, ...]
    question: bool = False


def sentences(text: str, start: int, end: int) -> Iterator[Sentence]:
    """Yield the sentences between two places of the text; none is empty."""
    current: list[Token] = []
    depth = opened = 0
    for item in tokens(text, start, end):
        if current and (len(current) >= MAX_TOKENS or _line_broken(text, current[-1].end, item)):
            yield from _sentence(current, False)
            current, depth = [], 0
        if item.low == "(":
            depth, opened = depth + 1, len(current)
        elif item.low == ")":
            depth = max(0, depth - 1)
        if _stops(text, item, current, end) and (not depth or len(current) - opened > _MAX_BRACKETED):
            yield from _sentence(current, "?" in item.low)
            current, depth = [], 0
        else:
            current.append(item)
    yield from _sentence(current, False)


def _sentence(items: Sequence[Token], question: bool) -> Iterator[Sentence]:
    if any(item.word for item in items):
        yield Sentence(tuple(items), question)


def _stops(text: str, item: Token, current: Sequence[Token], end: int) -> bool:
    if item.low == ";":
        return True
    if not _STOP.fullmatch(item.low):
        return False
    if item.low == "." and current and current[-1].low in _ABBREVIATIONS and not _is_unit(current):
        return False
    after = text[item.end : item.end + 1]
    if item.low == "." and current and current[-1].low in _NUMBERED and text[item.end : item.end + 2].strip().isdigit():
        return False
    return item.end >= end or not after or after.isspace() or after in _CLOSING


def _is_unit(current: Sequence[Token]) -> bool:
    """True for the milliseconds of "300 ms"."""
    return current[-1].low == "ms" and len(current) > 1 and current[-2].low[-1].isdigit()


def _line_broken(text: str, before: int, item: Token) -> bool:
    """True if a line ends between two tokens and the next one begins like a sentence."""
    between = text[before : item.start]
    return "\n" in between and (text[item.start].isupper() or between.count("\n") > 1)
