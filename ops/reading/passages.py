"""Where a passage of a label stands in its text, and what meets it there. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Protocol

Place = tuple[int, int]


class Stretch(Protocol):
    """Characters `start` to `end` of a text."""

    @property
    def start(self) -> int: ...

    @property
    def end(self) -> int: ...


def places_of(text: str, passage: str) -> Iterator[Place]:
    """Yield the places of a passage in a text."""
    return (found.span() for found in re.finditer(re.escape(passage), text))


def overlap(stretch: Stretch, place: Place) -> int:
    """Return how many characters both have; below 1 if none."""
    return min(stretch.end, place[1]) - max(stretch.start, place[0])


def meets(stretch: Stretch, place: Place) -> bool:
    """Return True if both share half of the shorter."""
    shorter = min(stretch.end - stretch.start, place[1] - place[0])
    return shorter > 0 and 2 * overlap(stretch, place) >= shorter
