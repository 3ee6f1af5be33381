"""Wires the orchestrator together: the one place that knows every part. Nothing happens at import."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from creatorflow.bus import Bus, Outgoing
from creatorflow.faults import fault
from creatorflow.logs import get_logger
from creatorflow.tasks import end_tasks
from creatorflow.telemetry import server_attributes
from creatorflow_contracts import topology
from creatorflow_contracts.cards import load_cards
from creatorflow_contracts.v1.base import ALL_AGENTS
from creatorflow_contracts.v1.operate import PruneCommand, QuarantineCommand
from creatorflow_contracts.v1.request import Query, RequestSubmitted
from creatorflow_contracts.v1.work import AgentTask, DiscoverAgents
from opentelemetry.metrics import Meter

from creatorflow_orchestrator.core.expressions import prepare
from creatorflow_orchestrator.translate.attempts import unsent
from creatorflow_orchestrator.translate.work import returned_event

from .settings import OrchestratorSettings
from .shell.about import row_fields
from .shell.admission import Admission
from .shell.agents import Agents
from .shell.background import Background
from .shell.breaker import Breaker
from .shell.chance import jitter
from .shell.clock import Clock, utc_now
from .shell.consumers import Consumers
from .shell.counting import Counting
from .shell.handler import Handler
from .shell.heard import Heard
from .shell.holding import Holding
from .shell.inbox import Inbox, Noticed, Unsent
from .shell.intake import Intake
from .shell.mending import Mending
from .shell.messages import transient
from .shell.planning import Planned, plan_request
from .shell.queries import Queries
from .shell.redriving import Redriving
from .shell.relay import Relay
from .shell.retention import Retention
from .shell.settling import Settling
from .shell.store import OutboxRow, Store
from .shell.worker import Worker

DRAIN_S = 6.0
"""With a broker that does not answer the whole end takes less than ten seconds."""

log = get_logger(__name__)


class Orchestrator:
    """A running orchestrator over an open bus and an open store."""

    def __init__(self, bus: Bus, store: Store, settings: OrchestratorSettings, meter: Meter | None = None) -> None:
        """`meter` makes the instruments of its figures; without one nothing is counted."""
        self._bus = bus
        self._settings = settings
        self._inbox = Inbox()
        heard = Heard(settings.silence_ms, self._inbox.put, utc_now)
        self._agents = Agents(load_cards(), heard.hear, settings.check_after_ms, settings.unavailable_after_ms)
        self._admission = Admission(settings.max_open_sagas, store.open_count)
        self._consumers = Consumers(bus.consumer_count, self._busy, self._inbox.put, utc_now)
        server = server_attributes(settings.amqp_url.get_secret_value())
        self._relay = Relay(bus, store, self._sent, self._returned, self._refused, server)
        self._clock = Clock(store.next_wake, self._inbox.note_due)
        self._queries = Queries(bus, store, self._agents.live, heard.progress)
        redriving = Redriving(store, self._plan, self._agents.cards)
        self._told = Background()
        self._mending = Mending(bus, store, Settling(store, redriving, self._send, self._relay.look_again))
        self._retention = Retention(store, settings.keep_final)
        self._intake = Intake(
            bus,
            self._inbox,
            {Query: self._queries.take, QuarantineCommand: self._mending.take, PruneCommand: self._mending.take},
            own_user=bus.user,
        )
        breaker = Breaker(timedelta(seconds=settings.agent_pause_s))
        handler = Handler(
            self._plan,
            self._agents.cards,
            settings.silence_ms,
            heard,
            self._agents.roster,
            self._admission,
            breaker,
        )
        self._worker = Worker(
            store,
            self._inbox,
            handler,
            self._relay,
            self._clock,
            self._agents.listening_ms,
            self._queries.answer_again,
            self._consumers.ask,
            None if meter is None else Counting(meter).committed,
        )
        self._holding = None if meter is None else Holding(meter, store, self._agents.live)
        self._working: asyncio.Task[None]
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Declare what must exist, listen, and take up what an earlier life has left."""
        for finding in await self._bus.declare(topology.orchestrator_topology(self._bus.server_version)):
            log.warning("topology_incomplete", finding=finding)
        await self._bus.consume_control(
            "orchestrator",
            self._agents.take,
            topology.orchestrator_control_bindings,
            on_subscribed=self._listening,
        )
        single = self._settings.store.startswith("sqlite")
        await self._admission.read()
        self._working = asyncio.create_task(self._worker.run())
        beside = (
            self._clock.run(),
            self._relay.run(adopt_all=single),
            self._admission.run(),
            self._consumers.run(),
            self._retention.run(),
            *(() if self._holding is None else (self._holding.run(),)),
        )
        parts = (self._worker, self._relay, self._told, self._queries, self._mending)
        failing = (part.failing() for part in parts)
        self._tasks = [self._working, *(asyncio.create_task(each) for each in (*beside, *failing))]
        await self._intake.start()
        log.info("orchestrator_started")
        self._preparing = asyncio.get_running_loop().run_in_executor(None, prepare)

    async def run(self) -> None:
        """Until a part fails, which is raised; cancelled from outside otherwise."""
        done, _ = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_EXCEPTION)
        for task in done:
            task.result()

    def waits_for(self) -> str:
        """What stands between it and its work at this moment, in words; nothing when it is ready."""
        return self._bus.waits_for() or ("" if self._admission.store_answers else "the store does not answer")

    async def stop(self) -> None:
        """Finish the batch that runs and what follows from it; what was not begun goes back to the broker."""
        try:
            async with asyncio.timeout(DRAIN_S):
                await self._finish()
        except TimeoutError:
            log.warning("drain_unfinished", hint="The outbox keeps what was not confirmed; the next start sends it.")
        await end_tasks(*self._tasks)
        await self._relay.stop()
        await self._told.cancel()

    async def _finish(self) -> None:
        await self._intake.stop()
        await self._queries.close()
        await self._mending.close()
        self._worker.finish()
        await asyncio.wait([self._working])
        await self._worker.drain()

    def _busy(self, agent: str) -> int:
        return self._agents.busy(agent, self._settings.silence_s)

    def _plan(self, message: RequestSubmitted) -> Planned:
        fault("plan_mid")
        return plan_request(message, self._agents.cards())

    def _listening(self) -> None:
        self._agents.listening()
        discover = transient(topology.CONTROL, topology.control_key("discover", ALL_AGENTS), DiscoverAgents(), None)
        self._tell([discover])

    def _returned(self, row: OutboxRow) -> bool:
        """An unroutable task is its agent's absence; anything else is tried again until somebody is there."""
        if row.type != "agent-task.v1" or row.saga_id is None:
            return False
        task = AgentTask.model_validate_json(row.body)
        event = returned_event(task, utc_now(), jitter())
        self._inbox.put(Noticed(row.saga_id, event, row.id))
        return True

    def _refused(self, row: OutboxRow, reason: str) -> None:
        """A row that can never be sent: to quarantine with it, and whoever waits for it is told."""
        log.error("message_unsendable", **row_fields(row), reason=reason)
        self._inbox.put(Unsent(row, reason, unsent(row.type, row.body)))

    def _sent(self, ids: list[UUID]) -> None:
        self._worker.sent(ids)

    def _send(self, rows: Sequence[OutboxRow]) -> None:
        self._told.start(self._relay.send(self._relay.take(rows)))

    def _tell(self, messages: list[Outgoing]) -> None:
        self._told.start(self._relay.tell(messages))
