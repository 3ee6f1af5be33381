"""The two kinds of subscription: to a shared queue, and to an exclusive queue of this process."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from creatorflow_contracts.topology import Binding

from .consumer import Consume, Sink, Subscribe
from .errors import NotFound

if TYPE_CHECKING:
    from .amqp import Channel


class Subscription(NamedTuple):
    """The two steps of a `Consumer` on each new channel: check or declare the queue, then consume it."""

    subscribe: Subscribe
    consume: Consume


def shared_queue(queue: str, sink: Sink, declare_again: Callable[[], Awaitable[None]]) -> Subscription:
    """Return the subscription to a queue of the topology; a missing queue is declared again, and waited for."""

    async def look(channel: Channel) -> str:
        try:
            await channel.count(queue)
        except NotFound:
            await declare_again()
            raise
        return queue

    async def consume(channel: Channel, name: str, prefetch: int) -> str:
        return await channel.consume(name, sink, prefetch=prefetch)

    return Subscription(look, consume)


def exclusive_queue(
    fresh_name: Callable[[], str],
    sink: Sink,
    bindings: Callable[[str], Sequence[Binding]],
    on_subscribed: Callable[[], None] | None,
) -> Subscription:
    """Return the subscription to a queue that is declared at each connect and deleted with the connection.

    Its deliveries need no answer. If `fresh_name` returns "" the broker names the queue.
    """

    async def make(channel: Channel) -> str:
        name = await channel.declare_queue(fresh_name(), durable=False, exclusive=True, auto_delete=True, arguments={})
        for binding in bindings(name):
            await channel.bind(binding.queue, binding.exchange, binding.key)
        return name

    async def consume(channel: Channel, name: str, _: int) -> str:
        tag = await channel.consume(name, sink, prefetch=0, no_ack=True)
        if on_subscribed is not None:
            on_subscribed()
        return tag

    return Subscription(make, consume)
