"""The saga: `advance(saga, event) -> (saga, commands)`.

Rules for this file: what decides lives here, and only values go in and out. A duplicate or stale event changes
nothing, an impossible one raises `ImpossibleEvent`, and final stays final. A result counts only for the current
attempt of its step, and once.
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
from creatorflow_orchestrator.core.state.roster import NOBODY, Roster
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
from .answers import apply_validation_refusals, keep_output, merge_decisions

_ANSWERABLE = frozenset({StepStatus.OPEN, StepStatus.RETRYING, StepStatus.PARKED})
Outcome = tuple[Saga, tuple[Command, ...]]


def advance(saga: Saga | None, event: Event, roster: Roster = NOBODY) -> Outcome:
    """The saga after the event, and what is to be done; `roster` is who there is at that moment.

    Raises `ImpossibleEvent` when the event contradicts the state: any event but a submission for a saga that does
    not exist, a submission whose content differs from the one accepted under its id.
    """
    if isinstance(event, RequestSubmitted):
        return _submitted(saga, event, roster)
    if saga is None:
        raise ImpossibleEvent(f"{type(event).__name__} for a saga that was never accepted")
    turn = Transition(saga, event.at, roster)
    match event:
        case TaskSucceeded():
            _succeeded(turn, event)
        case TaskFailed():
            _failed(turn, event)
        case TaskClaimed():
            _claimed(turn, event)
        case TaskHeartbeat():
            _heard(turn, event)
        case ConsumersCounted():
            if not saga.status.final:
                availability.apply_consumer_counts(turn, event.consumers)
        case StepCommanded():
            manual_steps.apply_step_command(turn, event)
        case CancelRequested():
            _cancel(turn, event)
        case Ticked():
            _ticked(turn, event)
        case _:
            assert_never(event)
    return turn.done()


def wake_at(saga: Saga) -> datetime | None:
    """The earliest moment the saga waits for: a retry, the end of a silence, its deadline; `None` when it is final."""
    if saga.status.final:
        return None
    waits = [_last_moment(saga)]
    for step in saga.steps.values():
        attempt = step.attempt
        waits += [moment for moment in (attempt.retry_at, attempt.silent_at, attempt.check_at) if moment is not None]
    return min(waits)


def _last_moment(saga: Saga) -> datetime:
    """When it ends whatever happens: at its deadline, or when the time for undoing is over."""
    return saga.definition.deadline if saga.ending is None else saga.ending.until


def find_step(saga: Saga, task_id: UUID) -> StepState | None:
    """The step whose current (or last) attempt has that id."""
    return next((step for step in saga.steps.values() if step.attempt.task_id == task_id), None)


def _submitted(saga: Saga | None, event: RequestSubmitted, roster: Roster) -> Outcome:
    if saga is not None:
        if saga.definition.digest != event.definition.digest:
            raise ImpossibleEvent("the same correlation id was accepted with another request")
        return saga, ()
    definition = event.definition
    steps = {step.id: lifecycle.planned(step) for step in definition.plan.steps}
    turn = Transition(Saga(event.saga_id, definition, steps, updated_at=event.at), event.at, roster)
    turn.record("accepted", message=definition.request[:200], data={"deadline": definition.deadline.isoformat()})
    turn.record("planned", data={"analysis": dict(event.analysis), **_outline(definition.plan)})
    if definition.dry_run:
        end_saga(turn, SagaStatus.COMPLETED, "dry run: nothing was dispatched")
    else:
        schedule(turn)
    return turn.done()


def _outline(plan: Plan) -> HistoryData:
    """The plan as a watcher needs it."""
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
    return {"pattern": plan.pattern.value, "steps": steps, "requirements": list(plan.requirements)}


def _succeeded(turn: Transition, event: TaskSucceeded) -> None:
    step = _current(turn, event.task_id, event.digest)
    if step is None or not _may_speak(turn, step, event.agent):
        return
    turn.put(replace(lifecycle.answer(step, event.digest), tokens=step.tokens + event.tokens))
    state = resolve_step(turn, step.id, StepStatus.SUCCEEDED)
    keep_output(turn, state, event.output, execution_time_ms=event.execution_time_ms, instance=event.instance)
    merge_decisions(turn, state, event.agent, event.decisions)
    apply_validation_refusals(turn, state, event.output)
    schedule(turn)


def _failed(turn: Transition, event: TaskFailed) -> None:
    step = _current(turn, event.task_id, event.digest)
    if step is None or (event.agent and not _may_speak(turn, step, event.agent)):
        return
    if step.status is not StepStatus.OPEN:  # silence or the broker has ended this attempt before, and it was counted
        if not event.digest:
            return
        if event.failure.kind is not FailureKind.PERMANENT or step.status is StepStatus.PARKED:
            turn.put(lifecycle.answer(step, event.digest))
            return
    answered = turn.put(lifecycle.answer(step, event.digest or None))
    recover(turn, answered, event.failure, event.jitter)
    schedule(turn)


def _claimed(turn: Transition, event: TaskClaimed) -> None:
    step = _open(turn, event.task_id)
    if step is None:
        _stop_stray_work(turn, event)
    elif not _may_speak(turn, step, event.agent):
        return
    elif step.attempt.claimed_by != event.instance:
        state = turn.put(lifecycle.claim(step, event.instance, _silence(turn, event.silence_ms)))
        turn.record("step_claimed", state, data={"instance": event.instance})


def _heard(turn: Transition, event: TaskHeartbeat) -> None:
    step = _open(turn, event.task_id)
    if step is None or event.agent != _speaker(step):
        _stop_stray_work(turn, event)
    elif step.attempt.silent_at is not None:
        turn.put(lifecycle.prolong(step, max(step.attempt.silent_at, _silence(turn, event.silence_ms))))


def _stop_stray_work(turn: Transition, event: TaskClaimed | TaskHeartbeat) -> None:
    """An instance works on an attempt that nobody waits for."""
    turn.command(CancelTask(event.agent, event.task_id, "this attempt is no longer current"))


def _silence(turn: Transition, silence_ms: int) -> datetime:
    return turn.at + timedelta(milliseconds=silence_ms)


def _cancel(turn: Transition, event: CancelRequested) -> None:
    if turn.status is SagaStatus.RUNNING:
        turn.record("cancel_requested", message=event.reason)
        end_saga(turn, SagaStatus.CANCELLED, event.reason or "cancelled by request")


def _ticked(turn: Transition, event: Ticked) -> None:
    saga = turn.before
    if saga.status.final:
        return
    if event.at >= _last_moment(saga):
        _time_is_up(turn)
        return
    for step in saga.steps.values():
        if turn.status is not saga.status:  # an earlier step has ended it
            return
        attempt = step.attempt
        if attempt.retry_at is not None and attempt.retry_at <= event.at:
            availability.start_next_attempt(turn, step, event.jitter)
        elif attempt.silent_at is not None and attempt.silent_at <= event.at:
            silence = Failure(FailureKind.TIMEOUT, f"nothing was heard of {attempt.claimed_by or attempt.agent}")
            recover(turn, step, silence, event.jitter)
    schedule(turn)
    availability.request_consumer_counts(turn)


def _time_is_up(turn: Transition) -> None:
    if turn.status is SagaStatus.COMPENSATING:
        conclude_saga(turn, "not everything could be undone in time")
    else:
        turn.record("deadline_reached")
        end_saga(turn, SagaStatus.FAILED, "the deadline came")


def _speaker(step: StepState) -> str:
    return step.attempt.agent or CHILD_AGENT


def _may_speak(turn: Transition, step: StepState, agent: str) -> bool:
    """Whether the attempt was given to that agent; anybody else's word about it is refused."""
    if agent == _speaker(step):
        return True
    turn.command(Refuse("SENDER_NOT_ALLOWED", f"step {step.id} was given to {_speaker(step)}"))
    return False


def _open(turn: Transition, task_id: UUID) -> StepState | None:
    """The step whose current attempt has that id and is unanswered."""
    step = find_step(turn.before, task_id)
    return step if step is not None and step.status is StepStatus.OPEN else None


def _current(turn: Transition, task_id: UUID, digest: str) -> StepState | None:
    """The step that an answer to this attempt counts for; `None`, with the reason as a command, if it cannot count.

    An attempt that silence or the broker ended (it has no digest) may still be answered until the next one starts.
    """
    step = find_step(turn.before, task_id)
    if step is not None and step.attempt.digest and digest:
        if step.attempt.digest != digest:
            text = f"attempt {step.attempt.number} of step {step.id} was answered before"
            turn.command(Refuse("CONFLICTING_RESULT", text))
        return None
    if step is not None and step.status in _ANSWERABLE:
        return step
    if digest:
        turn.command(Refuse("LATE_RESULT", "the request has ended or another attempt has taken this one's place"))
    return None
