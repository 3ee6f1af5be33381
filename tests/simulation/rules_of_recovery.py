"""What must be true of failures, of what is done for them, and of undoing (DESIGN section 6)."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

from creatorflow_orchestrator.core.plan import StepType
from creatorflow_orchestrator.core.recovery.policy import BUDGET
from creatorflow_orchestrator.core.state.commands import DispatchTask
from creatorflow_orchestrator.core.state.events import ConsumersCounted, TaskFailed
from creatorflow_orchestrator.core.state.saga_state import FailureKind, Saga, SagaStatus, StepStatus

from .account import Account
from .moment import Moment
from .rules_of_sagas import last_moment

_END = ("give_up", "park")
_ANSWERS = {
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
_MOST = {"extend": 2, "reformat": 2, "run_dependency": 1, "retry": 3}
"""How often, for a step or (`extend`) for one agent at it."""
_FREE = frozenset({FailureKind.RELEASED, FailureKind.AGENT_UNAVAILABLE})


def failures_keep_to_the_budget(moment: Moment, account: Account) -> str:
    """A step has at most its budget of counted failures; what is nobody's fault costs nothing."""
    for step in moment.after.steps.values():
        before = moment.step_before(step.id)
        if step.failures > BUDGET:
            return f"step {step.id} has {step.failures}"
        event = moment.event
        cost = step.failures - before.failures if before else 0
        kind = event.failure.kind if isinstance(event, TaskFailed) else None
        died = step.status in (StepStatus.FAILED, StepStatus.PARKED)
        if kind in _FREE and cost > 0 and not died:
            return f"{kind} costs step {step.id} {cost}"
    return ""


def every_failure_is_answered_with_a_reason(moment: Moment, account: Account) -> str:
    """After each failed attempt comes a decision about that step, with its reason, in the same turn."""
    failed = [record for record in moment.records if record.event == "attempt_failed"]
    expired = [each for each in failed if each.data["kind"] == FailureKind.EXPIRED.value]
    decided = [record for record in moment.records if record.event == "recovery_decided"]
    if [each.step for each in failed if each not in expired] != [each.step for each in decided]:
        return f"{[each.step for each in failed]} failed, {[each.step for each in decided]} were decided"
    if any(not each.message or not each.data["decision"] for each in decided):
        return "no reason"
    silent = [step.id for step in moment.after.steps.values() if step.status is StepStatus.FAILED and not step.reason]
    return f"{silent} failed without a reason" if silent else ""


def who_did_not_survive_a_step_never_gets_it_again(moment: Moment, account: Account) -> str:
    """Not after `crashed`, unless a person says so; another round is another task."""
    event = moment.event
    if isinstance(event, TaskFailed) and event.failure.kind is FailureKind.CRASHED and moment.outcome == "counted":
        given = account.given[event.task_id]
        account.killed.setdefault(given.step, set()).add(given.agent)
    for record in moment.records:
        if record.event in ("step_instructed", "round_started"):
            for name in record.data.get("steps", [record.step]):
                account.killed.pop(name, None)
    for command in moment.dispatched:
        if isinstance(command, DispatchTask) and command.agent in account.killed.get(command.step, ()):
            return f"{command.agent} gets {command.step} again"
    return ""


def only_failed_and_cancelled_sagas_undo(moment: Moment, account: Account) -> str:
    """What was ever done and names who undoes it is undone in reverse, and only when the saga does not complete."""
    begun = [record for record in moment.records if record.event == "compensating"]
    undoing = [step for step in moment.after.plan.steps if step.type is StepType.COMPENSATION]
    if not begun:
        fresh = moment.before is None or len(moment.before.plan.steps) != len(moment.after.plan.steps)
        return "something is undone without a word" if fresh and undoing and moment.before is None else ""
    if begun[0].data["ending"] not in (SagaStatus.FAILED.value, SagaStatus.CANCELLED.value):
        return f"it is undone to be {begun[0].data['ending']}"
    wanted = [each for each in reversed(account.done) if _undone_by(moment.after, each)]
    agents = [moment.after.plan.step(each).compensate for each in wanted]
    if list(begun[0].data["steps"]) != wanted or [each.agent for each in undoing] != agents:
        return f"{begun[0].data['steps']} by {[each.agent for each in undoing]} instead of {wanted} by {agents}"
    return ""


def _undone_by(saga: Saga, step: str) -> bool:
    return bool(saga.plan.step(step).compensate)


def what_can_be_undone_is(moment: Moment, account: Account) -> str:
    """A saga that did not complete has undone what it did, one after the other, or says that it could not."""
    saga = moment.after
    undoing = [saga.steps[step.id] for step in saga.plan.steps if step.type is StepType.COMPENSATION]
    for earlier, later in pairwise(undoing):
        if later.attempt.number and not earlier.status.resolved:
            return f"{later.id} begins while {earlier.id} is {earlier.status.value}"
    if saga.status is SagaStatus.COMPLETED and undoing:
        return "completed, and undone"
    if saga.status in (SagaStatus.FAILED, SagaStatus.CANCELLED):
        wanted = [each for each in account.done if _undone_by(saga, each)]
        if len(wanted) != len(undoing):
            return f"{wanted} should be undone, {[each.id for each in undoing]} were"
    return ""


def the_table_is_kept(moment: Moment, account: Account) -> str:
    """Each kind of failure gets its own answer, and none of them more often than DESIGN section 6 says."""
    _forgive(moment, account)
    for record in moment.records:
        if record.event != "recovery_decided":
            continue
        name, failure, decision = record.step or "", record.data["failure"], record.data["decision"]
        if decision not in _ANSWERS[failure]:
            return f"{failure} of {name} is answered with {decision}"
        taken = account.taken.setdefault(name, [])
        taken.append((record.agent or "", failure, decision))
        weighing = [each for each in taken if each[1] != FailureKind.RELEASED.value]
        mine = [each for each in weighing if each[0] == record.agent] if decision == "extend" else weighing
        if sum(each[2] == decision for each in mine) > _MOST.get(decision, 1_000):
            return f"{decision} once too often for {name}: {weighing}"
    return ""


def _forgive(moment: Moment, account: Account) -> None:
    """A new round, or a person's word, begins anew."""
    for record in moment.records:
        if record.event == "round_started":
            for name in record.data["steps"]:
                account.taken.pop(name, None)
        elif record.event == "step_instructed":
            account.taken.pop(record.step or "", None)
            account.left.pop(record.step or "", None)


def alternatives_are_fresh_and_able(moment: Moment, account: Account) -> str:
    """Who takes a step over can do it, has not had it before, and consumes, if it was for that."""
    for record in moment.records:
        if record.event != "recovery_decided" or record.data["decision"] != "alternative":
            continue
        name, agent = record.step or "", record.data["next_agent"]
        left = account.left.setdefault(name, set())
        left.add(record.agent or "")
        planned = moment.after.plan.step(name).agent
        if agent in left or agent not in (planned, *moment.roster.alternatives.get(planned, ())):
            return f"{agent} takes {name} over from {record.agent}, after {left}"
        counts = moment.event.consumers if isinstance(moment.event, ConsumersCounted) else None
        unavailable = record.data["failure"] == FailureKind.AGENT_UNAVAILABLE.value
        if unavailable and not (counts.get(agent) if counts is not None else agent in moment.roster.live):
            return f"{agent} takes {name} over, and is not there either"
    return ""


def nothing_is_given_to_who_is_paused(moment: Moment, account: Account) -> str:
    """While an agent's circuit is open it gets nothing; and every task says until when it is waited for."""
    for command in moment.dispatched:
        if not isinstance(command, DispatchTask):
            continue
        until = moment.roster.paused.get(command.agent)
        if until is not None and until > moment.event.at:
            return f"{command.agent} gets {command.step} while its circuit is open"
        if command.expires_at not in (moment.after.definition.deadline, last_moment(moment.after)):
            return f"{command.step} expires at {command.expires_at}"
    return ""


def who_asks_for_time_gets_it(moment: Moment, account: Account) -> str:
    """A retry comes no earlier than the agent has asked for."""
    event = moment.event
    if not isinstance(event, TaskFailed) or not event.failure.retry_after_ms:
        return ""
    decided = [record for record in moment.records if record.event == "recovery_decided"]
    if not decided or decided[0].data["decision"] not in ("retry", "wait"):
        return ""
    step = moment.after.steps[decided[0].step or ""]
    earliest = event.at + timedelta(milliseconds=event.failure.retry_after_ms)
    if step.attempt.retry_at is None or step.attempt.retry_at < earliest:
        return f"{step.id} is tried again at {step.attempt.retry_at}, asked for was {earliest}"
    return ""


def undoing_has_its_time(moment: Moment, account: Account) -> str:
    """What is being undone is broken off when its time is over, and not before."""
    undoing = [step.id for step in moment.after.plan.steps if step.type is StepType.COMPENSATION]
    broken = [record.step for record in moment.records if record.event == "step_cancelled" and record.step in undoing]
    if not broken or _expired(moment):
        return ""
    until = None if moment.before is None or moment.before.ending is None else moment.before.ending.until
    return "" if until is not None and moment.event.at >= until else f"{broken} broken off before {until}"


def _expired(moment: Moment) -> bool:
    return isinstance(moment.event, TaskFailed) and moment.event.failure.kind is FailureKind.EXPIRED


def nothing_fails_without_need(moment: Moment, account: Account) -> str:
    """A saga fails at its deadline, or because a required step is dead; an optional one only degrades it."""
    if moment.before is None or moment.before.status is not SagaStatus.RUNNING:
        return ""
    ending = moment.after.status if moment.after.ending is None else moment.after.ending.status
    if ending is not SagaStatus.FAILED or _expired(moment):
        return ""
    if any(record.event == "deadline_reached" for record in moment.records):
        return "" if moment.event.at >= moment.after.definition.deadline else "before its deadline"
    required = [step for step in moment.after.plan.steps if not step.optional]
    dead = any(moment.after.steps[each.id].status is StepStatus.FAILED for each in required)
    return "" if dead else f"it fails for {moment.after.reason}"


RULES = (
    undoing_has_its_time,
    nothing_fails_without_need,
    the_table_is_kept,
    alternatives_are_fresh_and_able,
    nothing_is_given_to_who_is_paused,
    who_asks_for_time_gets_it,
    failures_keep_to_the_budget,
    every_failure_is_answered_with_a_reason,
    who_did_not_survive_a_step_never_gets_it_again,
    only_failed_and_cancelled_sagas_undo,
    what_can_be_undone_is,
)
