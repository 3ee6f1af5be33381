"""What every answer has to keep to: a size that its receiver takes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from pydantic import BaseModel

MAX_ANSWER = 512 * 1024
"""Characters of the parts of one answer; `more` says that there are others."""

Part = TypeVar("Part", bound=BaseModel)


def within(parts: Iterable[Part], there_are: int) -> tuple[tuple[Part, ...], bool]:
    """The first parts, as many as fit an answer and at least one; whether there are more."""
    taken: list[Part] = []
    size = 0
    for part in parts:
        taken.append(part)
        size += len(part.model_dump_json())
        if size > MAX_ANSWER:
            break
    return tuple(taken), len(taken) < there_are
