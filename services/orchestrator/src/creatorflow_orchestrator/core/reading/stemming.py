"""Splits text into words, each a stem with its place: "Shipping" and "ships" match, "upload" never matches "load".

A word is a run of letters or digits; its stem is the word without English inflection. A break marks the end of a
sentence, a bracket or a list item, and no phrase reaches across it. Line ends and runs of spaces are ignored.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from creatorflow_contracts.stemming import stem

from .word_sets import word_set

_TOKEN = re.compile(r"[^\W_]+(?:['’][^\W_]+)*|[,.;:!?()\[\]{}\"“”|•*–—-]")
_FILLERS = word_set(
    "a all also am an any are be been each every had has have her his is its just many more my of our own same some "
    "such that the their these this those us was were your"
)
BREAK = ""
"""The stem of a break."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word's stem and its place in the text: characters `start` to `end`."""

    stem: str
    start: int
    end: int


def words(text: str) -> list[Word]:
    """Return the words of `text` in order, without fillers ("the", "my"), with breaks."""
    return [word for word in _all_words(text) if word.stem not in _FILLERS]


def all_words(text: str) -> list[Word]:
    """Return the stems of all words of `text` in order, fillers and breaks too."""
    return list(_all_words(text))


@lru_cache(maxsize=16_384)
def phrase_stems(phrase: str) -> tuple[str, ...]:
    """Return the stems of a phrase of the vocabulary, as `words` would find them."""
    return tuple(word.stem for word in words(phrase) if word.stem != BREAK)


def _all_words(text: str) -> Iterator[Word]:
    for match in _TOKEN.finditer(text):
        token = match.group()
        if token[0].isalnum():
            yield Word(stem(token), match.start(), match.end())
        elif _breaks(text, match):
            yield Word(BREAK, match.start(), match.end())


def _breaks(text: str, match: re.Match[str]) -> bool:
    """True unless the mark joins two letters, as a dash, dot or colon does without a space (`real-time`, `e.g`)."""
    before = text[match.start() - 1 : match.start()]
    after = text[match.end() : match.end() + 1]
    return not (before.isalnum() and after.isalnum()) or match.group() in "()[]{}|;!?"
