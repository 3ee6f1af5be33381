"""Makes the rows of the quarantine: a message's bytes, the reason, and the data needed to redrive it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from creatorflow_contracts import topology
from creatorflow_contracts.ingress import Delivery
from creatorflow_contracts.problem import Problem, ProblemCode

from creatorflow_orchestrator.shell.store import OutboxRow, QuarantineRow
from creatorflow_orchestrator.translate.attempts import agent_in, agent_of, contract_of

_EVIDENCE = frozenset({ProblemCode.REDELIVERED_TOO_OFTEN, ProblemCode.UNPROCESSABLE})
"""Codes that point to a defect of ours: the message is kept even if its sender got a reply."""


def is_answered(delivery: Delivery, problem: Problem, kind: str) -> bool:
    """True if a refusal is the sender's own mistake and the sender gets a reply, so that no operator need see it.

    The sender of a request or a command with a reply queue gets the problem there, and still has the message.
    """
    if kind not in (REQUEST, COMMAND) or problem.code in _EVIDENCE:
        return False
    return bool(delivery.reply_to) and topology.may_reply_to(delivery.reply_to)


def refused(delivery: Delivery, problem: Problem, kind: str, at: datetime) -> QuarantineRow:
    """Make the row of a refused delivery, with the problem that its sender gets."""
    properties: Mapping[str, Any] = {
        name: value
        for name in ("content_type", "type", "message_id", "correlation_id", "reply_to", "user_id")
        if (value := getattr(delivery, name)) is not None
    }
    return QuarantineRow(
        at=at,
        kind=kind,
        code=problem.code,
        message=problem.message,
        where=problem.where,
        hint=problem.hint,
        body=delivery.body,
        agent=agent_of(delivery),
        contract=contract_of(delivery),
        correlation_id=problem.correlation_id or delivery.correlation_id,
        exchange=delivery.exchange,
        routing_key=delivery.routing_key,
        headers=delivery.headers,
        properties=properties,
    )


def unsendable(row: OutboxRow, reason: str, at: datetime) -> QuarantineRow:
    """Make the row of a message of ours that can never be sent."""
    return QuarantineRow(
        at=at,
        kind=OUTBOX,
        code="UNPROCESSABLE",
        message=f"it can never be sent: {reason}"[:4096],
        where=row.type,
        hint="See why it cannot be sent; the step that waited for it has failed.",
        body=row.body,
        agent=agent_in(row.routing_key),
        contract=row.type,
        correlation_id=None if row.saga_id is None else str(row.saga_id),
        exchange=row.exchange,
        routing_key=row.routing_key,
        headers=row.headers,
    )


REQUEST, COMMAND, RESULT, DEAD_LETTER = "request", "command", "result", "dead_letter"
OUTBOX = "outbox"
"""The kind of a message of ours that could not be sent."""

KINDS: Mapping[str, str] = {
    topology.SUBMIT_QUEUE: REQUEST,
    topology.COMMANDS_QUEUE: COMMAND,
    topology.RESULTS_QUEUE: RESULT,
    topology.DEAD_LETTERS_QUEUE: DEAD_LETTER,
}
QUEUES: Mapping[str, str] = {kind: queue for queue, kind in KINDS.items()}
