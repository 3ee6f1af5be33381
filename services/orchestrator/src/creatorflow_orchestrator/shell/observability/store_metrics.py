"""Figures of what the store holds and of what agents are heard to do: read now and then by the service itself.

Whoever asks for them gets what was read last, and how long ago that was; a store that does not answer holds nobody up.
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
    """What is needed of the store."""

    async def holdings(self) -> StoreCounts: ...


class StoreMetrics:
    """Reads, and has the gauges show it. `live` tells of the agents that are heard."""

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
        """Read now and again, until cancelled. What cannot be read costs figures, and nothing else."""
        failing = False
        while True:
            self._open_tasks = [(agent.open_tasks, {"agent": agent.card.name}) for agent in self._live()]
            try:
                self._read, self._read_at = await self._store.holdings(), self._environment.monotonic()
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
            ("creatorflow.quarantine.rows", "{row}", "Messages that rest in quarantine, by code", self._quarantine),
            ("creatorflow.store.read.age", "s", "For how long the figures of the store have not been read", self._age),
            ("creatorflow.open_tasks", "{task}", "Tasks that heartbeats name, by agent", lambda: self._open_tasks),
        ):
            gauge(meter, name, unit, description, read)

    def _sagas(self) -> list[Figure]:
        held = self._read
        return [] if held is None else [(held.sagas[each][0] if each in held.sagas else 0, _by(each)) for each in OPEN]

    def _ages(self) -> list[Figure]:
        held = self._read
        if held is None:
            return []
        return [(self._since(held.sagas[each][1]) if each in held.sagas else 0.0, _by(each)) for each in OPEN]

    def _rows(self) -> list[Figure]:
        return [] if self._read is None else [(self._read.outbox, {})]

    def _outbox_age(self) -> list[Figure]:
        return [] if self._read is None else [(self._since(self._read.outbox_since), {})]

    def _quarantine(self) -> list[Figure]:
        """Codes that have come and gone are told as none."""
        held = self._read
        if held is None:
            return []
        self._codes |= held.quarantine.keys()  # a closed list: it stays small
        return [(held.quarantine.get(code, 0), {"code": code}) for code in sorted(self._codes)]

    def _age(self) -> list[Figure]:
        return [(self._environment.monotonic() - self._read_at, {})]

    def _since(self, moment: datetime | None) -> float:
        return 0.0 if moment is None else max(0.0, (self._environment.now() - moment).total_seconds())


def _by(status: str) -> dict[str, str]:
    return {"status": status}
