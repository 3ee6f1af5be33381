"""The requirements that an item answers: of those that its capability applies to, the ones whose words or facts it has.

If a capability applies to one requirement only, all its items answer that, and no words are compared. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from creatorflow_contracts.v1.output import Statement
from creatorflow_contracts.v1.reading import Fact
from creatorflow_contracts.v1.work import AgentTask

from .unit_conversion import read_fact
from .words import content, names
from .written_numbers import states

MOST_FACTS = 50
"""The most facts of one requirement that are looked for in each item."""


@dataclass(frozen=True)
class Subject:
    """The possible answers of a capability's items: its title, and the requirements it applies to by position.

    `facts` are those that bind one of them alone.
    """

    title: str
    requirements: dict[int, str]
    facts: Mapping[int, tuple[Fact, ...]] = field(default_factory=dict)

    @cached_property
    def wanted(self) -> dict[int, frozenset[str]]:
        """The stems of each requirement by position; an item that answers it shares at least one."""
        title = content(self.title)
        return {position: content(text) | title for position, text in self.requirements.items()}


def answers(text: str, subject: Subject) -> tuple[int, ...]:
    """Return the positions that this text answers."""
    if len(subject.requirements) <= 1:
        return tuple(subject.requirements)
    words = content(text)
    return tuple(
        position
        for position, wanted in subject.wanted.items()
        if words & wanted or any(mentions(text, fact) for fact in subject.facts.get(position, ()))
    )


def facts_by_requirement(task: AgentTask) -> Mapping[int, tuple[Fact, ...]]:
    """Return the facts of a task by the one requirement that they bind, the first of each."""
    bound: dict[int, list[Fact]] = {}
    for fact in task.reading.facts if task.reading else ():
        if len(fact.asks) == 1:
            bound.setdefault(fact.asks[0], []).append(fact)
    return {position: tuple(facts[:MOST_FACTS]) for position, facts in bound.items()}


def mentions(text: str, fact: Fact) -> bool:
    """Return True if a text states a fact: a number with its unit, or the name of a thing."""
    if fact.kind == "quantity":
        number = read_fact(fact)
        return number is not None and states(number, text)
    return names(text, fact.name or fact.text)


def cover(statements: Sequence[Statement], subject: Subject) -> tuple[Statement, ...]:
    """Return the specification in which the first statement also answers the requirements that no other answers."""
    if not statements:
        return ()
    covered = {position for statement in statements for position in statement.answers}
    missing = [position for position in subject.requirements if position not in covered]
    first = statements[0]
    extended = first.model_copy(update={"answers": tuple(sorted({*first.answers, *missing}))})
    return (extended, *statements[1:])
