"""Ending tasks for certain."""

from __future__ import annotations

import asyncio

AGAIN_S = 0.5


async def end_tasks(*tasks: asyncio.Task[object] | asyncio.Task[None]) -> None:
    """Cancel tasks and wait until they are done, whatever they end with.

    Once is not enough: `asyncio.wait_for` (Python 3.11) swallows a cancellation that comes together with its result,
    and the broker's client uses it for every question with a time limit.
    """
    left = {task for task in tasks if not task.done()}
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=AGAIN_S)
    for task in tasks:
        if not task.cancelled():
            task.exception()
