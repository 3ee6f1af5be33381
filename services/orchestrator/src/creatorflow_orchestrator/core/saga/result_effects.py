"""Effects of a result: its output in the history, its decisions in the shared state, its refusals of other steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from creatorflow_orchestrator.core.graph import reach
from creatorflow_orchestrator.core.plan import Step, StepType
from creatorflow_orchestrator.core.recovery.apply import recover
from creatorflow_orchestrator.core.scheduling.scheduler import fail_step, is_judged_by_the_plan, observed_output
from creatorflow_orchestrator.core.state import lifecycle
from creatorflow_orchestrator.core.state.commands import HistoryData
from creatorflow_orchestrator.core.state.findings import verdict_text
from creatorflow_orchestrator.core.state.saga_state import Decision, Failure, FailureKind, StepState, StepStatus
from creatorflow_orchestrator.core.state.transition import Transition

MAX_DETAILS = 20
MAX_DETAIL = 1_000


def keep_output(
    transition: Transition, step: StepState, output: Mapping[str, Any], *, instance: str, execution_time_ms: int = 0
) -> None:
    """Record the result in the history; keep in the state the part of it that a guard or a check reads."""
    data: HistoryData = {"output": output, "execution_time_ms": execution_time_ms, "instance": instance}
    verdict = verdict_text(output)
    message = f"it did not pass: {verdict}" if verdict else ""
    seq = transition.record("step_succeeded", step, message, data)
    transition.put(replace(step, result_seq=seq, done_seq=seq, verdict=verdict))
    if (kept := observed_output(transition.plan, step.id, output)) is not None:
        transition.keep_output(step.id, kept)


def merge_decisions(transition: Transition, step: StepState, agent: str, made: Mapping[str, str]) -> None:
    """Merge an agent's decisions into the shared state: the first value stands until the key's owner decides.

    The agent whose value is in force may change it: in the next iteration of a loop, or after its output was refused.
    """
    decisions = dict(transition.decisions)
    for key, value in sorted(made.items()):
        in_force, owner = decisions.get(key), transition.before.definition.owners.get(key)
        if in_force is None or agent in (owner, in_force.by):
            decisions[key] = Decision(value, agent)
        if in_force is not None and in_force.value != value and in_force.by != agent:
            data = {"key": key, "owner": owner or ""}
            transition.record("decision_contested", step, f"{key}: {in_force.by} and {agent} differ", data)
    if decisions != transition.decisions:
        transition.put_decisions(decisions)


def apply_validation_refusals(transition: Transition, step: StepState, output: Mapping[str, Any]) -> None:
    """Apply the refusals of a validation step: `data.refused` maps a step it depends on to the defects of its output.

    Each refused step fails with `validation_error`, and the validation runs again after their next results. Steps of a
    loop are left to the loop's check.
    """
    stated = _refused(transition, step, output)
    refused = {name: defects for name, defects in stated.items() if _may_refuse(transition, step, name)}
    for name, defects in refused.items():
        if transition.status is not transition.before.status:
            return
        message = f"step {step.id} refuses the answer of step {name}"
        state = transition.put(replace(transition.steps[name], finished_at=None, result_seq=None))
        recover(transition, state, Failure(FailureKind.VALIDATION_ERROR, message, details=defects), 0.0)
    if any(not transition.steps[name].status.resolved for name in refused):
        transition.put(lifecycle.wait_again(transition.steps[step.id]))


def fail_unpassed_validation(transition: Transition, step: StepState) -> None:
    """Fail a validation that did not pass, in a plan made from words that has no step or loop for that case.

    In a plan of the client's own, guards and loops alone decide what follows from a result.
    """
    state = transition.steps[step.id]
    if transition.before.definition.reading is None or state.status is not StepStatus.SUCCEEDED or not state.verdict:
        return
    judges = transition.plan.step(step.id).type is StepType.VALIDATION
    if judges and not is_judged_by_the_plan(transition.plan, step.id):
        fail_step(transition, step.id, f"it did not pass: {state.verdict}")


def _refused(transition: Transition, step: StepState, output: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Read step id to defects from the output, as far as it has that form; an agent may put any JSON there."""
    data = output.get("data")
    refused = data.get("refused") if isinstance(data, Mapping) else None
    if transition.plan.step(step.id).type is not StepType.VALIDATION or not isinstance(refused, Mapping):
        return {}
    return {name: _texts(value) for name, value in refused.items() if isinstance(name, str)}


def _texts(value: object) -> tuple[str, ...]:
    texts = value if isinstance(value, list | tuple) else [value]
    return tuple(text[:MAX_DETAIL] for text in texts if isinstance(text, str))[:MAX_DETAILS] or ("it was refused",)


def _may_refuse(transition: Transition, step: StepState, name: str) -> bool:
    """True for a succeeded step of an agent that this one depends on and that no loop repeats."""
    after: dict[str, tuple[str, ...]] = {other.id: other.depends_on for other in transition.plan.steps}
    if name not in reach(after, step.id) or transition.steps[name].status is not StepStatus.SUCCEEDED:
        return False
    planned: Step = transition.plan.step(name)
    return bool(planned.agent) and not any({name, step.id} & set(loop.steps) for loop in transition.plan.loops)
