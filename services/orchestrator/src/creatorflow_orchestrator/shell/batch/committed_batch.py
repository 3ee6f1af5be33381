"""A committed batch, and the type of the observers that are called with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from creatorflow.bus import IncomingMessage

from creatorflow_orchestrator.shell.store import Applied, OutboxRow

from .batch_state import BatchState
from .item_fields import saga_of
from .work_queue import Batch, Item, ReceivedMessage


@dataclass(frozen=True, slots=True)
class CommittedBatch:
    """A batch that is in the store."""

    state: BatchState
    lost: frozenset[UUID]
    """New sagas that another replica inserted first: nothing that this batch did to them is stored."""
    deliveries: tuple[IncomingMessage, ...]
    """Deliveries to acknowledge; the others wait for a later batch."""
    outbox: tuple[OutboxRow, ...]
    """The rows to publish, with their ids."""
    sent: tuple[UUID, ...]
    """Ids of the rows that were removed from the outbox."""
    retried: tuple[Item, ...]
    """Items to process again in a moment: of sagas that are busy, or lost."""


Observer = Callable[[CommittedBatch], None]
"""Is called once for each batch after its commit, on the event loop, and returns at once."""


def committed_batch(batch: Batch, state: BatchState, sent: Sequence[UUID], applied: Applied) -> CommittedBatch:
    """Derive from the outcome of the commit which items are done and which are processed again."""
    lost = frozenset(state.effects.new.keys() - applied.inserted)
    retried = (*state.busy_items, *(item for item in batch.items if saga_of(item) in lost))
    waiting = {id(item) for item in (*retried, *state.early_items, *state.deferred_items)}
    deliveries = tuple(
        item.incoming for item in batch.items if isinstance(item, ReceivedMessage) and id(item) not in waiting
    )
    return CommittedBatch(state, lost, deliveries, applied.outbox, tuple(sent), retried)
