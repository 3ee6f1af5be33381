"""The state of one batch while it is processed: its sagas as they stand, and the rows and messages so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from creatorflow.tracecontext import Headers
from creatorflow_contracts.v1.work import AgentResult

from creatorflow_orchestrator.core.recovery.circuit_breaker import CircuitBreaker
from creatorflow_orchestrator.core.state.commands import Command

from .effects import Effects
from .saga_codec import SagaRecord
from .work_queue import Item


@dataclass(slots=True)
class BatchState:
    """The sagas of one batch as they stand, the commands of the core for them, and the items that must wait."""

    effects: Effects
    sagas: dict[UUID, SagaRecord] = field(default_factory=dict)
    known: frozenset[UUID] = frozenset()
    """Sagas that exist in the store."""
    busy: frozenset[UUID] = frozenset()
    """Sagas that another replica has locked: their items wait."""
    commands: dict[UUID, list[Command]] = field(default_factory=dict)
    traces: dict[UUID, list[Headers]] = field(default_factory=dict)
    """For each of the commands, the headers to keep with its messages: they continue the trace of its cause."""
    busy_items: list[Item] = field(default_factory=list)
    """Items of busy sagas: they wait a moment."""
    early_items: list[Item] = field(default_factory=list)
    """Items whose saga does not exist yet: they wait longer."""
    deferred_items: list[Item] = field(default_factory=list)
    """Items that there was no time for: they are first in the next batch."""
    breaker: CircuitBreaker = field(default_factory=CircuitBreaker)
    """The agents' circuits after the events of this batch."""
    accepted: int = 0
    """Requests that are accepted in this batch."""
    opened: int = 0
    """Change of the number of open sagas; negative if more end than begin."""
    results: list[AgentResult] = field(default_factory=list)
    """Agents' results that changed a saga."""

    def add(self, saga_id: UUID, commands: Sequence[Command], trace: Headers) -> None:
        """Record that a saga changed: it is saved, and these commands are executed."""
        self.commands.setdefault(saga_id, []).extend(commands)
        self.traces.setdefault(saga_id, []).extend([trace] * len(commands))
