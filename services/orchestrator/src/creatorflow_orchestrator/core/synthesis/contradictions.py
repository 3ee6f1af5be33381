"""Assumptions about something that the request states: a default beside a stated figure of the same subject."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import assert_never

from creatorflow_orchestrator.core.request import Fact, FactKind

from .judging.figure_matches import Figure, Kind, kind_of_number, kind_of_unit
from .judging.name_matches import names
from .judging.passages import Passage
from .judging.words import concepts
from .synthesis_values import Assumption, CombinedAssumption, Contradiction

_RESPONSE_TIME = frozenset(word for text in ("response", "latency", "percentile") for word in concepts(text))
"""Subjects of which each is said for the others: a response time is an answer's, a latency, a percentile."""


def contradictions(assumptions: Sequence[CombinedAssumption], facts: Sequence[Fact]) -> tuple[Contradiction, ...]:
    """Return the assumptions that stand beside facts of the same subject, with another value."""
    return tuple(
        Contradiction(assumed, stated)
        for assumed in assumptions
        if (stated := tuple(_contradicted(assumed.assumption, facts)))
    )


def _contradicted(assumption: Assumption, facts: Sequence[Fact]) -> Iterator[Fact]:
    """Yield the facts of the assumption's subject, unless it uses one of them."""
    same = [fact for fact in facts if _same_subject(assumption, fact)]
    if not any(_uses(assumption, fact) for fact in same):
        yield from same


def _same_subject(assumption: Assumption, fact: Fact) -> bool:
    match fact.kind:
        case FactKind.QUANTITY:
            return _same_figure(assumption, fact)
        case FactKind.NAME:
            subject = concepts(assumption.subject)
            return bool(subject) and subject[-1:] == concepts(fact.category)[-1:]
        case FactKind.DATE | FactKind.TIME:
            return False
        case _:
            assert_never(fact.kind)


def _same_figure(assumption: Assumption, fact: Fact) -> bool:
    """True if the assumption has a number of the fact's kind, and both are about the same thing."""
    numbers = Passage(f"{assumption.text}").numbers
    kind = kind_of_unit(fact.unit)
    if not any(kind_of_number(number) is kind for number in numbers):
        return False
    assumed = _about(f"{assumption.subject} {assumption.text}")
    counted = concepts(fact.unit.partition("/")[0]) if kind in (Kind.COUNT, Kind.RATE) else ()
    return bool(assumed & _about(f"{fact.subject} {' '.join(counted)}"))


def _about(text: str) -> frozenset[str]:
    found = frozenset(concepts(text))
    return found | _RESPONSE_TIME if found & _RESPONSE_TIME else found


def _uses(assumption: Assumption, fact: Fact) -> bool:
    if fact.kind is FactKind.QUANTITY:
        figure = Figure(fact.value or 0.0, fact.unit, frozenset())
        return figure.is_stated_in(Passage(f"{assumption.text} {assumption.subject}"))
    return names(assumption.text, fact)
