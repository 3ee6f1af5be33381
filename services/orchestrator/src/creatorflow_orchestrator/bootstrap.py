"""Wires the orchestrator together: the one place that knows every part. Nothing happens at import."""

from __future__ import annotations

import asyncio
import random

from creatorflow.bus import Bus, Outgoing
from creatorflow.faults import fault
from creatorflow.logs import get_logger
from creatorflow.tasks import end_tasks
from creatorflow.telemetry import server_attributes
from creatorflow_contracts import topology
from creatorflow_contracts.cards import load_cards
from creatorflow_contracts.v1.base import ALL_AGENTS
from creatorflow_contracts.v1.request import RequestSubmitted
from creatorflow_contracts.v1.work import AgentTask, DiscoverAgents, TaskProgress

from creatorflow_orchestrator.core.events import TaskHeard
from creatorflow_orchestrator.translate.work import returned_event

from .settings import OrchestratorSettings
from .shell.agents import Agents
from .shell.clock import Clock, utc_now
from .shell.effects import transient
from .shell.handler import Handler
from .shell.inbox import Inbox, Noticed
from .shell.intake import Intake
from .shell.planning import Planned, plan_request
from .shell.queries import Queries
from .shell.relay import Relay
from .shell.store import OutboxRow, Store
from .shell.worker import Worker

DRAIN_S = 20.0

log = get_logger(__name__)


class Orchestrator:
    """A running orchestrator over an open bus and an open store."""

    def __init__(self, bus: Bus, store: Store, settings: OrchestratorSettings) -> None:
        self._bus = bus
        self._settings = settings
        self._inbox = Inbox()
        self._agents = Agents(load_cards(), self._heard)
        server = server_attributes(settings.amqp_url.get_secret_value())
        self._relay = Relay(bus, store, self._inbox.note_sent, self._returned, _refused, server)
        self._clock = Clock(store.next_wake, self._inbox.note_due)
        self._queries = Queries(bus, store, self._agents.live)
        self._intake = Intake(bus, self._inbox, self._queries.take)
        handler = Handler(self._plan, self._agents.cards, settings.silence_ms)
        self._worker = Worker(
            store,
            self._inbox,
            handler,
            self._relay,
            self._clock,
            self._agents.listening_ms,
            self._queries.answer_again,
        )
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
        for work in (self._worker.run(), self._clock.run(), self._relay.run(adopt_all=single)):
            self._tasks.append(asyncio.create_task(work))
        await self._intake.start()
        log.info("orchestrator_started")

    async def run(self) -> None:
        """Until a part fails, which is raised; cancelled from outside otherwise."""
        done, _ = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_EXCEPTION)
        for task in done:
            task.result()

    async def stop(self) -> None:
        """Take nothing more, let go of the batch that runs (it is all or nothing), send what is committed.

        What has no acknowledgement goes back to the broker.
        """
        await self._intake.stop()
        await self._queries.close()
        await end_tasks(*self._tasks)
        try:
            async with asyncio.timeout(DRAIN_S):
                await self._worker.drain()
        except TimeoutError:
            log.warning("drain_unfinished", hint="The outbox keeps what was not confirmed; the next start sends it.")
        log.info("orchestrator_stopped")

    def _plan(self, message: RequestSubmitted) -> Planned:
        fault("plan_mid")
        return plan_request(message, self._agents.cards())

    def _listening(self) -> None:
        self._agents.listening()
        discover = transient(topology.CONTROL, topology.control_key("discover", ALL_AGENTS), DiscoverAgents(), None)
        self._tell([discover])

    def _heard(self, agent: str, task: TaskProgress) -> None:
        event = TaskHeard(utc_now(), task.task_id, agent, self._settings.silence_ms)
        self._inbox.put(Noticed(task.correlation_id, event))

    def _returned(self, row: OutboxRow) -> bool:
        """An unroutable task is its agent's absence; anything else is tried again until somebody is there."""
        if row.type != "agent-task.v1" or row.saga_id is None:
            return False
        task = AgentTask.model_validate_json(row.body)
        event = returned_event(task, utc_now(), random.random())  # noqa: S311 - jitter
        self._inbox.put(Noticed(row.saga_id, event, row.id))
        return True

    def _tell(self, messages: list[Outgoing]) -> None:
        task = asyncio.create_task(self._relay.tell(messages))
        self._tasks.append(task)
        task.add_done_callback(lambda done: self._tasks.remove(done) if done in self._tasks else None)


def _refused(row: OutboxRow, reason: str) -> None:
    log.error("message_unsendable", type=row.type, correlation_id=str(row.saga_id), reason=reason)
