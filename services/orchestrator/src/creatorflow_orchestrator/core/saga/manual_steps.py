"""Step commands of people: retry a step, skip it, or complete it with a given output."""

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

from .result_effects import keep_output, merge_decisions

MAX_COMMANDS = 32
"""Commands that are remembered per step; a repeat that comes after that many others counts as a new command."""


def apply_step_command(transition: Transition, event: StepCommanded) -> None:
    """Execute a step command, or refuse it: STEP_UNKNOWN, or STEP_SETTLED if the step's state does not allow it.

    A repeat of a remembered command changes nothing.
    """
    step = transition.steps.get(event.step)
    if step is None:
        transition.command(
            Refuse("STEP_UNKNOWN", f"the plan has no such step; it has {', '.join(list(transition.steps)[:50])}")
        )
        return
    if event.digest and event.digest in step.commands:
        return
    refusal = _refusal(transition, step, event)
    if refusal:
        transition.command(Refuse("STEP_SETTLED", refusal))
        return
    if event.digest:
        step = transition.put(replace(step, commands=(*step.commands, event.digest)[-MAX_COMMANDS:]))
    if _is_repeat(step, event):
        return
    data = {"action": event.action, "next_agent": event.agent or step.attempt.agent}
    transition.record("step_instructed", step, event.reason, data)
    withdraw_attempt(transition, step, f"step command: {event.action}")
    match event.action:
        case "retry":
            _retry(transition, step, event)
        case "skip":
            reason = f"skipped by a person: {event.reason}" if event.reason else "skipped by a person"
            transition.record("step_skipped", resolve_step(transition, step.id, StepStatus.SKIPPED, reason), reason)
        case "complete":
            transition.put(lifecycle.forgive(step))  # a validation step may still refuse the output
            state = resolve_step(transition, step.id, StepStatus.SUCCEEDED, "completed by a person")
            keep_output(transition, state, event.output, instance=MANUAL)
            merge_decisions(transition, state, state.attempt.agent or CHILD_AGENT, event.decisions)
        case _:
            assert_never(event.action)
    schedule(transition)


def _refusal(transition: Transition, step: StepState, event: StepCommanded) -> str:
    """Return the reason why the command is not possible; empty if it is."""
    if transition.status is not SagaStatus.RUNNING:
        return f"the request is {transition.status.value}: its steps can no longer be changed"
    if transition.plan.step(step.id).type is StepType.COMPENSATION:
        return f"step {step.id} is a compensation"
    if event.action == "retry":
        if step.status in (StepStatus.WAITING, StepStatus.SUCCEEDED, StepStatus.SKIPPED, StepStatus.CANCELLED):
            return f"step {step.id} is {step.status.value}: there is nothing to retry"
        if event.agent and not transition.plan.step(step.id).agent:
            return f"step {step.id} is a child request: no agent can take it"
    elif step.status.resolved:
        return f"step {step.id} has {step.status.value} already"
    return ""


def _is_repeat(step: StepState, event: StepCommanded) -> bool:
    """True if a retry for the same agent already started the current attempt, and nothing has failed since."""
    same_agent = event.action == "retry" and event.agent in ("", step.attempt.agent)
    in_progress = step.status in (StepStatus.OPEN, StepStatus.RETRYING) and step.attempt.number <= step.instructed
    return same_agent and in_progress and step.forgiven == len(step.recoveries)


def _retry(transition: Transition, step: StepState, event: StepCommanded) -> None:
    planned = transition.plan.step(step.id)
    transition.put(lifecycle.start_over(step, event.agent or step.attempt.agent, planned.timeout_ms))
    dispatch(transition, planned)
