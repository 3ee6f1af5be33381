"""How long an event loop was busy with one round of its callbacks: meanwhile it reads, sends and times nothing.

A loop waits for news in its selector, and runs what is ready when that returns. So the time between a return and the
next call is what a block is, measured exactly and at the cost of two readings of a clock a round; nothing wakes an idle
process. Processor time is told beside the time by the wall: a block that has little of it was the machine's doing.
"""

from __future__ import annotations

import asyncio
import selectors
from collections import deque
from collections.abc import Coroutine
from time import monotonic, thread_time
from typing import Any, TypeVar

from .logs import get_logger

BLOCKED_MS = 100.0
"""What is worth a line in the log. The broker gives up after 30 s of silence, a person notices a tenth of a second."""
TELL_EVERY_S = 10.0
LATELY_S = 60.0

T = TypeVar("T")

log = get_logger(__name__)


class LoopMonitor:
    """Runs a coroutine in a loop of its own, and knows the longest time for which that was blocked."""

    def __init__(self, blocked_ms: float = BLOCKED_MS, tell_every_s: float = TELL_EVERY_S) -> None:
        """A block longer than `blocked_ms` is told in the log, at most one line in `tell_every_s`."""
        self.longest_ms = 0.0
        self.longest_cpu_ms = 0.0
        """Processor time of the loop's thread in the round that had most of it."""
        self.notable_ms = 0.0
        """A round that took no longer is no news."""
        self._blocked_ms = blocked_ms
        self._tell_every_s = tell_every_s
        self._untold: list[float] = []
        self._told_at = -tell_every_s
        self._lately: deque[tuple[float, float]] = deque()

    @property
    def lately_ms(self) -> float:
        """The longest block of the last minute of those that are worth a line; 0 where there was none."""
        horizon = monotonic() - LATELY_S
        return max((ms for at, ms in tuple(self._lately) if at >= horizon), default=0.0)

    def run(self, main: Coroutine[Any, Any, T]) -> T:
        """As `asyncio.run`."""
        with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(_Watched(self))) as runner:
            return runner.run(main)

    def begin(self) -> None:
        """Forget what was: the start of a process loads modules."""
        self.longest_ms = self.longest_cpu_ms = self.notable_ms = 0.0
        self._untold.clear()
        self._lately.clear()
        self._told_at = -self._tell_every_s

    def was_busy(self, ms: float, cpu_ms: float) -> None:
        """A round took so long."""
        self.longest_ms = max(self.longest_ms, ms)
        self.longest_cpu_ms = max(self.longest_cpu_ms, cpu_ms)
        self.notable_ms = min(self.longest_cpu_ms, self._blocked_ms)  # processor time is never more than time
        if ms >= self._blocked_ms:
            self._remember(ms)
            self._untold.append(ms)
            if monotonic() - self._told_at >= self._tell_every_s:
                self._tell(cpu_ms)

    def _remember(self, ms: float) -> None:
        """Of the blocks of the last minute those that no later one is longer than."""
        now = monotonic()
        while self._lately and self._lately[-1][1] <= ms:
            self._lately.pop()
        while self._lately and self._lately[0][0] < now - LATELY_S:
            self._lately.popleft()
        self._lately.append((now, ms))

    def _tell(self, cpu_ms: float) -> None:
        self._told_at = monotonic()
        longest, blocks = max(self._untold), len(self._untold)
        self._untold.clear()
        log.warning("event_loop_blocked", ms=round(longest), blocks=blocks, cpu_ms=round(cpu_ms))


class _Watched(selectors.DefaultSelector):
    """The platform's selector, which tells the watch of each round of the loop."""

    def __init__(self, watch: LoopMonitor) -> None:
        super().__init__()
        self._watch = watch
        self._since = monotonic()
        self._cpu_since = thread_time()

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        busy_ms = (monotonic() - self._since) * 1000
        if busy_ms > self._watch.notable_ms:
            self._watch.was_busy(busy_ms, (thread_time() - self._cpu_since) * 1000)
        found = super().select(timeout)
        self._since = monotonic()
        self._cpu_since = thread_time()
        return found
