"""The requirements that a capability applies to, and its score for a task. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from creatorflow_contracts.v1.work import AgentTask

from .playbook import Playbook
from .unit_conversion import Quantities
from .words import Stems, contains, stems

DESCRIPTION_WEIGHT = 0.5
"""A phrase in the task's description counts half: its wording is the planner's, a requirement's is the user's."""
VALIDATION_BONUS = 2.0


def score(task: AgentTask, playbook: Playbook) -> float:
    """Return the capability's score for the task; 0 if it does not apply."""
    texts = [_weight(playbook, _words(text, task)) for text in task.requirements]
    described = DESCRIPTION_WEIGHT * _weight(playbook, _words(task.description, task))
    measured = Quantities(task.quantities).units()
    units = sum(weight for unit, weight in playbook.units.items() if unit in measured)
    bonus = VALIDATION_BONUS if playbook.head.validation and task.type == "validation" else 0.0
    return sum(texts) + described + units + bonus


def applicable(task: AgentTask, playbook: Playbook, others: Iterable[Playbook] = ()) -> dict[int, str]:
    """Return the requirements that the capability applies to: position to text.

    These contain its phrases; for the core capability also those with a phrase of its card to which none of the
    `others` applies.
    """
    own = _positions(task, playbook)
    if playbook.vocabulary:
        words = {n for n, text in enumerate(task.requirements) if _has_vocabulary(playbook, _words(text, task))}
        own |= words.difference(*(_positions(task, other) for other in others if other.name != playbook.name))
    return {position: task.requirements[position] for position in sorted(own)}


def leave_unanswered(task: AgentTask, chosen: Iterable[Playbook], playbook: Playbook) -> bool:
    """Return True if this capability applies to a requirement whose phrases none of the `chosen` has."""
    return not applicable(task, playbook).keys() <= set().union(*(_positions(task, other) for other in chosen))


def _positions(task: AgentTask, playbook: Playbook) -> set[int]:
    return {n for n, text in enumerate(task.requirements) if _weight(playbook, _words(text, task)) > 0}


def _has_vocabulary(playbook: Playbook, text: Stems) -> bool:
    return any(contains(text, phrase) for phrase in playbook.vocabulary)


def _weight(playbook: Playbook, text: Stems) -> float:
    return sum(weight for phrase, weight in playbook.phrases if contains(text, phrase))


def _words(text: str, task: AgentTask) -> Stems:
    """Return the stems of a text without its quantities: a word inside a quantity is no match."""
    for quantity in task.quantities:
        if quantity.text:
            text = text.replace(quantity.text, " ")
    return stems(text)
