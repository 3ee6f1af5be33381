"""The limit of tasks that an agent works on at once in this process, which applies to long tasks too.

The broker counts unacknowledged deliveries. A claimed task is acknowledged while its work continues, which would allow
another delivery: so before that acknowledgement the subscription of the task is withdrawn, and its free slots are
subscribed again; so is the task's slot when the work ends. Short tasks are acknowledged when they end and change
nothing. An agent whose slots are all taken by long tasks does not consume at all; its heartbeats show that it is busy.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from creatorflow.bus import Consumer


class Prefetch:
    """The slots of one agent. `in_work` returns, for each of its tasks in work, the subscription that delivered it and
    True if it is claimed."""

    def __init__(self, size: int, in_work: Callable[[], Iterable[tuple[str, bool]]]) -> None:
        self._size = size
        self._in_work = in_work
        self._consumer: Consumer | None = None
        self._changing = asyncio.Lock()

    def consumed_by(self, consumer: Consumer) -> None:
        """Set the consumer whose subscriptions are managed."""
        self._consumer = consumer

    def after_a_loss(self) -> int | None:
        """Return the prefetch of a new connection, on which unacknowledged deliveries arrive again, or None."""
        return (self._size - sum(claimed for _, claimed in self._in_work())) or None

    def must_fill(self, subscription: str) -> bool:
        """Return True if the broker delivers nothing in place of an ended task of this subscription."""
        return self._consumer is not None and subscription not in self._consumer.windows

    async def keep(self, subscription: str) -> None:
        """Withdraw a subscription, so that its task keeps its slot after the acknowledgement."""
        if self._consumer is not None and subscription in self._consumer.windows:
            async with self._changing:
                await self._consumer.withdraw(subscription)
            await self.fill()

    async def fill(self) -> None:
        """Subscribe for all free slots."""
        if self._consumer is None:
            return
        async with self._changing:
            windows = self._consumer.windows
            kept = sum(subscription not in windows for subscription, _ in self._in_work())
            if (free := self._size - sum(windows.values()) - kept) > 0:
                await self._consumer.extend(free)
