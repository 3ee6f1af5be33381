"""Recommendations and next steps: the agents' own, and those that follow from gaps, conflicts and recoveries.

Each names the cause that it follows from; general advice that would suit any request is not given.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from creatorflow_orchestrator.core.plan import Plan
from creatorflow_orchestrator.core.state.saga_state import Decision, FailureKind, Saga

from .decisions import same_value
from .merging import merge_items, normalised
from .synthesis_values import (
    Completeness,
    Conflict,
    ConflictKind,
    Contribution,
    Item,
    RequirementAnswer,
    Source,
    StepOutcome,
    StepReport,
    Suggestion,
)

REPEATED = 2
"""Recoveries of one step from which a recommendation follows; a single one is normal operation."""
QUOTED = 200
"""Characters of a requirement that a suggestion quotes."""


def recommendations(
    plan: Plan, contributions: Sequence[Contribution], reports: Sequence[StepReport]
) -> tuple[Suggestion, ...]:
    """Return the recommendations of the agents, then those that follow from recoveries."""
    from_agents = _from_agents(
        plan, [(contribution, item) for contribution in contributions for item in contribution.output.recommendations]
    )
    return (*from_agents, *(suggestion for report in reports for suggestion in _from_recoveries(plan, report)))


def next_steps(
    saga: Saga,
    contributions: Sequence[Contribution],
    reports: Sequence[StepReport],
    completeness: Completeness,
    conflicts: Sequence[Conflict],
    decisions: Mapping[str, Decision],
) -> tuple[Suggestion, ...]:
    """Return the next steps: conflicts to decide and failures to fix first, then those that agents name."""
    from_agents = _from_agents(
        saga.plan, [(contribution, item) for contribution in contributions for item in contribution.output.next_steps]
    )
    from_conflicts = [suggestion for conflict in conflicts for suggestion in _from_conflict(conflict, decisions)]
    return (*from_conflicts, *_from_gaps_and_losses(saga, reports, completeness.unanswered), *from_agents)


def _from_agents(plan: Plan, contributed: Sequence[tuple[Contribution, Item]]) -> Iterator[Suggestion]:
    for draft in merge_items(
        (normalised(item.text), contribution, item) for contribution, item in contributed if item.text.strip()
    ).values():
        combined = draft.done()
        about = "; ".join(
            f"requirement {answer + 1}: {_quote(plan.requirements[answer])}" for answer in combined.answers
        )
        yield Suggestion(combined.text, about or _names(combined.sources), combined.sources)


def _from_recoveries(plan: Plan, report: StepReport) -> Iterator[Suggestion]:
    faults = [recovery for recovery in report.recoveries if recovery.failure != FailureKind.RELEASED]
    follows_from = f"recovery of step {report.step}: " + ", ".join(
        f"{fault.failure} -> {fault.decision}" for fault in faults
    )
    kinds = Counter(fault.failure for fault in faults)
    if report.alternative is not None:
        text = f"Check {report.agent}: {report.alternative} did step {report.step} in its place"
        yield Suggestion(text, follows_from, (report.source,))
    if kinds[FailureKind.TIMEOUT] >= REPEATED:
        limit = plan.step(report.step).timeout_ms
        text = f"Give step {report.step} ({report.agent}) more time than {limit} ms, or less to do"
        yield Suggestion(
            f"{text}: it ran out of time {kinds[FailureKind.TIMEOUT]} times", follows_from, (report.source,)
        )
    elif len(faults) >= REPEATED:
        what = ", ".join(f"{count} x {kind}" for kind, count in kinds.items())
        text = f"Look into {report.agent}: step {report.step} took {report.attempts} attempts ({what})"
        yield Suggestion(text, follows_from, (report.source,))


def _from_conflict(conflict: Conflict, decisions: Mapping[str, Decision]) -> Iterator[Suggestion]:
    sources = tuple(position.source for position in conflict.positions)
    if conflict.kind is ConflictKind.FILE:
        kept = ", ".join(f"{position.value} (by {position.source.agent})" for position in conflict.positions)
        yield Suggestion(f"Choose one version of {conflict.key}: {kept}", f"conflict: file {conflict.key}", sources)
    elif conflict.resolution is None:
        contributed = ", ".join(f"{position.source.agent} says {position.value}" for position in conflict.positions)
        text = f"Decide {conflict.key}: {contributed}; until then {decisions[conflict.key].value} is in force"
        yield Suggestion(text, f"conflict: {conflict.key}", sources)
    else:
        yield from _alignments(conflict, conflict.resolution)


def _alignments(conflict: Conflict, resolution: str) -> Iterator[Suggestion]:
    """Suggest to align the work of agents that decided otherwise than the owner: they may have built on it."""
    for position in conflict.positions:
        if not same_value(position.value, resolution):
            decided = f"{conflict.key} = {resolution}, as decided by its owner {conflict.resolved_by}"
            text = f"Bring the work of {_names([position.source])} in line with {decided}: it decided {position.value}"
            yield Suggestion(text, f"conflict: {conflict.key}", (position.source,))


def _from_gaps_and_losses(
    saga: Saga, reports: Sequence[StepReport], gaps: Sequence[RequirementAnswer]
) -> Iterator[Suggestion]:
    steps = {report.step: report for report in reports}
    causes: dict[tuple[str, ...], list[RequirementAnswer]] = {}
    for gap in gaps:
        if not (gap.blamed and saga.definition.dry_run):
            causes.setdefault(gap.blamed, []).append(gap)
    for cause, unanswered in causes.items():
        yield _from_gap([steps[name] for name in cause], unanswered)
    if saga.definition.dry_run:
        yield Suggestion("Submit the request without dry run to have its plan done", "dry run: nothing was dispatched")
        return
    explained = {step for cause in causes for step in cause}
    yield from _from_losses(saga, [report for report in reports if report.step not in explained])


def _from_gap(cause: Sequence[StepReport], gaps: Sequence[RequirementAnswer]) -> Suggestion:
    """Make one suggestion for all requirements with the same cause: the steps `cause` to which they are assigned."""
    sources = tuple(report.source for report in cause)
    what = "; ".join(_quote(gap.requirement) for gap in gaps)
    failed = [report.source for report in cause if report.outcome is StepOutcome.FAILED]
    if not cause:
        text = f"Write an agent for this, or leave it out of the request: {what}"
    elif failed:
        text = f"Fix the failure of {_names(failed)}, and submit this again: {what}"
    elif all(report.outcome is StepOutcome.SUCCEEDED for report in cause):
        text = f"Check if the work of {_names(sources)} covers this: {what}"
    elif all(report.outcome in (StepOutcome.SUCCEEDED, StepOutcome.SKIPPED) for report in cause):
        text = f"Submit this by itself if it is still wanted, its step was skipped: {what}"
    else:
        text = f"Submit this again, its step did not finish: {what}"
    numbers = ", ".join(str(gap.position + 1) for gap in gaps)
    return Suggestion(text, f"gap: requirement {numbers} unanswered: {gaps[0].note}", sources)


def _from_losses(saga: Saga, reports: Sequence[StepReport]) -> Iterator[Suggestion]:
    """Make suggestions for steps that did not succeed and leave no requirement unanswered."""
    for report in reports:
        if report.outcome is StepOutcome.FAILED:
            kind = "degraded: optional step" if report.optional else "failure of step"
            text = f"Fix the failure of {_names([report.source])}, and submit its work again"
            description = _quote(saga.plan.step(report.step).description)
            text = f"{text}: {description}" if description else text
            yield Suggestion(text, f"{kind} {report.step}: {report.reason}", (report.source,))
    unfinished = tuple(
        report.source for report in reports if report.outcome in (StepOutcome.CANCELLED, StepOutcome.NOT_REACHED)
    )
    if unfinished:
        text = f"Submit the work of these steps again, they did not finish: {_names(unfinished)}"
        yield Suggestion(text, f"{saga.status.value} request: {saga.reason}", unfinished)


def _names(sources: Sequence[Source]) -> str:
    return ", ".join(f"step {source.step} ({source.agent})" for source in sources)


def _quote(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= QUOTED else f"{flat[: QUOTED - 1]}…"
