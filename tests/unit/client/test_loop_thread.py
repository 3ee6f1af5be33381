"""Coroutines run in a thread of their own for callers without an event loop."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import subprocess
import sys
import threading
from collections.abc import AsyncGenerator, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from creatorflow.client import BrokerUnavailable
from creatorflow.client.loop_thread import LoopThread

from tests.waiting import patient

color = contextvars.ContextVar("color", default="none")


@pytest.fixture
def thread() -> LoopThread:
    return LoopThread("loop-under-test")


@pytest.fixture
def open_thread(thread: LoopThread) -> Iterator[LoopThread]:
    thread.open()
    yield thread
    thread.close()


def threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "loop-under-test"]


class CallCounter:
    """An asynchronous generator that records that it was closed."""

    def __init__(self) -> None:
        self.closed = threading.Event()

    async def numbers(self, fail: bool = False) -> AsyncGenerator[int, None]:
        try:
            for number in range(3):
                await asyncio.sleep(0)
                yield number
            if fail:
                raise LookupError("no more")
        finally:
            self.closed.set()


async def current() -> tuple[str, str]:
    await asyncio.sleep(0)
    return threading.current_thread().name, color.get()


def test_a_coroutine_runs_in_the_thread_with_the_callers_context(thread: LoopThread) -> None:
    token = color.set("red")
    assert thread.run(current()) == ("loop-under-test", "red")
    color.reset(token)


def test_an_exception_of_a_coroutine_is_raised_in_the_caller(thread: LoopThread) -> None:
    async def fails() -> None:
        raise LookupError("nothing here")

    with pytest.raises(LookupError, match="nothing here"):
        thread.run(fails())


def test_the_thread_ends_with_its_last_user(thread: LoopThread) -> None:
    thread.open()
    thread.open()
    thread.run(current())
    thread.close()
    assert len(threads()) == 1
    thread.close()
    assert threads() == []
    thread.run(current())
    assert threads() == []


def test_a_timeout_of_one_thread_does_not_end_the_call_of_another(thread: LoopThread) -> None:
    begun, go = threading.Event(), threading.Event()

    async def waits() -> str:
        begun.set()
        await asyncio.to_thread(go.wait)
        return threading.current_thread().name

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(thread.run, waits())
        assert begun.wait(patient())
        thread.run(current())
        go.set()
        assert waiting.result(patient()) == "loop-under-test"
    assert threads() == []


def test_one_loop_serves_many_threads(open_thread: LoopThread) -> None:
    together = asyncio.Barrier(5)

    async def meets() -> int:
        await together.wait()
        return threading.get_ident()

    with ThreadPoolExecutor(5) as pool:
        assert len(set(pool.map(lambda _: open_thread.run(meets()), range(5)))) == 1


async def test_it_works_beside_another_running_loop(thread: LoopThread) -> None:
    assert thread.run(current())[0] == "loop-under-test"


def test_a_generator_yields_every_value_and_its_exception_is_raised(open_thread: LoopThread) -> None:
    counting = CallCounter()
    assert list(open_thread.iterate(counting.numbers())) == [0, 1, 2]
    failing = open_thread.iterate(counting.numbers(fail=True))
    with pytest.raises(LookupError):
        list(failing)


def test_an_abandoned_generator_is_closed(open_thread: LoopThread) -> None:
    counting = CallCounter()
    source = counting.numbers()
    for _number in open_thread.iterate(source):
        break
    gc.collect()
    assert counting.closed.is_set()


def test_an_open_generator_is_closed_with_the_loop(thread: LoopThread) -> None:
    counting = CallCounter()
    thread.open()
    numbers = thread.iterate(counting.numbers())
    next(numbers)
    thread.close()
    assert counting.closed.is_set()
    numbers.close()


def test_a_generator_collected_in_the_loops_own_thread_is_closed_without_waiting(open_thread: LoopThread) -> None:
    counting = CallCounter()
    numbers = [open_thread.iterate(counting.numbers())]
    next(numbers[0])

    async def throw_away() -> None:
        numbers.clear()

    open_thread.run(throw_away())
    assert counting.closed.wait(patient())


def test_a_waiting_call_gets_the_clients_error_when_the_loop_is_closed(thread: LoopThread) -> None:
    thread.open()
    begun = threading.Event()

    async def waits() -> None:
        begun.set()
        await asyncio.Event().wait()

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(thread.run, waits())
        assert begun.wait(patient())
        thread.close()
        with pytest.raises(BrokerUnavailable, match="closed"):
            waiting.result(patient())


SCRIPT = """
import asyncio, signal, sys, threading, os
from creatorflow.client.loop_thread import LoopThread

thread = LoopThread("under-test")

async def waits():
    try:
        threading.Timer(0, os.kill, (os.getpid(), signal.SIGINT)).start()
        await asyncio.Event().wait()
    finally:
        print("cleaned up")

async def numbers():
    yield 1
    await waits()
"""
INTERRUPTED = """
signal.signal(signal.SIGINT, signal.default_int_handler)
thread.open()
try:
    thread.run(waits())
except KeyboardInterrupt:
    print("interrupted")
try:
    print(*thread.iterate(numbers()))
except KeyboardInterrupt:
    print("interrupted")
thread.close()
print(threading.active_count())
"""
ABANDONED = """
thread.open()
events = thread.iterate(numbers())
print(next(events))
"""


def script(text: str) -> list[str]:
    command = [sys.executable, "-c", SCRIPT + text]
    done = subprocess.run(command, capture_output=True, text=True, timeout=patient(), check=True)
    assert done.stderr == ""
    return done.stdout.splitlines()


def test_ctrl_c_cancels_a_call_which_cleans_up_first() -> None:
    assert script(INTERRUPTED) == ["cleaned up", "interrupted", "cleaned up", "interrupted", "1"]


def test_a_program_that_closes_nothing_still_ends() -> None:
    assert script(ABANDONED) == ["1"]
