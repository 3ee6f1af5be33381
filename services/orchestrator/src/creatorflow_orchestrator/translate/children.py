"""Child sagas: the request that a parent's step makes of one, whether it is still wanted, and its answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any

from creatorflow_contracts.problem import Problem
from creatorflow_contracts.v1.output import CombinedItem, SynthesizedResult
from creatorflow_contracts.v1.request import Parent as WireParent
from creatorflow_contracts.v1.work import AgentError, AgentResult, ResultMetadata

from creatorflow_orchestrator.core.state.saga_state import CHILD_AGENT, Saga, SagaStatus, StepStatus
from creatorflow_orchestrator.core.state.transition import task_id
from creatorflow_orchestrator.core.synthesis.merging import normalised

_SECTIONS: Mapping[str, tuple[str, ...]] = {
    "technical_specifications": (),
    "implementation_steps": (),
    "code_examples": ("path", "language"),
    "testing_requirements": ("subject",),
    "deployment_considerations": ("environment",),
}
"""Section of an answer to what its items have beside their text."""


class ParentVerdict(Enum):
    """What a parent says of a request that calls itself its child."""

    WANTED = "wanted"
    OVER = "over"
    """It was a child once: its parent has ended, or another attempt has taken its place."""
    FOREIGN = "foreign"
    """The parent has never made it."""


def parent_verdict(parent: Saga, child: WireParent) -> ParentVerdict:
    """Whether the parent waits for this child."""
    step = parent.steps.get(child.step)
    if step is None or not 1 <= child.attempt <= step.attempt.number or parent.plan.step(step.id).agent:
        return ParentVerdict.FOREIGN
    if step.attempt.task_id != child.task_id:
        rounds = range(1, step.iteration + 1)
        made = any(task_id(parent.id, step.id, each, child.attempt) == child.task_id for each in rounds)
        return ParentVerdict.OVER if made else ParentVerdict.FOREIGN
    return ParentVerdict.WANTED if step.status is StepStatus.OPEN and not parent.status.final else ParentVerdict.OVER


def child_refused(parent: WireParent, problem: Problem) -> AgentResult:
    """The answer to the step of a parent whose child saga was not accepted."""
    return AgentResult(
        task_id=parent.task_id,
        correlation_id=parent.correlation_id,
        agent=CHILD_AGENT,
        instance=str(parent.task_id),
        attempt=parent.attempt,
        success=False,
        error=AgentError(
            type="permanent", message=f"the child request is refused: {problem.code}, {problem.message}"[:4096]
        ),
    )


def child_result(saga: Saga, result: SynthesizedResult) -> AgentResult:
    """A finished child saga's answer to the step of its parent. Raises `ValueError` for a saga without a parent."""
    parent = saga.definition.parent
    if parent is None:
        raise ValueError(f"saga {saga.id} has no parent to answer")
    success = saga.status is SagaStatus.COMPLETED
    error = None if success else AgentError(type="permanent", message=f"child request {saga.id}: {saga.reason}"[:4096])
    return AgentResult(
        task_id=parent.task_id,
        correlation_id=parent.saga_id,
        agent=CHILD_AGENT,
        instance=str(saga.id),
        attempt=parent.attempt,
        success=success,
        output=_output(saga, result, parent.requirements) if success else {},
        error=error,
        execution_time_ms=result.execution_summary.duration_ms,
        metadata=ResultMetadata(completion_tokens=result.execution_summary.tokens),
    )


def _output(saga: Saga, result: SynthesizedResult, asked: Sequence[str]) -> dict[str, Any]:
    """The child's result in the sections of an answer, as large as the result at most, which fits a message."""
    positions = _positions(saga.plan.requirements, asked)
    combined = result.combined_output
    output: dict[str, Any] = {
        name: [_item(each, fields, positions) for each in getattr(combined, name)] for name, fields in _SECTIONS.items()
    }
    output["summary"] = _summary(saga, result)
    output["decisions"] = dict(result.decisions)
    output["recommendations"] = [{"text": recommendation.text} for recommendation in result.recommendations]
    output["next_steps"] = [{"text": step.text} for step in result.next_steps]
    output["data"] = {
        "request": str(saga.id),
        "complete": result.completeness.complete,
        "unanswered": list(result.completeness.unanswered),
        "degraded": list(result.degraded),
    } | ({"steps": combined.data} if combined.data else {})
    return output


def _item(item: CombinedItem, fields: Sequence[str], positions: Mapping[int, Sequence[int]]) -> dict[str, Any]:
    answers = sorted({found for answer in item.answers for found in positions.get(answer, ())})
    return {"text": item.text, "answers": answers} | {name: getattr(item, name) for name in fields}


def _positions(own: Sequence[str], asked: Sequence[str]) -> dict[int, list[int]]:
    """Position among the child's requirements to those among the parent's step's that say the same.

    One that no requirement of the child repeats word for word is matched with those that it contains, or that contain
    it: a child that was asked in words has read its requirements out of them.
    """
    mine, theirs = [normalised(text) for text in own], [normalised(text) for text in asked]
    found: dict[int, list[int]] = {}
    for position, text in enumerate(theirs):
        same = [at for at, each in enumerate(mine) if each == text]
        near = [at for at, each in enumerate(mine) if each and text and (each in text or text in each)]
        for at in same or near:
            found.setdefault(at, []).append(position)
    return found


def _summary(saga: Saga, result: SynthesizedResult) -> str:
    done = [step.step for step in result.execution_summary.steps if step.status == "succeeded"]
    gaps = len(result.completeness.unanswered)
    told = f"{len(done)} of {len(saga.plan.steps)} steps of a request of its own succeeded: {', '.join(done)}"
    return f"{told}; {gaps} requirements are unanswered"[:4096] if gaps else f"{told}; all is answered"[:4096]
