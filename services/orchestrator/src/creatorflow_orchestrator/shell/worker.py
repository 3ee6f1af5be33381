"""The worker: one batch after another, each in one transaction; then its acknowledgements and messages, side by side.

While one batch commits the next gathers, and while one is published the next commits. A crash anywhere means
redelivery, which changes nothing twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from uuid import UUID

from creatorflow.bus import Incoming, Outgoing, ack_all
from creatorflow.faults import fault
from creatorflow.logs import get_logger

from .about import fields_of, saga_of
from .background import Background
from .clock import Clock, utc_now
from .deciding import Deciding, Unprocessable
from .effects import Effects
from .handler import Handler
from .inbox import Batch, Inbox, Item, Noticed, Received, Unsent
from .noting import note
from .outage import through_outage
from .refusing import rest
from .relay import Relay
from .store import Applied, Changes, OutboxRow, Store, StoreRefused, StoreUnavailable
from .tracing import trace_ends
from .work import Work

AGAIN_AFTER_S = 0.02
PATIENT_FOR_S = 0.2
"""Between two looks at a command whose saga may yet come."""
QUIET_S = 0.05
"""After so long without a batch, sent marks get one of their own."""
POSTPONED = timedelta(minutes=1)
"""For a saga whose time has come and which cannot be handled: a defect, told in the log each time."""

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Committed:
    """What a committed batch leaves to be done."""

    deliveries: tuple[Incoming, ...]
    rows: tuple[OutboxRow, ...]
    live: tuple[Outgoing, ...]
    asked_again: tuple[tuple[str, UUID], ...]
    counts: tuple[tuple[UUID, tuple[str, ...]], ...]
    again: tuple[Item, ...]
    patient: tuple[Item, ...]


class Worker:
    """Runs batches, one at a time.

    `listening_ms` tells for how long heartbeats could have been heard; `answer_again` sends a final saga's result once
    more to who asks for it; `count` has the consumers of agents' queues counted for a saga; `committed` is told of each
    batch that is, which of its sagas were another replica's, and which deliveries are done with.
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
        count: Callable[[UUID, tuple[str, ...]], None],
        committed: Callable[[Work, Set[UUID], Sequence[Incoming]], None] | None = None,
    ) -> None:
        self._store = store
        self._inbox = inbox
        self._handler = handler
        self._deciding = Deciding(handler, listening_ms)
        self._relay = relay
        self._clock = clock
        self._answer_again = answer_again
        self._count = count
        self._tell_committed = committed
        self._after = Background()
        self._quiet: asyncio.TimerHandle | None = None
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
        if self._quiet is not None:
            self._quiet.cancel()
        await self._after.finish()
        if sent := self._inbox.take_sent():
            await self.work(Batch(sent=sent))

    def sent(self, ids: list[UUID]) -> None:
        """The broker has these outbox rows. They are marked with the next batch, or soon."""
        self._inbox.note_sent(ids)
        if self._quiet is not None:
            self._quiet.cancel()
        self._quiet = asyncio.get_running_loop().call_later(QUIET_S, self._inbox.flush)

    async def work(self, batch: Batch) -> None:
        """Commit a batch and start what follows. One that cannot be is halved until what is guilty is found."""
        try:
            committed = await through_outage(partial(self._commit, batch), self._send_pending)
        except (StoreRefused, Unprocessable) as error:
            await self._halve(batch, error)
            return
        self._after.start(self._follow_up(committed))

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
        less = rest(item, str(error))
        await self.work(Batch([] if less is None else [less], sent=sent))

    async def _postpone(self, sagas: list[UUID], error: Exception) -> None:
        """The one saga that cannot be handled though its time has come: it must not call again at once."""
        for saga_id in sagas:
            log.error("saga_unprocessable", correlation_id=str(saga_id), exc_info=error)
        later = utc_now() + POSTPONED
        try:
            async with self._store.transaction() as tx:
                rows = (await tx.load(sagas)).sagas.values()
                await tx.conclude(Changes(saved=tuple(replace(row, wake_at=later) for row in rows)))
        except StoreUnavailable as unavailable:
            log.warning("store_awaited", reason=str(unavailable))

    def _send_pending(self) -> None:
        self._after.start(self._relay.send_pending())

    async def _commit(self, batch: Batch) -> Committed:
        work = Work(Effects(utc_now()), breaker=self._handler.breaker)
        try:
            async with self._store.transaction() as tx:
                await self._deciding.decide(tx, batch, work)
                applied = await tx.conclude(work.effects.changes(_settled(batch, work)))
        except BaseException:
            for saga_id in work.commands:  # what was learned may be recorded under another number next time
                self._deciding.forget(saga_id)
            raise
        fault("after_commit")
        return self._committed(batch, work, applied)

    def _committed(self, batch: Batch, work: Work, applied: Applied) -> Committed:
        """What is ours to follow up. A new saga that another replica inserted first is left to be handled again."""
        lost = work.effects.new.keys() - applied.inserted
        again = [*work.again, *(item for item in batch.items if saga_of(item) in lost)]
        for saga_id, held in work.held.items():
            if saga_id not in lost and not held.saga.status.final:
                row = work.effects.new.get(saga_id) or work.effects.saved.get(saga_id)
                self._clock.nearer(row.wake_at if row else None)
            elif held.saga.status.final:
                self._deciding.forget(saga_id)
        waiting = {id(item) for item in (*again, *work.patient, *work.later)}
        done = _deliveries([item for item in batch.items if id(item) not in waiting])
        if work.later:
            self._inbox.put_first(work.later)
        live = tuple(message for saga_id, message in work.effects.live if saga_id not in lost)
        self._relay.marked(_settled(batch, work))
        self._handler.learned(work)
        note(work, lost)
        trace_ends(work, lost)
        if self._tell_committed is not None:
            self._tell_committed(work, lost, done)
        rows = tuple(self._relay.take(applied.outbox))
        effects = work.effects
        asked, counts = tuple(effects.asked_again), tuple(effects.counts)
        return Committed(done, rows, live, asked, counts, tuple(again), tuple(work.patient))

    async def _follow_up(self, committed: Committed) -> None:
        fault("before_ack")
        if committed.again:
            asyncio.get_running_loop().call_later(AGAIN_AFTER_S, self._put_back, committed.again)
        if committed.patient:
            asyncio.get_running_loop().call_later(PATIENT_FOR_S, self._put_back, committed.patient)
        await asyncio.gather(
            ack_all(committed.deliveries), self._relay.send(committed.rows), self._relay.tell(committed.live)
        )
        for saga_id, agents in committed.counts:
            self._count(saga_id, agents)
        for reply_to, saga_id in committed.asked_again:
            self._answer_again(reply_to, saga_id)

    def _put_back(self, items: tuple[Item, ...]) -> None:
        for item in items:
            self._inbox.put(item)


def _settled(batch: Batch, work: Work) -> list[UUID]:
    """Outbox rows that need no (further) sending."""
    waiting = {id(item) for item in (*work.again, *work.later)}
    handled = [item for item in batch.items if id(item) not in waiting]
    returned = [item.outbox_id for item in handled if isinstance(item, Noticed) and item.outbox_id]
    unsent = [item.row.id for item in handled if isinstance(item, Unsent) and item.row.id]
    return batch.sent + returned + unsent


def _deliveries(items: list[Item]) -> tuple[Incoming, ...]:
    return tuple(item.incoming for item in items if isinstance(item, Received))
