"""Translates history entries to saga events, and sagas to states."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from creatorflow_contracts.v1.event import SagaEvent, SagaEvents, SagaState, StepState
from creatorflow_contracts.v1.work import TaskProgress

from creatorflow_orchestrator.core.plan import Step
from creatorflow_orchestrator.core.saga.machine import find_step
from creatorflow_orchestrator.core.state.commands import Record
from creatorflow_orchestrator.core.state.saga_state import CHILD_AGENT, Saga, StepStatus
from creatorflow_orchestrator.core.state.saga_state import StepState as CoreStepState

ProgressOf = Callable[[UUID], tuple[float | None, str]]
"""Function from a task id to its progress (0 to 1; `None` if unknown) and the note with it."""

_CONTENTS = frozenset({"output", "result"})
"""Contents that stay in the history and are queried there; an event with them would be as large as they are."""


def record_data(record: Record) -> str:
    """Return the `data` column of a history entry: JSON."""
    entry: dict[str, Any] = {"step": record.step, "agent": record.agent, "attempt": record.attempt}
    entry = {key: value for key, value in entry.items() if value is not None}
    return json.dumps(entry | {"message": record.message, "data": record.data}, ensure_ascii=False)


def to_event(record: Record) -> SagaEvent:
    """Translate a history entry to an event, without contents."""
    return SagaEvent(
        seq=record.seq,
        at=record.at,
        event=record.event,
        step=record.step,
        agent=record.agent,
        attempt=record.attempt,
        message=record.message[:4096],
        data=_without_contents(record.data),
    )


def stored_event(seq: int, at: Any, event: str, data: str) -> SagaEvent:
    """Translate a stored history entry to an event, without contents."""
    entry = json.loads(data)
    return SagaEvent(
        seq=seq,
        at=at,
        event=event,
        step=entry.get("step"),
        agent=entry.get("agent"),
        attempt=entry.get("attempt"),
        message=entry.get("message", "")[:4096],
        data=_without_contents(entry.get("data", {})),
    )


def to_events(saga: Saga, records: Sequence[Record]) -> SagaEvents:
    """Return one message with all these events of a saga."""
    return SagaEvents(
        correlation_id=saga.id, status=saga.status.value, events=tuple(to_event(record) for record in records)
    )


def progress_event(saga: Saga, task: TaskProgress, at: datetime) -> SagaEvents | None:
    """Return the progress of an attempt as an event that is not in the history.

    `None` if the heartbeat has neither progress nor note, or the attempt is no longer open.
    """
    step = find_step(saga, task.task_id)
    if step is None or step.status is not StepStatus.OPEN or (task.progress is None and not task.note):
        return None
    event = SagaEvent(
        seq=saga.seq,
        at=at,
        event="step_progressed",
        step=step.id,
        agent=step.attempt.agent or None,
        attempt=step.attempt.number,
        message=task.note,
        data={} if task.progress is None else {"progress": task.progress},
    )
    return SagaEvents(correlation_id=saga.id, status=saga.status.value, events=(event,))


def to_state(saga: Saga, *, with_steps: bool = True, progress: ProgressOf | None = None) -> SagaState:
    """Return the current state of a saga."""
    plan = saga.plan
    steps = tuple(_step_state(step, saga.steps[step.id], progress) for step in plan.steps)
    return SagaState(
        correlation_id=saga.id,
        status=saga.status.value,
        request=saga.definition.request,
        pattern=plan.pattern.value,
        seq=saga.seq,
        submitted_at=saga.definition.submitted_at,
        updated_at=saga.updated_at or saga.definition.submitted_at,
        deadline=saga.definition.deadline,
        steps=steps if with_steps else (),
        parked=tuple(step.id for step in plan.steps if saga.steps[step.id].status is StepStatus.PARKED),
        tags=dict(saga.definition.tags),
        dry_run=saga.definition.dry_run,
    )


def _step_state(step: Step, state: CoreStepState, progress: ProgressOf | None) -> StepState:
    attempt = state.attempt
    is_open = state.status is StepStatus.OPEN
    reported = progress(attempt.task_id) if progress and attempt.task_id and is_open else (None, "")
    return StepState(
        step=step.id,
        agent=attempt.agent or CHILD_AGENT,
        type=step.type.value,
        status=state.status.value,
        attempt=attempt.number,
        depends_on=step.depends_on,
        progress=reported[0],
        message=(state.reason or reported[1])[:4096],
        child=None if step.agent else attempt.task_id,
    )


def _without_contents(data: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if key not in _CONTENTS}
