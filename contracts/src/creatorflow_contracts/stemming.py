"""The stem by which a word of a text matches a word of a card or a playbook. Pure; uses the standard library only.

Shared, because a vocabulary is written by one service and matched by another. It removes English inflection and nothing
else: a general stemmer (Snowball's) gives "customers" and "customs" the same stem, which misroutes requests.
"""

from __future__ import annotations

import re
from functools import lru_cache

_KEPT = frozenset(("shipping", "billing", "listing", "pricing", "marketing"))  # nouns, not verb forms
_VOWEL = re.compile(r"[aeiouy]")


@lru_cache(maxsize=16_384)
def stem(token: str) -> str:
    """Return an English word without its inflection, in lower case: "label", "labels" and "Labelled" give the same."""
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
    """Return `ship` for `shipp`, `label` for `labell`, `bill` for `bill`: undoes only the doubling by inflection."""
    if len(word) > 4 and word[-1] == word[-2] and word[-1] in "bdglmnprt":
        return word[:-1]
    return word
