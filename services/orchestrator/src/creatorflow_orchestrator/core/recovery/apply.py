"""Applies the decisions of the recovery policy: records each with its reason, then executes it."""

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


def recover(
    transition: Transition, step: StepState, failure: Failure, jitter: float, roster: Roster | None = None
) -> None:
    """Record the failure of a step's attempt, decide on the recovery, and execute it.

    The caller calls `schedule` once the whole event is applied: other steps may have become ready.
    """
    transition.record("attempt_failed", step, failure.message, _failure_data(failure))
    if failure.kind is FailureKind.EXPIRED:
        end_saga(transition, SagaStatus.FAILED, "the deadline came")
        return
    case = policy.Case(
        failure,
        step,
        transition.plan.step(step.id).agent,
        transition.at,
        jitter,
        transition.roster if roster is None else roster,
    )
    decision = policy.decide(case)
    if isinstance(decision, RunDependency):
        decision = _checked_dependency(transition, step, decision)
    _record_decision(transition, step, failure, decision)
    _execute(transition, transition.steps[step.id], failure, decision)


def _failure_data(failure: Failure) -> HistoryData:
    details: HistoryData = {"details": list(failure.details)} if failure.details else {}
    return {"kind": failure.kind.value, **details}


def _record_decision(transition: Transition, step: StepState, failure: Failure, decision: RecoveryDecision) -> None:
    """Record the decision in the history and in the step's recoveries."""
    parked = isinstance(decision, GiveUp) and _parks(transition, step.id)
    name = "park" if parked else decision.name
    number, next_agent = max(step.attempt.number, 1), _next_agent(step, decision)
    taken = Recovery(failure.kind.value, name, decision.reason, number, step.attempt.agent, next_agent)
    transition.put(lifecycle.fail_attempt(step, taken, policy.counts(decision)))
    given_to = decision.agent if isinstance(decision, UseAlternative | RunDependency) else None
    delay = decision.delay_ms if isinstance(decision, Retry | Wait) else 0
    more = ({"next_agent": given_to} if given_to else {}) | ({"delay_ms": delay} if delay else {})
    transition.record("recovery_decided", step, decision.reason, {"decision": name, "failure": taken.failure, **more})


def _next_agent(step: StepState, decision: RecoveryDecision) -> str:
    match decision:
        case GiveUp():
            return ""
        case UseAlternative():
            return decision.agent
        case Retry() | Extend() | Reformat() | RunDependency() | Wait():
            return step.attempt.agent or CHILD_AGENT
        case _:
            assert_never(decision)


def _execute(transition: Transition, step: StepState, failure: Failure, decision: RecoveryDecision) -> None:
    match decision:
        case Retry():
            _start_attempt(transition, step, decision.delay_ms)
        case Wait():
            unavailable = replace(step, unavailable_since=step.unavailable_since or transition.at)
            _start_attempt(transition, unavailable, decision.delay_ms)
        case Extend():
            _start_attempt(transition, lifecycle.extend(step, decision.timeout_ms))
        case Reformat():
            _start_attempt(transition, lifecycle.constrain(step, decision.constraints))
        case UseAlternative():
            use_agent(transition, step, decision.agent, failure.message)
        case RunDependency():
            _run_dependency(transition, step, decision)
        case GiveUp():
            _give_up(transition, step, f"{failure.message} ({decision.reason})")
        case _:
            assert_never(decision)


def _start_attempt(transition: Transition, step: StepState, delay_ms: int = 0) -> None:
    """Start the next attempt of the step: at once, or after the delay."""
    if delay_ms:
        transition.put(lifecycle.retry_later(step, transition.at + timedelta(milliseconds=delay_ms)))
    else:
        transition.put(step)
        dispatch(transition, transition.plan.step(step.id))


def use_agent(transition: Transition, step: StepState, agent: str, why: str) -> None:
    """Reassign the step to another agent. A later result of the former agent is late."""
    planned = transition.plan.step(step.id)
    transition.put(lifecycle.reassign(step, agent, planned.timeout_ms, why))
    dispatch(transition, planned)


def _give_up(transition: Transition, step: StepState, reason: str) -> None:
    if _parks(transition, step.id):
        transition.record("step_parked", transition.put(lifecycle.park(step, reason)), reason)
    else:
        fail_step(transition, step.id, reason)


def _parks(transition: Transition, step_id: str) -> bool:
    """True if the step is parked rather than failed: a required step of a request with `on_failure: park`."""
    return transition.before.definition.on_failure is OnFailure.PARK and not transition.plan.step(step_id).optional


def _checked_dependency(transition: Transition, step: StepState, decision: RunDependency) -> RunDependency | GiveUp:
    """Return the decision, or `GiveUp` if the missing dependency cannot be run first."""
    existing = _find_providing_step(transition.plan, step, decision)
    if existing is not None:
        state = transition.steps[existing.id]
        if step.id == existing.id or step.id in needs(transition.plan, existing.id):
            return GiveUp(f"{decision.missing} comes from step {existing.id}, which waits for this one: a circle")
        if state.status in (StepStatus.FAILED, StepStatus.SKIPPED, StepStatus.CANCELLED):
            return GiveUp(f"{decision.missing} comes from step {existing.id}, which has {state.status.value}")
    if transition.status is SagaStatus.COMPENSATING and (
        existing is None or not transition.steps[existing.id].status.resolved
    ):
        return GiveUp(f"{decision.missing} is missing, and nothing new is begun while the request is undone")
    if existing is None and decision.agent is None:
        return GiveUp(f"nobody provides {decision.missing}")
    if existing is None and decision.agent == step.attempt.agent:
        return GiveUp(f"{decision.missing} is for the agent itself to provide")
    return decision


def _find_providing_step(plan: Plan, step: StepState, decision: RunDependency) -> Step | None:
    """Return the step of the plan that provides the missing dependency: by its own name, or by its agent's."""
    wanted = {decision.missing, decision.agent} - {None}
    others = [other for other in plan.steps if other.id != step.id and other.type is not StepType.COMPENSATION]
    named = [other for other in others if other.id == decision.missing]
    return next(iter(named + [other for other in others if other.agent in wanted]), None)


def _run_dependency(transition: Transition, step: StepState, decision: RunDependency) -> None:
    """Let the step wait for the missing dependency: a step of the plan, or a new one before it."""
    existing = _find_providing_step(transition.plan, step, decision)
    transition.put(lifecycle.wait_again(step))
    if existing is not None:
        transition.revise(with_edge(transition.plan, step.id, existing.id))
        return
    first = _provider_step(transition.plan, transition.plan.step(step.id), decision)
    transition.revise(with_dependency(transition.plan, step.id, first), lifecycle.planned(first))
    data: HistoryData = {"before": step.id, "depends_on": list(first.depends_on)}
    transition.record("step_added", transition.steps[first.id], first.description, data)


def _provider_step(plan: Plan, dependent: Step, decision: RunDependency) -> Step:
    """Return the new step that provides the dependency.

    It has the dependencies of its dependent, except steps of the dependent's own loop: the loop would not close before
    the new step has run.
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
        concern=dependent.concern,
        depends_on=tuple(name for name in dependent.depends_on if name not in peers),
        optional=dependent.optional,
        timeout_ms=dependent.timeout_ms,
    )
