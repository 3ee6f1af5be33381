"""The clock: calls for a batch when the time of a saga has come. It sleeps until the nearest `wake_at` it knows."""

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
"""After each ring, for the batch that it calls for; a saga that another replica holds stays due meanwhile."""

log = get_logger(__name__)


class WakeupTimer:
    """Waits for the nearest moment, moved nearer by `nearer`, and calls `ring`.

    The store is asked now and again too, for the sagas of a replica that has died.
    """

    def __init__(
        self, next_wake: Callable[[], Awaitable[datetime | None]], ring: Callable[[], None], environment: Environment
    ) -> None:
        self._next_wake = next_wake
        self._ring = ring
        self._now = environment.now
        self._look_every = timedelta(seconds=environment.poll_s)
        self._wake: datetime | None = None
        self._changed = asyncio.Event()

    def nearer(self, moment: datetime | None) -> None:
        """A saga now waits for this moment."""
        if moment is not None and (self._wake is None or moment < self._wake):
            self._wake = moment
            self._changed.set()

    def committed(self, done: CommittedBatch) -> None:
        """A batch is committed: its open sagas wait for their moments."""
        effects = done.work.effects
        for saga_id, held in done.work.held.items():
            row = effects.new.get(saga_id) or effects.saved.get(saga_id)
            if row is not None and saga_id not in done.lost and not held.saga.status.final:
                self.nearer(row.wake_at)

    async def run(self) -> None:
        """Ring at each moment, until cancelled."""
        while True:
            await self._look()
            await self._sleep()
            if self._wake is not None and self._wake <= self._now():
                self._wake = None
                self._ring()
                await asyncio.sleep(PAUSE_S)

    async def _look(self) -> None:
        try:
            self.nearer(await self._next_wake())
        except StoreUnavailable as error:
            log.warning("store_awaited", reason=str(error))

    async def _sleep(self) -> None:
        """Until the moment comes, or a nearer one is known, or it is time to look again."""
        self._changed.clear()
        wait = self._look_every if self._wake is None else min(self._look_every, self._wake - self._now())
        if wait > timedelta(0):
            with suppress(TimeoutError):
                async with asyncio.timeout(wait.total_seconds()):
                    await self._changed.wait()
