"""Messages that are told once, and kept nowhere: whoever misses one asks."""

from __future__ import annotations

from dataclasses import dataclass

from creatorflow.bus import Outgoing
from creatorflow.tracecontext import Headers, inject, sendable
from creatorflow_contracts import topology
from creatorflow_contracts.problem import Problem
from creatorflow_contracts.v1.base import Message

from .store import QuarantineRow


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


@dataclass(frozen=True, slots=True)
class RefusalReply(Outgoing):
    """A problem to the sender of a message that is kept nowhere, and the row in quarantine if it does not get there."""

    row: QuarantineRow | None = None


def refusal(reply_to: str, problem: Problem, row: QuarantineRow) -> RefusalReply:
    """The answer to a refused message. Mandatory, so that a queue that is gone is known; a direct reply-to never is."""
    answer = reply(reply_to, problem, problem.correlation_id)
    return RefusalReply(
        answer.exchange,
        answer.routing_key,
        answer.body,
        answer.type,
        answer.correlation_id,
        answer.headers,
        persistent=False,
        mandatory=not reply_to.startswith(topology.DIRECT_REPLIES),
        row=row,
    )
