"""Virtual time, and the actions that the world schedules in it."""

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
    """The time `ms` milliseconds after the beginning."""
    return BEGINNING + timedelta(milliseconds=ms)


def ms_of(time: datetime) -> int:
    """Whole milliseconds from the beginning to a time, rounded up."""
    return -((BEGINNING - time) // timedelta(milliseconds=1))


class Timeline:
    """Scheduled actions, in order of time and, at one time, in the order of their scheduling."""

    def __init__(self, loop: AbstractEventLoop) -> None:
        self._loop = loop
        self._context = Context()
        """An empty context: the actions of the world belong to no replica."""
        self.actions_done = 0
        """The number of actions done."""
        self.coming = 0
        """The number of actions still scheduled."""

    @property
    def now(self) -> int:
        """Milliseconds that have really passed; wall clocks may jump, this does not."""
        return round(self._loop.time() * 1000)

    def later(self, delay_ms: float, act: Callable[..., None], *args: Any) -> None:
        """Schedules an action. The world is not idle before it is done."""
        self.coming += 1
        self._call(delay_ms, self._happen, act, args)

    def check_later(self, delay_ms: float, act: Callable[..., None], *args: Any) -> None:
        """Schedules a check, which does not run if the world is idle before."""
        self._call(delay_ms, act, *args)

    def _call(self, delay_ms: float, act: Callable[..., None], *args: Any) -> None:
        self._loop.call_later(max(0, int(delay_ms)) / 1000, act, *args, context=self._context)

    def _happen(self, act: Callable[..., None], args: tuple[Any, ...]) -> None:
        self.coming -= 1
        self.actions_done += 1
        act(*args)
