"""Ending asyncio tasks reliably."""

from __future__ import annotations

import asyncio

import pytest
from creatorflow.asyncio_tasks import end_tasks, run_unless, run_within

from tests.waiting import in_time


async def test_a_task_that_swallows_a_cancellation_is_still_ended() -> None:
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
    await in_time(end_tasks(task))
    assert task.cancelled()
    assert swallowed == 2


async def test_the_outcome_of_an_ended_task_is_not_raised() -> None:
    async def fails() -> None:
        raise ValueError

    task = asyncio.ensure_future(fails())
    await asyncio.sleep(0)
    await end_tasks(task)
    assert isinstance(task.exception(), ValueError)


async def test_ending_no_task_is_not_an_error() -> None:
    await end_tasks()


async def test_an_unfinished_task_is_cancelled_and_not_waited_for() -> None:
    cancelled = asyncio.Event()

    async def for_ever() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            await asyncio.Event().wait()  # nor does it let itself be cancelled

    async def fails() -> None:
        raise ValueError

    assert await run_within(5, fails())
    assert await run_within(5)
    assert not await in_time(run_within(0.01, for_ever(), fails()))
    await in_time(cancelled.wait())
    left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    await end_tasks(*left)


async def test_work_ends_when_the_stop_comes_first() -> None:
    stop, ended = asyncio.Event(), asyncio.Event()

    async def for_ever() -> int:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return 1

    async def at_once() -> int:
        return 2

    assert await run_unless(stop, at_once()) == 2
    asyncio.get_running_loop().call_soon(stop.set)
    assert await run_unless(stop, for_ever()) is None
    assert ended.is_set()


async def test_an_exception_of_the_work_is_raised_without_a_stop() -> None:
    async def fails() -> None:
        raise ValueError

    with pytest.raises(ValueError):
        await run_unless(asyncio.Event(), fails())
