"""Declaration of a topology: check first, declare missing parts, if the user may. A difference is no error here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from creatorflow_contracts.topology import Binding, Exchange, Queue, Topology

from creatorflow.logs import get_logger

from .errors import ChannelFailed, NotFound, NotPermitted

if TYPE_CHECKING:
    from .amqp import Channel

OpenChannel = Callable[[], Awaitable["Channel"]]
Step = Callable[["Channel"], Awaitable[object]]

log = get_logger(__name__)


class _Declarer:
    """Runs steps on one channel, and opens another after the broker has closed it because of a step."""

    def __init__(self, open_channel: OpenChannel) -> None:
        self._open_channel = open_channel
        self._channel: Channel | None = None
        self.refused: list[str] = []

    async def exists(self, step: Step) -> bool:
        try:
            await self._do(step)
        except NotFound:
            return False
        return True

    async def attempt(self, what: str, step: Step) -> None:
        try:
            await self._do(step)
        except ChannelFailed as error:
            # without the permission the operator does it; a queue that is missing then is reported where it is used
            level = log.debug if isinstance(error, NotPermitted) else log.warning
            level("declare_refused", what=what, reason=str(error))
            self.refused.append(f"{what}: {error}")

    async def _do(self, step: Step) -> None:
        if self._channel is None or not self._channel.is_open:
            self._channel = await self._open_channel()
        try:
            await step(self._channel)
        except ChannelFailed:
            self._channel = None
            raise

    async def close(self) -> None:
        if self._channel is not None:
            await self._channel.close()


async def declare(open_channel: OpenChannel, topology: Topology) -> list[str]:
    """Declare missing parts; returns in words those that could not be declared. Raises BusUnavailable."""
    declarer = _Declarer(open_channel)
    for exchange in topology.exchanges:
        if not await declarer.exists(_look_for_exchange(exchange.name)):
            await declarer.attempt(f"exchange {exchange.name}", _exchange(exchange))
    for queue in topology.queues:
        if not await declarer.exists(_look_for_queue(queue.name)):
            await declarer.attempt(f"queue {queue.name}", _queue(queue))
    for binding in topology.bindings:
        await declarer.attempt(f"binding {binding.exchange} -> {binding.queue} ({binding.key})", _binding(binding))
    await declarer.close()
    return declarer.refused


def _look_for_exchange(name: str) -> Step:
    return lambda channel: channel.exchange_exists(name)


def _look_for_queue(name: str) -> Step:
    return lambda channel: channel.count(name)


def _exchange(exchange: Exchange) -> Step:
    return lambda channel: channel.declare_exchange(exchange.name, exchange.type, durable=exchange.durable)


def _queue(queue: Queue) -> Step:
    return lambda channel: channel.declare_queue(
        queue.name,
        durable=queue.durable,
        exclusive=queue.exclusive,
        auto_delete=queue.auto_delete,
        arguments=queue.arguments,
    )


def _binding(binding: Binding) -> Step:
    return lambda channel: channel.bind(binding.queue, binding.exchange, binding.key)
