"""Counts the consumers of agents' task queues at the broker, for sagas whose tasks have waited long.

An instance with all its slots in work does not consume for a while; its heartbeats show that it is available.

One count at a time, each valid for a second: ten thousand waiting steps cost the broker one query a second.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from creatorflow import backoff
from creatorflow.bus import BusError
from creatorflow.logs import get_logger
from creatorflow_contracts import topology

from creatorflow_orchestrator.core.state.events import ConsumersCounted
from creatorflow_orchestrator.shell.batch.committed_batch import CommittedBatch
from creatorflow_orchestrator.shell.batch.work_queue import InternalEvent
from creatorflow_orchestrator.shell.environment import Environment

VALID_S = 1.0

log = get_logger(__name__)


class ConsumerProbe:
    """Counts for sagas. `count` returns the consumers of a queue (0 if there is no queue), `busy` the instances of an
    agent whose heartbeats name tasks, `enqueue` takes the events with the counts."""

    def __init__(
        self,
        count: Callable[[str], Awaitable[int]],
        busy: Callable[[str], int],
        enqueue: Callable[[InternalEvent], None],
        environment: Environment,
    ) -> None:
        self._count = count
        self._busy = busy
        self._enqueue = enqueue
        self._environment = environment
        self._requests: dict[UUID, set[str]] = {}
        self._counted: dict[str, tuple[int, float]] = {}
        self._requested = asyncio.Event()

    def request(self, saga_id: UUID, agents: Sequence[str]) -> None:
        """Have the consumers of these agents counted, for an event of the saga."""
        self._requests.setdefault(saga_id, set()).update(agents)
        self._requested.set()

    def on_commit(self, batch: CommittedBatch) -> None:
        """Request the counts that the sagas of a committed batch wait for."""
        for saga_id, agents in batch.state.effects.consumer_counts:
            self.request(saga_id, agents)

    async def run(self) -> None:
        """Count on request, until cancelled. While the broker is unavailable requests wait."""
        while True:
            await self._requested.wait()
            self._requested.clear()
            await backoff.retrying(backoff.CONSUMER_COUNT, BusError, _report_failure)(self._count_all)

    async def _count_all(self) -> None:
        while self._requests:
            await self._count_first()

    async def _count_first(self) -> None:
        saga_id = next(iter(self._requests))
        agents = frozenset(self._requests[saga_id])
        consumers = {agent: await self._consumers(agent) for agent in sorted(agents)}
        if self._requests[saga_id] == agents:  # nothing was added meanwhile
            del self._requests[saga_id]
            self._enqueue(InternalEvent(saga_id, ConsumersCounted(self._environment.now(), consumers)))

    async def _consumers(self, agent: str) -> int:
        count, until = self._counted.get(agent, (0, 0.0))
        if self._environment.monotonic() >= until:
            count = await self._count(topology.agent_queue(agent))
            self._counted[agent] = (count, self._environment.monotonic() + VALID_S)
        return count or self._busy(agent)


def _report_failure(error: BaseException, pause: float) -> None:
    log.warning("consumers_uncounted", reason=str(error), next_try_s=pause)
