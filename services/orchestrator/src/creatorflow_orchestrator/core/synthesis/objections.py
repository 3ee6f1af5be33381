"""What stands against an answer: contradictions, constraints not kept, findings, facts that no answer states."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from creatorflow_orchestrator.core.plan import StepType
from creatorflow_orchestrator.core.state.findings import findings, has_passed
from creatorflow_orchestrator.core.state.saga_state import Saga

from .completeness import Objections, items_of
from .judging.judge import Judge
from .merging import normalised
from .questions import concerned, shared_facts
from .synthesis_values import CombinedNotHonoured, Contradiction, Contribution, Source


def objections(
    saga: Saga,
    contributions: Sequence[Contribution],
    contradicted: Sequence[Contradiction],
    not_honoured: Sequence[CombinedNotHonoured],
    judge: Judge,
) -> Objections:
    """Map the position of a requirement to what stands against an answer to it, by name."""
    found: dict[int, list[str]] = {}
    named = (
        *_of_contradictions(saga, contradicted),
        *((at, kept.not_honoured.constraint) for kept in not_honoured for at in _asked_of(saga, kept.sources)),
        *_of_validations(saga, contributions),
        *_of_shared_facts(saga, contributions, judge),
    )
    for position, name in named:
        found.setdefault(position, []).append(name)
    return found


def _of_contradictions(saga: Saga, contradicted: Sequence[Contradiction]) -> Iterator[tuple[int, str]]:
    """Yield the facts beside which a default stands, for those asks that they bind and the step was given."""
    for contradiction in contradicted:
        given = _asked_of(saga, contradiction.assumed.sources)
        for fact in contradiction.facts:
            bound = set(fact.asks) or set(range(len(saga.plan.requirements)))
            yield from ((position, fact.text) for position in sorted(bound & given or set(fact.asks) or given))


def _of_validations(saga: Saga, contributions: Sequence[Contribution]) -> Iterator[tuple[int, str]]:
    """Yield the findings of validations that did not pass, for the requirement that each names."""
    positions = {normalised(text): position for position, text in enumerate(saga.plan.requirements)}
    for contribution in contributions:
        judges = saga.plan.step(contribution.source.step).type is StepType.VALIDATION
        if judges and not has_passed(contribution.output.data):
            for finding in findings(contribution.output.data):
                position = positions.get(normalised(finding.point))
                if position is not None:
                    yield position, finding.figure or finding.text


def _of_shared_facts(saga: Saga, contributions: Sequence[Contribution], judge: Judge) -> Iterator[tuple[int, str]]:
    """Yield the facts that bind several asks and that no item of the whole result states, each for one of these asks.

    It is the first to which an item points: what is missing once is not missing of each.
    """
    reading = saga.definition.reading
    facts = shared_facts(reading) if reading is not None else ()
    if reading is None or not facts or len(reading.asks) != len(saga.plan.requirements):
        return
    items = [(contribution, item) for contribution in contributions for item in items_of(contribution.output)]
    answered = {position for contribution, item in items for position in contribution.answered(item)}
    for fact in judge.unstated(facts, (item for _, item in items)):
        concerns = (position for position in concerned(reading, fact) if position in answered)
        yield from ((position, fact.text) for position in islice(concerns, 1))


def _asked_of(saga: Saga, sources: Sequence[Source]) -> set[int]:
    """Return the requirements that these steps were given."""
    return {position for source in sources for position in saga.plan.step(source.step).requirements}
