"""Where handlers run: async ones on the main event loop, plain ones each in a thread. Never on the bus's loop.

Rules for this file: what comes from the bus's thread goes over by `call_soon_threadsafe`, and back the same way. Code
that blocks its thread blocks its own kind only; the bus beats on.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

from creatorflow_contracts.v1.work import AgentResult, AgentTask

from creatorflow.bus import IncomingMessage
from creatorflow.telemetry import invocation_span, processing_span, record_outcome
from creatorflow.tracecontext import Headers, carried

from .agent import Agent
from .agent_metrics import SUCCEEDED
from .outcome import perform_async, perform_plain
from .work_context import Work

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Outcome:
    """The body of an AgentResult, the headers to keep with it, which carry its trace, and how it ended in a word."""

    body: bytes
    headers: Headers
    word: str
    """`succeeded`, or the type of the error that it tells."""

    @classmethod
    def of(cls, result: AgentResult, headers: Headers) -> Outcome:
        """The outcome that a result is."""
        return cls(result.to_json(), headers, result.error.type if result.error is not None else SUCCEEDED)


class HandlerRun:
    """One handler at work. Made and read on the bus's loop."""

    def __init__(self, agent: Agent, task: AgentTask, incoming: IncomingMessage, instance: str) -> None:
        self._bus_loop = asyncio.get_running_loop()
        self.started: asyncio.Future[None] = self._bus_loop.create_future()
        self.outcome: asyncio.Future[Outcome] = self._bus_loop.create_future()
        self.agent = agent
        self.task = task
        self.work = Work(task)
        self.incoming = incoming
        self._instance = instance
        self._running: asyncio.Task[None] | None = None

    def cancel(self, work_loop: asyncio.AbstractEventLoop) -> None:
        """Nobody waits for it any more."""
        self.work.cancel()
        with suppress(RuntimeError):  # the loop has ended, and the work with it
            work_loop.call_soon_threadsafe(self._cancel_running)

    # -- on the side of the work ------------------------------------------------------------------------------------

    def start_async(self) -> None:
        """On the main loop: begin."""
        if not self.work.cancelled:
            self._running = asyncio.get_running_loop().create_task(self._perform_async(), name=f"work-{self.task.step}")

    def perform_plain(self) -> None:
        """In a thread of its own: do all of it."""
        self._tell(self.started, None)
        with processing_span(self.incoming, str(self.task.correlation_id)):
            with invocation_span(self.agent.name, self.task) as span:
                result = perform_plain(self.agent, self.task, self.work, self._instance)
                record_outcome(span, result)
            outcome = Outcome.of(result, carried())
        self._tell(self.outcome, outcome)  # not before its span has ended: that of the publish hangs from it

    async def _perform_async(self) -> None:
        self._tell(self.started, None)
        with processing_span(self.incoming, str(self.task.correlation_id)):
            with invocation_span(self.agent.name, self.task) as span:
                result = await perform_async(self.agent, self.task, self.work, self._instance)
                record_outcome(span, result)
            outcome = Outcome.of(result, carried())
        self._tell(self.outcome, outcome)  # not before its span has ended: that of the publish hangs from it

    def _cancel_running(self) -> None:
        if self._running is not None:
            self._running.cancel()

    def _tell(self, future: asyncio.Future[T], value: T) -> None:
        with suppress(RuntimeError):  # the bus has ended; nobody waits
            self._bus_loop.call_soon_threadsafe(_set, future, value)


class Executor:
    """Starts and cancels work from the bus's thread."""

    def __init__(self, work_loop: asyncio.AbstractEventLoop, instance: str) -> None:
        self._work_loop = work_loop
        self._instance = instance

    def start(self, agent: Agent, task: AgentTask, incoming: IncomingMessage) -> HandlerRun:
        """Begin the work of a task."""
        run = HandlerRun(agent, task, incoming, self._instance)
        if agent.is_async:
            self._work_loop.call_soon_threadsafe(run.start_async)
        else:
            _thread(run.perform_plain, f"work-{task.step}")
        return run

    def cancel(self, run: HandlerRun) -> None:
        """Tell the work that nobody waits for it: an async one is cancelled, a plain one may look."""
        run.cancel(self._work_loop)


def _thread(target: Callable[[], None], name: str) -> None:
    threading.Thread(target=target, name=name, daemon=True).start()


def _set(future: asyncio.Future[T], value: T) -> None:
    if not future.done():
        future.set_result(value)
