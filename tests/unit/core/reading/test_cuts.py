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
