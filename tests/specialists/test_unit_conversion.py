"""Numbers of a request, converted to the unit that a playbook asks for."""

from __future__ import annotations

import pytest
from creatorflow_specialists.unit_conversion import Quantities
from creatorflow_specialists.words import contains, stems

from .tasks import make_task


def quantities(*stated: str) -> Quantities:
    return Quantities(make_task("a", quantities=stated).quantities)


@pytest.mark.parametrize(
    ("stated", "per", "value"),
    [
        ("orders >= 5000 orders/hour", "hour", 5000),
        ("orders >= 120 orders/minute", "hour", 7200),
        ("orders = 2 orders per second", "hour", 7200),
        ("orders = 48 orders a day", "hour", 2),
        ("order volume >= 5000 /hour", "minute", 5000 / 60),
        ("order requests = 3 rps", "second", 3),
    ],
)
def test_a_rate_is_returned_in_the_unit_asked_for(stated: str, per: str, value: float) -> None:
    assert quantities(stated).rate("order", per, 1) == pytest.approx(value)


@pytest.mark.parametrize(
    ("stated", "unit", "value"),
    [
        ("response times < 2 s", "ms", 2000),
        ("response time < 300 ms", "second", 0.3),
        ("retention = 2 years", "days", 730),
        ("retention = 6 months", "days", 180),
        ("latency < 1 minute", "s", 60),
    ],
)
def test_a_time_is_returned_in_the_unit_asked_for(stated: str, unit: str, value: float) -> None:
    asked = quantities(stated)
    assert asked.duration("response|retention|latency", unit, 1) == pytest.approx(value)
    assert asked.duration("", unit, 1) == pytest.approx(value)
    assert asked.duration("moon", unit, 7) == 7


def test_percentages_factors_and_counts_are_distinguished() -> None:
    asked = quantities("uptime = 99.9 %", "order volume x 10 x", "shops = 40 shops")
    assert (asked.percent("uptime", 1), asked.factor("", 1), asked.count("shop|seller", 1)) == (99.9, 10, 40)
    assert asked.rate("order", "hour", 500) == 500
    assert asked.stated("percent", "uptime|availability") and not asked.stated("percent", "returns")


def test_unreasonable_numbers_are_bounded_or_omitted() -> None:
    asked = quantities("orders = 1e300 orders/hour", "uptime = 250 %", "shops = 0 shops")
    assert (asked.rate("order", "second", 1), asked.percent("", 1), asked.count("shop", 3)) == (1e9 / 3600, 100, 3)


def test_a_phrase_matches_only_whole_adjacent_words() -> None:
    assert contains(stems("Print the shipping labels"), stems("shipping label"))
    assert not contains(stems("shipping of labels"), stems("shipping label"))
    assert not contains(stems("authority"), stems("auth"))
