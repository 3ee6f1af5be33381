"""Reliable ending of asyncio tasks, and work with a bound on its time."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

AGAIN_S = 0.5
T = TypeVar("T")


async def end_tasks(*tasks: asyncio.Task[object] | asyncio.Task[None]) -> None:
    """Cancel tasks and wait until they are done, whatever they return or raise.

    Once is not enough: `asyncio.wait_for` (Python 3.11) swallows a cancellation that comes together with its result,
    and the broker's client uses it for every call with a time limit.
    """
    left = {task for task in tasks if not task.done()}
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=AGAIN_S)
    for task in tasks:
        if not task.cancelled():
            task.exception()


async def run_within(seconds: float, *works: Coroutine[Any, Any, object]) -> bool:
    """Run coroutines concurrently; True if all ended within `seconds`. The others are cancelled and not waited for.

    Their exceptions are not raised: this is for work at an end, such as closing connections that may not answer.
    """
    tasks = {asyncio.ensure_future(work) for work in works}
    if not tasks:
        return True
    done, left = await asyncio.wait(tasks, timeout=seconds)
    for task in left:
        task.cancel()
    for task in done:
        if not task.cancelled():
            task.exception()
    return not left


async def run_unless(stop: asyncio.Event, work: Coroutine[Any, Any, T]) -> T | None:
    """Return the work's result, or None if `stop` is set before, which cancels it. Raises what the work raises."""
    working, stopping = asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        return await working if working.done() else None
    finally:
        await end_tasks(working, stopping)
