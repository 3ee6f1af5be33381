"""Interfaces of publishing: AMQP properties, pending publishes, and the writer."""

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
"""Errors that the client raises for a message that cannot be encoded."""


class PendingPublish(Protocol):
    """One publish that waits for the broker's answer."""

    message_id: str
    outgoing: OutgoingMessage

    def complete(self, error: BusError | None) -> None: ...


class Writer(Protocol):
    """Writes publishes to one channel."""

    async def write(self, publishes: Sequence[PendingPublish]) -> None:
        """Write a batch; a publish is completed when its confirm, return or nack arrives.

        A message that cannot be encoded is completed as MessageRefused and does not affect others. Messages lost with
        the channel are not completed here: its owner reads `Channel.closed`. Raises BusUnavailable.
        """


class Sender(NamedTuple):
    """The sender's identity. The broker checks `user_id` against the connection's user, so receivers can trust it."""

    app_id: str
    user_id: str | None


def properties(pending: PendingPublish, sender: Sender) -> spec.Basic.Properties:
    """Return the properties of a publish now, with its own message id."""
    out, now = pending.outgoing, time.time()
    return spec.Basic.Properties(
        content_type=CONTENT_TYPE,
        headers={**out.headers, SENT_AT: int(now * 1000)},
        delivery_mode=2 if out.persistent else 1,
        correlation_id=out.correlation_id,
        reply_to=out.reply_to,
        expiration=None if out.expiration_ms is None else str(max(out.expiration_ms, 0)),
        message_id=pending.message_id,
        timestamp=datetime.fromtimestamp(now, UTC),
        message_type=out.type,
        app_id=sender.app_id,
        user_id=sender.user_id,
    )


def refuse(pending: PendingPublish, error: Exception) -> None:
    """Complete a publish whose message cannot be encoded."""
    pending.complete(MessageRefused(f"{pending.outgoing.type} cannot be encoded: {error}"))
