"""Words of texts: stems, significant words, phrases. Pure."""

from __future__ import annotations

import re
from collections import Counter

from creatorflow_contracts.stemming import stem

Stems = tuple[str, ...]

_WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")
_STOP = """
a about after all also an and any are as at be been before both but by can complete could do does each every for
from get give has have how i if implement in include into is it its make may more must need new no not of on or
our out over own per please provide set should so some such system than that the their them then there these they
this to up us use user using want was we well were what when where which while who will with work would you your
add allow build create design develop enable ensure handle let like maintain support keep good full whole real time
"""


def stems(text: str) -> Stems:
    """Return all words of the text, stemmed, in order. Underscores and punctuation separate words."""
    return tuple(stem(word) for word in _WORD.findall(text.lower()))


def content(text: str) -> frozenset[str]:
    """Return the significant stems: no stop words, numbers or single letters."""
    return frozenset(s for s in stems(text) if s not in _STOP_STEMS and len(s) > 1 and not s[0].isdigit())


def frequencies(text: str) -> dict[str, float]:
    """Return the significant stems with their relative frequencies."""
    meaning = content(text)
    counted = Counter(s for s in stems(text) if s in meaning)
    total = sum(counted.values())
    return {word: count / total for word, count in counted.items()}


def contains(text: Stems, phrase: Stems) -> bool:
    """Return True if the words of the phrase are adjacent in the text."""
    size = len(phrase)
    return any(text[i : i + size] == phrase for i in range(len(text) - size + 1)) if size else False


_STOP_STEMS = frozenset(stem(word) for word in _STOP.split())
