"""The parts of an answer that the request excludes: sections, capabilities, and the words that name them. Pure."""

from __future__ import annotations

from collections.abc import Collection

from creatorflow_contracts.v1.output import SpecialistOutput
from creatorflow_contracts.v1.work import AgentTask

from .playbook import Playbook
from .playbook_sections import OUTPUT_NAMES
from .words import contains, stems

SPECIFIC = 2.0
"""Weight of a phrase that names a capability: "no returns" excludes the one with `return`, "no orders" none."""
_NOT_WANTED = frozenset(("done", "quote", "signature", "greeting"))
"""Kinds of context that speak of something else than the work: what is finished, and what others wrote."""


def excluded_sections(task: AgentTask) -> frozenset[str]:
    """Return the sections of an output that the request does not want, by their names there."""
    if task.reading is None:
        return frozenset()
    named = {section for exclusion in task.reading.exclusions for section in exclusion.sections}
    return frozenset(named & set(OUTPUT_NAMES.values()))


def without(output: SpecialistOutput, sections: Collection[str]) -> SpecialistOutput:
    """Return the output with these sections empty."""
    return output.model_copy(update=dict.fromkeys(sections, ()))


def excludes(task: AgentTask, playbook: Playbook) -> bool:
    """Return True if the request excludes the topic of a capability: its home agent or domain, or by its own phrase."""
    for exclusion in task.reading.exclusions if task.reading else ():
        words = stems(exclusion.text)
        named = any(weight >= SPECIFIC and contains(words, phrase) for phrase, weight in playbook.phrases)
        if named or playbook.head.home in exclusion.agents or playbook.domains & set(exclusion.domains):
            return True
    return False


def wanted_text(text: str, task: AgentTask) -> str:
    """Return a text of the request without the passages that exclude something, and those about something else."""
    if task.reading is None:
        return text
    passages = [exclusion.text for exclusion in task.reading.exclusions]
    passages += [context.text for context in task.reading.context if context.kind in _NOT_WANTED]
    for passage in passages:
        text = text.replace(passage, " ") if passage else text
    return text
