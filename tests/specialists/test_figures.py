"""A figure is a number that remembers its assumptions through all arithmetic; printing and comparing use them."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from creatorflow_contracts.v1.output import Assumption
from creatorflow_specialists import assumptions
from creatorflow_specialists.assumptions import Ledger
from creatorflow_specialists.figures import Figure, largest, root, smallest, whole

ORDERS = assumptions.of_rate("orders", "hour", 500)
CARRIERS = assumptions.of_count("carrier", 3)


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture
def orders(ledger: Ledger) -> Figure:
    return Figure(500, ledger, (ORDERS,), "orders/hour")


@pytest.fixture
def carriers(ledger: Ledger) -> Figure:
    return Figure(3, ledger, (CARRIERS,), "carrier")


@pytest.mark.parametrize(
    ("compute", "value"),
    [
        (lambda n: n * 2 + 1, 1001),
        (lambda n: 1000 - n, 500),
        (lambda n: 1 / n, 0.002),
        (lambda n: n // 3, 166),
        (lambda n: n % 3, 2),
        (lambda n: n**2, 250_000),
        (lambda n: -n, -500),
        (lambda n: math.ceil(n / 3), 167),
        (lambda n: math.floor(n / 3), 166),
        (lambda n: round(n / 3, 1), 166.7),
        (lambda n: largest(2, n), 500),
        (lambda n: smallest(2, n), 2),
        (lambda n: root(n / 5), 10),
        (lambda n: whole(n / 3), 166),
    ],
)
def test_arithmetic_keeps_the_assumptions_and_uses_none(
    compute: Callable[[Figure], Figure], value: float, orders: Figure, ledger: Ledger
) -> None:
    result = compute(orders)
    assert float(result) == value
    assert result.assumptions == (ORDERS,)
    assert ledger.used == {}


def test_a_result_rests_on_the_assumptions_of_all_its_parts_once(orders: Figure, carriers: Figure) -> None:
    assert largest(1, orders * carriers / orders).assumptions == (ORDERS, CARRIERS)


@pytest.mark.parametrize(
    "use",
    [
        lambda n: n > 3,
        lambda n: n <= 3,
        lambda n: n == 500,
        lambda n: bool(n),
        lambda n: list(range(n)),
        lambda n: n.said,
        lambda n: n.assumed,
    ],
)
def test_a_comparison_and_an_output_use_the_assumptions(
    use: Callable[[Figure], object], orders: Figure, ledger: Ledger
) -> None:
    use(orders)
    assert ledger.kept() == (ORDERS,)


def test_a_figure_is_said_as_the_request_states_it_and_else_in_its_unit_as_assumed(
    orders: Figure, carriers: Figure
) -> None:
    stated = Figure(20 / 24, unit="labels/hour", said="20 labels/day")
    assert stated.said == "20 labels/day"
    assert (stated * 2).of("labels/hour").said == "1.6667 labels/hour"
    assert (orders.said, orders.said) == ("500 orders/hour (assumed)", "500 orders/hour"), "one mark is enough"
    assert carriers.said == "3 carriers (assumed)"
    assert Figure(99.9, unit="%").said == "99.9 %", "a sign has no plural"


def test_rounding_and_bounds_that_change_nothing_keep_the_words_of_the_request() -> None:
    days = Figure(14, unit="days", said="2 weeks")
    assert largest(1, smallest(90, math.ceil(days))).said == "2 weeks"
    assert smallest(10, days).said == "10 days"


@pytest.mark.parametrize(
    ("figure", "said"),
    [
        (math.ceil(Figure(1.5, unit="days", said="36 hours")), "36 hours (computed with 2 days)"),
        (math.ceil(math.floor(Figure(0.5, unit="hours", said="30 minutes"))), "30 minutes (computed with 0 hours)"),
        (round(Figure(20 / 24, unit="labels/hour", said="20 labels/day"), 1), "20 labels/day"),
        (Figure(1e9, unit="orders/hour", said="5000000000 orders/hour", meant=5e9),
         "5000000000 orders/hour (computed with 1000000000 orders/hour)"),
        (round(Figure(1.26, unit="times"), 1), "1.3 times"),
    ],
)  # fmt: skip
def test_a_stated_figure_is_never_said_as_another_one(figure: Figure, said: str) -> None:
    assert figure.said == said


def test_an_assumption_counts_only_where_a_section_that_is_kept_uses_it(ledger: Ledger, orders: Figure) -> None:
    ledger.section = "testing_requirements"
    orders.use()
    assert ledger.kept(["testing_requirements"]) == ()
    ledger.section = "code_examples"
    orders.use()
    assert ledger.kept(["testing_requirements"]) == (ORDERS,)


@pytest.mark.parametrize(
    ("assumption", "text", "state_it"),
    [
        (ORDERS, "500 orders/hour", "say how many orders an hour"),
        (CARRIERS, "3 carriers", "say how many carriers"),
        (assumptions.of_count("carrier", 1), "1 carrier", "say how many carriers"),
        (
            assumptions.of_duration("return window", "days", 30),
            "return window: 30 days",
            "say the return window, in days",
        ),
        (assumptions.of_percent("uptime", 99.9), "uptime: 99.9 %", "say the uptime, in percent"),
        (
            assumptions.of_factor("peak load", 10),
            "peak load: 10 times the usual",
            "say the peak load, as a multiple of the usual",
        ),
        (assumptions.of_value("cut-off", "14:00"), "cut-off: 14:00", "say the cut-off"),
    ],
)
def test_a_default_is_named_in_plain_english(assumption: Assumption, text: str, state_it: str) -> None:
    assert (assumption.text, assumption.state_it) == (text, state_it)
