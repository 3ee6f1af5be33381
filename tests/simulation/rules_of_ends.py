"""How sagas must end: once, in time, children with their parents, and with nothing left."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from creatorflow_orchestrator.core.state.saga_state import StepStatus

from . import results
from .moment import Violation
from .rules_of_sagas import LATEST
from .timeline import HOUR, SECOND

if TYPE_CHECKING:
    from .orchestrator import Orchestrators

CHILD_ENDS_WITHIN = 2 * HOUR
"""After its parent: orchestrators may be away, messages be late, and undoing takes its time."""


def with_its_parent(those: Orchestrators, saga_id: UUID) -> None:
    """A child ends with its parent: it is cancelled, and undoes what it did. Raises `Violation`."""
    parent = those.sagas[saga_id].saga.definition.parent
    over = None if parent is None else those.sagas[parent.saga_id].ended
    if over is not None and those.world.line.now - over > CHILD_ENDS_WITHIN:
        raise Violation("a_child_ends_with_its_parent", f"its parent ended at {over} ms", saga_id)


def in_time(those: Orchestrators, saga_id: UUID) -> None:
    """A saga is final 30 s after its deadline, or soon after an orchestrator has come back. Raises `Violation`."""
    now, saga = those.world.line.now, those.sagas[saga_id].saga
    if saga.status.final:
        return
    up = any(replica.up and replica.listening_since <= now - 5 * SECOND for replica in those.replicas)
    late = all(those.clock(replica) > saga.definition.deadline + LATEST for replica in those.replicas)
    undoing = saga.ending is not None and any(those.clock(replica) <= saga.ending.until for replica in those.replicas)
    if up and late and not undoing:
        what = f"saga {saga_id} is {saga.status.value} after its deadline"
        raise Violation("every_request_ends_on_time", what, saga_id)
    those.world.line.later(5 * SECOND, in_time, those, saga_id)


def at_rest(those: Orchestrators) -> None:
    """Everything is final, has been said once, can be replayed, and nothing waits. Raises `Violation`."""
    for saga_id, kept in those.sagas.items():
        if not kept.saga.status.final:
            raise Violation("every_saga_ends", f"saga {saga_id} is {kept.saga.status.value}", saga_id)
        if kept.witness.concluded != 1:
            what = f"saga {saga_id} has {kept.witness.concluded} conclusions"
            raise Violation("every_saga_ends_once", what, saga_id)
        going = [step.id for step in kept.saga.steps.values() if step.status is StepStatus.OPEN]
        if going:
            raise Violation("nothing_is_open_in_the_end", f"saga {saga_id}: {going}", saga_id)
        kept.witness.replay(kept.saga)
        if those.world.chance.maybe(0.1):  # it takes longer than all the rest
            results.check(saga_id, kept)
    if those.waiting or those.unsent:
        raise Violation("nothing_is_left", f"{len(those.waiting)} messages and {len(those.unsent)} rows")
