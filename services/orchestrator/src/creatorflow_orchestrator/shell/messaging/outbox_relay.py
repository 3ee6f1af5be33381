"""The relay: publishes committed outbox rows. "Sent" means that the broker has confirmed and routed the message.

Confirmed rows are removed with the next commit. A row that is not confirmed stays in the outbox and is sent again
with the same body, so that the receiver changes nothing twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol
from uuid import UUID

from creatorflow import backoff
from creatorflow.bus import BusError, MessageRefused, Nacked, OutgoingMessage, Unroutable, carried_by
from creatorflow.fault_injection import fault
from creatorflow.logs import get_logger
from creatorflow.telemetry import end, start_send
from creatorflow.tracecontext import another_process
from creatorflow_contracts.refusals import MAX_BODY
from creatorflow_contracts.v1.work import AgentTask

from creatorflow_orchestrator.shell.batch.committed_batch import CommittedBatch
from creatorflow_orchestrator.shell.batch.item_fields import row_fields
from creatorflow_orchestrator.shell.batch.replies import RefusalReply
from creatorflow_orchestrator.shell.batch.work_queue import InternalEvent, UnsendableRow, WorkQueue
from creatorflow_orchestrator.shell.environment import Environment
from creatorflow_orchestrator.shell.housekeeping.background import BackgroundTasks, retry_while_unavailable
from creatorflow_orchestrator.shell.store import (
    Applied,
    Changes,
    OutboxRow,
    QuarantineRow,
    StoreRefused,
    StoreUnavailable,
)
from creatorflow_orchestrator.translate.attempts import lost_attempt
from creatorflow_orchestrator.translate.tasks import returned_event

ADOPT_SOON_S = 0.5
OWNER_SILENCE = 3
"""An owner that was silent for so many intervals is dead; others send its rows."""
PAGE = 500
MAX_TAKEN = 20_000
MAX_TAKEN_BYTES = 256 * 1024 * 1024
"""Of rows that are being sent, or sent and not yet removed. Beyond that they wait in the store."""

_LOW_HALF = (1 << 64) - 1

log = get_logger(__name__)


class MessagePublisher(Protocol):
    """The part of the bus that the relay needs."""

    async def publish_all(self, messages: Sequence[OutgoingMessage]) -> list[BusError | None]: ...


class ChangeWriter(Protocol):
    """The part of a transaction that the relay needs."""

    async def conclude(self, changes: Changes) -> Applied: ...


class OutboxStore(Protocol):
    """The part of the store that the relay needs."""

    async def adopt(self, now: datetime, silence: timedelta) -> int: ...
    async def pending(self, limit: int, after: UUID | None = None) -> list[OutboxRow]: ...
    def transaction(self) -> AbstractAsyncContextManager[ChangeWriter]: ...


class OutboxRelay:
    """Sends rows and remembers which are being sent."""

    def __init__(
        self,
        bus: MessagePublisher,
        store: OutboxStore,
        work_queue: WorkQueue,
        environment: Environment,
        server: Mapping[str, str | int],
    ) -> None:
        """`work_queue` takes the rows that need no more sending; `server` is put into spans as the broker's address."""
        self._bus = bus
        self._store = store
        self._work_queue = work_queue
        self._environment = environment
        self._server = server
        self._taken: dict[UUID, int] = {}
        self._taken_bytes = 0
        self._has_untaken = False
        self._tasks = BackgroundTasks()

    def take(self, rows: Sequence[OutboxRow]) -> list[OutboxRow]:
        """Claim rows for this relay to send. Returns those it has not claimed before, as far as there is room."""
        fresh = []
        for row in rows:
            if row.id is None or row.id in self._taken:
                continue
            if len(self._taken) >= MAX_TAKEN or self._taken_bytes >= MAX_TAKEN_BYTES:
                self._has_untaken = True
                break
            self._taken[row.id] = len(row.body)
            self._taken_bytes += len(row.body)
            fresh.append(row)
        return fresh

    def forget(self, ids: Sequence[UUID]) -> None:
        """Forget rows that are in the store no more."""
        for row_id in ids:
            self._taken_bytes -= self._taken.pop(row_id, 0)

    def on_commit(self, batch: CommittedBatch) -> None:
        """Forget the rows that a committed batch removed from the outbox."""
        self.forget(batch.sent)

    def send_soon(self, rows: Sequence[OutboxRow]) -> None:
        """Begin to send committed rows that this relay has not claimed before."""
        self._tasks.start(self.send(self.take(rows)))

    def publish_soon(self, messages: Sequence[OutgoingMessage]) -> None:
        """Begin to publish live messages: see `publish`."""
        self._tasks.start(self.publish(messages))

    async def send(self, rows: Sequence[OutboxRow], *, attempt: int = 1) -> None:
        """Publish rows that were taken: each is confirmed, passed to the work queue, or waits for its next try.

        `attempt` counts the tries of this process.
        """
        waiting: dict[backoff.Policy, list[OutboxRow]] = {}
        for row, policy in await self._send_once(rows, again=attempt > 1):
            waiting.setdefault(policy, []).append(row)
        for policy, left in waiting.items():
            self._tasks.start(self._send_later(left, backoff.pause(policy, attempt), attempt + 1))

    async def _send_later(self, rows: Sequence[OutboxRow], pause: float, attempt: int) -> None:
        await asyncio.sleep(pause)
        await self.send(rows, attempt=attempt)

    async def publish(self, messages: Sequence[OutgoingMessage]) -> None:
        """Publish live messages once; a receiver that is not there is no error.

        A refused message is quarantined if the reply does not reach its sender.
        """
        unanswered: list[QuarantineRow] = []
        for message, error in zip(messages, await self._bus.publish_all(messages), strict=True):
            if error is not None and isinstance(message, RefusalReply) and message.row is not None:
                unanswered.append(message.row)
            elif error is not None and not isinstance(error, Unroutable):
                about = {"type": message.type, "correlation_id": message.correlation_id}
                log.info("live_message_unsent", **about, reason=str(error))
        for row in unanswered:
            try:
                await retry_while_unavailable(partial(self._quarantine, row))
            except StoreRefused as error:
                log.error("refused_message_not_kept", code=row.code, correlation_id=row.correlation_id, exc_info=error)

    async def _quarantine(self, row: QuarantineRow) -> None:
        async with self._store.transaction() as tx:
            await tx.conclude(Changes(quarantined=(row,)))

    async def run(self, adopt_all: bool) -> None:
        """Take over the rows of dead owners (and of earlier processes of this one) at intervals; until cancelled."""
        dead = OWNER_SILENCE * timedelta(seconds=self._environment.poll_s)
        silence = timedelta(0) if adopt_all else dead
        while True:
            try:
                adopted = True
                while adopted:
                    adopted = bool(await self._store.adopt(self._environment.now(), silence))
                    if adopted or self._has_untaken:
                        await self.send_pending()
                silence = dead
            except StoreUnavailable as error:
                log.warning("outbox_unread", reason=str(error))
            await asyncio.sleep(ADOPT_SOON_S if self._has_untaken else self._environment.poll_s)

    def expect_untaken_rows(self) -> None:
        """Have rows of this owner that were never taken looked for within seconds."""
        self._has_untaken = True

    async def send_pending(self) -> None:
        """Begin to send every row of this owner that was not taken, page by page, as far as there is room.

        These are adopted rows, rows of a commit whose outcome was unknown, and rows that there was no room for.
        While the store is unavailable they wait.
        """
        self._has_untaken = False
        after: UUID | None = None
        try:
            while not self._has_untaken and (rows := await self._store.pending(PAGE, after)):
                after = rows[-1].id
                if fresh := [_from_another(row) for row in self.take(rows)]:
                    log.info("outbox_taken_over", rows=len(fresh))
                    self._tasks.start(self.send(fresh))
        except StoreUnavailable as error:
            log.warning("outbox_unread", reason=str(error))
            self.expect_untaken_rows()

    async def failing(self) -> None:
        """Wait until the sending of rows fails, and raise its error; no such error is expected."""
        await self._tasks.failing()

    async def stop(self) -> None:
        """Stop sending. The outbox keeps the rows that are not confirmed."""
        await self._tasks.cancel()

    async def _send_once(self, rows: Sequence[OutboxRow], again: bool) -> list[tuple[OutboxRow, backoff.Policy]]:
        """Try once to send rows. Returns those that must wait, each with its back-off policy."""
        now = self._environment.now()
        done = [row for row in rows if row.expires_at is not None and row.expires_at <= now]
        fresh = [row for row in rows if row.expires_at is None or row.expires_at > now]
        small = [row for row in fresh if not self._too_large(row)]
        left: list[tuple[OutboxRow, backoff.Policy]] = []
        for row, error in zip(small, await self._publish_rows(small, now, again), strict=True):
            if isinstance(error, MessageRefused):
                self._refused(row, str(error))
            elif isinstance(error, Unroutable) and row.mandatory and self._returned(row):
                continue  # its saga decides, and the row is marked with that decision
            elif policy := _policy(row, error):
                left.append((row, policy))
            else:
                done.append(row)
        self._work_queue.mark_sent([row.id for row in done if row.id is not None])
        return left

    def _returned(self, row: OutboxRow) -> bool:
        """Pass an unroutable task to its saga: its agent is unavailable. False for another message, to send again."""
        if row.type != "agent-task.v1" or row.saga_id is None:
            return False
        task = AgentTask.model_validate_json(row.body)
        event = returned_event(task, self._environment.now(), self._environment.jitter())
        self._work_queue.put(InternalEvent(row.saga_id, event, row.id))
        return True

    def _refused(self, row: OutboxRow, reason: str) -> None:
        """Have a row that can never be sent quarantined, and the attempt that waits for it failed."""
        log.error("message_unsendable", **row_fields(row), reason=reason)
        self._work_queue.put(UnsendableRow(row, reason, lost_attempt(row.type, row.body)))

    def _too_large(self, row: OutboxRow) -> bool:
        """True for a row that every receiver would refuse; it is then quarantined."""
        if len(row.body) > MAX_BODY:
            self._refused(row, f"it has {len(row.body)} bytes, and no receiver takes more than {MAX_BODY}")
        return len(row.body) > MAX_BODY

    async def _publish_rows(self, rows: Sequence[OutboxRow], now: datetime, again: bool) -> list[BusError | None]:
        """Publish each row in a span of its own, a child of the span that wrote the row.

        The span of a row's first try has its id from the row: after a crash the next sender of the row reports it.
        """
        if not rows:
            return []
        spans = [
            start_send(
                row.exchange,
                row.routing_key,
                kept=row.headers,
                conversation=None if row.saga_id is None else str(row.saga_id),
                server=self._server,
                span_id=0 if again or row.id is None else row.id.int & _LOW_HALF,
            )
            for row in rows
        ]
        messages = [carried_by(span, _outgoing(row, now)) for row, span in zip(rows, spans, strict=True)]
        errors = await self._bus.publish_all(messages)
        fault("after_publish")
        for span, error in zip(spans, errors, strict=True):
            end(span, error)
        return errors


def _policy(row: OutboxRow, error: BusError | None) -> backoff.Policy | None:
    """Choose the back-off policy of the row's next try; `None` if it needs none."""
    if error is None or (isinstance(error, Unroutable) and not row.mandatory):
        return None
    log.warning("publish_waits", **row_fields(row), reason=str(error))
    if isinstance(error, Unroutable):
        return backoff.OUTBOX_UNROUTABLE
    return backoff.OUTBOX_NACKED if isinstance(error, Nacked) else backoff.OUTBOX_LOST


def _from_another(row: OutboxRow) -> OutboxRow:
    """Mark a row that was read from the store: the process that wrote it may have died with its spans."""
    return replace(row, headers=another_process(row.headers))


def _outgoing(row: OutboxRow, now: datetime) -> OutgoingMessage:
    expires = None if row.expires_at is None else int((row.expires_at - now).total_seconds() * 1000)
    return OutgoingMessage(
        exchange=row.exchange,
        routing_key=row.routing_key,
        body=row.body,
        type=row.type,
        correlation_id=None if row.saga_id is None else str(row.saga_id),
        persistent=row.persistent,
        mandatory=row.mandatory,
        expiration_ms=expires,
    )
