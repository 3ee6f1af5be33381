"""A process of agents: the bus in a thread of its own, handlers elsewhere, from start to SIGTERM."""

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
    CONTROL,
    Binding,
    agent_control_bindings,
    agent_topology,
    control_key,
)
from creatorflow_contracts.v1.base import Message
from creatorflow_contracts.v1.work import (
    AgentAnnounced,
    AgentHeartbeat,
    AnnouncementRefused,
    CancelTask,
    DiscoverAgents,
)
from opentelemetry.metrics import Meter

from creatorflow.asyncio_tasks import end_tasks, run_unless
from creatorflow.bus import Bus, BusError, Consumer, IncomingMessage, OutgoingMessage
from creatorflow.health import STOPPING, Health
from creatorflow.logs import get_logger
from creatorflow.settings import Settings

from .agent import Agent
from .agent_metrics import AgentMetrics
from .executor import Executor
from .spool import open_spool
from .task_consumer import TaskConsumer

CONTROL_EXPECTED = frozenset({"cancel-task.v1", "discover-agents.v1", "announcement-refused.v1"})
FLUSH_S = 1.0
"""For the last results after the grace; what is not confirmed by then stays in the state directory."""
TELL_TIMEOUT = 5.0
FAREWELL_S = 0.5
CLEARED_S = 0.5
"""For what is left of the bus's loop when all is answered; a broker that does not answer would hold it longer."""
NAMED_AT_ONCE = 1000
"""Tasks in one heartbeat, as its contract has it."""

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Intervals:
    """The clocks of an instance, in seconds. The defaults are what the orchestrator reckons with."""

    heartbeat: float = 10.0
    claim_after: float = 10.0
    grace: float = 6.0
    """How long claimed work may go on after SIGTERM. All the rest takes four seconds at most, also when the broker
    does not answer; containers are killed after ten."""
    amqp_heartbeat: int = 10


class Runtime:
    """The agents of one process on the bus. Everything here but `stop` belongs to the bus's thread."""

    def __init__(
        self,
        agents: Sequence[Agent],
        settings: Settings,
        work_loop: asyncio.AbstractEventLoop,
        timing: Intervals,
        on_ready: Callable[[], None] | None,
        meter: Meter | None = None,
    ) -> None:
        self._tally = AgentMetrics(meter)
        self._agents = {agent.name: agent for agent in agents}
        self._settings = settings
        self._timing = timing
        self._on_ready = on_ready
        self.instance = f"{socket.gethostname()[:80]}-{os.getpid()}-{secrets.token_hex(3)}"
        self._workshop = Executor(work_loop, self.instance)
        self._service = next(iter(self._agents)) if len(self._agents) == 1 else "agents"
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = threading.Event()
        self._stop: asyncio.Event | None = None
        self._desk: TaskConsumer | None = None
        self._health = Health(settings.state_dir)
        self._telling: set[asyncio.Task[None]] = set()
        self._refusals: dict[str, AnnouncementRefused] = {}

    def stop(self) -> None:
        """Begin to stop; may be called from any thread and from a signal handler."""
        self._stopping.set()
        loop, stop = self._loop, self._stop
        if loop is not None and stop is not None:
            with suppress(RuntimeError):  # it has ended already
                loop.call_soon_threadsafe(stop.set)

    async def run(self) -> None:
        """From connecting to the last confirmed result. Raises BrokerRefused, and OSError for the state directory."""
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
        telling = asyncio.ensure_future(self._health.run())
        try:
            if await run_unless(self._stop, self._open(bus)):
                await self._serve(bus, self._stop)
        finally:
            await bus.close()
            await end_tasks(telling)

    async def _open(self, bus: Bus) -> bool:
        """Connect, and see to it that every agent has its queue."""
        await bus.open()
        for name in self._agents:
            await bus.declare(agent_topology(name, bus.server_version))
        return True

    async def _serve(self, bus: Bus, stop: asyncio.Event) -> None:
        spool = await asyncio.to_thread(open_spool, self._settings.state_dir)
        desk = self._desk = TaskConsumer(
            bus,
            self._workshop,
            spool,
            frozenset(self._agents),
            self._tally,
            instance=self.instance,
            claim_after=self._timing.claim_after,
        )
        await bus.consume_control(
            self._service,
            partial(self._on_control, bus),
            self._control_bindings,
            on_subscribed=partial(self._announce, bus),
        )
        consumers = [await desk.consume(agent) for agent in self._agents.values()]
        beating = asyncio.ensure_future(self._beat(bus))
        ready = asyncio.ensure_future(self._tell_ready(consumers))
        self._health.waits_for = bus.waits_for
        await stop.wait()
        self._health.waits_for = lambda: STOPPING
        await end_tasks(ready)
        await self._stop_serving(bus, desk, consumers)
        await end_tasks(beating, *self._telling)

    async def _tell_ready(self, consumers: Sequence[Consumer]) -> None:
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

    async def _stop_serving(self, bus: Bus, desk: TaskConsumer, consumers: Sequence[Consumer]) -> None:
        log.info("agents_stopping", agents=sorted(self._agents), instance=self.instance)
        desk.refuse()
        await asyncio.gather(*(consumer.stop() for consumer in consumers), desk.drain(self._timing.grace))
        await desk.results.flush(FLUSH_S)
        await desk.close()
        farewell = [self._announcement(agent, leaving=True) for agent in self._agents.values()]
        await self._tell(bus, farewell, timeout=FAREWELL_S)

    # -- control ----------------------------------------------------------------------------------------------------

    def _control_bindings(self, queue: str) -> list[Binding]:
        bindings = [binding for name in self._agents for binding in agent_control_bindings(queue, name)]
        return list(dict.fromkeys(bindings))

    def _on_control(self, bus: Bus, incoming: IncomingMessage) -> None:
        message = admit(incoming.delivery, CONTROL_EXPECTED)
        if isinstance(message, CancelTask) and self._desk is not None:
            self._desk.cancel(message.task_id)
        elif isinstance(message, DiscoverAgents):
            self._announce(bus)
        elif isinstance(message, AnnouncementRefused):
            self._log_refusal(message)

    def _log_refusal(self, refusal: AnnouncementRefused) -> None:
        """Once, though every orchestrator says it at every announcement."""
        if self._refusals.get(refusal.agent) != refusal:
            self._refusals[refusal.agent] = refusal
            words = {"code": refusal.code, "where": refusal.where, "reason": refusal.message, "hint": refusal.hint}
            log.error("announcement_refused", agent=refusal.agent, **words)

    def _on_connect(self) -> None:
        if self._desk is not None:
            self._desk.results.try_again()

    def _announce(self, bus: Bus) -> None:
        """On the bus again, or asked: say who is here."""
        task = asyncio.ensure_future(self._tell(bus, [self._announcement(agent) for agent in self._agents.values()]))
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def _beat(self, bus: Bus) -> None:
        while True:
            await asyncio.sleep(self._timing.heartbeat)
            await self._tell(bus, [heartbeat for name in self._agents for heartbeat in self._heartbeats(name)])

    async def _tell(self, bus: Bus, messages: Sequence[OutgoingMessage], timeout: float = TELL_TIMEOUT) -> None:
        """Transient news; lost when the broker is away."""
        try:
            await bus.publish_all(messages, timeout=timeout)
        except BusError as error:
            log.debug("news_not_told", reason=str(error))

    def _announcement(self, agent: Agent, *, leaving: bool = False) -> OutgoingMessage:
        news = AgentAnnounced(agent=agent.name, instance=self.instance, card=agent.card, leaving=leaving)
        return _news(control_key("announce", agent.name), news)

    def _heartbeats(self, name: str) -> list[OutgoingMessage]:
        """One, or as many as it takes to name every task in work: one that is not named falls silent."""
        tasks = self._desk.in_work(name) if self._desk is not None else ()
        parts = [tasks[at : at + NAMED_AT_ONCE] for at in range(0, len(tasks), NAMED_AT_ONCE)] or [()]
        beats = (AgentHeartbeat(agent=name, instance=self.instance, tasks=part) for part in parts)
        return [_news(control_key("heartbeat", name), beat) for beat in beats]


def _news(key: str, message: Message) -> OutgoingMessage:
    return OutgoingMessage(CONTROL, key, message.to_json(), message.contract, persistent=False, mandatory=False)


async def run_agents(
    agents: Sequence[Agent],
    settings: Settings | None = None,
    *,
    timing: Intervals | None = None,
    on_ready: Callable[[], None] | None = None,
    on_end: Callable[[], None] | None = None,
    meter: Meter | None = None,
) -> None:
    """Run agents in this process until SIGTERM or SIGINT, or until cancelled; then hand back what is not finished.

    Async handlers run on this event loop, plain ones in threads; the bus has its own thread, so that code which blocks
    does not stop its heartbeats. `on_ready` is called (in the bus's thread) when the queues are consumed, `on_end`
    when everything is answered: what a handler still does then, nobody waits for. `meter` (OpenTelemetry's) makes the
    instruments by which their tasks are counted.
    Raises ConfigurationError, BrokerRefused (wrong credentials and the like), OSError (the state directory), and
    ValueError for no agent or one name twice.
    """
    if not agents or len({agent.name for agent in agents}) != len(agents):
        raise ValueError("run_agents needs at least one agent, and each name once")
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
            await asyncio.to_thread(thread.join, CLEARED_S)


def _run_bus(runtime: Runtime, ended: Future[None], on_end: Callable[[], None] | None) -> None:
    """All of the bus's thread. The end is told before its loop is cleared: a broker that does not answer could hold
    that up."""

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
    """SIGTERM and SIGINT stop the runtime, even while a handler blocks the event loop."""
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
