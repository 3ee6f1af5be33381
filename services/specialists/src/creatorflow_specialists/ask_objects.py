"""The object of an ask in the items that answer it, in the request's words. Pure.

An item that speaks of most of an object takes it as its label, where the capability's text has the rest of it too. An
object that the text does not have is not named: an ask is not answered by an echo.
"""

from __future__ import annotations

from collections.abc import Sequence

from creatorflow_contracts.v1.output import SpecialistOutput, Statement
from creatorflow_contracts.v1.work import AgentTask

from .playbook_sections import OUTPUT_NAMES
from .safe_text import one_line
from .words import content

_LONGEST = 80
_MOST_OF_IT = 2 / 3


def name_objects(task: AgentTask, output: SpecialistOutput) -> tuple[Statement, ...]:
    """Return the specification of a capability's output, of which one item names the object of each ask it answers."""
    named = list(output.technical_specifications)
    asks = task.reading.asks if task.reading and named else ()
    known = content(" ".join(item.text for section in OUTPUT_NAMES.values() for item in getattr(output, section)))
    for position, ask in enumerate(asks):
        words = content(ask.object)
        at = _nearest(named, position, words) if words <= known and len(ask.object) <= _LONGEST else None
        if at is not None:
            label = one_line(ask.object).rstrip(".:;,")
            named[at] = named[at].model_copy(update={"text": f"{label[:1].upper()}{label[1:]}: {named[at].text}"})
    return tuple(named)


def _nearest(statements: Sequence[Statement], position: int, words: frozenset[str]) -> int | None:
    """Return the item for the position that shares most words with the object; None if one has all, or none most."""
    shared = {at: len(words & content(item.text)) for at, item in enumerate(statements) if position in item.answers}
    best = max(shared, key=lambda at: shared[at], default=None)
    return best if best is not None and _MOST_OF_IT * len(words) <= shared[best] < len(words) else None
