"""The process of agents, from start to SIGTERM: the bus in its own thread, handlers in others."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version

from creatorflow_contracts.ingress import admit
from creatorflow_contracts.topology import (
    Binding,
    agent_control_bindings,
    agent_topology,
)
from creatorflow_contracts.v1.work import (
    AnnouncementRefused,
    CancelTask,
    DiscoverAgents,
)
from opentelemetry.metrics import Meter

from creatorflow.asyncio_tasks import end_tasks, run_unless
from creatorflow.bus import Bus, BusError, Consumer, IncomingMessage
from creatorflow.health import STOPPING, Health
from creatorflow.logs import get_logger
from creatorflow.settings import Settings

from .agent import Agent
from .agent_metrics import AgentMetrics
from .executor import Executor
from .heartbeat_sender import HeartbeatSender
from .spool import open_spool
from .task_consumer import TaskConsumer

CONTROL_EXPECTED = frozenset({"cancel-task.v1", "discover-agents.v1", "announcement-refused.v1"})
FLUSH_S = 1.0
"""Seconds for the last results after the grace; results not confirmed by then stay in the state directory."""
CLEANUP_S = 0.5
"""Seconds for the cleanup of the bus's loop after the last answer; an unresponsive broker would delay it longer."""

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Intervals:
    """The intervals of an instance, in seconds. The orchestrator's timeouts assume the defaults."""

    heartbeat: float = 10.0
    claim_after: float = 10.0
    grace: float = 6.0
    """Time that claimed work has after SIGTERM. The other steps of the stop take at most four seconds, also if the
    broker does not answer; containers are killed after ten."""
    amqp_heartbeat: int = 10


class Runtime:
    """The agents of one process on the bus. All methods but `stop` belong to the bus's thread."""

    def __init__(
        self,
        agents: Sequence[Agent],
        settings: Settings,
        work_loop: asyncio.AbstractEventLoop,
        timing: Intervals,
        on_ready: Callable[[], None] | None,
        meter: Meter | None = None,
    ) -> None:
        self._metrics = AgentMetrics(meter)
        self._agents = {agent.name: agent for agent in agents}
        self._settings = settings
        self._timing = timing
        self._on_ready = on_ready
        self.instance = f"{socket.gethostname()[:80]}-{os.getpid()}-{secrets.token_hex(3)}"
        self._executor = Executor(work_loop, self.instance)
        self._service = next(iter(self._agents)) if len(self._agents) == 1 else "agents"
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = threading.Event()
        self._stop: asyncio.Event | None = None
        self._task_consumer: TaskConsumer | None = None
        self._health = Health(settings.state_dir)
        self._refusals: dict[str, AnnouncementRefused] = {}

    def stop(self) -> None:
        """Begin to stop; may be called from any thread and from a signal handler."""
        self._stopping.set()
        loop, stop = self._loop, self._stop
        if loop is not None and stop is not None:
            with suppress(RuntimeError):  # it has ended already
                loop.call_soon_threadsafe(stop.set)

    async def run(self) -> None:
        """Connect, serve until stopped, confirm the last results. Raises BrokerRefused, OSError (state directory)."""
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        if self._stopping.is_set():
            return
        bus = Bus.connect(
            self._settings.amqp_url.get_secret_value(),
            name=self._service,
            app_id=f"{self._service}/{version('creatorflow')}",
            heartbeat=self._timing.amqp_heartbeat,
            patience=float("inf"),
            on_connect=self._on_connect,
        )
        health = asyncio.ensure_future(self._health.run())
        try:
            if await run_unless(self._stop, self._open(bus)):
                await self._serve(bus, self._stop)
        finally:
            await bus.close()
            await end_tasks(health)

    async def _open(self, bus: Bus) -> bool:
        """Connect, and declare every agent's queue."""
        await bus.open()
        for name in self._agents:
            await bus.declare(agent_topology(name, bus.server_version))
        return True

    async def _serve(self, bus: Bus, stop: asyncio.Event) -> None:
        spool = await asyncio.to_thread(open_spool, self._settings.state_dir)
        task_consumer = self._task_consumer = TaskConsumer(
            bus,
            self._executor,
            spool,
            frozenset(self._agents),
            self._metrics,
            instance=self.instance,
            claim_after=self._timing.claim_after,
        )
        sender = HeartbeatSender(bus, self._agents, self.instance, task_consumer.in_work)
        await bus.consume_control(
            self._service,
            partial(self._on_control, sender),
            self._control_bindings,
            on_subscribed=sender.announce,
        )
        consumers = [await task_consumer.consume(agent) for agent in self._agents.values()]
        heartbeats = asyncio.ensure_future(sender.run(self._timing.heartbeat))
        ready = asyncio.ensure_future(self._report_ready(consumers))
        self._health.waits_for = bus.waits_for
        await stop.wait()
        self._health.waits_for = lambda: STOPPING
        await end_tasks(ready)
        await self._stop_serving(sender, task_consumer, consumers)
        await end_tasks(heartbeats)
        await sender.close()

    async def _report_ready(self, consumers: Sequence[Consumer]) -> None:
        for consumer in consumers:
            while True:
                try:
                    await consumer.ready(60)
                    break
                except BusError as error:
                    log.warning("agent_waits_for_queue", queue=consumer.queue, reason=str(error))
        log.info("agents_ready", agents=sorted(self._agents), instance=self.instance)
        if self._on_ready is not None:
            self._on_ready()

    async def _stop_serving(
        self, sender: HeartbeatSender, task_consumer: TaskConsumer, consumers: Sequence[Consumer]
    ) -> None:
        log.info("agents_stopping", agents=sorted(self._agents), instance=self.instance)
        task_consumer.refuse()
        await asyncio.gather(*(consumer.stop() for consumer in consumers), task_consumer.drain(self._timing.grace))
        await task_consumer.results.flush(FLUSH_S)
        await task_consumer.close()
        await sender.farewell()

    # -- control ----------------------------------------------------------------------------------------------------

    def _control_bindings(self, queue: str) -> list[Binding]:
        bindings = [binding for name in self._agents for binding in agent_control_bindings(queue, name)]
        return list(dict.fromkeys(bindings))

    def _on_control(self, sender: HeartbeatSender, incoming: IncomingMessage) -> None:
        message = admit(incoming.delivery, CONTROL_EXPECTED)
        if isinstance(message, CancelTask) and self._task_consumer is not None:
            self._task_consumer.cancel(message.task_id)
        elif isinstance(message, DiscoverAgents):
            sender.announce()
        elif isinstance(message, AnnouncementRefused):
            self._log_refusal(message)

    def _log_refusal(self, refusal: AnnouncementRefused) -> None:
        """Log a refusal once, though every orchestrator sends it after every announcement."""
        if self._refusals.get(refusal.agent) != refusal:
            self._refusals[refusal.agent] = refusal
            fields = {"code": refusal.code, "where": refusal.where, "reason": refusal.message, "hint": refusal.hint}
            log.error("announcement_refused", agent=refusal.agent, **fields)

    def _on_connect(self) -> None:
        if self._task_consumer is not None:
            self._task_consumer.results.try_again()


async def run_agents(
    agents: Sequence[Agent],
    settings: Settings | None = None,
    *,
    timing: Intervals | None = None,
    on_ready: Callable[[], None] | None = None,
    on_end: Callable[[], None] | None = None,
    meter: Meter | None = None,
) -> None:
    """Run agents in this process until SIGTERM or SIGINT, or until cancelled; then return unfinished work.

    Async handlers run on this event loop, plain ones in threads; the bus has its own thread, so that blocking code does
    not stop its heartbeats. `on_ready` is called (in the bus's thread) when the queues are consumed, `on_end` when
    everything is answered: handlers that still run then are not waited for. `meter` (OpenTelemetry's) creates the
    instruments that count the tasks.
    Raises ConfigurationError, BrokerRefused (wrong credentials and the like), OSError (the state directory), and
    ValueError for no agent or a duplicate name.
    """
    if not agents or len({agent.name for agent in agents}) != len(agents):
        raise ValueError("run_agents needs at least one agent, and unique names")
    loop = asyncio.get_running_loop()
    runtime = Runtime(agents, settings or Settings.load(), loop, timing or Intervals(), on_ready, meter)
    ended: Future[None] = Future()
    thread = threading.Thread(target=_run_bus, args=(runtime, ended, on_end), name="bus", daemon=True)
    thread.start()
    waiting = asyncio.wrap_future(ended)
    with _stopped_by_signals(runtime):
        try:
            await asyncio.shield(waiting)
        except asyncio.CancelledError:
            runtime.stop()
            await waiting
            raise
        finally:
            await asyncio.to_thread(thread.join, CLEANUP_S)


def _run_bus(runtime: Runtime, ended: Future[None], on_end: Callable[[], None] | None) -> None:
    """Run the bus's thread. `ended` is set before its loop is cleaned up, which an unresponsive broker could delay."""

    async def run() -> None:
        try:
            await runtime.run()
        except BaseException as error:
            ended.set_exception(error)
        else:
            ended.set_result(None)
            if on_end is not None:
                on_end()

    asyncio.run(run())


@contextmanager
def _stopped_by_signals(runtime: Runtime) -> Iterator[None]:
    """Stop the runtime at SIGTERM and SIGINT, even while a handler blocks the event loop."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    for number in kept:
        signal.signal(number, lambda *_: runtime.stop())
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
