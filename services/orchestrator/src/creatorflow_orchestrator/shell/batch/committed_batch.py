"""A committed batch, and who is told of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from creatorflow.bus import IncomingMessage

from creatorflow_orchestrator.shell.store import OutboxRow

from .batch_state import BatchState


@dataclass(frozen=True, slots=True)
class CommittedBatch:
    """A batch that is in the store."""

    work: BatchState
    lost: frozenset[UUID]
    """New sagas that another replica inserted first: nothing of what this batch did to them is stored."""
    deliveries: tuple[IncomingMessage, ...]
    """Those that are done with; the others wait for a later batch."""
    outbox: tuple[OutboxRow, ...]
    """The rows that are to be sent, with their ids."""
    sent: tuple[UUID, ...]
    """The rows that the outbox has no more."""


Observer = Callable[[CommittedBatch], None]
"""Is called once for each batch after its commit, on the event loop, and returns at once."""
