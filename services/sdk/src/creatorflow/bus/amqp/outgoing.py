"""A message on its way to the wire: its AMQP properties, and who waits for the broker's answer."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple, Protocol

from aiormq import spec
from creatorflow_contracts.queue_time import SENT_AT
from pamqp.exceptions import PAMQPException

from creatorflow.bus.errors import BusError, MessageRefused
from creatorflow.bus.messages import OutgoingMessage

CONTENT_TYPE = "application/json"
ENCODING_ERRORS = (PAMQPException, ValueError, TypeError)
"""Raised by the client for a message that cannot be put into frames."""


class PendingPublish(Protocol):
    """One publish that waits for the broker's answer."""

    message_id: str
    outgoing: OutgoingMessage

    def settle(self, error: BusError | None) -> None: ...


class Writer(Protocol):
    """Puts publishes on the wire of one channel."""

    async def write(self, sendings: Sequence[PendingPublish]) -> None:
        """Write a batch; each sending is settled when its confirm, return or nack comes.

        A message that cannot be put into frames is settled as MessageRefused and hurts no other. What the channel
        loses is not settled here: its owner reads `Channel.closed`. Raises BusUnavailable.
        """


class Sender(NamedTuple):
    """Who publishes. The broker checks `user_id` against the connection's user, so a receiver can believe it."""

    app_id: str
    user_id: str | None


def properties(sending: PendingPublish, sender: Sender) -> spec.Basic.Properties:
    """The properties of a publish at this moment, under its own message id."""
    out, now = sending.outgoing, time.time()
    return spec.Basic.Properties(
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


def refuse(sending: PendingPublish, error: Exception) -> None:
    """Settle a message that cannot be put into frames."""
    sending.settle(MessageRefused(f"{sending.outgoing.type} cannot be encoded: {error}"))
