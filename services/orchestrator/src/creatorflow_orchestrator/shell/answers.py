"""What every answer has to keep to: a size that its receiver takes, and keys no more than its door counts."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import takewhile
from typing import TypeVar

from pydantic import BaseModel

from creatorflow_orchestrator.translate.reduction import MAX_KEYS, Weight, weigh

MAX_ANSWER = 512 * 1024
"""Bytes of the parts of one answer; `more` says that there are others."""

Part = TypeVar("Part", bound=BaseModel)


class Room:
    """What an answer has left for its parts. The first has room, whatever its size."""

    def __init__(self) -> None:
        self._left = Weight(MAX_ANSWER, MAX_KEYS)
        self._is_empty = True

    def has(self, part: BaseModel) -> bool:
        """Whether one more part fits; if so it is in."""
        self._left.take(weigh(part.model_dump_json(exclude_none=True).encode()))
        fits = self._is_empty or (self._left.bytes >= 0 and self._left.keys >= 0)
        self._is_empty = False
        return fits


def within(parts: Iterable[Part], there_are: int) -> tuple[tuple[Part, ...], bool]:
    """The first parts, as many as fit an answer; whether there are more."""
    taken = tuple(takewhile(Room().has, parts))
    return taken, len(taken) < there_are
