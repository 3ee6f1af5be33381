"""An event loop in virtual time: when nothing is ready, time jumps to the next timer."""

from __future__ import annotations

import asyncio
from asyncio.base_events import BaseEventLoop
from collections.abc import Callable
from typing import Any


class VirtualLoop(BaseEventLoop):
    """An event loop without files and signals, in one thread: work for an executor is done at once."""

    def __init__(self) -> None:
        super().__init__()
        self._now = 0.0
        self._selector = self

    def time(self) -> float:
        """Virtual seconds since the beginning."""
        return self._now

    def select(self, timeout: float | None) -> list[object]:
        """Advances the time instead of sleeping; called by the base class."""
        if timeout is None:
            raise RuntimeError("nothing is scheduled and the world has not ended")
        self._now += timeout
        return []

    def _process_events(self, event_list: object) -> None:
        """Does nothing: there are no file events."""

    def _write_to_self(self) -> None:
        """Does nothing: there is no other thread."""

    def run_in_executor(  # type: ignore[override]
        self, executor: object, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        """Calls the function now: another thread would make the order depend on the machine."""
        future = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:
            future.set_exception(error)
        return future
