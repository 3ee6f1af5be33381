"""Comparing and converting quantities in different units."""

from __future__ import annotations

import subprocess
import sys

import pytest
from creatorflow_orchestrator.core.reading.facts import find_facts
from creatorflow_orchestrator.core.reading.units import convert


@pytest.mark.parametrize(
    ("value", "unit", "to_unit", "converted"),
    [
        (2, "s", "ms", 2000),
        (0.25, "h/month", "min/month", 15),
        (14, "day", "week", 2),
        (3600, "orders/hour", "order/second", 1),
        (1, "rps", "requests/minute", 60),
        (2 / 3, "", "%", 66.6666667),
        (200, "%", "x", 2),
        (12, "USD/month", "USD/year", 144),
        (0.035, "USD/label", "USD/labels", 0.035),
        (10, "MB", "KB", 10_000),
        (1, "in", "mm", 25.4),
        (600, "/minute", "/hour", 36_000),
    ],
)
def test_a_quantity_is_converted(value: float, unit: str, to_unit: str, converted: float) -> None:
    assert convert(value, unit, to_unit) == pytest.approx(converted)


@pytest.mark.parametrize(
    ("unit", "to_unit"),
    [("s", "MB"), ("USD", "EUR"), ("orders/hour", "labels/hour"), ("USD/month", "USD"), ("s", "orders"), ("", "s")],
)
def test_what_measures_something_else_is_not_converted(unit: str, to_unit: str) -> None:
    assert convert(1, unit, to_unit) is None


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("within 2 s", "2000 ms", True),
        ("a quarter of an hour down per month", "15 minutes/month", True),
        ("for a fortnight", "for two weeks", True),
        ("within a fortnight", "within 2 weeks", True),
        ("9,000 orders in the first hour", "150 orders per minute", True),
        ("3.5 cents a label", "$0.035 per label", True),
        ("2 s", "3 s", False),
        ("20 labels", "20 orders", False),
        ("2 s", "2 GB", False),
    ],
)
def test_figures_are_the_same_in_whatever_unit(one: str, other: str, same: bool) -> None:
    first, second = (next(iter(find_facts(text))) for text in (one, other))
    value = convert(first.value or 0, first.unit, second.unit)
    assert (value is not None and value == pytest.approx(second.value)) is same


def test_reading_facts_does_not_load_the_library_of_units() -> None:
    code = (
        "import sys; from creatorflow_orchestrator.core.reading import units, facts; "
        "facts.find_facts('under 2 s'); sys.exit('pint' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
