"""While the store is away, work that needs it is kept and tried again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from random import random
from typing import TypeVar

from creatorflow.logs import get_logger
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_exponential

from .store import StoreUnavailable

T = TypeVar("T")

log = get_logger(__name__)


async def through_outage(
    work: Callable[[], Awaitable[T]],
    afterwards: Callable[[], object] = lambda: None,
    jitter: Callable[[], float] = random,
) -> T:
    """What `work` comes to, begun anew until the store is there; whatever else it raises is raised.

    `afterwards` is called where it was begun more than once, whatever it came to in the end: a commit that failed may
    have happened all the same.
    """
    try:
        return await work()
    except StoreUnavailable as error:
        log.warning("store_awaited", reason=str(error))
    growing = wait_exponential(multiplier=0.1, max=5.0)

    def wait(state: RetryCallState) -> float:
        return growing(state) + 0.1 * jitter()

    trying = AsyncRetrying(
        retry=retry_if_exception_type(StoreUnavailable),
        wait=wait,
        before_sleep=lambda state: log.warning("store_awaited", attempt=state.attempt_number),
    )
    try:
        done: T = await trying(work)
    except Exception:
        afterwards()
        raise
    afterwards()
    return done
