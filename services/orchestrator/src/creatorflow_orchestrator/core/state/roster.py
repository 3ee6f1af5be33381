"""Who there is: which agents can stand in for which, who is heard, whose circuit is open.

The shell knows; the core is told with each event, as a value.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from creatorflow_orchestrator.core.plan import Card

CHECK_AFTER_MS = 15_000
"""An attempt that nobody has claimed or answered for so long may wait for an agent that is not there."""
UNAVAILABLE_AFTER_MS = 900_000
"""For so long an agent may be away before its step is given up."""


@dataclass(frozen=True, slots=True)
class Roster:
    """The agents as the shell sees them now."""

    alternatives: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Agent to those that can stand in for it, the best first, those that are heard before the others."""
    live: frozenset[str] = frozenset()
    """Agents of which an instance is heard."""
    paused: Mapping[str, datetime] = field(default_factory=dict)
    """Agent to the moment until which its circuit is open: nothing is given to it."""
    providers: Mapping[str, str] = field(default_factory=dict)
    """The name of an agent, a capability or a decision key to the agent that provides it."""
    check_after_ms: int = CHECK_AFTER_MS
    unavailable_after_ms: int = UNAVAILABLE_AFTER_MS


NOBODY = Roster()
"""No agent is known: nothing can be replaced, nothing is paused."""


def roster_of(
    cards: Sequence[Card],
    live: Collection[str] = (),
    paused: Mapping[str, datetime] | None = None,
    check_after_ms: int = CHECK_AFTER_MS,
    unavailable_after_ms: int = UNAVAILABLE_AFTER_MS,
) -> Roster:
    """The roster that cards give. Alternatives: those a card names, in turn, then whoever shares a capability."""
    heard = frozenset(live)
    able = _able(cards)
    return Roster(
        alternatives={card.name: _alternatives(card, able, heard) for card in cards},
        live=heard,
        paused=dict(paused or {}),
        providers=_providers(cards),
        check_after_ms=check_after_ms,
        unavailable_after_ms=unavailable_after_ms,
    )


@dataclass(frozen=True, slots=True)
class _Able:
    """Who can do what, for hundreds of agents: each card is looked at once."""

    names: Sequence[str]
    positions: Mapping[str, int]
    by_capability: Mapping[str, Sequence[int]]


def _able(cards: Sequence[Card]) -> _Able:
    by_capability: dict[str, list[int]] = {}
    for position, card in enumerate(cards):
        for capability in card.capabilities:
            by_capability.setdefault(capability.name, []).append(position)
    names = [card.name for card in cards]
    return _Able(names, {name: position for position, name in enumerate(names)}, by_capability)


def _alternatives(card: Card, able: _Able, live: frozenset[str]) -> tuple[str, ...]:
    named = [name for name in card.alternatives if name in able.positions]
    sharing = sorted({each for capability in card.capabilities for each in able.by_capability[capability.name]})
    found = [name for name in dict.fromkeys((*named, *(able.names[each] for each in sharing))) if name != card.name]
    return tuple(sorted(found, key=lambda name: name not in live))  # stable: the order within each half stays


def _providers(cards: Sequence[Card]) -> dict[str, str]:
    """Names first, then capabilities, then decision keys: of their owner before anybody who decides them."""
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
