"""Publishing of a batch in one write, with private parts of aiormq (docs/adr/0002-fast-publishing.md).

Rules for this file: every undocumented part of aiormq that this package uses is here, by name in `BORROWED` and
`FRAME_FIELDS`. `missing` is called before the first publish of a connection; if it returns anything, `public_publish`
is used instead.

aiormq keeps the unconfirmed publishes of a channel in a table, by the number that the broker counts them with, and puts
the bytes to write into a queue. A batch is numbered and entered into that table under the channel's lock, and is put
into the queue as one string.
"""

from __future__ import annotations

import asyncio
import inspect
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Final

import aiormq.abc
from aiormq import spec
from pamqp.body import ContentBody
from pamqp.frame import marshal
from pamqp.header import ContentHeader

from creatorflow.bus.errors import BusError

from .errors import map_error, mapped
from .outgoing import ENCODING_ERRORS, PendingPublish, Sender, properties, refuse

BORROWED: Final[Mapping[str, type]] = {
    "confirmations": OrderedDict,
    "delivery_tag": int,
    "lock": AbstractAsyncContextManager,
    "max_content_size": int,
    "message_id_delivery_tag": dict,
    "number": int,
    "write_queue": asyncio.Queue,
}
"""Attributes of an open `aiormq.Channel`, and their types."""
FRAME_FIELDS: Final = ("payload", "should_close", "drain_future")
"""Fields of `aiormq.abc.ChannelFrame`, an item of the write queue."""


def missing(raw: aiormq.Channel) -> tuple[str, ...]:
    """List the private parts that this client lacks or has in another form; empty if it is as tested."""
    odd = [name for name, kind in BORROWED.items() if not isinstance(getattr(raw, name, None), kind)]
    frame = getattr(aiormq.abc, "ChannelFrame", None)
    if not callable(frame) or tuple(inspect.signature(frame).parameters) != FRAME_FIELDS:
        odd.append("ChannelFrame")
    return tuple(odd)


class FastWriter:
    """Writes each batch in one piece: a quarter of the processor time of the public publish."""

    def __init__(self, raw: aiormq.Channel, sender: Sender) -> None:
        self._raw = raw
        self._sender = sender

    async def write(self, publishes: Sequence[PendingPublish]) -> None:
        """See `Writer`."""
        raw = self._raw
        with mapped():
            async with raw.lock:
                payload = bytearray()
                for pending in publishes:
                    try:
                        frames = _frames(raw, pending, self._sender)
                    except ENCODING_ERRORS as error:
                        refuse(pending, error)
                        continue
                    payload += frames
                    _expect(raw, pending)
                drained = raw.create_future()
                await raw.write_queue.put(
                    aiormq.abc.ChannelFrame(bytes(payload), should_close=False, drain_future=drained)
                )
            await drained


class _Confirmation:
    """An entry of the client's table of confirmations, with the interface of a future that the client expects."""

    __slots__ = ("_open", "_pending", "_table")

    def __init__(self, pending: PendingPublish, table: dict[str, int]) -> None:
        self._pending = pending
        self._table = table
        self._open = True

    def done(self) -> bool:
        return not self._open

    def cancelled(self) -> bool:
        return not self._open

    def set_result(self, _: object) -> None:
        self._complete(None)

    def set_exception(self, error: BaseException) -> None:
        self._complete(map_error(error))

    def _complete(self, error: BusError | None) -> None:
        self._open = False
        self._table.pop(self._pending.message_id, None)
        self._pending.complete(error)


def _expect(raw: aiormq.Channel, pending: PendingPublish) -> None:
    raw.delivery_tag += 1
    confirmation: Any = _Confirmation(pending, raw.message_id_delivery_tag)
    raw.confirmations[raw.delivery_tag] = confirmation
    raw.message_id_delivery_tag[pending.message_id] = raw.delivery_tag


def _frames(raw: aiormq.Channel, pending: PendingPublish, sender: Sender) -> bytes:
    """Method, header and body frames of one message."""
    out = pending.outgoing
    number, size, limit = raw.number, len(out.body), raw.max_content_size - 1
    publish = spec.Basic.Publish(exchange=out.exchange, routing_key=out.routing_key, mandatory=out.mandatory)
    header = ContentHeader(properties=properties(pending, sender), body_size=size)
    parts = [marshal(publish, number), marshal(header, number)]
    parts += (marshal(ContentBody(out.body[at : at + limit]), number) for at in range(0, size, limit))
    return b"".join(parts)
