"""Outgoing and incoming messages. Neither depends on the broker's client."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from creatorflow_contracts.ingress import Delivery

from .errors import MessageRefused

MAX_BODY = 16 * 1024 * 1024
"""Bytes. RabbitMQ 4 closes the channel for a larger body, and everything in flight is lost with the channel."""
MAX_HEADERS = 8 * 1024 - 32
"""Bytes. A header table over one frame closes the whole connection; the ingress refuses more than 8 KiB anyway, and the
header with the time of the publish needs some."""
MAX_SHORT = 255
"""Bytes of a routing key, an exchange's name, a message type, ..."""


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """A message to publish. It gets a fresh AMQP message id at every publish; its stable id is in its body.

    `mandatory`: an unroutable message is an error. `expiration_ms`: dropped (dead-lettered) if it waits longer.
    """

    exchange: str
    routing_key: str
    body: bytes
    type: str
    correlation_id: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    persistent: bool = True
    mandatory: bool = True
    expiration_ms: int | None = None
    reply_to: str | None = None
    named: Callable[[str], None] | None = None
    """Called with the message id of each publish."""

    def check(self) -> None:
        """Raise MessageRefused for a message that would close the channel or the connection, and so hurt others."""
        if len(self.body) > MAX_BODY:
            raise MessageRefused(f"the body of {self.type} has {len(self.body)} bytes, at most {MAX_BODY} can be sent")
        if self.headers and _table_size(self.headers) > MAX_HEADERS:
            raise MessageRefused(f"the headers of {self.type} are larger than {MAX_HEADERS} bytes")
        for name in ("exchange", "routing_key", "type", "correlation_id", "reply_to"):
            value = getattr(self, name)
            if value is not None and len(value) > 63 and len(value.encode()) > MAX_SHORT:
                raise MessageRefused(f"the {name} of {self.type[:40]} is longer than {MAX_SHORT} bytes")


class Acknowledger(Protocol):
    """The interface of a channel that a delivery needs."""

    def is_unanswered(self, tag: int) -> bool: ...
    async def ack_many(self, tags: Sequence[int]) -> bool: ...
    async def ack(self, tag: int) -> bool: ...
    async def nack(self, tag: int, *, requeue: bool) -> bool: ...


@dataclass(frozen=True, slots=True, eq=False)
class IncomingMessage:
    """One delivery. Answer it exactly once; an answer on a closed channel is void, and the broker delivers again."""

    delivery: Delivery
    queue: str
    tag: int
    channel: Acknowledger
    consumer: str = ""
    """Tag of the subscription that delivered it."""
    server: Mapping[str, str | int] = field(default_factory=dict)
    """Attributes of the broker for spans."""

    @property
    def void(self) -> bool:
        """True if it has been answered, or its channel is closed and the broker redelivers it."""
        return not self.channel.is_unanswered(self.tag)

    async def ack(self) -> bool:
        """Acknowledge it. Returns False if it was void."""
        return await self.channel.ack(self.tag)

    async def nack(self, *, requeue: bool = True) -> bool:
        """Return it to the queue, for any consumer at once. Returns False if it was void."""
        return await self.channel.nack(self.tag, requeue=requeue)

    async def reject(self) -> bool:
        """Reject it as unreadable: dead-lettered, or dropped if the queue has no dead letters. False if it was void."""
        return await self.channel.nack(self.tag, requeue=False)


async def ack_all(deliveries: Iterable[IncomingMessage]) -> None:
    """Acknowledge many with as few frames as their order allows (docs/facts.md, fact 15); void ones are skipped."""
    by_channel: dict[Acknowledger, list[int]] = {}
    for delivery in deliveries:
        by_channel.setdefault(delivery.channel, []).append(delivery.tag)
    for channel, tags in by_channel.items():
        await channel.ack_many(tags)


def _table_size(headers: Mapping[str, str]) -> int:
    return sum(len(key.encode()) + len(value.encode()) + 6 for key, value in headers.items())
