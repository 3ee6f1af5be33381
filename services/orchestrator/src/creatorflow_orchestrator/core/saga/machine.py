"""The saga: `advance(saga, event) -> (saga, commands)`.

Rules for this file: pure functions, values in and values out. A duplicate or stale event changes nothing, an
impossible one raises `ImpossibleEvent`, and a final status never changes. A result counts only for the current attempt
of its step, and only once.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import assert_never
from uuid import UUID

from creatorflow_orchestrator.core.errors import ImpossibleEvent
from creatorflow_orchestrator.core.plan import Plan
from creatorflow_orchestrator.core.recovery import availability
from creatorflow_orchestrator.core.recovery.apply import recover
from creatorflow_orchestrator.core.scheduling.scheduler import conclude_saga, end_saga, resolve_step, schedule
from creatorflow_orchestrator.core.state import lifecycle
from creatorflow_orchestrator.core.state.commands import CancelTask, Command, HistoryData, Refuse
from creatorflow_orchestrator.core.state.events import (
    CancelRequested,
    ConsumersCounted,
    Event,
    RequestSubmitted,
    StepCommanded,
    TaskClaimed,
    TaskFailed,
    TaskHeartbeat,
    TaskSucceeded,
    Ticked,
)
from creatorflow_orchestrator.core.state.roster import EMPTY_ROSTER, Roster
from creatorflow_orchestrator.core.state.saga_state import (
    CHILD_AGENT,
    Failure,
    FailureKind,
    Saga,
    SagaStatus,
    StepState,
    StepStatus,
)
from creatorflow_orchestrator.core.state.transition import Transition

from . import manual_steps
from .result_effects import apply_validation_refusals, fail_unpassed_validation, keep_output, merge_decisions

_ANSWERABLE = frozenset({StepStatus.OPEN, StepStatus.RETRYING, StepStatus.PARKED})
Outcome = tuple[Saga, tuple[Command, ...]]


def advance(saga: Saga | None, event: Event, roster: Roster = EMPTY_ROSTER) -> Outcome:
    """Apply an event to a saga; return the saga after it and the commands to execute.

    `saga` is `None` before its submission; `roster` describes the agents at the time of the event.

    Raises `ImpossibleEvent` when the event contradicts the state: any event but a submission for a saga that does
    not exist, a submission whose content differs from the one accepted under its id.
    """
    if isinstance(event, RequestSubmitted):
        return _apply_submission(saga, event, roster)
    if saga is None:
        raise ImpossibleEvent(f"{type(event).__name__} for a saga that was never accepted")
    transition = Transition(saga, event.at, roster)
    match event:
        case TaskSucceeded():
            _apply_success(transition, event)
        case TaskFailed():
            _apply_failure(transition, event)
        case TaskClaimed():
            _apply_claim(transition, event)
        case TaskHeartbeat():
            _apply_heartbeat(transition, event)
        case ConsumersCounted():
            if not saga.status.final:
                availability.apply_consumer_counts(transition, event.consumers)
        case StepCommanded():
            manual_steps.apply_step_command(transition, event)
        case CancelRequested():
            _apply_cancel(transition, event)
        case Ticked():
            _apply_tick(transition, event)
        case _:
            assert_never(event)
    return transition.done()


def wake_at(saga: Saga) -> datetime | None:
    """Return the wake-up time: the next retry, end of silence, consumer check or deadline; `None` if it is final."""
    if saga.status.final:
        return None
    waits = [_latest_end(saga)]
    for step in saga.steps.values():
        attempt = step.attempt
        waits += [time for time in (attempt.retry_at, attempt.silent_at, attempt.check_at) if time is not None]
    return min(waits)


def _latest_end(saga: Saga) -> datetime:
    """Return the time at which the saga ends at the latest: its deadline, or the end of its compensation."""
    return saga.definition.deadline if saga.ending is None else saga.ending.until


def find_step(saga: Saga, task_id: UUID) -> StepState | None:
    """Return the step whose current (or last) attempt has that id."""
    return next((step for step in saga.steps.values() if step.attempt.task_id == task_id), None)


def _apply_submission(saga: Saga | None, event: RequestSubmitted, roster: Roster) -> Outcome:
    if saga is not None:
        if saga.definition.digest != event.definition.digest:
            raise ImpossibleEvent("the same correlation id was accepted with another request")
        return saga, ()
    definition = event.definition
    steps = {step.id: lifecycle.planned(step) for step in definition.plan.steps}
    transition = Transition(Saga(event.saga_id, definition, steps, updated_at=event.at), event.at, roster)
    transition.record("accepted", message=definition.request[:200], data={"deadline": definition.deadline.isoformat()})
    reading = {"reading": dict(event.reading)} if event.reading else {}
    outline = _plan_outline(definition.plan)
    transition.record("planned", data={"analysis": dict(event.analysis), **reading, **outline})
    if definition.dry_run:
        end_saga(transition, SagaStatus.COMPLETED, "dry run: nothing was dispatched")
    else:
        schedule(transition)
    return transition.done()


def _plan_outline(plan: Plan) -> HistoryData:
    """Return the plan as the progress event shows it to clients."""
    steps = [
        {
            "id": step.id,
            "agent": step.agent,
            "type": step.type.value,
            "description": step.description,
            "depends_on": list(step.depends_on),
            "optional": step.optional,
        }
        | ({"when": step.when} if step.when else {})
        for step in plan.steps
    ]
    notes = {"notes": list(plan.notes)} if plan.notes else {}
    return {"pattern": plan.pattern.value, "steps": steps, "requirements": list(plan.requirements), **notes}


def _apply_success(transition: Transition, event: TaskSucceeded) -> None:
    step = _find_answerable_step(transition, event.task_id, event.digest)
    if step is None or not _is_from_assignee(transition, step, event.agent):
        return
    transition.put(replace(lifecycle.answer(step, event.digest), tokens=step.tokens + event.tokens))
    state = resolve_step(transition, step.id, StepStatus.SUCCEEDED)
    keep_output(transition, state, event.output, execution_time_ms=event.execution_time_ms, instance=event.instance)
    merge_decisions(transition, state, event.agent, event.decisions)
    apply_validation_refusals(transition, state, event.output)
    fail_unpassed_validation(transition, state)
    schedule(transition)


def _apply_failure(transition: Transition, event: TaskFailed) -> None:
    step = _find_answerable_step(transition, event.task_id, event.digest)
    if step is None or (event.agent and not _is_from_assignee(transition, step, event.agent)):
        return
    if step.status is not StepStatus.OPEN:  # silence or the broker ended this attempt before, and that was counted
        if not event.digest:
            return
        if event.failure.kind is not FailureKind.PERMANENT or step.status is StepStatus.PARKED:
            transition.put(lifecycle.answer(step, event.digest))
            return
    answered = transition.put(lifecycle.answer(step, event.digest or None))
    recover(transition, answered, event.failure, event.jitter)
    schedule(transition)


def _apply_claim(transition: Transition, event: TaskClaimed) -> None:
    step = _find_open_step(transition, event.task_id)
    if step is None:
        _cancel_stale_attempt(transition, event)
    elif not _is_from_assignee(transition, step, event.agent):
        return
    elif step.attempt.claimed_by != event.instance:
        state = transition.put(lifecycle.claim(step, event.instance, _silence_deadline(transition, event.silence_ms)))
        transition.record("step_claimed", state, data={"instance": event.instance})


def _apply_heartbeat(transition: Transition, event: TaskHeartbeat) -> None:
    step = _find_open_step(transition, event.task_id)
    if step is None or event.agent != _assignee(step):
        _cancel_stale_attempt(transition, event)
    elif step.attempt.silent_at is not None:
        transition.put(
            lifecycle.prolong(step, max(step.attempt.silent_at, _silence_deadline(transition, event.silence_ms)))
        )


def _cancel_stale_attempt(transition: Transition, event: TaskClaimed | TaskHeartbeat) -> None:
    """Ask an instance to stop working on an attempt that is no longer current."""
    transition.command(CancelTask(event.agent, event.task_id, "this attempt is no longer current"))


def _silence_deadline(transition: Transition, silence_ms: int) -> datetime:
    return transition.at + timedelta(milliseconds=silence_ms)


def _apply_cancel(transition: Transition, event: CancelRequested) -> None:
    if transition.status is SagaStatus.RUNNING:
        transition.record("cancel_requested", message=event.reason)
        end_saga(transition, SagaStatus.CANCELLED, event.reason or "cancelled by request")


def _apply_tick(transition: Transition, event: Ticked) -> None:
    saga = transition.before
    if saga.status.final:
        return
    if event.at >= _latest_end(saga):
        _end_at_deadline(transition)
        return
    for step in saga.steps.values():
        if transition.status is not saga.status:  # an earlier step has ended it
            return
        attempt = step.attempt
        if attempt.retry_at is not None and attempt.retry_at <= event.at:
            availability.start_next_attempt(transition, step, event.jitter)
        elif attempt.silent_at is not None and attempt.silent_at <= event.at:
            timeout = Failure(
                FailureKind.TIMEOUT, f"no heartbeat of {attempt.claimed_by or attempt.agent} names the task"
            )
            recover(transition, step, timeout, event.jitter)
    schedule(transition)
    availability.request_consumer_counts(transition)


def _end_at_deadline(transition: Transition) -> None:
    if transition.status is SagaStatus.COMPENSATING:
        conclude_saga(transition, "not everything could be undone in time")
    else:
        transition.record("deadline_reached")
        end_saga(transition, SagaStatus.FAILED, "the deadline came")


def _assignee(step: StepState) -> str:
    return step.attempt.agent or CHILD_AGENT


def _is_from_assignee(transition: Transition, step: StepState, agent: str) -> bool:
    """True if the attempt was assigned to that agent; a message of any other agent about it is refused."""
    if agent == _assignee(step):
        return True
    transition.command(Refuse("SENDER_NOT_ALLOWED", f"step {step.id} was given to {_assignee(step)}"))
    return False


def _find_open_step(transition: Transition, task_id: UUID) -> StepState | None:
    """Return the step whose current attempt has that id and is unanswered."""
    step = find_step(transition.before, task_id)
    return step if step is not None and step.status is StepStatus.OPEN else None


def _find_answerable_step(transition: Transition, task_id: UUID, digest: str) -> StepState | None:
    """Return the step that an answer to this attempt counts for; else `None`, and refuse the answer with the reason.

    An attempt that silence or the broker ended (it has no digest) may still be answered until the next one starts.
    """
    step = find_step(transition.before, task_id)
    if step is not None and step.attempt.digest and digest:
        if step.attempt.digest != digest:
            text = f"attempt {step.attempt.number} of step {step.id} was answered before"
            transition.command(Refuse("CONFLICTING_RESULT", text))
        return None
    if step is not None and step.status in _ANSWERABLE:
        return step
    if digest:
        transition.command(Refuse("LATE_RESULT", "the request has ended or a newer attempt has replaced this one"))
    return None
