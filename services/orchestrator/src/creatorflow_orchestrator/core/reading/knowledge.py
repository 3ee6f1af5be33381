"""What a reader knows besides the agents' cards. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from .learned import NOTHING_LEARNED, Learned
from .names import NO_NAMES, NameIndex


@dataclass(frozen=True, slots=True)
class Knowledge:
    """The vocabulary of named things, and what was learned from examples."""

    names: NameIndex = NO_NAMES
    learned: Learned = NOTHING_LEARNED


NO_KNOWLEDGE = Knowledge()
"""Nothing but the cards."""
