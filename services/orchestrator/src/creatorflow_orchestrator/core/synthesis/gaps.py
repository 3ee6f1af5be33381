"""Suggestions for what is missing: requirements without an answer or with a part of one, and steps that failed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from creatorflow_orchestrator.core.plan import StepType
from creatorflow_orchestrator.core.state.findings import verdict_text
from creatorflow_orchestrator.core.state.saga_state import Saga

from .quoting import names, quote
from .synthesis_values import Contribution, RequirementAnswer, StepOutcome, StepReport, Suggestion


def from_gaps(saga: Saga, reports: Sequence[StepReport], gaps: Sequence[RequirementAnswer]) -> Iterator[Suggestion]:
    """Yield one suggestion for all unanswered requirements with the same cause; those of failures first."""
    steps = {report.step: report for report in reports}
    causes = _causes(saga, gaps)
    for cause in sorted(causes, key=lambda cause: not _failed([steps[name] for name in cause])):
        yield _from_gap([steps[name] for name in cause], causes[cause])
    if saga.definition.dry_run:
        yield Suggestion("Submit the request without dry run to have its plan done", "dry run: nothing was dispatched")


def from_validations(saga: Saga, contributions: Sequence[Contribution]) -> Iterator[Suggestion]:
    """Yield a suggestion for each validation that did not pass: what it found."""
    for contribution in contributions:
        source, output = contribution.source, contribution.output
        found = verdict_text({"summary": output.summary, "data": output.data})
        if found and saga.plan.step(source.step).type is StepType.VALIDATION:
            text = f"Repair what {names([source])} found: {found}"
            yield Suggestion(text, f"validation: step {source.step} did not pass", (source,))


def from_parts(partly: Sequence[RequirementAnswer]) -> Iterator[Suggestion]:
    """Yield a suggestion for each requirement of which the answers cover some: what is missing, by name."""
    for requirement in partly:
        missing = ", ".join(map(quote, requirement.missing))
        text = f"Complete the answer of {names(requirement.answered_by)} to this: {quote(requirement.requirement)}"
        follows_from = f"gap: requirement {requirement.position + 1} answered in part"
        yield Suggestion(f"{text}; missing: {missing}", follows_from, requirement.answered_by)


def from_losses(saga: Saga, reports: Sequence[StepReport], gaps: Sequence[RequirementAnswer]) -> Iterator[Suggestion]:
    """Yield suggestions for steps that did not succeed and leave no requirement unanswered."""
    if saga.definition.dry_run:
        return
    explained = {step for cause in _causes(saga, gaps) for step in cause}
    left = [report for report in reports if report.step not in explained]
    for report in _failed(left):
        kind = "degraded: optional step" if report.optional else "failure of step"
        text = f"Fix the failure of {names([report.source])}, and submit its work again"
        description = quote(saga.plan.step(report.step).description)
        text = f"{text}: {description}" if description else text
        yield Suggestion(text, f"{kind} {report.step}: {report.reason}", (report.source,))
    unfinished = tuple(
        report.source for report in left if report.outcome in (StepOutcome.CANCELLED, StepOutcome.NOT_REACHED)
    )
    if unfinished:
        text = f"Submit the work of these steps again, they did not finish: {names(unfinished)}"
        yield Suggestion(text, f"{saga.status.value} request: {saga.reason}", unfinished)


def _causes(saga: Saga, gaps: Sequence[RequirementAnswer]) -> Mapping[tuple[str, ...], Sequence[RequirementAnswer]]:
    """Group unanswered requirements by the steps that were to answer them; in a dry run no step is to blame."""
    causes: dict[tuple[str, ...], list[RequirementAnswer]] = {}
    for gap in gaps:
        if not (gap.blamed and saga.definition.dry_run):
            causes.setdefault(gap.blamed, []).append(gap)
    return causes


def _from_gap(cause: Sequence[StepReport], gaps: Sequence[RequirementAnswer]) -> Suggestion:
    """Make one suggestion for all requirements with the same cause: the steps `cause` to which they are assigned."""
    sources = tuple(report.source for report in cause)
    what = "; ".join(quote(gap.requirement) for gap in gaps)
    failed = [report.source for report in _failed(cause)]
    if not cause:
        text = f"Write an agent for this, or leave it out of the request: {what}"
    elif failed:
        text = f"Fix the failure of {names(failed)}, and submit this again: {what}"
    elif all(report.outcome is StepOutcome.SUCCEEDED for report in cause):
        text = f"Check if the work of {names(sources)} covers this: {what}"
    elif all(report.outcome in (StepOutcome.SUCCEEDED, StepOutcome.SKIPPED) for report in cause):
        text = f"Submit this by itself if it is still wanted, its step was skipped: {what}"
    else:
        text = f"Submit this again, its step did not finish: {what}"
    numbers = ", ".join(str(gap.position + 1) for gap in gaps)
    return Suggestion(text, f"gap: requirement {numbers} unanswered: {gaps[0].note}", sources)


def _failed(reports: Sequence[StepReport]) -> list[StepReport]:
    return [report for report in reports if report.outcome is StepOutcome.FAILED]
