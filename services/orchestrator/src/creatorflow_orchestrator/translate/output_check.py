"""Checks an agent's output against the expectations of its step: the JSON Schema and the required sections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from creatorflow_orchestrator.core.saga.machine import find_step
from creatorflow_orchestrator.core.state.events import TaskFailed, TaskSucceeded
from creatorflow_orchestrator.core.state.saga_state import Failure, FailureKind, Saga, StepStatus

from .outputs import SECTIONS
from .schema_evaluation import Schema, findings

MAX_PLACES = 20
_ANSWERABLE = frozenset({StepStatus.OPEN, StepStatus.RETRYING, StepStatus.PARKED})


def checked_result(answer: TaskSucceeded | TaskFailed, saga: Saga, jitter: float) -> TaskSucceeded | TaskFailed:
    """Return the event; a success whose output does not meet its step's expectations becomes a `validation_error`."""
    step = find_step(saga, answer.task_id)
    if isinstance(answer, TaskFailed) or step is None or step.status not in _ANSWERABLE:
        return answer
    planned = saga.plan.step(step.id)
    places = violations(answer.output, planned.schema, planned.sections)
    if not places:
        return answer
    text = f"the output is not what was asked for: {places[0]}" + (
        f" (and {len(places) - 1} more)" if places[1:] else ""
    )
    failure = Failure(FailureKind.VALIDATION_ERROR, text[:4096], details=places)
    return TaskFailed(answer.at, answer.task_id, failure, jitter, answer.digest, answer.agent)


def violations(output: Mapping[str, Any], schema: Schema | None, sections: Sequence[str]) -> tuple[str, ...]:
    """List the defects of an output, at most 20 places; empty if it is valid.

    Each is a path and the requirement there, without values of the output. The sections are those of a specialist: they
    are not required of an output that has `data` of its own form instead, which only the schema describes.
    """
    places: list[str] = []
    if not (output.get("data") and not any(output.get(section) for section in SECTIONS)):
        places += [f"{section}: must be there and not empty" for section in sections if not output.get(section)]
    if schema is not None:
        places += findings(output, schema, MAX_PLACES)
    listed = list(dict.fromkeys(places))
    if len(listed) > MAX_PLACES:
        listed[MAX_PLACES:] = ["and more places"]
    return tuple(listed)
