"""How an item is refused that cannot count: the problem its sender is told, and what of it still can be processed."""

from __future__ import annotations

from creatorflow_contracts.problem import Problem
from creatorflow_contracts.v1.request import RequestSubmitted

from creatorflow_orchestrator.core.model import CHILD_AGENT
from creatorflow_orchestrator.translate.attempts import Attempt, refused_result
from creatorflow_orchestrator.translate.requests import is_attempt

from .about import saga_of
from .inbox import Item, Received
from .kinds import KINDS

HINTS = {
    "UNKNOWN_SAGA": "Check the request id; a request that was never accepted, or was pruned, is not known.",
    "LATE_RESULT": "Nothing: another attempt was counted, or the request has ended.",
    "CONFLICTING_RESULT": "The first answer stands; see why the agent answered the same task twice and differently.",
    "SENDER_NOT_ALLOWED": "Only the agent that a task was given to may answer it.",
    "PROPERTY_MISMATCH": "Leave out the parent; only a plan makes children.",
    "CONFLICTING_REQUEST": "Use a fresh request id for another request.",
    "STEP_UNKNOWN": "See `creatorflow history` for the steps of the request.",
    "STEP_SETTLED": "Nothing: see the state of the request for what became of the step.",
    "FIELD_INVALID": "Mend the named field and send the command again.",
    "UNPROCESSABLE": "Keep the bytes and report them: this is a defect of the orchestrator.",
}


def rest(item: Item, reason: str) -> Item | None:
    """The item as one that does less: of a message its refusal, of a refusal the mere row in quarantine, then nothing.

    For an item that cannot be processed or stored as it is.
    """
    if not isinstance(item, Received):
        return None
    if not isinstance(item.content, Problem):
        return Received(item.incoming, problem_with("UNPROCESSABLE", reason, item), waiting_for(item))
    return None if item.attempt is None else Received(item.incoming, item.content)


def waiting_for(item: Received) -> Attempt | None:
    """The attempt that waits for a message: a result's own, or that of a child request's parent."""
    if isinstance(item.content, RequestSubmitted) and item.content.parent is not None and is_attempt(item.content):
        return Attempt(item.content.parent.correlation_id, item.content.parent.task_id, CHILD_AGENT)
    return refused_result(item.incoming.delivery)


def kind_of(item: Received) -> str:
    """What sort of thing it is that goes to quarantine."""
    return KINDS.get(item.incoming.queue, item.incoming.queue)


def problem_with(code: str, message: str, item: Received) -> Problem:
    saga_id = saga_of(item)
    return Problem(
        code=code,
        message=message,
        where=getattr(item.content, "contract", item.incoming.queue),
        correlation_id=None if saga_id is None else str(saga_id),
        hint=HINTS.get(code, "See the dead letter's bytes in the quarantine, and the agent's log."),
    )
