"""What a person says about a step: try it again, leave it out, or here is its output."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from creatorflow_orchestrator.core.plan import StepType
from creatorflow_orchestrator.core.scheduling.scheduler import dispatch, resolve_step, schedule, withdraw_attempt
from creatorflow_orchestrator.core.state import lifecycle
from creatorflow_orchestrator.core.state.commands import Refuse
from creatorflow_orchestrator.core.state.events import StepCommanded
from creatorflow_orchestrator.core.state.saga_state import CHILD_AGENT, MANUAL, SagaStatus, StepState, StepStatus
from creatorflow_orchestrator.core.state.transition import Transition

from .answers import keep_output, merge_decisions

MAX_COMMANDS = 32
"""So many commands about one step are remembered: a repeat that comes later than that many others is a new one."""


def apply_step_command(turn: Transition, event: StepCommanded) -> None:
    """Do as the person says, or refuse: STEP_UNKNOWN, or STEP_SETTLED where there is nothing left to say."""
    step = turn.steps.get(event.step)
    if step is None:
        turn.command(Refuse("STEP_UNKNOWN", f"the plan has no such step; it has {', '.join(list(turn.steps)[:50])}"))
        return
    if event.digest and event.digest in step.commands:
        return
    refusal = _refusal(turn, step, event)
    if refusal:
        turn.command(Refuse("STEP_SETTLED", refusal))
        return
    if event.digest:
        step = turn.put(replace(step, commands=(*step.commands, event.digest)[-MAX_COMMANDS:]))
    if _is_repeat(step, event):
        return
    data = {"action": event.action, "next_agent": event.agent or step.attempt.agent}
    turn.record("step_instructed", step, event.reason, data)
    withdraw_attempt(turn, step, f"instructed by hand: {event.action}")
    match event.action:
        case "retry":
            _retry(turn, step, event)
        case "skip":
            reason = f"skipped by hand: {event.reason}" if event.reason else "skipped by hand"
            turn.record("step_skipped", resolve_step(turn, step.id, StepStatus.SKIPPED, reason), reason)
        case "complete":
            turn.put(lifecycle.forgive(step))  # a validation may yet refuse it
            state = resolve_step(turn, step.id, StepStatus.SUCCEEDED, "completed by hand")
            keep_output(turn, state, event.output, instance=MANUAL)
            merge_decisions(turn, state, state.attempt.agent or CHILD_AGENT, event.decisions)
        case _:
            assert_never(event.action)
    schedule(turn)


def _refusal(turn: Transition, step: StepState, event: StepCommanded) -> str:
    """Why that cannot be; empty if it can."""
    if turn.status is not SagaStatus.RUNNING:
        return f"the request is {turn.status.value}: its steps are settled"
    if turn.plan.step(step.id).type is StepType.COMPENSATION:
        return f"step {step.id} is a compensation"
    if event.action == "retry":
        if step.status in (StepStatus.WAITING, StepStatus.SUCCEEDED, StepStatus.SKIPPED, StepStatus.CANCELLED):
            return f"step {step.id} is {step.status.value}: there is nothing to try again"
        if event.agent and not turn.plan.step(step.id).agent:
            return f"step {step.id} is a child request: no agent can take it"
    elif step.status.settled:
        return f"step {step.id} has {step.status.value} already"
    return ""


def _is_repeat(step: StepState, event: StepCommanded) -> bool:
    """Whether the attempt that this asks for was begun by the same word before, and nothing has gone wrong since."""
    same = event.action == "retry" and event.agent in ("", step.attempt.agent)
    going = step.status in (StepStatus.OPEN, StepStatus.RETRYING) and step.attempt.number <= step.instructed
    return same and going and step.forgiven == len(step.recoveries)


def _retry(turn: Transition, step: StepState, event: StepCommanded) -> None:
    planned = turn.plan.step(step.id)
    turn.put(lifecycle.start_over(step, event.agent or step.attempt.agent, planned.timeout_ms))
    dispatch(turn, planned)
