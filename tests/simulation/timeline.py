"""Virtual time: what comes next happens next, and nothing is waited for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from typing import Any

BEGINNING = datetime(2026, 11, 22, 12, tzinfo=UTC)
SECOND = 1_000
MINUTE = 60_000
HOUR = 3_600_000


def clock_time(ms: int) -> datetime:
    """What a clock shows so many milliseconds after the beginning."""
    return BEGINNING + timedelta(milliseconds=ms)


def ms_of(moment: datetime) -> int:
    """How many whole milliseconds after the beginning a clock shows that moment, rounded up."""
    return -((BEGINNING - moment) // timedelta(milliseconds=1))


class Endless(Exception):
    """The world does not come to rest."""


class Timeline:
    """Things to happen, in order of time and, at one time, in the order in which they were thought of."""

    def __init__(self) -> None:
        self.now = 0
        """Milliseconds that have really passed; wall clocks may jump, this does not."""
        self._heap: list[tuple[int, int, Callable[..., None], tuple[Any, ...]]] = []
        self._count = 0

    def later(self, delay_ms: float, act: Callable[..., None], *args: Any) -> None:
        """Let something happen after a while."""
        self._count += 1
        heappush(self._heap, (self.now + max(0, int(delay_ms)), self._count, act, args))

    def run(self, most: int) -> int:
        """Until nothing is left to happen; how many things did. Raises `Endless` after too many."""
        done = 0
        while self._heap:
            self.now, _, act, args = heappop(self._heap)
            act(*args)
            done += 1
            if done > most:
                raise Endless(f"{most} things happened and the world does not come to rest")
        return done
