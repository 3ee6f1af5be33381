"""Randomness of a world: it draws how frequent each family of faults is; a family can be left out to shrink."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import TypeVar

FAMILIES = ("network", "agents", "orchestrator", "clock", "clients")
"""Families of faults. `agents`: failures. `clients`: cancels, repeated requests, step commands."""
FREQUENCIES = (0.0, 0.3, 1.0, 1.0, 3.0)

T = TypeVar("T")


class WorldRandom:
    """The seeded random generator of one world."""

    def __init__(self, seed: int, without: frozenset[str] = frozenset()) -> None:
        self._random = Random(f"world {seed}")  # noqa: S311 - to be repeated, not to be secret
        frequencies = {family: self._random.choice(FREQUENCIES) for family in FAMILIES}
        self.frequency = {family: 0.0 if family in without else frequency for family, frequency in frequencies.items()}
        """Factor on the probability of each family's faults."""

    def fault(self, family: str, probability: float) -> bool:
        """Draws if a fault occurs now."""
        return self._random.random() < min(0.9, probability * self.frequency[family])

    def maybe(self, probability: float) -> bool:
        """Draws if something occurs that is no fault."""
        return self._random.random() < probability

    def number(self, low: float, high: float) -> float:
        """Draws a number between the two."""
        return self._random.uniform(low, high)

    def whole(self, low: int, high: int) -> int:
        """Draws a whole number from `low` to `high`, both included."""
        return self._random.randint(low, high)

    def one(self, elements: Sequence[T]) -> T:
        """Draws an element."""
        return elements[int(self._random.random() * len(elements))]

    def weighted(self, weights: dict[T, float]) -> T:
        """Draws a key in proportion to its weight."""
        return self._random.choices(list(weights), list(weights.values()))[0]

    def jitter(self) -> float:
        """Draws a number in [0, 1)."""
        return self._random.random()

    def skewed_ms(self, usual: float, rare: float) -> int:
        """Draws milliseconds: mostly up to `usual`, in 5 % up to `rare`."""
        return int(self.number(0, rare if self._random.random() < 0.05 else usual))
