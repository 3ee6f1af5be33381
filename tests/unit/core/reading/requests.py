"""Reads requests for tests, with the cards and names that come with the system."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from creatorflow_contracts.cards import load_cards
from creatorflow_orchestrator.core.plan import Card
from creatorflow_orchestrator.core.reading.reader import read
from creatorflow_orchestrator.core.request import Fact, FactKind, Reading
from creatorflow_orchestrator.translate.knowledge import knowledge
from creatorflow_orchestrator.translate.tasks import to_card

CARDS = tuple(map(to_card, load_cards()))
KNOWLEDGE = knowledge()
_TIMES = frozenset(("ms", "s", "min"))


def reading_of(text: str) -> Reading:
    """Return the reading of a text by the system's own cards and names."""
    return read(text, CARDS, knowledge=KNOWLEDGE)


def agents_of(reading: Reading, cards: Sequence[Card] = CARDS) -> set[str]:
    """Return the short names of the agents that the domains of all asks choose; testing validates a target."""
    domains = {domain for ask in reading.asks for domain in ask.domains}
    if "performance" in domains and any(map(_is_target, reading.facts)):
        domains.add("testing")
    return {card.name.removesuffix("-specialist") for domain in domains for card in _agents(domain, cards)}


def _agents(domain: str, cards: Sequence[Card]) -> Iterator[Card]:
    covered: set[str] | None = None
    for card in cards:
        skills = {capability.name for capability in card.capabilities}
        if domain in card.domains and (covered is None or not skills <= covered):
            covered = (covered or set()) | skills
            yield card


def _is_target(fact: Fact) -> bool:
    if fact.kind is not FactKind.QUANTITY:
        return False
    bound = fact.unit in _TIMES and fact.comparison != "="
    return bound or fact.comparison == "x" or fact.unit == "%" or "/" in fact.unit
