"""What is on the wires of a simulated world, and what waits to be handled by an orchestrator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from creatorflow_orchestrator.core.state.commands import DispatchTask
from creatorflow_orchestrator.core.state.events import Event
from creatorflow_orchestrator.core.state.saga_state import Definition

Make = Callable[[datetime, float], Event]
"""Clock and jitter of whoever handles it to the event that it is."""


@dataclass(slots=True)
class Item:
    """A message for the orchestrators. A durable one comes again until it is committed."""

    saga_id: UUID
    make: Make
    durable: bool = True
    definition: Definition | None = None
    """Of a request."""
    handled: bool = False
    """Whether it was committed once: when it comes again it is a repeat."""


@dataclass(slots=True)
class Task:
    """A task on its way to its agent, or in its agent's queue."""

    saga_id: UUID
    command: DispatchTask
    expires_in: int
    """Milliseconds, from when it was published."""
    deliveries: int = 0

    @property
    def id(self) -> UUID:
        """The attempt's."""
        return self.command.task_id


@dataclass(slots=True)
class Row:
    """A row of the outbox, sent until it is marked: a task of a saga, or what goes to another saga."""

    saga_id: UUID
    task: DispatchTask | None = None
    item: Item | None = None
