"""Where a sentence is cut into asks, and where it stays one."""

from __future__ import annotations

import pytest

from tests.unit.core.reading.requests import reading_of


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("Print return labels and knit a scarf for every buyer", 2),
        ("tables for orders and shops", 1),
        ("Pick and pack the orders", 1),
        ("Stripe webhooks for failed payments plus integration tests for them", 2),
        ("Buy the label and send it to the printer", 1),
        ("Add refunds. Then load test the checkout.", 2),
        ("Load test checkout and fix slow queries", 2),
        ("Track parcels, and when a payment fails, cancel the order", 2),
        ("When a payment fails, cancel the order and tell the buyer", 2),
        ("Sync stock, then print the labels", 2),
        ("Design a schema for sellers, shops and products", 1),
        ("Send me a weekly email with revenue, refunds and top creators", 1),
        ("Design a report builder where sellers drag and drop their own KPIs", 1),
        ("Refunds, low stock alerts and a weekly report", 3),
        ("Create shipping labels and a drone fleet", 2),
    ],
)
def test_a_sentence_is_cut_where_both_halves_can_stand(text: str, asks: int) -> None:
    assert len(reading_of(text).asks) == asks


def test_a_sentence_that_tells_and_one_that_asks_are_two_clauses() -> None:
    reading = reading_of("Customers dispute payments with their bank, help us deal with it")
    assert [ask.text for ask in reading.asks] == ["help us deal with it"]
    assert list(reading.asks[0].domains) == ["billing"]
    assert [context.text for context in reading.context] == ["Customers dispute payments with their bank"]


def test_a_label_and_its_values_are_one_ask() -> None:
    assert [ask.text for ask in reading_of("- roles: owner, packer, bookkeeper\n- labels").asks] == [
        "roles: owner, packer, bookkeeper",
        "labels",
    ]


@pytest.mark.parametrize(
    ("text", "constraints", "asks"),
    [
        (
            "Postgres 14 and Django, UPS only, data stays in Frankfurt: build label printing",
            ["Postgres 14 and Django", "UPS only, data stays in Frankfurt"],
            ["build label printing"],
        ),
        ("DHL only: please print the labels at noon", ["DHL only"], ["please print the labels at noon"]),
        ("Vue 3: show the stock of both warehouses", ["Vue 3"], ["show the stock of both warehouses"]),
    ],
)
def test_a_condition_before_a_colon_binds_what_is_asked_behind_it(
    text: str, constraints: list[str], asks: list[str]
) -> None:
    reading = reading_of(text)
    assert [text[found.start : found.end] for found in reading.constraints] == constraints
    assert [ask.text for ask in reading.asks] == asks


def test_prices_with_their_names_are_one_ask_though_a_name_is_a_verb_too() -> None:
    reading = reading_of("Tiers: Seed 7 EUR, Grow 29 EUR, Scale 119 EUR; unpaid invoices are reminded after 7 days.")
    assert [ask.text for ask in reading.asks] == [
        "Tiers: Seed 7 EUR, Grow 29 EUR, Scale 119 EUR",
        "unpaid invoices are reminded after 7 days",
    ]


@pytest.mark.parametrize(
    ("item", "asked"),
    [
        ("carrier pick-up booked automatically", True),
        ("stock reserved when the cart is opened", True),
        ("refunds approved by a manager", True),
        ("The courier booked it by mistake", False),
    ],
)
def test_an_item_of_a_list_is_asked_for_as_it_is_to_be_and_not_if_it_tells_what_somebody_did(
    item: str, asked: bool
) -> None:
    reading = reading_of(f"Please do these:\n- print the labels at noon\n- {item}")
    assert (item in [ask.text for ask in reading.asks]) is asked
