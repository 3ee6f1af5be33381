"""The orchestrator as a whole: message processing, queries, operator commands, and their start and stop."""

from __future__ import annotations

import asyncio

from creatorflow.asyncio_tasks import end_tasks
from creatorflow.bus import Bus
from creatorflow.logs import get_logger
from creatorflow.telemetry import server_attributes
from creatorflow_contracts import topology
from creatorflow_contracts.cards import load_cards
from creatorflow_contracts.v1.operate import PruneCommand, QuarantineCommand
from creatorflow_contracts.v1.request import Query
from opentelemetry.metrics import Meter

from .core.expressions import evaluate
from .core.synthesis.judging import measures
from .settings import OrchestratorSettings
from .shell.environment import Environment
from .shell.housekeeping.retention import Retention
from .shell.observability.store_metrics import StoreMetrics
from .shell.operations.operator_commands import OperatorCommands
from .shell.operations.queries import Queries
from .shell.operations.redrive import QuarantineResolver
from .shell.operations.redrive_policy import RedrivePolicy
from .shell.store import Store
from .wiring import wire

DRAIN_S = 6.0
"""Bounds the drain, so that a stop takes less than ten seconds even if the broker does not answer."""

log = get_logger(__name__)


class Orchestrator:
    """A running orchestrator over an open bus and an open store."""

    def __init__(
        self,
        bus: Bus,
        store: Store,
        settings: OrchestratorSettings,
        meter: Meter | None = None,
        environment: Environment | None = None,
    ) -> None:
        """Wire the parts. `meter` makes the instruments of the metrics; without one no metrics are counted."""
        environment = environment or Environment()
        self._bus = bus
        self._exclusive = store.exclusive
        server = server_attributes(settings.amqp_url.get_secret_value())
        parts = self._parts = wire(bus, store, settings, environment, load_cards(), server, meter)
        self._queries = Queries(bus, store, parts.agents.live, parts.heartbeats.progress, parts.agents.refused)
        policy = RedrivePolicy(store, parts.agents.cards)
        resolver = QuarantineResolver(
            store, policy, parts.relay.send_soon, parts.relay.expect_untaken_rows, environment.now
        )
        self._operator_commands = OperatorCommands(bus, store, resolver, environment.now)
        self._retention = Retention(store, settings.keep_final, environment.now)
        self._store_metrics = None if meter is None else StoreMetrics(meter, store, parts.agents.live, environment)
        parts.observers.append(self._queries.on_commit)
        parts.intake.register(Query, self._queries.take)
        parts.intake.register(QuarantineCommand, self._operator_commands.take)
        parts.intake.register(PruneCommand, self._operator_commands.take)
        self._worker_task: asyncio.Task[None]
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Declare the topology, subscribe to the queues, and continue with what an earlier process has left."""
        for finding in await self._bus.declare(topology.orchestrator_topology(self._bus.server_version)):
            log.warning("topology_incomplete", finding=finding)
        parts = self._parts
        await self._bus.consume_control(
            "orchestrator",
            parts.agents.take,
            topology.orchestrator_control_bindings,
            on_subscribed=parts.on_subscribed,
        )
        await parts.load_limit.read()
        self._worker_task = asyncio.create_task(parts.worker.run())
        loops = (
            *parts.loops(adopt_all=self._exclusive),
            self._retention.run(),
            *(() if self._store_metrics is None else (self._store_metrics.run(),)),
            self._queries.failing(),
            self._operator_commands.failing(),
        )
        self._tasks = [self._worker_task, *(asyncio.create_task(loop) for loop in loops)]
        await parts.intake.start()
        log.info("orchestrator_started")
        self._preparing = asyncio.get_running_loop().run_in_executor(None, _load_libraries)

    async def run(self) -> None:
        """Wait until a part fails, and raise its error; runs until cancelled otherwise."""
        done, _ = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_EXCEPTION)
        for task in done:
            task.result()

    def waits_for(self) -> str:
        """Describe what the orchestrator waits for at this moment; empty when it is ready."""
        return self._bus.waits_for() or ("" if self._parts.load_limit.store_answers else "the store does not answer")

    async def stop(self) -> None:
        """Finish the running batch and its follow-up; deliveries that were not begun go back to the broker."""
        try:
            async with asyncio.timeout(DRAIN_S):
                await self._finish()
        except TimeoutError:
            log.warning("drain_unfinished", hint="The outbox keeps what was not confirmed; the next start sends it.")
        await end_tasks(*self._tasks)
        await self._parts.relay.stop()

    async def _finish(self) -> None:
        await self._parts.intake.stop()
        await self._queries.close()
        await self._operator_commands.close()
        self._parts.worker.finish()
        await asyncio.wait([self._worker_task])
        await self._parts.worker.drain()


def _load_libraries() -> None:
    """Load the libraries that few requests need and that take long."""
    evaluate.prepare()
    measures.prepare()
