"""The exclusions of a request with what they take away from it, given what its asks are about. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import replace

from creatorflow_orchestrator.core.request import TEST_SECTION, Exclusion

from .asks import Resolved
from .learned import Learned
from .lexicon import ASKED_FOR
from .scoring import Scorer
from .targets import TESTING, Target

_SPOKEN_OF = 0.3
"""Chance from which an ask is about a domain of which no phrase is in it."""
_AGREED = 0.4
"""Chance by which words confirm that an ask is about what a phrase names in it."""
_MOSTLY = 1 / 3
"""Share of the asks from which a request is mostly about a domain."""


def exclusions_of(resolved: Resolved, scorer: Scorer, learned: Learned) -> tuple[Exclusion, ...]:
    """Return the exclusions with what they take away: of a part nothing that asks are about as a whole.

    One in passing gives way to any ask that may be about it; what is left out in so many words only to an ask that is
    plainly about it, or to what the request is mostly about.
    """
    parts = {domain for _, target in resolved.exclusions for domain in target.domains if domain not in target.whole}
    about: Counter[str] = Counter()
    plainly: set[str] = set()
    for ask in resolved.asks if parts else ():
        first = next(iter(ask.domains)) if max(ask.domains.values(), default=0.0) >= ASKED_FOR else None
        chances = learned.words.chances(scorer.features([(ask.start, ask.end)], ask.domains))
        about.update(domain for domain in parts if domain == first or chances.get(domain, 0.0) >= _SPOKEN_OF)
        plainly.update(domain for domain in parts if domain == first and chances.get(domain, 1.0) >= _AGREED)
    plainly.update(domain for domain, asks in about.items() if asks >= _MOSTLY * len(resolved.asks))
    return tuple(
        _filled(exclusion, target, target.whole | (parts - (about.keys() if target.passing else plainly)))
        for exclusion, target in resolved.exclusions
    )


def _filled(exclusion: Exclusion, target: Target, free: Collection[str]) -> Exclusion:
    """Return an exclusion with what it takes away: of its domains those that are free for it.

    "No penetration test" beside asks for tests leaves the answer its section of tests.
    """
    domains = tuple(domain for domain in target.domains if domain in free)
    agents = target.agents if domains == target.domains else ()
    tested = TESTING in target.domains and TESTING not in domains
    sections = tuple(section for section in target.sections if not (tested and section == TEST_SECTION))
    return replace(exclusion, domains=domains, agents=agents, kinds=target.kinds, sections=sections)
