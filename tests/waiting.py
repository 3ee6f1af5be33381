"""Waiting in tests: for a condition or an awaitable, with one time limit for all.

The limit only says when a test gives up; it is no statement about speed. It is long, because a wait ends as soon as its
condition holds, and CREATORFLOW_TEST_PATIENCE (a factor, 1 unless set) makes it longer on a busy machine.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import TypeVar

from ops.local import wait

T = TypeVar("T")

LIMIT_S = 120.0
PATIENCE = float(os.environ.get("CREATORFLOW_TEST_PATIENCE") or 1)


def patient(seconds: float = LIMIT_S) -> float:
    """Return a time limit in seconds, multiplied by the patience of this run."""
    return seconds * PATIENCE


def until(condition: Callable[[], T | None], what: str, *, every: float = 0.05, limit: float = LIMIT_S) -> T:
    """Block until `condition` is true and return its value. `limit` is for waits that take minutes even alone.

    Raises:
        TimeoutError: `what` has not come true in time.
    """
    return wait.until(condition, patient(limit), what, every=every)


async def eventually(condition: Callable[[], object | Awaitable[object]], what: str, *, every: float = 0.02) -> None:
    """Wait until `condition`, which may be a coroutine function, is true.

    Raises:
        TimeoutError: `what` has not come true in time.
    """
    try:
        async with asyncio.timeout(patient()):
            while not await _value(condition()):  # noqa: ASYNC110 - it comes true in another process
                await asyncio.sleep(every)
    except TimeoutError:
        raise TimeoutError(f"{what}: not within {patient():g} s") from None


async def in_time(awaitable: Awaitable[T], *, limit: float = LIMIT_S) -> T:
    """Return the value of `awaitable`, which must come in time. `limit` is for waits that take minutes even alone.

    Raises:
        TimeoutError: it has not.
    """
    return await asyncio.wait_for(awaitable, patient(limit))


async def _value(found: object) -> object:
    return await found if isinstance(found, Awaitable) else found
