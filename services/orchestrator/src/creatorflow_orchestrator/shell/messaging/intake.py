"""From deliveries to items: consumes the orchestrator's queues and brings everything through the door."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar
from uuid import UUID

from creatorflow.bus import IncomingMessage
from creatorflow_contracts import topology
from creatorflow_contracts.ingress import admit
from creatorflow_contracts.problem import Problem
from creatorflow_contracts.v1.base import Message
from creatorflow_contracts.v1.request import CancelRequest, RequestSubmitted
from creatorflow_contracts.v1.work import AgentResult

from creatorflow_orchestrator.core.state.saga_state import CHILD_AGENT
from creatorflow_orchestrator.shell.batch.work_queue import ReceivedMessage, WorkQueue
from creatorflow_orchestrator.translate.attempts import refused_result

SUBMIT_PREFETCH = 50
PREFETCH = 200
QUARANTINE_AT = 10
"""A message delivered so often is put to rest unparsed."""

EXPECTED: Mapping[str, frozenset[str]] = {
    topology.SUBMIT_QUEUE: frozenset({"request-submitted.v1"}),
    topology.COMMANDS_QUEUE: frozenset(
        {"cancel-request.v1", "query.v1", "step-command.v1", "quarantine-command.v1", "prune-command.v1"}
    ),
    topology.RESULTS_QUEUE: frozenset({"agent-result.v1", "task-claimed.v1"}),
    topology.DEAD_LETTERS_QUEUE: frozenset({"agent-task.v1"}),
}
"""Queue to the contracts it takes."""


M = TypeVar("M", bound=Message)


class Subscription(Protocol):
    """A queue that is consumed."""

    async def stop(self) -> None: ...


class Consumes(Protocol):
    """What the intake needs of the bus."""

    async def consume(self, queue: str, sink: Callable[[IncomingMessage], None], *, prefetch: int) -> Subscription: ...


class Intake:
    """Consumes the orchestrator's queues. What is answered beside the worker goes to who answers it, the rest into the
    inbox."""

    def __init__(self, bus: Consumes, inbox: WorkQueue, own_user: str | None = None) -> None:
        """`own_user` is the orchestrator's user of the broker, with whose name its own messages come back."""
        self._bus = bus
        self._own_user = own_user
        self._inbox = inbox
        self._beside: dict[type[Message], Callable[[IncomingMessage, Any], None]] = {}
        self._consumers: list[Subscription] = []

    def answer_beside(self, content: type[M], answer: Callable[[IncomingMessage, M], None]) -> None:
        """Have messages of a type answered beside the worker: they change no saga."""
        self._beside[content] = answer

    async def start(self) -> None:
        """Subscribe to every queue."""
        for queue in EXPECTED:
            prefetch = SUBMIT_PREFETCH if queue == topology.SUBMIT_QUEUE else PREFETCH
            self._consumers.append(await self._bus.consume(queue, self._take, prefetch=prefetch))

    async def stop(self) -> None:
        """Take nothing more; what was taken may still be answered."""
        await asyncio.gather(*(consumer.stop() for consumer in self._consumers))

    def _take(self, incoming: IncomingMessage) -> None:
        content = self._own(incoming, _read(incoming))
        if (answer := self._beside.get(type(content))) is not None:
            answer(incoming, content)
            return
        attempt = refused_result(incoming.delivery, self._own_user) if isinstance(content, Problem) else None
        self._inbox.put(ReceivedMessage(incoming, content, attempt))

    def _own(self, incoming: IncomingMessage, content: Any) -> Any:
        """What only an orchestrator says, of parents and children, is taken from its own user alone. The broker vouches
        for the name; where all share one user, it says nothing."""
        told = incoming.delivery.user_id
        if self._own_user is None or told == self._own_user or not _between_sagas(content):
            return content
        return Problem(
            code="SENDER_NOT_ALLOWED",
            message="what a parent and its child tell each other comes from the orchestrator alone",
            where="properties.user_id",
            correlation_id=str(content.correlation_id),
            hint="Leave out the parent; only a plan makes children.",
        )


def _between_sagas(content: Any) -> bool:
    """Whether it is a parent's word to its child, or a child's answer."""
    if isinstance(content, RequestSubmitted | CancelRequest):
        return content.parent is not None
    return isinstance(content, AgentResult) and content.agent == CHILD_AGENT


def _read(incoming: IncomingMessage) -> Any:
    delivery = incoming.delivery
    if delivery.delivery_count >= QUARANTINE_AT:
        return Problem(
            code="REDELIVERED_TOO_OFTEN",
            message=f"delivered {delivery.delivery_count + 1} times and never finished",
            where=incoming.queue,
            correlation_id=_saga_in(delivery.correlation_id),
            hint="See what ended the orchestrator each time, then redrive it.",
        )
    return admit(delivery, EXPECTED[incoming.queue])


def _saga_in(prop: str | None) -> str | None:
    """The saga that a property names; a stranger may have written anything there."""
    try:
        return None if prop is None else str(UUID(prop))
    except ValueError:
        return None
