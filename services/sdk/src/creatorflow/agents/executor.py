"""Execution of handlers: async ones on the main event loop, plain ones each in a thread. Never on the bus's loop.

Rules for this file: calls between the bus's thread and the work's thread go by `call_soon_threadsafe` in both
directions. Code that blocks its thread blocks only handlers of its own kind; the bus keeps sending heartbeats.
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
    """The body of an AgentResult, the headers to store with it, which carry its trace, and its outcome's label."""

    body: bytes
    headers: Headers
    label: str
    """`succeeded`, or the type of its error."""

    @classmethod
    def of(cls, result: AgentResult, headers: Headers) -> Outcome:
        """Return the outcome of a result."""
        return cls(result.to_json(), headers, result.error.type if result.error is not None else SUCCEEDED)


class HandlerRun:
    """One running handler. Created and read on the bus's loop."""

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
        """Stop the work: its result is no longer needed."""
        self.work.cancel()
        with suppress(RuntimeError):  # the loop has ended, and with it the work
            work_loop.call_soon_threadsafe(self._cancel_running)

    # -- in the work's thread ---------------------------------------------------------------------------------------

    def start_async(self) -> None:
        """Start an async handler. Called on the main loop."""
        if not self.work.cancelled:
            self._running = asyncio.get_running_loop().create_task(self._perform_async(), name=f"work-{self.task.step}")

    def perform_plain(self) -> None:
        """Run a plain handler to its end. Called in its own thread."""
        self._resolve(self.started, None)
        with processing_span(self.incoming, str(self.task.correlation_id)):
            with invocation_span(self.agent.name, self.task) as span:
                result = perform_plain(self.agent, self.task, self.work, self._instance)
                record_outcome(span, result)
            outcome = Outcome.of(result, carried())
        self._resolve(self.outcome, outcome)  # not before its span has ended: that of the publish hangs from it

    async def _perform_async(self) -> None:
        self._resolve(self.started, None)
        with processing_span(self.incoming, str(self.task.correlation_id)):
            with invocation_span(self.agent.name, self.task) as span:
                result = await perform_async(self.agent, self.task, self.work, self._instance)
                record_outcome(span, result)
            outcome = Outcome.of(result, carried())
        self._resolve(self.outcome, outcome)  # not before its span has ended: that of the publish hangs from it

    def _cancel_running(self) -> None:
        if self._running is not None:
            self._running.cancel()

    def _resolve(self, future: asyncio.Future[T], value: T) -> None:
        with suppress(RuntimeError):  # the bus has ended, and nothing waits for it
            self._bus_loop.call_soon_threadsafe(_set, future, value)


class Executor:
    """Starts and cancels handlers from the bus's thread."""

    def __init__(self, work_loop: asyncio.AbstractEventLoop, instance: str) -> None:
        self._work_loop = work_loop
        self._instance = instance

    def start(self, agent: Agent, task: AgentTask, incoming: IncomingMessage) -> HandlerRun:
        """Start the work of a task."""
        run = HandlerRun(agent, task, incoming, self._instance)
        if agent.is_async:
            self._work_loop.call_soon_threadsafe(run.start_async)
        else:
            _thread(run.perform_plain, f"work-{task.step}")
        return run

    def cancel(self, run: HandlerRun) -> None:
        """Stop the work: an async handler is cancelled, a plain one can check `Work.cancelled`."""
        run.cancel(self._work_loop)


def _thread(target: Callable[[], None], name: str) -> None:
    threading.Thread(target=target, name=name, daemon=True).start()


def _set(future: asyncio.Future[T], value: T) -> None:
    if not future.done():
        future.set_result(value)
