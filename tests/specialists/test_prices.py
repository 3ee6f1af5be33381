"""The prices that a request states: of named plans, of a plan without a name, of one more unit, of a limit."""

from __future__ import annotations

import pytest
from creatorflow_contracts.v1.work import Quantity
from creatorflow_specialists.quantities import Quantities, numbers_of, quantities_of

from .readings import Note, figure, task_with_reading, thing
from .tasks import make_task


def asked(ask: str, *notes: Note) -> Quantities:
    return quantities_of(task_with_reading("a", [ask], notes))


def plans(*notes: Note) -> list[str]:
    return [plan.text for plan in asked("Basic $12, Team $48 or 99 € in all", *notes).plans(49)]


BASIC, TEAM = thing("Basic", "plan"), thing("Team", "plan")


@pytest.mark.parametrize(
    "notes",
    [
        (BASIC, figure("$12", 12, "USD", subject="Basic"), TEAM, figure("$48", 48, "USD", subject="Team")),
        (BASIC, figure("$12", 12, "USD"), TEAM, figure("$48", 48, "USD")),
        (thing("Basic", "plan", value=12, unit="USD"), thing("Team", "plan", value=48, unit="USD")),
        (TEAM, BASIC, figure("$48", 48, "USD/month"), figure("$12", 12, "USD/month")),
    ],
)
def test_each_named_plan_has_its_own_price_however_the_two_are_bound(notes: tuple[Note, ...]) -> None:
    assert sorted(plans(*notes)) == ["Basic at 12 USD a month", "Team at 48 USD a month"]


def test_a_price_that_names_its_plan_is_that_plans_wherever_it_stands() -> None:
    assert plans(BASIC, TEAM, figure("$48", 48, "USD", subject="Basic")) == ["Basic at 48 USD a month"]


def test_a_price_is_in_its_currency_and_for_its_period() -> None:
    assert plans(BASIC, figure("99 €", 99, "EUR/year", subject="Basic")) == ["Basic at 99 EUR a year"]
    assert plans(figure("99 €", 99, "EUR/month")) == ["99 EUR a month"]
    assert plans(figure("$12", 12, "USD"), figure("$48", 48, "USD")) == ["12 USD a month", "48 USD a month"]


def test_without_a_price_one_plan_is_assumed() -> None:
    (plan,) = quantities_of(make_task("a")).plans(49)
    assert (plan.text, plan.stated) == ("49 USD a month", False)
    assert [assumption.text for assumption in plan.amount.assumptions] == ["price of a plan: 49 USD/month"]


@pytest.mark.parametrize(
    ("unit", "value", "each"),
    [
        ("USD/label", 0.035, "0.035 USD/label"),
        ("USD/each", 0.035, "0.035 USD each"),
        ("USD", 0.035, "0.035 USD each"),
        ("cents", 3.5, "0.035 USD each"),
        ("cents/label", 3.5, "0.035 USD/label"),
    ],
)
def test_the_price_above_what_is_included_is_no_plans(unit: str, value: float, each: str) -> None:
    figures = (BASIC, figure("$12", 12, "USD", subject="Basic"), figure("3.5 cents", value, unit))
    numbers = asked("Basic $12, then 3.5 cents each", *figures)
    price = numbers.overage()
    assert price is not None
    assert price.each == each
    assert [plan.text for plan in numbers.plans(49)] == ["Basic at 12 USD a month"]


def test_a_plan_alone_has_no_price_above() -> None:
    assert asked("Basic $12", BASIC, figure("$12", 12, "USD", subject="Basic")).overage() is None


def test_a_limit_is_the_amount_beside_its_words() -> None:
    numbers = asked("Basic is 12 USD, a refund above £75 needs a person", figure("£75", 75, "GBP"))
    limit = numbers.limit("refund|return")
    assert limit is not None
    assert limit.sum == "75 GBP"
    assert numbers.limit("chargeback") is None


def test_a_quantity_that_is_a_fact_of_the_reading_counts_once() -> None:
    ask, each = "Labels cost 3.5 cents each", figure("3.5 cents each", 0.035, "USD")
    quantity = {"subject": "", "comparison": "=", "value": 0.035, "unit": "USD", "text": "3.5 cents each"}
    task = task_with_reading("a", [ask], [each])
    task = task.model_copy(update={"quantities": (Quantity.model_validate(quantity, strict=False),)})
    assert [plan.text for plan in quantities_of(task).plans(49)] == ["49 USD a month"]
    assert len(numbers_of(task)) == 1
