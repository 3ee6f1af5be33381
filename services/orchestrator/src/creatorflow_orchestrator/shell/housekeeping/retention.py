"""Forgetting what ended long ago, a few at a time, so that nobody waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from creatorflow.logs import get_logger

from creatorflow_orchestrator.shell.store import StoreUnavailable

BATCH = 20
"""Sagas in one transaction, with their history.

Measured on SQLite: 10 ms; with 400 KB of history each up to ten times that.
"""
PAUSE_S = 0.02
"""Between two transactions, for whoever waits."""
LOOK_EVERY = timedelta(minutes=10)
LOOK_AT_LEAST = timedelta(seconds=1)

log = get_logger(__name__)


class Prunes(Protocol):
    """What is needed of the store."""

    async def prune(self, ended_before: datetime, limit: int) -> int: ...
    async def prune_settled(self, before: datetime, limit: int) -> int: ...


async def forget(store: Prunes, ended_before: datetime, limit: int) -> int:
    """Forget at most `limit` sagas that ended before a time; how many. Raises `StoreError`."""
    gone = 0
    while gone < limit:
        batch = await store.prune(ended_before, min(BATCH, limit - gone))
        gone += batch
        if batch < BATCH:
            break
        await asyncio.sleep(PAUSE_S)
    return gone


class Retention:
    """Keeps final sagas for a time, and as long what was redriven or dropped; then they are forgotten."""

    def __init__(self, store: Prunes, keep: timedelta, now: Callable[[], datetime]) -> None:
        self._store = store
        self._keep = keep
        self._now = now

    async def run(self) -> None:
        """Forget what is old, now and again, until cancelled."""
        every = max(LOOK_AT_LEAST, min(LOOK_EVERY, self._keep / 10))
        while True:
            try:
                await self._forget()
            except StoreUnavailable as error:
                log.warning("store_awaited", reason=str(error))
            await asyncio.sleep(every.total_seconds())

    async def _forget(self) -> None:
        before = self._now() - self._keep
        sagas = settled = 0
        while batch := await forget(self._store, before, BATCH):
            sagas += batch
            await asyncio.sleep(PAUSE_S)
        while batch := await self._store.prune_settled(before, BATCH):
            settled += batch
            await asyncio.sleep(PAUSE_S)
        if sagas or settled:
            log.info("old_forgotten", sagas=sagas, quarantined=settled)
