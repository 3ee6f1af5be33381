"""How an item is refused that cannot count: the problem its sender is told, and what of it still can be processed."""

from __future__ import annotations

from creatorflow_contracts.codes import CODES
from creatorflow_contracts.problem import Problem, ProblemCode
from creatorflow_contracts.v1.request import RequestSubmitted

from creatorflow_orchestrator.core.state.saga_state import CHILD_AGENT
from creatorflow_orchestrator.shell.batch.item_fields import saga_of
from creatorflow_orchestrator.shell.batch.quarantine_rows import KINDS
from creatorflow_orchestrator.shell.batch.work_queue import Item, Received
from creatorflow_orchestrator.translate.attempts import Attempt, refused_result
from creatorflow_orchestrator.translate.definitions import is_attempt

HINTS = {
    "SENDER_NOT_ALLOWED": "only the agent that a task was given to may answer it",
    "PROPERTY_MISMATCH": "leave out the parent; only a plan makes children",
    "FIELD_INVALID": "correct the named field and send the command again",
}
"""What to do next where it is another thing here than at the door."""


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
        hint=HINTS.get(code) or CODES[ProblemCode(code)].hint,
    )
