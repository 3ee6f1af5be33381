"""An attempt that nobody takes: is its agent busy, or away?

A busy agent has consumers: its tasks wait, and are never timed. One that is away for a while keeps its tasks in its
queue, which is durable: no attempt is lost, and no failure counted. Whoever can stand in takes the step over.
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

LONGEST_PAUSE = timedelta(minutes=5)
"""Between two looks at an agent that is busy, or away."""


def start_next_attempt(turn: Transition, step: StepState, jitter: float) -> None:
    """The next attempt of a step whose time has come. Where its agent's circuit has stayed open all the while, whoever
    is there takes the step over; nobody is: it waits on, and not for ever."""
    agent = step.attempt.agent
    if agent in turn.roster.paused and step.unavailable_since is not None:
        failure = Failure(FailureKind.AGENT_UNAVAILABLE, f"the circuit of {agent} stays open")
        if not isinstance(policy.decide(replace(_case(turn, step), failure=failure)), Wait):
            recover(turn, step, failure, jitter)
            return
    dispatch(turn, turn.plan.step(step.id))


def request_consumer_counts(turn: Transition) -> None:
    """Have the consumers counted of the agents whose tasks have waited long, and of those that could stand in."""
    agents: list[str] = []
    for step in _waiting(turn):
        attempt = step.attempt
        if attempt.check_at is not None and attempt.check_at <= turn.at:
            agents += [attempt.agent, *_case(turn, step).untried]
            turn.put(lifecycle.check_later(step, turn.at + _pause(turn)))  # again, should no answer come
    if agents:
        turn.command(CountConsumers(tuple(dict.fromkeys(agents))))


def apply_consumer_counts(turn: Transition, consumers: Mapping[str, int], jitter: float = 0.0) -> None:
    """So many consumers there are: what waits for a busy agent waits on, what waits for nobody may be taken over."""
    for before in _waiting(turn):
        step = turn.steps[before.id]  # an earlier one of the turn may have ended the saga
        agent = step.attempt.agent
        if step.status is not StepStatus.OPEN or agent not in consumers or not _has_waited(turn, step):
            continue
        if consumers[agent]:
            _is_there(turn, step)
        else:
            _is_away(turn, step, consumers, jitter)
    schedule(turn)


def _waiting(turn: Transition) -> list[StepState]:
    """Steps whose attempt is with the broker: nobody has claimed it."""
    opened = [step for step in turn.steps.values() if step.status is StepStatus.OPEN]
    return [step for step in opened if step.attempt.agent and not step.attempt.claimed_by]


def _has_waited(turn: Transition, step: StepState) -> bool:
    dispatched_at = step.attempt.dispatched_at
    return dispatched_at is not None and dispatched_at + _pause(turn) <= turn.at


def _is_there(turn: Transition, step: StepState) -> None:
    """Busy. The longer it takes the less often is it looked at."""
    if step.unavailable_since is not None:
        turn.record("step_available", step, f"{step.attempt.agent} is back")
    waited = turn.at - (step.attempt.dispatched_at or turn.at)
    pause = max(_pause(turn), min(waited, LONGEST_PAUSE))
    turn.put(lifecycle.check_later(replace(step, unavailable_since=None), turn.at + pause))


def _is_away(turn: Transition, step: StepState, consumers: Mapping[str, int], jitter: float) -> None:
    if step.unavailable_since is None:
        turn.record("step_unavailable", step, f"nobody consumes the tasks of {step.attempt.agent}")
        step = turn.put(replace(step, unavailable_since=turn.at))
    failure = _failure(step)
    roster = replace(turn.roster, live=frozenset(name for name, count in consumers.items() if count))
    decision = policy.decide(replace(_case(turn, step), failure=failure, roster=roster))
    if isinstance(decision, Wait):  # the task is in its queue: nothing has failed, nothing is sent again
        turn.put(lifecycle.check_later(step, _next_look(turn, step)))
    else:
        recover(turn, step, failure, jitter, roster)


def _next_look(turn: Transition, step: StepState) -> datetime:
    """When to look again for an agent that is away, which needs no look of ours to take its task when it is back.

    Ten thousand steps may wait: the longer they do the more seldom, and most of all where nobody could stand in.
    """
    since = step.unavailable_since or turn.at
    waited = turn.at - since
    pause = min(max(_pause(turn), waited / 4 if _case(turn, step).untried else waited), LONGEST_PAUSE)
    return min(turn.at + pause, since + timedelta(milliseconds=turn.roster.unavailable_after_ms))


def _failure(step: StepState) -> Failure:
    return Failure(FailureKind.AGENT_UNAVAILABLE, f"nobody consumes the tasks of {step.attempt.agent}")


def _case(turn: Transition, step: StepState) -> policy.Case:
    planned = turn.plan.step(step.id).agent
    return policy.Case(_failure(step), step, planned, turn.at, roster=turn.roster)


def _pause(turn: Transition) -> timedelta:
    return timedelta(milliseconds=turn.roster.check_after_ms)
