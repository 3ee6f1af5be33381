"""Synthesis: merges the outputs of all steps into one result, checked for completeness and consistency.

Rules for this package: in plan order, never by arrival; for completed, failed and cancelled sagas alike, every output
of a succeeded step is kept; nothing that an agent returned is lost, nothing is made up.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from creatorflow_orchestrator.core.errors import CoreError
from creatorflow_orchestrator.core.plan import Step
from creatorflow_orchestrator.core.state.saga_state import CHILD_AGENT, Saga, SagaStatus, StepState, StepStatus

from .caveats import merge_assumptions, merge_not_honoured
from .completeness import check
from .contradictions import contradictions
from .decisions import resolve_decisions
from .execution import execution
from .judging.judge import Judge
from .judging.name_matches import NO_FORMS, Forms
from .merging import merge
from .objections import objections
from .suggestions import OpenPoints, next_steps, recommendations
from .synthesis_values import Contribution, Execution, Source, StepOutcome, StepOutput, Synthesis

_NOTHING = StepOutput()


def synthesise(
    saga: Saga,
    outputs: Mapping[str, StepOutput],
    owners: Mapping[str, str],
    finished_at: datetime,
    known: Forms = NO_FORMS,
) -> Synthesis:
    """Synthesise the one result of a final saga.

    `outputs` maps step ids to outputs. Those of steps that did not succeed are ignored, except for a validation that
    did not pass, and for steps of a loop: the output of its last iteration, or of the one before, is kept however the
    loop ended. `owners` maps a decision key to the agent that owns it, `known` a named thing to its other forms.
    Raises `CoreError` while the saga still runs.
    """
    if not saga.status.final:
        raise CoreError(f"saga {saga.id} still runs: only a final saga has a result")
    looped = {name for loop in saga.plan.loops for name in loop.steps}
    contributions = [
        _contribution(saga, step, outputs)
        for step in saga.plan.steps
        if _counts(saga.steps[step.id]) or (step.id in looped and step.id in outputs)
    ]
    output, file_conflicts = merge(contributions)
    decisions, disagreements = resolve_decisions(saga, contributions, owners)
    conflicts = (*disagreements, *file_conflicts)
    executed = execution(saga, finished_at, {name: output.summary for name, output in outputs.items()})
    success = _overall_success(saga, executed)
    reading = saga.definition.reading
    judge = Judge((*saga.plan.requirements, *(step.description for step in saga.plan.steps)), known)
    assumptions, not_honoured = merge_assumptions(contributions), merge_not_honoured(contributions)
    contradicted = contradictions(assumptions, reading.facts if reading else ())
    against = objections(saga, contributions, contradicted, not_honoured, judge)
    completeness = check(saga, contributions, executed.steps, success, judge, against)
    found = OpenPoints(completeness, conflicts, decisions, contradicted, assumptions, not_honoured)
    return Synthesis(
        status=saga.status,
        overall_success=success,
        degraded=() if saga.definition.dry_run else tuple(_degraded(executed)),
        output=output,
        execution=executed,
        completeness=completeness,
        conflicts=conflicts,
        decisions=decisions,
        recommendations=recommendations(saga.plan, contributions, executed.steps),
        next_steps=next_steps(saga, contributions, executed.steps, found),
        assumptions=assumptions,
        not_honoured=not_honoured,
    )


def _counts(state: StepState) -> bool:
    """True for a step that succeeded, and for one that failed with its answer: a validation that did not pass."""
    return state.status is StepStatus.SUCCEEDED or (state.status is StepStatus.FAILED and state.result_seq is not None)


def _contribution(saga: Saga, step: Step, outputs: Mapping[str, StepOutput]) -> Contribution:
    source = Source(saga.steps[step.id].attempt.agent or CHILD_AGENT, step.id)
    return Contribution(source, step.requirements, outputs.get(step.id, _NOTHING))


def _overall_success(saga: Saga, executed: Execution) -> bool:
    """True if every required step succeeded or was skipped by its guard; a dry run has nothing to do."""
    if saga.status is not SagaStatus.COMPLETED:
        return False
    return saga.definition.dry_run or all(
        step.optional or step.outcome in (StepOutcome.SUCCEEDED, StepOutcome.SKIPPED) for step in executed.steps
    )


def _degraded(executed: Execution) -> list[str]:
    return [
        step.step
        for step in executed.steps
        if step.optional and step.outcome not in (StepOutcome.SUCCEEDED, StepOutcome.SKIPPED)
    ]
