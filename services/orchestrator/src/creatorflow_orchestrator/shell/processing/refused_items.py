"""Refused items: the problem for their sender, and the part of an item that can still be processed."""

from __future__ import annotations

from creatorflow_contracts.codes import CODES
from creatorflow_contracts.problem import Problem, ProblemCode
from creatorflow_contracts.v1.request import RequestSubmitted

from creatorflow_orchestrator.core.state.saga_state import CHILD_AGENT
from creatorflow_orchestrator.shell.batch.item_fields import saga_of
from creatorflow_orchestrator.shell.batch.quarantine_rows import KINDS
from creatorflow_orchestrator.shell.batch.work_queue import Item, ReceivedMessage
from creatorflow_orchestrator.translate.attempts import AttemptRef, refused_result
from creatorflow_orchestrator.translate.definitions import is_attempt

HINTS = {
    "SENDER_NOT_ALLOWED": "only the agent that a task was given to may answer it",
    "PROPERTY_MISMATCH": "leave out the parent; only a plan makes children",
    "FIELD_INVALID": "correct the named field and send the command again",
}
"""Hints of codes that mean another thing here than at ingress."""


def reduced_item(item: Item, reason: str) -> Item | None:
    """Reduce an item: a message to its refusal, a refusal to the mere row in quarantine, that to nothing (`None`).

    For an item that cannot be processed or stored as it is.
    """
    if not isinstance(item, ReceivedMessage):
        return None
    if not isinstance(item.content, Problem):
        return ReceivedMessage(item.incoming, refusal_problem("UNPROCESSABLE", reason, item), awaiting_attempt(item))
    return None if item.attempt is None else ReceivedMessage(item.incoming, item.content)


def awaiting_attempt(item: ReceivedMessage) -> AttemptRef | None:
    """Return the attempt that waits for a message: a result's own, or that of a child request's parent."""
    if isinstance(item.content, RequestSubmitted) and item.content.parent is not None and is_attempt(item.content):
        return AttemptRef(item.content.parent.correlation_id, item.content.parent.task_id, CHILD_AGENT)
    return refused_result(item.incoming.delivery)


def quarantine_kind(item: ReceivedMessage) -> str:
    """Return the kind under which an item is quarantined."""
    return KINDS.get(item.incoming.queue, item.incoming.queue)


def refusal_problem(code: str, message: str, item: ReceivedMessage) -> Problem:
    """Make the problem of a refused item, with the saga it is about and the hint of its code."""
    saga_id = saga_of(item)
    return Problem(
        code=code,
        message=message,
        where=getattr(item.content, "contract", item.incoming.queue),
        correlation_id=None if saga_id is None else str(saga_id),
        hint=HINTS.get(code) or CODES[ProblemCode(code)].hint,
    )
