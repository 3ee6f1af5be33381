"""The orchestrator without a broker, wired like the service over a bus that records published messages."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic
from uuid import UUID, uuid4

from creatorflow.bus import BusError, IncomingMessage, OutgoingMessage
from creatorflow_contracts import topology
from creatorflow_contracts.cards import load_cards
from creatorflow_contracts.ingress import Delivery
from creatorflow_orchestrator.settings import OrchestratorSettings
from creatorflow_orchestrator.shell.environment import Environment, utc_now
from creatorflow_orchestrator.shell.messaging.intake import Subscription
from creatorflow_orchestrator.shell.observability.batch_metrics import BatchMetrics
from creatorflow_orchestrator.shell.store import Store
from creatorflow_orchestrator.translate.tasks import to_card
from creatorflow_orchestrator.wiring import wire
from opentelemetry.metrics import Meter

AGENT = "database-specialist"
CARDS = tuple(to_card(card) for card in load_cards())


class Channel:
    """Records acknowledgements. A tag that was acknowledged, or whose channel was lost, is no longer open."""

    def __init__(self) -> None:
        self.acked: list[int] = []
        self.lost: set[int] = set()

    def is_unanswered(self, tag: int) -> bool:
        return tag not in self.acked and tag not in self.lost

    async def ack_many(self, tags: Sequence[int]) -> bool:
        self.acked.extend(tags)
        return True

    async def ack(self, tag: int) -> bool:
        return await self.ack_many([tag])

    async def nack(self, tag: int, *, requeue: bool) -> bool:
        raise AssertionError("the orchestrator neither rejects nor requeues a delivery")


class Bus:
    """Records published messages; `outcome` is the broker's response to a message, None for a confirm."""

    def __init__(self) -> None:
        self.sent: list[OutgoingMessage] = []
        self.outcome: Callable[[OutgoingMessage], BusError | None] = lambda _: None
        self.user: str | None = None

    async def publish_all(self, messages: Sequence[OutgoingMessage]) -> list[BusError | None]:
        self.sent.extend(messages)
        return [self.outcome(message) for message in messages]

    async def consume(self, queue: str, sink: Callable[[IncomingMessage], None], *, prefetch: int) -> Subscription:
        raise AssertionError("tests hand their deliveries to the intake directly")

    async def consumer_count(self, queue: str) -> int:
        raise AssertionError("no consumers are counted while only the worker runs")

    def tasks(self) -> list[dict[str, object]]:
        return [json.loads(message.body) for message in self.sent if message.type == "agent-task.v1"]


class InMemoryOrchestrator:
    """Runs batches one at a time; deliveries enter through the intake, as in the service."""

    def __init__(self, store: Store, file: Path) -> None:
        self.store, self.file = store, file
        self.ahead = timedelta(0)
        self.bus, self.channel = Bus(), Channel()
        self._up_s = 0.0
        environment = Environment(now=self.now, monotonic=lambda: monotonic() + self._up_s)
        parts = wire(self.bus, store, OrchestratorSettings(), environment, load_cards(), {})
        self.observers, self.intake, self.agents = parts.observers, parts.intake, parts.agents
        self.work_queue, self.heartbeats, self.load_limit = parts.work_queue, parts.heartbeats, parts.load_limit
        self.relay, self.worker = parts.relay, parts.worker
        self._up_s = 3_600.0  # up long enough that a silent agent counts as silent
        self._tags = 0

    def count_with(self, meter: Meter) -> None:
        """Count committed batches from now on with `meter`."""
        self.observers.append(BatchMetrics(meter).on_commit)

    def now(self) -> datetime:
        """Return the current time, shifted by `ahead`."""
        return utc_now() + self.ahead

    def deliver(self, queue: str, body: bytes | dict[str, object], key: str = "", **properties: object) -> int:
        """Deliver a message to the intake and return its tag."""
        self._tags += 1
        encoded = body if isinstance(body, bytes) else json.dumps(body).encode()
        delivery = Delivery(encoded, routing_key=key, **properties)  # type: ignore[arg-type]
        self.intake._take(IncomingMessage(delivery, queue, self._tags, self.channel))
        return self._tags

    def submit(self, *steps: dict[str, object], **fields: object) -> UUID:
        """Deliver a request, with a plan if steps are given, and return the id of its saga."""
        saga_id = uuid4()
        plan = {"plan": {"steps": steps}} if steps else {}
        body = (
            {"contract": "request-submitted.v1", "correlation_id": str(saga_id), "request": "make it"} | plan | fields
        )
        self.deliver(topology.SUBMIT_QUEUE, body, topology.submit_key())
        return UUID(str(body["correlation_id"]))

    def result_for(self, task: dict[str, object], agent: str = AGENT, **fields: object) -> dict[str, object]:
        """Return the body of an agent's result for `task`; `fields` replace its defaults."""
        return {
            "contract": "agent-result.v1",
            "task_id": task["id"],
            "correlation_id": task["correlation_id"],
            "agent": agent,
            "instance": "one",
            "attempt": task["attempt"],
            "success": True,
            "output": {"summary": "done"},
        } | fields

    def deliver_result(self, body: bytes | dict[str, object], agent: str = AGENT, **properties: object) -> int:
        """Deliver a result under the routing key of `agent` and return its tag."""
        return self.deliver(topology.RESULTS_QUEUE, body, topology.result_key(agent), **properties)

    async def process_all(self) -> None:
        """Process batches until the work queue is empty."""
        while True:
            await self.worker._follow_ups.finish()
            try:
                batch = await asyncio.wait_for(self.work_queue.take(), 0.01)
            except TimeoutError:
                return
            await self.worker.process(batch)

    def wake_all(self, at: datetime | None = None) -> None:
        """Make the wake-up of every waiting saga due, at `at` or now."""
        with sqlite3.connect(self.file) as connection:
            connection.execute("UPDATE saga SET wake_at = ? WHERE wake_at IS NOT NULL", [(at or utc_now()).isoformat()])
        self.work_queue.mark_due()

    def query(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        """Return the rows of the store that `sql` selects."""
        with sqlite3.connect(self.file) as connection:
            return connection.execute(sql, [str(value) for value in values]).fetchall()

    def status(self, saga_id: UUID) -> str:
        return str(self.query("SELECT status FROM saga WHERE id = ?", saga_id)[0][0])

    def events(self, saga_id: UUID) -> list[str]:
        return [str(row[0]) for row in self.query("SELECT event FROM history WHERE saga_id = ? ORDER BY seq", saga_id)]

    def quarantined(self) -> list[tuple[object, ...]]:
        return self.query('SELECT kind, code FROM quarantine ORDER BY "at"')


@asynccontextmanager
async def open_orchestrator(folder: Path) -> AsyncIterator[InMemoryOrchestrator]:
    """Open an orchestrator over a fresh SQLite store in `folder`."""
    file = folder / "orchestrator.db"
    async with await Store.open(f"sqlite:///{file}", owner="one") as store:
        orchestrator = InMemoryOrchestrator(store, file)
        yield orchestrator
        with suppress(asyncio.CancelledError):
            await orchestrator.relay.stop()
