"""Recommendations and next steps, ranked by the risk to what was asked; each names the cause that it follows from.

First what a person has to decide or repair: contradictions, conflicts, failures. Then asks without an answer, asks with
a part of one, constraints that are not kept, assumptions to confirm. Then what the agents suggest themselves, in the
order of the asks. General advice that would suit any request is not given.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from creatorflow_orchestrator.core.plan import Plan
from creatorflow_orchestrator.core.state.saga_state import Decision, FailureKind, Saga

from .gaps import from_gaps, from_losses, from_parts, from_validations
from .merging import merge_items, normalised
from .open_points import from_assumption, from_conflict, from_contradiction, from_not_honoured
from .quoting import names, quote
from .synthesis_values import (
    CombinedAssumption,
    CombinedNotHonoured,
    Completeness,
    Conflict,
    Contradiction,
    Contribution,
    Item,
    StepReport,
    Suggestion,
)

REPEATED = 2
"""Recoveries of one step from which a recommendation follows; a single one is normal operation."""


@dataclass(frozen=True, slots=True)
class OpenPoints:
    """What the synthesis found out about a result, from which next steps follow."""

    completeness: Completeness
    conflicts: Sequence[Conflict]
    decisions: Mapping[str, Decision]
    contradictions: Sequence[Contradiction]
    assumptions: Sequence[CombinedAssumption]
    not_honoured: Sequence[CombinedNotHonoured]


def recommendations(
    plan: Plan, contributions: Sequence[Contribution], reports: Sequence[StepReport]
) -> tuple[Suggestion, ...]:
    """Return the recommendations that follow from recoveries, then those of the agents in the order of the asks."""
    from_agents = _from_agents(
        plan, [(contribution, item) for contribution in contributions for item in contribution.output.recommendations]
    )
    return (*(suggestion for report in reports for suggestion in _from_recoveries(plan, report)), *from_agents)


def next_steps(
    saga: Saga, contributions: Sequence[Contribution], reports: Sequence[StepReport], found: OpenPoints
) -> tuple[Suggestion, ...]:
    """Return the next steps, those first without which an ask stays open."""
    contradicted = {contradiction.assumed for contradiction in found.contradictions}
    unanswered = found.completeness.unanswered
    from_agents = _from_agents(
        saga.plan, [(contribution, item) for contribution in contributions for item in contribution.output.next_steps]
    )
    return (
        *(from_contradiction(contradiction) for contradiction in found.contradictions),
        *(step for conflict in found.conflicts for step in from_conflict(conflict, found.decisions)),
        *from_validations(saga, contributions),
        *from_losses(saga, reports, unanswered),
        *from_gaps(saga, reports, unanswered),
        *from_parts(found.completeness.partly_answered),
        *map(from_not_honoured, found.not_honoured),
        *(from_assumption(assumed) for assumed in found.assumptions if assumed not in contradicted),
        *from_agents,
    )


def _from_agents(plan: Plan, contributed: Sequence[tuple[Contribution, Item]]) -> list[Suggestion]:
    """Return the suggestions of agents, each once: by the first ask that it is about, then those about none."""
    drafts = merge_items(
        (normalised(item.text), contribution, item) for contribution, item in contributed if item.text.strip()
    )
    combined = [draft.done() for draft in drafts.values()]
    suggestions: list[Suggestion] = []
    for item in sorted(combined, key=lambda item: item.answers[0] if item.answers else len(plan.requirements)):
        about = "; ".join(f"requirement {answer + 1}: {quote(plan.requirements[answer])}" for answer in item.answers)
        suggestions.append(Suggestion(item.text, about or names(item.sources), item.sources))
    return suggestions


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
