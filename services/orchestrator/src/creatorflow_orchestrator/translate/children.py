"""Child requests: the check that the parent still waits for the child, and the result that answers its step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any

from creatorflow_contracts.problem import Problem
from creatorflow_contracts.v1.output import Answered, CombinedItem, SynthesizedResult
from creatorflow_contracts.v1.request import Parent as WireParent
from creatorflow_contracts.v1.work import AgentError, AgentResult, ResultMetadata
from pydantic import BaseModel

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
"""Section of an output to the fields of its items beside the text."""


class ParentVerdict(Enum):
    """The relation of a parent to a request that names it as its parent."""

    WANTED = "wanted"
    OVER = "over"
    """A former child: its parent has ended, or a newer attempt has replaced it."""
    FOREIGN = "foreign"
    """The parent never started it."""


def parent_verdict(parent: Saga, child: WireParent) -> ParentVerdict:
    """Decide if the parent waits for this child."""
    step = parent.steps.get(child.step)
    if step is None or not 1 <= child.attempt <= step.attempt.number or parent.plan.step(step.id).agent:
        return ParentVerdict.FOREIGN
    if step.attempt.task_id != child.task_id:
        iterations = range(1, step.iteration + 1)
        started = any(task_id(parent.id, step.id, number, child.attempt) == child.task_id for number in iterations)
        return ParentVerdict.OVER if started else ParentVerdict.FOREIGN
    return ParentVerdict.WANTED if step.status is StepStatus.OPEN and not parent.status.final else ParentVerdict.OVER


def child_refused(parent: WireParent, problem: Problem) -> AgentResult:
    """Return the failed result for the parent's step whose child request was refused."""
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
    """Return the result of an ended child saga. Raises `ValueError` for a saga without a parent."""
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
    """Return the child's result as the sections of an output; it is no larger than the result, which fits a message."""
    positions = _parent_positions(saga.plan.requirements, asked)
    combined = result.combined_output
    output: dict[str, Any] = {
        name: [_item(item, fields, positions) for item in getattr(combined, name)] for name, fields in _SECTIONS.items()
    }
    output["summary"] = _summary(saga, result)
    output["decisions"] = dict(result.decisions)
    output["recommendations"] = [{"text": recommendation.text} for recommendation in result.recommendations]
    output["next_steps"] = [{"text": step.text} for step in result.next_steps]
    output["assumptions"] = [_without_sources(assumption) for assumption in result.assumptions]
    output["not_honoured"] = [_without_sources(kept) for kept in result.not_honoured]
    output["data"] = {
        "request": str(saga.id),
        "complete": result.completeness.complete,
        "unanswered": list(result.completeness.unanswered),
        "partly_answered": [answered.requirement for answered in _partly(result)],
        "degraded": list(result.degraded),
    } | ({"steps": combined.data} if combined.data else {})
    return output


def _without_sources(caveat: BaseModel) -> dict[str, Any]:
    """Return an assumption or a constraint not kept as the parent's own: its step is the source there."""
    return caveat.model_dump(exclude={"sources"})


def _partly(result: SynthesizedResult) -> list[Answered]:
    return [answered for answered in result.completeness.requirements if answered.verdict == "partly"]


def _item(item: CombinedItem, fields: Sequence[str], positions: Mapping[int, Sequence[int]]) -> dict[str, Any]:
    answers = sorted({parent_position for answer in item.answers for parent_position in positions.get(answer, ())})
    return {"text": item.text, "answers": answers} | {name: getattr(item, name) for name in fields}


def _parent_positions(own: Sequence[str], asked: Sequence[str]) -> dict[int, list[int]]:
    """Map positions of the child's requirements to those of equal requirements of the parent's step.

    A requirement of the step without an equal one is matched with those that it contains, or that contain it: the
    planner of a child request extracts requirements from its text.
    """
    own_texts, asked_texts = [normalised(text) for text in own], [normalised(text) for text in asked]
    parent_positions: dict[int, list[int]] = {}
    for position, text in enumerate(asked_texts):
        same = [at for at, own_text in enumerate(own_texts) if own_text == text]
        near = [
            at for at, own_text in enumerate(own_texts) if own_text and text and (own_text in text or text in own_text)
        ]
        for at in same or near:
            parent_positions.setdefault(at, []).append(position)
    return parent_positions


def _summary(saga: Saga, result: SynthesizedResult) -> str:
    done = [step.step for step in result.execution_summary.steps if step.status == "succeeded"]
    gaps, partly = len(result.completeness.unanswered), len(_partly(result))
    text = f"{len(done)} of {len(saga.plan.steps)} steps of a request of its own succeeded: {', '.join(done)}"
    counted = [f"{gaps} requirements are unanswered"] if gaps else []
    counted += [f"{partly} are answered in part"] if partly else []
    return f"{text}; {', '.join(counted) or 'all is answered'}"[:4096]
