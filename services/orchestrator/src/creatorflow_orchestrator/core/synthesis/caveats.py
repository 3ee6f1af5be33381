"""What the answers of all steps assume, and which constraints they do not keep: equal ones once, with all sources."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .merging import normalised
from .synthesis_values import (
    Assumption,
    CombinedAssumption,
    CombinedNotHonoured,
    Contribution,
    NotHonoured,
    Source,
)


def merge_assumptions(contributions: Sequence[Contribution]) -> tuple[CombinedAssumption, ...]:
    """Return the assumptions in plan order. Of equal ones the first says how to state it, if it says so at all."""
    first: dict[tuple[str, str], Assumption] = {}
    sources: dict[tuple[str, str], dict[Source, None]] = {}
    for contribution in contributions:
        for assumption in contribution.output.assumptions:
            key = normalised(assumption.text), normalised(assumption.subject)
            known = first.setdefault(key, assumption)
            if not known.state_it:
                first[key] = replace(known, state_it=assumption.state_it)
            sources.setdefault(key, {})[contribution.source] = None
    return tuple(CombinedAssumption(assumption, tuple(sources[key])) for key, assumption in first.items())


def merge_not_honoured(contributions: Sequence[Contribution]) -> tuple[CombinedNotHonoured, ...]:
    """Return the constraints that are not kept, in plan order."""
    first: dict[tuple[str, str], NotHonoured] = {}
    sources: dict[tuple[str, str], dict[Source, None]] = {}
    for contribution in contributions:
        for kept in contribution.output.not_honoured:
            key = normalised(kept.constraint), normalised(kept.reason)
            first.setdefault(key, kept)
            sources.setdefault(key, {})[contribution.source] = None
    return tuple(CombinedNotHonoured(kept, tuple(sources[key])) for key, kept in first.items())
