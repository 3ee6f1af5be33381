"""Named things in a text."""

from __future__ import annotations

import pytest
from creatorflow_orchestrator.core.reading.facts import find_facts
from creatorflow_orchestrator.core.request import FactKind
from creatorflow_orchestrator.translate.knowledge import name_index


def names(text: str) -> list[tuple[str, str, str]]:
    found = find_facts(text, names=name_index())
    return [(fact.text, fact.name, fact.category) for fact in found if fact.kind is FactKind.NAME]


def test_a_name_is_found_in_any_case_and_by_its_other_forms() -> None:
    assert names("postgres, MYSQL and Royal mail") == [
        ("postgres", "PostgreSQL", "database"),
        ("MYSQL", "MySQL", "database"),
        ("Royal mail", "Royal Mail", "carrier"),
    ]


@pytest.mark.parametrize(
    ("text", "version"),
    [("MySQL 8", "8"), ("Python 3.13.1", "3.13.1"), ("vue3", "3"), ("TLS1.3", "1.3"), ("MySQL with 8 tables", "")],
)
def test_a_number_after_software_is_its_version(text: str, version: str) -> None:
    assert find_facts(text, names=name_index())[0].role == version


def test_the_text_of_an_owner_ends_before_its_apostrophe() -> None:
    assert names("Chargebee's business, Fooware’s too") == [
        ("Chargebee", "Chargebee", "payment provider"),
        ("Fooware", "Fooware", ""),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "We go on and on",
        "a swift answer to a rusty question",
        "I wish we had more",
        "Square the totals",
        "ups and downs",
        "tell us more",
        "it reacts to events, react to them",
        "the owner of the order",
        "paid orders are packed",
        "an affirmative outlook on the front",
        "Target is reached",
        "a team of ours",
    ],
)
def test_a_word_that_is_only_like_a_name_is_none(text: str) -> None:
    assert names(text) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("a service written in Go", "Go"),
        ("Python, Go and PHP", "Go"),
        ("sell on Wish and Etsy", "Wish"),
        ("card payments by Square", "Square"),
        ("labels by UPS", "UPS"),
        ("roles: owner and viewer", "owner"),
        ("the status is paid", "paid"),
        ("Go, PostgreSQL, NATS", "Go"),
    ],
)
def test_a_word_that_is_also_a_name_is_one_beside_words_of_its_kind(text: str, name: str) -> None:
    assert name in [found for _, found, _ in names(text)]


def test_an_unknown_name_in_the_place_of_a_name_has_no_category() -> None:
    assert names("ship via Packlane, with Foobar 3 and to ShipFoo") == [
        ("Packlane", "Packlane", ""),
        ("Foobar 3", "Foobar 3", ""),
        ("ShipFoo", "ShipFoo", ""),
    ]


def test_code_names_have_the_category_that_the_words_beside_them_say() -> None:
    assert names("the column `shipped_at` of the `orders` table, order_lines.id, on `order.shipped` events") == [
        ("`shipped_at`", "shipped_at", "column"),
        ("`orders`", "orders", "table"),
        ("order_lines.id", "order_lines.id", "column"),
        ("`order.shipped`", "order.shipped", "event"),
    ]


def test_code_in_backticks_that_is_no_name_is_no_fact() -> None:
    assert names("`UPDATE stock SET qty = 1` is wrong") == []


def test_a_currency_is_a_name_only_without_an_amount() -> None:
    assert names("30,000 EUR, prices in GBP and 5 USD") == [("GBP", "GBP", "currency")]


def test_a_size_is_a_name() -> None:
    assert names('4x6 inch, 4" x 6", 100 x 150 mm') == [
        ("4x6 inch", "4x6 in", "size"),
        ('4" x 6"', "4x6 in", "size"),
        ("100 x 150 mm", "100x150 mm", "size"),
    ]


def test_plans_are_the_subjects_of_their_prices() -> None:
    found = find_facts('"Market" at $15, Team (€48) and $99 for the Pro plan')
    assert [fact.name for fact in found if fact.category == "plan"] == ["Market", "Team", "Pro"]
    assert [fact.subject for fact in found if fact.value] == ["Market", "Team", "Pro"]


@pytest.mark.parametrize(
    "text",
    [
        "Bring the labels to us",
        "Bring labels by courier",
        "Nice to have: a list",
        "the ideal size of a page",
        "a padding of 4px",
        "shelf A1",
        "must not get lost, in no state",
        "draft 3 is its status",
    ],
)
def test_a_verb_at_the_beginning_and_a_state_with_a_number_are_no_names(text: str) -> None:
    assert names(text) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Compare PostNord and Bring on price", ["PostNord", "Bring"]),
        ("in Temporal or rather in Camunda", ["Temporal", "Camunda"]),
        ("export to DATEV, camt.054 and pain.002", ["DATEV", "camt.054", "pain.002"]),
        ("hosted at Scaleway, behind Hasura", ["Scaleway", "Hasura"]),
        ("payments by Vipps, Swish and MobilePay", ["Vipps", "Swish", "MobilePay"]),
        ("owner / packer / accountant", ["owner", "packer", "accountant"]),
        ("sign-in with Microsoft Entra", ["Microsoft Entra ID"]),
    ],
)
def test_what_the_trade_uses_is_known(text: str, found: list[str]) -> None:
    assert [name for _, name, _ in names(text)] == found


def test_the_name_of_a_carrier_beside_a_price_is_no_plan() -> None:
    assert {category for _, _, category in names("| DHL | 4.75 € |\n| GLS | 4.60 € |")} == {"carrier"}
