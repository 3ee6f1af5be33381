"""Carrying out what `recovery` decides: each decision is recorded with its reason, then done."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import assert_never

from creatorflow_orchestrator.core.plan import Plan, Step, StepType
from creatorflow_orchestrator.core.scheduling.plan_revision import fresh_id, needs, with_dependency, with_edge
from creatorflow_orchestrator.core.scheduling.scheduler import dispatch, end_saga, fail_step
from creatorflow_orchestrator.core.state import lifecycle
from creatorflow_orchestrator.core.state.commands import HistoryData
from creatorflow_orchestrator.core.state.roster import Roster
from creatorflow_orchestrator.core.state.saga_state import (
    CHILD_AGENT,
    Failure,
    FailureKind,
    OnFailure,
    Recovery,
    SagaStatus,
    StepState,
    StepStatus,
)
from creatorflow_orchestrator.core.state.transition import Transition

from . import policy
from .policy import Extend, GiveUp, RecoveryDecision, Reformat, Retry, RunDependency, UseAlternative, Wait

AGENT_SUFFIX = "-specialist"


def recover(turn: Transition, step: StepState, failure: Failure, jitter: float, roster: Roster | None = None) -> None:
    """Record the failure of a step's attempt, decide, and do what was decided.

    What this sets free is for the caller to `schedule`, when all that the event means has happened.
    """
    turn.record("attempt_failed", step, failure.message, _failure(failure))
    if failure.kind is FailureKind.EXPIRED:
        end_saga(turn, SagaStatus.FAILED, "the deadline came")
        return
    case = policy.Case(
        failure, step, turn.plan.step(step.id).agent, turn.at, jitter, turn.roster if roster is None else roster
    )
    decision = policy.decide(case)
    if isinstance(decision, RunDependency):
        decision = _possible(turn, step, decision)
    _note(turn, step, failure, decision)
    _carry_out(turn, turn.steps[step.id], failure, decision)


def _failure(failure: Failure) -> HistoryData:
    details: HistoryData = {"details": list(failure.details)} if failure.details else {}
    return {"kind": failure.kind.value, **details}


def _note(turn: Transition, step: StepState, failure: Failure, decision: RecoveryDecision) -> None:
    """The decision as an event, and as a part of the step's story."""
    parked = isinstance(decision, GiveUp) and _parks(turn, step.id)
    name = "park" if parked else decision.name
    number, following = max(step.attempt.number, 1), _following(step, decision)
    taken = Recovery(failure.kind.value, name, decision.reason, number, step.attempt.agent, following)
    turn.put(lifecycle.fail_attempt(step, taken, policy.counts(decision)))
    asked = decision.agent if isinstance(decision, UseAlternative | RunDependency) else None
    delay = decision.delay_ms if isinstance(decision, Retry | Wait) else 0
    more = ({"next_agent": asked} if asked else {}) | ({"delay_ms": delay} if delay else {})
    turn.record("recovery_decided", step, decision.reason, {"decision": name, "failure": taken.failure, **more})


def _following(step: StepState, decision: RecoveryDecision) -> str:
    match decision:
        case GiveUp():
            return ""
        case UseAlternative():
            return decision.agent
        case Retry() | Extend() | Reformat() | RunDependency() | Wait():
            return step.attempt.agent or CHILD_AGENT
        case _:
            assert_never(decision)


def _carry_out(turn: Transition, step: StepState, failure: Failure, decision: RecoveryDecision) -> None:
    match decision:
        case Retry():
            _again(turn, step, decision.delay_ms)
        case Wait():
            unavailable = replace(step, unavailable_since=step.unavailable_since or turn.at)
            _again(turn, unavailable, decision.delay_ms)
        case Extend():
            _again(turn, lifecycle.extend(step, decision.timeout_ms))
        case Reformat():
            _again(turn, lifecycle.constrain(step, decision.constraints))
        case UseAlternative():
            use_agent(turn, step, decision.agent, failure.message)
        case RunDependency():
            _run_first(turn, step, decision)
        case GiveUp():
            _give_up(turn, step, f"{failure.message} ({decision.reason})")
        case _:
            assert_never(decision)


def _again(turn: Transition, step: StepState, delay_ms: int = 0) -> None:
    """The next attempt of the step as it now is: at once, or after the delay."""
    if delay_ms:
        turn.put(lifecycle.retry_later(step, turn.at + timedelta(milliseconds=delay_ms)))
    else:
        turn.put(step)
        dispatch(turn, turn.plan.step(step.id))


def use_agent(turn: Transition, step: StepState, agent: str, why: str) -> None:
    """Give the step to another agent. What the one before still says of it is late."""
    planned = turn.plan.step(step.id)
    turn.put(lifecycle.reassign(step, agent, planned.timeout_ms, why))
    dispatch(turn, planned)


def _give_up(turn: Transition, step: StepState, reason: str) -> None:
    if _parks(turn, step.id):
        turn.record("step_parked", turn.put(lifecycle.park(step, reason)), reason)
    else:
        fail_step(turn, step.id, reason)


def _parks(turn: Transition, step_id: str) -> bool:
    """A required step of a request that says so rests. An optional one does not: nobody would wait for it."""
    return turn.before.definition.on_failure is OnFailure.PARK and not turn.plan.step(step_id).optional


def _possible(turn: Transition, step: StepState, decision: RunDependency) -> RunDependency | GiveUp:
    """The decision, unless what is missing cannot be run first."""
    existing = _existing(turn.plan, step, decision)
    if existing is not None:
        state = turn.steps[existing.id]
        if step.id == existing.id or step.id in needs(turn.plan, existing.id):
            return GiveUp(f"{decision.missing} comes from step {existing.id}, which waits for this one: a circle")
        if state.status in (StepStatus.FAILED, StepStatus.SKIPPED, StepStatus.CANCELLED):
            return GiveUp(f"{decision.missing} comes from step {existing.id}, which has {state.status.value}")
    if turn.status is SagaStatus.COMPENSATING and (existing is None or not turn.steps[existing.id].status.settled):
        return GiveUp(f"{decision.missing} is missing, and nothing new is begun while the request is undone")
    if existing is None and decision.agent is None:
        return GiveUp(f"nobody provides {decision.missing}")
    if existing is None and decision.agent == step.attempt.agent:
        return GiveUp(f"{decision.missing} is for the agent itself to provide")
    return decision


def _existing(plan: Plan, step: StepState, decision: RunDependency) -> Step | None:
    """The step of the plan that provides what is missing: it is called so, or its agent does."""
    wanted = {decision.missing, decision.agent} - {None}
    others = [each for each in plan.steps if each.id != step.id and each.type is not StepType.COMPENSATION]
    named = [other for other in others if other.id == decision.missing]
    return next(iter(named + [other for other in others if other.agent in wanted]), None)


def _run_first(turn: Transition, step: StepState, decision: RunDependency) -> None:
    """The step waits for what it misses: a step of the plan, or a new one before it."""
    existing = _existing(turn.plan, step, decision)
    turn.put(lifecycle.wait_again(step))
    if existing is not None:
        turn.revise(with_edge(turn.plan, step.id, existing.id))
        return
    first = _provider(turn.plan, turn.plan.step(step.id), decision)
    turn.revise(with_dependency(turn.plan, step.id, first), lifecycle.planned(first))
    data: HistoryData = {"before": step.id, "depends_on": list(first.depends_on)}
    turn.record("step_added", turn.steps[first.id], first.description, data)


def _provider(plan: Plan, dependent: Step, decision: RunDependency) -> Step:
    """The new step. It waits for what its dependent waits for, but for steps of the dependent's own loop: the loop
    would not close before it has run.
    """
    agent = decision.agent or ""
    peers = {name for loop in plan.loops if dependent.id in loop.steps for name in loop.steps}
    return Step(
        id=fresh_id(plan, agent.removesuffix(AGENT_SUFFIX)),
        agent=agent,
        type=StepType.SUPPORTING,
        description=f"Provide {decision.missing} for step {dependent.id}: {dependent.description}"[:4096],
        requirements=dependent.requirements,
        constraints=dependent.constraints,
        quantities=dependent.quantities,
        depends_on=tuple(name for name in dependent.depends_on if name not in peers),
        optional=dependent.optional,
        timeout_ms=dependent.timeout_ms,
    )
