"""Amounts beside figures of another unit, and dates that no calendar has."""

from __future__ import annotations

import pytest
from creatorflow_orchestrator.core.reading.facts import find_facts
from creatorflow_orchestrator.core.request import FactKind
from creatorflow_orchestrator.translate.knowledge import name_index


def figures(text: str) -> list[tuple[float | None, str, str]]:
    found = find_facts(text, None, name_index())
    return [(fact.value, fact.unit, fact.role) for fact in found if fact.kind is FactKind.QUANTITY]


def dates(text: str) -> list[str]:
    return [fact.text for fact in find_facts(text, None, name_index()) if fact.kind is FactKind.DATE]


@pytest.mark.parametrize(
    ("text", "counted"),
    [
        ("Basic $12, Team $48, 250 labels free then 3.5 cents each", (250.0, "labels", "included")),
        ("Solo $9, Pro $29, 100 labels included", (100.0, "labels", "included")),
        ("Basic $12, 250 labels free", (250.0, "labels", "included")),
        ("Plans: Basic $12, Team $48, 1000 orders included", (1000.0, "orders", "included")),
        ("Basic $12, Team $48, 500 labels a month", (500.0, "labels/month", "")),
        ("Basic €12, Pro €48, 250 labels", (250.0, "labels", "")),
        ("Starter $0 and 50 labels, Pro $29", (50.0, "labels", "")),
        ("it costs $12, and 250 labels are free", (250.0, "labels", "included")),
        ("$5, $7, 250 orders", (250.0, "orders", "")),
        ("USD 5 or 3 days", (3.0, "day", "")),
    ],
)
def test_what_is_counted_behind_a_price_is_no_money(text: str, counted: tuple[float, str, str]) -> None:
    assert counted in figures(text)


@pytest.mark.parametrize(
    ("text", "amounts"),
    [
        ("EUR 1.234,56 and 1'000 CHF", [(1234.56, "EUR"), (1000.0, "CHF")]),
        ("USD 5 or 4 EUR", [(5.0, "USD"), (4.0, "EUR")]),
        ("USD 5 or 6 EUR", [(5.0, "USD"), (6.0, "EUR")]),
        ("EUR 10 and 12 CHF", [(10.0, "EUR"), (12.0, "CHF")]),
        ("$5 and 4 EUR", [(5.0, "USD"), (4.0, "EUR")]),
        ("$5 and 6 euros", [(5.0, "USD"), (6.0, "EUR")]),
        ("$10, 20 EUR and 30 GBP", [(10.0, "USD"), (20.0, "EUR"), (30.0, "GBP")]),
        ("$10 and 50 cents", [(10.0, "USD"), (0.5, "USD")]),
        ("between $5 and 6 EUR", [(5.0, "USD"), (6.0, "EUR")]),
        ("USD 10, 20 or 30", [(10.0, "USD"), (20.0, "USD"), (30.0, "USD")]),
        ("$19/49/99 per month", [(19.0, "USD/month"), (49.0, "USD/month"), (99.0, "USD/month")]),
    ],
)
def test_an_amount_keeps_the_currency_before_it(text: str, amounts: list[tuple[float, str]]) -> None:
    assert [(value, unit) for value, unit, _ in figures(text)] == amounts


@pytest.mark.parametrize(
    "text",
    [
        "deadline 2027-02-30",
        "by 31 June 2027",
        "by 29 February 2027",
        "by February 30",
        "on 30.02.2027",
        "by 31/04/2027",
        "by April 31st, 2027",
        "due 31/Jun/27",
        "until the 31st of November",
        "by 30th February 2028",
    ],
)
def test_a_day_that_its_month_does_not_have_is_no_date_and_no_figure(text: str) -> None:
    assert (dates(text), figures(text)) == ([], [])


@pytest.mark.parametrize("text", ["due 2027-02-28", "by 29 February 2028", "until 29 February", "by 31 January 2027"])
def test_the_last_day_of_a_month_is_a_date(text: str) -> None:
    assert len(dates(text)) == 1


@pytest.mark.parametrize("sign", ["$", "€", "£"])
def test_an_amount_that_looks_like_a_year_is_no_date(sign: str) -> None:
    assert dates(f"cut the fees by 2000 {sign}") == []
