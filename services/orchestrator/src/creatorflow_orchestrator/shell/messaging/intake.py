"""Turns deliveries into items: consumes the orchestrator's queues and reads every message through ingress."""

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
"""A message delivered so often is quarantined unparsed."""

EXPECTED: Mapping[str, frozenset[str]] = {
    topology.SUBMIT_QUEUE: frozenset({"request-submitted.v1"}),
    topology.COMMANDS_QUEUE: frozenset(
        {"cancel-request.v1", "query.v1", "step-command.v1", "quarantine-command.v1", "prune-command.v1"}
    ),
    topology.RESULTS_QUEUE: frozenset({"agent-result.v1", "task-claimed.v1"}),
    topology.DEAD_LETTERS_QUEUE: frozenset({"agent-task.v1"}),
}
"""Maps each queue to the contracts it takes."""

M = TypeVar("M", bound=Message)


class Subscription(Protocol):
    """The consumption of one queue."""

    async def stop(self) -> None: ...


class ConsumingBus(Protocol):
    """The part of the bus that the intake needs."""

    async def consume(self, queue: str, sink: Callable[[IncomingMessage], None], *, prefetch: int) -> Subscription: ...


class Intake:
    """Consumes the orchestrator's queues: messages go to the handler that is registered for their type, or else into
    the work queue."""

    def __init__(self, bus: ConsumingBus, work_queue: WorkQueue, own_user: str | None = None) -> None:
        """`own_user` is the orchestrator's user of the broker, with whose name its own messages come back."""
        self._bus = bus
        self._own_user = own_user
        self._work_queue = work_queue
        self._handlers: dict[type[Message], Callable[[IncomingMessage, Any], None]] = {}
        self._consumers: list[Subscription] = []

    def register(self, content: type[M], handler: Callable[[IncomingMessage, M], None]) -> None:
        """Register a handler for messages of a type that change no saga: they bypass the worker."""
        self._handlers[content] = handler

    async def start(self) -> None:
        """Subscribe to every queue."""
        for queue in EXPECTED:
            prefetch = SUBMIT_PREFETCH if queue == topology.SUBMIT_QUEUE else PREFETCH
            self._consumers.append(await self._bus.consume(queue, self._take, prefetch=prefetch))

    async def stop(self) -> None:
        """Stop consuming; messages that were taken may still be processed."""
        await asyncio.gather(*(consumer.stop() for consumer in self._consumers))

    def _take(self, incoming: IncomingMessage) -> None:
        content = self._checked_sender(incoming, _read(incoming))
        if (handler := self._handlers.get(type(content))) is not None:
            handler(incoming, content)
            return
        attempt = refused_result(incoming.delivery, self._own_user) if isinstance(content, Problem) else None
        self._work_queue.put(ReceivedMessage(incoming, content, attempt))

    def _checked_sender(self, incoming: IncomingMessage, content: Any) -> Any:
        """Refuse a message between a parent and its child that another user sent: only an orchestrator sends those.

        The broker vouches for the user's name; where all services share one user, it proves nothing.
        """
        sender = incoming.delivery.user_id
        if self._own_user is None or sender == self._own_user or not _between_sagas(content):
            return content
        return Problem(
            code="SENDER_NOT_ALLOWED",
            message="only the orchestrator may send a message between a parent and its child",
            where="properties.user_id",
            correlation_id=str(content.correlation_id),
            hint="Leave out the parent; only a plan makes children.",
        )


def _between_sagas(content: Any) -> bool:
    """True for a request or a cancel with a parent, and for a child's result."""
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
    """Return the id in a property, if it is one; anyone may have written anything there."""
    try:
        return None if prop is None else str(UUID(prop))
    except ValueError:
        return None
