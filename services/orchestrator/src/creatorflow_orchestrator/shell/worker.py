"""The worker: one batch after another, each in one transaction; then its acknowledgements and messages, side by side.

While one batch commits the next gathers, and while one is published the next commits. A crash anywhere means
redelivery, which changes nothing twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from creatorflow.bus import Incoming, Outgoing, ack_all
from creatorflow.faults import fault
from creatorflow.logs import get_logger
from tenacity import AsyncRetrying, retry_if_exception_type, wait_exponential_jitter

from creatorflow_orchestrator.core.commands import Conclude, DispatchTask
from creatorflow_orchestrator.translate.work import Outputs

from .clock import Clock, utc_now
from .codec import Held, decode
from .effects import Effects
from .handler import Handler, Work, saga_of
from .inbox import Batch, Inbox, Item, Noticed, Received
from .outputs import OutputCache
from .relay import Relay
from .store import Applied, OutboxRow, Store, StoreRefused, StoreUnavailable, Transaction

MAX_DUE = 64
AGAIN_AFTER_S = 0.02
QUIET_S = 0.05
"""After so long without a batch, sent marks get one of their own."""
MAX_TAKEN = 20_000
"""Rows on their way to the broker, or not marked as sent, before the worker waits."""

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Committed:
    """What a committed batch leaves to be done."""

    deliveries: tuple[Incoming, ...]
    rows: tuple[OutboxRow, ...]
    live: tuple[Outgoing, ...]
    asked_again: tuple[tuple[str, UUID], ...]
    again: tuple[Item, ...]


class Worker:
    """Runs batches, one at a time.

    `listening_ms` tells for how long heartbeats could have been heard; `answer_again` sends a final saga's result once
    more to who asks for it.
    """

    def __init__(
        self,
        store: Store,
        inbox: Inbox,
        handler: Handler,
        relay: Relay,
        clock: Clock,
        listening_ms: Callable[[], float],
        answer_again: Callable[[str, UUID], None],
    ) -> None:
        self._store = store
        self._inbox = inbox
        self._handler = handler
        self._relay = relay
        self._clock = clock
        self._listening_ms = listening_ms
        self._answer_again = answer_again
        self._outputs = OutputCache()
        self._after: set[asyncio.Task[None]] = set()
        self._quiet: asyncio.TimerHandle | None = None

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            batch = await self._inbox.take()
            await self.work(batch)
            if self._relay.taken > MAX_TAKEN:
                await asyncio.wait(self._after)

    async def drain(self) -> None:
        """Wait for the acknowledgements and messages of the batches that are committed, then mark what was sent."""
        if self._quiet is not None:
            self._quiet.cancel()
        if self._after:
            await asyncio.wait(self._after)
        if self._inbox.unmarked:
            self._inbox.flush()
            await self.work(await self._inbox.take())

    async def work(self, batch: Batch) -> None:
        """Commit a batch and start what follows. A batch that the store refuses is halved until one is found."""
        try:
            committed = await self._commit_patiently(batch)
        except StoreRefused as error:
            await self._halve(batch, error)
            return
        self._start(self._follow_up(committed))

    async def _halve(self, batch: Batch, error: StoreRefused) -> None:
        items = batch.items
        if len(items) > 1:
            middle = len(items) // 2
            await self.work(Batch(items[:middle], batch.due, batch.sent))
            await self.work(Batch(items[middle:]))
        elif items:
            log.error("item_refused_by_store", correlation_id=str(saga_of(items[0])), reason=str(error))
            await self._quarantine(items[0], batch, str(error))
        else:
            raise error

    async def _quarantine(self, item: Item, batch: Batch, reason: str) -> None:
        """Put to rest the one item that the store refuses; its saga stays as it was."""
        effects = Effects(utc_now())
        if isinstance(item, Received):
            self._handler.unstorable(item, effects, reason)
        async with self._store.transaction() as tx:
            await tx.conclude(effects.changes(batch.sent))
        self._relay.marked(batch.sent)
        self._start(self._follow_up(Committed(_deliveries([item]), (), tuple(m for _, m in effects.live), (), ())))

    async def _commit_patiently(self, batch: Batch) -> Committed:
        """While the store is away the batch is kept, and tried again."""
        async for attempt in AsyncRetrying(
            retry=retry_if_exception_type(StoreUnavailable), wait=wait_exponential_jitter(0.1, max=5.0, jitter=0.1)
        ):
            with attempt:
                number = attempt.retry_state.attempt_number
                if number > 1:
                    log.warning("store_awaited", attempt=number)
                committed = await self._commit(batch)
                if number > 1:  # a commit that failed may have happened all the same: its rows wait in the outbox
                    self._start(self._relay.send_pending())
                return committed
        raise AssertionError("tenacity tries for ever")

    async def _commit(self, batch: Batch) -> Committed:
        work = Work(Effects(utc_now()))
        try:
            async with self._store.transaction() as tx:
                await self._decide(tx, batch, work)
                applied = await tx.conclude(work.effects.changes(_settled(batch)))
        except BaseException:
            for saga_id in work.commands:  # what was learned may be recorded under another number next time
                self._outputs.forget(saga_id)
            raise
        fault("after_commit")
        return self._committed(batch, work, applied)

    async def _decide(self, tx: Transaction, batch: Batch, work: Work) -> None:
        """Let everything in the batch happen to its saga, and gather what is to be written."""
        ticking = await self._load(tx, batch, work)
        before = dict(work.held)
        for item in batch.items:
            self._handler.handle(item, work)
        for saga_id in ticking:
            self._handler.tick(saga_id, work, listening_ms=self._listening_ms())
        await self._carry_out(tx, work, before)

    async def _load(self, tx: Transaction, batch: Batch, work: Work) -> list[UUID]:
        """Lock and read the sagas that the batch is about; those whose time has come."""
        ids = {saga_id for item in batch.items if (saga_id := saga_of(item)) is not None}
        loaded = await tx.load(ids)
        rows = dict(loaded.sagas)
        due = await tx.due(work.effects.at, MAX_DUE) if batch.due else []
        rows.update((row.id, row) for row in due)
        work.held = {saga_id: decode(row.state) for saga_id, row in rows.items()}
        work.known = frozenset(rows)
        work.busy = loaded.busy
        return [row.id for row in due]

    async def _carry_out(self, tx: Transaction, work: Work, before: dict[UUID, Held]) -> None:
        """Turn the commands into rows, with the earlier results that they need."""
        self._outputs.learn(work.commands)
        needy = [work.held[saga_id].saga for saga_id, commands in work.commands.items() if _needs_outputs(commands)]
        outputs = await self._outputs.of(tx, needy)
        for saga_id, commands in work.commands.items():
            held = work.held[saga_id]
            found: Outputs = outputs.get(saga_id, {})
            if held is not before.get(saga_id):
                work.effects.save(held, new=saga_id not in work.known)
            work.effects.run(replace(held, trace=work.trace.get(saga_id, held.trace)), commands, found)

    def _committed(self, batch: Batch, work: Work, applied: Applied) -> Committed:
        """What is ours to follow up. A new saga that another replica inserted first is left to be handled again."""
        lost = work.effects.new.keys() - applied.inserted
        again = [*work.again, *(item for item in batch.items if saga_of(item) in lost)]
        for saga_id, held in work.held.items():
            if saga_id not in lost and not held.saga.status.final:
                row = work.effects.new.get(saga_id) or work.effects.saved.get(saga_id)
                self._clock.nearer(row.wake_at if row else None)
            elif held.saga.status.final:
                self._outputs.forget(saga_id)
        done = _deliveries([item for item in batch.items if item not in again])
        live = tuple(message for saga_id, message in work.effects.live if saga_id not in lost)
        self._relay.marked(_settled(batch))
        return Committed(
            done, tuple(self._relay.take(applied.outbox)), live, tuple(work.effects.asked_again), tuple(again)
        )

    async def _follow_up(self, committed: Committed) -> None:
        fault("before_ack")
        await asyncio.gather(
            ack_all(committed.deliveries), self._relay.send(committed.rows), self._relay.tell(committed.live)
        )
        for reply_to, saga_id in committed.asked_again:
            self._answer_again(reply_to, saga_id)
        if committed.again:
            await asyncio.sleep(AGAIN_AFTER_S)
            for item in committed.again:
                self._inbox.put(item)
        self._mark_when_quiet()

    def _mark_when_quiet(self) -> None:
        if self._quiet is not None:
            self._quiet.cancel()
        if self._inbox.unmarked:
            self._quiet = asyncio.get_running_loop().call_later(QUIET_S, self._inbox.flush)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._after.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._after.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("follow_up_failed", exc_info=task.exception())


def _settled(batch: Batch) -> list[UUID]:
    """Outbox rows that need no (further) sending."""
    return batch.sent + [each.outbox_id for each in batch.items if isinstance(each, Noticed) and each.outbox_id]


def _deliveries(items: list[Item]) -> tuple[Incoming, ...]:
    return tuple(item.incoming for item in items if isinstance(item, Received))


def _needs_outputs(commands: list[Any]) -> bool:
    return any(isinstance(each, DispatchTask | Conclude) for each in commands)
