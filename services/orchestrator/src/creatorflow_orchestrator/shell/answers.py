"""What every answer has to keep to: a size that its receiver takes, and keys no more than its door counts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from pydantic import BaseModel

from creatorflow_orchestrator.translate.reduction import MAX_KEYS, weigh

MAX_ANSWER = 512 * 1024
"""Bytes of the parts of one answer; `more` says that there are others."""

Part = TypeVar("Part", bound=BaseModel)


def within(parts: Iterable[Part], there_are: int) -> tuple[tuple[Part, ...], bool]:
    """The first parts, as many as fit an answer and at least one; whether there are more."""
    taken: list[Part] = []
    size = keys = 0
    for part in parts:
        weight = weigh(part.model_dump_json(exclude_none=True).encode())
        size, keys = size + weight.bytes, keys + weight.keys
        if taken and keys > MAX_KEYS:
            break
        taken.append(part)
        if size > MAX_ANSWER:
            break
    return tuple(taken), len(taken) < there_are
