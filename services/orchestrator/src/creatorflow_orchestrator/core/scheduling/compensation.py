"""Undoing: when a saga fails or is cancelled, the steps that say who undoes them are undone, the last one first.

A compensation is a step like any other, with its own attempts and recoveries; one that cannot be done is told in the
result and keeps nobody. Compensation ends at the latest `GRACE` after the deadline.
"""

from __future__ import annotations

from datetime import timedelta

from creatorflow_orchestrator.core.plan import StepType
from creatorflow_orchestrator.core.state import lifecycle
from creatorflow_orchestrator.core.state.saga_state import PendingEnd, SagaStatus
from creatorflow_orchestrator.core.state.transition import Transition

from .plan_revision import with_compensations

GRACE = timedelta(seconds=20)
"""For so long after the deadline what was done may still be undone."""


def begin(turn: Transition, status: SagaStatus, reason: str) -> bool:
    """Begin to undo what must be undone before the saga ends so; whether there is anything."""
    undoing = () if status is SagaStatus.COMPLETED else steps_to_compensate(turn)
    if not undoing:
        return False
    plan, added = with_compensations(turn.plan, undoing)
    ending = PendingEnd(status, reason, max(turn.before.definition.deadline, turn.at) + GRACE)
    steps = [plan.step(each) for each in added]
    turn.revise(plan, *map(lifecycle.planned, steps))
    turn.compensate(ending)
    turn.record("compensating", message=reason, data={"steps": list(undoing), "ending": status.value})
    return True


def steps_to_compensate(turn: Transition) -> tuple[str, ...]:
    """The steps that have done something and name who undoes them, the last one first.

    What a step did in an earlier round of a loop, or what was refused since, is done too, however the step stands now.
    What came first is told by the history's numbers: the clocks of two replicas differ.
    """
    done: list[tuple[int, str]] = []
    for step in turn.plan.steps:
        state = turn.steps[step.id]
        if step.compensate and state.done_seq is not None:
            done.append((state.done_seq, step.id))
    return tuple(step_id for _, step_id in sorted(done, reverse=True))


def is_finished(turn: Transition) -> bool:
    """Whether nothing is left to undo."""
    return all(turn.steps[step.id].status.settled for step in turn.plan.steps if step.type is StepType.COMPENSATION)
