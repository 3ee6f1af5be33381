"""The stem by which a word of a text meets a word of a card or a playbook. Pure; the standard library alone.

One for all, because a vocabulary is written by one side and matched by another. It takes off what English inflection
adds and nothing else: a general stemmer (Snowball's) makes "customers" and "customs" one, which leads requests astray.
"""

from __future__ import annotations

import re
from functools import lru_cache

_KEPT = frozenset(("shipping", "billing", "listing", "pricing", "marketing"))  # things, not what somebody is doing
_VOWEL = re.compile(r"[aeiouy]")


@lru_cache(maxsize=16_384)
def stem(token: str) -> str:
    """Return an English word without its inflection, in lower case: "label", "labels" and "Labelled" are one."""
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
