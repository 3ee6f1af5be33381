"""Which clauses are asks is learned, beside what the rules are sure of."""

from __future__ import annotations

from dataclasses import replace

from creatorflow_orchestrator.core.reading.knowledge import Knowledge
from creatorflow_orchestrator.core.reading.reader import parse

from .requests import CARDS, KNOWLEDGE, reading_of

SPECIFICATION = """# Pick lists

Prepared by: Anneli, Jorge
Status: draft

## Where we stand
Today Ina prints the lists by hand. Two thirds of the lists are printed twice.
The hall has 4,000 shelves on three floors.

## What we want
- Sort each list by aisle.
- Packers see the next order without touching the mouse.
- A list is printed once.
"""


def asks_of(text: str, knowledge: Knowledge = KNOWLEDGE) -> list[str]:
    return [ask.text for ask in parse(text, CARDS, knowledge).material.asks]


def test_what_is_wanted_is_asked_and_what_is_told_is_not() -> None:
    asks = asks_of(SPECIFICATION)
    assert {"Sort each list by aisle", "A list is printed once"} <= set(asks)
    assert not [ask for ask in asks if "Anneli" in ask or "Ina" in ask or "draft" in ask]


def test_what_is_asked_in_so_many_words_stays_asked() -> None:
    orders = ["Print labels", "Sync the stock", "Send invoices", "Refund returns", "Test the import", "Encrypt names"]
    text = ". ".join([*orders, "Show the sales"]) + "."
    assert [ask.text for ask in reading_of(text).asks] == [*orders, "Show the sales"]


def test_in_a_short_request_the_rules_decide() -> None:
    unlearned = replace(KNOWLEDGE, learned=replace(KNOWLEDGE.learned, asks={}))
    for text in ("Refunds, low stock alerts and a weekly report", "Our labels are printed twice"):
        assert asks_of(text) == asks_of(text, unlearned)


def test_a_request_is_never_left_without_an_ask() -> None:
    nothing = replace(KNOWLEDGE, learned=replace(KNOWLEDGE.learned, asks={"always": -9.0}))
    assert asks_of("labels\n\nrefunds\n\nstock\n\ninvoices\n\nreports\n\nroles\n\ntests\n\nscreens", nothing)
