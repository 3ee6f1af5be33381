"""A consumer whose subscription is always restored.

Rules for this file: it does not import the broker's client, and no work is done here: a delivery is passed to a
function that returns at once. Any end of a subscription's channel (a lost connection, a cancel from the broker, a
deleted queue, an acknowledgement timeout) leads to a new channel, a passive check of the queue, and a new subscription.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from creatorflow.asyncio_tasks import end_tasks, run_within
from creatorflow.backoff import BROKER, retrying
from creatorflow.logs import get_logger

from .errors import BusError
from .messages import IncomingMessage

if TYPE_CHECKING:
    from .amqp import Channel

Sink = Callable[[IncomingMessage], None]
"""Accepts a delivery and returns at once, e.g. `queue.put_nowait`."""
Subscribe = Callable[["Channel"], Awaitable[str]]
"""Declares or checks the queue and its bindings on a new channel; returns the queue's name."""
Consume = Callable[["Channel", str, int], Awaitable[str]]
"""Consumes a queue on a channel with a prefetch; returns the consumer's tag."""

Prefetch = int | Callable[[], int | None]
"""Limit of unanswered deliveries; a function is called at every new connection, and may return None: none for now."""

STOP_S = 2.0
"""Seconds to wait for the broker's answer when a subscription ends."""

log = get_logger(__name__)


class Consumer:
    """A subscription that is restored until it is stopped."""

    def __init__(
        self,
        name: str,
        open_channel: Callable[[], Awaitable[Channel]],
        subscribe: Subscribe,
        consume: Consume,
        prefetch: Prefetch,
    ) -> None:
        self._name = name
        self._open_channel = open_channel
        self._subscribe = subscribe
        self._consume = consume
        self._prefetch = prefetch
        self._changing = asyncio.Lock()
        self._subscribed = asyncio.Event()
        self._channel: Channel | None = None
        self.windows: dict[str, int] = {}
        """Its subscriptions on the broker: tag to prefetch."""
        self.queue = ""
        """The queue's present name; a control queue has another after each reconnect."""
        self.error: BusError | None = None
        """The error of the last attempt to subscribe; None while subscribed."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name=f"bus-consumer-{name}")

    @property
    def waits_for(self) -> str:
        """Return in words that the subscription is missing; empty while subscribed."""
        return "" if self._subscribed.is_set() else f"no subscription: {self._name}"

    async def ready(self, timeout: float) -> None:
        """Wait until it is subscribed. Raises the last error if that takes longer than `timeout` seconds."""
        try:
            async with asyncio.timeout(timeout):
                await self._subscribed.wait()
        except TimeoutError:
            raise self.error or BusError(f"{self._name}: not subscribed within {timeout:g} s") from None

    async def extend(self, prefetch: int) -> None:
        """Raise the limit of unanswered deliveries by `prefetch`, with another subscription on the same channel."""
        async with self._changing:
            channel = self._channel
            if channel is not None and channel.is_open and self._subscribed.is_set():
                await self._or_reopen(channel, self._tagged(channel, prefetch))

    async def withdraw(self, tag: str) -> None:
        """End one of the subscriptions: it delivers nothing after this returns. Earlier deliveries may be answered."""
        async with self._changing:
            channel = self._channel
            if self.windows.pop(tag, None) is not None and channel is not None and channel.is_open:
                await self._or_reopen(channel, channel.cancel(tag))

    async def _tagged(self, channel: Channel, prefetch: int) -> None:
        self.windows[await self._consume(channel, self.queue, prefetch)] = prefetch

    async def _or_reopen(self, channel: Channel, act: Awaitable[None]) -> None:
        """Run `act`; if its outcome is unknown, close the channel, so that another one subscribes."""
        try:
            await act
        except BusError as error:
            log.warning("consumer_unchanged", consumer=self._name, reason=str(error))
            await self._drop(channel)

    async def stop(self) -> None:
        """Stop deliveries permanently. Those received may still be answered, until `close`.

        A broker that does not answer within two seconds is not waited for; then it may deliver a few more.
        """
        if not await run_within(STOP_S, self._unsubscribe()):
            log.warning("consumer_not_cancelled", consumer=self._name, reason="the broker does not answer")
            await self._end_task()

    async def _unsubscribe(self) -> None:
        """End all subscriptions. One in progress is waited for: before the broker's answer it has no tag to cancel."""
        async with self._changing:
            await self._end_task()
            channel, windows, self.windows = self._channel, self.windows, {}
            if channel is not None and channel.is_open:
                await asyncio.gather(*(self._cancel(channel, tag) for tag in windows))

    async def _cancel(self, channel: Channel, tag: str) -> None:
        try:
            await channel.cancel(tag)
        except BusError as error:
            log.debug("consumer_gone", consumer=self._name, reason=str(error))

    async def close(self) -> None:
        """Close the channel; unanswered deliveries return to the queue."""
        await self._end_task()
        if self._channel is not None:
            await self._drop(self._channel)

    async def _end_task(self) -> None:
        """End the task that restores the subscription; from here on nothing extends it either."""
        await end_tasks(self._task)
        self._subscribed.clear()

    async def _run(self) -> None:
        while True:
            channel: Channel = await retrying(BROKER, BusError, self._failed)(self._subscribed_channel)
            await self._subscribed_until_closed(channel)
            await self._drop(channel)

    async def _subscribed_channel(self) -> Channel:
        """Open a new channel and subscribe on it."""
        channel = await self._open_channel()
        try:
            async with self._changing:
                self._channel, self.windows = channel, {}
                self.queue = await self._subscribe(channel)
                prefetch = self._prefetch if isinstance(self._prefetch, int) else self._prefetch()
                if prefetch is not None:
                    await self._tagged(channel, prefetch)
        except BusError:
            await self._drop(channel)
            raise
        return channel

    async def _subscribed_until_closed(self, channel: Channel) -> None:
        self.error = None
        self._subscribed.set()
        log.debug("consumer_subscribed", consumer=self._name, queue=self.queue)
        error = await asyncio.shield(channel.closed)
        self._subscribed.clear()
        log.warning("consumer_lost", consumer=self._name, queue=self.queue, reason=str(error))

    def _failed(self, error: BaseException, pause: float) -> None:
        level = log.debug if type(error) is type(self.error) else log.warning
        level("consumer_waits", consumer=self._name, reason=str(error), next_try_s=pause)
        self.error = error if isinstance(error, BusError) else None

    async def _drop(self, channel: Channel) -> None:
        try:
            await channel.close()
        except BusError as error:
            log.debug("channel_gone", consumer=self._name, reason=str(error))
