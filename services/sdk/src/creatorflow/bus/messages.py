"""A message on its way out, and a message that came in. Neither knows the broker's client."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from creatorflow_contracts.ingress import Delivery

from .errors import MessageRefused

MAX_BODY = 16 * 1024 * 1024
"""Bytes. RabbitMQ 4 closes the channel over it, and everything in flight goes with the channel."""
MAX_HEADERS = 8 * 1024 - 32
"""Bytes. A header table over one frame closes the whole connection; the door refuses more than 8 KiB anyway, and the
time of sending needs some."""
MAX_SHORT = 255
"""Bytes of a routing key, an exchange's name, a message type, ..."""


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """A message to publish. It gets a fresh AMQP message id at every publish; its stable id is in its body.

    `mandatory`: an unroutable message is an error. `expiration_ms`: dropped (dead-lettered) when it waits longer.
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
    """Told the message id of each publish."""

    def check(self) -> None:
        """Raises MessageRefused for what would close the channel or the connection under everybody else's messages."""
        if len(self.body) > MAX_BODY:
            raise MessageRefused(f"the body of {self.type} has {len(self.body)} bytes, at most {MAX_BODY} can be sent")
        if self.headers and _table_size(self.headers) > MAX_HEADERS:
            raise MessageRefused(f"the headers of {self.type} are larger than {MAX_HEADERS} bytes")
        for name in ("exchange", "routing_key", "type", "correlation_id", "reply_to"):
            value = getattr(self, name)
            if value is not None and len(value) > 63 and len(value.encode()) > MAX_SHORT:
                raise MessageRefused(f"the {name} of {self.type[:40]} is longer than {MAX_SHORT} bytes")


class Acknowledger(Protocol):
    """What a delivery needs of the channel it came by."""

    def holds(self, tag: int) -> bool: ...
    async def ack_many(self, tags: Sequence[int]) -> bool: ...
    async def ack(self, tag: int) -> bool: ...
    async def nack(self, tag: int, *, requeue: bool) -> bool: ...


@dataclass(frozen=True, slots=True, eq=False)
class IncomingMessage:
    """One delivery. Answer it exactly once; an answer whose channel is gone is void, and the broker delivers again."""

    delivery: Delivery
    queue: str
    tag: int
    channel: Acknowledger
    consumer: str = ""
    """The subscription by which it came."""
    server: Mapping[str, str | int] = field(default_factory=dict)
    """What spans say of the broker."""

    @property
    def void(self) -> bool:
        """It has been answered, or its channel is gone and the broker will deliver it (or has) to somebody again."""
        return not self.channel.holds(self.tag)

    async def ack(self) -> bool:
        """Done with. False when it was void."""
        return await self.channel.ack(self.tag)

    async def nack(self, *, requeue: bool = True) -> bool:
        """Hand it back, to be delivered to anyone at once. False when it was void."""
        return await self.channel.nack(self.tag, requeue=requeue)

    async def reject(self) -> bool:
        """Unreadable: to the dead letters, or dropped where a queue has none. False when it was void."""
        return await self.channel.nack(self.tag, requeue=False)


async def ack_all(deliveries: Iterable[IncomingMessage]) -> None:
    """Acknowledge many with as few frames as their order allows (RELIABILITY, fact 15); void ones are passed over."""
    by_channel: dict[Acknowledger, list[int]] = {}
    for delivery in deliveries:
        by_channel.setdefault(delivery.channel, []).append(delivery.tag)
    for channel, tags in by_channel.items():
        await channel.ack_many(tags)


def _table_size(headers: Mapping[str, str]) -> int:
    return sum(len(key.encode()) + len(value.encode()) + 6 for key, value in headers.items())
