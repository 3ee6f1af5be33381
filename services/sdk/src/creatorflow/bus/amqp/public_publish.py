"""Publishes each message through the client's public `basic_publish`: slower, and sure to be there.

Takes over where `fast_publish` finds a client that is not the one it was tested with.
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
    """Publishes each message of a batch in a task of its own, so that their confirms are waited for together."""

    def __init__(self, raw: aiormq.Channel, sender: Sender) -> None:
        self._raw = raw
        self._sender = sender
        self._tasks: set[asyncio.Task[None]] = set()

    async def write(self, sendings: Sequence[PendingPublish]) -> None:
        """See `Writer`. Tasks begin in the order of the batch, and the client's lock keeps it."""
        for sending in sendings:
            task = asyncio.create_task(self._publish(sending))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _publish(self, sending: PendingPublish) -> None:
        with suppress(*CLIENT_ERRORS):  # the channel is gone, and its owner knows by `closed`
            try:
                await self._basic_publish(sending)
            except DeliveryError as error:  # a nack, or (PublishError, which is one) a returned message
                sending.settle(map_error(error))
            except ENCODING_ERRORS as error:
                refuse(sending, error)
            else:
                sending.settle(None)

    async def _basic_publish(self, sending: PendingPublish) -> None:
        out = sending.outgoing
        await self._raw.basic_publish(
            out.body,
            exchange=out.exchange,
            routing_key=out.routing_key,
            properties=properties(sending, self._sender),
            mandatory=out.mandatory,
        )
