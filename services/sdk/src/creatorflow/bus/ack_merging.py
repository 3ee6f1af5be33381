"""Merged acknowledgements: one `multiple` ack where the order of deliveries allows it.

Rules for this file: no I/O. A multiple ack answers every open tag up to its own, and its own must still be open, else
the broker closes the channel (RELIABILITY, fact 15).
"""

from __future__ import annotations

from collections.abc import Iterable


class OpenTags:
    """The deliveries of one channel that have no answer yet, in the order in which they came."""

    __slots__ = ("_open",)

    def __init__(self) -> None:
        self._open: dict[int, None] = {}

    def add(self, tag: int) -> None:
        """A delivery came."""
        self._open[tag] = None

    def __contains__(self, tag: int) -> bool:
        return tag in self._open

    def __len__(self) -> int:
        return len(self._open)

    def settle(self, tag: int) -> bool:
        """The tag is answered. False when it was not open: then nothing may be sent."""
        if tag not in self._open:
            return False
        del self._open[tag]
        return True

    def forget(self) -> None:
        """The channel is gone: nothing is open any more."""
        self._open.clear()

    def merge(self, tags: Iterable[int]) -> tuple[int | None, list[int]]:
        """Settle `tags` with as few answers as possible: (tag of one multiple ack, or None; tags to answer singly)."""
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
