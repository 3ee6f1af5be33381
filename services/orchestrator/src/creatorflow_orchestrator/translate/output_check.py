"""Whether an agent's output is what its step asked for: the step's JSON Schema, and the sections that must be there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from creatorflow_orchestrator.core.saga.machine import find_step
from creatorflow_orchestrator.core.state.events import TaskFailed, TaskSucceeded
from creatorflow_orchestrator.core.state.saga_state import Failure, FailureKind, Saga, StepStatus

from .outputs import SECTIONS
from .schema_evaluation import Schema, findings

MAX_TOLD = 20
_AWAITED = frozenset({StepStatus.OPEN, StepStatus.RETRYING, StepStatus.PARKED})


def checked_result(answer: TaskSucceeded | TaskFailed, saga: Saga, jitter: float) -> TaskSucceeded | TaskFailed:
    """The answer; of a success that does not meet what its step expects, the `validation_error` that it is."""
    step = find_step(saga, answer.task_id)
    if isinstance(answer, TaskFailed) or step is None or step.status not in _AWAITED:
        return answer
    asked = saga.plan.step(step.id)
    found = violations(answer.output, asked.schema, asked.sections)
    if not found:
        return answer
    text = f"the output is not what was asked for: {found[0]}" + (f" (and {len(found) - 1} more)" if found[1:] else "")
    failure = Failure(FailureKind.VALIDATION_ERROR, text[:4096], details=found)
    return TaskFailed(answer.at, answer.task_id, failure, jitter, answer.digest, answer.agent)


def violations(output: Mapping[str, Any], schema: Schema | None, sections: Sequence[str]) -> tuple[str, ...]:
    """Where the output is not what was asked for, at most 20 places; empty where it is.

    Each is a path and what is required there; no value of the output is told. The sections are a specialist's: they
    are not asked of an output that has `data` of its own making instead, whose form the schema alone can say.
    """
    found: list[str] = []
    if not (output.get("data") and not any(output.get(section) for section in SECTIONS)):
        found += [f"{section}: must be there and not empty" for section in sections if not output.get(section)]
    if schema is not None:
        found += findings(output, schema, MAX_TOLD)
    told = list(dict.fromkeys(found))
    if len(told) > MAX_TOLD:
        told[MAX_TOLD:] = ["and more places"]
    return tuple(told)
