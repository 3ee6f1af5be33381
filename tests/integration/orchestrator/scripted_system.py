"""An orchestrator in the test's own process, on the real broker, with scripted agents whose handlers the test gives.

The recovery decisions of a saga are read from events, history, result and trace, which must agree.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from creatorflow.bus import Bus, Consumer, IncomingMessage, OutgoingMessage
from creatorflow.client import Client, Run
from creatorflow_contracts import topology
from creatorflow_contracts.ingress import admit
from creatorflow_contracts.v1.base import Message
from creatorflow_contracts.v1.card import AgentCard
from creatorflow_contracts.v1.event import SagaEvent
from creatorflow_contracts.v1.output import StepSummary, SynthesizedResult
from creatorflow_contracts.v1.work import AgentAnnounced, AgentError, AgentResult, AgentTask, TaskClaimed
from creatorflow_orchestrator.bootstrap import Orchestrator
from creatorflow_orchestrator.settings import OrchestratorSettings
from creatorflow_orchestrator.shell.store import Store
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from pydantic import SecretStr

from tests.servers.spans import recording
from tests.waiting import eventually, patient


@dataclass
class Assignment:
    """A task delivered to a scripted agent, and the responses that the agent can give."""

    agent: ScriptedAgent
    incoming: IncomingMessage
    task: AgentTask

    async def fail(self, kind: str, message: str = "", **more: Any) -> None:
        """Sends a failure of this kind."""
        error = AgentError(type=kind, message=message or f"it is {kind}", **more)  # type: ignore[arg-type]
        await self._result(success=False, error=error)

    async def succeed(self, **data: Any) -> None:
        """Sends a success with this data."""
        await self._result(success=True, output={"data": data or {"step": self.task.step}})

    async def claim(self) -> None:
        """Sends a claim and acknowledges the task."""
        task = self.task
        claim = TaskClaimed(
            task_id=task.id, correlation_id=task.correlation_id, agent=task.agent, instance="one", attempt=task.attempt
        )
        await self.agent.send(topology.RESULTS, topology.claim_key(task.agent), claim)
        await self.incoming.ack()

    async def reject(self) -> None:
        """Rejects the task as unreadable."""
        await self.incoming.reject()

    async def _result(self, **fields: Any) -> None:
        task = self.task
        result = AgentResult(
            task_id=task.id,
            correlation_id=task.correlation_id,
            agent=task.agent,
            instance="one",
            attempt=task.attempt,
            **fields,
        )
        await self.agent.send(topology.RESULTS, topology.result_key(task.agent), result)
        await self.incoming.ack()


Handler = Callable[[Assignment], Awaitable[None]]


async def succeed(assignment: Assignment) -> None:
    """Answers the task with a success."""
    await assignment.succeed()


def in_order(*handlers: Handler) -> Handler:
    """Returns a handler that uses the given ones in order, and the last one for all further tasks."""
    remaining = list(handlers)

    async def handler(assignment: Assignment) -> None:
        await (remaining.pop(0) if len(remaining) > 1 else remaining[0])(assignment)

    return handler


def failing_with(kind: str, message: str = "", **more: Any) -> Handler:
    """Returns a handler that sends a failure of this kind."""

    async def handler(assignment: Assignment) -> None:
        await assignment.fail(kind, message, **more)

    return handler


class ScriptedAgent:
    """An agent whose handler the test gives."""

    def __init__(self, bus: Bus, name: str, handler: Handler, prefetch: int = 20) -> None:
        self._bus = bus
        self._handler = handler
        self._prefetch = prefetch
        self._running: set[asyncio.Task[None]] = set()
        self._consumer: Consumer | None = None
        self.name = name
        self.assignments: list[Assignment] = []

    async def start(self) -> None:
        """Starts to consume its queue."""
        self._consumer = await self._bus.consume(topology.agent_queue(self.name), self._take, prefetch=self._prefetch)
        await self._consumer.ready(patient())

    async def stop(self) -> None:
        """Stops consuming; unacknowledged tasks are requeued."""
        if self._consumer is not None:
            await self._bus.drop(self._consumer)

    async def send(self, exchange: str, key: str, message: Message) -> None:
        """Publishes a message of the agent."""
        saga_id = getattr(message, "correlation_id", None)
        await self._bus.publish(
            OutgoingMessage(
                exchange, key, message.to_json(), message.contract, None if saga_id is None else str(saga_id)
            )
        )

    def _take(self, incoming: IncomingMessage) -> None:
        task = admit(incoming.delivery)
        assert isinstance(task, AgentTask), task
        self.assignments.append(Assignment(self, incoming, task))
        running = asyncio.ensure_future(self._handler(self.assignments[-1]))
        self._running.add(running)
        running.add_done_callback(self._running.discard)


@dataclass
class SagaOutcome:
    """The course of a saga in its result, events, history and trace."""

    saga: UUID
    result: SynthesizedResult
    watched: tuple[SagaEvent, ...]
    history: tuple[SagaEvent, ...]
    traced: tuple[tuple[str, Mapping[str, Any]], ...]
    """Names and attributes of the events of its spans."""

    def step(self, name: str) -> StepSummary:
        """The summary of a step in the result."""
        return next(step for step in self.result.execution_summary.steps if step.step == name)

    def decisions(self, step: str) -> list[str]:
        """The recovery decisions of a step; asserts that all four sources contain them with the same reasons."""
        recorded, watched = (
            [
                (str(event.data["failure"]), str(event.data["decision"]), event.message)
                for event in source
                if event.event == "recovery_decided" and event.step == step
            ]
            for source in (self.history, self.watched)
        )
        summary = [(recovery.failure, recovery.decision, recovery.reason) for recovery in self.step(step).recoveries]
        spans = [
            (str(event["creatorflow.failure"]), str(event["creatorflow.decision"]), str(event["creatorflow.reason"]))
            for name, event in self.traced
            if name == "recovery_decided" and event["creatorflow.step"] == step
        ]
        assert recorded == watched == summary
        assert [decision[:2] for decision in recorded] == [span[:2] for span in spans]
        for (_, decision, reason), (*_, traced) in zip(recorded, spans, strict=True):
            own = reason.partition(": ")[0] if decision in ("give_up", "park") else reason  # without texts of agents
            assert traced == own[:500]
        assert all(reason for _, _, reason in recorded)
        return [f"{failure}: {decision}" for failure, decision, _ in recorded]

    def events(self, step: str) -> list[str]:
        """The names of a step's events, in order."""
        assert [event.event for event in self.watched if event.seq] == [event.event for event in self.history]
        return [event.event for event in self.history if event.step == step]


@dataclass
class ScriptedSystem:
    """The running orchestrator, a client of it, and the scripted agents."""

    url: str
    bus: Bus
    database: Path
    client: Client
    spans: InMemorySpanExporter
    agents: dict[str, ScriptedAgent] = field(default_factory=dict)

    async def announce(self, name: str, *, alternatives: Sequence[str] = (), leaving: bool = False) -> None:
        """Announces an agent, as one of its instances would."""
        card = AgentCard(
            name=name,
            group="scripted",
            summary="does what the test says",
            expertise=(),
            domains=(),
            alternatives=tuple(alternatives),
        )
        message = AgentAnnounced(agent=name, instance=f"{name}-1", card=card, leaving=leaving)
        key = topology.control_key("announce", name)
        await self.bus.publish(
            OutgoingMessage(topology.CONTROL, key, message.to_json(), message.contract, persistent=False)
        )

    async def declare_without_consumer(self, name: str, *, alternatives: Sequence[str] = ()) -> None:
        """Makes an agent known that has a queue without a consumer, as after its stop."""
        await self.bus.declare(topology.agent_topology(name, self.bus.server_version))
        await self.announce(name, alternatives=alternatives)
        await self.announce(name, alternatives=alternatives, leaving=True)

    async def agent(
        self, name: str, handler: Handler = succeed, *, alternatives: Sequence[str] = (), prefetch: int = 20
    ) -> ScriptedAgent:
        """Starts a scripted agent."""
        await self.bus.declare(topology.agent_topology(name, self.bus.server_version))
        agent = self.agents[name] = ScriptedAgent(self.bus, name, handler, prefetch)
        await agent.start()
        await self.announce(name, alternatives=alternatives)
        return agent

    async def wait_until_known(self, *names: str) -> None:
        """Waits until the orchestrator knows these agents."""

        async def all_known() -> bool:
            return {agent.card.name for agent in await self.client.agents()}.issuperset(names)

        await eventually(all_known, f"the announcements of {', '.join(names)}")

    async def run(self, *steps: Mapping[str, Any], **more: Any) -> SagaOutcome:
        """Runs a plan of these steps to its end."""
        await self.wait_until_known(*(str(step["agent"]) for step in steps if "agent" in step))
        run = await self.client.submit("play it", plan={"steps": [dict(step) for step in steps]}, **more)
        return await self.follow(run)

    async def follow(self, run: Run) -> SagaOutcome:
        """Follows a request to its end; its earlier events come from its history."""
        async with asyncio.timeout(patient()):
            watched = [event async for event in run.events()]
        result = await run.result(patient())
        return SagaOutcome(run.id, result, tuple(watched), await self.client.history(run.id), self._traced(run.id))

    def _traced(self, saga: UUID) -> tuple[tuple[str, Mapping[str, Any]], ...]:
        spans = [
            span
            for span in self.spans.get_finished_spans()
            if (span.attributes or {}).get("messaging.message.conversation_id") == str(saga)
        ]
        events = sorted((event for span in spans for event in span.events), key=lambda event: event.timestamp)
        return tuple((event.name, dict(event.attributes or {})) for event in events)


@asynccontextmanager
async def scripted_system(url: str, folder: Path, **settings: Any) -> AsyncIterator[ScriptedSystem]:
    """Runs an orchestrator with a new store and these settings."""
    chosen = OrchestratorSettings(
        amqp_url=SecretStr(url), store_url=SecretStr(f"sqlite:///{folder / 'orchestrator.db'}"), **settings
    )
    with recording() as spans:
        async with (
            await Store.open(chosen.store, owner="test") as store,
            Bus.connect(url, name="orchestrator") as bus,
            Bus.connect(url, name="agents") as agents,
            Client(url) as client,
        ):
            orchestrator = Orchestrator(bus, store, chosen)
            await orchestrator.start()
            running = asyncio.create_task(orchestrator.run())
            try:
                yield ScriptedSystem(url, agents, folder / "orchestrator.db", client, spans)
            finally:
                running.cancel()
                await asyncio.wait([running])
                await orchestrator.stop()
