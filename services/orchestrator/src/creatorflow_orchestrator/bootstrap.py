"""The orchestrator as a whole: what handles messages, what operators ask, and their start and end."""

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

from .core.expressions.evaluate import prepare
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
"""With a broker that does not answer the whole end takes less than ten seconds."""

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
        """`meter` makes the instruments of its figures; without one nothing is counted."""
        environment = environment or Environment()
        self._bus = bus
        self._settings = settings
        server = server_attributes(settings.amqp_url.get_secret_value())
        parts = self._parts = wire(bus, store, settings, environment, load_cards(), server, meter)
        self._queries = Queries(bus, store, parts.agents.live, parts.heard.progress, parts.agents.refused)
        redriving = RedrivePolicy(store, parts.agents.cards)
        settling = QuarantineResolver(store, redriving, parts.relay.send_soon, parts.relay.look_again, environment.now)
        self._mending = OperatorCommands(bus, store, settling, environment.now)
        self._retention = Retention(store, settings.keep_final, environment.now)
        self._holding = None if meter is None else StoreMetrics(meter, store, parts.agents.live, environment)
        parts.observers.append(self._queries.committed)
        parts.intake.answer_beside(Query, self._queries.take)
        parts.intake.answer_beside(QuarantineCommand, self._mending.take)
        parts.intake.answer_beside(PruneCommand, self._mending.take)
        self._working: asyncio.Task[None]
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Declare what must exist, listen, and take up what an earlier life has left."""
        for finding in await self._bus.declare(topology.orchestrator_topology(self._bus.server_version)):
            log.warning("topology_incomplete", finding=finding)
        parts = self._parts
        await self._bus.consume_control(
            "orchestrator",
            parts.agents.take,
            topology.orchestrator_control_bindings,
            on_subscribed=parts.listening,
        )
        single = self._settings.store.startswith("sqlite")
        await parts.admission.read()
        self._working = asyncio.create_task(parts.worker.run())
        beside = (
            *parts.loops(adopt_all=single),
            self._retention.run(),
            *(() if self._holding is None else (self._holding.run(),)),
            self._queries.failing(),
            self._mending.failing(),
        )
        self._tasks = [self._working, *(asyncio.create_task(loop) for loop in beside)]
        await parts.intake.start()
        log.info("orchestrator_started")
        self._preparing = asyncio.get_running_loop().run_in_executor(None, prepare)

    async def run(self) -> None:
        """Until a part fails, which is raised; cancelled from outside otherwise."""
        done, _ = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_EXCEPTION)
        for task in done:
            task.result()

    def waits_for(self) -> str:
        """What stands between it and its work at this moment, in words; nothing when it is ready."""
        return self._bus.waits_for() or ("" if self._parts.admission.store_answers else "the store does not answer")

    async def stop(self) -> None:
        """Finish the batch that runs and what follows from it; what was not begun goes back to the broker."""
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
        await self._mending.close()
        self._parts.worker.finish()
        await asyncio.wait([self._working])
        await self._parts.worker.drain()
