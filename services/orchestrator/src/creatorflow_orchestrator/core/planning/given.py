"""The constraints that came beside the text: their domains, which no other words of a request decide."""

from __future__ import annotations

from dataclasses import replace

from creatorflow_orchestrator.core.reading.lexicon import Lexicon
from creatorflow_orchestrator.core.request import Constraint, Reading


def with_given_domains(reading: Reading, lexicon: Lexicon) -> Reading:
    """Return the reading in which each given constraint has the domains that its words name."""
    return replace(reading, constraints=tuple(_with_domains(constraint, lexicon) for constraint in reading.constraints))


def _with_domains(constraint: Constraint, lexicon: Lexicon) -> Constraint:
    if not constraint.given or constraint.domains:
        return constraint
    named = dict.fromkeys(domain for match in lexicon.matches(constraint.text) for domain in match.weights)
    return replace(constraint, domains=tuple(named))
