"""The analysis of a request, on its reading: domains, agents, their order and complexity. No model.

Domains are those of the asks, and so are the agents: what an exclusion takes away, or what is only mentioned, starts
nobody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from creatorflow_orchestrator.core.errors import Refusal
from creatorflow_orchestrator.core.plan import Analysis, Card
from creatorflow_orchestrator.core.reading.knowledge import NO_KNOWLEDGE, Knowledge
from creatorflow_orchestrator.core.reading.packing import packed
from creatorflow_orchestrator.core.reading.reader import lexicon_of, read
from creatorflow_orchestrator.core.request import Reading

from .agents import Wanted, answering_agents, choose_agents, strongest_first, wanted_domains
from .asked_text import AskedText
from .conditional import Branch, find_branches
from .data_flow import dependencies
from .domains import PERFORMANCE
from .follow_up import with_follow_up
from .given import with_given_domains
from .hierarchical import large_parts
from .indicators import complexity, indicators
from .iterative import MAX_REPETITIONS, Repetition, find_repetitions
from .left_out import LeftOut, left_out
from .target_figures import given_quantities, is_target, quantity_of
from .task_text import flat
from .team import team_of

MAX_TEXT = 64 * 1024  # characters
_QUOTED = 120  # characters of an ask that a hint repeats
_MAX_NAMED = 20  # asks that a hint names


def analyze(
    text: str, cards: tuple[Card, ...], constraints: tuple[str, ...] = (), knowledge: Knowledge = NO_KNOWLEDGE
) -> Analysis:
    """Read and analyse a request; `constraints` bind its work and choose no agents.

    Raises Refusal: REQUEST_EMPTY, TOO_LARGE, or NO_AGENT_MATCHES, whose hint names each ask and lists the agents; and
    what the reader refuses.
    """
    _check(text)
    reading = packed(text, read(text, cards, constraints, knowledge))
    return analyze_reading(text, with_given_domains(reading, lexicon_of(cards)), cards)


def analyze_reading(text: str, reading: Reading, cards: tuple[Card, ...]) -> Analysis:
    """Analyse the reading of a request. Raises Refusal: NO_AGENT_MATCHES."""
    out = left_out(reading)
    wanted = wanted_domains(reading, out, cards)
    domains = strongest_first(wanted)
    if not domains:
        raise _nobody(reading, cards)
    asked = AskedText(text, reading)
    branches = find_branches(asked, reading)
    repetitions = find_repetitions(asked, reading, branches)[:MAX_REPETITIONS]
    parts = large_parts(asked, reading, wanted)
    agents = choose_agents(domains, cards, out, _is_validated(reading, domains, branches, repetitions) and not parts)
    places = [(branch.start, branch.end) for branch in branches]
    places += [(repetition.start, repetition.end) for repetition in repetitions]
    present = indicators(asked, reading)
    pairs = dependencies(reading, wanted, agents, cards)
    answering = answering_agents(reading, wanted, agents, cards)
    return Analysis(
        reading=reading,
        complexity=complexity(present, len(domains)),
        domains=domains,
        dependencies=pairs,
        agents=agents,
        answering=tuple(with_follow_up(answering, reading, asked, places, team_of(agents, pairs, cards))),
        left_out=_positions_left_out(reading, wanted, out, cards),
        indicators=present,
        in_parts=bool(parts),
    )


def _check(text: str) -> None:
    if not text.strip():
        raise Refusal(
            "REQUEST_EMPTY", "the request has no text", "request", "Say what you want in a sentence or a list."
        )
    if len(text) > MAX_TEXT:
        raise Refusal("TOO_LARGE", f"the request is longer than {MAX_TEXT} characters", "request", "Shorten it.")


def _is_validated(
    reading: Reading, domains: Mapping[str, float], branches: Sequence[Branch], repetitions: Sequence[Repetition]
) -> bool:
    """True if work is judged though no ask names a test: a request about performance states targets that can be
    measured, a condition or repetition depends on tests or a target, or a condition is on the work before it."""
    if any(branch.tested for branch in branches) or any(repetition.tested for repetition in repetitions):
        return True
    begins = min((ask.start for ask in reading.asks if ask.domains), default=0)
    if any(begins < branch.condition[0] and begins < branch.start for branch in branches):
        return True
    stated = (*filter(None, map(quantity_of, reading.facts)), *given_quantities(reading.constraints))
    return PERFORMANCE in domains and any(map(is_target, stated))


def _positions_left_out(reading: Reading, wanted: Wanted, out: LeftOut, cards: Sequence[Card]) -> frozenset[int]:
    """Return the positions of the asks that exclusions take back; an ask that nobody covers is none of them."""
    served = {domain for card in cards for domain in card.domains}
    return frozenset(
        position
        for position, (ask, domains) in enumerate(zip(reading.asks, wanted, strict=True))
        if not domains and (ask.kind in out.kinds or served.intersection(ask.domains))
    )


def _nobody(reading: Reading, cards: Sequence[Card]) -> Refusal:
    """Return the refusal of a request that no agent can answer; its hint names each ask."""
    named = "; ".join(f'"{flat(ask.text, _QUOTED)}"' for ask in reading.asks[:_MAX_NAMED])
    asked = f"No agent covers {named}. " if named else "Nothing in it was read as something to do. "
    summaries = " ".join(f"{card.name}: {card.summary}" for card in cards)
    hint = f"{asked}The agents can do this: {summaries}"
    return Refusal("NO_AGENT_MATCHES", "no agent can answer this request", "request", hint)
