"""The worker: one batch after another, each in one transaction; then its acknowledgements and messages, side by side.

While one batch commits the next gathers, and while one is published the next commits. A crash anywhere means
redelivery, which changes nothing twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Protocol
from uuid import UUID

from creatorflow.bus import IncomingMessage, ack_all
from creatorflow.fault_injection import fault
from creatorflow.logs import get_logger

from creatorflow_orchestrator.shell.batch.batch_state import BatchState
from creatorflow_orchestrator.shell.batch.committed_batch import CommittedBatch, Observer
from creatorflow_orchestrator.shell.batch.item_fields import fields_of, saga_of
from creatorflow_orchestrator.shell.batch.work_queue import (
    Batch,
    InternalEvent,
    Item,
    ReceivedMessage,
    UnsendableRow,
    WorkQueue,
)
from creatorflow_orchestrator.shell.environment import Environment
from creatorflow_orchestrator.shell.housekeeping.background import BackgroundTasks, retry_while_unavailable
from creatorflow_orchestrator.shell.messaging.outbox_relay import OutboxRelay
from creatorflow_orchestrator.shell.store import Applied, Changes, OutboxRow, StoreRefused, StoreUnavailable

from .batch_processor import BatchProcessor, Sagas, Unprocessable
from .refused_items import reduced_item

AGAIN_AFTER_S = 0.02
PATIENT_FOR_S = 0.2
"""Between two looks at a command whose saga may yet come."""
POSTPONED = timedelta(minutes=1)
"""For a saga whose time has come and which cannot be handled: a defect, told in the log each time."""

log = get_logger(__name__)


class Transaction(Sagas, Protocol):
    """What is needed of a transaction: sagas to decide about, and the end."""

    async def conclude(self, changes: Changes) -> Applied: ...


class Transacts(Protocol):
    """What the worker needs of the store."""

    def transaction(self) -> AbstractAsyncContextManager[Transaction]: ...


class Worker:
    """Runs batches, one at a time; `observers` are called in order after the commit of each."""

    def __init__(
        self,
        store: Transacts,
        inbox: WorkQueue,
        deciding: BatchProcessor,
        relay: OutboxRelay,
        observers: Sequence[Observer],
        environment: Environment,
    ) -> None:
        self._store = store
        self._inbox = inbox
        self._deciding = deciding
        self._relay = relay
        self._observers = observers
        self._environment = environment
        self._after = BackgroundTasks()
        self._stopping = False

    async def run(self) -> None:
        """Work until told to `finish`."""
        while not self._stopping:
            await self.work(await self._inbox.take())

    def finish(self) -> None:
        """Begin no other batch."""
        self._stopping = True
        self._inbox.wake()

    async def failing(self) -> None:
        """Raise what kept the outcome of a batch from being told; nothing is known that should."""
        await self._after.failing()

    async def drain(self) -> None:
        """Wait for the acknowledgements and messages of the batches that are committed, then mark what was sent."""
        await self._after.finish()
        if sent := self._inbox.take_sent():
            await self.work(Batch(sent=sent))

    async def work(self, batch: Batch) -> None:
        """Commit a batch and start what follows. One that cannot be is halved until what is guilty is found."""
        try:
            await retry_while_unavailable(partial(self._commit, batch), self._send_pending)
        except (StoreRefused, Unprocessable) as error:
            await self._halve(batch, error)

    async def _halve(self, batch: Batch, error: Exception) -> None:
        items = batch.items
        if batch.due and (items or batch.at_most > 1):
            await self.work(Batch(items, sent=batch.sent))
            await self.work(Batch(due=True, at_most=1))
            self._inbox.note_due()
        elif len(items) > 1:
            middle = len(items) // 2
            await self.work(Batch(items[:middle], sent=batch.sent))
            await self.work(Batch(items[middle:]))
        elif items:
            await self._put_to_rest(items[0], batch.sent, error)
        elif batch.due:
            await self._postpone(batch.ticking, error)
        else:
            raise error

    async def _put_to_rest(self, item: Item, sent: list[UUID], error: Exception) -> None:
        """The one item that cannot be handled."""
        kind = type(item).__name__
        log.error("item_unprocessable", **fields_of(item), item=kind, exc_info=error)
        less = reduced_item(item, str(error))
        await self.work(Batch([] if less is None else [less], sent=sent))

    async def _postpone(self, sagas: list[UUID], error: Exception) -> None:
        """The one saga that cannot be handled though its time has come: it must not call again at once."""
        for saga_id in sagas:
            log.error("saga_unprocessable", correlation_id=str(saga_id), exc_info=error)
        later = self._environment.now() + POSTPONED
        try:
            async with self._store.transaction() as tx:
                rows = (await tx.load(sagas)).sagas.values()
                await tx.conclude(Changes(saved=tuple(replace(row, wake_at=later) for row in rows)))
        except StoreUnavailable as unavailable:
            log.warning("store_awaited", reason=str(unavailable))

    def _send_pending(self) -> None:
        self._after.start(self._relay.send_pending())

    async def _commit(self, batch: Batch) -> None:
        work = self._deciding.begin()
        try:
            async with self._store.transaction() as tx:
                await self._deciding.decide(tx, batch, work)
                sent = _done_with(batch, work)
                applied = await tx.conclude(work.effects.changes(sent))
        except BaseException:
            self._deciding.undone(work)
            raise
        fault("after_commit")
        self._committed(batch, work, sent, applied)

    def _committed(self, batch: Batch, work: BatchState, sent: list[UUID], applied: Applied) -> None:
        """What is ours to follow up. A new saga that another replica inserted first is left to be handled again."""
        lost = frozenset(work.effects.new.keys() - applied.inserted)
        again = [*work.again, *(item for item in batch.items if saga_of(item) in lost)]
        waiting = {id(item) for item in (*again, *work.patient, *work.later)}
        deliveries = _deliveries([item for item in batch.items if id(item) not in waiting])
        if work.later:
            self._inbox.put_first(work.later)
        done = CommittedBatch(work, lost, deliveries, applied.outbox, tuple(sent))
        for observe in self._observers:
            observe(done)
        self._after.start(self._follow_up(done, self._relay.take(done.outbox), again))

    async def _follow_up(self, done: CommittedBatch, rows: Sequence[OutboxRow], again: Sequence[Item]) -> None:
        fault("before_ack")
        if again:
            asyncio.get_running_loop().call_later(AGAIN_AFTER_S, self._put_back, again)
        if done.work.patient:
            asyncio.get_running_loop().call_later(PATIENT_FOR_S, self._put_back, done.work.patient)
        live = [message for saga_id, message in done.work.effects.live if saga_id not in done.lost]
        await asyncio.gather(ack_all(done.deliveries), self._relay.send(rows), self._relay.tell(live))

    def _put_back(self, items: Sequence[Item]) -> None:
        for item in items:
            self._inbox.put(item)


def _done_with(batch: Batch, work: BatchState) -> list[UUID]:
    """Outbox rows that need no (further) sending."""
    waiting = {id(item) for item in (*work.again, *work.later)}
    handled = [item for item in batch.items if id(item) not in waiting]
    returned = [item.outbox_id for item in handled if isinstance(item, InternalEvent) and item.outbox_id]
    unsent = [item.row.id for item in handled if isinstance(item, UnsendableRow) and item.row.id]
    return batch.sent + returned + unsent


def _deliveries(items: list[Item]) -> tuple[IncomingMessage, ...]:
    return tuple(item.incoming for item in items if isinstance(item, ReceivedMessage))
