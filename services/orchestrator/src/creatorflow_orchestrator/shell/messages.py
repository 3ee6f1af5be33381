"""Messages that are told once, and kept nowhere: whoever misses one asks."""

from __future__ import annotations

from creatorflow.bus import Outgoing
from creatorflow.tracecontext import Headers, inject, sendable
from creatorflow_contracts.problem import Problem
from creatorflow_contracts.v1.base import Message


def transient(
    exchange: str, key: str, message: Message, correlation_id: str | None, trace: Headers | None = None
) -> Outgoing:
    """A message that is told once, to whoever listens; it carries the trace of these kept headers."""
    return Outgoing(
        exchange=exchange,
        routing_key=key,
        body=message.to_json(),
        type=message.contract,
        correlation_id=correlation_id,
        headers=sendable(trace or {}),
        persistent=False,
        mandatory=False,
    )


def reply(reply_to: str, message: Message | Problem, correlation_id: str | None) -> Outgoing:
    """An answer to a queue of the asker's, in the trace of what is being processed."""
    body = message.model_dump_json(exclude_none=True).encode()
    return Outgoing("", reply_to, body, message.contract, correlation_id, inject(), persistent=False, mandatory=False)
