"""Equality of two submissions, and the conversion of a user's plan."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from creatorflow_contracts.cards import load_cards
from creatorflow_contracts.v1.request import Parent, PlanSpec, RequestSubmitted
from creatorflow_orchestrator.core.errors import Refusal
from creatorflow_orchestrator.shell.processing.request_planning import plan_request
from creatorflow_orchestrator.translate.definitions import request_digest, to_definition, to_plan
from creatorflow_orchestrator.translate.tasks import to_card


def digest(**fields: Any) -> str:
    body = {"contract": "request-submitted.v1", "correlation_id": str(uuid4()), "request": "do it"} | fields
    return request_digest(RequestSubmitted.model_validate_json(json.dumps(body)))


def test_an_explicit_default_makes_no_difference() -> None:
    defaults = {"on_failure": "fail", "dry_run": False, "constraints": [], "tags": {}, "deadline": None}
    assert digest() == digest(**defaults) == digest(added_later=1)
    step = {"id": "one", "agent": "database-specialist"}
    assert digest(plan={"steps": [step]}) == digest(plan={"steps": [step | {"optional": False, "depends_on": []}]})


@pytest.mark.parametrize(
    "other",
    [
        {"request": "do that"},
        {"on_failure": "park"},
        {"dry_run": True},
        {"constraints": ["soon"]},
        {"tags": {"team": "a"}},
        {"deadline": "2030-01-01T00:00:00Z"},
        {"plan": {"steps": [{"id": "one", "agent": "database-specialist"}]}},
    ],
)
def test_every_other_difference_makes_another_request(other: dict[str, Any]) -> None:
    assert digest() != digest(**other)


CARDS = tuple(map(to_card, load_cards()))
TWO_PARTS = """Part 1: the shop
- Order workflow with a clear status
- Shipping label generation
- TikTok Shop order import
- Stock sync with the warehouse
Part 2: the office
- Revenue report by day
- Stripe subscription billing
- Sign-in with roles for staff
- Dashboard screens for phones"""


def submission(depth: int | None, **fields: Any) -> RequestSubmitted:
    task = uuid4()
    planned = {"correlation_id": uuid4(), "task_id": task, "step": "part", "attempt": 1, "depth": depth}
    parent = Parent.model_validate(planned) if depth else None
    return RequestSubmitted(correlation_id=task, request=TWO_PARTS, parent=parent, **fields)


def spec(plan: dict[str, Any]) -> PlanSpec:
    return PlanSpec.model_validate_json(json.dumps(plan))


@pytest.mark.parametrize(("depth", "children"), [(None, True), (1, True), (2, True), (3, False)])
def test_a_request_of_the_last_allowed_generation_has_no_child_requests(depth: int | None, children: bool) -> None:
    plan = plan_request(submission(depth), CARDS).plan
    assert any(step.request for step in plan.steps) is children
    assert to_definition(submission(depth), plan, CARDS, datetime.now(UTC)).plan is plan


def test_a_users_plan_with_too_deeply_nested_children_is_refused() -> None:
    def nested(levels: int) -> dict[str, Any]:
        leaf: dict[str, Any] = {"steps": [{"id": "leaf", "agent": CARDS[0].name}]}
        return leaf if levels == 0 else {"steps": [{"id": "part", "plan": nested(levels - 1)}]}

    for levels, depth in ((3, None), (1, 2)):
        message = submission(depth, plan=spec(nested(levels)))
        to_definition(message, plan_request(message, CARDS).plan, CARDS, datetime.now(UTC))
        message = submission(depth, plan=spec(nested(levels + 1)))
        with pytest.raises(Refusal, match="nest deeper than 3"):
            to_definition(message, plan_request(message, CARDS).plan, CARDS, datetime.now(UTC))


def test_every_step_of_a_users_plan_gets_the_quantities_of_its_requirements_and_of_the_request() -> None:
    steps = [{"id": "a", "agent": CARDS[0].name, "requirements": ["Answers in 2 s", "Kept for 9 days"]}]
    plan = to_plan(spec({"steps": steps}), CARDS, ("5000 orders/hour",))
    assert [quantity.text for quantity in plan.steps[0].quantities] == ["2 s", "9 days", "5000 orders/hour"]
