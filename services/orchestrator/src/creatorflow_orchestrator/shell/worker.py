"""The worker: one batch after another, each in one transaction; then its acknowledgements and messages, side by side.

While one batch commits the next gathers, and while one is published the next commits. A crash anywhere means
redelivery, which changes nothing twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from time import monotonic
from typing import Any
from uuid import UUID

from creatorflow.bus import Incoming, Outgoing, ack_all
from creatorflow.faults import FaultReached, fault
from creatorflow.logs import get_logger
from creatorflow_contracts.v1.request import RequestSubmitted
from tenacity import AsyncRetrying, retry_if_exception_type, wait_exponential_jitter

from creatorflow_orchestrator.core.commands import Command, Conclude, DispatchTask
from creatorflow_orchestrator.translate.context import Outputs

from .background import Background
from .clock import Clock, utc_now
from .codec import Held, decode
from .effects import Effects
from .handler import Handler, Work, parent_of, rest, saga_of
from .inbox import Batch, Inbox, Item, Noticed, Received, Unsent, is_request
from .outputs import OutputCache
from .relay import Relay
from .store import Applied, Changes, OutboxRow, Store, StoreError, StoreRefused, StoreUnavailable, Transaction

AGAIN_AFTER_S = 0.02
PATIENT_FOR_S = 0.2
"""Between two looks at a command whose saga may yet come."""
PLANNING_S = 0.1
"""Of one batch. What has not begun by then waits for the next."""
QUIET_S = 0.05
"""After so long without a batch, sent marks get one of their own."""
HEAVY = 256 * 1024
"""A batch of so many characters, of messages and of the sagas that they are about, is handled in a thread.

Measured: beside one of 64 KiB of text, or of 200 guards, the event loop stood still for 0.4 to 0.8 s.
"""
PLANNING = 8
"""A character of a request costs as much as so many of a saga's state: it is analysed and planned."""
POSTPONED = timedelta(minutes=1)
"""For a saga whose time has come and which cannot be handled: a defect, told in the log each time."""

log = get_logger(__name__)


class Unprocessable(Exception):
    """Something in the batch raised what it should not; the text names the error's type, and no contents."""


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
    more to who asks for it; `count` has the consumers of agents' queues counted for a saga.
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
    ) -> None:
        self._store = store
        self._inbox = inbox
        self._handler = handler
        self._relay = relay
        self._clock = clock
        self._listening_ms = listening_ms
        self._answer_again = answer_again
        self._count = count
        self._outputs = OutputCache()
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
            committed = await self._commit_patiently(batch)
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
        log.error("item_unprocessable", correlation_id=str(saga_of(item)), item=kind, exc_info=error)
        less = rest(item, str(error))
        await self.work(Batch([] if less is None else [less], sent=sent))

    async def _postpone(self, sagas: list[UUID], error: Exception) -> None:
        """The one saga that cannot be handled though its time has come: it must not call again at once."""
        log.error("saga_unprocessable", sagas=[str(each) for each in sagas], exc_info=error)
        later = utc_now() + POSTPONED
        try:
            async with self._store.transaction() as tx:
                rows = (await tx.load(sagas)).sagas.values()
                await tx.conclude(Changes(saved=tuple(replace(row, wake_at=later) for row in rows)))
        except StoreUnavailable as unavailable:
            log.warning("store_awaited", reason=str(unavailable))

    async def _commit_patiently(self, batch: Batch) -> Committed:
        """While the store is away the batch is kept, and tried again."""
        try:
            return await self._commit(batch)
        except StoreUnavailable as error:
            log.warning("store_awaited", reason=str(error))
        patiently = AsyncRetrying(
            retry=retry_if_exception_type(StoreUnavailable),
            wait=wait_exponential_jitter(multiplier=0.1, max=5.0, jitter=0.1),
            before_sleep=lambda state: log.warning("store_awaited", attempt=state.attempt_number),
        )
        committed: Committed = await patiently(self._commit, batch)
        # A commit that failed may have happened all the same: its rows wait in the outbox.
        self._after.start(self._relay.send_pending())
        return committed

    async def _commit(self, batch: Batch) -> Committed:
        work = Work(Effects(utc_now()), breaker=self._handler.breaker)
        try:
            async with self._store.transaction() as tx:
                await self._decide_or_say(tx, batch, work)
                applied = await tx.conclude(work.effects.changes(_settled(batch, work)))
        except BaseException:
            for saga_id in work.commands:  # what was learned may be recorded under another number next time
                self._outputs.forget(saga_id)
            raise
        fault("after_commit")
        return self._committed(batch, work, applied)

    async def _decide_or_say(self, tx: Transaction, batch: Batch, work: Work) -> None:
        try:
            await self._decide(tx, batch, work)
        except (StoreError, FaultReached):
            raise
        except Exception as error:
            raise Unprocessable(f"handling it raised {type(error).__name__}") from error

    async def _decide(self, tx: Transaction, batch: Batch, work: Work) -> None:
        """Let everything in the batch happen to its saga, and gather what is to be written."""
        weight = await self._load(tx, batch, work) + sum(map(_weight, batch.items))
        before = dict(work.held)
        await _beside(weight, lambda: self._let_happen(batch, work))
        await self._carry_out(tx, work, before, weight)

    def _let_happen(self, batch: Batch, work: Work) -> None:
        """Requests come last, and as many as there is time for: a command must not wait for their planning."""
        begun, planned = monotonic(), False
        for item in sorted(batch.items, key=is_request):
            if is_request(item) and planned and monotonic() - begun > PLANNING_S:
                work.later.append(item)
            else:
                self._handler.handle(item, work)
                planned = is_request(item)
        for saga_id in batch.ticking:
            self._handler.tick(saga_id, work, listening_ms=self._listening_ms())

    async def _load(self, tx: Transaction, batch: Batch, work: Work) -> int:
        """Lock and read the sagas that the batch is about; those whose time has come. The characters of them all."""
        ids = {each for item in batch.items for each in (saga_of(item), parent_of(item)) if each is not None}
        loaded = await tx.load(ids)
        rows = dict(loaded.sagas)
        due = await tx.due(work.effects.at, batch.at_most) if batch.due else []
        rows.update((row.id, row) for row in due)
        batch.ticking = [row.id for row in due]
        work.held = {saga_id: decode(row.state) for saga_id, row in rows.items()}
        work.known = frozenset(rows)
        work.busy = loaded.busy
        return sum(len(row.state) for row in rows.values())

    async def _carry_out(self, tx: Transaction, work: Work, before: dict[UUID, Held], weight: int) -> None:
        """Turn the commands into rows, with the earlier results that they need.

        A task that is too large for any receiver is its attempt's failure at once, and what follows from that is
        carried out too; each attempt fails so once, so that there is an end.
        """
        done: dict[UUID, int] = {}
        while todo := {saga_id: each[done.get(saga_id, 0) :] for saga_id, each in work.commands.items()}:
            done = {saga_id: len(each) for saga_id, each in work.commands.items()}
            self._outputs.learn(todo)
            needy = [work.held[saga_id].saga for saga_id, commands in todo.items() if _needs_outputs(commands)]
            outputs = await self._outputs.of(tx, needy)
            await _beside(weight + self._outputs.size(needy), partial(self._write, work, todo, before, outputs))
            if not work.effects.too_large:
                return
            before = dict(work.held)
            self._handler.fail_too_large(work)

    def _write(
        self,
        work: Work,
        todo: Mapping[UUID, Sequence[Command]],
        before: Mapping[UUID, Held],
        outputs: Mapping[UUID, Outputs],
    ) -> None:
        for saga_id, commands in todo.items():
            held = work.held[saga_id]
            work.opened += _is_open(held) - _is_open(before.get(saga_id))
            if held is not before.get(saga_id):
                work.effects.save(held, new=saga_id not in work.known)
            held = replace(held, trace=work.trace.get(saga_id, held.trace))
            work.effects.run(held, commands, outputs.get(saga_id, Outputs()))

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
        waiting = {id(item) for item in (*again, *work.patient, *work.later)}
        done = _deliveries([item for item in batch.items if id(item) not in waiting])
        if work.later:
            self._inbox.put_first(work.later)
        live = tuple(message for saga_id, message in work.effects.live if saga_id not in lost)
        self._relay.marked(_settled(batch, work))
        self._handler.learned(work)
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


async def _beside(weight: int, work: Callable[[], None]) -> None:
    """Do what may take long in a thread, so that the event loop goes on: heartbeats, acknowledgements, other queries.

    Python shares its time between the two; what is light is not worth the change of threads.
    """
    if weight > HEAVY:
        await asyncio.to_thread(work)
    else:
        work()


def _weight(item: Item) -> int:
    """What handling an item is expected to cost, as characters of a saga's state."""
    if not isinstance(item, Received):
        return 0
    size = len(item.incoming.delivery.body)
    return size * PLANNING if isinstance(item.content, RequestSubmitted) else size


def _settled(batch: Batch, work: Work) -> list[UUID]:
    """Outbox rows that need no (further) sending."""
    waiting = {id(item) for item in (*work.again, *work.later)}
    handled = [item for item in batch.items if id(item) not in waiting]
    returned = [item.outbox_id for item in handled if isinstance(item, Noticed) and item.outbox_id]
    unsent = [item.row.id for item in handled if isinstance(item, Unsent) and item.row.id]
    return batch.sent + returned + unsent


def _is_open(held: Held | None) -> bool:
    return held is not None and not held.saga.status.final


def _deliveries(items: list[Item]) -> tuple[Incoming, ...]:
    return tuple(item.incoming for item in items if isinstance(item, Received))


def _needs_outputs(commands: list[Any]) -> bool:
    return any(isinstance(each, DispatchTask | Conclude) for each in commands)
