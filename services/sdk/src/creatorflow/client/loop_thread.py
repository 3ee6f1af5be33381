"""A thread with an event loop, in which coroutines run for callers that have none."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import AsyncGenerator, Coroutine, Generator
from concurrent.futures import Future, wait
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from .errors import BrokerUnavailable

T = TypeVar("T")


class _Call(Generic[T]):
    """A coroutine on its way through the loop's thread. `outcome` is for the thread that waits."""

    def __init__(self, work: Coroutine[Any, Any, T]) -> None:
        self._work = work
        self._task: asyncio.Task[T] | None = None
        self.outcome: Future[T] = Future()

    def begin(self) -> None:
        self._task = asyncio.ensure_future(self._work)
        self._task.add_done_callback(self._end)

    def cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def _end(self, task: asyncio.Task[T]) -> None:
        if task.cancelled():
            self.outcome.set_exception(BrokerUnavailable("the client was closed while this call waited", "client"))
        elif error := task.exception():
            self.outcome.set_exception(error)
        else:
            self.outcome.set_result(task.result())


@dataclass(frozen=True)
class _RunningLoop:
    """A loop that runs, its thread, and the event by which it ends."""

    thread: threading.Thread
    loop: asyncio.AbstractEventLoop
    stop: asyncio.Event


class LoopThread:
    """An event loop in a daemon thread. It runs from `open` to `close`, or else for the time of a call.

    Any thread may call, also one in which another event loop runs; that loop stands still meanwhile.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock: Final = threading.RLock()  # garbage collection may close a generator while this thread has it
        self._opened = 0
        self._calls = 0
        self._running: _RunningLoop | None = None

    def open(self) -> None:
        """Keep the thread running until `close`."""
        with self._lock:
            self._started()
            self._opened += 1

    def close(self) -> None:
        """Undo one `open`. The last one cancels the calls that other threads still wait for, and ends the thread."""
        with self._lock:
            self._opened -= 1
            running = self._taken_out_if(self._opened == 0)
        _end(running)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine to its end, with this thread's context variables; what it returns or raises.

        Ctrl-C cancels it and waits until it has cleaned up. Raises BrokerUnavailable if another thread closes the
        client meanwhile.
        """
        call = _Call(work)
        with self._lock:  # a call that is begun before the end of the loop is ended with it
            loop = self._started().loop
            self._calls += 1
            loop.call_soon_threadsafe(call.begin)
        try:
            return call.outcome.result()
        finally:
            if not call.outcome.done():  # interrupted
                with suppress(RuntimeError):  # the loop is closed: the call has ended
                    loop.call_soon_threadsafe(call.cancel)
                wait((call.outcome,))
            self._called()

    def _called(self) -> None:
        with self._lock:
            self._calls -= 1
            running = self._taken_out_if(self._opened == self._calls == 0)
        _end(running)

    def _started(self) -> _RunningLoop:
        if self._running is None:
            self._running = _start(self._name)
        return self._running

    def _taken_out_if(self, unused: bool) -> _RunningLoop | None:
        if not unused:
            return None
        running, self._running = self._running, None
        return running

    def iterate(self, source: AsyncGenerator[T, None]) -> Generator[T, None, None]:
        """Yield what an asynchronous generator yields; it is closed when this one is, or is thrown away."""

        async def step() -> T:
            return await anext(source)

        try:
            while True:
                try:
                    value = self.run(step())
                except StopAsyncIteration:
                    return
                yield value
        finally:
            self._close(source)

    def _close(self, source: AsyncGenerator[T, None]) -> None:
        """Close a generator that was perhaps not read to its end.

        Without a loop it is closed already. Where nobody may wait, in the loop's own thread (by garbage collection) and
        at the interpreter's end, asyncio closes it when it is thrown away.
        """
        running = self._running
        if running is not None and running.thread is not threading.current_thread() and not sys.is_finalizing():
            self.run(source.aclose())


def _start(name: str) -> _RunningLoop:
    started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def serve() -> None:
        stop = asyncio.Event()
        started.set_result((asyncio.get_running_loop(), stop))
        await stop.wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), name=name, daemon=True)
    thread.start()
    return _RunningLoop(thread, *started.result())


def _end(running: _RunningLoop | None) -> None:
    """Cancel what the loop still runs, and wait for the end of its thread."""
    if running is not None:
        running.loop.call_soon_threadsafe(running.stop.set)
        running.thread.join()
