"""The order of the agents: each after those whose results its own work builds on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from creatorflow_orchestrator.core.plan import Agents, Card
from creatorflow_orchestrator.core.request import Reading

from .agents import Wanted, home_domain
from .domains import builds_on, needed_domains, products
from .left_out import LeftOut


def dependencies(
    reading: Reading, wanted: Wanted, agents: Agents, cards: Sequence[Card]
) -> tuple[tuple[str, str], ...]:
    """Return pairs (agent, agent it depends on), according to the data that flows between their home domains."""
    team = [card for card in cards if card.name in agents.names]
    producers = {home: products(home, _asked_of(home, reading, wanted)) for home in map(home_domain, team)}
    bases = {home: builds_on(home, producers) for home in producers}
    return tuple(
        (card.name, base.name)
        for card in team
        for base in team
        if base is not card and home_domain(base) in bases[home_domain(card)]
    )


def missing_bases(names: Mapping[str, str], cards: Sequence[Card], out: LeftOut) -> tuple[str, ...]:
    """Return a note for each step that cannot do without a domain which the request leaves out.

    `names` maps agents to their steps.
    """
    return tuple(dict.fromkeys(_notes(names, cards, out)))


def _notes(names: Mapping[str, str], cards: Sequence[Card], out: LeftOut) -> Iterator[str]:
    absent = out.domains | {home_domain(card) for card in cards if card.name in out.agents}
    for card in cards:
        if card.name in names:
            for domain in needed_domains(home_domain(card)):
                if domain in absent:
                    yield f"{names[card.name]} builds on {domain}, which the request leaves out: it must exist already"


def _asked_of(domain: str, reading: Reading, wanted: Wanted) -> list[str]:
    return [ask.text for ask, domains in zip(reading.asks, wanted, strict=True) if domain in domains]
