"""What waits to be worked on, the most urgent first: commands, then results, then requests.

A batch takes what is there, at most 64 items and 4 MiB, and never waits for more.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from creatorflow.bus import Incoming
from creatorflow_contracts import topology
from creatorflow_contracts.problem import Problem
from creatorflow_contracts.v1.base import Message

from creatorflow_orchestrator.core.events import Event

MAX_ITEMS = 64
MAX_BYTES = 4 * 1024 * 1024
ALONE_AFTER = 3
"""A message delivered so often may be what kills the process: it gets a batch of its own."""

_URGENCY = {
    topology.COMMANDS_QUEUE: 0,
    topology.RESULTS_QUEUE: 1,
    topology.DEAD_LETTERS_QUEUE: 1,
    topology.SUBMIT_QUEUE: 2,
}


@dataclass(frozen=True, slots=True, eq=False)
class Received:
    """A delivery and what the door made of it."""

    incoming: Incoming
    content: Message | Problem


@dataclass(frozen=True, slots=True, eq=False)
class Noticed:
    """Something that happened to a saga without a delivery: a heartbeat, a task that came back unroutable."""

    saga_id: UUID
    event: Event
    outbox_id: UUID | None = None
    """The outbox row that this settles; marked in the same commit."""


Item = Received | Noticed


@dataclass(slots=True)
class Batch:
    """What one transaction handles. `due`: sagas whose time has come are taken too."""

    items: list[Item] = field(default_factory=list)
    due: bool = False
    sent: list[UUID] = field(default_factory=list)
    """Outbox rows that the broker has confirmed."""


class Inbox:
    """Holds items until the next batch; one reader."""

    def __init__(self) -> None:
        self._waiting: tuple[deque[Item], ...] = (deque(), deque(), deque())
        self._alone: deque[Item] = deque()
        self._sent: list[UUID] = []
        self._due = False
        self._news = asyncio.Event()

    def put(self, item: Item) -> None:
        """Add an item."""
        if isinstance(item, Received):
            if item.incoming.delivery.delivery_count >= ALONE_AFTER:
                self._alone.append(item)
            else:
                self._waiting[_URGENCY.get(item.incoming.queue, 1)].append(item)
        else:
            self._waiting[1].append(item)
        self._news.set()

    def note_due(self) -> None:
        """Say that the time of some sagas has come."""
        self._due = True
        self._news.set()

    def note_sent(self, ids: list[UUID]) -> None:
        """Outbox rows to be marked as sent. They ride with the next batch and do not call for one."""
        self._sent.extend(ids)

    def flush(self) -> None:
        """Have a batch even if only sent marks wait for it."""
        if self._sent:
            self._news.set()

    @property
    def unmarked(self) -> int:
        """How many sent marks wait for a batch."""
        return len(self._sent)

    async def take(self) -> Batch:
        """The next batch; waits until there is something."""
        await self._news.wait()
        batch = Batch(self._take_items(), self._due, self._sent)
        self._due, self._sent = False, []
        if not self._alone and not any(self._waiting):
            self._news.clear()
        return batch

    def _take_items(self) -> list[Item]:
        if self._alone and not any(self._waiting[:2]):
            return [self._alone.popleft()]
        items: list[Item] = []
        size = 0
        for queue in self._waiting:
            while queue and len(items) < MAX_ITEMS and size < MAX_BYTES:
                items.append(queue.popleft())
                size += _size(items[-1])
        if not items and self._alone:
            items.append(self._alone.popleft())
        return items


def _size(item: Any) -> int:
    return len(item.incoming.delivery.body) if isinstance(item, Received) else 0
