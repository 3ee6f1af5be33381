"""Numbers that a text states."""

from __future__ import annotations

import pytest
from creatorflow_orchestrator.core.plan import Comparison, Quantity
from creatorflow_orchestrator.core.planning.quantities import find_quantities, is_target
from hypothesis import given
from hypothesis import strategies as st

from tests.call_count import calls


@pytest.mark.parametrize(
    ("text", "subject", "comparison", "value", "unit", "shown"),
    [
        ("10x normal order volume", "normal order volume", "x", 10, "x", "10x"),
        ("10 times the traffic", "", "x", 10, "x", "10 times"),
        ("at most 5 times", "", "<=", 5, "times", "at most 5 times"),
        ("5000+ orders/hour", "orders", ">=", 5000, "orders/hour", "5000+ orders/hour"),
        ("5k orders per day", "orders", "=", 5000, "orders/day", "5k orders per day"),
        ("200 shipping labels a day", "shipping labels", "=", 200, "labels/day", "200 shipping labels a day"),
        ("<2s response times", "response times", "<", 2, "s", "<2s"),
        ("p95<200ms", "", "<", 200, "ms", "<200ms"),
        ("under 2 seconds", "", "<", 2, "s", "under 2 seconds"),
        ("at least 99.9 % uptime", "uptime", ">=", 99.9, "%", "at least 99.9 %"),
        ("Within 24 hours", "", "<=", 24, "h", "Within 24 hours"),
        ("3 shops", "shops", "=", 3, "shops", "3 shops"),
        ("$49/month", "", "=", 49, "USD/month", "$49/month"),
        ("over 200 euros", "", ">", 200, "EUR", "over 200 euros"),
        ("1,000,000 rows", "rows", "=", 1_000_000, "rows", "1,000,000 rows"),
        ("8 million followers", "followers", "=", 8_000_000, "followers", "8 million followers"),
        ("40M rows", "rows", "=", 40_000_000, "rows", "40M rows"),
        ("less  than 20KB", "", "<", 20, "KB", "less than 20KB"),
        ("14-day trial", "trial", "=", 14, "day", "14-day"),
    ],
)
def test_a_number_is_read_with_its_comparison_and_its_unit(
    text: str, subject: str, comparison: Comparison, value: float, unit: str, shown: str
) -> None:
    (found,) = find_quantities(text)
    assert found.quantity == Quantity(subject, comparison, value, unit, shown)


@pytest.mark.parametrize("text", ["2-5 days", "2 to 5 days", "between 2 and 5 days"])
def test_a_range_is_a_lower_and_an_upper_bound(text: str) -> None:
    low, high = (found.quantity for found in find_quantities(text))
    assert (low.comparison, low.value, low.unit) == (">=", 2, "day")
    assert (high.comparison, high.value, high.unit) == ("<=", 5, "day")


@pytest.mark.parametrize(
    "text",
    [
        "OAuth2 and e2e on 3G",
        "open 24/7",
        "in 2024 we",
        "by 3 pm",
        "version 2 adds",
        "1. Integrates",
        "2026-11-22",
        "#123 is",
    ],
)
def test_a_number_that_counts_nothing_is_not_a_quantity(text: str) -> None:
    assert find_quantities(text) == ()


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("5000 orders/hour", True),
        ("<2s", True),
        ("99.9% uptime", True),
        ("10x traffic", True),
        ("3 shops", False),
        ("it takes 9 seconds", False),
        ("$49/month", False),
    ],
)
def test_a_target_is_a_goal_to_reach_and_to_measure(text: str, target: bool) -> None:
    assert [is_target(found.quantity) for found in find_quantities(text)] == [target]


@given(st.text(alphabet="0123456789.,-+<>=%$€ xkMsap/tohurdeysn\n", max_size=400))
def test_any_digits_are_read_in_order_with_positions_inside_the_text(text: str) -> None:
    found = find_quantities(text)
    assert all(0 <= quantity.start < quantity.end <= len(text) for quantity in found)
    assert [quantity.start for quantity in found] == sorted(quantity.start for quantity in found)


@pytest.mark.parametrize("piece", ["1", "1 ", "1-", "1,", "1,111", "9 a ", "$", "10 orders ", "under ", "1.1.", "5-5-"])
def test_the_cost_of_reading_numbers_grows_with_the_length_of_the_text(piece: str) -> None:
    text = piece * (64 * 1024 // len(piece))
    assert calls(lambda: find_quantities(text)) < 8 * len(text)  # measured: at most 4
