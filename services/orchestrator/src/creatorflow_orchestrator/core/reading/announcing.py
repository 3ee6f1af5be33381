"""Words that only announce what follows: "what is missing", "still open", "everything"."""

from __future__ import annotations

from collections.abc import Sequence

from .word_sets import word_set

_ALL = word_set("all of it everything the whole thing lot rest them those these")
_ANNOUNCED = word_set(
    "missing need want following wanted wish todo left needed open remaining required wishes wishlist scope tasks "
    "requirements points below list things work to-do outstanding"
)
_ANNOUNCING = word_set(
    "we i you is are to be do of from it there and a what this these here that here's what's still now then next "
    "following all some our my the"
)
LONGEST_LEAD = 7
"""Words of the longest announcement."""


def announces(words: Sequence[str]) -> bool:
    """True for words that only announce something: "what is missing", "still open", "everything"."""
    if all(word in _ALL for word in words):
        return True
    if len(words) > LONGEST_LEAD or not _ANNOUNCED & set(words):
        return False
    return all(word in _ANNOUNCED or word in _ANNOUNCING for word in words)
