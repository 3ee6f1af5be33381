"""Which clauses are asks and which exclusions is learned, beside what the rules say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest
from creatorflow_orchestrator.core.reading.gather import Placed
from creatorflow_orchestrator.core.reading.judged_clauses import ASKS, EXCLUDES, announcements
from creatorflow_orchestrator.core.reading.knowledge import Knowledge
from creatorflow_orchestrator.core.reading.reader import parse
from creatorflow_orchestrator.core.reading.word_weights import NO_WEIGHTS, Features, WordWeights

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
    unlearned = replace(KNOWLEDGE, learned=replace(KNOWLEDGE.learned, clauses=NO_WEIGHTS))
    for text in ("Refunds, low stock alerts and a weekly report", "Our labels are printed twice"):
        assert asks_of(text) == asks_of(text, unlearned)


def test_a_request_is_never_left_without_an_ask() -> None:
    never = WordWeights(bias={ASKS: -9.0, EXCLUDES: -9.0})
    assert asks_of(SPECIFICATION, replace(KNOWLEDGE, learned=replace(KNOWLEDGE.learned, clauses=never)))


IMPORT = "Please set up the import of orders from our second shop in Malaysia and let me see when it fails. "


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("The carrier rates were sorted out by Anna's team in spring.", "shipping"),
        ("Our accountant looks after the monthly figures herself and wants to go on that way.", "analytics"),
        ("Whether the stock is right on Shopee is a matter for my cousin.", "inventory_sync"),
        ("Colours and fonts stay with the agency that made them.", "ui_dashboard"),
    ],
)
def test_a_clause_that_no_rule_knows_is_an_exclusion_by_its_words(text: str, domain: str) -> None:
    (exclusion,) = parse(IMPORT + text, CARDS, KNOWLEDGE).exclusions
    assert exclusion.text in text and exclusion.domains == (domain,)
    assert [ask.text for ask in reading_of(IMPORT + text).asks] == [IMPORT.rstrip(" .")]


def test_an_exclusion_known_by_its_words_takes_nothing_away_that_is_asked_for() -> None:
    reading = reading_of(
        "The labels for Ireland come out without the Eircode, please mend that and print them in the order of the "
        "shelves. The labels for Spain work well and should go on as they do."
    )
    assert "shipping" in {domain for ask in reading.asks for domain in ask.domains}


def test_things_that_a_list_only_names_are_no_exclusions() -> None:
    wanted = ["Order workflow with a clear status", "Stock sync with the warehouse", "Dashboard screens for phones"]
    wanted += ["Shipping label generation", "Revenue report by day", "Sign-in with roles for staff"]
    reading = reading_of("Part 1: the shop\n" + "".join(f"- {thing}\n" for thing in wanted))
    assert [ask.text for ask in reading.asks] == wanted
    assert reading.exclusions == ()


def test_a_clause_is_announced_by_the_last_heading_or_lead_in_above_it() -> None:
    text = "# Kiosk\n\nOwner: Li\n\n## Handed over\n\n- old tills\n- slips\n"
    placed = parse(text, CARDS, KNOWLEDGE).material.gathered.placed
    of = {text[current.clause.start : current.clause.end]: features for current, features in _announced(text, placed)}
    assert of["old tills"] == of["slips"] == {"under handed": 1.0, "under over": 1.0}


def _announced(text: str, placed: Sequence[Placed]) -> Iterator[tuple[Placed, Features]]:
    return zip(placed, announcements(text, placed), strict=True)
