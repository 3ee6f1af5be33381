"""Synthesis: everything the agents answered, made one result that was checked for completeness and consistency.

Rules for this package: in plan order, never by arrival; for completed, failed and cancelled sagas alike, everything
that succeeded is kept; nothing an agent said is lost, nothing is made up.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from creatorflow_orchestrator.core.errors import CoreError
from creatorflow_orchestrator.core.plan import Step
from creatorflow_orchestrator.core.state.saga_state import CHILD_AGENT, Saga, SagaStatus, StepStatus

from .completeness import check
from .decisions import resolve_decisions
from .execution import execution
from .merging import merge
from .suggestions import next_steps, recommendations
from .synthesis_values import (
    Combined,
    CombinedOutput,
    Completeness,
    Conflict,
    ConflictKind,
    Contribution,
    Execution,
    Item,
    Position,
    RequirementAnswer,
    Source,
    StepOutcome,
    StepOutput,
    StepReport,
    Suggestion,
    Synthesis,
)

__all__ = [
    "Combined",
    "CombinedOutput",
    "Completeness",
    "Conflict",
    "ConflictKind",
    "Execution",
    "Item",
    "Position",
    "RequirementAnswer",
    "Source",
    "StepOutcome",
    "StepOutput",
    "StepReport",
    "Suggestion",
    "Synthesis",
    "synthesise",
]

_NOTHING = StepOutput()


def synthesise(
    saga: Saga, outputs: Mapping[str, StepOutput], owners: Mapping[str, str], finished_at: datetime
) -> Synthesis:
    """The one result of a final saga.

    `outputs` are what its steps answered, by step id (those of steps that did not succeed are not looked at, but for
    steps of a loop: what its last round, or the one before, has found is kept, however the loop ended); `owners` maps
    a decision key to the agent whose word settles it. Raises `CoreError` while the saga still runs.
    """
    if not saga.status.final:
        raise CoreError(f"saga {saga.id} still runs: only a final saga has a result")
    looped = {name for loop in saga.plan.loops for name in loop.steps}
    contributions = [
        _contribution(saga, step, outputs)
        for step in saga.plan.steps
        if _succeeded(saga, step) or (step.id in looped and step.id in outputs)
    ]
    output, clashes = merge(contributions)
    decisions, differences = resolve_decisions(saga, contributions, owners)
    conflicts = (*differences, *clashes)
    summary = execution(saga, finished_at, {name: output.summary for name, output in outputs.items()})
    success = _overall_success(saga, summary)
    completeness = check(saga, contributions, summary.steps, success)
    return Synthesis(
        status=saga.status,
        overall_success=success,
        degraded=() if saga.definition.dry_run else tuple(_degraded(summary)),
        output=output,
        execution=summary,
        completeness=completeness,
        conflicts=conflicts,
        decisions=decisions,
        recommendations=recommendations(saga.plan, contributions, summary.steps),
        next_steps=next_steps(saga, contributions, summary.steps, completeness, conflicts, decisions),
    )


def _succeeded(saga: Saga, step: Step) -> bool:
    return saga.steps[step.id].status is StepStatus.SUCCEEDED


def _contribution(saga: Saga, step: Step, outputs: Mapping[str, StepOutput]) -> Contribution:
    source = Source(saga.steps[step.id].attempt.agent or CHILD_AGENT, step.id)
    return Contribution(source, step.requirements, outputs.get(step.id, _NOTHING))


def _overall_success(saga: Saga, summary: Execution) -> bool:
    """Every required step succeeded; a step that its guard skipped did not fail, a dry run has nothing to do."""
    if saga.status is not SagaStatus.COMPLETED:
        return False
    return saga.definition.dry_run or all(
        step.optional or step.fate in (StepOutcome.SUCCEEDED, StepOutcome.SKIPPED) for step in summary.steps
    )


def _degraded(summary: Execution) -> list[str]:
    return [
        step.step
        for step in summary.steps
        if step.optional and step.fate not in (StepOutcome.SUCCEEDED, StepOutcome.SKIPPED)
    ]
