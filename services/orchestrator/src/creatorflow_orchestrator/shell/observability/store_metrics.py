"""Gauges of the store's contents and of the agents' open tasks, read at intervals by the service itself.

A scrape gets the values read last, and their age; a store that does not answer delays no scrape.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from creatorflow.logs import get_logger
from creatorflow.metrics import Figure, gauge
from creatorflow_contracts.v1.event import LiveAgent
from opentelemetry.metrics import Meter

from creatorflow_orchestrator.core.state.saga_state import SagaStatus
from creatorflow_orchestrator.shell.environment import Environment
from creatorflow_orchestrator.shell.store import StoreCounts, StoreError

READ_EVERY_S = 5.0
OPEN = tuple(status.value for status in SagaStatus if not status.final)

log = get_logger(__name__)


class StoreCountsReader(Protocol):
    """The part of the store that the gauges need."""

    async def counts(self) -> StoreCounts: ...


class StoreMetrics:
    """Reads the store's counts for the gauges. `live` lists the known agents with their open tasks."""

    def __init__(
        self, meter: Meter, store: StoreCountsReader, live: Callable[[], Sequence[LiveAgent]], environment: Environment
    ) -> None:
        self._store = store
        self._live = live
        self._environment = environment
        self._read: StoreCounts | None = None
        self._read_at = self._environment.monotonic()
        self._open_tasks: list[Figure] = []
        self._codes: set[str] = set()
        self._make_gauges(meter)

    async def run(self, every_s: float = READ_EVERY_S) -> None:
        """Read at intervals, until cancelled. A store that cannot be read leaves the values old, and nothing else."""
        failing = False
        while True:
            self._open_tasks = [(agent.open_tasks, {"agent": agent.card.name}) for agent in self._live()]
            try:
                self._read, self._read_at = await self._store.counts(), self._environment.monotonic()
                failing = False
            except StoreError as error:
                (log.debug if failing else log.warning)("holdings_unread", reason=str(error))
                failing = True
            await asyncio.sleep(every_s)

    def _make_gauges(self, meter: Meter) -> None:
        for name, unit, description, read in (
            ("creatorflow.sagas", "{saga}", "Open requests in the store, by status", self._sagas),
            ("creatorflow.saga.age", "s", "Age of the oldest open request, by status; 0 if there is none", self._ages),
            ("creatorflow.outbox.rows", "{row}", "Messages in the store that the broker has not confirmed", self._rows),
            ("creatorflow.outbox.age", "s", "Age of the oldest of them; 0 if there is none", self._outbox_age),
            ("creatorflow.quarantine.rows", "{row}", "Messages in quarantine, by code", self._quarantine),
            ("creatorflow.store.read.age", "s", "For how long the figures of the store have not been read", self._age),
            ("creatorflow.open_tasks", "{task}", "Tasks that heartbeats name, by agent", lambda: self._open_tasks),
        ):
            gauge(meter, name, unit, description, read)

    def _sagas(self) -> list[Figure]:
        counts = self._read
        if counts is None:
            return []
        return [(counts.sagas[status][0] if status in counts.sagas else 0, _by(status)) for status in OPEN]

    def _ages(self) -> list[Figure]:
        counts = self._read
        if counts is None:
            return []
        since = {status: created_at for status, (_, created_at) in counts.sagas.items()}
        return [(self._since(since.get(status)), _by(status)) for status in OPEN]

    def _rows(self) -> list[Figure]:
        return [] if self._read is None else [(self._read.outbox, {})]

    def _outbox_age(self) -> list[Figure]:
        return [] if self._read is None else [(self._since(self._read.outbox_since), {})]

    def _quarantine(self) -> list[Figure]:
        """Read the counts by code; a code that has been seen and is there no more gets 0."""
        counts = self._read
        if counts is None:
            return []
        self._codes |= counts.quarantine.keys()  # a closed list: it stays small
        return [(counts.quarantine.get(code, 0), {"code": code}) for code in sorted(self._codes)]

    def _age(self) -> list[Figure]:
        return [(self._environment.monotonic() - self._read_at, {})]

    def _since(self, moment: datetime | None) -> float:
        return 0.0 if moment is None else max(0.0, (self._environment.now() - moment).total_seconds())


def _by(status: str) -> dict[str, str]:
    return {"status": status}
