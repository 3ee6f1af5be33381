"""Child sagas: the request that a step becomes, and the answer that its parent gets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from creatorflow_orchestrator.core.state.commands import StartChild
from creatorflow_orchestrator.core.state.events import RequestSubmitted, TaskFailed, TaskSucceeded
from creatorflow_orchestrator.core.state.saga_state import (
    CHILD_AGENT,
    Definition,
    Failure,
    FailureKind,
    Parent,
    Saga,
    SagaStatus,
    StepStatus,
)

from .messages import Item

if TYPE_CHECKING:
    from .world import World


def child_item(saga: Saga, command: StartChild, world: World) -> Item:
    """A step's work as a request of its own; now and then one that is not accepted."""
    step = saga.plan.step(command.step)
    assert step.plan is not None
    depth = saga.definition.parent.depth + 1 if saga.definition.parent else 1
    definition = Definition(
        request="part of it",
        digest=f"child {command.task_id}",
        plan=step.plan,
        submitted_at=saga.definition.submitted_at,
        deadline=saga.definition.deadline,
        parent=Parent(saga.id, command.task_id, command.step, command.attempt, depth),
        owners=saga.definition.owners,
        on_failure=saga.definition.on_failure,
    )
    if world.chance.fault("network", 0.02):
        world.saw("fault child_refused")
        return refused(definition)
    return Item(command.task_id, lambda at, _: RequestSubmitted(command.task_id, at, definition), definition=definition)


def wanted(definition: Definition, parent: Saga | None) -> bool:
    """Whether the parent still waits for this child; one that has no parent is asked for by a person."""
    if definition.parent is None:
        return True
    step = None if parent is None else parent.steps.get(definition.parent.step)
    return step is not None and step.attempt.task_id == definition.parent.task_id and step.status is StepStatus.OPEN


def refused(definition: Definition) -> Item:
    """The answer to the parent of a child that is not accepted."""
    parent = definition.parent
    assert parent is not None
    failure = Failure(FailureKind.PERMANENT, "the child request is refused")
    return Item(
        parent.saga_id,
        lambda at, jitter: TaskFailed(at, parent.task_id, failure, jitter, digest="refused", agent=CHILD_AGENT),
    )


def child_answer(saga: Saga) -> Item:
    """A finished child's answer to its parent's step."""
    parent = saga.definition.parent
    assert parent is not None
    if saga.status is SagaStatus.COMPLETED:
        output = {"go": True, "n": len(saga.steps)}
        return Item(
            parent.saga_id, lambda at, _: TaskSucceeded(at, parent.task_id, CHILD_AGENT, f"done {saga.seq}", output)
        )
    failure = Failure(FailureKind.PERMANENT, f"child saga {saga.id}: {saga.reason}")
    return Item(
        parent.saga_id,
        lambda at, jitter: TaskFailed(at, parent.task_id, failure, jitter, f"dead {saga.seq}", CHILD_AGENT),
    )
