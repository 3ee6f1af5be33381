"""A task that is ended has ended."""

from __future__ import annotations

import asyncio

from creatorflow.tasks import end_tasks


async def test_a_task_that_swallows_a_cancellation_is_ended_all_the_same() -> None:
    swallowed = 0

    async def stubborn() -> None:
        nonlocal swallowed
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                swallowed += 1
                if swallowed == 2:
                    raise

    task = asyncio.ensure_future(stubborn())
    await asyncio.sleep(0)
    await asyncio.wait_for(end_tasks(task), 10)
    assert task.cancelled()
    assert swallowed == 2


async def test_what_a_task_ends_with_is_not_raised() -> None:
    async def fails() -> None:
        raise ValueError

    task = asyncio.ensure_future(fails())
    await asyncio.sleep(0)
    await end_tasks(task)
    assert isinstance(task.exception(), ValueError)


async def test_nothing_to_end_is_no_error() -> None:
    await end_tasks()
