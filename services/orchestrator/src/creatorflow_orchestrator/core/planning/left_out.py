"""Everything that the exclusions of a reading take away from its asks."""

from __future__ import annotations

from dataclasses import dataclass

from creatorflow_orchestrator.core.reading.targets import TESTING
from creatorflow_orchestrator.core.request import TEST_SECTION, Ask, AskKind, Reading


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Domains, agents, kinds of work and sections of an answer that the request does not want."""

    domains: frozenset[str] = frozenset()
    agents: frozenset[str] = frozenset()
    kinds: frozenset[AskKind] = frozenset()
    sections: frozenset[str] = frozenset()

    def domains_of(self, ask: Ask) -> dict[str, float]:
        """Return the domains of an ask that are wanted, with their scores; none if its kind of work is not."""
        if ask.kind in self.kinds:
            return {}
        return {domain: score for domain, score in ask.domains.items() if domain not in self.domains}


def left_out(reading: Reading) -> LeftOut:
    """Collect what the exclusions take away.

    Whoever wants no tests wants no testing agent, no validation and no section of tests, by whichever of these the
    exclusion names them. A kind of work that an exclusion names beside domains ("no changes to billing") is left out
    there only, and these domains are left out anyway.
    """
    domains = {domain for out in reading.exclusions for domain in out.domains}
    kinds = {kind for out in reading.exclusions if not out.domains for kind in out.kinds}
    sections = {section for out in reading.exclusions for section in out.sections}
    if TESTING in domains or TEST_SECTION in sections or AskKind.VERIFY in kinds:
        domains.add(TESTING)
        sections.add(TEST_SECTION)
    agents = {agent for out in reading.exclusions for agent in out.agents}
    return LeftOut(frozenset(domains), frozenset(agents), frozenset(kinds), frozenset(sections))
