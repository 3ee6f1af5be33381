"""Measurement of event loop blocks: the time of one pass over the loop's callbacks, in which it does no I/O.

A loop waits for events in its selector, and runs the ready callbacks when that returns. So the time between a return
and the next call is the block, measured exactly and at the cost of two clock readings per pass; nothing wakes an idle
process. Processor time is logged beside wall time: a block with little of it was caused by the machine.
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
"""Shortest block that is logged. The broker gives up after 30 s of silence, a person notices a tenth of a second."""
REPORT_EVERY_S = 10.0
LATELY_S = 60.0

T = TypeVar("T")

log = get_logger(__name__)


class LoopMonitor:
    """Runs a coroutine in a new event loop, and records the longest time for which that was blocked."""

    def __init__(self, blocked_ms: float = BLOCKED_MS, report_every_s: float = REPORT_EVERY_S) -> None:
        """Log blocks longer than `blocked_ms`, with at most one line in `report_every_s` seconds."""
        self.longest_ms = 0.0
        self.longest_cpu_ms = 0.0
        """Processor time of the loop's thread in the pass that had most of it."""
        self.notable_ms = 0.0
        """A pass that took no longer changes no value here."""
        self._blocked_ms = blocked_ms
        self._report_every_s = report_every_s
        self._unreported: list[float] = []
        self._reported_at = -report_every_s
        self._lately: deque[tuple[float, float]] = deque()

    @property
    def lately_ms(self) -> float:
        """Longest logged block of the last minute in milliseconds; 0 if there was none."""
        horizon = monotonic() - LATELY_S
        return max((ms for at, ms in tuple(self._lately) if at >= horizon), default=0.0)

    def run(self, main: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine as `asyncio.run` does."""
        with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(_Watched(self))) as runner:
            return runner.run(main)

    def begin(self) -> None:
        """Discard the values so far: the start of a process loads modules."""
        self.longest_ms = self.longest_cpu_ms = self.notable_ms = 0.0
        self._unreported.clear()
        self._lately.clear()
        self._reported_at = -self._report_every_s

    def was_busy(self, ms: float, cpu_ms: float) -> None:
        """Record a pass that took `ms` of wall time and `cpu_ms` of processor time."""
        self.longest_ms = max(self.longest_ms, ms)
        self.longest_cpu_ms = max(self.longest_cpu_ms, cpu_ms)
        self.notable_ms = min(self.longest_cpu_ms, self._blocked_ms)  # processor time is never more than time
        if ms >= self._blocked_ms:
            self._remember(ms)
            self._unreported.append(ms)
            if monotonic() - self._reported_at >= self._report_every_s:
                self._report(cpu_ms)

    def _remember(self, ms: float) -> None:
        """Keep those blocks of the last minute that no later one exceeds."""
        now = monotonic()
        while self._lately and self._lately[-1][1] <= ms:
            self._lately.pop()
        while self._lately and self._lately[0][0] < now - LATELY_S:
            self._lately.popleft()
        self._lately.append((now, ms))

    def _report(self, cpu_ms: float) -> None:
        self._reported_at = monotonic()
        longest, blocks = max(self._unreported), len(self._unreported)
        self._unreported.clear()
        log.warning("event_loop_blocked", ms=round(longest), blocks=blocks, cpu_ms=round(cpu_ms))


class _Watched(selectors.DefaultSelector):
    """The platform's selector, which reports each pass of the loop to the monitor."""

    def __init__(self, monitor: LoopMonitor) -> None:
        super().__init__()
        self._monitor = monitor
        self._since = monotonic()
        self._cpu_since = thread_time()

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        busy_ms = (monotonic() - self._since) * 1000
        if busy_ms > self._monitor.notable_ms:
            self._monitor.was_busy(busy_ms, (thread_time() - self._cpu_since) * 1000)
        events = super().select(timeout)
        self._since = monotonic()
        self._cpu_since = thread_time()
        return events
