"""The team of a plan: its agents in the order of their steps, and their parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from creatorflow_orchestrator.core.graph import in_order
from creatorflow_orchestrator.core.plan import Agents, Card
from creatorflow_orchestrator.core.reading.targets import TESTING

from .agents import home_domain
from .domains import PERFORMANCE


@dataclass(frozen=True, slots=True)
class Team:
    """The cards of a plan's agents, each after those whose results its agent builds on."""

    cards: tuple[Card, ...]
    primary: str
    testers: frozenset[str]
    """Agents that judge the work of others."""
    keeper: str
    """The agent that keeps work up and fast: the primary one, if the plan has none for that."""

    def card(self, name: str) -> Card:
        """Return the card of an agent. Raises `KeyError` for one that is not in the team."""
        for card in self.cards:
            if card.name == name:
                return card
        raise KeyError(name)


def team_of(agents: Agents, dependencies: Sequence[tuple[str, str]], cards: Sequence[Card]) -> Team:
    """Return the team of the chosen agents; `dependencies` are pairs (agent, agent it depends on)."""
    chosen = {card.name: card for card in cards if card.name in agents.names}
    after = {name: [base for agent, base in dependencies if agent == name] for name in chosen}
    workers = [card.name for card in chosen.values() if card.name not in agents.validation]
    return Team(
        cards=tuple(chosen[name] for name in in_order(after)),
        primary=agents.primary,
        testers=frozenset(name for name, card in chosen.items() if TESTING in card.domains),
        keeper=next((name for name in workers if home_domain(chosen[name]) == PERFORMANCE), agents.primary),
    )
