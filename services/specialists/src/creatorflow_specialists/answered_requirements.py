"""Which requirements an item answers: those its capability is for and whose words it shares. Pure.

A capability that is for one requirement only says nothing that is not for it: then no words are compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from creatorflow_contracts.v1.output import Statement

from .words import content


@dataclass(frozen=True)
class Subject:
    """What a capability's items may answer: its title, and the requirements it is for by position."""

    title: str
    requirements: dict[int, str]

    @cached_property
    def wanted(self) -> dict[int, frozenset[str]]:
        """Position to the stems of which an item must share one."""
        title = content(self.title)
        return {position: content(text) | title for position, text in self.requirements.items()}


def answers(text: str, subject: Subject) -> tuple[int, ...]:
    """The positions that this text answers."""
    if len(subject.requirements) <= 1:
        return tuple(subject.requirements)
    words = content(text)
    return tuple(position for position, wanted in subject.wanted.items() if words & wanted)


def cover(statements: Sequence[Statement], subject: Subject) -> tuple[Statement, ...]:
    """The specification, its first statement answering whatever no other does: a capability says what it is for."""
    if not statements:
        return ()
    covered = {position for statement in statements for position in statement.answers}
    missing = [position for position in subject.requirements if position not in covered]
    first = statements[0]
    whole = first.model_copy(update={"answers": tuple(sorted({*first.answers, *missing}))})
    return (whole, *statements[1:])
