"""The requirements that an item answers: those its capability applies to and whose words it shares. Pure.

If a capability applies to one requirement only, all its items answer that, and no words are compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from creatorflow_contracts.v1.output import Statement

from .words import content


@dataclass(frozen=True)
class Subject:
    """The possible answers of a capability's items: its title, and the requirements it applies to by position."""

    title: str
    requirements: dict[int, str]

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
    return tuple(position for position, wanted in subject.wanted.items() if words & wanted)


def cover(statements: Sequence[Statement], subject: Subject) -> tuple[Statement, ...]:
    """Return the specification in which the first statement also answers the requirements that no other answers."""
    if not statements:
        return ()
    covered = {position for statement in statements for position in statement.answers}
    missing = [position for position in subject.requirements if position not in covered]
    first = statements[0]
    extended = first.model_copy(update={"answers": tuple(sorted({*first.answers, *missing}))})
    return (extended, *statements[1:])
