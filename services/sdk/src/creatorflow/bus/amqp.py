"""The broker's client, and the only module that knows it: connections, channels, frames, and its errors mapped to ours.

Rules for this file: it decides nothing. aio-pika keeps the connection (reconnects, heartbeats); channels are opened
plainly, one life each, because a robust channel answers from its cache, restores an exclusive queue under its old name
and resurrects consumers in its own way (RELIABILITY, facts 12 and 13). Who needs a channel again opens another.

Publishing writes the frames of a whole batch at once and registers with the client's own table of confirmations. Going
through `publish()` costs a task, a timer, a lock and three futures for each message, four times the processor time.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol

import aiormq
from aio_pika import RobustConnection
from aio_pika.connection import make_url
from aio_pika.exceptions import CONNECTION_EXCEPTIONS, DeliveryError, PublishError
from aiormq import spec
from aiormq.abc import ChannelFrame, DeliveredMessage
from creatorflow_contracts.door import Delivery
from creatorflow_contracts.waiting import SENT_AT
from pamqp.body import ContentBody
from pamqp.exceptions import PAMQPException
from pamqp.frame import marshal
from pamqp.header import ContentHeader
from yarl import URL

from creatorflow.telemetry import server_attributes

from .acks import OpenTags
from .distrust import distrust
from .errors import (
    BrokerRefused,
    BusError,
    BusUnavailable,
    ChannelFailed,
    Locked,
    MessageRefused,
    Mismatch,
    Nacked,
    NotFound,
    NotPermitted,
    PublishRefused,
    Unroutable,
)
from .messages import MAX_SHORT, Incoming, Outgoing
from .transport import ReadableTransport

CONTENT_TYPE = "application/json"
RECONNECT_INTERVAL = 1
RPC_TIMEOUT = 10
"""Seconds. A broker that starts, or is short of memory, can leave a question unanswered for ever: ask again."""
CLIENT_ERRORS = (*CONNECTION_EXCEPTIONS, TimeoutError)

_CHANNEL_ERRORS: Mapping[type[BaseException], type[ChannelFailed]] = {
    aiormq.exceptions.ChannelAccessRefused: NotPermitted,
    aiormq.exceptions.ChannelNotFoundEntity: NotFound,
    aiormq.exceptions.ChannelLockedResource: Locked,
    aiormq.exceptions.ChannelPreconditionFailed: Mismatch,
}
_REFUSALS = (
    aiormq.exceptions.AuthenticationError,
    aiormq.exceptions.ProbableAuthenticationError,
    aiormq.exceptions.ConnectionNotAllowed,
    aiormq.exceptions.IncompatibleProtocolError,
)


def map_error(error: BaseException | None) -> BusError:
    """Our error for one of the client's. Connection trouble of any kind is BusUnavailable, outcome unknown."""
    if isinstance(error, BusError):
        return error
    if isinstance(error, PublishError):
        returned: Any = error.frame
        return Unroutable(f"no queue takes {returned.routing_key} on {returned.exchange}")
    if isinstance(error, DeliveryError):
        return Nacked("the broker did not take the message: a queue is full or cannot store it")
    if isinstance(error, aiormq.exceptions.AMQPChannelError):
        kind = next((ours for theirs, ours in _CHANNEL_ERRORS.items() if isinstance(error, theirs)), ChannelFailed)
        return kind(" ".join(str(part) for part in error.args if part) or "the broker closed the channel")
    if isinstance(error, _REFUSALS):
        return BrokerRefused(" ".join(str(part) for part in error.args if part))
    reason = f"{type(error).__name__}: {error}" if error is not None and str(error) else type(error).__name__
    return BusUnavailable(f"the connection to the broker is lost ({reason})", may_have_arrived=True)


@contextmanager
def mapped() -> Iterator[None]:
    """Lets no error of the client out."""
    try:
        yield
    except BusError:
        raise
    except CLIENT_ERRORS as error:
        raise map_error(error) from error


class Sending(Protocol):
    """One publish that waits for the broker's word."""

    message_id: str
    outgoing: Outgoing

    def settle(self, error: BusError | None) -> None: ...


class _Confirmation:
    """Stands in the client's table of confirmations, where it expects the interface of a future."""

    __slots__ = ("_open", "_sending", "_table")

    def __init__(self, sending: Sending, table: dict[str, int]) -> None:
        self._sending = sending
        self._table = table
        self._open = True

    def done(self) -> bool:
        return not self._open

    def cancelled(self) -> bool:
        return not self._open

    def set_result(self, _: object) -> None:
        self._settle(None)

    def set_exception(self, error: BaseException) -> None:
        self._settle(map_error(error))

    def _settle(self, error: BusError | None) -> None:
        self._open = False
        self._table.pop(self._sending.message_id, None)
        self._sending.settle(error)


class Sender(NamedTuple):
    """Who publishes. The broker checks `user_id` against the connection's user, so a receiver can believe it."""

    app_id: str
    user_id: str | None


class Channel:
    """One life of one AMQP channel. When it is gone, what waits for its acknowledgements is void."""

    def __init__(self, raw: aiormq.Channel, sender: Sender, server: Mapping[str, str | int]) -> None:
        self.server = server
        """What spans say of the broker."""
        self._raw = raw
        self._sender = sender
        self._tags = OpenTags()
        self.closed: asyncio.Future[BusError] = raw.loop.create_future()
        raw.closing.add_done_callback(self._on_closed)
        raw.connection.closing.add_done_callback(self._on_closed)
        raw.on_consumer_cancel_callbacks.add(self._on_cancelled)

    def _on_closed(self, closing: asyncio.Future[Any]) -> None:
        self._tags.forget()
        if not self.closed.done():
            error = asyncio.CancelledError() if closing.cancelled() else closing.exception()
            self.closed.set_result(map_error(error))

    def _on_cancelled(self, frame: spec.Basic.Cancel) -> None:
        """The broker took the consumer away (its queue was deleted): for us this channel's life is over."""
        if not self.closed.done():
            self.closed.set_result(NotFound(f"the broker cancelled the consumer {frame.consumer_tag}"))

    @property
    def is_open(self) -> bool:
        return not self.closed.done() and not self._raw.is_closed

    async def close(self) -> None:
        """Close it, if the broker has not."""
        self._tags.forget()
        if not self._raw.is_closed:
            with mapped():
                await self._raw.close()
        if not self.closed.done():
            self.closed.set_result(BusUnavailable("closed"))

    # -- what exists ------------------------------------------------------------------------------------------------

    async def exchange_exists(self, name: str) -> None:
        """Raises NotFound (and the channel is gone)."""
        with mapped():
            await self._raw.exchange_declare(name, passive=True, timeout=RPC_TIMEOUT)

    async def declare_exchange(self, name: str, type_: str, *, durable: bool) -> None:
        with mapped():
            await self._raw.exchange_declare(name, exchange_type=type_, durable=durable, timeout=RPC_TIMEOUT)

    async def count(self, queue: str) -> tuple[int, int]:
        """(messages ready, consumers). Raises NotFound (and the channel is gone)."""
        with mapped():
            answer = await self._raw.queue_declare(queue, passive=True, timeout=RPC_TIMEOUT)
        return answer.message_count or 0, answer.consumer_count or 0

    async def declare_queue(
        self, name: str, *, durable: bool, exclusive: bool, auto_delete: bool, arguments: Mapping[str, Any]
    ) -> str:
        """The queue's name: `name`, or the broker's own where that is empty."""
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

    async def unbind(self, queue: str, exchange: str, key: str) -> None:
        with mapped():
            await self._raw.queue_unbind(queue, exchange, key)

    # -- what is permitted: asked in ways that the broker refuses for another reason when it permits ------------------

    async def probe_read(self, queue: str) -> None:
        """Whether the user may consume from `queue`. Raises NotPermitted. Nothing is consumed; the channel is gone."""
        with suppress(Mismatch), mapped():
            await self._raw.basic_consume(queue, _nothing, arguments={"x-priority": "not a number"})

    async def probe_write(self, exchange: str, key: str) -> None:
        """Whether the user may publish so. Raises NotPermitted. Nothing is sent on; the channel is gone."""
        properties = spec.Basic.Properties(user_id="somebody-else", message_id="probe")
        with suppress(Mismatch, PublishRefused), mapped():
            await self._raw.basic_publish(
                b"", exchange=exchange, routing_key=key, properties=properties, mandatory=True
            )

    # -- consuming --------------------------------------------------------------------------------------------------

    async def consume(
        self, queue: str, sink: Callable[[Incoming], None], *, prefetch: int, no_ack: bool = False
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
        """No more deliveries; those that came may still be answered."""
        with mapped():
            await self._raw.basic_cancel(consumer_tag, timeout=RPC_TIMEOUT)

    def holds(self, tag: int) -> bool:
        return tag in self._tags

    async def ack(self, tag: int) -> bool:
        return self._tags.settle(tag) and await self._answer(self._raw.basic_ack(tag, wait=False))

    async def nack(self, tag: int, *, requeue: bool) -> bool:
        return self._tags.settle(tag) and await self._answer(self._raw.basic_nack(tag, requeue=requeue, wait=False))

    async def ack_many(self, tags: Sequence[int]) -> bool:
        """Acknowledge with as few frames as their order allows."""
        through, singles = self._tags.merge(tags)
        sent = through is not None and await self._answer(self._raw.basic_ack(through, multiple=True, wait=False))
        for tag in singles:
            sent = await self._answer(self._raw.basic_ack(tag, wait=False)) or sent
        return sent

    async def _answer(self, sending: Any) -> bool:
        try:
            await sending
        except CLIENT_ERRORS:
            return False
        return True

    # -- publishing -------------------------------------------------------------------------------------------------

    async def write(self, sendings: Sequence[Sending]) -> None:
        """Put a batch on the wire in one piece; each sending is settled when its confirm, return or nack comes.

        A message that cannot be put into frames is settled as MessageRefused and hurts no other.
        """
        raw = self._raw
        with mapped():
            async with raw.lock:
                payload = bytearray()
                for sending in sendings:
                    try:
                        frames = _frames(raw, sending, self._sender)
                    except (PAMQPException, ValueError, TypeError, UnicodeError) as error:
                        sending.settle(MessageRefused(f"{sending.outgoing.type} cannot be encoded: {error}"))
                        continue
                    payload += frames
                    self._expect(sending)
                drained = raw.create_future()
                await raw.write_queue.put(ChannelFrame(bytes(payload), should_close=False, drain_future=drained))
            await drained

    def _expect(self, sending: Sending) -> None:
        raw = self._raw
        raw.delivery_tag += 1
        confirmation: Any = _Confirmation(sending, raw.message_id_delivery_tag)
        raw.confirmations[raw.delivery_tag] = confirmation
        raw.message_id_delivery_tag[sending.message_id] = raw.delivery_tag


class Link:
    """One connection that comes back by itself; on it, channels that do not."""

    def __init__(
        self, url: str, *, name: str, app_id: str, heartbeat: int, on_connect: Callable[[], None] | None = None
    ) -> None:
        self._url = url
        self._sender = Sender(app_id, _user(url))
        self.server = server_attributes(url)
        self._name = name
        self._heartbeat = heartbeat
        self._on_connect = on_connect
        self._connection: RobustConnection | None = None

    async def open(self, timeout: float) -> None:
        """One attempt. Raises BrokerRefused or BusUnavailable."""
        if len(URL(self._url).path[1:].encode()) > MAX_SHORT:  # the client would try for ever, and never say it
            raise BrokerRefused("there is no such virtual host: the name of one has at most 255 bytes")
        url = make_url(self._url, heartbeat=self._heartbeat, reconnect_interval=RECONNECT_INTERVAL)
        connection = RobustConnection(url, client_properties={"connection_name": self._name})
        connection.kwargs["transport_factory"] = ReadableTransport()  # what aio-pika hands on to aiormq
        try:
            with mapped():
                await connection.connect(timeout)
        except BusUnavailable as error:
            await connection.close()
            if URL(self._url).scheme == "amqps" and (reason := distrust(error)) is not None:
                raise BrokerRefused(reason) from error
            if isinstance(error.__cause__, aiormq.exceptions.InvalidFrameError):  # it closed when asked for the vhost
                raise BrokerRefused("there is no such virtual host, or the user may not enter it") from error
            raise
        except BaseException:
            await connection.close()
            raise
        self._connection = connection
        if self._on_connect is not None:
            connection.reconnect_callbacks.add(self._reconnected)
            self._on_connect()

    def _reconnected(self, *_: object) -> None:
        if self._on_connect is not None:
            self._on_connect()

    @property
    def user(self) -> str | None:
        return self._sender.user_id

    @property
    def is_connected(self) -> bool:
        connection = self._connection
        return connection is not None and connection.connected.is_set() and connection.transport is not None

    async def channel(self, *, confirms: bool = False) -> Channel:
        """A new channel, after waiting for the connection."""
        connection = self._connection
        if connection is None:
            raise BusUnavailable("the bus is not open")
        await connection.connected.wait()
        if connection.transport is None:
            raise BusUnavailable("the connection to the broker is being made again")
        with mapped():
            raw = await connection.transport.connection.channel(
                publisher_confirms=confirms, on_return_raises=confirms, timeout=RPC_TIMEOUT
            )
        if not isinstance(raw, aiormq.Channel):
            raise BusUnavailable("the client gave a channel of a kind that is not known here")
        return Channel(raw, self._sender, self.server)

    @property
    def server_version(self) -> tuple[int, int]:
        """(major, minor) of the broker."""
        connection = self._connection
        if connection is None or connection.transport is None:
            raise BusUnavailable("the bus is not connected")
        properties: Any = connection.transport.connection.server_properties
        text = properties.get("version", "0.0")
        major, minor, *_ = (text.decode() if isinstance(text, bytes) else str(text)).split(".")
        return int(major), int(minor)

    async def close(self) -> None:
        if self._connection is not None:
            connection, self._connection = self._connection, None
            await connection.close()


def _user(url: str) -> str | None:
    """The user that the broker will know us by; None where something else than the address says it."""
    parts = URL(url)
    return None if parts.query.get("auth", "plain").lower() == "external" else parts.user


async def _nothing(_: DeliveredMessage) -> None:
    """Takes nothing: the broker has refused to deliver."""


def _frames(raw: aiormq.Channel, sending: Sending, sender: Sender) -> bytes:
    """Method, header and body frames of one message."""
    out, now = sending.outgoing, time.time()
    properties = spec.Basic.Properties(
        content_type=CONTENT_TYPE,
        headers={**out.headers, SENT_AT: int(now * 1000)},
        delivery_mode=2 if out.persistent else 1,
        correlation_id=out.correlation_id,
        reply_to=out.reply_to,
        expiration=None if out.expiration_ms is None else str(max(out.expiration_ms, 0)),
        message_id=sending.message_id,
        timestamp=datetime.fromtimestamp(now, UTC),
        message_type=out.type,
        app_id=sender.app_id,
        user_id=sender.user_id,
    )
    number, size, limit = raw.number, len(out.body), raw.max_content_size - 1
    publish = spec.Basic.Publish(exchange=out.exchange, routing_key=out.routing_key, mandatory=out.mandatory)
    parts = [marshal(publish, number), marshal(ContentHeader(properties=properties, body_size=size), number)]
    parts += (marshal(ContentBody(out.body[at : at + limit]), number) for at in range(0, size, limit))
    return b"".join(parts)


def _incoming(message: DeliveredMessage, queue: str, channel: Channel) -> Incoming:
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
    return Incoming(
        delivery,
        queue,
        int(getattr(deliver, "delivery_tag", 0) or 0),
        channel,
        str(getattr(deliver, "consumer_tag", "")),
        channel.server,
    )
