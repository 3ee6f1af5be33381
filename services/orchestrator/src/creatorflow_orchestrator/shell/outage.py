"""While the store is away, work that needs it is kept and tried again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from creatorflow.backoff import STORE, retrying
from creatorflow.logs import get_logger

from .store import StoreUnavailable

T = TypeVar("T")

log = get_logger(__name__)


async def through_outage(
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
