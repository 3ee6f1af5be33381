"""The wake-up timer: has a batch processed when a saga is due. It sleeps until the earliest `wake_at` it knows."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta

from creatorflow.logs import get_logger

from creatorflow_orchestrator.shell.batch.committed_batch import CommittedBatch
from creatorflow_orchestrator.shell.environment import Environment
from creatorflow_orchestrator.shell.store import StoreUnavailable

PAUSE_S = 0.05
"""After each call, for the batch that follows; a saga that another replica has locked stays due meanwhile."""

log = get_logger(__name__)


class WakeupTimer:
    """Waits for the earliest wake-up among those of `add`, and calls `on_due`.

    `next_wake` is read from the store at intervals too, for the sagas of a replica that has died.
    """

    def __init__(
        self, next_wake: Callable[[], Awaitable[datetime | None]], on_due: Callable[[], None], environment: Environment
    ) -> None:
        self._next_wake = next_wake
        self._on_due = on_due
        self._now = environment.now
        self._read_every = timedelta(seconds=environment.poll_s)
        self._wake_at: datetime | None = None
        self._changed = asyncio.Event()

    def add(self, moment: datetime | None) -> None:
        """Add the wake-up of a saga; `None` for a saga that has none."""
        if moment is not None and (self._wake_at is None or moment < self._wake_at):
            self._wake_at = moment
            self._changed.set()

    def on_commit(self, batch: CommittedBatch) -> None:
        """Add the wake-ups of the open sagas of a committed batch."""
        effects = batch.state.effects
        for saga_id, saga_record in batch.state.sagas.items():
            row = effects.new.get(saga_id) or effects.saved.get(saga_id)
            if row is not None and saga_id not in batch.lost and not saga_record.saga.status.final:
                self.add(row.wake_at)

    async def run(self) -> None:
        """Call `on_due` at each wake-up, until cancelled."""
        while True:
            await self._read()
            await self._sleep()
            if self._wake_at is not None and self._wake_at <= self._now():
                self._wake_at = None
                self._on_due()
                await asyncio.sleep(PAUSE_S)

    async def _read(self) -> None:
        try:
            self.add(await self._next_wake())
        except StoreUnavailable as error:
            log.warning("store_awaited", reason=str(error))

    async def _sleep(self) -> None:
        """Sleep until the wake-up, until an earlier one is added, or until the store is to be read again."""
        self._changed.clear()
        wait = self._read_every if self._wake_at is None else min(self._read_every, self._wake_at - self._now())
        if wait > timedelta(0):
            with suppress(TimeoutError):
                async with asyncio.timeout(wait.total_seconds()):
                    await self._changed.wait()
