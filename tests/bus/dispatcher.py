"""A stand-in for the orchestrator in tests of agents: dispatches tasks, and records the messages of agents."""

from __future__ import annotations

import asyncio
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from creatorflow import Agent
from creatorflow.bus import Bus, IncomingMessage, OutgoingMessage
from creatorflow.testing import make_task
from creatorflow_contracts.ingress import admit
from creatorflow_contracts.topology import (
    CONTROL,
    RESULTS_QUEUE,
    TASKS,
    agent_queue,
    agent_topology,
    control_key,
    orchestrator_control_bindings,
    orchestrator_topology,
    task_key,
)
from creatorflow_contracts.v1.base import Message
from creatorflow_contracts.v1.work import (
    AgentAnnounced,
    AgentHeartbeat,
    AgentResult,
    AgentTask,
    CancelTask,
    DiscoverAgents,
    TaskClaimed,
)

from tests.waiting import eventually, patient


class Dispatcher:
    """Records results and claims by task, announcements and heartbeats by agent, in the order of their arrival."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self.results: dict[UUID, list[AgentResult]] = defaultdict(list)
        self.claims: dict[UUID, list[TaskClaimed]] = defaultdict(list)
        self.announced: dict[str, list[AgentAnnounced]] = defaultdict(list)
        self.heartbeats: dict[str, list[AgentHeartbeat]] = defaultdict(list)
        self.headers: dict[UUID, dict[str, object]] = {}
        self._acks: set[asyncio.Task[bool]] = set()

    def take(self, incoming: IncomingMessage) -> None:
        message = admit(incoming.delivery)
        if isinstance(message, AgentResult):
            self.results[message.task_id].append(message)
            self.headers[message.task_id] = dict(incoming.delivery.headers)
        elif isinstance(message, TaskClaimed):
            self.claims[message.task_id].append(message)
        elif isinstance(message, AgentAnnounced):
            self.announced[message.agent].append(message)
        elif isinstance(message, AgentHeartbeat):
            self.heartbeats[message.agent].append(message)

    def take_and_ack(self, incoming: IncomingMessage) -> None:
        self.take(incoming)
        task = asyncio.ensure_future(incoming.ack())
        self._acks.add(task)
        task.add_done_callback(self._acks.discard)

    async def dispatch(self, agent: Agent, text: str = "do it", **more: object) -> AgentTask:
        """Sends a task to `agent`; returns it."""
        task = make_task(agent, text).model_copy(update=more)
        await self.send(task)
        return task

    async def send(self, task: AgentTask, headers: dict[str, str] | None = None) -> None:
        await self.bus.declare(agent_topology(task.agent, self.bus.server_version))
        await self.bus.publish(
            OutgoingMessage(
                TASKS, task_key(task.agent), task.to_json(), task.contract, str(task.correlation_id), headers or {}
            )
        )

    async def publish_control(self, kind: str, agent: str, message: Message) -> None:
        key = control_key(kind, agent)  # type: ignore[arg-type]
        await self.bus.publish(OutgoingMessage(CONTROL, key, message.to_json(), message.contract, persistent=False))

    async def cancel(self, task: AgentTask) -> None:
        message = CancelTask(task_id=task.id, correlation_id=task.correlation_id, agent=task.agent)
        await self.publish_control("cancel", task.agent, message)

    async def discover(self) -> None:
        await self.publish_control("discover", "all", DiscoverAgents())

    async def result(self, task: AgentTask) -> AgentResult:
        """Waits for the first result of a task."""
        await eventually(lambda: bool(self.results[task.id]), f"a result of {task.step}")
        return self.results[task.id][0]

    async def wait_for_empty_queue(self, agent: Agent) -> None:
        """Waits until no task is queued for the agent, and none was requeued by its consumers."""
        await eventually(lambda: self._is_empty(agent), "the agent's queue is empty")

    async def _is_empty(self, agent: Agent) -> bool:
        return (await self.bus.counts(agent_queue(agent.name))).ready == 0


@asynccontextmanager
async def dispatching(url: str) -> AsyncIterator[Dispatcher]:
    """Runs a dispatcher on its own bus."""
    async with Bus.connect(url, name="dispatcher") as bus:
        assert await bus.declare(orchestrator_topology(bus.server_version)) == []
        dispatcher = Dispatcher(bus)
        results = await bus.consume(RESULTS_QUEUE, dispatcher.take_and_ack, prefetch=100)
        control = await bus.consume_control("dispatcher", dispatcher.take, orchestrator_control_bindings)
        await results.ready(patient())
        await control.ready(patient())
        yield dispatcher


def unique(name: str) -> str:
    """Returns an agent's name that no other test uses."""
    return f"{name}-{uuid.uuid4().hex[:12]}"
