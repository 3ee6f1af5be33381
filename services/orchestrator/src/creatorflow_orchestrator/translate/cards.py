"""Agent cards, from the contract to the core."""

from __future__ import annotations

from creatorflow_contracts.cards import known_agents
from creatorflow_contracts.v1.card import AgentCard

from creatorflow_orchestrator.core.plan import Capability, Card


def to_card(card: AgentCard) -> Card:
    """What the core knows of an agent."""
    return Card(
        name=card.name,
        group=card.group,
        summary=card.summary,
        expertise=card.expertise,
        domains=card.domains,
        vocabulary=card.vocabulary,
        capabilities=tuple(Capability(each.name, each.description, each.decides) for each in card.capabilities),
        alternatives=card.alternatives,
        owns=card.owns,
        default_timeout_ms=card.default_timeout_ms,
        shipped=card.name in known_agents(),
    )
