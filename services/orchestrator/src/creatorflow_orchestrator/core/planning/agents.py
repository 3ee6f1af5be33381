"""The choice of agents: those of the domains of each ask, without what the request leaves out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from creatorflow_orchestrator.core.plan import Agents, Card
from creatorflow_orchestrator.core.reading.targets import TESTING
from creatorflow_orchestrator.core.request import Reading

from .domains import rank
from .left_out import LeftOut
from .target_figures import states_target

_WHOLE_SYSTEM = 4  # domains from which a request asks for a system, which wants those who help with a domain too

Wanted = Sequence[Mapping[str, float]]
"""The domains of each ask that an agent serves and the request does not leave out, with their scores."""


def wanted_domains(reading: Reading, out: LeftOut, cards: Sequence[Card]) -> Wanted:
    """Return the wanted domains of each ask: those whose leading agent is not left out. Helpers are no stand-ins."""
    domains = {domain for card in cards for domain in card.domains}
    served = {name for name in domains if any(_leads(card, name, cards) for card in agents_of(name, cards, out))}
    return [{name: score for name, score in out.domains_of(ask).items() if name in served} for ask in reading.asks]


def strongest_first(wanted: Wanted) -> dict[str, float]:
    """Sum the scores of the domains over all asks, strongest first; of equal ones the first asked for, then by rank.

    Testing comes first only if the request begins with it: else it judges what is asked before, however often.
    """
    total: dict[str, float] = {}
    first: dict[str, int] = {}
    for position, domains in enumerate(wanted):
        for domain, score in domains.items():
            total[domain] = total.get(domain, 0.0) + score
            first.setdefault(domain, position)
    begins = next((min(domains, key=lambda name: -domains[name]) for domains in wanted if domains), "")
    order = sorted(total, key=lambda domain: (domain == TESTING != begins, -total[domain], first[domain], rank(domain)))
    return {domain: round(total[domain], 2) for domain in order}


def choose_agents(domains: Mapping[str, float], cards: Sequence[Card], out: LeftOut, validated: bool) -> Agents:
    """Choose the agents of the domains, each once: the strongest domain's first is primary, testing's validate.

    `validated` adds a validation that no ask names. `domains` has at least one that an agent serves. An agent whose own
    domain nobody asks for helps only with a whole system: it is none of one change ("refund only the missing item").
    An agent that is left out is not replaced: nobody is chosen for an exclusion.
    """
    chosen = dict.fromkeys(
        card.name
        for domain in domains
        for card in agents_of(domain, cards, out)
        if _leads(card, domain, cards) or home_domain(card) in domains or len(domains) >= _WHOLE_SYSTEM
    )
    testers = [] if TESTING in out.domains else [card.name for card in agents_of(TESTING, cards, out)]
    primary = next(iter(chosen))
    others = [name for name in chosen if name != primary]
    validation = [name for name in testers if name != primary and (name in chosen or validated)]
    return Agents(primary, tuple(name for name in others if name not in validation), tuple(validation))


def agents_of(domain: str, cards: Sequence[Card], out: LeftOut) -> list[Card]:
    """Return the agents of a domain that are not left out.

    One without a capability that the earlier ones lack is only an alternative.
    """
    chosen: list[Card] = []
    covered: set[str] = set()
    for card in cards:
        skills = {capability.name for capability in card.capabilities}
        if domain in card.domains and (not chosen or not skills or not skills <= covered):
            chosen.append(card)
            covered |= skills
    return [card for card in chosen if card.name not in out.agents]


def _leads(card: Card, domain: str, cards: Sequence[Card]) -> bool:
    """Return True if a domain is the agent's own, or nobody's own."""
    return home_domain(card) == domain or all(home_domain(other) != domain for other in cards)


def home_domain(card: Card) -> str:
    """Return the domain that an agent's work belongs to, whichever domain brought it into the plan."""
    return card.domains[0] if card.domains else card.name


def answering_agents(reading: Reading, wanted: Wanted, agents: Agents, cards: Sequence[Card]) -> list[tuple[str, ...]]:
    """Return the chosen agents that answer each ask, the leading one of its strongest domain first.

    A validation also answers the asks with targets; if there is none that it would answer, it answers all.
    """
    members = [card for card in cards if card.name in agents.names]
    answering = [_agents_for(domains, members) for domains in wanted]
    measured = {position for fact in reading.facts if states_target(fact) for position in fact.asks}
    for name in agents.validation:
        own = [at for at, names in enumerate(answering) if name in names or (names and at in measured)]
        for position in own or [at for at, names in enumerate(answering) if names]:
            answering[position] = tuple(dict.fromkeys((*answering[position], name)))
    return answering


def _agents_for(domains: Mapping[str, float], members: Sequence[Card]) -> tuple[str, ...]:
    ordered = sorted(domains, key=lambda domain: -domains[domain])
    return tuple(dict.fromkeys(card.name for domain in ordered for card in members if domain in card.domains))
