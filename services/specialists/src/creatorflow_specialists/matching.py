"""Which requirements a capability is for, and how strongly a task calls for it. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from creatorflow_contracts.v1.work import AgentTask

from .playbook import Playbook
from .quantities import Quantities
from .words import Stems, contains, stems

DESCRIPTION_WEIGHT = 0.5
"""A phrase in the task's description counts half: it is the planner's wording, the requirement is the user's."""
VALIDATION_BONUS = 2.0


def score(task: AgentTask, playbook: Playbook) -> float:
    """How strongly the task calls for the capability; 0 is not at all."""
    texts = [_weight(playbook, _words(text, task)) for text in task.requirements]
    described = DESCRIPTION_WEIGHT * _weight(playbook, _words(task.description, task))
    measured = Quantities(task.quantities).units()
    units = sum(weight for unit, weight in playbook.units.items() if unit in measured)
    bonus = VALIDATION_BONUS if playbook.head.validation and task.type == "validation" else 0.0
    return sum(texts) + described + units + bonus


def applicable(task: AgentTask, playbook: Playbook) -> dict[int, str]:
    """The requirements whose words the capability is for, those of its card's vocabulary included: position to text."""
    return {position: text for position, text in enumerate(task.requirements) if _is_for(playbook, _words(text, task))}


def leave_something(task: AgentTask, chosen: Iterable[Playbook], playbook: Playbook) -> bool:
    """Whether the chosen capabilities are not for all the requirements that this one is for."""
    covered = {position for each in chosen for position in applicable(task, each)}
    return not set(applicable(task, playbook)) <= covered


def _is_for(playbook: Playbook, text: Stems) -> bool:
    return _weight(playbook, text) > 0 or any(contains(text, phrase) for phrase in playbook.vocabulary)


def _weight(playbook: Playbook, text: Stems) -> float:
    return sum(weight for phrase, weight in playbook.phrases if contains(text, phrase))


def _words(text: str, task: AgentTask) -> Stems:
    """The stems of a text without its quantities: a word inside a quantity is no match."""
    for quantity in task.quantities:
        if quantity.text:
            text = text.replace(quantity.text, " ")
    return stems(text)
