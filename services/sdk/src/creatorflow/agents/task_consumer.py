"""Processing of task deliveries up to their acknowledgement: known tasks, claims, answers.

Rules for this file: it runs on the bus's loop and does no work itself. An instance never starts a task that it knows:
one in work, one finished (the last 10,000), one whose result is still spooled. A delivery is acknowledged when its
result is confirmed, or after its claim is, whichever comes first; an acknowledgement of a delivery whose channel is
closed is void, and the redelivery is recognised as a known task.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from creatorflow_contracts.ingress import admit
from creatorflow_contracts.problem import Problem
from creatorflow_contracts.topology import RESULTS, agent_queue, claim_key
from creatorflow_contracts.v1.work import AgentResult, AgentTask, TaskClaimed, TaskProgress

from creatorflow.asyncio_tasks import end_tasks
from creatorflow.bus import Bus, Consumer, IncomingMessage, OutgoingMessage, ack_all, publish_traced
from creatorflow.fault_injection import fault
from creatorflow.logs import get_logger, trace_of
from creatorflow.tracecontext import extract, inject, span_named, with_span

from .agent import Agent
from .agent_metrics import CANCELLED, HANDED_BACK, AgentMetrics
from .executor import Executor, HandlerRun, Outcome
from .outcome import released, timed_out, unsupported_version
from .prefetch import Prefetch
from .result_sender import ResultSender
from .spool import Spool, SpooledResult

EXPECTED = frozenset({"agent-task.v1"})
REMEMBERED = 10_000
ANSWERS_S = 1.0
T = TypeVar("T")

log = get_logger(__name__)


@dataclass(eq=False)
class TaskInWork:
    """A task in work with its delivery and its asyncio tasks."""

    run: HandlerRun
    incoming: IncomingMessage
    begun: float
    claimed: bool = False
    serving: asyncio.Task[None] | None = None
    claiming: asyncio.Task[None] | None = None

    @property
    def took_ms(self) -> int:
        return int((time.monotonic() - self.begun) * 1000)


class TaskConsumer:
    """Receives deliveries, has their tasks executed, and answers them."""

    def __init__(
        self,
        bus: Bus,
        executor: Executor,
        spool: Spool,
        agents: frozenset[str],
        metrics: AgentMetrics,
        *,
        instance: str,
        claim_after: float,
    ) -> None:
        self._bus = bus
        self._executor = executor
        self._instance = instance
        self._claim_after = claim_after
        self._metrics = metrics
        self._active: dict[UUID, TaskInWork] = {}
        self._slots: dict[str, Prefetch] = {}
        self._finished: dict[UUID, IncomingMessage | None] = {}
        self._side: set[asyncio.Task[Any]] = set()
        self._storing: set[asyncio.Task[None]] = set()
        self._idle = asyncio.Event()
        self._idle.set()
        self._closing = False
        self.results = ResultSender(bus, spool, agents, self._on_confirmed)
        metrics.watch(sorted(agents), lambda: [active.run.agent.name for active in tuple(self._active.values())])

    async def consume(self, agent: Agent) -> Consumer:
        """Consume this agent's queue, with a prefetch of the tasks it works on at once."""
        slots = self._slots[agent.name] = Prefetch(agent.concurrency, partial(self._subscriptions, agent))
        consumer = await self._bus.consume(
            agent_queue(agent.name), partial(self.take, agent), prefetch=slots.after_a_loss
        )
        slots.consumed_by(consumer)
        return consumer

    def _subscriptions(self, agent: Agent) -> list[tuple[str, bool]]:
        """Return for each of its tasks in work the subscription that delivered it, and True if it is claimed."""
        return [
            (active.incoming.consumer, active.claimed) for active in self._active.values() if active.run.agent is agent
        ]

    # -- deliveries -------------------------------------------------------------------------------------------------

    def take(self, agent: Agent, incoming: IncomingMessage) -> None:
        """Process a delivery of this agent's queue. Returns at once."""
        if self._closing:
            self._in_background(incoming.nack())
            return
        self._metrics.begun(incoming)
        task = admit(incoming.delivery, EXPECTED)
        if not isinstance(task, AgentTask):
            fields = {"code": task.code, "correlation_id": task.correlation_id} if isinstance(task, Problem) else {}
            log.warning("delivery_unreadable", agent=agent.name, **fields, **trace_of(incoming.delivery.headers))
            self._in_background(incoming.reject())
        elif task.id in self._active:
            self._known_in_work(self._active[task.id], incoming)
        elif task.id in self._finished or task.id in self.results:
            self._known_finished(task.id, incoming)
        else:
            self._start(agent, task, incoming)

    def cancel(self, task_id: UUID) -> None:
        """Stop a task whose result is no longer needed, and answer nothing."""
        active = self._active.get(task_id)
        if active is not None:
            log.info("work_cancelled", **_names(active))
            self._metrics.ended(active.run.agent.name, CANCELLED)
            self._end(active)
            self._remember(task_id, None)
            self._in_background(active.incoming.ack())

    def in_work(self, agent: str) -> tuple[TaskProgress, ...]:
        """Return the progress of this agent's tasks in work, for its heartbeats."""
        return tuple(progress_of(active.run) for active in self._active.values() if active.run.agent.name == agent)

    def _known_in_work(self, active: TaskInWork, incoming: IncomingMessage) -> None:
        """Handle a second delivery of a task in work: it replaces a void first one, else it is acknowledged."""
        if active.claimed or not active.incoming.void:
            self._in_background(incoming.ack())
        else:
            active.incoming = incoming

    def _known_finished(self, task_id: UUID, incoming: IncomingMessage) -> None:
        """Handle a delivery of a finished task: acknowledge it when its result is confirmed.

        At once, if it is confirmed already or another delivery waits for that.
        """
        before = self._finished.get(task_id)  # None once it is confirmed
        if task_id in self.results if before is None else before.void:
            self._remember(task_id, incoming)
        else:
            self._in_background(incoming.ack())

    # -- work -------------------------------------------------------------------------------------------------------

    def _start(self, agent: Agent, task: AgentTask, incoming: IncomingMessage) -> None:
        refusal = unsupported_version(task, self._instance)
        if refusal is not None:
            self._answer(task, incoming, _outcome(refusal, incoming))
            return
        active = TaskInWork(self._executor.start(agent, task, incoming), incoming, time.monotonic())
        self._active[task.id] = active
        self._idle.clear()
        active.serving = asyncio.get_running_loop().create_task(self._serve(active), name=f"task-{task.step}")

    async def _serve(self, active: TaskInWork) -> None:
        """Wait for the work of a task and answer it; claim it after `claim_after`, fail it after its timeout."""
        run = active.run
        claiming = asyncio.get_running_loop().call_later(self._claim_after, self._begin_claiming, active)
        try:
            await run.started
            active.begun = time.monotonic()
            async with asyncio.timeout(run.task.timeout_ms / 1000):
                outcome = await run.outcome
        except TimeoutError:
            log.warning("work_timed_out", **_names(active), timeout_ms=run.task.timeout_ms)
            self._executor.cancel(run)
            outcome = _outcome(timed_out(run.task, self._instance, active.took_ms), active.incoming)
        finally:
            claiming.cancel()
            if active.claiming is not None:
                active.claiming.cancel()
        log.info("work_finished", **_names(active) | trace_of(outcome.headers), took_ms=active.took_ms)
        self._answer(run.task, active.incoming, outcome, time.monotonic() - active.begun)
        self._leave(active)

    def _answer(
        self, task: AgentTask, incoming: IncomingMessage, outcome: Outcome, took_s: float | None = None
    ) -> None:
        """Spool and send a result; its delivery is acknowledged when the broker has confirmed it."""
        self._metrics.ended(task.agent, outcome.label, took_s)
        self._remember(task.id, incoming)
        item = SpooledResult(task.id, task.correlation_id, task.agent, outcome.body, with_span(outcome.headers))
        storing = self._in_background(self.results.submit(item))
        self._storing.add(storing)
        storing.add_done_callback(self._storing.discard)

    def _on_confirmed(self, task_ids: Sequence[UUID]) -> None:
        deliveries = [incoming for task_id in task_ids if (incoming := self._finished.get(task_id)) is not None]
        for task_id in task_ids:
            self._remember(task_id, None)
        if deliveries:
            self._in_background(ack_all(deliveries))

    # -- claims -----------------------------------------------------------------------------------------------------

    def _begin_claiming(self, active: TaskInWork) -> None:
        active.claiming = self._in_background(self._claim(active))

    async def _claim(self, active: TaskInWork) -> None:
        """Publish the claim of a task, then acknowledge its delivery. Its slot stays taken, so that the broker delivers
        nothing in its place."""
        await asyncio.shield(self._in_background(self._slots[active.run.agent.name].keep(active.incoming.consumer)))
        # A process that has to repeat the claim after a crash exports the same span.
        span_id = span_named(f"claim {active.run.task.id}")
        while not active.claimed:
            claim = claim_of(active.run.task, self._instance, active.incoming)
            (error,) = await publish_traced(self._bus, [claim], span_ids=[span_id])
            span_id = 0
            if error is not None:
                log.warning("claim_not_confirmed", **_names(active), reason=str(error))
                await asyncio.sleep(self._claim_after)
            else:
                fault("after_claim")
                active.claimed = True
                await asyncio.shield(self._in_background(active.incoming.ack()))
                log.info("task_claimed", **_names(active))

    # -- the end ----------------------------------------------------------------------------------------------------

    def refuse(self) -> None:
        """Return all further deliveries, and the tasks that are not claimed, to the queue at once."""
        self._closing = True
        for active in tuple(self._active.values()):
            if not active.claimed:
                self._metrics.ended(active.run.agent.name, HANDED_BACK)
                self._end(active)
                self._in_background(active.incoming.nack())

    async def drain(self, grace: float) -> None:
        """Let claimed work finish for `grace` seconds, then release it; returns when all answers are stored."""
        try:
            async with asyncio.timeout(grace):
                await self._idle.wait()
        except TimeoutError:
            for active in tuple(self._active.values()):
                self._end(active)
                outcome = _outcome(released(active.run.task, self._instance, active.took_ms), active.incoming)
                self._answer(active.run.task, active.incoming, outcome)
        await asyncio.gather(*self._storing, return_exceptions=True)

    async def close(self) -> None:
        """Send the last answers, then stop."""
        if self._side:
            await asyncio.wait(self._side, timeout=ANSWERS_S)
        await end_tasks(*self._side)
        await self.results.close()

    def _end(self, active: TaskInWork) -> None:
        if active.serving is not None:
            active.serving.cancel()
        self._executor.cancel(active.run)
        self._leave(active)

    def _leave(self, active: TaskInWork) -> None:
        self._active.pop(active.run.task.id, None)
        slots = self._slots[active.run.agent.name]
        if slots.must_fill(active.incoming.consumer) and not self._closing:
            self._in_background(slots.fill())
        if not self._active:
            self._idle.set()

    def _remember(self, task_id: UUID, incoming: IncomingMessage | None) -> None:
        self._finished.pop(task_id, None)
        self._finished[task_id] = incoming
        if len(self._finished) > REMEMBERED:
            del self._finished[next(iter(self._finished))]

    def _in_background(self, coroutine: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._side.add(task)
        task.add_done_callback(self._side.discard)
        return task


def _outcome(result: AgentResult, incoming: IncomingMessage) -> Outcome:
    return Outcome.of(result, inject(extract(incoming.delivery.headers)))


def _names(active: TaskInWork) -> dict[str, Any]:
    task = active.run.task
    return {
        "agent": task.agent,
        "correlation_id": str(task.correlation_id),
        "step": task.step,
        "attempt": task.attempt,
        "task_id": str(task.id),
        **trace_of(active.incoming.delivery.headers),
    }


def claim_of(task: AgentTask, instance: str, incoming: IncomingMessage) -> OutgoingMessage:
    """Return the claim of a task by this instance, in the trace of its delivery."""
    claim = TaskClaimed(
        task_id=task.id,
        correlation_id=task.correlation_id,
        agent=task.agent,
        instance=instance,
        attempt=task.attempt,
    )
    headers = inject(extract(incoming.delivery.headers))
    return OutgoingMessage(
        RESULTS, claim_key(task.agent), claim.to_json(), claim.contract, str(task.correlation_id), headers
    )


def progress_of(run: HandlerRun) -> TaskProgress:
    """Return the progress of the work as its handler reported it."""
    progress, note = run.work.last_progress
    return TaskProgress(
        task_id=run.task.id,
        correlation_id=run.task.correlation_id,
        attempt=run.task.attempt,
        progress=progress,
        note=note,
    )
