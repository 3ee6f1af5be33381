"""The order of steps, by the data that flows between their agents."""

from __future__ import annotations

import pytest
from creatorflow_contracts.v1.card import DOMAINS
from creatorflow_orchestrator.core.planning.domains import builds_on, products

from tests.unit.core.planning.readings import Request, steps

EVERYTHING = ("import of orders",)


def _bases(domain: str, *others: str) -> set[str]:
    return set(builds_on(domain, {name: products(name, EVERYTHING) for name in (domain, *others)}))


def test_domains_form_no_cycle() -> None:
    waiting = set(DOMAINS)
    while waiting:
        free = {domain for domain in waiting if not _bases(domain, *waiting)}
        assert free
        waiting -= free


@pytest.mark.parametrize(
    ("domain", "others", "bases"),
    [
        ("database", ("security",), {"security"}),
        ("billing", ("security", "database"), {"security", "database"}),
        ("order_management", ("tiktok_integration", "database"), {"tiktok_integration", "database"}),
        ("shipping", ("order_management", "database"), {"order_management"}),
        ("shipping", ("database",), {"database"}),
        ("shipping", ("tiktok_integration",), {"tiktok_integration"}),
        ("ui_dashboard", ("order_management", "analytics", "shipping"), {"order_management", "analytics"}),
        ("performance", ("database",), set()),
        ("testing", ("shipping", "performance"), {"shipping", "performance"}),
        ("gifts", ("database", "security"), {"database"}),
    ],
)
def test_a_domain_builds_on_those_that_produce_what_it_takes(
    domain: str, others: tuple[str, ...], bases: set[str]
) -> None:
    assert _bases(domain, *others) == bases


def test_orders_come_from_the_import_that_makes_them() -> None:
    request = Request("returns, import orders from TikTok Shop").ask("returns", "order_management")
    plan = request.ask("import orders from TikTok Shop", "tiktok_integration").planned()
    assert steps(plan)["orders"] == ("tiktok",)


def test_a_connection_that_imports_no_orders_is_nothing_that_orders_wait_for() -> None:
    request = Request("returns, OAuth for TikTok").ask("returns", "order_management")
    plan = request.ask("OAuth for TikTok", "tiktok_integration").planned()
    assert steps(plan)["orders"] == ()


def test_a_step_that_cannot_do_without_an_excluded_domain_says_so() -> None:
    request = (
        Request("returns and labels, not the database").ask("returns", "order_management").ask("labels", "shipping")
    )
    plan = request.without("not the database", "database", agents=("database-specialist",)).planned()
    assert steps(plan) == {"orders": (), "shipping": ("orders",)}
    assert plan.notes == ("orders builds on database, which the request leaves out: it must exist already",)


def test_an_excluded_agent_is_named_by_its_domain_in_the_note() -> None:
    request = Request("returns").ask("returns", "order_management").without("returns", agents=("database-specialist",))
    assert request.planned().notes == (
        "orders builds on database, which the request leaves out: it must exist already",
    )


def test_leaving_out_what_no_step_needs_is_no_note() -> None:
    request = Request("labels, no charts").ask("labels", "shipping").without("no charts", "analytics", "ui_dashboard")
    assert request.planned().notes == ()
