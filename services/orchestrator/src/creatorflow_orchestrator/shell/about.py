"""Which sagas an item is about: they are locked and read before it happens."""

from __future__ import annotations

from uuid import UUID

from creatorflow_contracts.problem import Problem
from creatorflow_contracts.v1.request import RequestSubmitted

from .inbox import Item, Noticed, Received, Unsent


def parent_of(item: Item) -> UUID | None:
    """The saga whose child a request says it is."""
    message = item.content if isinstance(item, Received) else None
    return message.parent.correlation_id if isinstance(message, RequestSubmitted) and message.parent else None


def saga_of(item: Item) -> UUID | None:
    """The saga that an item is about; `None` where none is known."""
    if isinstance(item, Noticed):
        return item.saga_id
    if isinstance(item, Unsent) or isinstance(item.content, Problem):
        return None if item.attempt is None else item.attempt.saga_id
    return getattr(item.content, "correlation_id", None)
