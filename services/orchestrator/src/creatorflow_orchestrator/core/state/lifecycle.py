"""The lifecycle of a step: each transition from one state of it to the next, by name.

Rules for this file: a function takes a step and returns the changed step. Only here does an attempt begin or end.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from creatorflow_orchestrator.core.plan import Step

from .saga_state import Attempt, FailureKind, Recovery, StepState, StepStatus, TriedAgent


def planned(step: Step) -> StepState:
    """Return the initial state of a step of the plan."""
    return StepState(step.id, Attempt(step.agent, step.timeout_ms))


def begin(step: StepState, task_id: UUID, at: datetime, check_at: datetime | None) -> StepState:
    """Begin the next attempt, with the agent, time limit and constraints that were decided for it."""
    last = step.attempt
    attempt = Attempt(
        last.agent,
        last.timeout_ms,
        last.constraints,
        number=last.number + 1,
        task_id=task_id,
        dispatched_at=at,
        check_at=check_at,
    )
    return replace(step, status=StepStatus.OPEN, attempt=attempt, started_at=step.started_at or at, reason="")


def ended(attempt: Attempt) -> Attempt:
    """Return the attempt without its claim and without the times at which something was to happen."""
    return replace(attempt, check_at=None, claimed_by=None, silent_at=None, retry_at=None)


def claim(step: StepState, instance: str, silent_at: datetime) -> StepState:
    """Claim the attempt for the instance that works on it; its agent is therefore available."""
    attempt = replace(step.attempt, claimed_by=instance, silent_at=silent_at, check_at=None)
    return replace(step, attempt=attempt, unavailable_since=None)


def prolong(step: StepState, silent_at: datetime) -> StepState:
    """Move the time at which silence ends the claimed attempt, after a heartbeat."""
    return replace(step, attempt=replace(step.attempt, silent_at=silent_at))


def check_later(step: StepState, check_at: datetime) -> StepState:
    """Set the time at which the consumers of its agent are counted, unless the attempt is claimed before."""
    return replace(step, attempt=replace(step.attempt, check_at=check_at))


def answer(step: StepState, digest: str | None) -> StepState:
    """Keep the digest of the answer that ended the attempt; `None` where it ended without one."""
    return replace(step, attempt=replace(step.attempt, digest=digest))


def fail_attempt(step: StepState, recovery: Recovery, counted: bool) -> StepState:
    """End a failed attempt with the recovery decided for it.

    `unavailable_since` is kept only if the attempt failed because its agent is unavailable.
    """
    unavailable = recovery.failure == FailureKind.AGENT_UNAVAILABLE
    return replace(
        step,
        attempt=ended(step.attempt),
        recoveries=(*step.recoveries, recovery),
        failures=step.failures + counted,
        unavailable_since=step.unavailable_since if unavailable else None,
    )


def retry_later(step: StepState, retry_at: datetime) -> StepState:
    """Schedule the next attempt for `retry_at`."""
    return replace(step, status=StepStatus.RETRYING, attempt=replace(ended(step.attempt), retry_at=retry_at))


def pause(step: StepState, until: datetime, at: datetime, reason: str) -> StepState:
    """Schedule the next attempt for when the circuit of its agent may be closed again.

    A step that was waiting begins anew: an answer to an earlier attempt (of the last iteration) is late.
    """
    attempt = ended(step.attempt)
    if step.status is StepStatus.WAITING:
        attempt = replace(attempt, task_id=None)
    return replace(
        retry_later(replace(step, attempt=attempt), until),
        unavailable_since=step.unavailable_since or at,
        reason=reason,
    )


def reassign(step: StepState, agent: str, timeout_ms: int, why: str) -> StepState:
    """Give the next attempt to another agent; the current one is not tried again."""
    return replace(
        step,
        attempt=replace(step.attempt, agent=agent, timeout_ms=timeout_ms),
        tried=(*step.tried, TriedAgent(step.attempt.agent, why)),
        unavailable_since=None,
    )


def extend(step: StepState, timeout_ms: int) -> StepState:
    """Set the time limit of the next attempt."""
    return replace(step, attempt=replace(step.attempt, timeout_ms=timeout_ms))


def constrain(step: StepState, constraints: tuple[str, ...]) -> StepState:
    """Give the next attempts these constraints beyond the plan's."""
    return replace(step, attempt=replace(step.attempt, constraints=constraints))


def park(step: StepState, reason: str) -> StepState:
    """Park the step: its recoveries are exhausted and it waits for a person."""
    return replace(step, status=StepStatus.PARKED, attempt=ended(step.attempt), reason=reason)


def wait_again(step: StepState) -> StepState:
    """Let the step wait for its dependencies again; its result no longer counts."""
    attempt = replace(ended(step.attempt), digest=None)
    return replace(
        step, status=StepStatus.WAITING, attempt=attempt, finished_at=None, result_seq=None, reason="", verdict=""
    )


def next_iteration(step: StepState, iteration: int) -> StepState:
    """Prepare the step for the next iteration of its loop: keep its last result apart, and forgive its failures."""
    return replace(
        constrain(forgive(wait_again(step)), ()),
        iteration=iteration,
        last_round_seq=step.result_seq,
    )


def forgive(step: StepState) -> StepState:
    """Reset the count of failures and ignore earlier recoveries in later decisions."""
    return replace(step, failures=0, forgiven=len(step.recoveries))


def start_over(step: StepState, agent: str, timeout_ms: int) -> StepState:
    """Prepare the step for a retry that a person asked for: agents that were given up may be tried again.

    An answer to the last attempt is late.
    """
    last = step.attempt
    return replace(
        forgive(step),
        attempt=Attempt(agent, timeout_ms, last.constraints, number=last.number),
        instructed=last.number + 1,
        tried=(),
        unavailable_since=None,
        finished_at=None,
        result_seq=None,
        verdict="",
    )


def finish(step: StepState, status: StepStatus, at: datetime, reason: str) -> StepState:
    """End the step with its final status."""
    return replace(
        step, status=status, attempt=ended(step.attempt), finished_at=at, unavailable_since=None, reason=reason
    )
