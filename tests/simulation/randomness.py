"""Chance, and how much of it: each world draws how stormy it is, and a family of faults can be left out to shrink."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import TypeVar

FAMILIES = ("network", "agents", "orchestrator", "clock", "clients")
"""Of faults. `agents`: they fail. `clients`: they cancel, ask twice, meddle with steps."""
STORMS = (0.0, 0.3, 1.0, 1.0, 3.0)

T = TypeVar("T")


class Chance:
    """The dice of one world."""

    def __init__(self, seed: int, without: frozenset[str] = frozenset()) -> None:
        self._random = Random(f"world {seed}")  # noqa: S311 - to be repeated, not to be secret
        storms = {family: self._random.choice(STORMS) for family in FAMILIES}
        self.storm = {family: 0.0 if family in without else storm for family, storm in storms.items()}
        """How many times as likely as usual each family's faults are."""

    def fault(self, family: str, probability: float) -> bool:
        """Whether a fault happens now."""
        return self._random.random() < min(0.9, probability * self.storm[family])

    def maybe(self, probability: float) -> bool:
        """Whether something happens that is no fault."""
        return self._random.random() < probability

    def number(self, low: float, high: float) -> float:
        """Any number between the two."""
        return self._random.uniform(low, high)

    def whole(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return self._random.randint(low, high)

    def one(self, things: Sequence[T]) -> T:
        """One of them."""
        return things[int(self._random.random() * len(things))]

    def weighted(self, weights: dict[T, float]) -> T:
        """One of them, as likely as its weight says."""
        return self._random.choices(list(weights), list(weights.values()))[0]

    def jitter(self) -> float:
        """In [0, 1)."""
        return self._random.random()

    def skewed_ms(self, usual: float, rare: float) -> int:
        """Mostly within the usual, sometimes up to the rare."""
        return int(self.number(0, rare if self._random.random() < 0.05 else usual))
