"""Wires what handles messages: the one place that knows how these parts fit. Nothing happens here.

The service, the unit tests and the simulation differ in the values that they give: a bus, a store, an environment.
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
from .shell.messaging.intake import Consumes, Intake
from .shell.messaging.outbox_relay import MessagePublisher, OutboxRelay, OutboxStore
from .shell.observability.batch_log import log_batch
from .shell.observability.batch_metrics import BatchMetrics
from .shell.observability.saga_spans import trace_ends
from .shell.processing.batch_processor import BatchProcessor
from .shell.processing.message_handler import MessageHandler
from .shell.processing.submissions import Submissions
from .shell.processing.transitions import Advance, Transitions
from .shell.processing.worker import Transacts, Worker


class ProcessingBus(Consumes, MessagePublisher, Protocol):
    """What handling messages takes of a bus."""

    @property
    def user(self) -> str | None: ...
    async def consumer_count(self, queue: str) -> int: ...


class ProcessingStore(Transacts, OutboxStore, Protocol):
    """What handling messages takes of a store."""

    async def next_wake(self) -> datetime | None: ...
    async def open_count(self) -> int: ...


@dataclass(frozen=True, slots=True)
class ProcessingParts:
    """The parts that handle messages, from the queues to the outbox."""

    inbox: WorkQueue
    intake: Intake
    agents: AgentRegistry
    heard: HeartbeatLog
    admission: LoadLimit
    consumers: ConsumerProbe
    clock: WakeupTimer
    relay: OutboxRelay
    worker: Worker
    observers: list[Observer]
    """What the worker calls after each commit, in order."""

    def loops(self, adopt_all: bool) -> tuple[Coroutine[Any, Any, None], ...]:
        """All that runs until it is cancelled, beside the worker; `failing` raises what failed there.

        `adopt_all`: this is the only process, and what is in the outbox is its own to send.
        """
        return (
            self.clock.run(),
            self.relay.run(adopt_all),
            self.admission.run(),
            self.consumers.run(),
            self.worker.failing(),
            self.relay.failing(),
        )

    def listening(self) -> None:
        """The control queue is there (again): silence counts from now, and whoever is there is to say so."""
        self.agents.listening()
        discover = transient(topology.CONTROL, topology.control_key("discover", ALL_AGENTS), DiscoverAgents(), None)
        self.relay.tell_soon([discover])


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
    """Make the parts of one process. `server` is what spans say of the broker; without a meter nothing is counted."""
    inbox = WorkQueue()
    heard = HeartbeatLog(settings.silence_ms, inbox.put, environment.now)
    relay = OutboxRelay(bus, store, inbox, environment, server)
    agents = AgentRegistry(
        cards, heard.hear, environment, settings.check_after_ms, settings.unavailable_after_ms, relay.tell_soon
    )
    admission = LoadLimit(settings.max_open_sagas, store.open_count, environment)
    busy = partial(agents.busy, within_s=settings.silence_s)
    consumers = ConsumerProbe(bus.consumer_count, busy, inbox.put, environment)
    clock = WakeupTimer(store.next_wake, inbox.note_due, environment)
    breaker = CircuitBreaker(timedelta(seconds=settings.agent_pause_s))
    transitions = Transitions(advance, agents.roster, heard, breaker)
    accepting = Submissions(agents.cards, admission, transitions)
    handler = MessageHandler(accepting, transitions, agents.cards, settings.silence_ms, heard, environment)
    deciding = BatchProcessor(handler, transitions, agents.listening_ms, environment)
    observers: list[Observer] = [
        clock.committed,
        deciding.committed,
        relay.committed,
        transitions.committed,
        admission.committed,
        log_batch,
        trace_ends,
        consumers.committed,
    ]
    if meter is not None:
        observers.append(BatchMetrics(meter).committed)
    worker = Worker(store, inbox, deciding, relay, observers, environment)
    intake = Intake(bus, inbox, bus.user)
    return ProcessingParts(inbox, intake, agents, heard, admission, consumers, clock, relay, worker, observers)
