"""Tells an answer from an echo, which only repeats what was asked, in a list or in a template, or praises it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from creatorflow_contracts.stemming import stem

from .passages import Passage
from .stated_numbers import StatedNumber, stated_numbers
from .words import content

NEW_WORDS = 2
"""Words and figures that no ask has, from which an item says something of its own."""
SUBSTANCE = 5
"""The same of all items for an ask together, from which they can answer it."""
_REFERENCES = frozenset(
    map(stem, ["requirement", "point", "item", "ask", "task", "step", "number", "no", "section", "goal"])
)


@dataclass(frozen=True, slots=True)
class Asked:
    """The words and the figures of a request's asks."""

    words: frozenset[str]
    figures: frozenset[float]


def asked(texts: Iterable[str]) -> Asked:
    """Return the words and the figures of the asks with these texts."""
    text = "\n".join(texts)
    return Asked(frozenset(content(text)), frozenset(number.value for number in stated_numbers(text)))


def says(passages: Iterable[Passage], known: Asked, least: int) -> bool:
    """Return True if the passages have at least so many words and figures of their own, beyond those of the asks."""
    new: set[str | float] = set()
    for passage in passages:
        new.update(passage.content - known.words)
        new.update(number.value for number in passage.numbers if not _refers(number))
        if len(new - known.figures) >= least:
            return True
    return False


def _refers(number: StatedNumber) -> bool:
    """True for the number of an ask or of a list's item ("see requirement 4", "2) ...")."""
    return not number.before or not number.after or stem(number.before[0]) in _REFERENCES
