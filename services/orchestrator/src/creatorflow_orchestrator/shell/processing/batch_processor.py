"""What a batch comes to: its sagas are read, everything in it happens to them, and the commands become rows."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from creatorflow.fault_injection import FaultReached
from creatorflow_contracts.v1.request import RequestSubmitted

from creatorflow_orchestrator.core.state.commands import Command, Conclude, DispatchTask
from creatorflow_orchestrator.shell.batch.batch_state import BatchState
from creatorflow_orchestrator.shell.batch.committed_batch import CommittedBatch
from creatorflow_orchestrator.shell.batch.item_fields import parent_of, saga_of
from creatorflow_orchestrator.shell.batch.output_cache import Entries, OutputCache
from creatorflow_orchestrator.shell.batch.saga_codec import SagaRecord, decode
from creatorflow_orchestrator.shell.batch.work_queue import Batch, Item, ReceivedMessage, is_request
from creatorflow_orchestrator.shell.environment import Environment
from creatorflow_orchestrator.shell.store import Loaded, SagaRow, StoreError
from creatorflow_orchestrator.translate.context import Outputs

from .final_result import final_results
from .message_handler import MessageHandler
from .transitions import Transitions

PLANNING_S = 0.1
"""Of one batch. What has not begun by then waits for the next."""
HEAVY = 256 * 1024
"""A batch of so many characters, of messages and of the sagas that they are about, is handled in a thread, so that the
event loop goes on: heartbeats, acknowledgements, other queries. What is light is not worth the change of threads.

Measured: beside one of 64 KiB of text, or of 200 guards, the event loop stood still for 0.4 to 0.8 s.
"""
PLANNING = 8
"""A character of a request costs as much as so many of a saga's state: it is analysed and planned."""


class Sagas(Entries, Protocol):
    """What is needed of a transaction."""

    async def load(self, ids: Collection[UUID]) -> Loaded: ...
    async def due(self, now: datetime, limit: int) -> Sequence[SagaRow]: ...


class Unprocessable(Exception):
    """Something in the batch raised what it should not; the text names the error's type, and no contents."""


class BatchProcessor:
    """Decides what is to be written of a batch, within its transaction.

    `listening_ms` tells for how long heartbeats could have been heard.
    """

    def __init__(
        self,
        handler: MessageHandler,
        transitions: Transitions,
        listening_ms: Callable[[], float],
        environment: Environment,
    ) -> None:
        self._handler = handler
        self._transitions = transitions
        self._environment = environment
        self._listening_ms = listening_ms
        self._outputs = OutputCache()

    def begin(self) -> BatchState:
        """A batch in which nothing has happened yet."""
        return self._transitions.begin_batch(self._environment.now())

    async def decide(self, tx: Sagas, batch: Batch, work: BatchState) -> None:
        """Gather in `work` what the batch comes to. Raises `Unprocessable`, and the store's own errors."""
        with _defects_named():
            weight = await self._load(tx, batch, work) + sum(map(_weight, batch.items))
            before = dict(work.held)
            if weight > HEAVY:
                await asyncio.to_thread(self._let_happen, batch, work)
            else:
                self._let_happen(batch, work)
            await self._carry_out(tx, work, before, weight)

    def _let_happen(self, batch: Batch, work: BatchState) -> None:
        """Requests come last, and as many as there is time for: a command must not wait for their planning."""
        begun, planned = self._environment.monotonic(), False
        for item in sorted(batch.items, key=is_request):
            if is_request(item) and planned and self._environment.monotonic() - begun > PLANNING_S:
                work.later.append(item)
            else:
                self._handler.handle(item, work)
                planned = is_request(item)
        for saga_id in batch.ticking:
            self._handler.tick(saga_id, work, listening_ms=self._listening_ms())

    async def _load(self, tx: Sagas, batch: Batch, work: BatchState) -> int:
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

    async def _carry_out(self, tx: Sagas, work: BatchState, before: dict[UUID, SagaRecord], weight: int) -> None:
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
            if weight + self._outputs.size(needy) > HEAVY:
                await asyncio.to_thread(self._write, work, todo, before, outputs)
            else:
                self._write(work, todo, before, outputs)
            if not work.effects.too_large:
                return
            before = dict(work.held)
            self._handler.fail_too_large(work)

    def _write(
        self,
        work: BatchState,
        todo: Mapping[UUID, Sequence[Command]],
        before: Mapping[UUID, SagaRecord],
        outputs: Mapping[UUID, Outputs],
    ) -> None:
        results = final_results(todo, work.held, outputs)
        for saga_id, commands in todo.items():
            held = work.held[saga_id]
            work.opened += _is_open(held) - _is_open(before.get(saga_id))
            if held is not before.get(saga_id):
                work.effects.save(held, new=saga_id not in work.known)
            traces = work.traces[saga_id]
            work.effects.run(
                held,
                commands,
                traces[len(traces) - len(commands) :],
                outputs.get(saga_id, Outputs()),
                results.get(saga_id),
            )

    def committed(self, done: CommittedBatch) -> None:
        """A batch is committed: nobody needs the outputs of its final sagas any more."""
        for saga_id, held in done.work.held.items():
            if held.saga.status.final:
                self._outputs.forget(saga_id)

    def undone(self, work: BatchState) -> None:
        """The commit failed: what was learned may be recorded under another number next time."""
        for saga_id in work.commands:
            self._outputs.forget(saga_id)


@contextmanager
def _defects_named() -> Iterator[None]:
    try:
        yield
    except (StoreError, FaultReached):
        raise
    except Exception as error:
        raise Unprocessable(f"handling it raised {type(error).__name__}") from error


def _weight(item: Item) -> int:
    """What handling an item is expected to cost, as characters of a saga's state."""
    if not isinstance(item, ReceivedMessage):
        return 0
    size = len(item.incoming.delivery.body)
    return size * PLANNING if isinstance(item.content, RequestSubmitted) else size


def _is_open(held: SagaRecord | None) -> bool:
    return held is not None and not held.saga.status.final


def _needs_outputs(commands: list[Any]) -> bool:
    return any(isinstance(command, DispatchTask | Conclude) for command in commands)
