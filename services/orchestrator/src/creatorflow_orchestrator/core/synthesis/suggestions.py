"""Recommendations and next steps: the agents' own, and those that follow from gaps, conflicts and recoveries.

Each names what it follows from; nothing is suggested that would suit any other run as well.
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
"""So many recoveries of one step are worth a word; a single one is the system at work."""
QUOTED = 200
"""Characters of a requirement that a suggestion quotes."""


def recommendations(
    plan: Plan, contributions: Sequence[Contribution], reports: Sequence[StepReport]
) -> tuple[Suggestion, ...]:
    """What the agents recommend, then what follows from the recoveries."""
    own = _own(
        plan, [(contribution, item) for contribution in contributions for item in contribution.output.recommendations]
    )
    return (*own, *(found for report in reports for found in _from_recoveries(plan, report)))


def next_steps(
    saga: Saga,
    contributions: Sequence[Contribution],
    reports: Sequence[StepReport],
    completeness: Completeness,
    conflicts: Sequence[Conflict],
    decisions: Mapping[str, Decision],
) -> tuple[Suggestion, ...]:
    """What is to be decided and mended first, then what the agents name."""
    own = _own(
        saga.plan, [(contribution, item) for contribution in contributions for item in contribution.output.next_steps]
    )
    settling = [found for conflict in conflicts for found in _from_conflict(conflict, decisions)]
    return (*settling, *_from_gaps_and_losses(saga, reports, completeness.unanswered), *own)


def _own(plan: Plan, said: Sequence[tuple[Contribution, Item]]) -> Iterator[Suggestion]:
    for draft in merge_items((normalised(item.text), each, item) for each, item in said if item.text.strip()).values():
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
        text = f"See to {report.agent}: {report.alternative} did step {report.step} in its place"
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
        said = ", ".join(f"{position.source.agent} says {position.value}" for position in conflict.positions)
        text = f"Decide {conflict.key}: {said}; until then {decisions[conflict.key].value} is in force"
        yield Suggestion(text, f"conflict: {conflict.key}", sources)
    else:
        yield from _rework(conflict, conflict.resolution)


def _rework(conflict: Conflict, resolution: str) -> Iterator[Suggestion]:
    """The owner's word stands; who decided otherwise may have built on it."""
    for position in conflict.positions:
        if not same_value(position.value, resolution):
            word = f"{conflict.key} = {resolution}, the word of its owner {conflict.resolved_by}"
            text = f"Bring the work of {_names([position.source])} in line with {word}: it decided {position.value}"
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
        yield _from_gap([steps[each] for each in cause], unanswered)
    if saga.definition.dry_run:
        yield Suggestion("Submit the request without dry run to have its plan done", "dry run: nothing was dispatched")
        return
    told = {step for cause in causes for step in cause}
    yield from _from_losses(saga, [report for report in reports if report.step not in told])


def _from_gap(cause: Sequence[StepReport], gaps: Sequence[RequirementAnswer]) -> Suggestion:
    """One for all requirements that are unanswered for the same cause. `cause`: the steps that were asked."""
    sources = tuple(each.source for each in cause)
    what = "; ".join(_quote(gap.requirement) for gap in gaps)
    failed = [each.source for each in cause if each.fate is StepOutcome.FAILED]
    if not cause:
        text = f"Write an agent for this, or leave it out of the request: {what}"
    elif failed:
        text = f"Mend what made {_names(failed)} fail, and submit this again: {what}"
    elif all(each.fate is StepOutcome.SUCCEEDED for each in cause):
        text = f"Check by hand whether the work of {_names(sources)} covers this: {what}"
    elif all(each.fate in (StepOutcome.SUCCEEDED, StepOutcome.SKIPPED) for each in cause):
        text = f"Submit this by itself if it is still wanted, its step was skipped: {what}"
    else:
        text = f"Submit this again, its step did not finish: {what}"
    numbers = ", ".join(str(gap.position + 1) for gap in gaps)
    return Suggestion(text, f"gap: requirement {numbers} unanswered: {gaps[0].note}", sources)


def _from_losses(saga: Saga, reports: Sequence[StepReport]) -> Iterator[Suggestion]:
    """Steps that did not succeed and leave no requirement unanswered."""
    for each in reports:
        if each.fate is StepOutcome.FAILED:
            kind = "degraded: optional step" if each.optional else "failure of step"
            text = f"Mend what made {_names([each.source])} fail, and submit its work again"
            description = _quote(saga.plan.step(each.step).description)
            text = f"{text}: {description}" if description else text
            yield Suggestion(text, f"{kind} {each.step}: {each.reason}", (each.source,))
    unfinished = tuple(
        report.source for report in reports if report.fate in (StepOutcome.CANCELLED, StepOutcome.NOT_REACHED)
    )
    if unfinished:
        text = f"Submit the work of these steps again, they did not finish: {_names(unfinished)}"
        yield Suggestion(text, f"{saga.status.value} request: {saga.reason}", unfinished)


def _names(sources: Sequence[Source]) -> str:
    return ", ".join(f"step {source.step} ({source.agent})" for source in sources)


def _quote(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= QUOTED else f"{flat[: QUOTED - 1]}…"
