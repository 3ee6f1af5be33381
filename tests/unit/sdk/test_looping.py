"""How long an event loop was blocked is measured, told in the log now and then, and remembered."""

from __future__ import annotations

import asyncio
import re
import time

import pytest
from creatorflow import looping
from creatorflow.looping import LoopWatch


def blocked(*seconds: float, watch: LoopWatch) -> LoopWatch:
    """The watch of a loop that was blocked for so long, again and again."""

    async def main() -> None:
        watch.begin()
        for each in seconds:
            await asyncio.sleep(0)
            time.sleep(each)  # noqa: ASYNC251 - this is what is measured
        await asyncio.sleep(0)

    watch.run(main())
    return watch


def told(caplog: pytest.LogCaptureFixture) -> list[dict[str, float]]:
    """The fields of each line about a block; inside another program, as here, they go to `logging`."""
    lines = [each.getMessage() for each in caplog.records if each.getMessage().startswith("event_loop_blocked")]
    return [{key: float(value) for key, value in re.findall(r"(ms|blocks|cpu_ms)=(\d+)", line)} for line in lines]


def test_the_longest_block_is_known_whenever_it_was() -> None:
    watch = blocked(0.02, 0.15, 0.03, watch=LoopWatch())
    assert 150 <= watch.longest_ms < 5_000


def test_waiting_is_no_block() -> None:
    watch = LoopWatch()
    watch.run(asyncio.sleep(0.2))
    assert watch.longest_ms < 200


def test_processor_time_is_told_apart_from_time_that_merely_passed() -> None:
    watch = blocked(0.2, watch=LoopWatch())
    assert watch.longest_cpu_ms < 150 < watch.longest_ms


def test_a_block_is_told_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    blocked(0.001, 0.08, watch=LoopWatch(blocked_ms=50))
    (line,) = told(caplog)
    assert line["ms"] >= 80
    assert line["cpu_ms"] < 80


def test_many_blocks_make_one_line_in_a_while_which_counts_them(caplog: pytest.LogCaptureFixture) -> None:
    watch = LoopWatch(blocked_ms=10, tell_every_s=0.3)
    blocked(*[0.02] * 8, 0.3, 0.02, watch=watch)
    lines = told(caplog)
    assert len(lines) == 2
    assert lines[0]["blocks"] == 1
    assert lines[1]["blocks"] >= 8
    assert lines[1]["ms"] >= 300


def test_the_longest_block_of_the_last_minute_is_forgotten_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_000.0
    monkeypatch.setattr(looping, "monotonic", lambda: now)
    watch = LoopWatch()
    rounds = ((300, 30, 300), (200, 20, 300), (99, 5, 300), (150, 10, 200), (0, 36, 150), (0, 60, 0))
    for ms, later, longest in rounds:
        if ms:
            watch.was_busy(ms, 0)
        now += later
        assert watch.lately_ms == longest
