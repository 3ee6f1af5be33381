"""Coverage: what of a text no element covers."""

from __future__ import annotations

import re
from collections.abc import Iterable

from creatorflow_orchestrator.core.request import Passage

_WORD = re.compile(r"[^\W_]")
_EDGES = " \t\r\n.,;:!?-–—•*_#>|()[]{}\"'“”‘’`~=+/\\&"


def gaps(text: str, elements: Iterable[Passage]) -> list[tuple[int, int]]:
    """Return the places between elements that have a word character, in order, their edges trimmed."""
    spans = sorted((element.start, element.end) for element in elements)
    found: list[tuple[int, int]] = []
    reached = 0
    for start, end in [*spans, (len(text), len(text))]:
        if start > reached and _WORD.search(text, reached, start):
            found.append(_trimmed(text, reached, start))
        reached = max(reached, end)
    return found


def unread(text: str, elements: Iterable[Passage]) -> tuple[Passage, ...]:
    """Return every stretch with a word character that no element covers, in order."""
    return tuple(Passage(start, end, text[start:end]) for start, end in gaps(text, elements))


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start] in _EDGES:
        start += 1
    while end > start and text[end - 1] in _EDGES:
        end -= 1
    return start, end
