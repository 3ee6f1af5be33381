"""What an answer leaves behind: its output in the history, its decisions in the shared state, its word on others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from creatorflow_orchestrator.core.graph import reach
from creatorflow_orchestrator.core.plan import Step, StepType
from creatorflow_orchestrator.core.recovery.apply import recover
from creatorflow_orchestrator.core.scheduling.scheduler import observed_output
from creatorflow_orchestrator.core.state import lifecycle
from creatorflow_orchestrator.core.state.commands import HistoryData
from creatorflow_orchestrator.core.state.saga_state import Decision, Failure, FailureKind, StepState, StepStatus
from creatorflow_orchestrator.core.state.transition import Transition

MAX_DETAILS = 20
MAX_DETAIL = 1_000


def keep_output(
    turn: Transition, step: StepState, output: Mapping[str, Any], *, instance: str, execution_time_ms: int = 0
) -> None:
    """The counted result goes into the history; the state keeps of it what a guard or a check reads."""
    data: HistoryData = {"output": output, "execution_time_ms": execution_time_ms, "instance": instance}
    seq = turn.record("step_succeeded", step, data=data)
    turn.put(replace(step, result_seq=seq, done_seq=seq))
    if (kept := observed_output(turn.plan, step.id, output)) is not None:
        turn.keep_output(step.id, kept)


def merge_decisions(turn: Transition, step: StepState, agent: str, said: Mapping[str, str]) -> None:
    """Merge an agent's decisions into the shared state: the first word stands until the key's owner speaks.

    Whose word stands may change it: in a loop's next round, or after its answer was refused.
    """
    decisions = dict(turn.decisions)
    for key, value in sorted(said.items()):
        held, owner = decisions.get(key), turn.before.definition.owners.get(key)
        if held is None or agent in (owner, held.by):
            decisions[key] = Decision(value, agent)
        if held is not None and held.value != value and held.by != agent:
            data = {"key": key, "owner": owner or ""}
            turn.record("decision_contested", step, f"{key}: {held.by} and {agent} differ", data)
    if decisions != turn.decisions:
        turn.put_decisions(decisions)


def apply_validation_refusals(turn: Transition, step: StepState, output: Mapping[str, Any]) -> None:
    """A validation step may refuse what it depends on: `data.refused` maps a step to what is wrong with its answer.

    Each is that step's `validation_error`, and the validation itself is done again when they have answered anew. Steps
    of a loop are left to the loop's check.
    """
    refused = {each: said for each, said in _refused(turn, step, output).items() if _may_refuse(turn, step, each)}
    for name, said in refused.items():
        if turn.status is not turn.before.status:
            return
        message = f"step {step.id} refuses the answer of step {name}"
        state = turn.put(replace(turn.steps[name], finished_at=None, result_seq=None))
        recover(turn, state, Failure(FailureKind.VALIDATION_ERROR, message, details=said), 0.0)
    if any(not turn.steps[each].status.settled for each in refused):
        turn.put(lifecycle.wait_again(turn.steps[step.id]))


def _refused(turn: Transition, step: StepState, output: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Step to what is said to be wrong, as far as it can be read; anybody may put anything there."""
    data = output.get("data")
    said = data.get("refused") if isinstance(data, Mapping) else None
    if turn.plan.step(step.id).type is not StepType.VALIDATION or not isinstance(said, Mapping):
        return {}
    return {name: _texts(value) for name, value in said.items() if isinstance(name, str)}


def _texts(value: object) -> tuple[str, ...]:
    texts = value if isinstance(value, list | tuple) else [value]
    return tuple(text[:MAX_DETAIL] for text in texts if isinstance(text, str))[:MAX_DETAILS] or ("it was refused",)


def _may_refuse(turn: Transition, step: StepState, name: str) -> bool:
    """Whether that is an agent's step that succeeded, that this one builds on, and that no loop repeats anyway."""
    after: dict[str, tuple[str, ...]] = {each.id: each.depends_on for each in turn.plan.steps}
    if name not in reach(after, step.id) or turn.steps[name].status is not StepStatus.SUCCEEDED:
        return False
    planned: Step = turn.plan.step(name)
    return bool(planned.agent) and not any({name, step.id} & set(loop.steps) for loop in turn.plan.loops)
