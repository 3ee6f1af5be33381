"""Plans made from requests."""

from __future__ import annotations

from dataclasses import replace

import pytest
from creatorflow_contracts.cards import load_cards
from creatorflow_contracts.v1.card import AgentCard
from creatorflow_orchestrator.core.errors import Refusal
from creatorflow_orchestrator.core.expressions.evaluate import holds
from creatorflow_orchestrator.core.plan import Analysis, Capability, Card, Pattern, Plan, StepType
from creatorflow_orchestrator.core.planning.analyzer import analyze
from creatorflow_orchestrator.core.planning.planner import make_plan
from creatorflow_orchestrator.translate.tasks import to_card

CARDS: tuple[Card, ...] = tuple(map(to_card, load_cards()))

TWO_PRODUCTS = """We need two products.
Part 1: A seller portal
- TikTok Shop order import
- real-time stock sync
- shipping labels
- a React dashboard
Part 2: A back office
- Stripe subscriptions
- sales reports
- login with two factor authentication
- Postgres schema
Finally write end-to-end tests for everything."""


def _planned(text: str, constraints: tuple[str, ...] = (), cards: tuple[Card, ...] = CARDS) -> tuple[Analysis, Plan]:
    analysis = analyze(text, cards, constraints)
    return analysis, make_plan(text, analysis, cards)


def test_a_request_for_one_agent_is_a_plan_of_one_step() -> None:
    analysis, plan = _planned("Print the shipping labels of the morning")
    assert [(step.id, step.type, step.depends_on) for step in plan.steps] == [("shipping", StepType.PRIMARY, ())]
    assert plan.pattern is Pattern.PARALLEL and analysis.dependencies == ()


def test_auth_comes_first_then_the_database_then_dependent_steps_and_testing_last() -> None:
    _, plan = _planned("Stripe subscriptions, login for sellers, a Postgres schema, and integration tests")
    assert [step.id for step in plan.steps] == ["security", "database", "billing", "testing"]
    assert plan.step("database").depends_on == ("security",)
    assert set(plan.step("billing").depends_on) == {"security", "database"}
    assert set(plan.step("testing").depends_on) == {"security", "database", "billing"}


def test_a_step_depends_on_the_nearest_step_it_builds_on() -> None:
    _, plan = _planned("Design the database schema and print shipping labels")
    assert plan.step("shipping").depends_on == ("database",)


@pytest.mark.parametrize("group", ["custom", *sorted({card.group for card in load_cards()})])
def test_sections_are_required_only_of_the_systems_own_specialists(group: str) -> None:
    words = {"gifts": {"gift wrap": 3.0}}
    own = to_card(
        AgentCard(
            name="gift-wrapping-agent", group=group, summary="x", expertise=(), domains=("gifts",), vocabulary=words
        )
    )
    _, plan = _planned("Gift wrap every order, and print shipping labels", cards=(*CARDS, own))
    assert plan.step("gifts").sections == () and "code_examples" in plan.step("shipping").sections


def test_dependencies_are_pairs_of_agents() -> None:
    analysis, _ = _planned("Design the database schema and print shipping labels")
    assert analysis.dependencies == (("shipping-automation-specialist", "database-specialist"),)


def test_a_closing_validation_leaves_a_plan_parallel() -> None:
    _, plan = _planned("Print shipping labels, send dunning emails, and write regression tests for both")
    assert plan.pattern is Pattern.PARALLEL
    assert plan.steps[-1].type is StepType.VALIDATION


def test_performance_without_targets_needs_no_validation() -> None:
    assert _planned("The site hangs every evening")[0].agents.validation == ()


def test_targets_may_be_stated_as_constraints() -> None:
    analysis, plan = _planned("The site hangs every evening", ("5000 orders/hour",))
    assert analysis.agents.validation == ("integration-testing-specialist",)
    assert all("5000 orders/hour" in step.constraints for step in plan.steps)


def test_a_constraint_goes_to_the_agents_it_concerns() -> None:
    _, plan = _planned("Print shipping labels and send dunning emails", ("parcels under 2 kg", "no new services"))
    assert plan.step("shipping").constraints[:2] == ("parcels under 2 kg", "no new services")
    assert "parcels under 2 kg" not in plan.step("billing").constraints
    assert "no new services" in plan.step("billing").constraints


def test_a_step_carries_its_own_requirements_and_numbers_only() -> None:
    _, plan = _planned("- print 200 labels a day\n- invoices for $49/month")
    shipping, billing = plan.step("shipping"), plan.step("billing")
    assert (shipping.requirements, billing.requirements) == ((0,), (1,))
    assert [quantity.text for quantity in shipping.quantities] == ["200 labels a day"]
    assert [quantity.text for quantity in billing.quantities] == ["$49/month"]


def test_numbers_of_the_request_as_a_whole_go_to_every_step() -> None:
    _, plan = _planned("For our 3 shops build:\n- shipping labels\n- Stripe invoices")
    assert all("3 shops" in step.constraints for step in plan.steps)


def test_a_task_text_names_its_object_its_bases_and_its_acceptance() -> None:
    _, plan = _planned("Design the database schema and print 200 shipping labels a day")
    words = plan.step("shipping").description
    assert "print 200 shipping labels a day" in words
    assert "Build on the results of database." in words
    assert "Done when" in words and "these figures hold: 200 shipping labels a day" in words


def test_unanswered_requirements_stay_in_the_plan() -> None:
    analysis, plan = _planned("We need:\n- shipping labels\n- a drone fleet")
    assert analysis.unanswered == ("a drone fleet",)
    assert plan.requirements == ("shipping labels", "a drone fleet")


def test_only_if_guards_the_following_steps_with_the_verdict_of_the_tests() -> None:
    _, plan = _planned("Run regression tests of checkout, and only if they pass, redesign the dashboard")
    guarded = plan.step("dashboard")
    assert plan.pattern is plan.pattern is Pattern.CONDITIONAL
    assert guarded.depends_on == ("testing",) and guarded.when is not None
    for data, expected in [({}, True), ({"data": {"passed": True}}, True), ({"data": {"passed": False}}, False)]:
        assert holds(guarded.when, {"testing": {"output": data}}, 1, {}) is expected


def test_until_repeats_the_work_and_its_check() -> None:
    _, plan = _planned("Keep refining the order dashboard until the end-to-end tests pass, at most 5 times")
    assert plan.pattern is Pattern.ITERATIVE
    (loop,) = plan.loops
    assert (loop.steps, loop.limit) == (("dashboard", "testing"), 5)
    assert not holds(loop.until, {"testing": {"output": {"data": {"passed": False}}}}, 1, {})


def test_two_large_segments_become_parallel_children_and_the_rest_stays_with_the_parent() -> None:
    _, plan = _planned(TWO_PRODUCTS)
    assert plan.pattern is Pattern.HIERARCHICAL
    assert [(step.id, step.agent, step.depends_on) for step in plan.steps] == [
        ("part_1", "", ()),
        ("part_2", "", ()),
        ("testing", "integration-testing-specialist", ("part_1", "part_2")),
    ]
    texts = [plan.requirements[position] for position in plan.step("part_1").requirements]
    assert texts == ["TikTok Shop order import", "real-time stock sync", "shipping labels", "a React dashboard"]
    assert "shipping labels" in (plan.step("part_1").request or "")


def test_phases_run_one_after_another() -> None:
    _, plan = _planned(TWO_PRODUCTS.replace("Part", "Phase"))
    assert plan.step("part_2").depends_on == ("part_1",)


def test_the_request_of_a_child_can_be_planned_by_itself() -> None:
    _, plan = _planned(TWO_PRODUCTS)
    _, child = _planned(plan.step("part_2").request or "")
    assert {step.id for step in child.steps} == {"security", "database", "billing", "analytics"}


def test_a_new_agent_is_found_by_its_own_vocabulary() -> None:
    gift = Card(
        "gift-specialist",
        "team",
        "Wraps gifts.",
        (),
        ("gift_wrapping",),
        {"gift_wrapping": {"ribbon": 3.0}},
        (Capability("wrapping"),),
    )
    analysis, plan = _planned("Put a ribbon on it and design the database schema", cards=(*CARDS, gift))
    assert "gift-specialist" in (analysis.agents.primary, *analysis.agents.supporting)
    assert plan.step("gift_wrapping").depends_on == ("database",)


def test_an_agent_that_adds_nothing_is_only_an_alternative() -> None:
    shipping = next(card for card in CARDS if card.name == "shipping-automation-specialist")
    spare = replace(shipping, name="spare-shipping-specialist")
    analysis, _ = _planned("Print shipping labels", cards=(*CARDS, spare))
    assert (analysis.agents.primary, analysis.agents.supporting) == ("shipping-automation-specialist", ())


@pytest.mark.parametrize("text", ["Hello, how are you?", "Tell me the latest news", "Build me a drone fleet"])
def test_a_request_without_a_matching_agent_is_refused_with_the_available_capabilities(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        analyze(text, CARDS)
    assert refused.value.code == "NO_AGENT_MATCHES"
    assert all(card.name in refused.value.hint for card in CARDS)


@pytest.mark.parametrize(
    ("text", "code"), [("", "REQUEST_EMPTY"), (" \n", "REQUEST_EMPTY"), ("x" * 65_537, "TOO_LARGE")]
)
def test_an_unreadable_text_is_refused(text: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        analyze(text, CARDS)
    assert refused.value.code == code
