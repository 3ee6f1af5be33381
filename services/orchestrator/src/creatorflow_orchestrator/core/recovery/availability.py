"""Availability: decides for an attempt without a claim if its agent is busy or unavailable.

A busy agent has consumers: its tasks wait, without a time limit. The tasks of an unavailable agent stay in its durable
queue: no attempt is lost and no failure is counted. An alternative with consumers takes the step over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from creatorflow_orchestrator.core.scheduling.scheduler import dispatch, schedule
from creatorflow_orchestrator.core.state import lifecycle
from creatorflow_orchestrator.core.state.commands import CountConsumers
from creatorflow_orchestrator.core.state.saga_state import Failure, FailureKind, StepState, StepStatus
from creatorflow_orchestrator.core.state.transition import Transition

from . import policy
from .apply import recover
from .policy import Wait

MAX_CHECK_INTERVAL = timedelta(minutes=5)
"""Between two consumer counts of an agent that is busy or unavailable."""


def start_next_attempt(transition: Transition, step: StepState, jitter: float) -> None:
    """Start the next attempt of a step whose retry time has come.

    If the circuit of its agent has stayed open meanwhile, an available alternative takes the step over; without one the
    step waits on, up to the roster's `unavailable_after_ms`.
    """
    agent = step.attempt.agent
    if agent in transition.roster.paused and step.unavailable_since is not None:
        failure = Failure(FailureKind.AGENT_UNAVAILABLE, f"the circuit of {agent} stays open")
        if not isinstance(policy.decide(replace(_recovery_case(transition, step), failure=failure)), Wait):
            recover(transition, step, failure, jitter)
            return
    dispatch(transition, transition.plan.step(step.id))


def request_consumer_counts(transition: Transition) -> None:
    """Request consumer counts for the agents whose tasks have waited long, and for their alternatives."""
    agents: list[str] = []
    for step in _waiting(transition):
        attempt = step.attempt
        if attempt.check_at is not None and attempt.check_at <= transition.at:
            agents += [attempt.agent, *_recovery_case(transition, step).available_alternatives]
            transition.put(
                lifecycle.check_later(step, transition.at + _check_interval(transition))
            )  # again, if no count arrives
    if agents:
        transition.command(CountConsumers(tuple(dict.fromkeys(agents))))


def apply_consumer_counts(transition: Transition, consumers: Mapping[str, int], jitter: float = 0.0) -> None:
    """Apply consumer counts by agent: a busy agent's step waits on, an unavailable agent's may be reassigned."""
    for before in _waiting(transition):
        step = transition.steps[before.id]  # an earlier step of this loop may have ended the saga
        agent = step.attempt.agent
        if step.status is not StepStatus.OPEN or agent not in consumers or not _has_waited(transition, step):
            continue
        if consumers[agent]:
            _mark_available(transition, step)
        else:
            _handle_unavailable(transition, step, consumers, jitter)
    schedule(transition)


def _waiting(transition: Transition) -> list[StepState]:
    """Return the steps whose task is still in a queue: no instance has claimed it."""
    opened = [step for step in transition.steps.values() if step.status is StepStatus.OPEN]
    return [step for step in opened if step.attempt.agent and not step.attempt.claimed_by]


def _has_waited(transition: Transition, step: StepState) -> bool:
    dispatched_at = step.attempt.dispatched_at
    return dispatched_at is not None and dispatched_at + _check_interval(transition) <= transition.at


def _mark_available(transition: Transition, step: StepState) -> None:
    """Note that the agent has consumers, so is busy. The longer the task waits the less often they are counted."""
    if step.unavailable_since is not None:
        transition.record("step_available", step, f"{step.attempt.agent} is back")
    waited = transition.at - (step.attempt.dispatched_at or transition.at)
    interval = max(_check_interval(transition), min(waited, MAX_CHECK_INTERVAL))
    transition.put(lifecycle.check_later(replace(step, unavailable_since=None), transition.at + interval))


def _handle_unavailable(transition: Transition, step: StepState, consumers: Mapping[str, int], jitter: float) -> None:
    if step.unavailable_since is None:
        transition.record("step_unavailable", step, f"nobody consumes the tasks of {step.attempt.agent}")
        step = transition.put(replace(step, unavailable_since=transition.at))
    failure = _unavailable_failure(step)
    roster = replace(transition.roster, live=frozenset(name for name, count in consumers.items() if count))
    decision = policy.decide(replace(_recovery_case(transition, step), failure=failure, roster=roster))
    if isinstance(decision, Wait):  # the task is in its queue: nothing has failed, nothing is dispatched again
        transition.put(lifecycle.check_later(step, _next_check_at(transition, step)))
    else:
        recover(transition, step, failure, jitter, roster)


def _next_check_at(transition: Transition, step: StepState) -> datetime:
    """Return the time of the next consumer count for an unavailable agent, which needs no count to take its task again.

    Ten thousand steps may wait: the longer they do the less often, and least often where there is no alternative.
    """
    since = step.unavailable_since or transition.at
    waited = transition.at - since
    interval = min(
        max(
            _check_interval(transition),
            waited / 4 if _recovery_case(transition, step).available_alternatives else waited,
        ),
        MAX_CHECK_INTERVAL,
    )
    return min(transition.at + interval, since + timedelta(milliseconds=transition.roster.unavailable_after_ms))


def _unavailable_failure(step: StepState) -> Failure:
    return Failure(FailureKind.AGENT_UNAVAILABLE, f"nobody consumes the tasks of {step.attempt.agent}")


def _recovery_case(transition: Transition, step: StepState) -> policy.Case:
    planned = transition.plan.step(step.id).agent
    return policy.Case(_unavailable_failure(step), step, planned, transition.at, roster=transition.roster)


def _check_interval(transition: Transition) -> timedelta:
    return timedelta(milliseconds=transition.roster.check_after_ms)
