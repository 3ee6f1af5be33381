"""What waits to be worked on, the most urgent first: commands, then results, then requests.

A batch takes what is there, at most 64 items and 4 MiB, and never waits for more.
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
"""A message delivered so often may be what kills the process: it gets a batch of its own."""

QUIET_S = 0.05
"""After so long without a batch, sent marks get one of their own."""

REQUESTS = 2
_URGENCY = {
    topology.COMMANDS_QUEUE: 0,
    topology.RESULTS_QUEUE: 1,
    topology.DEAD_LETTERS_QUEUE: 1,
    topology.SUBMIT_QUEUE: REQUESTS,
}


@dataclass(frozen=True, slots=True, eq=False)
class ReceivedMessage:
    """A delivery and what the door made of it."""

    incoming: IncomingMessage
    content: Message | Problem
    attempt: AttemptRef | None = None
    """Whose result this is, where the content is a problem."""


@dataclass(frozen=True, slots=True, eq=False)
class InternalEvent:
    """Something that happened to a saga without a delivery: a heartbeat, a task that came back unroutable."""

    saga_id: UUID
    event: Event
    outbox_id: UUID | None = None
    """The outbox row that this settles; marked in the same commit."""
    progress: TaskProgress | None = None
    """What the heartbeat said of the task, to be told to whoever watches."""


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
    """What one transaction handles. `due`: sagas whose time has come are taken too."""

    items: list[Item] = field(default_factory=list)
    due: bool = False
    sent: list[UUID] = field(default_factory=list)
    """Outbox rows that the broker has confirmed."""
    at_most: int = MAX_ITEMS
    """So many of the sagas whose time has come."""
    ticking: list[UUID] = field(default_factory=list)
    """Those that were found."""


class WorkQueue:
    """Holds items until the next batch; one reader."""

    def __init__(self) -> None:
        self._waiting: tuple[deque[Item], ...] = (deque(), deque(), deque())
        self._alone: deque[ReceivedMessage] = deque()
        self._alone_is_next = True
        self._heard: dict[UUID, InternalEvent] = {}
        self._sent: list[UUID] = []
        self._due = False
        self._quiet: asyncio.TimerHandle | None = None
        self._news = asyncio.Event()

    def put(self, item: Item) -> None:
        """Add an item."""
        if isinstance(item, ReceivedMessage):
            if item.incoming.delivery.delivery_count >= ALONE_AFTER:
                self._alone.append(item)
            else:
                self._waiting[_URGENCY.get(item.incoming.queue, 1)].append(item)
        elif isinstance(item, InternalEvent) and isinstance(item.event, TaskHeartbeat):
            earlier = self._heard.get(item.event.task_id)
            if earlier is None or earlier.event.at < item.event.at:  # the latest is enough, if the store is away long
                self._heard[item.event.task_id] = item
        else:
            self._waiting[1].append(item)
        self._news.set()

    def put_first(self, items: Sequence[Item]) -> None:
        """Give back what a batch had no time for: it is next among its kind."""
        for item in reversed(items):
            if is_request(item):
                self._waiting[REQUESTS].appendleft(item)
            else:
                self.put(item)
        self._news.set()

    def note_due(self) -> None:
        """Say that the time of some sagas has come."""
        self._due = True
        self._news.set()

    def note_sent(self, ids: list[UUID]) -> None:
        """Outbox rows that the broker has: they are marked with the next batch, or soon in one of their own."""
        self._sent.extend(ids)
        if self._quiet is not None:
            self._quiet.cancel()
        self._quiet = asyncio.get_running_loop().call_later(QUIET_S, self._flush)

    def wake(self) -> None:
        """Have a batch even if nothing waits for it."""
        self._news.set()

    def take_sent(self) -> list[UUID]:
        """The sent marks alone."""
        sent, self._sent = self._sent, []
        return sent

    def _flush(self) -> None:
        """Have a batch even if only sent marks wait for it."""
        if self._sent:
            self._news.set()

    async def take(self) -> Batch:
        """The next batch; waits until there is something.

        Nobody's silence ends while a heartbeat waits: sagas are due when all that was heard is in a batch.
        """
        await self._news.wait()
        batch = Batch(self._take_items(), sent=self.take_sent())
        if not self._heard:
            batch.due, self._due = self._due, False
        if not self._alone and not any(self._waiting) and not self._heard:
            self._news.clear()
        return batch

    def _take_items(self) -> list[Item]:
        """What is there. A delivery whose channel is gone is left out: the broker delivers it again."""
        if alone := self._take_alone():
            return alone
        items: list[Item] = []
        while self._heard and len(items) < MAX_ITEMS:
            items.append(self._heard.pop(next(iter(self._heard))))
        size = 0
        for queue in self._waiting:
            while queue and len(items) < MAX_ITEMS and size < MAX_BYTES:
                item = queue.popleft()
                if not (isinstance(item, ReceivedMessage) and item.incoming.void):
                    items.append(item)
                    size += _size(item)
        return items

    def _take_alone(self) -> list[Item]:
        """What may be what kills the process, in every second batch: it waits for nobody for ever, nor anybody for it.

        A process that it does kill has handled some others between two of its lives.
        """
        while self._alone and self._alone[0].incoming.void:
            self._alone.popleft()
        self._alone_is_next = not self._alone_is_next or not (any(self._waiting) or self._heard)
        return [self._alone.popleft()] if self._alone and self._alone_is_next else []


def is_request(item: Item) -> bool:
    """Whether it is what has the most time: a request that was not yet accepted."""
    return isinstance(item, ReceivedMessage) and _URGENCY.get(item.incoming.queue) == REQUESTS


def _size(item: Any) -> int:
    return len(item.incoming.delivery.body) if isinstance(item, ReceivedMessage) else 0
