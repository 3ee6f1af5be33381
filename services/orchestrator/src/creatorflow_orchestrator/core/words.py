"""Text to words: each a stem with its place, so that "Shipping" and "ships" meet and "upload" is never "load".

A word is a run of letters or digits; its stem is what English inflection leaves. Where a sentence, a bracket or a list
item ends, a break stands, and no phrase reaches across it. Line ends and runs of spaces mean nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

_TOKEN = re.compile(r"[^\W_]+(?:['’][^\W_]+)*|[,.;:!?()\[\]{}\"“”|•*–—-]")
_FILLER_WORDS = (
    "a all also am an any are be been each every had has have her his is its just many more my of our own same some "
    "such that the their these this those us was were your"
)
_FILLERS = frozenset(_FILLER_WORDS.split())
_KEPT = frozenset(("shipping", "billing", "listing", "pricing", "marketing"))  # things, not what somebody is doing
_VOWEL = re.compile(r"[aeiouy]")
BREAK = ""
"""The stem of a break."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word's stem and its place in the text: characters `start` to `end`."""

    stem: str
    start: int
    end: int


def words(text: str) -> list[Word]:
    """The words of `text` in order, fillers ("the", "my") left out, breaks kept."""
    return [word for word in _all_words(text) if word.stem not in _FILLERS]


@lru_cache(maxsize=16_384)
def phrase_stems(phrase: str) -> tuple[str, ...]:
    """The stems of a phrase of the vocabulary, as `words` would find them."""
    return tuple(word.stem for word in words(phrase) if word.stem != BREAK)


def _all_words(text: str) -> Iterator[Word]:
    for match in _TOKEN.finditer(text):
        token = match.group()
        if token[0].isalnum():
            yield Word(stem(token), match.start(), match.end())
        elif _breaks(text, match):
            yield Word(BREAK, match.start(), match.end())


def _breaks(text: str, match: re.Match[str]) -> bool:
    """A dash, dot or colon between two letters joins them (`real-time`, `e.g`); with a space on a side it parts."""
    before = text[match.start() - 1 : match.start()]
    after = text[match.end() : match.end() + 1]
    return not (before.isalnum() and after.isalnum()) or match.group() in "()[]{}|;!?"


@lru_cache(maxsize=16_384)
def stem(token: str) -> str:
    """An English word without its inflection, in lower case: "label", "labels" and "Labelled" are one."""
    word = token.casefold().replace("’", "'")
    word = word.removesuffix("'s").removesuffix("s'").replace("'", "")
    word = _singular(word)
    if word in _KEPT:
        return word
    for ending in ("ing", "ed"):
        root = word.removesuffix(ending)
        if root != word and len(root) >= 3 and not root.endswith("e") and _VOWEL.search(root):
            word = _undouble(root)
            break
    return word[:-1] if len(word) > 4 and word.endswith("e") else _undouble(word)


def _singular(word: str) -> str:
    if len(word) <= 3 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    return word[:-1]


def _undouble(word: str) -> str:
    """`shipp` to `ship`, `labell` to `label`, `bill` stays: only what inflection doubles is undone."""
    if len(word) > 4 and word[-1] == word[-2] and word[-1] in "bdglmnprt":
        return word[:-1]
    return word
