"""Rules of the end of sagas: once, in time, children with their parents, and with nothing left."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from creatorflow_orchestrator.core.saga.machine import wake_at
from creatorflow_orchestrator.core.state.events import Ticked
from creatorflow_orchestrator.core.state.saga_state import StepStatus

from . import result_rules
from .saga_rules import LATEST
from .timeline import HOUR, MINUTE, SECOND, clock_time
from .transition import Transition, Violation

if TYPE_CHECKING:
    from .world import World

CHILD_ENDS_WITHIN = 2 * HOUR
"""After its parent: orchestrators may be down, messages late, and compensation takes time."""
LATE = timedelta(seconds=10)
"""The clocks of two replicas differ by four seconds at most."""
POLLED_WITHIN = 30 * SECOND
"""An orchestrator that was restarted, or whose clock has jumped, has polled the store by then."""


def check_end_with_parent(world: World, saga_id: UUID) -> None:
    """Checks that a child ends with its parent: cancelled, and compensated. Raises `Violation`."""
    parent = world.sagas.committed[saga_id].saga.definition.parent
    parent_ended = None if parent is None else world.sagas.committed[parent.saga_id].ended
    if parent_ended is not None and world.timeline.now - parent_ended > CHILD_ENDS_WITHIN:
        raise Violation("a_child_ends_with_its_parent", f"its parent ended at {parent_ended} ms", saga_id)


def check_wake_up_in_time(world: World, saga_id: UUID, transition: Transition) -> None:
    """Checks that a wake-up is on time, unless the orchestrators were disturbed. Raises `Violation`."""
    wake = None if transition.before is None else wake_at(transition.before)
    if not isinstance(transition.event, Ticked) or wake is None or world.disturbed_at > world.timeline.now - MINUTE:
        return
    late = transition.event.at - max(wake, clock_time(world.sagas.committed[saga_id].committed_at + world.jumped_ms))
    if late > LATE:
        raise Violation("wake_ups_are_on_time", f"it was due at {wake}, done at {transition.event.at}", saga_id)


def check_end_in_time(world: World, saga_id: UUID) -> None:
    """Checks that a saga is final 30 s after its deadline, or soon after a restart. Raises `Violation`."""
    saga = world.sagas.committed[saga_id].saga
    if saga.status.final:
        return
    since = world.timeline.now - POLLED_WITHIN
    replicas = world.replicas.all
    up = any(replica.up and replica.listening_since <= since for replica in replicas) and world.disturbed_at <= since
    late = all(replica.clock() > saga.definition.deadline + LATEST for replica in replicas)
    undoing = saga.ending is not None and any(replica.clock() <= saga.ending.until for replica in replicas)
    if up and late and not undoing:
        description = f"saga {saga_id} is {saga.status.value} after its deadline"
        raise Violation("every_request_ends_on_time", description, saga_id)
    world.timeline.check_later(5 * SECOND, check_end_in_time, world, saga_id)


def is_idle(world: World) -> bool:
    """True if every saga is final and nothing is queued or scheduled."""
    final = all(committed.saga.status.final for committed in world.sagas.committed.values())
    up = all(replica.up for replica in world.replicas.all)
    return (
        final and up and not world.timeline.coming and not world.broker.waiting and not world.replicas.database.outbox
    )


def check_committed_before_ack(world: World, task_id: UUID) -> None:
    """Checks that a result is acknowledged only after its effects are committed. Raises `Violation`."""
    if task_id not in world.sagas.answered:
        raise Violation("results_are_acknowledged_after_their_commit", f"the result of attempt {task_id} is lost")


def check_final_state(world: World) -> None:
    """Checks that each saga has one conclusion and can be replayed, and nothing is left open. Raises `Violation`."""
    for saga_id, committed in world.sagas.committed.items():
        if committed.checker.concluded != 1:
            description = f"saga {saga_id} has {committed.checker.concluded} conclusions"
            raise Violation("every_saga_ends_once", description, saga_id)
        still_open = [step.id for step in committed.saga.steps.values() if step.status is StepStatus.OPEN]
        if still_open:
            raise Violation("no_step_is_open_at_the_end", f"saga {saga_id}: {still_open}", saga_id)
        committed.checker.replay(committed.saga)
        result_rules.check(saga_id, committed, world.replicas.database)
    unacknowledged = [replica.bus.open for replica in world.replicas.all if replica.bus.open]
    if unacknowledged:
        raise Violation("every_delivery_is_acknowledged", f"{unacknowledged} are not acknowledged")
