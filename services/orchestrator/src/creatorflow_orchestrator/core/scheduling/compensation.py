"""Compensation: when a saga fails or is cancelled, the steps that name a compensating agent are undone, last one first.

A compensation is a step like any other, with its own attempts and recoveries; one that fails is reported in the result
and does not keep the others from running. Compensation ends at the latest `GRACE` after the deadline.
"""

from __future__ import annotations

from datetime import timedelta

from creatorflow_orchestrator.core.plan import StepType
from creatorflow_orchestrator.core.state import lifecycle
from creatorflow_orchestrator.core.state.saga_state import PendingEnd, SagaStatus
from creatorflow_orchestrator.core.state.transition import Transition

from .plan_revision import with_compensations

GRACE = timedelta(seconds=20)
"""Time after the deadline in which steps may still be undone."""


def begin(transition: Transition, status: SagaStatus, reason: str) -> bool:
    """Begin to undo steps before the saga ends with that status; return false if there is nothing to undo."""
    to_undo = () if status is SagaStatus.COMPLETED else steps_to_compensate(transition)
    if not to_undo:
        return False
    plan, added = with_compensations(transition.plan, to_undo)
    ending = PendingEnd(status, reason, max(transition.before.definition.deadline, transition.at) + GRACE)
    steps = [plan.step(step_id) for step_id in added]
    transition.revise(plan, *map(lifecycle.planned, steps))
    transition.compensate(ending)
    transition.record("compensating", message=reason, data={"steps": list(to_undo), "ending": status.value})
    return True


def steps_to_compensate(transition: Transition) -> tuple[str, ...]:
    """Return the steps that have done work and name a compensating agent, the last one first.

    Work of an earlier iteration of a loop, or whose output was refused since, counts too, whatever the step's status is
    now. The order is that of the history's numbers: the clocks of two replicas differ.
    """
    done: list[tuple[int, str]] = []
    for step in transition.plan.steps:
        state = transition.steps[step.id]
        if step.compensate and state.done_seq is not None:
            done.append((state.done_seq, step.id))
    return tuple(step_id for _, step_id in sorted(done, reverse=True))


def is_finished(transition: Transition) -> bool:
    """True if every compensation has ended."""
    return all(
        transition.steps[step.id].status.resolved
        for step in transition.plan.steps
        if step.type is StepType.COMPENSATION
    )
