"""How many tasks an agent of this process works on at once: as many as it says, also when they take long.

The broker counts deliveries without an answer. A claimed task is answered while its work goes on, and would bring
another one: so before that answer the subscription by which the task came is withdrawn, and what was free of it is
subscribed anew; its place too, when the work ends. Short tasks are acknowledged when they end and change nothing. An
agent whose every slot is taken for long does not consume at all; its heartbeats say that it is busy.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from creatorflow.bus import Consumer


class Prefetch:
    """The slots of one agent. `in_work` gives, for each of its tasks in work, the subscription by which it came and
    whether it is claimed."""

    def __init__(self, size: int, in_work: Callable[[], Iterable[tuple[str, bool]]]) -> None:
        self._size = size
        self._in_work = in_work
        self._consumer: Consumer | None = None
        self._changing = asyncio.Lock()

    def consumed_by(self, consumer: Consumer) -> None:
        """Its subscriptions."""
        self._consumer = consumer

    def after_a_loss(self) -> int | None:
        """The prefetch of a new connection: the broker delivers again by it what was not acknowledged."""
        return (self._size - sum(claimed for _, claimed in self._in_work())) or None

    def must_fill(self, subscription: str) -> bool:
        """Whether nothing takes the place of a task that came by it and has ended."""
        return self._consumer is not None and subscription not in self._consumer.windows

    async def keep(self, subscription: str) -> None:
        """A task that came by it keeps its slot after its acknowledgement: nothing comes by it any more."""
        if self._consumer is not None and subscription in self._consumer.windows:
            async with self._changing:
                await self._consumer.withdraw(subscription)
            await self.fill()

    async def fill(self) -> None:
        """Subscribe for every slot that is free."""
        if self._consumer is None:
            return
        async with self._changing:
            windows = self._consumer.windows
            kept = sum(subscription not in windows for subscription, _ in self._in_work())
            if (free := self._size - sum(windows.values()) - kept) > 0:
                await self._consumer.extend(free)
