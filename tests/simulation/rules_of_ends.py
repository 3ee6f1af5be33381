"""How sagas must end: once, in time, children with their parents, and with nothing left."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from creatorflow_orchestrator.core.saga.machine import wake_at
from creatorflow_orchestrator.core.state.events import Ticked
from creatorflow_orchestrator.core.state.saga_state import StepStatus

from . import results
from .moment import Moment, Violation
from .rules_of_sagas import LATEST
from .timeline import HOUR, MINUTE, SECOND, clock_time

if TYPE_CHECKING:
    from .world import World

CHILD_ENDS_WITHIN = 2 * HOUR
"""After its parent: orchestrators may be away, messages be late, and undoing takes its time."""
LATE = timedelta(seconds=10)
"""The clocks of two replicas differ by four seconds at most."""
SETTLED_IN = 30 * SECOND
"""An orchestrator that has come back, or whose clock has jumped, looks at the store by then."""


def with_its_parent(world: World, saga_id: UUID) -> None:
    """A child ends with its parent: it is cancelled, and undoes what it did. Raises `Violation`."""
    parent = world.sagas.kept[saga_id].saga.definition.parent
    over = None if parent is None else world.sagas.kept[parent.saga_id].ended
    if over is not None and world.line.now - over > CHILD_ENDS_WITHIN:
        raise Violation("a_child_ends_with_its_parent", f"its parent ended at {over} ms", saga_id)


def not_late(world: World, saga_id: UUID, moment: Moment) -> None:
    """What a saga waits for happens at its time, where nothing has disturbed the orchestrators. Raises `Violation`."""
    wake = None if moment.before is None else wake_at(moment.before)
    if not isinstance(moment.event, Ticked) or wake is None or world.disturbed_at > world.line.now - MINUTE:
        return
    late = moment.event.at - max(wake, clock_time(world.sagas.kept[saga_id].committed_at + world.jumped_ms))
    if late > LATE:
        raise Violation("what_is_due_is_done_at_its_time", f"it was due at {wake}, done at {moment.event.at}", saga_id)


def in_time(world: World, saga_id: UUID) -> None:
    """A saga is final 30 s after its deadline, or soon after an orchestrator has come back. Raises `Violation`."""
    saga = world.sagas.kept[saga_id].saga
    if saga.status.final:
        return
    since = world.line.now - SETTLED_IN
    replicas = world.replicas.all
    up = any(replica.up and replica.listening_since <= since for replica in replicas) and world.disturbed_at <= since
    late = all(replica.clock() > saga.definition.deadline + LATEST for replica in replicas)
    undoing = saga.ending is not None and any(replica.clock() <= saga.ending.until for replica in replicas)
    if up and late and not undoing:
        what = f"saga {saga_id} is {saga.status.value} after its deadline"
        raise Violation("every_request_ends_on_time", what, saga_id)
    world.line.look_later(5 * SECOND, in_time, world, saga_id)


def is_quiet(world: World) -> bool:
    """Whether nothing is going on, or coming."""
    over = all(kept.saga.status.final for kept in world.sagas.kept.values())
    up = all(replica.up for replica in world.replicas.all)
    return over and up and not world.line.coming and not world.broker.waiting and not world.replicas.database.outbox


def acknowledged(world: World, task_id: UUID) -> None:
    """An answer is acknowledged when what came of it is committed, and not before. Raises `Violation`."""
    if task_id not in world.sagas.answered:
        raise Violation("what_is_acknowledged_was_handled", f"the answer of attempt {task_id} is lost")


def at_rest(world: World) -> None:
    """Everything has been said once, and can be replayed. Raises `Violation`."""
    for saga_id, kept in world.sagas.kept.items():
        if kept.witness.concluded != 1:
            what = f"saga {saga_id} has {kept.witness.concluded} conclusions"
            raise Violation("every_saga_ends_once", what, saga_id)
        going = [step.id for step in kept.saga.steps.values() if step.status is StepStatus.OPEN]
        if going:
            raise Violation("nothing_is_open_in_the_end", f"saga {saga_id}: {going}", saga_id)
        kept.witness.replay(kept.saga)
        results.check(saga_id, kept, world.replicas.database)
    unanswered = [replica.bus.open for replica in world.replicas.all if replica.bus.open]
    if unanswered:
        raise Violation("nothing_is_left", f"{unanswered} have no answer")
