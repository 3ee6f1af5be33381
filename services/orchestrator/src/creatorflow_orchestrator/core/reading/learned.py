"""What the reader learned from labelled examples, as weights. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .word_weights import NO_WEIGHTS, WordWeights


@dataclass(frozen=True, slots=True)
class Learned:
    """The weights of words, of the features of a clause and of the evidence for a domain, and what is likely enough."""

    words: WordWeights = NO_WEIGHTS
    clauses: WordWeights = NO_WEIGHTS
    evidence: Mapping[str, float] = field(default_factory=dict)
    least: float = 0.5
    """The chance from which a request is about a domain."""
    floor: float = 0.5
    """The chance from which a request that is about nothing else is about its likeliest domain."""
    broad: float = 0.5
    """The chance from which a request that is about many domains is about one more."""


NOTHING_LEARNED = Learned()
"""No weights: then each ask has the domains of the cards' phrases in it."""
