"""Words of texts: stems, significant words, phrases. Pure."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

from creatorflow_contracts.stemming import stem

Stems = tuple[str, ...]

_CLAUSE = re.compile(r",(?!\d)|[;:()\n]|\.\s|\b(?:and|but|then|or)\b", re.IGNORECASE)
_PREPOSITION = re.compile(r"( (?:in|of|for|per|at|on|with) )")
_REACH = 120
"""Characters of a clause that are read on either side of a figure."""
_TEXTS = 256
"""The most texts of which the stems are kept: every capability of an agent reads the same ones."""
_WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")
_STOP = """
a about after all also an and any are as at be been before both but by can complete could do does each every for
from get give has have how i if implement in include into is it its make may more must need new no not of on or
our out over own per please provide set should so some such system than that the their them then there these they
this to up us use user using want was we well were what when where which while who will with work would you your
add allow build create design develop enable ensure handle let like maintain support keep good full whole real time
"""


@lru_cache(maxsize=_TEXTS)
def stems(text: str) -> Stems:
    """Return all words of the text, stemmed, in order. Underscores and punctuation separate words."""
    return tuple(stem(word) for word in _WORD.findall(text.lower()))


def alternatives(words: str) -> tuple[Stems, ...]:
    """Return the phrases of which a template means any: `cut off|cutoff`."""
    return tuple(map(stems, words.split("|")))


def content(text: str) -> frozenset[str]:
    """Return the significant stems: no stop words, numbers or single letters."""
    return frozenset(s for s in stems(text) if s not in _STOP_STEMS and len(s) > 1 and not s[0].isdigit())


def plural(noun: str, count: float = 2) -> str:
    """Return a noun for so many: "label" for 1, else "labels"; one that is a plural already stays."""
    head, of, rest = _PREPOSITION.split(noun, maxsplit=1) if _PREPOSITION.search(noun) else (noun, "", "")
    return f"{_plural(head, count)}{of}{rest}"


def _plural(noun: str, count: float) -> str:
    many = noun.endswith("s") and not noun.endswith(("ss", "us"))
    if count == 1 and many:
        return f"{noun[:-3]}y" if noun.endswith("ies") else noun[:-1]
    if count == 1 or many or noun in {"people", "staff"} or not noun[-1:].isalpha():
        return noun
    if noun.endswith("y") and noun[-2:-1] not in set("aeiou"):
        return f"{noun[:-1]}ies"
    return f"{noun}es" if noun.endswith(("s", "x", "ch", "sh")) else f"{noun}s"


def clause_around(text: str, start: int, end: int) -> str:
    """Return the clause of a text that contains the characters `start` to `end`, without them.

    One that has no words of its own is part of the clause before it: "reserve it in the cart, 10 minutes".
    """
    clauses = _CLAUSE.split(text[max(0, start - _REACH) : start])
    after = _CLAUSE.split(text[end : end + _REACH])[0]
    while len(clauses) > 1 and not content(f"{clauses[-1]} {after}"):
        clauses.pop()
    return f"{clauses[-1]} {after}".strip()


def frequencies(text: str) -> dict[str, float]:
    """Return the significant stems with their relative frequencies."""
    meaning = content(text)
    counted = Counter(s for s in stems(text) if s in meaning)
    total = sum(counted.values())
    return {word: count / total for word, count in counted.items()}


def contains(text: Stems, phrase: Stems) -> bool:
    """Return True if the words of the phrase are adjacent in the text."""
    size = len(phrase)
    if not size or phrase[0] not in text:
        return False
    return any(text[i : i + size] == phrase for i in range(len(text) - size + 1))


def names(text: str, name: str) -> bool:
    """Return True if a name stands in the text, in whole words: "Go" does in "in Go", not in "Goslar"."""
    text, name = text.lower(), name.lower()
    return bool(name) and name in text and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) is not None


_STOP_STEMS = frozenset(stem(word) for word in _STOP.split())
