"""Each requirement of the request and what answers it, or why nothing does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from creatorflow_orchestrator.core.plan import Step
from creatorflow_orchestrator.core.state.saga_state import Saga

from .synthesis_values import (
    Completeness,
    Contribution,
    Item,
    RequirementAnswer,
    Source,
    StepOutcome,
    StepOutput,
    StepReport,
)

TOLD = 5
"""Steps of which a note tells what became."""
REASON = 500
"""Characters of a step's reason that a note repeats."""
_WHAT_BECAME = {
    StepOutcome.FAILED: "failed",
    StepOutcome.SKIPPED: "was skipped",
    StepOutcome.CANCELLED: "was cancelled",
    StepOutcome.NOT_REACHED: "was not reached",
}


def check(
    saga: Saga, contributions: Sequence[Contribution], reports: Sequence[StepReport], success: bool
) -> Completeness:
    """What answers each requirement: an item of a step that succeeded and says so.

    A plan that states no requirements is complete when it succeeded.
    """
    answered_by = _answers(contributions)
    given = _given(saga.plan.steps)
    fates = {report.step: report for report in reports}
    requirements = tuple(
        _requirement(saga, position, answered_by.get(position, ()), [fates[each] for each in given.get(position, ())])
        for position in range(len(saga.plan.requirements))
    )
    complete = all(requirement.answered_by for requirement in requirements) and (success or bool(requirements))
    return Completeness(complete, requirements)


def _answers(contributions: Sequence[Contribution]) -> Mapping[int, tuple[Source, ...]]:
    """Requirement to those who answer it, in plan order."""
    found: dict[int, dict[Source, None]] = {}
    for contribution in contributions:
        for item in _items(contribution.output):
            for position in contribution.answered(item):
                found.setdefault(position, {})[contribution.source] = None
    return {position: tuple(sources) for position, sources in found.items()}


def _items(output: StepOutput) -> Iterator[Item]:
    """All that may answer something: a file may be empty, a blank statement says nothing."""
    yield from output.code_examples
    for section in (
        output.technical_specifications,
        output.implementation_steps,
        output.testing_requirements,
        output.deployment_considerations,
    ):
        yield from (item for item in section if item.text.strip())


def _given(steps: Sequence[Step]) -> Mapping[int, list[str]]:
    """Requirement to the steps that it was given to."""
    given: dict[int, list[str]] = {}
    for step in steps:
        for position in dict.fromkeys(step.requirements):
            given.setdefault(position, []).append(step.id)
    return given


def _requirement(
    saga: Saga, position: int, answered_by: tuple[Source, ...], asked: Sequence[StepReport]
) -> RequirementAnswer:
    text = saga.plan.requirements[position]
    missing = [each for each in asked if each.fate is not StepOutcome.SUCCEEDED]
    if answered_by:
        note = _together([f"also asked of {_told(each, ', which ')}" for each in missing[:TOLD]], len(missing))
        return RequirementAnswer(position, text, answered_by, note)
    if not asked:
        return RequirementAnswer(position, text, note="no agent can answer it")
    note = _together([_told(each) for each in asked[:TOLD]], len(asked))
    if saga.definition.dry_run:
        note = "dry run: nothing was dispatched"
    return RequirementAnswer(position, text, note=note, blamed=tuple(each.step for each in asked))


def _together(told: Sequence[str], count: int) -> str:
    more = f"; and {count - len(told)} more" if count > len(told) else ""
    return "; ".join(told) + more


def _told(report: StepReport, joint: str = " ") -> str:
    name = f"step {report.step} ({report.source.agent})"
    if report.fate is StepOutcome.SUCCEEDED:
        return f"{name} succeeded, but no item of its answer names it"
    told = f"{name}{joint}{_WHAT_BECAME[report.fate]}"
    return f"{told}: {report.reason[:REASON]}" if report.reason else told
