"""An orchestrator in the test's own process, on the real broker, with puppets for agents: what they do is the test's.

What a saga's recovery decided is read in the four places that tell it (news, history, result, trace), which must agree.
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
class Turn:
    """A task before its agent, and what the agent can do about it."""

    puppet: Puppet
    incoming: IncomingMessage
    task: AgentTask

    async def says(self, kind: str, message: str = "", **more: Any) -> None:
        """Fail, as an agent tells it."""
        error = AgentError(type=kind, message=message or f"it is {kind}", **more)  # type: ignore[arg-type]
        await self._result(success=False, error=error)

    async def answers(self, **data: Any) -> None:
        """Succeed, with data of one's own."""
        await self._result(success=True, output={"data": data or {"step": self.task.step}})

    async def claims(self) -> None:
        """Say that an instance works on it, and acknowledge."""
        task = self.task
        claim = TaskClaimed(
            task_id=task.id, correlation_id=task.correlation_id, agent=task.agent, instance="one", attempt=task.attempt
        )
        await self.puppet.send(topology.RESULTS, topology.claim_key(task.agent), claim)
        await self.incoming.ack()

    async def rejects(self) -> None:
        """Refuse it as unreadable."""
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
        await self.puppet.send(topology.RESULTS, topology.result_key(task.agent), result)
        await self.incoming.ack()


Play = Callable[[Turn], Awaitable[None]]


async def willing(turn: Turn) -> None:
    """Do as asked."""
    await turn.answers()


def in_turn(*plays: Play) -> Play:
    """The first task so, the second so; the last for all that follow."""
    left = list(plays)

    async def play(turn: Turn) -> None:
        await (left.pop(0) if len(left) > 1 else left[0])(turn)

    return play


def saying(kind: str, message: str = "", **more: Any) -> Play:
    """Fail so."""

    async def play(turn: Turn) -> None:
        await turn.says(kind, message, **more)

    return play


class Puppet:
    """An agent that does what the test says."""

    def __init__(self, bus: Bus, name: str, play: Play, prefetch: int = 20) -> None:
        self._bus = bus
        self._play = play
        self._prefetch = prefetch
        self._playing: set[asyncio.Task[None]] = set()
        self._consumer: Consumer | None = None
        self.name = name
        self.turns: list[Turn] = []

    async def come(self) -> None:
        """Consume its queue."""
        self._consumer = await self._bus.consume(topology.agent_queue(self.name), self._take, prefetch=self._prefetch)
        await self._consumer.ready(patient())

    async def go(self) -> None:
        """Consume no more; what is unanswered goes back."""
        if self._consumer is not None:
            await self._bus.drop(self._consumer)

    async def send(self, exchange: str, key: str, message: Message) -> None:
        """Publish for the agent."""
        saga_id = getattr(message, "correlation_id", None)
        await self._bus.publish(
            OutgoingMessage(
                exchange, key, message.to_json(), message.contract, None if saga_id is None else str(saga_id)
            )
        )

    def _take(self, incoming: IncomingMessage) -> None:
        task = admit(incoming.delivery)
        assert isinstance(task, AgentTask), task
        self.turns.append(Turn(self, incoming, task))
        playing = asyncio.ensure_future(self._play(self.turns[-1]))
        self._playing.add(playing)
        playing.add_done_callback(self._playing.discard)


@dataclass
class Story:
    """How a saga went, as each of the places tells it."""

    saga: UUID
    result: SynthesizedResult
    watched: tuple[SagaEvent, ...]
    history: tuple[SagaEvent, ...]
    traced: tuple[tuple[str, Mapping[str, Any]], ...]
    """Names and attributes of the events of its spans."""

    def step(self, name: str) -> StepSummary:
        """The step in the execution summary."""
        return next(step for step in self.result.execution_summary.steps if step.step == name)

    def decided(self, step: str) -> list[str]:
        """What was decided for a step, told alike, with the same reasons, wherever it is told."""
        recorded, news = (
            [
                (str(each.data["failure"]), str(each.data["decision"]), each.message)
                for each in reported
                if each.event == "recovery_decided" and each.step == step
            ]
            for reported in (self.history, self.watched)
        )
        summary = [(recovery.failure, recovery.decision, recovery.reason) for recovery in self.step(step).recoveries]
        spans = [
            (str(each["creatorflow.failure"]), str(each["creatorflow.decision"]), str(each["creatorflow.reason"]))
            for name, each in self.traced
            if name == "recovery_decided" and each["creatorflow.step"] == step
        ]
        assert recorded == news == summary
        assert [each[:2] for each in recorded] == [span[:2] for span in spans]
        for (_, decision, reason), (*_, traced) in zip(recorded, spans, strict=True):
            own = reason.partition(": ")[0] if decision in ("give_up", "park") else reason  # without what agents said
            assert traced == own[:500]
        assert all(reason for _, _, reason in recorded)
        return [f"{failure}: {decision}" for failure, decision, _ in recorded]

    def events(self, step: str) -> list[str]:
        """What happened to a step, in order."""
        assert [each.event for each in self.watched if each.seq] == [each.event for each in self.history]
        return [each.event for each in self.history if each.step == step]


@dataclass
class Stage:
    """The running orchestrator, a client of it, and the puppets."""

    url: str
    bus: Bus
    database: Path
    client: Client
    spans: InMemorySpanExporter
    puppets: dict[str, Puppet] = field(default_factory=dict)

    async def announce(self, name: str, *, alternatives: Sequence[str] = (), leaving: bool = False) -> None:
        """Make an agent known, as one of its instances would."""
        card = AgentCard(
            name=name,
            group="puppets",
            summary="does what it is told",
            expertise=(),
            domains=(),
            alternatives=tuple(alternatives),
        )
        message = AgentAnnounced(agent=name, instance=f"{name}-1", card=card, leaving=leaving)
        key = topology.control_key("announce", name)
        await self.bus.publish(
            OutgoingMessage(topology.CONTROL, key, message.to_json(), message.contract, persistent=False)
        )

    async def queue(self, name: str, *, alternatives: Sequence[str] = ()) -> None:
        """An agent that was there once: it is known, it has its queue, and nobody consumes it."""
        await self.bus.declare(topology.agent_topology(name, self.bus.server_version))
        await self.announce(name, alternatives=alternatives)
        await self.announce(name, alternatives=alternatives, leaving=True)

    async def agent(
        self, name: str, play: Play = willing, *, alternatives: Sequence[str] = (), prefetch: int = 20
    ) -> Puppet:
        """An agent that is there."""
        await self.bus.declare(topology.agent_topology(name, self.bus.server_version))
        puppet = self.puppets[name] = Puppet(self.bus, name, play, prefetch)
        await puppet.come()
        await self.announce(name, alternatives=alternatives)
        return puppet

    async def known(self, *names: str) -> None:
        """Until the orchestrator has heard of them."""

        async def heard() -> bool:
            return {agent.card.name for agent in await self.client.agents()}.issuperset(names)

        await eventually(heard, f"word of {', '.join(names)}")

    async def run(self, *steps: Mapping[str, Any], **more: Any) -> Story:
        """Run a plan of these steps to its end."""
        await self.known(*(str(step["agent"]) for step in steps if "agent" in step))
        run = await self.client.submit("play it", plan={"steps": [dict(step) for step in steps]}, **more)
        return await self.follow(run)

    async def follow(self, run: Run) -> Story:
        """A request to its end, watched from now on; what was before is told by its history."""
        async with asyncio.timeout(patient()):
            watched = [event async for event in run.events()]
        result = await run.result(patient())
        return Story(run.id, result, tuple(watched), await self.client.history(run.id), self._traced(run.id))

    def _traced(self, saga: UUID) -> tuple[tuple[str, Mapping[str, Any]], ...]:
        spans = [
            span
            for span in self.spans.get_finished_spans()
            if (span.attributes or {}).get("messaging.message.conversation_id") == str(saga)
        ]
        events = sorted((event for span in spans for event in span.events), key=lambda each: each.timestamp)
        return tuple((event.name, dict(event.attributes or {})) for event in events)


@asynccontextmanager
async def staged(url: str, folder: Path, **settings: Any) -> AsyncIterator[Stage]:
    """An orchestrator over a fresh store; what it waits for is as short as `settings` say."""
    chosen = OrchestratorSettings(
        amqp_url=SecretStr(url), store_url=SecretStr(f"sqlite:///{folder / 'stage.db'}"), **settings
    )
    with recording() as spans:
        async with (
            await Store.open(chosen.store, owner="stage") as store,
            Bus.connect(url, name="orchestrator") as bus,
            Bus.connect(url, name="puppets") as puppets,
            Client(url) as client,
        ):
            orchestrator = Orchestrator(bus, store, chosen)
            await orchestrator.start()
            running = asyncio.create_task(orchestrator.run())
            try:
                yield Stage(url, puppets, folder / "stage.db", client, spans)
            finally:
                running.cancel()
                await asyncio.wait([running])
                await orchestrator.stop()
