"""Waiting for a condition, with an end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable


async def until(condition: Callable[[], bool | Awaitable[bool]], what: str, seconds: float = 15.0) -> None:
    """Returns when `condition` holds; fails after `seconds`."""
    try:
        async with asyncio.timeout(seconds):
            while True:
                holds = condition()
                if holds if isinstance(holds, bool) else await holds:
                    return
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"not within {seconds:g} s: {what}") from None
