"""Wires the parts that process messages: the one place that knows how they fit together. Nothing is started here.

The service, the unit tests and the simulation use it, and differ in the values they pass: a bus, a store, an
environment.
"""

from __future__ import annotations

from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol

from creatorflow_contracts import topology
from creatorflow_contracts.v1.base import ALL_AGENTS
from creatorflow_contracts.v1.card import AgentCard
from creatorflow_contracts.v1.work import DiscoverAgents
from opentelemetry.metrics import Meter

from .core.recovery.circuit_breaker import CircuitBreaker
from .core.saga.machine import advance
from .settings import OrchestratorSettings
from .shell.agents.consumer_probe import ConsumerProbe
from .shell.agents.heartbeats import HeartbeatLog
from .shell.agents.registry import AgentRegistry
from .shell.batch.committed_batch import Observer
from .shell.batch.replies import transient
from .shell.batch.work_queue import WorkQueue
from .shell.environment import Environment
from .shell.housekeeping.load_limit import LoadLimit
from .shell.housekeeping.wakeups import WakeupTimer
from .shell.messaging.intake import ConsumingBus, Intake
from .shell.messaging.outbox_relay import MessagePublisher, OutboxRelay, OutboxStore
from .shell.observability.batch_log import log_batch
from .shell.observability.batch_metrics import BatchMetrics
from .shell.observability.saga_spans import trace_ends
from .shell.processing.batch_processor import BatchProcessor, TransactionalStore
from .shell.processing.message_handler import MessageHandler
from .shell.processing.submissions import Submissions
from .shell.processing.transitions import Advance, Transitions
from .shell.processing.worker import Worker


class ProcessingBus(ConsumingBus, MessagePublisher, Protocol):
    """The part of a bus that processing messages needs."""

    @property
    def user(self) -> str | None: ...
    async def consumer_count(self, queue: str) -> int: ...


class ProcessingStore(TransactionalStore, OutboxStore, Protocol):
    """The part of a store that processing messages needs."""

    async def next_wake(self) -> datetime | None: ...
    async def open_count(self) -> int: ...


@dataclass(frozen=True, slots=True)
class ProcessingParts:
    """The parts that process messages, from the queues to the outbox."""

    work_queue: WorkQueue
    intake: Intake
    agents: AgentRegistry
    heartbeats: HeartbeatLog
    load_limit: LoadLimit
    consumer_probe: ConsumerProbe
    wakeups: WakeupTimer
    relay: OutboxRelay
    worker: Worker
    observers: list[Observer]
    """Functions that the worker calls after each commit, in order."""

    def loops(self, adopt_all: bool) -> tuple[Coroutine[Any, Any, None], ...]:
        """Return what runs beside the worker until it is cancelled, or raises what failed there.

        `adopt_all`: this is the only process, so that all rows of the outbox are its own to send.
        """
        return (
            self.wakeups.run(),
            self.relay.run(adopt_all),
            self.load_limit.run(),
            self.consumer_probe.run(),
            self.worker.failing(),
            self.relay.failing(),
        )

    def on_subscribed(self) -> None:
        """Count silence from now on, for the control queue is consumed (again), and ask live agents to announce."""
        self.agents.listening()
        discover = transient(topology.CONTROL, topology.control_key("discover", ALL_AGENTS), DiscoverAgents(), None)
        self.relay.publish_soon([discover])


def wire(
    bus: ProcessingBus,
    store: ProcessingStore,
    settings: OrchestratorSettings,
    environment: Environment,
    cards: Sequence[AgentCard],
    server: Mapping[str, str | int],
    meter: Meter | None = None,
    advance: Advance = advance,
) -> ProcessingParts:
    """Make the parts of one process.

    `server` is put into spans as the broker's address; without a meter no metrics are counted.
    """
    work_queue = WorkQueue()
    heartbeats = HeartbeatLog(settings.silence_ms, work_queue.put, environment.now)
    relay = OutboxRelay(bus, store, work_queue, environment, server)
    agents = AgentRegistry(
        cards,
        heartbeats.record,
        environment,
        settings.check_after_ms,
        settings.unavailable_after_ms,
        relay.publish_soon,
    )
    load_limit = LoadLimit(settings.max_open_sagas, store.open_count, environment)
    busy = partial(agents.busy, within_s=settings.silence_s)
    consumer_probe = ConsumerProbe(bus.consumer_count, busy, work_queue.put, environment)
    wakeups = WakeupTimer(store.next_wake, work_queue.mark_due, environment)
    breaker = CircuitBreaker(timedelta(seconds=settings.agent_pause_s))
    transitions = Transitions(advance, agents.roster, heartbeats, breaker)
    submissions = Submissions(agents.cards, load_limit, transitions)
    handler = MessageHandler(submissions, transitions, agents.cards, settings.silence_ms, heartbeats, environment)
    processor = BatchProcessor(store, handler, transitions, agents.listening_ms, environment)
    observers: list[Observer] = [
        wakeups.on_commit,
        processor.on_commit,
        relay.on_commit,
        transitions.on_commit,
        load_limit.on_commit,
        log_batch,
        trace_ends,
        consumer_probe.on_commit,
    ]
    if meter is not None:
        observers.append(BatchMetrics(meter).on_commit)
    worker = Worker(store, work_queue, processor, relay, observers, environment)
    intake = Intake(bus, work_queue, bus.user)
    return ProcessingParts(
        work_queue, intake, agents, heartbeats, load_limit, consumer_probe, wakeups, relay, worker, observers
    )
