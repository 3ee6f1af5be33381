"""The domains of a request follow from all that it says, not from one phrase of it."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import pytest
from creatorflow_orchestrator.core.plan import Card
from creatorflow_orchestrator.core.reading.evidence import EVIDENCE, chance
from creatorflow_orchestrator.core.reading.knowledge import NO_KNOWLEDGE, Knowledge
from creatorflow_orchestrator.core.reading.learned import NOTHING_LEARNED, Learned
from creatorflow_orchestrator.core.reading.reader import parse, read
from creatorflow_orchestrator.core.reading.request_domains import likely_domains
from creatorflow_orchestrator.translate.knowledge import LEARNED, knowledge

from ops.reading.examples import LABELLED, REQUESTS, SENTENCES, digest, domains
from tests.labelled_reading import ASK_LABELS, PARTS

from .requests import CARDS, agents_of, reading_of

LEARNT = knowledge().learned


def lines_of(*paths: Path) -> list[str]:
    return [line for path in paths for line in path.read_text(encoding="utf-8").splitlines()]


def evidence_of(text: str) -> dict[str, tuple[float, ...]]:
    material = parse(text, CARDS, knowledge()).material
    return material.evidence(LEARNT.words, material.ask_chances(LEARNT.words))


def domains_of(text: str) -> set[str]:
    return {domain for ask in reading_of(text).asks for domain in ask.domains}


@pytest.mark.parametrize(
    ("text", "agent"),
    [
        ("I want to see afterwards who fiddled with the price of our bestseller.", "security-architecture"),
        (
            "When a courier loses a box we hear of it from the angry customer. Tell us first.",
            "shipping-automation",
        ),
        ("Two of us clicked refund at once and the buyer was paid twice.", "order-workflow"),
        ("We sold the last mug on both channels.", "real-time-sync"),
        ("What did we earn with each creator last month?", "ecommerce-analytics"),
    ],
)
def test_what_is_said_without_a_word_of_the_trade_reaches_its_agent(text: str, agent: str) -> None:
    assert agent in agents_of(reading_of(text))


@pytest.mark.parametrize(
    "text",
    ["Translate our returns policy into Polish", "Write a limerick about refunds", "Draft a job ad for a packer"],
)
def test_what_nobody_does_starts_nobody_though_it_names_a_thing_of_the_trade(text: str) -> None:
    assert agents_of(reading_of(text)) == set()


def test_of_many_things_that_are_ordered_none_is_lost() -> None:
    text = (
        "Integrate TikTok Shop, manage orders, sync inventory in real time, print shipping labels, absorb viral "
        "traffic spikes, secure customer data, test end to end, show a dashboard, report analytics, bill sellers by "
        "subscription, and design the database schema."
    )
    assert domains_of(text) == set(domains())


def test_each_of_a_few_things_in_a_row_is_wanted_though_only_a_word_names_it() -> None:
    text = "Everything but subscriptions: order import from TikTok, stock, labels, weekly report."
    assert domains_of(text) == {"tiktok_integration", "inventory_sync", "shipping", "analytics"}


def test_an_ask_that_refers_is_about_what_the_sentences_before_it_say() -> None:
    text = "The auditors want to see who looked at which buyer's address. Can your lot build something that records it?"
    assert "security" in domains_of(text)


def test_an_item_that_names_another_domain_in_passing_starts_nobody() -> None:
    text = "As a colleague with weak eyes I want the returns list to stay readable at 200 % zoom.\n\nLabels: a11y, q3"
    assert agents_of(reading_of(text)) == {"ui-ux"}


def test_words_of_an_exclusion_are_no_evidence() -> None:
    assert evidence_of("Sync our stock. No invoices.") == evidence_of("Sync our stock.")


def test_what_an_agent_of_ones_own_does_by_its_card_is_nobody_elses_though_it_was_not_learned() -> None:
    own = Card("gift-wrapping-agent", "", "", (), ("gifts",), {"gifts": {"gift wrap": 4.0, "tape": 2.0}})
    reading = read("Gift wrap every order, with tape", (*CARDS, own), knowledge=knowledge())
    assert [list(ask.domains) for ask in reading.asks] == [["gifts"]]


def test_without_weights_the_phrases_of_the_cards_decide() -> None:
    assert list(read("Print the labels.", CARDS, knowledge=NO_KNOWLEDGE).asks[0].domains) == ["shipping"]
    assert Knowledge().learned is NOTHING_LEARNED


def test_a_request_about_nothing_likely_is_about_its_likeliest_domain_from_a_floor_on() -> None:
    learned = Learned(least=0.5, floor=0.3, broad=0.5)
    assert likely_domains({"shipping": 0.4, "billing": 0.35}, learned) == {"shipping": 0.4}
    assert likely_domains({"shipping": 0.2}, learned) == {}


def test_a_request_about_many_domains_needs_less_for_one_more() -> None:
    learned = Learned(least=0.5, floor=0.3, broad=0.2)
    chances = {"a": 0.9, "b": 0.8, "c": 0.7, "d": 0.6, "e": 0.3}
    assert likely_domains(chances, learned) == chances
    del chances["d"]
    assert likely_domains(chances, learned).keys() == {"a", "b", "c"}


def test_evidence_is_between_0_and_1_and_so_is_the_chance_it_makes() -> None:
    text = "Sync stock, print labels, and knit a scarf.\n\n- refunds\n- a weekly report\n\n```sql\nSELECT 1\n```"
    for found in evidence_of(text).values():
        assert len(found) == len(EVIDENCE)
        assert all(0.0 <= value <= 1.0 for value in found)
        assert 0.0 < chance(found, LEARNT) < 1.0


def test_the_weights_were_learned_from_the_examples_as_they_are() -> None:
    """If this fails, run `python -m ops.reading.train` (it says what it needs)."""
    data = json.loads(files("creatorflow_orchestrator").joinpath(LEARNED).read_text(encoding="utf-8"))
    assert data["learned_from"] == digest()
    assert {*domains(), "nobody"} == LEARNT.words.bias.keys()
    assert LEARNT.evidence.keys() == set(EVIDENCE)


def test_nothing_is_learned_from_what_is_held_out() -> None:
    learned = {json.loads(line)["text"].strip().casefold() for line in lines_of(SENTENCES, REQUESTS, LABELLED)}
    held_out = {label["text"].strip().casefold() for label in (*PARTS["held_out"], *ASK_LABELS)}
    assert held_out and not held_out & learned


def test_work_that_is_likely_nobodys_gets_nothing_of_the_other_asks() -> None:
    reading = reading_of("Translate our return policy into French and speed up the order list")
    assert [list(ask.domains) for ask in reading.asks] == [[], ["performance"]]


def test_of_a_few_things_that_are_plainly_named_none_is_lost() -> None:
    text = "Build sign-in with roles for shop staff, then a database schema for orders, then an order workflow."
    assert domains_of(text) == {"security", "database", "order_management"}
