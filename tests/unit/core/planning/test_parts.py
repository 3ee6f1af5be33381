"""Large parts of a request, which become child requests."""

from __future__ import annotations

from creatorflow_orchestrator.core.plan import Pattern, Plan
from creatorflow_orchestrator.core.request import AskKind

from tests.unit.core.planning.readings import Request

SHOP = ("orders", "labels", "stock", "screens")
OFFICE = ("reports", "plans", "roles", "tables")
DOMAINS = (
    "order_management",
    "shipping",
    "inventory_sync",
    "ui_dashboard",
    "analytics",
    "billing",
    "security",
    "database",
)


def _request(kind: str = "Part", after: str = "") -> Request:
    """Return a request with two parts of four domains each, and more text after a closing heading."""
    shop, office = "\n".join(f"- {name}" for name in SHOP), "\n".join(f"- {name}" for name in OFFICE)
    request = Request(f"{kind} 1: the shop\n{shop}\n{kind} 2: the office\n{office}\nFinally\n{after}")
    for words, domain in zip((*SHOP, *OFFICE), DOMAINS, strict=True):
        request.ask(f"- {words}"[2:], domain)
    return request


def _child(plan: Plan, name: str) -> str:
    return plan.step(name).request or ""


def test_two_large_parts_become_parallel_child_requests() -> None:
    plan = _request().planned()
    assert plan.pattern is Pattern.HIERARCHICAL
    assert [(step.id, step.depends_on, step.requirements) for step in plan.steps] == [
        ("part_1", (), (0, 1, 2, 3)),
        ("part_2", (), (4, 5, 6, 7)),
    ]
    assert "- labels" in _child(plan, "part_1") and "- roles" not in _child(plan, "part_1")


def test_phases_run_one_after_another() -> None:
    assert _request("Phase").planned().step("part_2").depends_on == ("part_1",)


def test_asks_outside_of_the_parts_stay_with_the_parent_and_tests_come_last() -> None:
    plan = _request(after="test all, and if it passes, deploy, otherwise roll back")
    plan.ask("test all", "testing", kind=AskKind.VERIFY).ask("deploy").ask("roll back")
    assert {step.id: step.depends_on for step in plan.planned().steps} == {
        "part_1": (),
        "part_2": (),
        "testing": ("part_1", "part_2"),
        "deploy": ("testing",),
        "roll_back": ("testing",),
    }


def test_a_condition_inside_a_part_is_planned_by_the_child() -> None:
    request = _request()
    inside = Request(f"{request.text.replace('- stock', '- stock, and once the tests pass, deploy')}test all")
    for words, domain in zip((*SHOP, *OFFICE), DOMAINS, strict=True):
        inside.ask(words, domain)
    plan = inside.ask("test all", "testing", kind=AskKind.VERIFY).planned()
    assert plan.pattern is Pattern.HIERARCHICAL
    assert [step.id for step in plan.steps] == ["part_1", "part_2", "testing"]


def test_what_the_whole_request_leaves_out_is_left_out_of_every_part() -> None:
    plan = _request(after="No tests. Not the mobile app.").without("No tests", "testing").without("Not the mobile app")
    assert _child(plan.planned(), "part_1").endswith("## Out of scope\n- No tests\n- Not the mobile app")


def test_constraints_and_figures_of_the_whole_bind_every_part() -> None:
    request = _request(after="at most 9 users, for 3 shops").bound("at most 9 users").fact("9 users", 9, "users")
    plan = request.fact("3 shops", 3, "shops").bound("MySQL 8", given=True).planned()
    assert plan.step("part_2").constraints == ("at most 9 users", "3 shops")


def test_parts_with_few_domains_are_one_request() -> None:
    request = Request("Part 1\n- labels\nPart 2\n- invoices").ask("labels", "shipping").ask("invoices", "billing")
    assert [step.id for step in request.planned().steps] == ["shipping", "billing"]
