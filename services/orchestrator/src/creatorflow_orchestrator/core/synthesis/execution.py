"""The execution summary: a report of each step, the order in which they finished, and the critical path."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import assert_never

from creatorflow_orchestrator.core.plan import Plan, Step
from creatorflow_orchestrator.core.state.saga_state import CHILD_AGENT, Saga, StepState, StepStatus

from .synthesis_values import Execution, StepOutcome, StepReport

_MILLISECOND = timedelta(milliseconds=1)


def execution(saga: Saga, finished_at: datetime, summaries: Mapping[str, str]) -> Execution:
    """Return the execution summary of a saga that ended at `finished_at`; `summaries` are the agents' own, by step."""
    started_at = saga.definition.submitted_at
    reports = tuple(_report(saga, step, finished_at, summaries.get(step.id, "")) for step in saga.plan.steps)
    chain = critical_path(saga)
    return Execution(
        pattern=saga.plan.pattern,
        started_at=started_at,
        finished_at=finished_at,
        duration_ms=_between(started_at, finished_at),
        steps=reports,
        path=_path(saga),
        critical_path=tuple(state.id for state in chain),
        critical_path_ms=_between(chain[0].started_at, chain[-1].finished_at) if chain else 0,
        tokens=sum(report.tokens for report in reports),
    )


def critical_path(saga: Saga) -> list[StepState]:
    """Return the chain of steps that set the duration, each waiting for the one before, up to the last to finish.

    Walked backwards: a step waited for the one of its dependencies that ended last. Skipped steps took no time of their
    own: the walk passes through them, and they are not listed.
    """
    ended = {state.id: state for state in saga.steps.values() if state.finished_at is not None}
    chain: list[StepState] = []
    step = _last([state for state in ended.values() if state.started_at is not None], saga.plan)
    while step is not None and step.id in ended:
        ended.pop(step.id)
        if step.started_at is not None:
            chain.append(step)
        step = _last([ended[name] for name in saga.plan.step(step.id).depends_on if name in ended], saga.plan)
    chain.reverse()
    return chain


def _last(states: list[StepState], plan: Plan) -> StepState | None:
    """Return the step that ended last; of several at the same time the first in plan order."""
    if len(states) < 2:
        return states[0] if states else None
    moment = max(state.finished_at for state in states if state.finished_at is not None)
    last = {state.id: state for state in states if state.finished_at == moment}
    return next(last[step.id] for step in plan.steps if step.id in last)


def _path(saga: Saga) -> tuple[str, ...]:
    """Return the steps that succeeded or failed, in the order in which they did; at the same time in plan order."""
    finished = [
        (state.finished_at, position, step.id)
        for position, step in enumerate(saga.plan.steps)
        if (state := saga.steps[step.id]).attempt.number
        and state.finished_at is not None
        and state.status in (StepStatus.SUCCEEDED, StepStatus.FAILED)
    ]
    return tuple(step_id for _, _, step_id in sorted(finished))


def _report(saga: Saga, step: Step, finished_at: datetime, summary: str) -> StepReport:
    state = saga.steps[step.id]
    agent, worker = step.agent or CHILD_AGENT, state.attempt.agent or CHILD_AGENT
    return StepReport(
        step=step.id,
        agent=agent,
        type=step.type,
        outcome=_outcome(state),
        optional=step.optional,
        attempts=state.attempt.number,
        duration_ms=_between(state.started_at, state.finished_at or finished_at),
        tokens=state.tokens,
        recoveries=state.recoveries,
        alternative=worker if worker != agent else None,
        reason=state.reason or _unreached(saga, step, state),
        summary=summary,
        depends_on=step.depends_on,
        iterations=state.iteration,
    )


def _outcome(state: StepState) -> StepOutcome:
    match state.status:
        case StepStatus.SUCCEEDED:
            return StepOutcome.SUCCEEDED
        case StepStatus.FAILED:
            return StepOutcome.FAILED
        case StepStatus.SKIPPED:
            return StepOutcome.SKIPPED
        case StepStatus.WAITING | StepStatus.OPEN | StepStatus.RETRYING | StepStatus.PARKED | StepStatus.CANCELLED:
            return StepOutcome.CANCELLED if state.attempt.number else StepOutcome.NOT_REACHED
        case _:
            assert_never(state.status)


def _unreached(saga: Saga, step: Step, state: StepState) -> str:
    """Return the reason of a step that never began: the dependencies it still waited for when its saga ended."""
    if state.attempt.number or state.status is not StepStatus.WAITING or saga.definition.dry_run:
        return ""
    waited = [name for name in step.depends_on if saga.steps[name].status is not StepStatus.SUCCEEDED]
    return f"the request ended while it waited for {', '.join(waited)}" if waited else ""


def _between(start: datetime | None, end: datetime | None) -> int:
    """Return whole milliseconds, never negative: clocks of two machines may differ."""
    if start is None or end is None:
        return 0
    return max(0, (end - start) // _MILLISECOND)
