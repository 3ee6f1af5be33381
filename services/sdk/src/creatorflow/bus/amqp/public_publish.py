"""Publishing of each message with the client's public `basic_publish`: slower, but independent of its private parts.

Used if `fast_publish` finds that the client differs from the tested one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress

import aiormq
from aio_pika.exceptions import DeliveryError

from .errors import CLIENT_ERRORS, map_error
from .outgoing import ENCODING_ERRORS, PendingPublish, Sender, properties, refuse


class PublicWriter:
    """Publishes each message of a batch in its own task, so that their confirms are waited for together."""

    def __init__(self, raw: aiormq.Channel, sender: Sender) -> None:
        self._raw = raw
        self._sender = sender
        self._tasks: set[asyncio.Task[None]] = set()

    async def write(self, publishes: Sequence[PendingPublish]) -> None:
        """Write a batch (see `Writer`). Tasks start in the batch's order, and the client's lock keeps it."""
        for pending in publishes:
            task = asyncio.create_task(self._publish(pending))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _publish(self, pending: PendingPublish) -> None:
        with suppress(*CLIENT_ERRORS):  # the channel is closed, and its owner reads `closed`
            try:
                await self._basic_publish(pending)
            except DeliveryError as error:  # a nack, or (its subclass PublishError) a returned message
                pending.complete(map_error(error))
            except ENCODING_ERRORS as error:
                refuse(pending, error)
            else:
                pending.complete(None)

    async def _basic_publish(self, pending: PendingPublish) -> None:
        out = pending.outgoing
        await self._raw.basic_publish(
            out.body,
            exchange=out.exchange,
            routing_key=out.routing_key,
            properties=properties(pending, self._sender),
            mandatory=out.mandatory,
        )
