"""Merging of acknowledgements: one `multiple` ack where the order of deliveries allows it.

Rules for this file: no I/O. A multiple ack answers every open tag up to its own, and its own must still be open, else
the broker closes the channel (docs/facts.md, fact 15).
"""

from __future__ import annotations

from collections.abc import Iterable


class OpenTags:
    """The unanswered deliveries of one channel, in the order in which they arrived."""

    __slots__ = ("_open",)

    def __init__(self) -> None:
        self._open: dict[int, None] = {}

    def add(self, tag: int) -> None:
        """Add the tag of a delivery."""
        self._open[tag] = None

    def __contains__(self, tag: int) -> bool:
        return tag in self._open

    def __len__(self) -> int:
        return len(self._open)

    def answer(self, tag: int) -> bool:
        """Remove an answered tag. Returns False if it was not open: then nothing may be sent."""
        if tag not in self._open:
            return False
        del self._open[tag]
        return True

    def clear(self) -> None:
        """Remove all tags, because the channel is closed."""
        self._open.clear()

    def merge(self, tags: Iterable[int]) -> tuple[int | None, list[int]]:
        """Remove `tags` and return the fewest answers: (tag of one multiple ack, or None; tags to answer singly)."""
        wanted = {tag for tag in tags if tag in self._open}
        through: int | None = None
        run = 0
        for tag in self._open:
            if tag not in wanted:
                break
            through, run = tag, run + 1
        singles = sorted(tag for tag in wanted if through is None or tag > through)
        for tag in wanted:
            del self._open[tag]
        if through is not None and run == 1:
            return None, [through, *singles]
        return through, singles
