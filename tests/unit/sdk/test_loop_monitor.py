"""Blocks of an event loop are measured, logged at intervals, and remembered."""

from __future__ import annotations

import asyncio
import re
import selectors

import pytest
from creatorflow import loop_monitor
from creatorflow.loop_monitor import LoopMonitor


class Clock:
    """A clock that advances only where a test, or a loop that waits, advances it."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.cpu = 0.0

    def advance(self, seconds: float) -> None:
        """Advance time without work."""
        self.now += seconds

    def work(self, seconds: float) -> None:
        """Advance time with processor work."""
        self.now += seconds
        self.cpu += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(loop_monitor, "monotonic", lambda: clock.now)
    monkeypatch.setattr(loop_monitor, "thread_time", lambda: clock.cpu)
    return clock


def blocked(clock: Clock, *seconds: float, watch: LoopMonitor) -> LoopMonitor:
    """Return the monitor of a loop that was blocked for so long, repeatedly."""

    async def main() -> None:
        watch.begin()
        for block in seconds:
            await asyncio.sleep(0)
            clock.advance(block)
        await asyncio.sleep(0)

    watch.run(main())
    return watch


def logged(caplog: pytest.LogCaptureFixture) -> list[dict[str, float]]:
    """Return the fields of each line about a block; inside another program, as here, lines go to `logging`."""
    lines = [record.getMessage() for record in caplog.records if record.getMessage().startswith("event_loop_blocked")]
    return [{key: float(value) for key, value in re.findall(r"(ms|blocks|cpu_ms)=(\d+)", line)} for line in lines]


def test_the_longest_block_is_known_at_any_time(clock: Clock) -> None:
    watch = blocked(clock, 0.02, 0.15, 0.03, watch=LoopMonitor())
    assert round(watch.longest_ms) == 150


def test_waiting_does_not_count_as_a_block(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    select = selectors.DefaultSelector.select

    def waits(selector: selectors.DefaultSelector, timeout: float | None = None) -> object:
        clock.advance(timeout or 0)
        return select(selector, timeout)

    monkeypatch.setattr(selectors.DefaultSelector, "select", waits)
    watch = LoopMonitor()
    watch.run(asyncio.sleep(0.01))
    assert clock.now > 1_000
    assert watch.longest_ms == 0


def test_processor_time_is_distinguished_from_elapsed_time(clock: Clock) -> None:
    async def main() -> None:
        clock.work(0.05)
        clock.advance(0.2)
        await asyncio.sleep(0)

    watch = LoopMonitor()
    watch.run(main())
    assert (round(watch.longest_cpu_ms), round(watch.longest_ms)) == (50, 250)


def test_a_block_is_logged(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    blocked(clock, 0.001, 0.08, watch=LoopMonitor(blocked_ms=50))
    (line,) = logged(caplog)
    assert (line["ms"], line["cpu_ms"]) == (80, 0)


def test_many_blocks_are_counted_in_one_line_per_interval(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    watch = LoopMonitor(blocked_ms=10, report_every_s=0.3)
    blocked(clock, *[0.02] * 8, 0.3, 0.02, watch=watch)
    first, second = logged(caplog)
    assert first["blocks"] == 1
    assert (second["blocks"], second["ms"]) == (8, 300)


def test_the_longest_block_is_forgotten_after_a_minute(clock: Clock) -> None:
    watch = LoopMonitor()
    rounds = ((300, 30, 300), (200, 20, 300), (99, 5, 300), (150, 10, 200), (0, 36, 150), (0, 60, 0))
    for ms, later, longest in rounds:
        if ms:
            watch.was_busy(ms, 0)
        clock.advance(later)
        assert watch.lately_ms == longest
