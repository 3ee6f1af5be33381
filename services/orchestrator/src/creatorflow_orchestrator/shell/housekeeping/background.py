"""Work beside the main line. What fails there is no smaller failure than one of the main line: it ends the process,
rather than leave it half alive."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from creatorflow.asyncio_tasks import end_tasks
from creatorflow.backoff import STORE, retrying
from creatorflow.logs import get_logger

from creatorflow_orchestrator.shell.store import StoreUnavailable


class BackgroundTasks:
    """Tasks that nobody awaits one by one."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._error: BaseException | None = None
        self._failed = asyncio.Event()

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Begin it; needs a running event loop."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    async def failing(self) -> None:
        """Wait until one fails, and raise what it raised."""
        await self._failed.wait()
        if self._error is not None:
            raise self._error

    async def finish(self) -> None:
        """Wait for all that are there."""
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def cancel(self) -> None:
        """End all that are there."""
        await end_tasks(*self._tasks)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self._error = self._error or task.exception()
            self._failed.set()


T = TypeVar("T")

log = get_logger(__name__)


async def retry_while_unavailable(
    work: Callable[[], Awaitable[T]],
    afterwards: Callable[[], object] = lambda: None,
) -> T:
    """What `work` comes to, begun anew until the store is there; whatever else it raises is raised.

    `afterwards` is called where it was begun more than once, whatever it came to in the end: a commit that failed may
    have happened all the same.
    """
    try:
        return await work()
    except StoreUnavailable as error:
        _store_awaited(error, 0.0)
    try:
        done: T = await retrying(STORE, StoreUnavailable, _store_awaited)(work)
    except Exception:
        afterwards()
        raise
    afterwards()
    return done


def _store_awaited(error: BaseException, pause: float) -> None:
    log.warning("store_awaited", reason=str(error), next_try_s=round(pause, 2))
