"""The worker: processes one batch after another; then acknowledges and publishes, beside the next batch.

While one batch commits, the next gathers; while one is published, the next commits. A crash at any point leads to
redelivery, which changes nothing twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from creatorflow.backoff import STORE, retrying
from creatorflow.bus import ack_all
from creatorflow.fault_injection import fault
from creatorflow.logs import get_logger

from creatorflow_orchestrator.shell.batch.committed_batch import CommittedBatch, Observer
from creatorflow_orchestrator.shell.batch.item_fields import fields_of
from creatorflow_orchestrator.shell.batch.work_queue import Batch, Item, WorkQueue
from creatorflow_orchestrator.shell.environment import Environment
from creatorflow_orchestrator.shell.housekeeping.background import BackgroundTasks, report_unavailable
from creatorflow_orchestrator.shell.messaging.outbox_relay import OutboxRelay
from creatorflow_orchestrator.shell.store import Changes, OutboxRow, StoreRefused, StoreUnavailable

from .batch_processor import BatchProcessor, TransactionalStore, Unprocessable
from .refused_items import reduced_item

RETRY_AFTER_S = 0.02
"""Until an item of a busy saga is tried again."""
EARLY_RETRY_S = 0.2
"""Until a command whose saga does not exist yet is tried again."""
POSTPONED = timedelta(minutes=1)
"""For a saga that is due and cannot be processed: a defect, logged each time."""

log = get_logger(__name__)


class Worker:
    """Runs batches, one at a time; `observers` are called in order after the commit of each."""

    def __init__(
        self,
        store: TransactionalStore,
        work_queue: WorkQueue,
        processor: BatchProcessor,
        relay: OutboxRelay,
        observers: Sequence[Observer],
        environment: Environment,
    ) -> None:
        self._store = store
        self._work_queue = work_queue
        self._processor = processor
        self._relay = relay
        self._observers = observers
        self._environment = environment
        self._follow_ups = BackgroundTasks()
        self._stopping = False

    async def run(self) -> None:
        """Process batches until `finish` is called."""
        while not self._stopping:
            await self.process(await self._work_queue.take())

    def finish(self) -> None:
        """Begin no other batch."""
        self._stopping = True
        self._work_queue.wake()

    async def failing(self) -> None:
        """Wait until the follow-up of a batch fails, and raise its error; no such error is expected."""
        await self._follow_ups.failing()

    async def drain(self) -> None:
        """Wait for the acknowledgements and messages of the committed batches, then mark the rows that were sent."""
        await self._follow_ups.finish()
        if sent := self._work_queue.take_sent():
            await self.process(Batch(sent=sent))

    async def process(self, batch: Batch) -> None:
        """Commit a batch and start its follow-up. One that cannot be committed is halved until the culprit is alone.

        Waits while the store is unavailable.
        """
        try:
            try:
                committed = await self._processor.process(batch)
            except StoreUnavailable as error:
                committed = await self._process_again(batch, error)
        except (StoreRefused, Unprocessable) as error:
            await self._halve(batch, error)
        else:
            self._start_follow_up(committed)

    async def _process_again(self, batch: Batch, error: StoreUnavailable) -> CommittedBatch:
        """Process a batch until the store is available.

        A commit that seemed to fail may have been made: its outbox rows are looked for, and sent.
        """
        report_unavailable(error, 0.0)
        try:
            retry = retrying(STORE, StoreUnavailable, report_unavailable)
            committed: CommittedBatch = await retry(self._processor.process, batch)
        except Exception:
            self._follow_ups.start(self._relay.send_pending())
            raise
        self._follow_ups.start(self._relay.send_pending())
        return committed

    async def _halve(self, batch: Batch, error: Exception) -> None:
        items = batch.items
        if batch.due and (items or batch.at_most > 1):
            await self.process(Batch(items, sent=batch.sent))
            await self.process(Batch(due=True, at_most=1))
            self._work_queue.mark_due()
        elif len(items) > 1:
            middle = len(items) // 2
            await self.process(Batch(items[:middle], sent=batch.sent))
            await self.process(Batch(items[middle:]))
        elif items:
            await self._reduce(items[0], batch.sent, error)
        elif batch.due:
            await self._postpone(batch.ticking, error)
        else:
            raise error

    async def _reduce(self, item: Item, sent: list[UUID], error: Exception) -> None:
        """Process the reduced form of an item that cannot be processed: its refusal, or its row in quarantine."""
        kind = type(item).__name__
        log.error("item_unprocessable", **fields_of(item), item=kind, exc_info=error)
        reduced = reduced_item(item, str(error))
        await self.process(Batch([] if reduced is None else [reduced], sent=sent))

    async def _postpone(self, sagas: list[UUID], error: Exception) -> None:
        """Postpone the wake-up of a saga that is due and cannot be processed: it must not be due again at once."""
        for saga_id in sagas:
            log.error("saga_unprocessable", correlation_id=str(saga_id), exc_info=error)
        later = self._environment.now() + POSTPONED
        try:
            async with self._store.transaction() as tx:
                rows = (await tx.load(sagas)).sagas.values()
                await tx.conclude(Changes(saved=tuple(replace(row, wake_at=later) for row in rows)))
        except StoreUnavailable as unavailable:
            log.warning("store_awaited", reason=str(unavailable))

    def _start_follow_up(self, batch: CommittedBatch) -> None:
        if batch.state.deferred_items:
            self._work_queue.put_first(batch.state.deferred_items)
        for observe in self._observers:
            observe(batch)
        self._follow_ups.start(self._follow_up(batch, self._relay.take(batch.outbox)))

    async def _follow_up(self, batch: CommittedBatch, rows: Sequence[OutboxRow]) -> None:
        """Acknowledge and publish; items that must wait are put back later."""
        fault("before_ack")
        loop = asyncio.get_running_loop()
        if batch.retried:
            loop.call_later(RETRY_AFTER_S, self._put_back, batch.retried)
        if batch.state.early_items:
            loop.call_later(EARLY_RETRY_S, self._put_back, batch.state.early_items)
        live = [message for saga_id, message in batch.state.effects.live if saga_id not in batch.lost]
        await asyncio.gather(ack_all(batch.deliveries), self._relay.send(rows), self._relay.publish(live))

    def _put_back(self, items: Sequence[Item]) -> None:
        for item in items:
            self._work_queue.put(item)
