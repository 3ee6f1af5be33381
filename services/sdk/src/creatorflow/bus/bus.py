"""The bus of a process: confirmed publishing, resilient consuming, declaration of the topology."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import TracebackType
from typing import NamedTuple, Self, TypeVar

from creatorflow_contracts.topology import Binding, Topology, control_queue

from creatorflow.asyncio_tasks import end_tasks, run_within
from creatorflow.logs import get_logger

from .amqp import Channel
from .connections import Connections
from .consumer import Consumer, Prefetch, Sink
from .declare import declare
from .errors import BusError, BusUnavailable, NotFound
from .messages import OutgoingMessage
from .publisher import Publisher
from .subscriptions import Subscription, exclusive_queue, shared_queue

HEARTBEAT = 10
"""Seconds. A dead peer is detected after 3 x (heartbeat + 1)."""
PUBLISH_TIMEOUT = 30.0
CLOSE_S = 1.0
"""Seconds for closing the channels, and again for the connections, if the broker does not answer."""
REPLY_QUEUE = "amq.rabbitmq.reply-to"

T = TypeVar("T")

log = get_logger(__name__)


class QueueCounts(NamedTuple):
    """The broker's present counts of a queue."""

    ready: int
    consumers: int


class Bus:
    """A process's access to the broker. Use it as `async with Bus.connect(url, name="...") as bus:`, in one event loop.

    After a lost connection everything is restored automatically: subscriptions, declared topology, publishing. Messages
    in flight fail as BusUnavailable, and the caller sends them again.
    """

    def __init__(
        self,
        url: str,
        name: str,
        *,
        app_id: str | None = None,
        heartbeat: int = HEARTBEAT,
        patience: float = 0.0,
        connect_timeout: float = 10.0,
        on_connect: Callable[[], None] | None = None,
    ) -> None:
        self._connections = Connections(
            url,
            name,
            app_id=app_id or name,
            heartbeat=heartbeat,
            patience=patience,
            connect_timeout=connect_timeout,
            on_publishing=self._on_publishing,
        )
        self._user_on_connect = on_connect
        self._topology = Topology((), (), ())
        self._declared: asyncio.Task[None] | None = None
        self._replies: Sink | None = None
        self._publisher: Publisher | None = None
        self._consumers: list[Consumer] = []
        self._open = False

    @classmethod
    def connect(
        cls,
        url: str,
        *,
        name: str,
        app_id: str | None = None,
        heartbeat: int = HEARTBEAT,
        patience: float = 0.0,
        connect_timeout: float = 10.0,
        on_connect: Callable[[], None] | None = None,
    ) -> Bus:
        """Return a bus that connects when it is entered.

        `name` is shown by the broker's tools for its connections; `app_id` is set in every message. Connecting to an
        unreachable broker is retried for `patience` seconds (inf: without end), then BusUnavailable is raised. Wrong
        credentials, a missing virtual host or a broker older than 3.10 raise BrokerRefused at once. `on_connect` is
        called, and must return at once, each time that publishing has become possible.
        """
        return cls(
            url,
            name,
            app_id=app_id,
            heartbeat=heartbeat,
            patience=patience,
            connect_timeout=connect_timeout,
            on_connect=on_connect,
        )

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    async def open(self) -> None:
        """Connect. Raises BusUnavailable, BrokerRefused."""
        try:
            await self._connections.open()
        except BaseException:
            await self.close()
            raise
        self._publisher = Publisher(self._publishing_channel)
        self._publisher.start()
        self._open = True
        self._on_publishing()

    async def close(self) -> None:
        """Close everything, within two seconds. Unanswered deliveries return to their queues."""
        self._open = False
        parts = [consumer.close() for consumer in self._consumers]
        self._consumers.clear()
        if self._declared is not None:
            parts.append(end_tasks(self._declared))
        if self._publisher is not None:
            parts.append(self._publisher.close())
        in_order = await run_within(CLOSE_S, *parts)
        if not await self._connections.close(CLOSE_S) or not in_order:
            log.warning("bus_left", reason="the broker does not answer")

    @property
    def server_version(self) -> tuple[int, int]:
        """(major, minor) of the broker."""
        return self._connections.server_version

    @property
    def server(self) -> Mapping[str, str | int]:
        """Attributes of the broker for spans."""
        return self._connections.server

    @property
    def user(self) -> str | None:
        """The broker's user that sends our messages; None if a certificate determines it."""
        return self._connections.user

    @property
    def is_connected(self) -> bool:
        """True if both connections are up."""
        return self._connections.are_up

    def waits_for(self) -> str:
        """Return in words what is missing now, the broker or a subscription; empty if nothing is."""
        if not self.is_connected:
            return "the broker is unavailable"
        return next((consumer.waits_for for consumer in self._consumers if consumer.waits_for), "")

    # -- publishing -------------------------------------------------------------------------------------------------

    async def publish(self, message: OutgoingMessage, *, timeout: float = PUBLISH_TIMEOUT) -> None:
        """Publish and wait until the broker has confirmed and routed it. Concurrent calls share pipelined confirms.

        Raises Unroutable, Nacked, MessageRefused, BusUnavailable.
        """
        (error,) = await self.publish_all([message], timeout=timeout)
        if error is not None:
            raise error

    async def publish_all(
        self, messages: Sequence[OutgoingMessage], *, timeout: float = PUBLISH_TIMEOUT
    ) -> list[BusError | None]:
        """Publish many at once. Returns for each, in order, None or the error that `publish` would raise."""
        if self._publisher is None:
            raise BusUnavailable("the bus is not open")
        return await self._publisher.publish_all(messages, timeout)

    # -- consuming --------------------------------------------------------------------------------------------------

    async def consume(self, queue: str, sink: Sink, *, prefetch: Prefetch) -> Consumer:
        """Deliver from `queue` to `sink`, at most `prefetch` unanswered, until stopped.

        The queue may not exist yet; `Consumer.ready` waits for it. `Consumer.extend` and `withdraw` change the
        prefetch at run time.
        """

        return self._keep(queue, shared_queue(queue, sink, self._redeclare), prefetch)

    async def consume_control(
        self,
        service: str,
        sink: Sink,
        bindings: Callable[[str], Sequence[Binding]],
        *,
        on_subscribed: Callable[[], None] | None = None,
    ) -> Consumer:
        """Consume an exclusive queue of this process, with a fresh name at every connect; deliveries need no answer.

        `bindings` returns its bindings for the queue's name.
        """
        name = partial(_control_queue, service)
        return self._keep(f"control of {service}", exclusive_queue(name, sink, bindings, on_subscribed), 0)

    async def consume_private(
        self,
        sink: Sink,
        bindings: Callable[[str], Sequence[Binding]],
        *,
        on_subscribed: Callable[[], None] | None = None,
    ) -> Consumer:
        """Consume as `consume_control`, for a client: the broker names the queue (`amq.gen-...`). End with `drop`."""
        return self._keep("private queue", exclusive_queue(str, sink, bindings, on_subscribed), 0)

    async def drop(self, consumer: Consumer) -> None:
        """End a subscription permanently."""
        if consumer in self._consumers:
            self._consumers.remove(consumer)
        await consumer.close()

    async def consume_replies(self, sink: Sink) -> None:
        """Consume replies to messages that this bus publishes with `reply_to=REPLY_QUEUE`; they need no answer.

        Replies to messages sent before a lost connection do not arrive.
        """
        self._replies = sink
        if self._publisher is not None:
            self._publisher.renew()

    def _keep(self, label: str, subscription: Subscription, prefetch: Prefetch) -> Consumer:
        consumer = Consumer(
            label, self._connections.consuming.channel, subscription.subscribe, subscription.consume, prefetch
        )
        self._consumers.append(consumer)
        return consumer

    # -- topology ---------------------------------------------------------------------------------------------------

    async def declare(self, topology: Topology) -> list[str]:
        """Make `topology` exist: it is checked first, and missing parts are declared, if the user may.

        This is repeated after every reconnect, and when a queue is missing. Returns in words what could not be
        declared; this is no error here (`creatorflow doctor` shows the details). If the connection is lost meanwhile,
        it is waited for as long as for the first one; then BusUnavailable is raised.
        """
        self._topology += topology
        return await self._connections.patiently(partial(declare, self._connections.publishing.channel, topology))

    async def counts(self, queue: str) -> QueueCounts:
        """Return exact counts, queried on a short-lived channel. Raises NotFound, BusUnavailable."""
        channel = await self._connections.publishing.channel()
        try:
            return QueueCounts(*await channel.count(queue))
        finally:
            await channel.close()

    async def consumer_count(self, queue: str) -> int:
        """Return the number of consumers of `queue`; 0 if there is no such queue. Raises BusUnavailable."""
        try:
            return (await self.counts(queue)).consumers
        except NotFound:
            return 0

    async def delete_queue(self, queue: str) -> None:
        """Delete a queue with everything in it. Raises NotFound, NotPermitted, BusUnavailable."""
        channel = await self._connections.publishing.channel()
        await channel.delete_queue(queue)
        await channel.close()

    # -- internal ---------------------------------------------------------------------------------------------------

    async def _publishing_channel(self) -> Channel:
        channel = await self._connections.publishing.channel(confirms=True)
        if self._replies is not None:
            await channel.consume(REPLY_QUEUE, self._replies, prefetch=0, no_ack=True)
        return channel

    def _on_publishing(self) -> None:
        if not self._open:
            return
        if self._topology.queues:
            self._declared = asyncio.get_running_loop().create_task(self._redeclare(), name="bus-declare")
        if self._user_on_connect is not None:
            self._user_on_connect()

    async def _redeclare(self) -> None:
        try:
            await declare(self._connections.publishing.channel, self._topology)
        except BusError as error:
            log.warning("declare_failed", reason=str(error))


def _control_queue(service: str) -> str:
    return control_queue(service, secrets.token_hex(8))
