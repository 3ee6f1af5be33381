"""The relay: takes committed outbox rows to the broker. "Sent" means that the broker has the message and routed it.

What is confirmed is marked with the next commit. A row that is not confirmed stays in the outbox and is sent again
with the same body, so that the receiver changes nothing twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from creatorflow.bus import Bus, BusError, MessageRefused, Nacked, Outgoing, Unroutable
from creatorflow.faults import fault
from creatorflow.logs import get_logger
from creatorflow.telemetry import end, extract, inject, start_send
from opentelemetry.trace import set_span_in_context

from .clock import utc_now
from .store import OutboxRow, Store, StoreError

NACKED_WAIT_S = 1.0
LOST_WAIT_S = 0.5
UNROUTABLE_WAIT_S = 5.0
ADOPT_EVERY_S = 5.0
OWNER_SILENCE = timedelta(seconds=15)
PAGE = 500

log = get_logger(__name__)


class Relay:
    """Sends rows and remembers which are on their way."""

    def __init__(
        self,
        bus: Bus,
        store: Store,
        sent: Callable[[list[UUID]], None],
        returned: Callable[[OutboxRow], bool],
        refused: Callable[[OutboxRow, str], None],
        server: Mapping[str, str | int],
    ) -> None:
        """`sent` is told which rows need no more sending; `server` is what spans say of the broker.

        `returned` takes an unroutable row over (a task: its saga decides) or says that it is to be tried again;
        `refused` gets a row that can never be sent.
        """
        self._bus = bus
        self._store = store
        self._sent = sent
        self._returned = returned
        self._refused = refused
        self._server = server
        self._taken: set[UUID] = set()

    @property
    def taken(self) -> int:
        """How many rows are on their way or not yet marked as sent."""
        return len(self._taken)

    def take(self, rows: Sequence[OutboxRow]) -> list[OutboxRow]:
        """Make these rows this relay's to send; those that are not its already."""
        fresh = [row for row in rows if row.id is not None and row.id not in self._taken]
        self._taken.update(row.id for row in fresh if row.id is not None)
        return fresh

    def marked(self, ids: Sequence[UUID]) -> None:
        """The store has these rows no more."""
        self._taken.difference_update(ids)

    async def send(self, rows: Sequence[OutboxRow]) -> None:
        """Publish rows that were taken until each is confirmed, handed over, or refused for good."""
        waiting = list(rows)
        while waiting:
            waiting, pause = await self._send_once(waiting)
            if waiting:
                await asyncio.sleep(pause)

    async def tell(self, messages: Sequence[Outgoing]) -> None:
        """Publish what is told once; a listener that is gone is no error."""
        for message, error in zip(messages, await self._bus.publish_all(messages), strict=True):
            if error is not None and not isinstance(error, Unroutable):
                log.info("untold", type=message.type, reason=str(error))

    async def run(self, adopt_all: bool) -> None:
        """Take over what others (or an earlier life of this process) have left, now and again; until cancelled."""
        silence = timedelta(0) if adopt_all else OWNER_SILENCE
        while True:
            try:
                while await self._store.adopt(utc_now(), silence):
                    await self.send_pending()
                silence = OWNER_SILENCE
            except StoreError as error:
                log.warning("outbox_unread", reason=str(error))
            await asyncio.sleep(ADOPT_EVERY_S)

    async def send_pending(self) -> None:
        """Send every row of this owner that was not taken, page by page.

        These are the adopted ones, and those of a commit whose outcome was unknown.
        """
        after: UUID | None = None
        while rows := await self._store.pending(PAGE, after):
            after = rows[-1].id
            if fresh := self.take(rows):
                log.info("outbox_taken_over", rows=len(fresh))
                await self.send(fresh)

    async def _send_once(self, rows: list[OutboxRow]) -> tuple[list[OutboxRow], float]:
        """One try: what is left, and how long to wait before the next."""
        now = utc_now()
        fresh = [row for row in rows if row.expires_at is None or row.expires_at > now]
        done = [row.id for row in rows if row.expires_at is not None and row.expires_at <= now]
        errors = await self._publish(fresh, now)
        left, pause = [], 0.0
        for row, error in zip(fresh, errors, strict=True):
            if isinstance(error, Unroutable) and row.mandatory and self._returned(row):
                continue  # its saga decides, and the row is marked with that decision
            wait = self._settle(row, error)
            if wait is None:
                done.append(row.id)
            else:
                left.append(row)
                pause = max(pause, wait)
        self._sent([each for each in done if each is not None])
        return left, pause

    async def _publish(self, rows: Sequence[OutboxRow], now: datetime) -> list[BusError | None]:
        """Publish each row in a span of its own, the child of what wrote the row."""
        if not rows:
            return []
        spans = [
            start_send(
                row.exchange,
                row.routing_key,
                parent=extract(row.headers),
                conversation=None if row.saga_id is None else str(row.saga_id),
                server=self._server,
            )
            for row in rows
        ]
        messages = [
            _outgoing(row, now, inject(set_span_in_context(span))) for row, span in zip(rows, spans, strict=True)
        ]
        errors = await self._bus.publish_all(messages)
        fault("after_publish")
        for span, error in zip(spans, errors, strict=True):
            end(span, error)
        return errors

    def _settle(self, row: OutboxRow, error: BusError | None) -> float | None:
        """How long the row must wait for its next try; `None` when it needs none."""
        if error is None:
            return None
        if isinstance(error, Unroutable):
            return UNROUTABLE_WAIT_S if row.mandatory else None
        if isinstance(error, MessageRefused):
            self._refused(row, str(error))
            return None
        log.warning("publish_waits", type=row.type, correlation_id=str(row.saga_id), reason=str(error))
        return NACKED_WAIT_S if isinstance(error, Nacked) else LOST_WAIT_S


def _outgoing(row: OutboxRow, now: datetime, trace: Mapping[str, str]) -> Outgoing:
    expires = None if row.expires_at is None else int((row.expires_at - now).total_seconds() * 1000)
    return Outgoing(
        exchange=row.exchange,
        routing_key=row.routing_key,
        body=row.body,
        type=row.type,
        correlation_id=None if row.saga_id is None else str(row.saga_id),
        headers=trace,
        persistent=row.persistent,
        mandatory=row.mandatory,
        expiration_ms=expires,
    )
