"""What cutting and judging clauses ask of the cards' phrases and of the named things in a text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from .tokens import Token


class Domains(Protocol):
    """Knows the domains of a clause, and which words of the text are one phrase of a card."""

    def clause(self, items: Sequence[Token]) -> Mapping[str, float]:
        """Return the domains of a clause, with their scores."""
        ...

    def inside(self, place: int) -> bool:
        """True if a place of the text is inside a phrase."""
        ...

    def names(self, items: Sequence[Token]) -> frozenset[str]:
        """Return the categories of the named things that words consist of; none if they say more."""
        ...

    def excludable(self, items: Sequence[Token], whole: bool) -> bool:
        """True if words name something that an agent does or an answer contains; `whole`: and nothing but that."""
        ...
