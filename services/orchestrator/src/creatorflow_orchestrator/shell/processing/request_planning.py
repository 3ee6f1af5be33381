"""Plans a request, or checks the plan that it brings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from creatorflow.fault_injection import fault
from creatorflow_contracts.problem import Problem
from creatorflow_contracts.v1.request import RequestSubmitted

from creatorflow_orchestrator.core.errors import Refusal
from creatorflow_orchestrator.core.plan import Card, Plan
from creatorflow_orchestrator.core.planning.analyzer import analyze
from creatorflow_orchestrator.core.planning.planner import check_plan, make_plan
from creatorflow_orchestrator.core.request import Reading
from creatorflow_orchestrator.translate.analysis import analysis_data
from creatorflow_orchestrator.translate.definitions import generations_left, to_plan
from creatorflow_orchestrator.translate.knowledge import knowledge
from creatorflow_orchestrator.translate.schema_check import check_schemas


@dataclass(frozen=True, slots=True)
class PlannedRequest:
    """A plan, and the reading and the analysis it came from; none for a plan that the client brought."""

    plan: Plan
    reading: Reading | None = None
    analysis: Mapping[str, Any] = field(default_factory=dict)


def plan_request(message: RequestSubmitted, cards: Sequence[Card]) -> PlannedRequest:
    """Plan a request, or check the plan that it brings. Raises `Refusal`."""
    fault("plan_mid")
    if message.plan is not None:
        plan = to_plan(message.plan, cards, message.constraints)
        check_plan(plan, tuple(cards))
        check_schemas(plan)
        return PlannedRequest(plan)
    analysis = analyze(message.request, tuple(cards), message.constraints, knowledge())
    if analysis.in_parts and not generations_left(message):
        analysis = replace(analysis, in_parts=False)  # the youngest generation does its parts itself
    plan = make_plan(message.request, analysis, tuple(cards))
    return PlannedRequest(plan, analysis.reading, analysis_data(analysis, plan.pattern))


def problem_of(refusal: Refusal, correlation_id: str | None) -> Problem:
    """Make the problem for the sender from a refusal of the core."""
    return Problem(
        code=refusal.code,
        message=refusal.message[:4096],
        where=refusal.where[:1024],
        correlation_id=correlation_id,
        hint=refusal.hint[:4096],
    )
