"""The work queue: items that wait to be processed, the most urgent first: commands, then results, then requests.

A batch takes the items that are there, at most 64 and 4 MiB, and never waits for more.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from creatorflow.bus import IncomingMessage
from creatorflow_contracts import topology
from creatorflow_contracts.problem import Problem
from creatorflow_contracts.v1.base import Message
from creatorflow_contracts.v1.work import TaskProgress

from creatorflow_orchestrator.core.state.events import Event, TaskHeartbeat
from creatorflow_orchestrator.shell.store import OutboxRow
from creatorflow_orchestrator.translate.attempts import AttemptRef

MAX_ITEMS = 64
MAX_BYTES = 4 * 1024 * 1024
ALONE_AFTER = 3
"""A message delivered so often may be the one that kills the process: it gets a batch of its own."""

QUIET_S = 0.05
"""After so long without a batch, the marks of sent rows get one of their own."""

REQUESTS = 2
_URGENCY = {
    topology.COMMANDS_QUEUE: 0,
    topology.RESULTS_QUEUE: 1,
    topology.DEAD_LETTERS_QUEUE: 1,
    topology.SUBMIT_QUEUE: REQUESTS,
}


@dataclass(frozen=True, slots=True, eq=False)
class ReceivedMessage:
    """A delivery with the message that ingress read from it, or the problem."""

    incoming: IncomingMessage
    content: Message | Problem
    attempt: AttemptRef | None = None
    """The attempt whose result this is, where the content is a problem."""


@dataclass(frozen=True, slots=True, eq=False)
class InternalEvent:
    """An event of a saga without a delivery: a heartbeat, a count of consumers, a task that was returned unroutable."""

    saga_id: UUID
    event: Event
    outbox_id: UUID | None = None
    """The outbox row that needs no sending after this event; it is removed in the same commit."""
    progress: TaskProgress | None = None
    """The task's progress in the heartbeat, published to the followers of the request."""


@dataclass(frozen=True, slots=True, eq=False)
class UnsendableRow:
    """An outbox row that can never be sent."""

    row: OutboxRow
    reason: str
    attempt: AttemptRef | None = None
    """The attempt that is lost with it."""


Item = ReceivedMessage | InternalEvent | UnsendableRow


@dataclass(slots=True)
class Batch:
    """The items of one transaction. `due`: sagas whose wake-up has come are processed too."""

    items: list[Item] = field(default_factory=list)
    due: bool = False
    sent: list[UUID] = field(default_factory=list)
    """Outbox rows that the broker has confirmed."""
    at_most: int = MAX_ITEMS
    """Most sagas that are due to process."""
    ticking: list[UUID] = field(default_factory=list)
    """Sagas that were found to be due; set while the batch is processed."""


class WorkQueue:
    """Holds items until the next batch; one reader."""

    def __init__(self) -> None:
        self._waiting: tuple[deque[Item], ...] = (deque(), deque(), deque())
        self._alone: deque[ReceivedMessage] = deque()
        self._alone_is_next = True
        self._heartbeats: dict[UUID, InternalEvent] = {}
        self._sent: list[UUID] = []
        self._due = False
        self._flush_timer: asyncio.TimerHandle | None = None
        self._changed = asyncio.Event()

    def put(self, item: Item) -> None:
        """Add an item."""
        if isinstance(item, ReceivedMessage):
            if item.incoming.delivery.delivery_count >= ALONE_AFTER:
                self._alone.append(item)
            else:
                self._waiting[_URGENCY.get(item.incoming.queue, 1)].append(item)
        elif isinstance(item, InternalEvent) and isinstance(item.event, TaskHeartbeat):
            earlier = self._heartbeats.get(item.event.task_id)
            if earlier is None or earlier.event.at < item.event.at:  # one of a task: the store may be unavailable long
                self._heartbeats[item.event.task_id] = item
        else:
            self._waiting[1].append(item)
        self._changed.set()

    def put_first(self, items: Sequence[Item]) -> None:
        """Put back the items that a batch had no time for: they are the first among their kind."""
        for item in reversed(items):
            if is_request(item):
                self._waiting[REQUESTS].appendleft(item)
            else:
                self.put(item)
        self._changed.set()

    def mark_due(self) -> None:
        """Have the next batch process the sagas that are due."""
        self._due = True
        self._changed.set()

    def mark_sent(self, ids: list[UUID]) -> None:
        """Have outbox rows that the broker has confirmed removed with the next batch, or soon in one of their own."""
        self._sent.extend(ids)
        if self._flush_timer is not None:
            self._flush_timer.cancel()
        self._flush_timer = asyncio.get_running_loop().call_later(QUIET_S, self._flush)

    def wake(self) -> None:
        """Have `take` return a batch even if no item waits."""
        self._changed.set()

    def take_sent(self) -> list[UUID]:
        """Take the ids of the sent rows alone."""
        sent, self._sent = self._sent, []
        return sent

    def _flush(self) -> None:
        """Have `take` return a batch if sent rows wait, even if nothing else does."""
        if self._sent:
            self._changed.set()

    async def take(self) -> Batch:
        """Take the next batch; waits until there is one.

        No silence ends while a heartbeat waits: sagas that are due are processed when no heartbeat is left here.
        """
        await self._changed.wait()
        batch = Batch(self._take_items(), sent=self.take_sent())
        if not self._heartbeats:
            batch.due, self._due = self._due, False
        if not self._alone and not any(self._waiting) and not self._heartbeats:
            self._changed.clear()
        return batch

    def _take_items(self) -> list[Item]:
        """Take the items that are there. A delivery whose channel was lost is left out: the broker redelivers it."""
        if alone := self._take_alone():
            return alone
        items: list[Item] = []
        while self._heartbeats and len(items) < MAX_ITEMS:
            items.append(self._heartbeats.pop(next(iter(self._heartbeats))))
        size = 0
        for queue in self._waiting:
            while queue and len(items) < MAX_ITEMS and size < MAX_BYTES:
                item = queue.popleft()
                if not (isinstance(item, ReceivedMessage) and item.incoming.void):
                    items.append(item)
                    size += _size(item)
        return items

    def _take_alone(self) -> list[Item]:
        """Take an item that may kill the process, in every second batch, so that neither kind of item waits for ever.

        A process that is killed by one has processed some others since its start.
        """
        while self._alone and self._alone[0].incoming.void:
            self._alone.popleft()
        self._alone_is_next = not self._alone_is_next or not (any(self._waiting) or self._heartbeats)
        return [self._alone.popleft()] if self._alone and self._alone_is_next else []


def is_request(item: Item) -> bool:
    """True for a request that was not yet accepted: the least urgent kind."""
    return isinstance(item, ReceivedMessage) and _URGENCY.get(item.incoming.queue) == REQUESTS


def _size(item: Any) -> int:
    return len(item.incoming.delivery.body) if isinstance(item, ReceivedMessage) else 0
