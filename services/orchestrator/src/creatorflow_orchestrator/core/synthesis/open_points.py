"""Suggestions for what a person has to decide: conflicts, contradictions, constraints not kept, assumptions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from creatorflow_orchestrator.core.request import Fact
from creatorflow_orchestrator.core.state.saga_state import Decision

from .decisions import same_value
from .quoting import names, quote
from .synthesis_values import (
    CombinedAssumption,
    CombinedNotHonoured,
    Conflict,
    ConflictKind,
    Contradiction,
    Suggestion,
)


def from_conflict(conflict: Conflict, decisions: Mapping[str, Decision]) -> Iterator[Suggestion]:
    """Suggest to choose between files, to decide a key, or to align the work that an owner's decision overrules."""
    sources = tuple(position.source for position in conflict.positions)
    if conflict.kind is ConflictKind.FILE:
        kept = ", ".join(f"{position.value} (by {position.source.agent})" for position in conflict.positions)
        yield Suggestion(f"Choose one version of {conflict.key}: {kept}", f"conflict: file {conflict.key}", sources)
    elif conflict.resolution is None:
        contributed = ", ".join(f"{position.source.agent} says {position.value}" for position in conflict.positions)
        text = f"Decide {conflict.key}: {contributed}; until then {decisions[conflict.key].value} is in force"
        yield Suggestion(text, f"conflict: {conflict.key}", sources)
    else:
        yield from _alignments(conflict, conflict.resolution)


def _alignments(conflict: Conflict, resolution: str) -> Iterator[Suggestion]:
    """Suggest to align the work of agents that decided otherwise than the owner: they may have built on it."""
    for position in conflict.positions:
        if not same_value(position.value, resolution):
            decided = f"{conflict.key} = {resolution}, as decided by its owner {conflict.resolved_by}"
            text = f"Bring the work of {names([position.source])} in line with {decided}: it decided {position.value}"
            yield Suggestion(text, f"conflict: {conflict.key}", (position.source,))


def from_contradiction(contradiction: Contradiction) -> Suggestion:
    """Suggest to correct an answer that assumes something although the request states it."""
    assumed, sources = contradiction.assumed.assumption, contradiction.assumed.sources
    stated = ", ".join(_stated(fact) for fact in contradiction.facts)
    text = f"Correct the answer of {names(sources)}: it assumes {quote(assumed.text)} although the request states"
    return Suggestion(f"{text} {stated}", f"contradiction: {assumed.subject or quote(assumed.text)}", sources)


def _stated(fact: Fact) -> str:
    return f"{quote(fact.text)} ({fact.role})" if fact.role else quote(fact.text)


def from_not_honoured(kept: CombinedNotHonoured) -> Suggestion:
    """Suggest to decide about a constraint that an answer does not keep."""
    constraint, reason = quote(kept.not_honoured.constraint), quote(kept.not_honoured.reason)
    text = f"Decide about {constraint}, which {names(kept.sources)} does not keep: {reason}"
    return Suggestion(text, f"constraint not kept: {constraint}", kept.sources)


def from_assumption(assumed: CombinedAssumption) -> Suggestion:
    """Suggest to confirm what an answer assumes."""
    assumption = assumed.assumption
    named = assumption.subject.casefold() in assumption.text.casefold()
    subject = "" if named else f" ({quote(assumption.subject)})"
    how = f", or {quote(assumption.state_it)}" if assumption.state_it else ""
    text = f"Confirm {quote(assumption.text)}{subject}, which {names(assumed.sources)} assumes{how}"
    return Suggestion(text, f"assumption: {assumption.subject or quote(assumption.text)}", assumed.sources)
