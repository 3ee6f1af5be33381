"""Virtual time, and what the world does in it by itself."""

from __future__ import annotations

from asyncio import AbstractEventLoop
from collections.abc import Callable
from contextvars import Context
from datetime import UTC, datetime, timedelta
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


class Timeline:
    """Things to happen, in order of time and, at one time, in the order in which they were thought of."""

    def __init__(self, loop: AbstractEventLoop) -> None:
        self._loop = loop
        self._context = Context()
        """Of nobody: what the world does belongs to no replica."""
        self.done = 0
        """So many things have happened."""
        self.coming = 0
        """So many things are still to happen by themselves."""

    @property
    def now(self) -> int:
        """Milliseconds that have really passed; wall clocks may jump, this does not."""
        return round(self._loop.time() * 1000)

    def later(self, delay_ms: float, act: Callable[..., None], *args: Any) -> None:
        """Let something happen after a while. The world is not at rest before."""
        self.coming += 1
        self._call(delay_ms, self._happen, act, args)

    def look_later(self, delay_ms: float, act: Callable[..., None], *args: Any) -> None:
        """Look at something after a while, unless the world has come to rest by then."""
        self._call(delay_ms, act, *args)

    def _call(self, delay_ms: float, act: Callable[..., None], *args: Any) -> None:
        self._loop.call_later(max(0, int(delay_ms)) / 1000, act, *args, context=self._context)

    def _happen(self, act: Callable[..., None], args: tuple[Any, ...]) -> None:
        self.coming -= 1
        self.done += 1
        act(*args)
