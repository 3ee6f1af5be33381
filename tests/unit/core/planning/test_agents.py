"""The agents of a reading: those of its asks, without what it leaves out."""

from __future__ import annotations

from dataclasses import replace

import pytest
from creatorflow_orchestrator.core.errors import Refusal
from creatorflow_orchestrator.core.plan import StepType
from creatorflow_orchestrator.core.request import AskKind

from tests.unit.core.planning.readings import CARDS, Request, agents


def test_agents_come_from_the_domains_of_the_asks() -> None:
    request = Request("labels, invoices").ask("labels", "shipping").ask("invoices", "billing")
    analysis = request.analysed()
    assert agents(analysis) == ["shipping-automation", "subscription-billing"]
    assert analysis.answering == (("shipping-automation-specialist",), ("subscription-billing-specialist",))


def test_the_agent_of_the_weightiest_asks_is_primary_and_of_equal_ones_that_of_the_first() -> None:
    request = Request("invoices, labels, slips").ask("invoices", "billing:5").ask("labels", "shipping:5")
    assert request.analysed().agents.primary == "subscription-billing-specialist"
    assert request.ask("slips", "shipping:1").analysed().agents.primary == "shipping-automation-specialist"


def test_testing_is_primary_only_in_a_request_that_begins_with_it() -> None:
    tests = Request("test it, labels, test that").ask("test it", "testing:9").ask("labels", "shipping")
    assert tests.analysed().agents.primary == "integration-testing-specialist"
    labels = Request("labels, test it, test that").ask("labels", "shipping").ask("test it", "testing:9")
    analysis = labels.ask("test that", "testing:9").analysed()
    assert analysis.agents.primary == "shipping-automation-specialist"
    assert analysis.agents.validation == ("integration-testing-specialist",)


def test_an_ask_that_nobody_covers_starts_nobody_and_stays_in_the_plan() -> None:
    request = Request("labels and a scarf").ask("labels", "shipping").ask("a scarf")
    assert agents(request.analysed()) == ["shipping-automation"]
    assert request.analysed().unanswered == ("a scarf",)
    assert request.planned().requirements == ("labels", "a scarf")


def test_a_request_that_nobody_covers_is_refused_and_the_hint_names_each_ask() -> None:
    request = Request("knit a scarf and find us an office").ask("knit a scarf").ask("find us an office")
    with pytest.raises(Refusal) as refused:
        request.analysed()
    assert refused.value.code == "NO_AGENT_MATCHES"
    assert '"knit a scarf"' in refused.value.hint and '"find us an office"' in refused.value.hint
    assert all(card.name in refused.value.hint for card in CARDS)


def test_an_excluded_domain_starts_no_agent() -> None:
    request = Request("refunds on screens, no screens").ask("refunds on screens", "order_management", "ui_dashboard")
    request.without("no screens", "ui_dashboard")
    assert agents(request.analysed()) == ["order-workflow"]


def test_who_only_helps_with_a_domain_is_chosen_if_its_own_is_asked_for_or_a_whole_system() -> None:
    request = (
        Request("refunds, stock, labels, reports").ask("refunds", "order_management").ask("stock", "inventory_sync")
    )
    assert agents(request.analysed()) == ["order-workflow", "real-time-sync"]
    assert "database" in agents(request.ask("labels", "shipping").ask("reports", "analytics").analysed())
    tables = Request("refunds, with a table").ask("refunds", "order_management:9").ask("with a table", "database")
    assert agents(tables.analysed()) == ["order-workflow", "database"]


def test_who_only_helps_with_a_domain_stands_in_for_nobody_who_is_left_out() -> None:
    request = Request("refunds, a table, nothing of order-workflow").ask("refunds", "order_management:9")
    request = request.ask("a table", "database").without("order-workflow", agents=("order-workflow-specialist",))
    analysis = request.analysed()
    assert agents(analysis) == ["database"]
    assert analysis.left_out == {0}


def test_who_only_helps_with_a_domain_does_it_where_it_is_nobodys_own() -> None:
    cards = tuple(card for card in CARDS if card.domains != ("order_management",))
    request = Request("refunds").ask("refunds", "order_management")
    assert agents(request.analysed(cards)) == ["database"]


def test_an_ask_whose_domains_are_all_excluded_is_left_out_and_not_unanswered() -> None:
    request = Request("labels, charts, no charts").ask("labels", "shipping").ask("charts", "analytics")
    analysis = request.without("no charts", "analytics").analysed()
    assert analysis.left_out == {1} and analysis.unanswered == ()
    assert [step.requirements for step in request.planned().steps] == [(0,)]


def test_an_excluded_agent_is_not_replaced_by_an_alternative() -> None:
    shipping = next(card for card in CARDS if card.name == "shipping-automation-specialist")
    cards = (*CARDS, replace(shipping, name="spare-shipping-specialist"))
    request = Request("labels and invoices").ask("labels", "shipping").ask("invoices", "billing")
    request.without("and", agents=("shipping-automation-specialist",))
    assert agents(request.analysed(cards)) == ["subscription-billing"]


def test_an_excluded_kind_of_work_takes_its_asks_back() -> None:
    request = Request("build labels, migrate invoices, no migration").ask("build labels", "shipping")
    request.ask("migrate invoices", "billing", kind=AskKind.MIGRATE)
    analysis = request.without("no migration", kinds=(AskKind.MIGRATE,)).analysed()
    assert agents(analysis) == ["shipping-automation"] and analysis.left_out == {1}


def test_a_kind_that_is_excluded_for_a_domain_is_wanted_elsewhere() -> None:
    request = Request("change labels, leave billing").ask("change labels", "shipping", kind=AskKind.CHANGE)
    request.without("leave billing", "billing", kinds=(AskKind.CHANGE,))
    assert agents(request.analysed()) == ["shipping-automation"]


@pytest.mark.parametrize(
    "excluded",
    [
        {"domains": ("testing",)},
        {"sections": ("testing_requirements",)},
        {"kinds": (AskKind.VERIFY,)},
    ],
)
def test_who_wants_no_tests_gets_no_tester_no_validation_and_no_section_of_tests(excluded: dict[str, object]) -> None:
    request = Request("serve pages in 2 s and check them, no tests").ask("serve pages in 2 s", "performance")
    request.ask("check them", "testing", kind=AskKind.VERIFY).fact("2 s", 2, "s", "<", 0)
    assert [step.type for step in request.planned().steps] == [StepType.PRIMARY, StepType.VALIDATION]
    domains = excluded.pop("domains", ())
    request.without("no tests", *domains, **excluded)  # type: ignore[misc]
    assert agents(request.analysed()) == ["performance-engineering"]
    (step,) = request.planned().steps
    assert "testing_requirements" not in step.sections and "implementation_steps" in step.sections
    assert "test" not in step.description


def test_a_request_about_performance_with_targets_is_validated() -> None:
    request = Request("serve pages in 2 s").ask("serve pages in 2 s", "performance")
    assert request.analysed().agents.validation == ()
    request.fact("2 s", 2, "s", "<", 0)
    assert request.analysed().agents.validation == ("integration-testing-specialist",)
    assert request.planned().step("testing").requirements == (0,)


def test_a_validation_answers_the_asks_with_targets_and_its_own() -> None:
    request = Request("pages in 2 s, labels, test labels").ask("pages in 2 s", "performance").ask("labels", "shipping")
    request.ask("test labels", "testing").fact("2 s", 2, "s", "<", 0)
    assert request.planned().step("testing").requirements == (0, 2)
