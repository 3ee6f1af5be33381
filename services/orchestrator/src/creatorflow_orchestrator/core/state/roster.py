"""The roster: alternatives of each agent, agents with a live instance, agents whose circuit is open.

The shell builds it from the registry and gives it to the core with each event, as a value.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from creatorflow_orchestrator.core.plan import Card

CHECK_AFTER_MS = 15_000
"""Time without a claim or an answer after which the agent of an attempt may be unavailable and is checked."""
UNAVAILABLE_AFTER_MS = 900_000
"""Time that an agent may be unavailable before its step is given up."""


@dataclass(frozen=True, slots=True)
class Roster:
    """The agents as the shell sees them at the time of an event."""

    alternatives: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Agent to its alternatives, the best first, those with a live instance before the others."""
    live: frozenset[str] = frozenset()
    """Agents with an instance that sends heartbeats."""
    paused: Mapping[str, datetime] = field(default_factory=dict)
    """Agent to the time until which its circuit is open: nothing is dispatched to it."""
    providers: Mapping[str, str] = field(default_factory=dict)
    """The name of an agent, a capability or a decision key to the agent that provides it."""
    check_after_ms: int = CHECK_AFTER_MS
    unavailable_after_ms: int = UNAVAILABLE_AFTER_MS


EMPTY_ROSTER = Roster()
"""The roster without any agent: no alternatives, no open circuits."""


def roster_of(
    cards: Sequence[Card],
    live: Collection[str] = (),
    paused: Mapping[str, datetime] | None = None,
    check_after_ms: int = CHECK_AFTER_MS,
    unavailable_after_ms: int = UNAVAILABLE_AFTER_MS,
) -> Roster:
    """Build the roster from agent cards.

    Alternatives are those that a card names, in that order, then the agents that share a capability with it.
    """
    live_agents = frozenset(live)
    index = _index_capabilities(cards)
    return Roster(
        alternatives={card.name: _alternatives(card, index, live_agents) for card in cards},
        live=live_agents,
        paused=dict(paused or {}),
        providers=_providers(cards),
        check_after_ms=check_after_ms,
        unavailable_after_ms=unavailable_after_ms,
    )


@dataclass(frozen=True, slots=True)
class _CapabilityIndex:
    """Agents by capability, built in one pass so that hundreds of agents stay cheap."""

    names: Sequence[str]
    positions: Mapping[str, int]
    by_capability: Mapping[str, Sequence[int]]


def _index_capabilities(cards: Sequence[Card]) -> _CapabilityIndex:
    by_capability: dict[str, list[int]] = {}
    for position, card in enumerate(cards):
        for capability in card.capabilities:
            by_capability.setdefault(capability.name, []).append(position)
    names = [card.name for card in cards]
    return _CapabilityIndex(names, {name: position for position, name in enumerate(names)}, by_capability)


def _alternatives(card: Card, index: _CapabilityIndex, live: frozenset[str]) -> tuple[str, ...]:
    named = [name for name in card.alternatives if name in index.positions]
    positions = {position for capability in card.capabilities for position in index.by_capability[capability.name]}
    sharing = [index.names[position] for position in sorted(positions)]
    alternatives = [name for name in dict.fromkeys((*named, *sharing)) if name != card.name]
    return tuple(sorted(alternatives, key=lambda name: name not in live))  # stable: the order within each half stays


def _providers(cards: Sequence[Card]) -> dict[str, str]:
    """Map agent names, capabilities and decision keys to providers; the owner of a key before those that decide it."""
    found = {card.name: card.name for card in cards}
    for card in cards:
        for capability in card.capabilities:
            found.setdefault(capability.name, card.name)
    for card in cards:
        for key in card.owns:
            found.setdefault(key, card.name)
    for card in cards:
        for capability in card.capabilities:
            for key in capability.decides:
                found.setdefault(key, card.name)
    return found
