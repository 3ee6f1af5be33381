"""Admission: open sagas are bounded, and one too many is told when to come back, before it is accepted.

The count is kept in memory, exact for what this process does, and read again from the store now and then, for what
other replicas do; between two readings they may admit a few more together.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from creatorflow.logs import get_logger
from creatorflow_contracts.problem import Problem
from creatorflow_contracts.v1.request import RequestSubmitted

from creatorflow_orchestrator.shell.batch.committed_batch import CommittedBatch
from creatorflow_orchestrator.shell.environment import Environment
from creatorflow_orchestrator.shell.store import StoreUnavailable

COUNT_EVERY_WHEN_FULL_S = 1.0
SILENT_AFTER = 3
"""A store that has not been counted at so many looks does not answer."""
BACK_AFTER_MS = 10_000
"""On average; spread, so that not all who were turned away come back at once."""

log = get_logger(__name__)


class LoadLimit:
    """Counts the open sagas. `count` reads their number from the store."""

    def __init__(self, at_most: int, count: Callable[[], Awaitable[int]], environment: Environment) -> None:
        self._at_most = at_most
        self._count = count
        self._environment = environment
        self._open = 0
        self._read_at = float("-inf")

    def refusal(self, message: RequestSubmitted, coming: int) -> Problem | None:
        """Why a new request is not taken now, besides `coming` others; `None` where it is.

        Children belong to what was accepted, and a dry run opens nothing.
        """
        if self._open + coming < self._at_most or message.parent is not None or message.dry_run:
            return None
        log.warning("request_turned_away", correlation_id=str(message.correlation_id), open=self._open)
        return Problem(
            code="OVERLOADED",
            message=f"{self._at_most} requests are open, and no more are taken",
            where="request",
            correlation_id=str(message.correlation_id),
            hint="Nothing was accepted: submit the same request with the same id again after retry_after_ms.",
            retry_after_ms=int(BACK_AFTER_MS * (0.5 + self._environment.jitter())),
        )

    def committed(self, done: CommittedBatch) -> None:
        """A batch is committed: so many sagas more (or fewer) are open now."""
        self._open += done.work.opened

    @property
    def store_answers(self) -> bool:
        """Whether the store has given its count not long ago."""
        return self._environment.monotonic() - self._read_at < SILENT_AFTER * self._environment.poll_s

    async def read(self) -> None:
        """Take the store's count. While it is away the last one is kept."""
        try:
            self._open = await self._count()
            self._read_at = self._environment.monotonic()
        except StoreUnavailable as error:
            log.warning("store_awaited", reason=str(error))

    async def run(self) -> None:
        """Read again now and then, more often while full; until cancelled."""
        while True:
            is_full = self._open >= self._at_most
            await asyncio.sleep(COUNT_EVERY_WHEN_FULL_S if is_full else self._environment.poll_s)
            await self.read()
