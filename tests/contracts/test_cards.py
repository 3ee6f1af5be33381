"""The eleven cards are data; an unreadable card is refused with its name and the reason."""

import pytest
from creatorflow_contracts import CardsInvalid, load_cards
from creatorflow_contracts.cards import known_agents, read_card
from creatorflow_contracts.v1.card import DECISION_KEYS, DOMAINS

CARD = """
name = "label-specialist"
group = "core_systems"
summary = "Labels."
expertise = ["labels"]
domains = ["shipping"]
"""


def test_eleven_cards_are_listed_in_the_order_of_their_domains() -> None:
    cards = load_cards()
    assert len(cards) == len(known_agents()) == 11
    assert [card.domains[0] for card in cards] == list(DOMAINS)
    assert load_cards() is cards


def test_every_decision_key_is_in_the_shared_list_and_has_at_most_one_owner() -> None:
    owned = [key for card in load_cards() for key in card.owns]
    assert len(owned) == len(set(owned))
    decided = {key for card in load_cards() for capability in card.capabilities for key in capability.decides}
    assert decided | set(owned) <= set(DECISION_KEYS)


def test_every_alternative_is_an_agent_that_exists() -> None:
    for card in load_cards():
        assert set(card.alternatives) <= known_agents() - {card.name}, card.name


def test_a_card_is_read_from_its_file() -> None:
    assert read_card(CARD, "label-specialist.toml").domains == ("shipping",)


@pytest.mark.parametrize(
    ("text", "name", "reason"),
    [
        ("name = ", "label-specialist.toml", "is not TOML"),
        ("name = 'label-specialist'", "label-specialist.toml", "group: Field required"),
        (CARD.replace("label-specialist", "label.*"), "label.*.toml", "name: a name is lower-case words"),
        (CARD + "default_timeout_ms = 2026-01-01", "label-specialist.toml", "date is not JSON serializable"),
        (CARD, "other.toml", "rename the file to label-specialist.toml"),
    ],
)
def test_an_unreadable_card_is_refused_with_its_name_and_the_reason(text: str, name: str, reason: str) -> None:
    with pytest.raises(CardsInvalid) as caught:
        read_card(text, name)
    assert name in str(caught.value) and reason in str(caught.value)
