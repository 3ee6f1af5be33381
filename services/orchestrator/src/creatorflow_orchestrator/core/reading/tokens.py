"""Tokens: the words, numbers and marks of a stretch of text, with their places."""

from __future__ import annotations

import re
from typing import NamedTuple

_TOKEN = re.compile(
    r"\d+(?:[.,:]\d+)*(?:[^\W\d_]{1,12})?|[^\W_](?:[\w]|['’.\-/](?=[^\W_]))*|[.!?]+|[,;:()\[\]\"“”–—…&$€£%+<>=/*|-]"
)


class Token(NamedTuple):
    """A word, number or mark in lower case, at characters `start` to `end`; `word` is false for a mark."""

    low: str
    start: int
    end: int
    word: bool


def tokens(text: str, start: int, end: int) -> list[Token]:
    """Return the tokens of characters `start` to `end`, in order."""
    found = []
    for match in _TOKEN.finditer(text, start, end):
        word = match.group().lower()
        if "’" in word:
            word = word.replace("’", "'")
        found.append(Token(word, match.start(), match.end(), word[0].isalnum()))
    return found
