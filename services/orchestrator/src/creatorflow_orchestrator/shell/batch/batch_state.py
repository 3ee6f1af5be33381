"""One batch in the making: its sagas as they stand, and what has come of them so far."""

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
    """The sagas of one batch as they stand, and what has come of them so far."""

    effects: Effects
    held: dict[UUID, SagaRecord] = field(default_factory=dict)
    known: frozenset[UUID] = frozenset()
    """Sagas that exist in the store."""
    busy: frozenset[UUID] = frozenset()
    """Sagas in another replica's hands: their items wait."""
    commands: dict[UUID, list[Command]] = field(default_factory=dict)
    traces: dict[UUID, list[Headers]] = field(default_factory=dict)
    """For each of the commands, the headers to keep with what it sends: they carry the trace on from what caused it."""
    again: list[Item] = field(default_factory=list)
    """What must wait a moment."""
    patient: list[Item] = field(default_factory=list)
    """What must wait longer: its saga may yet come."""
    later: list[Item] = field(default_factory=list)
    """What there was no time for: it is next."""
    breaker: CircuitBreaker = field(default_factory=CircuitBreaker)
    """The agents' circuits, with what this batch has told of them."""
    coming: int = 0
    """Requests that are accepted in this batch."""
    opened: int = 0
    """So many sagas more (or fewer) are open after it."""
    answers: list[AgentResult] = field(default_factory=list)
    """Those that counted."""

    def add(self, saga_id: UUID, commands: Sequence[Command], trace: Headers) -> None:
        """Something has happened to a saga, which is to be saved with what came of it."""
        self.commands.setdefault(saga_id, []).extend(commands)
        self.traces.setdefault(saga_id, []).extend([trace] * len(commands))
