"""The load limit: open sagas are bounded, and a request beyond the bound is refused with the time to retry after.

The count is kept in memory, exact for this process, and read again from the store at intervals, for the sagas of other
replicas; between two reads they may accept a few more together.
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
"""Intervals without a successful count after which the store counts as not answering."""
BACK_AFTER_MS = 10_000
"""On average; spread, so that not all clients that were refused come back at once."""

log = get_logger(__name__)


class LoadLimit:
    """Counts the open sagas, of which there may be `at_most`. `count` reads their number from the store."""

    def __init__(self, at_most: int, count: Callable[[], Awaitable[int]], environment: Environment) -> None:
        self._at_most = at_most
        self._count = count
        self._environment = environment
        self._open = 0
        self._read_at = float("-inf")

    def refusal(self, message: RequestSubmitted, accepted: int) -> Problem | None:
        """Return why a new request is refused, besides `accepted` others of its batch; `None` if it is not.

        A child belongs to a request that was accepted, and a dry run opens no saga.
        """
        if self._open + accepted < self._at_most or message.parent is not None or message.dry_run:
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

    def on_commit(self, batch: CommittedBatch) -> None:
        """Count the sagas that a committed batch opened and closed."""
        self._open += batch.state.opened

    @property
    def store_answers(self) -> bool:
        """True if the store was counted not long ago."""
        return self._environment.monotonic() - self._read_at < SILENT_AFTER * self._environment.poll_s

    async def read(self) -> None:
        """Read the count from the store. While the store is unavailable the last count is kept."""
        try:
            self._open = await self._count()
            self._read_at = self._environment.monotonic()
        except StoreUnavailable as error:
            log.warning("store_awaited", reason=str(error))

    async def run(self) -> None:
        """Read the count at intervals, more often while the limit is reached; until cancelled."""
        while True:
            is_full = self._open >= self._at_most
            await asyncio.sleep(COUNT_EVERY_WHEN_FULL_S if is_full else self._environment.poll_s)
            await self.read()
