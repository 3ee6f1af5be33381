"""The analysis of a request: domains, agents, complexity, pattern, requirements and numbers. Rules only, no model.

The vocabulary is that of the cards, so a new agent brings its own. A domain is requested when the distinct phrases
found weigh enough together: one plain phrase does, an ambiguous word needs others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from creatorflow_orchestrator.core.errors import Refusal
from creatorflow_orchestrator.core.plan import Agents, Analysis, Card, Pattern, Quantity, Requirement

from .domains import PERFORMANCE, TESTING, builds_on, rank
from .indicators import complexity, indicators, stated_pattern
from .lexicon import Lexicon, Match, requested_domains
from .patterns import large_parts
from .quantities import find_quantities, is_target
from .requirements import Evidence, read_requirements

MAX_TEXT = 64 * 1024  # characters
PARTS_OF_A_HIERARCHY = 2


def analyze(text: str, cards: tuple[Card, ...], constraints: tuple[str, ...] = ()) -> Analysis:
    """Analyse a request. `constraints` state numbers and targets; they choose no agents.

    Raises Refusal: REQUEST_EMPTY, TOO_LARGE, or NO_AGENT_MATCHES, whose hint lists what the agents can do.
    """
    _check(text)
    quantities = find_quantities(text)
    matches = Lexicon(cards).matches(text, quantities)
    domains = _strongest_first(requested_domains(text, matches), cards)
    if not domains:
        raise Refusal("NO_AGENT_MATCHES", "no agent can answer this request", "request", _capabilities_hint(cards))
    requirements = read_requirements(text, Evidence(matches, quantities, tuple(domains)))
    in_constraints = (match for line in constraints for match in find_quantities(line))
    stated = tuple(match.quantity for match in (*quantities, *in_constraints))
    agents = choose_agents(domains, cards, validated=_has_targets(domains, requirements, stated))
    present = indicators(text, quantities)
    dependencies = _dependencies(agents, cards)
    pattern = stated_pattern(text) or _pattern(text, domains, matches, dependencies, agents)
    return Analysis(
        complexity(present, len(domains)), domains, dependencies, pattern, agents, requirements, stated, present
    )


def choose_agents(domains: Mapping[str, float], cards: Sequence[Card], validated: bool) -> Agents:
    """Choose the agents of the domains, each once: the strongest domain's first is primary, testing's validate."""
    chosen = dict.fromkeys(card.name for domain in domains for card in agents_of(domain, cards))
    testers = [card.name for card in agents_of(TESTING, cards)]
    primary, *others = chosen
    validation = [name for name in testers if name != primary and (name in chosen or validated)]
    return Agents(primary, tuple(name for name in others if name not in validation), tuple(validation))


def agents_of(domain: str, cards: Sequence[Card]) -> list[Card]:
    """Return the agents of a domain; one without a capability that the earlier ones lack is only an alternative."""
    chosen: list[Card] = []
    covered: set[str] = set()
    for card in cards:
        skills = {capability.name for capability in card.capabilities}
        if domain in card.domains and (not chosen or not skills or not skills <= covered):
            chosen.append(card)
            covered |= skills
    return chosen


def home_domain(card: Card) -> str:
    """Return the domain that an agent's work belongs to, whichever domain brought it into the plan."""
    return card.domains[0] if card.domains else card.name


def _check(text: str) -> None:
    if not text.strip():
        raise Refusal(
            "REQUEST_EMPTY", "the request has no text", "request", "Say what you want in a sentence or a list."
        )
    if len(text) > MAX_TEXT:
        raise Refusal("TOO_LARGE", f"the request is longer than {MAX_TEXT} characters", "request", "Shorten it.")


def _strongest_first(asked: Mapping[str, float], cards: Sequence[Card]) -> dict[str, float]:
    """Return the domains that an agent serves, strongest first, by precedence where they are equal."""
    served = {domain for card in cards for domain in card.domains}
    order = sorted(served.intersection(asked), key=lambda domain: (-asked[domain], rank(domain)))
    return {domain: asked[domain] for domain in order}


def _has_targets(domains: Mapping[str, float], requirements: Sequence[Requirement], stated: Sequence[Quantity]) -> bool:
    """True if a performance request states targets that can be measured."""
    return PERFORMANCE in domains and any(map(is_target, stated))


def _dependencies(agents: Agents, cards: Sequence[Card]) -> tuple[tuple[str, str], ...]:
    """Return pairs (agent, agent it depends on), according to the domains that theirs build on."""
    chosen = {agents.primary, *agents.supporting, *agents.validation}
    team = [card for card in cards if card.name in chosen]
    homes = {home_domain(card) for card in team}
    return tuple(
        (card.name, base.name)
        for card in team
        for base in team
        if base is not card and home_domain(base) in builds_on(home_domain(card), homes)
    )


def _pattern(
    text: str,
    domains: Mapping[str, float],
    matches: Sequence[Match],
    dependencies: Sequence[tuple[str, str]],
    agents: Agents,
) -> Pattern:
    if len(large_parts(text, matches, domains)) >= PARTS_OF_A_HIERARCHY:
        return Pattern.HIERARCHICAL
    ordered = any(agent not in agents.validation for agent, _ in dependencies)
    return Pattern.SEQUENTIAL if ordered else Pattern.PARALLEL


def _capabilities_hint(cards: Sequence[Card]) -> str:
    return "The agents can do this: " + " ".join(f"{card.name}: {card.summary}" for card in cards)
