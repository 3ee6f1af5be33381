"""Figures in the forms that people write: other money, denied comparatives, shared units, spans of hours."""

from __future__ import annotations

import pytest
from creatorflow_orchestrator.core.reading.facts import find_facts
from creatorflow_orchestrator.core.reading.stated_places import stated_facts
from creatorflow_orchestrator.core.reading.structure import blocks
from creatorflow_orchestrator.core.request import FactKind
from creatorflow_orchestrator.translate.knowledge import name_index


def figures(text: str) -> list[tuple[str | None, float | None, str]]:
    return [(fact.comparison, fact.value, fact.unit) for fact in find_facts(text) if fact.kind is FactKind.QUANTITY]


def times(text: str) -> list[str]:
    return [fact.name for fact in find_facts(text) if fact.kind in (FactKind.TIME, FactKind.DATE)]


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("R$ 1,90 a label", 1.9, "BRL/label"),
        ("a fine of ₱1,500", 1500, "PHP"),
        ("kr 499", 499, "SEK"),
        ("RM 6.50", 6.5, "MYR"),
        ("S$29/month", 29, "SGD/month"),
        ("250.000đ", 250_000, "VND"),
        ("a million rupiah", 1e6, "IDR"),
    ],
)
def test_money_of_other_countries_is_read(text: str, value: float, unit: str) -> None:
    assert figures(text) == [("=", value, unit)]


@pytest.mark.parametrize(
    "text",
    [
        "no request slower than 2 s",
        "Nobody should wait longer than 2 s",
        "no page may exceed 2 s",
        "the maximum is 2 s",
        "it must end in 2 s",
        "cap the time of an answer at 2 s",
        "an answer may take 2 s",
        "2 s at the longest",
    ],
)
def test_a_bound_is_read_from_what_is_denied_or_allowed(text: str) -> None:
    assert figures(text) == [("<=", 2, "s")]


def test_orders_over_an_amount_are_not_bound_by_the_no_before_them() -> None:
    assert figures("no orders over 50 EUR") == [(">", 50, "EUR")]


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("six years for letters, eight for vouchers", ("=", 8, "year")),
        ("the old scanner does 3 scans a second, the new one 11.", ("=", 11, "scans/second")),
        ("99 cents per order in wages, five in tape", ("=", 0.05, "USD/order")),
        ("VAT is 7 % for books and 19 for the rest.", ("=", 19, "%")),
        ("two people approve refunds above 250 EUR, three above €1,000", (">", 1000, "EUR")),
        ("The test shop has 25 orders: 5 returned.", ("=", 5, "orders")),
        ("Orders: 1,240 (Mon), 980 (Tue)", ("=", 980, "orders")),
    ],
)
def test_a_number_that_stands_alone_shares_the_unit_that_is_meant(text: str, last: tuple[str, float, str]) -> None:
    assert figures(text)[-1] == last


def test_people_are_counted_although_money_stands_nearer() -> None:
    assert figures("two people approve refunds above 250 EUR, three above €1,000")[2] == ("=", 3, "people")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Quiet hours are from 22 to 6.", ["22:00", "06:00"]),
        ("9-to-5", ["09:00", "17:00"]),
        ("from midnight to eight.", ["00:00", "08:00"]),
        ("Cut-off is 2pm Mon-Fri, 11 on Saturdays.", ["14:00", "11:00"]),
        ("A van goes at 6.45 and 13.20.", ["06:45", "13:20"]),
        ("deploy on Tuesday mornings before 7.", ["07:00"]),
        ("by the twelfth of March", ["--03-12"]),
        ("the peak was on 9.9 with 800 orders", ["--09-09"]),
    ],
)
def test_hours_and_days_are_read_by_what_is_around_them(text: str, wanted: list[str]) -> None:
    assert [name for name in times(text) if not name.startswith("-W")] == wanted


@pytest.mark.parametrize(
    ("text", "value"),
    [("8 of 10 tickets", 0.8), ("Every tenth parcel is weighed.", 0.1), ("68 out of every hundred", 0.68)],
)
def test_shares_in_words_are_read(text: str, value: float) -> None:
    assert [found for _, found, _ in figures(text)] == [value]


def test_a_minus_before_an_amount_belongs_to_it() -> None:
    assert figures("brushes 48 %, samples -5 %") == [("=", 48, "%"), ("=", -5, "%")]


def test_bare_cells_are_read_by_the_head_of_their_column() -> None:
    text = "| Plan | Orders/month | EUR/month |\n|---|---|---|\n| Bloom | 5.000 | 35,00 |\n\nSet these up."
    facts = stated_facts(text, blocks(text), name_index())
    assert [fact.name or (fact.value, fact.unit) for fact in facts if fact.category != "currency"] == [
        "Bloom",
        (5000, "orders/month"),
        (35, "EUR/month"),
    ]


def test_plans_are_named_also_where_no_price_stands_beside_them() -> None:
    text = "Plans:\n- Seedling: free\n- Orchard: $39 a month\n- Forest: $189 a month\n\nThe Basic tier goes."
    assert [fact.name for fact in find_facts(text) if fact.category == "plan"] == [
        "Seedling",
        "Orchard",
        "Forest",
        "Basic",
    ]
