"""The requirements that a capability applies to, and its score for a task. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from creatorflow_contracts.v1.work import AgentTask

from .answered_requirements import facts_by_requirement
from .exclusions import wanted_text
from .playbook import Playbook
from .quantities import quantities_of
from .unit_conversion import read_fact
from .words import Stems, contains, stems

DESCRIPTION_WEIGHT = 0.5
"""A phrase in the task's description counts half: its wording is the planner's, a requirement's is the user's."""
VALIDATION_BONUS = 2.0
MEASURED = 1.0
"""Weight of the units of an ask's figures from which a capability applies to it without any of its phrases."""


def score(task: AgentTask, playbook: Playbook, excluded: bool = False) -> float:
    """Return the capability's score for the task; 0 if it does not apply, `excluded` ones by requirements alone."""
    texts = [_weight(playbook, _words(text, task)) for text in task.requirements]
    if excluded:
        return sum(texts)
    described = DESCRIPTION_WEIGHT * _weight(playbook, _words(task.description, task))
    measured = quantities_of(task).units()
    units = sum(weight for unit, weight in playbook.units.items() if unit in measured)
    bonus = VALIDATION_BONUS if playbook.head.validation and task.type == "validation" else 0.0
    kinds = sum(playbook.head.applies.kinds.get(ask.kind, 0.0) for ask in task.reading.asks) if task.reading else 0.0
    return sum(texts) + described + units + kinds + bonus


def applicable(task: AgentTask, playbook: Playbook, others: Iterable[Playbook] = ()) -> dict[int, str]:
    """Return the requirements that the capability applies to: position to text.

    These contain its phrases, are of its kind of work, or have a figure or a named thing of what it is about. For the
    core capability also those with a phrase of its card to which none of the `others` applies.
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
    spoken = {n for n, text in enumerate(task.requirements) if _weight(playbook, _words(text, task)) > 0}
    of_kind = playbook.head.applies.kinds
    asks = task.reading.asks[: len(task.requirements)] if of_kind and task.reading else ()
    return spoken | _measured(task, playbook) | {n for n, ask in enumerate(asks) if ask.kind in of_kind}


def _measured(task: AgentTask, playbook: Playbook) -> set[int]:
    """Return the positions of the asks with a figure or a named thing of their own that the capability is about."""
    found: dict[int, float] = {}
    for position, facts in facts_by_requirement(task).items():
        numbers = [number for fact in facts if fact.kind == "quantity" and (number := read_fact(fact))]
        about = {stem for fact in facts for stem in stems(fact.category)}
        about.update(*(number.about | {number.kind} for number in numbers))
        found[position] = sum(weight for unit, weight in playbook.units.items() if unit in about)
    return {n for n, weight in found.items() if weight >= MEASURED and n < len(task.requirements)}


def _has_vocabulary(playbook: Playbook, text: Stems) -> bool:
    return any(contains(text, phrase) for phrase in playbook.vocabulary)


def _weight(playbook: Playbook, text: Stems) -> float:
    return sum(weight for phrase, weight in playbook.phrases if contains(text, phrase))


def _words(text: str, task: AgentTask) -> Stems:
    """Return the stems of a text without its quantities, in which a word is no match, and without what it excludes."""
    text = wanted_text(text, task)
    for quantity in task.quantities:
        if quantity.text:
            text = text.replace(quantity.text, " ")
    return stems(text)
