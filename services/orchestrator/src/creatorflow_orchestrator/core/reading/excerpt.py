"""The part of a reading that concerns one step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from creatorflow_orchestrator.core.plan import Step
from creatorflow_orchestrator.core.request import Passage, Reading

_Element = TypeVar("_Element", bound=Passage)


def excerpt(reading: Reading, step: Step) -> Reading:
    """Return a step's asks in the order of its requirements, with their facts, attachments and constraints, and the
    exclusions that bind it. Positions count within the excerpt; places are those in the request.

    A fact of other asks that the step is given all the same binds all asks of the excerpt.
    """
    asks = [reading.asks[position] for position in step.requirements]
    place = {position: at for at, position in enumerate(step.requirements)}
    files = tuple(dict.fromkeys(position for ask in asks for position in ask.attachments))
    file_place = {position: at for at, position in enumerate(files)}
    return Reading(
        language=reading.language,
        asks=tuple(replace(ask, attachments=tuple(file_place[at] for at in ask.attachments)) for ask in asks),
        exclusions=_at(reading.exclusions, step.concern.exclusions),
        facts=tuple(
            replace(fact, asks=tuple(place[position] for position in fact.asks if position in place))
            for fact in _at(reading.facts, step.concern.facts)
        ),
        constraints=_at(reading.constraints, step.concern.constraints),
        attachments=_at(reading.attachments, files),
    )


def _at(elements: Sequence[_Element], positions: Sequence[int]) -> tuple[_Element, ...]:
    return tuple(elements[position] for position in positions)
