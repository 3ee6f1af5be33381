"""One channel of the broker's client: topology, consuming, answers to deliveries, and publishing.

Channels are plain and never restored, because a robust channel answers from its cache, restores an exclusive queue
under its old name and resurrects consumers in its own way (docs/facts.md, facts 12 and 13). Callers open a new one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import aiormq
from aiormq import spec
from aiormq.abc import DeliveredMessage
from creatorflow_contracts.ingress import Delivery

from creatorflow.bus.ack_merging import OpenTags
from creatorflow.bus.errors import BusError, BusUnavailable, Mismatch, NotFound, PublishRefused
from creatorflow.bus.messages import IncomingMessage

from .errors import CLIENT_ERRORS, map_error, mapped
from .outgoing import PendingPublish, Writer

RPC_TIMEOUT = 10
"""Seconds. A broker that starts, or is short of memory, may never answer a call: it is repeated."""


class Channel:
    """One AMQP channel until it is closed. After that its unanswered deliveries are void."""

    def __init__(self, raw: aiormq.Channel, writer: Writer, server: Mapping[str, str | int]) -> None:
        self.server = server
        """Attributes of the broker for spans."""
        self._raw = raw
        self._writer = writer
        self._tags = OpenTags()
        self.closed: asyncio.Future[BusError] = raw.loop.create_future()
        raw.closing.add_done_callback(self._on_closed)
        raw.connection.closing.add_done_callback(self._on_closed)
        raw.on_consumer_cancel_callbacks.add(self._on_cancelled)

    def _on_closed(self, closing: asyncio.Future[Any]) -> None:
        self._tags.clear()
        if not self.closed.done():
            error = asyncio.CancelledError() if closing.cancelled() else closing.exception()
            self.closed.set_result(map_error(error))

    def _on_cancelled(self, frame: spec.Basic.Cancel) -> None:
        """Treat the channel as closed when the broker cancels the consumer (its queue was deleted)."""
        if not self.closed.done():
            self.closed.set_result(NotFound(f"the broker cancelled the consumer {frame.consumer_tag}"))

    @property
    def is_open(self) -> bool:
        return not self.closed.done() and not self._raw.is_closed

    async def close(self) -> None:
        """Close the channel unless the broker has closed it."""
        self._tags.clear()
        if not self._raw.is_closed:
            with mapped():
                await self._raw.close()
        if not self.closed.done():
            self.closed.set_result(BusUnavailable("closed"))

    # -- topology ---------------------------------------------------------------------------------------------------

    async def exchange_exists(self, name: str) -> None:
        """Check that the exchange exists. Raises NotFound, which closes the channel."""
        with mapped():
            await self._raw.exchange_declare(name, passive=True, timeout=RPC_TIMEOUT)

    async def declare_exchange(self, name: str, type_: str, *, durable: bool) -> None:
        with mapped():
            await self._raw.exchange_declare(name, exchange_type=type_, durable=durable, timeout=RPC_TIMEOUT)

    async def count(self, queue: str) -> tuple[int, int]:
        """Return (messages ready, consumers). Raises NotFound, which closes the channel."""
        with mapped():
            answer = await self._raw.queue_declare(queue, passive=True, timeout=RPC_TIMEOUT)
        return answer.message_count or 0, answer.consumer_count or 0

    async def declare_queue(
        self, name: str, *, durable: bool, exclusive: bool, auto_delete: bool, arguments: Mapping[str, Any]
    ) -> str:
        """Declare a queue. Returns its name: `name`, or the broker's choice if that is empty."""
        with mapped():
            answer = await self._raw.queue_declare(
                name,
                durable=durable,
                exclusive=exclusive,
                auto_delete=auto_delete,
                arguments=dict(arguments),
                timeout=RPC_TIMEOUT,
            )
        return str(answer.queue)

    async def delete_queue(self, name: str) -> None:
        with mapped():
            await self._raw.queue_delete(name, timeout=RPC_TIMEOUT)

    async def bind(self, queue: str, exchange: str, key: str) -> None:
        with mapped():
            await self._raw.queue_bind(queue, exchange, key, timeout=RPC_TIMEOUT)

    # -- permissions: probed by calls that the broker refuses for another reason if they are permitted -----------------

    async def probe_read(self, queue: str) -> None:
        """Check that the user may consume `queue`. Raises NotPermitted. Consumes nothing, but closes the channel."""
        with suppress(Mismatch), mapped():
            await self._raw.basic_consume(queue, _nothing, arguments={"x-priority": "not a number"})

    async def probe_write(self, exchange: str, key: str) -> None:
        """Check that the user may publish. Raises NotPermitted. Nothing is routed, but the channel is closed."""
        properties = spec.Basic.Properties(user_id="somebody-else", message_id="probe")
        with suppress(Mismatch, PublishRefused), mapped():
            await self._raw.basic_publish(
                b"", exchange=exchange, routing_key=key, properties=properties, mandatory=True
            )

    # -- consuming --------------------------------------------------------------------------------------------------

    async def consume(
        self, queue: str, sink: Callable[[IncomingMessage], None], *, prefetch: int, no_ack: bool = False
    ) -> str:
        """Deliver from `queue` to `sink`, at most `prefetch` unanswered; returns the consumer's tag."""

        async def deliver(message: DeliveredMessage) -> None:
            incoming = _incoming(message, queue, self)
            if not no_ack:
                self._tags.add(incoming.tag)
            sink(incoming)

        with mapped():
            if prefetch:
                await self._raw.basic_qos(prefetch_count=prefetch, timeout=RPC_TIMEOUT)
            answer = await self._raw.basic_consume(queue, deliver, no_ack=no_ack, timeout=RPC_TIMEOUT)
        return str(answer.consumer_tag)

    async def cancel(self, consumer_tag: str) -> None:
        """Stop deliveries; those received may still be answered."""
        with mapped():
            await self._raw.basic_cancel(consumer_tag, timeout=RPC_TIMEOUT)

    def is_unanswered(self, tag: int) -> bool:
        return tag in self._tags

    async def ack(self, tag: int) -> bool:
        return self._tags.answer(tag) and await self._answer(self._raw.basic_ack(tag, wait=False))

    async def nack(self, tag: int, *, requeue: bool) -> bool:
        return self._tags.answer(tag) and await self._answer(self._raw.basic_nack(tag, requeue=requeue, wait=False))

    async def ack_many(self, tags: Sequence[int]) -> bool:
        """Acknowledge with as few frames as their order allows."""
        through, singles = self._tags.merge(tags)
        sent = through is not None and await self._answer(self._raw.basic_ack(through, multiple=True, wait=False))
        for tag in singles:
            sent = await self._answer(self._raw.basic_ack(tag, wait=False)) or sent
        return sent

    async def _answer(self, frame: Any) -> bool:
        try:
            await frame
        except CLIENT_ERRORS:
            return False
        return True

    # -- publishing -------------------------------------------------------------------------------------------------

    async def write(self, publishes: Sequence[PendingPublish]) -> None:
        """Write a batch to the connection (see `Writer`)."""
        await self._writer.write(publishes)


async def _nothing(_: DeliveredMessage) -> None:
    """Ignore deliveries: the broker has refused to deliver."""


def _incoming(message: DeliveredMessage, queue: str, channel: Channel) -> IncomingMessage:
    properties, deliver = message.header.properties, message.delivery
    headers: Mapping[str, Any] = properties.headers or {}
    count = headers.get("x-delivery-count", 0)
    delivery = Delivery(
        body=message.body,
        exchange=message.exchange or "",
        routing_key=message.routing_key or "",
        content_type=properties.content_type,
        content_encoding=properties.content_encoding,
        type=properties.message_type,
        message_id=properties.message_id,
        correlation_id=properties.correlation_id,
        reply_to=properties.reply_to,
        user_id=properties.user_id,
        headers=headers,
        redelivered=bool(getattr(deliver, "redelivered", False)),
        delivery_count=count if type(count) is int and count >= 0 else 0,
    )
    return IncomingMessage(
        delivery,
        queue,
        int(getattr(deliver, "delivery_tag", 0) or 0),
        channel,
        str(getattr(deliver, "consumer_tag", "")),
        channel.server,
    )
