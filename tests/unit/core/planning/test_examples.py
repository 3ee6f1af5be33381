"""The two requests that every version must answer (docs/planning.md)."""

from __future__ import annotations

from pathlib import Path

import pytest
from creatorflow_contracts.cards import load_cards
from creatorflow_orchestrator.core.plan import Analysis, Card, Complexity, Pattern, Plan, StepType
from creatorflow_orchestrator.core.planning.analyzer import analyze
from creatorflow_orchestrator.core.planning.planner import make_plan
from creatorflow_orchestrator.translate.tasks import to_card

EXAMPLES = Path(__file__).parents[4] / "ops" / "examples"
CARDS: tuple[Card, ...] = tuple(map(to_card, load_cards()))


def _planned(name: str) -> tuple[Analysis, Plan]:
    text = (EXAMPLES / name).read_text(encoding="utf-8")
    analysis = analyze(text, CARDS)
    return analysis, make_plan(text, analysis, CARDS)


def test_order_management_is_high_and_sequential_with_its_eight_agents() -> None:
    analysis, plan = _planned("order-management.txt")
    assert (analysis.complexity, plan.pattern) == (Complexity.HIGH, Pattern.SEQUENTIAL)
    assert analysis.agents.primary == "order-workflow-specialist"
    assert set(analysis.agents.supporting) == {
        "tiktok-integration-specialist",
        "real-time-sync-specialist",
        "shipping-automation-specialist",
        "ui-ux-specialist",
        "ecommerce-analytics-specialist",
        "database-specialist",
    }
    assert analysis.agents.validation == ("integration-testing-specialist",)
    assert analysis.unanswered == ()
    assert plan.step("shipping").depends_on == ("orders",)
    assert plan.steps[-1].id == "testing"


def test_the_viral_spike_is_parallel_and_validated_under_load() -> None:
    analysis, plan = _planned("viral-spike.txt")
    assert (analysis.complexity, plan.pattern) == (Complexity.MEDIUM, Pattern.PARALLEL)
    assert analysis.agents.primary == "performance-engineering-specialist"
    assert analysis.agents.supporting == ("database-specialist",)
    assert analysis.agents.validation == ("integration-testing-specialist",)
    assert plan.step("performance").depends_on == plan.step("database").depends_on == ()
    validation = plan.step("testing")
    assert validation.type is StepType.VALIDATION and "under load" in validation.description
    assert {quantity.text for quantity in validation.quantities} == {"10x", "5000+ orders/hour", "<2s", "99.9%"}
    assert plan.step("database").quantities == validation.quantities, "what the whole must carry concerns all"


@pytest.mark.parametrize("name", ["order-management.txt", "viral-spike.txt"])
def test_every_requirement_of_an_example_has_an_agent(name: str) -> None:
    _, plan = _planned(name)
    assert {position for step in plan.steps for position in step.requirements} == set(range(len(plan.requirements)))
