"""The eleven cards as planning needs them."""

from __future__ import annotations

from collections import Counter

from creatorflow_contracts.cards import load_cards
from creatorflow_contracts.v1.card import DECISION_KEYS, DOMAINS
from creatorflow_orchestrator.core.planning.domains import PRECEDENCE, WORK
from creatorflow_orchestrator.core.reading.stemming import phrase_stems

CARDS = load_cards()

# docs/planning.md: domain to agents, the first of which leads.
AGENTS = {
    "tiktok_integration": ["tiktok-integration"],
    "order_management": ["order-workflow", "database"],
    "inventory_sync": ["real-time-sync", "database"],
    "shipping": ["shipping-automation"],
    "performance": ["performance-engineering"],
    "security": ["security-architecture"],
    "testing": ["integration-testing"],
    "ui_dashboard": ["ui-ux"],
    "analytics": ["ecommerce-analytics"],
    "billing": ["subscription-billing"],
    "database": ["database"],
}
GROUPS = {
    "core_systems": ["tiktok-integration", "order-workflow", "real-time-sync", "database", "shipping-automation"],
    "infrastructure": ["performance-engineering", "security-architecture", "integration-testing"],
    "user_experience": ["ui-ux", "ecommerce-analytics", "subscription-billing"],
}


def _short(name: str) -> str:
    return name.removesuffix("-specialist")


def test_the_domains_lead_to_the_documented_agents() -> None:
    found = {domain: [_short(card.name) for card in CARDS if domain in card.domains] for domain in DOMAINS}
    assert found == AGENTS


def test_the_agents_are_grouped_as_documented() -> None:
    assert {group: {_short(card.name) for card in CARDS if card.group == group} for group in GROUPS} == {
        group: set(names) for group, names in GROUPS.items()
    }


def test_every_agent_has_at_least_three_capabilities_and_vocabulary_for_its_domain() -> None:
    for card in CARDS:
        assert len(card.capabilities) >= 3, card.name
        assert card.vocabulary.get(card.domains[0]), card.name


def test_an_agents_alternatives_share_a_capability_with_it() -> None:
    skills = {card.name: {capability.name for capability in card.capabilities} for card in CARDS}
    for card in CARDS:
        assert all(skills[card.name] & skills[other] for other in card.alternatives), card.name
    assert len([name for name in skills if not next(c for c in CARDS if c.name == name).alternatives]) <= 1


def test_every_decision_key_except_the_retry_budget_has_one_owner() -> None:
    owners = Counter(key for card in CARDS for key in card.owns)
    assert set(owners) == set(DECISION_KEYS) - {"retry_budget"} and set(owners.values()) == {1}


def test_an_owner_can_decide_its_own_keys() -> None:
    for card in CARDS:
        decided = {key for capability in card.capabilities for key in capability.decides}
        assert decided.issuperset(card.owns), card.name
        assert decided.issubset(DECISION_KEYS), card.name


def test_a_phrase_of_several_words_keeps_at_least_two() -> None:
    """ "Test the" would otherwise be reduced to "test" with a weight of its own."""
    for card in CARDS:
        for phrases in card.vocabulary.values():
            for phrase in phrases:
                assert phrase_stems(phrase) and (" " not in phrase or len(phrase_stems(phrase)) > 1), phrase


def test_the_domains_have_their_order_of_precedence_and_work() -> None:
    assert PRECEDENCE == DOMAINS
    assert set(WORK) == set(DOMAINS)
