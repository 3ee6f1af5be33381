"""The sagas that an item is about, which are locked and read before it is applied; and its fields for the log."""

from __future__ import annotations

from uuid import UUID

from creatorflow.logs import trace_of
from creatorflow_contracts.problem import Problem
from creatorflow_contracts.v1.request import RequestSubmitted

from creatorflow_orchestrator.shell.store import OutboxRow

from .work_queue import InternalEvent, Item, ReceivedMessage, UnsendableRow


def parent_of(item: Item) -> UUID | None:
    """The saga that a request names as its parent."""
    message = item.content if isinstance(item, ReceivedMessage) else None
    return message.parent.correlation_id if isinstance(message, RequestSubmitted) and message.parent else None


def fields_of(item: Item) -> dict[str, str]:
    """Log fields that relate an item to its saga and its trace."""
    saga_id = saga_of(item)
    saga = {} if saga_id is None else {"correlation_id": str(saga_id)}
    if isinstance(item, ReceivedMessage):
        return saga | trace_of(item.incoming.delivery.headers)
    return saga | row_fields(item.row) if isinstance(item, UnsendableRow) else saga


def row_fields(row: OutboxRow) -> dict[str, str]:
    """Log fields that relate a message of ours to its saga and its trace."""
    saga = {} if row.saga_id is None else {"correlation_id": str(row.saga_id)}
    return {"type": row.type, **saga, **trace_of(row.headers)}


def saga_of(item: Item) -> UUID | None:
    """The saga that an item is about; `None` where none is known."""
    if isinstance(item, InternalEvent):
        return item.saga_id
    if isinstance(item, UnsendableRow) or isinstance(item.content, Problem):
        return None if item.attempt is None else item.attempt.saga_id
    return getattr(item.content, "correlation_id", None)
