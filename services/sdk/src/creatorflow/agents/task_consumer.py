"""From a delivery to its acknowledgement: which tasks an instance knows, when it claims one, and what it answers.

Rules for this file: it lives on the bus's loop and does no work itself. An instance never starts a task that it knows:
one in work, one finished (the last 10,000), one whose result is still spooled. A delivery is acknowledged when its
result is confirmed, or after its claim is, whichever comes first; an answer to a delivery whose channel is gone is
void, and the redelivery meets a known task.
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
    """A task in work."""

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
    """Takes deliveries, has them worked on, and answers them."""

    def __init__(
        self,
        bus: Bus,
        workshop: Executor,
        spool: Spool,
        agents: frozenset[str],
        tally: AgentMetrics,
        *,
        instance: str,
        claim_after: float,
    ) -> None:
        self._bus = bus
        self._workshop = workshop
        self._instance = instance
        self._claim_after = claim_after
        self._tally = tally
        self._jobs: dict[UUID, TaskInWork] = {}
        self._slots: dict[str, Prefetch] = {}
        self._finished: dict[UUID, IncomingMessage | None] = {}
        self._side: set[asyncio.Task[Any]] = set()
        self._storing: set[asyncio.Task[None]] = set()
        self._idle = asyncio.Event()
        self._idle.set()
        self._closing = False
        self.results = ResultSender(bus, spool, agents, self._on_confirmed)
        tally.watch(sorted(agents), lambda: [job.run.agent.name for job in tuple(self._jobs.values())])

    async def consume(self, agent: Agent) -> Consumer:
        """Take the deliveries of this agent's queue, and no more of them than it works on at once."""
        slots = self._slots[agent.name] = Prefetch(agent.concurrency, partial(self._subscriptions, agent))
        consumer = await self._bus.consume(
            agent_queue(agent.name), partial(self.take, agent), prefetch=slots.after_a_loss
        )
        slots.consumed_by(consumer)
        return consumer

    def _subscriptions(self, agent: Agent) -> list[tuple[str, bool]]:
        """Of its tasks in work: by which subscription each came, and whether it is claimed."""
        return [(job.incoming.consumer, job.claimed) for job in self._jobs.values() if job.run.agent is agent]

    # -- what comes in ----------------------------------------------------------------------------------------------

    def take(self, agent: Agent, incoming: IncomingMessage) -> None:
        """A delivery of this agent's queue. Returns at once."""
        if self._closing:
            self._aside(incoming.nack())
            return
        self._tally.begun(incoming)
        task = admit(incoming.delivery, EXPECTED)
        if not isinstance(task, AgentTask):
            about = {"code": task.code, "correlation_id": task.correlation_id} if isinstance(task, Problem) else {}
            log.warning("delivery_unreadable", agent=agent.name, **about, **trace_of(incoming.delivery.headers))
            self._aside(incoming.reject())
        elif task.id in self._jobs:
            self._known_in_work(self._jobs[task.id], incoming)
        elif task.id in self._finished or task.id in self.results:
            self._known_finished(task.id, incoming)
        else:
            self._start(agent, task, incoming)

    def cancel(self, task_id: UUID) -> None:
        """Nobody waits for this task any more: stop, answer nothing."""
        job = self._jobs.get(task_id)
        if job is not None:
            log.info("work_cancelled", **_names(job))
            self._tally.ended(job.run.agent.name, CANCELLED)
            self._end(job)
            self._remember(task_id, None)
            self._aside(job.incoming.ack())

    def in_work(self, agent: str) -> tuple[TaskProgress, ...]:
        """What the heartbeats of this agent name."""
        return tuple(progress_of(job.run) for job in self._jobs.values() if job.run.agent.name == agent)

    def _known_in_work(self, job: TaskInWork, incoming: IncomingMessage) -> None:
        """A second delivery of a task in work: in place of the first if that is void, else one too many."""
        if job.claimed or not job.incoming.void:
            self._aside(incoming.ack())
        else:
            job.incoming = incoming

    def _known_finished(self, task_id: UUID, incoming: IncomingMessage) -> None:
        """Acknowledged with its result when that is still on its way, unless another delivery is; else at once."""
        before = self._finished.get(task_id)  # None once it is confirmed
        if task_id in self.results if before is None else before.void:
            self._remember(task_id, incoming)
        else:
            self._aside(incoming.ack())

    # -- work -------------------------------------------------------------------------------------------------------

    def _start(self, agent: Agent, task: AgentTask, incoming: IncomingMessage) -> None:
        refusal = unsupported_version(task, self._instance)
        if refusal is not None:
            self._answer(task, incoming, _outcome(refusal, incoming))
            return
        job = TaskInWork(self._workshop.start(agent, task, incoming), incoming, time.monotonic())
        self._jobs[task.id] = job
        self._idle.clear()
        job.serving = asyncio.get_running_loop().create_task(self._serve(job), name=f"task-{task.step}")

    async def _serve(self, job: TaskInWork) -> None:
        """From the start of the work to its answer: claim it when it takes long, time it out when too long."""
        run = job.run
        claiming = asyncio.get_running_loop().call_later(self._claim_after, self._begin_claiming, job)
        try:
            await run.started
            job.begun = time.monotonic()
            async with asyncio.timeout(run.task.timeout_ms / 1000):
                outcome = await run.outcome
        except TimeoutError:
            log.warning("work_timed_out", **_names(job), timeout_ms=run.task.timeout_ms)
            self._workshop.cancel(run)
            outcome = _outcome(timed_out(run.task, self._instance, job.took_ms), job.incoming)
        finally:
            claiming.cancel()
            if job.claiming is not None:
                job.claiming.cancel()
        log.info("work_finished", **_names(job) | trace_of(outcome.headers), took_ms=job.took_ms)
        self._answer(run.task, job.incoming, outcome, time.monotonic() - job.begun)
        self._leave(job)

    def _answer(
        self, task: AgentTask, incoming: IncomingMessage, outcome: Outcome, took_s: float | None = None
    ) -> None:
        """Have the result spooled and sent; its delivery is acknowledged when the broker has it."""
        self._tally.ended(task.agent, outcome.word, took_s)
        self._remember(task.id, incoming)
        item = SpooledResult(task.id, task.correlation_id, task.agent, outcome.body, with_span(outcome.headers))
        storing = self._aside(self.results.submit(item))
        self._storing.add(storing)
        storing.add_done_callback(self._storing.discard)

    def _on_confirmed(self, task_ids: Sequence[UUID]) -> None:
        deliveries = [incoming for task_id in task_ids if (incoming := self._finished.get(task_id)) is not None]
        for task_id in task_ids:
            self._remember(task_id, None)
        if deliveries:
            self._aside(ack_all(deliveries))

    # -- claims -----------------------------------------------------------------------------------------------------

    def _begin_claiming(self, job: TaskInWork) -> None:
        job.claiming = self._aside(self._claim(job))

    async def _claim(self, job: TaskInWork) -> None:
        """At the first heartbeat of the work: say that it is ours, then let the broker forget it. Its slot stays taken,
        so that nothing may be delivered for it."""
        await asyncio.shield(self._aside(self._slots[job.run.agent.name].keep(job.incoming.consumer)))
        # Whoever has to claim it again tells of a claim that a crash has cut off.
        span_id = span_named(f"claim {job.run.task.id}")
        while not job.claimed:
            claim = claim_of(job.run.task, self._instance, job.incoming)
            (error,) = await publish_traced(self._bus, [claim], span_ids=[span_id])
            span_id = 0
            if error is not None:
                log.warning("claim_not_confirmed", **_names(job), reason=str(error))
                await asyncio.sleep(self._claim_after)
            else:
                fault("after_claim")
                job.claimed = True
                await asyncio.shield(self._aside(job.incoming.ack()))
                log.info("task_claimed", **_names(job))

    # -- the end ----------------------------------------------------------------------------------------------------

    def refuse(self) -> None:
        """Take nothing more: what is delivered from now on, and what is not claimed, is handed back at once."""
        self._closing = True
        for job in tuple(self._jobs.values()):
            if not job.claimed:
                self._tally.ended(job.run.agent.name, HANDED_BACK)
                self._end(job)
                self._aside(job.incoming.nack())

    async def drain(self, grace: float) -> None:
        """Let claimed work finish for `grace` seconds, then release it; what is answered is stored afterwards."""
        try:
            async with asyncio.timeout(grace):
                await self._idle.wait()
        except TimeoutError:
            for job in tuple(self._jobs.values()):
                self._end(job)
                outcome = _outcome(released(job.run.task, self._instance, job.took_ms), job.incoming)
                self._answer(job.run.task, job.incoming, outcome)
        await asyncio.gather(*self._storing, return_exceptions=True)

    async def close(self) -> None:
        """Let the last answers out, then stop."""
        if self._side:
            await asyncio.wait(self._side, timeout=ANSWERS_S)
        await end_tasks(*self._side)
        await self.results.close()

    def _end(self, job: TaskInWork) -> None:
        if job.serving is not None:
            job.serving.cancel()
        self._workshop.cancel(job.run)
        self._leave(job)

    def _leave(self, job: TaskInWork) -> None:
        self._jobs.pop(job.run.task.id, None)
        slots = self._slots[job.run.agent.name]
        if slots.must_fill(job.incoming.consumer) and not self._closing:
            self._aside(slots.fill())
        if not self._jobs:
            self._idle.set()

    def _remember(self, task_id: UUID, incoming: IncomingMessage | None) -> None:
        self._finished.pop(task_id, None)
        self._finished[task_id] = incoming
        if len(self._finished) > REMEMBERED:
            del self._finished[next(iter(self._finished))]

    def _aside(self, coroutine: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._side.add(task)
        task.add_done_callback(self._side.discard)
        return task


def _outcome(result: AgentResult, incoming: IncomingMessage) -> Outcome:
    return Outcome.of(result, inject(extract(incoming.delivery.headers)))


def _names(job: TaskInWork) -> dict[str, Any]:
    task = job.run.task
    return {
        "agent": task.agent,
        "correlation_id": str(task.correlation_id),
        "step": task.step,
        "attempt": task.attempt,
        "task_id": str(task.id),
        **trace_of(job.incoming.delivery.headers),
    }


def claim_of(task: AgentTask, instance: str, incoming: IncomingMessage) -> OutgoingMessage:
    """That this instance works on the task; in the trace that its delivery came with."""
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
    """How far the work is, as its handler has told."""
    progress, note = run.work.told
    return TaskProgress(
        task_id=run.task.id,
        correlation_id=run.task.correlation_id,
        attempt=run.task.attempt,
        progress=progress,
        note=note,
    )
