"""The completeness check: the steps that answer each requirement, or the reason why none does."""

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

MAX_DESCRIBED = 5
"""Steps whose outcome a note describes."""
MAX_REASON = 500
"""Characters of a step's reason that a note repeats."""
_OUTCOME_TEXT = {
    StepOutcome.FAILED: "failed",
    StepOutcome.SKIPPED: "was skipped",
    StepOutcome.CANCELLED: "was cancelled",
    StepOutcome.NOT_REACHED: "was not reached",
}


def check(
    saga: Saga, contributions: Sequence[Contribution], reports: Sequence[StepReport], success: bool
) -> Completeness:
    """Find the answers to each requirement: items of succeeded steps that name it.

    A plan that states no requirements is complete when it succeeded.
    """
    answered_by = _answers(contributions)
    assigned = _assigned_steps(saga.plan.steps)
    by_step = {report.step: report for report in reports}
    requirements = tuple(
        _requirement(
            saga, position, answered_by.get(position, ()), [by_step[name] for name in assigned.get(position, ())]
        )
        for position in range(len(saga.plan.requirements))
    )
    complete = all(requirement.answered_by for requirement in requirements) and (success or bool(requirements))
    return Completeness(complete, requirements)


def _answers(contributions: Sequence[Contribution]) -> Mapping[int, tuple[Source, ...]]:
    """Map each requirement's position to the sources that answer it, in plan order."""
    answers: dict[int, dict[Source, None]] = {}
    for contribution in contributions:
        for item in _items(contribution.output):
            for position in contribution.answered(item):
                answers.setdefault(position, {})[contribution.source] = None
    return {position: tuple(sources) for position, sources in answers.items()}


def _items(output: StepOutput) -> Iterator[Item]:
    """Yield the items that may answer a requirement: any file, even an empty one, and no blank statement."""
    yield from output.code_examples
    for section in (
        output.technical_specifications,
        output.implementation_steps,
        output.testing_requirements,
        output.deployment_considerations,
    ):
        yield from (item for item in section if item.text.strip())


def _assigned_steps(steps: Sequence[Step]) -> Mapping[int, list[str]]:
    """Map each requirement's position to the steps that it is assigned to."""
    assigned: dict[int, list[str]] = {}
    for step in steps:
        for position in dict.fromkeys(step.requirements):
            assigned.setdefault(position, []).append(step.id)
    return assigned


def _requirement(
    saga: Saga, position: int, answered_by: tuple[Source, ...], asked: Sequence[StepReport]
) -> RequirementAnswer:
    text = saga.plan.requirements[position]
    missing = [report for report in asked if report.outcome is not StepOutcome.SUCCEEDED]
    if answered_by:
        others = [f"also asked of {_describe(report, ', which ')}" for report in missing[:MAX_DESCRIBED]]
        note = _join_described(others, len(missing))
        return RequirementAnswer(position, text, answered_by, note)
    if not asked:
        return RequirementAnswer(position, text, note="no agent can answer it")
    note = _join_described([_describe(report) for report in asked[:MAX_DESCRIBED]], len(asked))
    if saga.definition.dry_run:
        note = "dry run: nothing was dispatched"
    return RequirementAnswer(position, text, note=note, blamed=tuple(report.step for report in asked))


def _join_described(descriptions: Sequence[str], count: int) -> str:
    more = f"; and {count - len(descriptions)} more" if count > len(descriptions) else ""
    return "; ".join(descriptions) + more


def _describe(report: StepReport, separator: str = " ") -> str:
    name = f"step {report.step} ({report.source.agent})"
    if report.outcome is StepOutcome.SUCCEEDED:
        return f"{name} succeeded, but no item of its answer names it"
    description = f"{name}{separator}{_OUTCOME_TEXT[report.outcome]}"
    return f"{description}: {report.reason[:MAX_REASON]}" if report.reason else description
