"""Consuming: a subscription that always comes back.

Rules for this file: it knows no client, and no work is done here: a delivery is handed to a function that returns at
once. Whatever ends a subscription's channel (a lost connection, a cancel from the broker, a deleted queue, an
acknowledgement timeout) leads to a new channel, a passive look at the queue, and a new consumer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from creatorflow.logs import get_logger
from creatorflow.tasks import end_tasks

from .errors import BusError
from .messages import Incoming

if TYPE_CHECKING:
    from .amqp import Channel

Sink = Callable[[Incoming], None]
"""Takes a delivery and returns at once, e.g. `queue.put_nowait`."""
Subscribe = Callable[["Channel"], Awaitable[tuple[str, str]]]
"""Declares what it needs on a new channel and consumes; returns the queue's name and the consumer's tag."""

FIRST_PAUSE = 0.1
LONGEST_PAUSE = 2.0
"""Seconds between two attempts that fail."""

log = get_logger(__name__)


class Consumer:
    """A subscription, kept up until it is stopped."""

    def __init__(self, name: str, open_channel: Callable[[], Awaitable[Channel]], subscribe: Subscribe) -> None:
        self._name = name
        self._open_channel = open_channel
        self._subscribe = subscribe
        self._subscribed = asyncio.Event()
        self._channel: Channel | None = None
        self._tag = ""
        self.queue = ""
        """The queue's name at present; a control queue has another after each reconnect."""
        self.error: BusError | None = None
        """Why the last attempt to subscribe failed; None while subscribed."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name=f"bus-consumer-{name}")

    async def ready(self, timeout: float) -> None:
        """Wait until it is subscribed. Raises what stands in the way when that takes longer than `timeout` seconds."""
        try:
            async with asyncio.timeout(timeout):
                await self._subscribed.wait()
        except TimeoutError:
            raise self.error or BusError(f"{self._name}: not subscribed within {timeout:g} s") from None

    async def stop(self) -> None:
        """No more deliveries, for good. Those that came may still be answered, until `close`."""
        await self._end_task()
        channel, self._subscribed = self._channel, asyncio.Event()
        if channel is not None and channel.is_open:
            try:
                await channel.cancel(self._tag)
            except BusError as error:
                log.debug("consumer_gone", consumer=self._name, reason=str(error))

    async def close(self) -> None:
        """The end of it; what has no answer yet goes back to the queue."""
        await self._end_task()
        if self._channel is not None:
            await self._drop(self._channel)

    async def _end_task(self) -> None:
        await end_tasks(self._task)

    async def _run(self) -> None:
        pause = FIRST_PAUSE
        while True:
            try:
                channel = self._channel = await self._open_channel()
                self.queue, self._tag = await self._subscribe(channel)
            except BusError as error:
                self._failed(error, pause)
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
            else:
                pause = FIRST_PAUSE
                await self._subscribed_until_closed(channel)
            if self._channel is not None:
                await self._drop(self._channel)

    async def _subscribed_until_closed(self, channel: Channel) -> None:
        self.error = None
        self._subscribed.set()
        log.debug("consumer_subscribed", consumer=self._name, queue=self.queue)
        error = await asyncio.shield(channel.closed)
        self._subscribed.clear()
        log.warning("consumer_lost", consumer=self._name, queue=self.queue, reason=str(error))

    def _failed(self, error: BusError, pause: float) -> None:
        level = log.debug if type(error) is type(self.error) else log.warning
        level("consumer_waits", consumer=self._name, reason=str(error), next_try_s=pause)
        self.error = error

    async def _drop(self, channel: Channel) -> None:
        try:
            await channel.close()
        except BusError as error:
            log.debug("channel_gone", consumer=self._name, reason=str(error))
