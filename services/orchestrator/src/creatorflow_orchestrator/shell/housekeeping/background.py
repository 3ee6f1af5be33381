"""Background tasks, and retries while the store is unavailable.

An unexpected error in a background task ends the process, as one in the main loop does: it is not left half alive.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from creatorflow.asyncio_tasks import end_tasks
from creatorflow.backoff import STORE, retrying
from creatorflow.logs import get_logger

from creatorflow_orchestrator.shell.store import StoreUnavailable


class BackgroundTasks:
    """Tasks that are not awaited one by one."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._error: BaseException | None = None
        self._failed = asyncio.Event()

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Start a task; needs a running event loop."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    async def failing(self) -> None:
        """Wait until a task fails, and raise its error."""
        await self._failed.wait()
        if self._error is not None:
            raise self._error

    async def finish(self) -> None:
        """Wait for all running tasks."""
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def cancel(self) -> None:
        """Cancel all running tasks and wait for their end."""
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
    """Await `work`, again while it raises `StoreUnavailable`; returns its result and raises its other errors.

    `afterwards` is called if `work` was tried more than once, whatever its outcome: a commit that seemed to fail may
    have been made.
    """
    try:
        return await work()
    except StoreUnavailable as error:
        report_unavailable(error, 0.0)
    try:
        done: T = await retrying(STORE, StoreUnavailable, report_unavailable)(work)
    except Exception:
        afterwards()
        raise
    afterwards()
    return done


def report_unavailable(error: BaseException, pause: float) -> None:
    """Log that the store is unavailable, and that it is tried again after `pause` seconds."""
    log.warning("store_awaited", reason=str(error), next_try_s=round(pause, 2))
