"""Rules of failures, recovery decisions and compensation (docs/recovery.md)."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

from creatorflow_orchestrator.core.plan import StepType
from creatorflow_orchestrator.core.recovery.policy import BUDGET
from creatorflow_orchestrator.core.state.commands import DispatchTask
from creatorflow_orchestrator.core.state.events import ConsumersCounted, TaskFailed
from creatorflow_orchestrator.core.state.saga_state import FailureKind, Saga, SagaStatus, StepStatus

from .reference_model import ReferenceModel
from .saga_rules import latest_end
from .transition import Transition

_END = ("give_up", "park")
_DECISIONS = {
    "timeout": ("extend", "alternative", *_END),
    "validation_error": ("reformat", *_END),
    "dependency_missing": ("run_dependency", "retry", *_END),
    "agent_unavailable": ("alternative", "wait", *_END),
    "crashed": ("alternative", *_END),
    "unreadable": ("alternative", *_END),
    "released": ("retry",),
    "permanent": _END,
    "context_too_large": _END,
    "retryable": ("retry", *_END),
    "unknown": ("retry", *_END),
}
_LIMITS = {"extend": 2, "reformat": 2, "run_dependency": 1, "retry": 3}
"""The limit of each decision, per step or (`extend`) per agent of a step."""
_FREE = frozenset({FailureKind.RELEASED, FailureKind.AGENT_UNAVAILABLE})


def failures_keep_to_the_budget(transition: Transition, model: ReferenceModel) -> str:
    """A step has at most its budget of counted failures; failures without a fault of the agent are not counted."""
    for step in transition.after.steps.values():
        before = transition.step_before(step.id)
        if step.failures > BUDGET:
            return f"step {step.id} has {step.failures}"
        event = transition.event
        cost = step.failures - before.failures if before else 0
        kind = event.failure.kind if isinstance(event, TaskFailed) else None
        died = step.status in (StepStatus.FAILED, StepStatus.PARKED)
        if kind in _FREE and cost > 0 and not died:
            return f"{kind} costs step {step.id} {cost}"
    return ""


def every_failure_is_answered_with_a_reason(transition: Transition, model: ReferenceModel) -> str:
    """A failed attempt gets a decision about that step, with its reason, in the same transition."""
    failed = [record for record in transition.records if record.event == "attempt_failed"]
    expired = [record for record in failed if record.data["kind"] == FailureKind.EXPIRED.value]
    decided = [record for record in transition.records if record.event == "recovery_decided"]
    if [record.step for record in failed if record not in expired] != [record.step for record in decided]:
        return f"{[record.step for record in failed]} failed, {[record.step for record in decided]} were decided"
    if any(not record.message or not record.data["decision"] for record in decided):
        return "no reason"
    silent = [
        step.id for step in transition.after.steps.values() if step.status is StepStatus.FAILED and not step.reason
    ]
    return f"{silent} failed without a reason" if silent else ""


def an_agent_that_crashed_on_a_step_is_not_given_it_again(transition: Transition, model: ReferenceModel) -> str:
    """No dispatch after `crashed`, except by a step command or in the next iteration."""
    event = transition.event
    if isinstance(event, TaskFailed) and event.failure.kind is FailureKind.CRASHED and transition.outcome == "counted":
        dispatch = model.dispatches[event.task_id]
        model.crashed_agents.setdefault(dispatch.step, set()).add(dispatch.agent)
    for record in transition.records:
        if record.event in ("step_instructed", "round_started"):
            for name in record.data.get("steps", [record.step]):
                model.crashed_agents.pop(name, None)
    for command in transition.dispatched:
        if isinstance(command, DispatchTask) and command.agent in model.crashed_agents.get(command.step, ()):
            return f"{command.agent} gets {command.step} again"
    return ""


def only_failed_and_cancelled_sagas_are_compensated(transition: Transition, model: ReferenceModel) -> str:
    """Succeeded steps with a compensation are compensated in reverse order, and only if the saga does not complete."""
    begun = [record for record in transition.records if record.event == "compensating"]
    undoing = [step for step in transition.after.plan.steps if step.type is StepType.COMPENSATION]
    if not begun:
        fresh = transition.before is None or len(transition.before.plan.steps) != len(transition.after.plan.steps)
        return "compensation begins without a record" if fresh and undoing and transition.before is None else ""
    if begun[0].data["ending"] not in (SagaStatus.FAILED.value, SagaStatus.CANCELLED.value):
        return f"compensation ends as {begun[0].data['ending']}"
    wanted = [step for step in reversed(model.succeeded) if _has_compensation(transition.after, step)]
    agents = [transition.after.plan.step(step).compensate for step in wanted]
    if list(begun[0].data["steps"]) != wanted or [step.agent for step in undoing] != agents:
        return f"{begun[0].data['steps']} by {[step.agent for step in undoing]} instead of {wanted} by {agents}"
    return ""


def _has_compensation(saga: Saga, step: str) -> bool:
    return bool(saga.plan.step(step).compensate)


def every_step_with_a_compensation_is_compensated(transition: Transition, model: ReferenceModel) -> str:
    """A saga that did not complete has compensated its steps one after the other, or failed to."""
    saga = transition.after
    undoing = [saga.steps[step.id] for step in saga.plan.steps if step.type is StepType.COMPENSATION]
    for earlier, later in pairwise(undoing):
        if later.attempt.number and not earlier.status.resolved:
            return f"{later.id} begins while {earlier.id} is {earlier.status.value}"
    if saga.status is SagaStatus.COMPLETED and undoing:
        return "completed, and compensated"
    if saga.status in (SagaStatus.FAILED, SagaStatus.CANCELLED):
        wanted = [step for step in model.succeeded if _has_compensation(saga, step)]
        if len(wanted) != len(undoing):
            return f"{wanted} should be compensated, {[step.id for step in undoing]} were"
    return ""


def decisions_follow_the_recovery_table(transition: Transition, model: ReferenceModel) -> str:
    """Each kind of failure gets its own decisions, and none of them more often than docs/recovery.md allows."""
    _reset_recoveries(transition, model)
    for record in transition.records:
        if record.event != "recovery_decided":
            continue
        name, failure, decision = record.step or "", record.data["failure"], record.data["decision"]
        if decision not in _DECISIONS[failure]:
            return f"{failure} of {name} is answered with {decision}"
        recoveries = model.recoveries.setdefault(name, [])
        recoveries.append((record.agent or "", failure, decision))
        weighing = [recovery for recovery in recoveries if recovery[1] != FailureKind.RELEASED.value]
        mine = [recovery for recovery in weighing if recovery[0] == record.agent] if decision == "extend" else weighing
        if sum(recovery[2] == decision for recovery in mine) > _LIMITS.get(decision, 1_000):
            return f"{decision} once too often for {name}: {weighing}"
    return ""


def _reset_recoveries(transition: Transition, model: ReferenceModel) -> None:
    """Resets the recoveries of a step at a new iteration or a step command."""
    for record in transition.records:
        if record.event == "round_started":
            for name in record.data["steps"]:
                model.recoveries.pop(name, None)
        elif record.event == "step_instructed":
            model.recoveries.pop(record.step or "", None)
            model.former_agents.pop(record.step or "", None)


def alternatives_are_new_and_able(transition: Transition, model: ReferenceModel) -> str:
    """An alternative can do the step, has not had it before, and consumes, if unavailability was the failure."""
    for record in transition.records:
        if record.event != "recovery_decided" or record.data["decision"] != "alternative":
            continue
        name, agent = record.step or "", record.data["next_agent"]
        left = model.former_agents.setdefault(name, set())
        left.add(record.agent or "")
        planned = transition.after.plan.step(name).agent
        if agent in left or agent not in (planned, *transition.roster.alternatives.get(planned, ())):
            return f"{agent} takes {name} over from {record.agent}, after {left}"
        counts = transition.event.consumers if isinstance(transition.event, ConsumersCounted) else None
        unavailable = record.data["failure"] == FailureKind.AGENT_UNAVAILABLE.value
        if unavailable and not (counts.get(agent) if counts is not None else agent in transition.roster.live):
            return f"{agent} takes {name} over, and is unavailable too"
    return ""


def no_task_goes_to_an_agent_with_an_open_circuit(transition: Transition, model: ReferenceModel) -> str:
    """An agent gets no task while its circuit breaker is open; and every task expires when its saga ends."""
    for command in transition.dispatched:
        if not isinstance(command, DispatchTask):
            continue
        until = transition.roster.paused.get(command.agent)
        if until is not None and until > transition.event.at:
            return f"{command.agent} gets {command.step} while its circuit is open"
        if command.expires_at not in (transition.after.definition.deadline, latest_end(transition.after)):
            return f"{command.step} expires at {command.expires_at}"
    return ""


def a_retry_waits_as_long_as_the_agent_asked(transition: Transition, model: ReferenceModel) -> str:
    """A retry comes no earlier than the agent's `retry_after_ms`."""
    event = transition.event
    if not isinstance(event, TaskFailed) or not event.failure.retry_after_ms:
        return ""
    decided = [record for record in transition.records if record.event == "recovery_decided"]
    if not decided or decided[0].data["decision"] not in ("retry", "wait"):
        return ""
    step = transition.after.steps[decided[0].step or ""]
    earliest = event.at + timedelta(milliseconds=event.failure.retry_after_ms)
    if step.attempt.retry_at is None or step.attempt.retry_at < earliest:
        return f"{step.id} is tried again at {step.attempt.retry_at}, asked for was {earliest}"
    return ""


def compensation_has_its_time(transition: Transition, model: ReferenceModel) -> str:
    """A compensation is cancelled when its time is over, and not before."""
    undoing = [step.id for step in transition.after.plan.steps if step.type is StepType.COMPENSATION]
    broken = [
        record.step for record in transition.records if record.event == "step_cancelled" and record.step in undoing
    ]
    if not broken or _expired(transition):
        return ""
    until = None if transition.before is None or transition.before.ending is None else transition.before.ending.until
    return "" if until is not None and transition.event.at >= until else f"{broken} broken off before {until}"


def _expired(transition: Transition) -> bool:
    return isinstance(transition.event, TaskFailed) and transition.event.failure.kind is FailureKind.EXPIRED


def a_saga_fails_only_with_cause(transition: Transition, model: ReferenceModel) -> str:
    """A saga fails at its deadline, or because a required step has failed; an optional one only degrades it."""
    if transition.before is None or transition.before.status is not SagaStatus.RUNNING:
        return ""
    ending = transition.after.status if transition.after.ending is None else transition.after.ending.status
    if ending is not SagaStatus.FAILED or _expired(transition):
        return ""
    if any(record.event == "deadline_reached" for record in transition.records):
        return "" if transition.event.at >= transition.after.definition.deadline else "before its deadline"
    required = [step for step in transition.after.plan.steps if not step.optional]
    dead = any(transition.after.steps[step.id].status is StepStatus.FAILED for step in required)
    return "" if dead else f"it fails for {transition.after.reason}"


RULES = (
    compensation_has_its_time,
    a_saga_fails_only_with_cause,
    decisions_follow_the_recovery_table,
    alternatives_are_new_and_able,
    no_task_goes_to_an_agent_with_an_open_circuit,
    a_retry_waits_as_long_as_the_agent_asked,
    failures_keep_to_the_budget,
    every_failure_is_answered_with_a_reason,
    an_agent_that_crashed_on_a_step_is_not_given_it_again,
    only_failed_and_cancelled_sagas_are_compensated,
    every_step_with_a_compensation_is_compensated,
)
