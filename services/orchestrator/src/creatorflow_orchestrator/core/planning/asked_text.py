"""The text of a request with blanks in place of all that asks for nothing, and its sentences."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence

from creatorflow_orchestrator.core.request import ContextKind, Passage, Reading

_IN_TEXT = frozenset((ContextKind.HEADING, ContextKind.LEAD_IN))
"""A line that leads into a list may state the condition of its items."""
_NOT_OURS = frozenset((ContextKind.QUOTE, ContextKind.FIELD, ContextKind.SIGNATURE))
"""Context in which nothing begins a part of the request."""
_VISIBLE = re.compile(r"[^\n]")
_WORD = re.compile(r"\w")
_STOP = re.compile(r"[;!?]|\.(?!\d)|\n(?=[ \t]{0,20}(?:\n|[-*•#>(]|\d{1,3}[.)]|[A-Z]))")


class AskedText:
    """The text of a request with blanks for context (headings stay), attachments and exclusions.

    `headed` has blanks for attachments and for what others wrote. Places in both are those in the request. A line end
    within a sentence does not end the sentence.
    """

    def __init__(self, text: str, reading: Reading) -> None:
        silent = (passage for passage in reading.context if passage.kind not in _IN_TEXT)
        self.text = blanked(text, (*silent, *reading.attachments, *reading.exclusions))
        others = (passage for passage in reading.context if passage.kind in _NOT_OURS)
        self.headed = blanked(text, (*others, *reading.attachments))
        stops = [stop.span() for stop in _STOP.finditer(self.text)]
        self._starts = [start for start, _ in stops]
        self._ends = [end for _, end in stops]

    def sentence(self, start: int, end: int) -> tuple[int, int]:
        """Return the bounds of the sentence around a place, without its stop."""
        before = bisect_right(self._ends, start)
        after = bisect_left(self._starts, end)
        begins = self._ends[before - 1] if before else 0
        return begins, self._starts[after] if after < len(self._starts) else len(self.text)

    def has_words(self, start: int, end: int) -> bool:
        """True if there is a letter or digit between two places."""
        return _WORD.search(self.text, start, end) is not None

    def first_word(self, start: int) -> int:
        """Return the place of the first letter or digit from a place on; the end of the text if there is none."""
        word = _WORD.search(self.text, start)
        return word.start() if word else len(self.text)

    def overlapping(self, passages: Sequence[Passage], start: int, end: int) -> Iterator[int]:
        """Yield the positions of the passages that have words between two places."""
        for position, passage in enumerate(passages):
            first, last = max(start, passage.start), min(end, passage.end)
            if first < last and self.has_words(first, last):
                yield position


def blanked(text: str, passages: Iterable[Passage]) -> str:
    """Return the text with blanks in place of the passages; line ends stay."""
    parts: list[str] = []
    at = 0
    for passage in sorted(passages, key=lambda passage: passage.start):
        start = max(at, passage.start)
        if passage.end > start:
            parts += [text[at:start], _VISIBLE.sub(" ", text[start : passage.end])]
            at = passage.end
    return "".join((*parts, text[at:]))
