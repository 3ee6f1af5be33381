"""The part of a reading that a step is given: its asks' facts, and the constraints and exclusions that concern it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from creatorflow_orchestrator.core.plan import Plan
from creatorflow_orchestrator.core.planning import target_figures
from creatorflow_orchestrator.core.planning.planner import make_plan
from creatorflow_orchestrator.core.reading.excerpt import excerpt
from creatorflow_orchestrator.core.reading.facts import find_facts
from creatorflow_orchestrator.core.request import AskKind, Fact, Reading

from tests.unit.core.planning.readings import CARDS, Request


def _part(request: Request, step: str) -> Reading:
    return excerpt(request.reading, request.planned().step(step))


def _figures(plan: Plan, step: str) -> list[str]:
    return [quantity.text for quantity in plan.step(step).quantities]


def _texts(passages: Sequence[object]) -> list[str]:
    return [str(getattr(passage, "text", "")) for passage in passages]


def _labels_and_invoices() -> Request:
    request = Request("print 20 labels a day, invoices for $49/month, for our 3 shops")
    request.ask("print 20 labels a day", "shipping").ask("invoices for $49/month", "billing")
    request.fact("20 labels a day", 20, "labels/day", "=", 0).fact("$49/month", 49, "USD/month", "=", 1)
    return request.fact("3 shops", 3, "shops")


def test_figures_of_another_agents_ask_are_not_sent() -> None:
    plan = _labels_and_invoices().planned()
    assert _figures(plan, "shipping") == ["20 labels a day", "3 shops"]
    assert _figures(plan, "billing") == ["$49/month", "3 shops"]


def test_a_figure_is_the_same_in_every_step_that_uses_it() -> None:
    request = _labels_and_invoices().ask("for our 3 shops", "testing", kind=AskKind.VERIFY)
    plan = request.planned()
    shipping, testing = plan.step("shipping").quantities[0], plan.step("testing").quantities[0]
    assert shipping == testing and shipping.text == "20 labels a day"
    assert "20 labels a day" in plan.step("shipping").constraints


def test_a_tester_is_given_no_figure_of_work_that_depends_on_its_tests() -> None:
    request = Request("print 20 labels a day, test it, if the tests pass, put it live with 99.9 % uptime")
    request.ask("print 20 labels a day", "shipping").ask("test it", "testing", kind=AskKind.VERIFY)
    request.ask("if the tests pass, put it live with 99.9 % uptime", "testing", "performance")
    plan = request.fact("20 labels a day", 20, "labels/day", "=", 0).fact("99.9 %", 99.9, "%", "=", 2).planned()
    assert 2 not in plan.step("testing").requirements
    assert (_figures(plan, "testing"), _figures(plan, "performance")) == (["20 labels a day"], ["99.9 %"])


def test_targets_of_a_request_about_performance_bind_its_database_and_no_other_step() -> None:
    request = Request("pages in 2 s, shard the database, send invoices").ask("pages in 2 s", "performance:9")
    request.ask("shard the database", "database").ask("send invoices", "billing").fact("2 s", 2, "s", "<", 0)
    plan = request.planned()
    assert (_figures(plan, "database"), _figures(plan, "billing")) == (["2 s"], [])


def test_targets_beside_other_work_do_not_bind_the_database() -> None:
    request = Request("tables, pages in 2 s").ask("tables", "database:9").ask("pages in 2 s", "performance")
    assert _figures(request.fact("2 s", 2, "s", "<", 1).planned(), "database") == []


def test_a_constraint_goes_to_the_agents_of_its_domains_and_one_without_to_all() -> None:
    request = _labels_and_invoices().bound("parcels under 2 kg", "shipping", given=True)
    request.bound("no new services", given=True).bound("Vue 3", "ui_dashboard", given=True)
    plan = request.planned()
    assert plan.step("shipping").constraints[:3] == ("parcels under 2 kg", "no new services", "Vue 3")
    assert plan.step("billing").constraints[:2] == ("no new services", "Vue 3"), "nobody in the plan has the domain"


def test_the_figures_of_a_given_constraint_are_figures_of_the_steps_that_it_concerns() -> None:
    plan = _labels_and_invoices().bound("at most 500 labels a day", "shipping", given=True).planned()
    assert "at most 500 labels a day" in _figures(plan, "shipping")
    assert "at most 500 labels a day" not in _figures(plan, "billing")


def test_the_figures_of_a_given_constraint_are_read_once_for_all_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    request = _labels_and_invoices().bound("at most 500 labels a day", given=True)
    analysis = request.analysed()
    read: list[str] = []

    def reads(text: str) -> tuple[Fact, ...]:
        read.append(text)
        return find_facts(text)

    monkeypatch.setattr(target_figures, "find_facts", reads)
    plan = make_plan(request.text, analysis, CARDS)
    assert len(plan.steps) > 1 and read == ["at most 500 labels a day"]


def test_the_figures_of_a_constraint_in_the_text_go_where_it_goes() -> None:
    request = Request("labels, invoices, PostgreSQL 16 for labels").ask("labels", "shipping").ask("invoices", "billing")
    request.bound("PostgreSQL 16 for labels", "shipping").fact("16", 16, "")
    plan = request.planned()
    assert (_figures(plan, "shipping"), _figures(plan, "billing")) == (["16"], [])


def test_an_excerpt_has_the_asks_in_the_order_of_the_requirements_and_positions_within_it() -> None:
    part = _part(_labels_and_invoices(), "billing")
    assert _texts(part.asks) == ["invoices for $49/month"]
    assert [(fact.text, fact.asks) for fact in part.facts] == [("$49/month", (0,)), ("3 shops", ())]


def test_an_excerpt_has_the_attachments_of_its_asks_alone() -> None:
    request = Request("make SELECT 1 quick, style <b/>").code("<b/>", "html").code("SELECT 1", "sql")
    request.ask("make", "database", attachments=(1,)).ask("style", "ui_dashboard", attachments=(0,))
    part = _part(request, "database")
    assert (_texts(part.attachments), part.asks[0].attachments) == (["SELECT 1"], (0,))


def test_an_exclusion_within_an_ask_binds_that_ask_and_any_other_binds_all() -> None:
    request = Request("labels without tracking, invoices; don't touch checkout")
    request.ask("labels without tracking", "shipping").ask("invoices", "billing")
    request.without("without tracking").without("don't touch checkout")
    assert _texts(_part(request, "shipping").exclusions) == ["without tracking", "don't touch checkout"]
    assert _texts(_part(request, "billing").exclusions) == ["don't touch checkout"]


def test_what_asks_for_nothing_is_in_no_excerpt() -> None:
    request = _labels_and_invoices().context("for our")
    part = _part(request, "billing")
    assert (part.context, part.unread) == ((), ())


def test_the_limit_of_a_repetition_is_no_figure_of_the_work() -> None:
    text = "Test the order workflow for 9 days of returns until it passes, at most 4 rounds"
    request = Request(text).ask("Test the order workflow", "testing")
    request.fact("9 days", 9, "day", "=", 0).fact("at most 4 rounds", 4, "rounds", "<=", 0)
    assert _figures(request.planned(), "testing") == ["9 days"]
