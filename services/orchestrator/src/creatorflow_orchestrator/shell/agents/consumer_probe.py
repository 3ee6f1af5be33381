"""Whether anybody consumes an agent's tasks: asked of the broker for sagas whose tasks have waited long.

An instance with all it can do in work does not consume for a while; its heartbeats say that it is there.

One count at a time, each believed for a second: ten thousand waiting steps cost the broker one question a second.
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

BELIEVED_S = 1.0

log = get_logger(__name__)


class ConsumerProbe:
    """Counts for sagas. `count` gives the consumers of a queue (none where there is no queue), `busy` the instances of
    an agent that are heard at their work, `tell` takes answers."""

    def __init__(
        self,
        count: Callable[[str], Awaitable[int]],
        busy: Callable[[str], int],
        tell: Callable[[InternalEvent], None],
        environment: Environment,
    ) -> None:
        self._count = count
        self._busy = busy
        self._tell = tell
        self._environment = environment
        self._asked: dict[UUID, set[str]] = {}
        self._counted: dict[str, tuple[int, float]] = {}
        self._news = asyncio.Event()

    def ask(self, saga_id: UUID, agents: Sequence[str]) -> None:
        """Have the consumers of these agents counted; the saga is told."""
        self._asked.setdefault(saga_id, set()).update(agents)
        self._news.set()

    def committed(self, done: CommittedBatch) -> None:
        """A batch is committed: its sagas have their consumers counted."""
        for saga_id, agents in done.work.effects.counts:
            self.ask(saga_id, agents)

    async def run(self) -> None:
        """Answer who asks, until cancelled. While the broker is away nothing is counted, and the question stays."""
        while True:
            await self._news.wait()
            self._news.clear()
            await backoff.retrying(backoff.CONSUMER_COUNT, BusError, _uncounted)(self._answer_all)

    async def _answer_all(self) -> None:
        while self._asked:
            await self._answer_first()

    async def _answer_first(self) -> None:
        saga_id = next(iter(self._asked))
        agents = frozenset(self._asked[saga_id])
        consumers = {agent: await self._consumers(agent) for agent in sorted(agents)}
        if self._asked[saga_id] == agents:  # nothing was added meanwhile
            del self._asked[saga_id]
            self._tell(InternalEvent(saga_id, ConsumersCounted(self._environment.now(), consumers)))

    async def _consumers(self, agent: str) -> int:
        count, until = self._counted.get(agent, (0, 0.0))
        if self._environment.monotonic() >= until:
            count = await self._count(topology.agent_queue(agent))
            self._counted[agent] = (count, self._environment.monotonic() + BELIEVED_S)
        return count or self._busy(agent)


def _uncounted(error: BaseException, pause: float) -> None:
    log.warning("consumers_uncounted", reason=str(error), next_try_s=pause)
