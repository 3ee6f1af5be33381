"""Processes one batch in a transaction: loads its sagas, applies each item, turns the commands into rows, commits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from creatorflow.fault_injection import FaultReached, fault
from creatorflow_contracts.v1.request import RequestSubmitted

from creatorflow_orchestrator.core.state.commands import Command, Conclude, DispatchTask
from creatorflow_orchestrator.shell.batch.batch_state import BatchState
from creatorflow_orchestrator.shell.batch.committed_batch import CommittedBatch, committed_batch
from creatorflow_orchestrator.shell.batch.item_fields import parent_of, saga_of
from creatorflow_orchestrator.shell.batch.output_cache import Entries, OutputCache
from creatorflow_orchestrator.shell.batch.saga_codec import SagaRecord, decode
from creatorflow_orchestrator.shell.batch.work_queue import (
    Batch,
    InternalEvent,
    Item,
    ReceivedMessage,
    UnsendableRow,
    is_request,
)
from creatorflow_orchestrator.shell.environment import Environment
from creatorflow_orchestrator.shell.store import Applied, Changes, Loaded, SagaRow, StoreError
from creatorflow_orchestrator.translate.context import Outputs

from .final_result import final_results
from .message_handler import MessageHandler
from .transitions import Transitions

PLANNING_S = 0.1
"""Time for the requests of one batch. A request that was not begun by then waits for the next batch."""
HEAVY = 256 * 1024
"""A batch of more characters than this, of messages and of their sagas' states, is processed in a thread, so that the
event loop goes on: heartbeats, acknowledgements, other queries. A lighter one is not worth the change of threads.

Measured: beside one of 64 KiB of text, or of 200 guards, the event loop stood still for 0.4 to 0.8 s.
"""
PLANNING = 8
"""A character of a request costs as much as this many of a saga's state: the request is analysed and planned."""


class Transaction(Entries, Protocol):
    """The part of a store's transaction that processing needs."""

    async def load(self, ids: Collection[UUID]) -> Loaded: ...
    async def due(self, now: datetime, limit: int) -> Sequence[SagaRow]: ...
    async def conclude(self, changes: Changes) -> Applied: ...


class TransactionalStore(Protocol):
    """The part of the store that processing needs."""

    def transaction(self) -> AbstractAsyncContextManager[Transaction]: ...


class Unprocessable(Exception):
    """Processing a batch raised an unexpected error; the text names the error's type, and no contents."""


class BatchProcessor:
    """Processes batches, each in a transaction of `store`.

    `listening_ms` returns for how long heartbeats could have been received.
    """

    def __init__(
        self,
        store: TransactionalStore,
        handler: MessageHandler,
        transitions: Transitions,
        listening_ms: Callable[[], float],
        environment: Environment,
    ) -> None:
        self._store = store
        self._handler = handler
        self._transitions = transitions
        self._environment = environment
        self._listening_ms = listening_ms
        self._outputs = OutputCache()

    async def process(self, batch: Batch) -> CommittedBatch:
        """Process and commit a batch. Raises `Unprocessable`, and the store's own errors.

        After an error nothing is committed, except that a commit which raised `StoreUnavailable` may have been made.
        """
        state = self._transitions.begin_batch(self._environment.now())
        try:
            async with self._store.transaction() as tx:
                with _defects_named():
                    weight = await self._load(tx, batch, state) + sum(map(_weight, batch.items))
                    before = dict(state.sagas)
                    if weight > HEAVY:
                        await asyncio.to_thread(self._apply_items, batch, state)
                    else:
                        self._apply_items(batch, state)
                    await self._execute(tx, state, before, weight)
                sent = _removed_rows(batch, state)
                applied = await tx.conclude(state.effects.changes(sent))
        except BaseException:
            self._forget_outputs(state)
            raise
        fault("after_commit")
        return committed_batch(batch, state, sent, applied)

    def _apply_items(self, batch: Batch, state: BatchState) -> None:
        """Apply each item. Requests come last, as many as there is time for: a command must not wait for planning."""
        begun, planned = self._environment.monotonic(), False
        for item in sorted(batch.items, key=is_request):
            if is_request(item) and planned and self._environment.monotonic() - begun > PLANNING_S:
                state.deferred_items.append(item)
            else:
                self._handler.handle(item, state)
                planned = is_request(item)
        for saga_id in batch.ticking:
            self._handler.tick(saga_id, state, listening_ms=self._listening_ms())

    async def _load(self, tx: Transaction, batch: Batch, state: BatchState) -> int:
        """Lock and read the sagas of the items, and those that are due. Returns the characters of all their states."""
        ids = {saga_id for item in batch.items for saga_id in (saga_of(item), parent_of(item)) if saga_id is not None}
        loaded = await tx.load(ids)
        rows = dict(loaded.sagas)
        due = await tx.due(state.effects.at, batch.at_most) if batch.due else []
        rows.update((row.id, row) for row in due)
        batch.ticking = [row.id for row in due]
        state.sagas = {saga_id: decode(row.state) for saga_id, row in rows.items()}
        state.known = frozenset(rows)
        state.busy = loaded.busy
        return sum(len(row.state) for row in rows.values())

    async def _execute(self, tx: Transaction, state: BatchState, before: dict[UUID, SagaRecord], weight: int) -> None:
        """Turn the commands into rows, with the earlier outputs that they need.

        A task that is too large for any receiver fails its attempt at once, and the commands that follow from that are
        executed too; each attempt fails so once, so that this ends.
        """
        executed: dict[UUID, int] = {}
        while todo := {saga_id: commands[executed.get(saga_id, 0) :] for saga_id, commands in state.commands.items()}:
            executed = {saga_id: len(commands) for saga_id, commands in state.commands.items()}
            self._outputs.add_recorded(todo)
            needy = [state.sagas[saga_id].saga for saga_id, commands in todo.items() if _needs_outputs(commands)]
            outputs = await self._outputs.of(tx, needy)
            if weight + self._outputs.size(needy) > HEAVY:
                await asyncio.to_thread(_write_rows, state, todo, before, outputs)
            else:
                _write_rows(state, todo, before, outputs)
            if not state.effects.too_large:
                return
            before = dict(state.sagas)
            self._handler.fail_too_large(state)

    def on_commit(self, batch: CommittedBatch) -> None:
        """Forget the outputs of sagas that became final: nobody needs them any more."""
        for saga_id, saga_record in batch.state.sagas.items():
            if saga_record.saga.status.final:
                self._outputs.forget(saga_id)

    def _forget_outputs(self, state: BatchState) -> None:
        """Forget the outputs of a batch that failed: the next try may record them under other numbers."""
        for saga_id in state.commands:
            self._outputs.forget(saga_id)


def _write_rows(
    state: BatchState,
    commands: Mapping[UUID, Sequence[Command]],
    before: Mapping[UUID, SagaRecord],
    outputs: Mapping[UUID, Outputs],
) -> None:
    results = final_results(commands, state.sagas, outputs)
    for saga_id, saga_commands in commands.items():
        saga_record = state.sagas[saga_id]
        state.opened += _is_open(saga_record) - _is_open(before.get(saga_id))
        if saga_record is not before.get(saga_id):
            state.effects.save(saga_record, new=saga_id not in state.known)
        traces = state.traces[saga_id]
        state.effects.run(
            saga_record,
            saga_commands,
            traces[len(traces) - len(saga_commands) :],
            outputs.get(saga_id, Outputs()),
            results.get(saga_id),
        )


@contextmanager
def _defects_named() -> Iterator[None]:
    try:
        yield
    except (StoreError, FaultReached):
        raise
    except Exception as error:
        raise Unprocessable(f"handling it raised {type(error).__name__}") from error


def _weight(item: Item) -> int:
    """The expected cost of an item, in characters of a saga's state."""
    if not isinstance(item, ReceivedMessage):
        return 0
    size = len(item.incoming.delivery.body)
    return size * PLANNING if isinstance(item.content, RequestSubmitted) else size


def _is_open(saga_record: SagaRecord | None) -> bool:
    return saga_record is not None and not saga_record.saga.status.final


def _needs_outputs(commands: list[Any]) -> bool:
    return any(isinstance(command, DispatchTask | Conclude) for command in commands)


def _removed_rows(batch: Batch, state: BatchState) -> list[UUID]:
    """Outbox rows that need not be sent (any more)."""
    waiting = {id(item) for item in (*state.busy_items, *state.deferred_items)}
    handled = [item for item in batch.items if id(item) not in waiting]
    returned = [item.outbox_id for item in handled if isinstance(item, InternalEvent) and item.outbox_id]
    unsendable = [item.row.id for item in handled if isinstance(item, UnsendableRow) and item.row.id]
    return batch.sent + returned + unsendable
