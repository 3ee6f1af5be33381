"""Commands: the outputs of `advance`. Named in the imperative, frozen; the shell executes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from .saga_state import SagaStatus

HistoryValue = str | int | bool | Sequence[str] | Sequence[Mapping[str, object]] | Mapping[str, object]
HistoryData = Mapping[str, HistoryValue]
"""Fields of a history entry beside its message, by name: JSON."""


@dataclass(frozen=True, slots=True)
class Record:
    """Append an entry to the saga's history and publish it as a progress event. `seq` grows by one."""

    seq: int
    at: datetime
    event: str
    step: str | None = None
    agent: str | None = None
    attempt: int | None = None
    message: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DispatchTask:
    """Send an attempt of a step to its agent. The task expires at `expires_at`: a later answer does not count."""

    step: str
    agent: str
    task_id: UUID
    iteration: int
    attempt: int
    timeout_ms: int
    expires_at: datetime
    constraints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StartChild:
    """Submit a step's work as a child saga whose id is the attempt's id."""

    step: str
    task_id: UUID
    attempt: int


@dataclass(frozen=True, slots=True)
class CancelTask:
    """Ask an agent to stop: this attempt is no longer current."""

    agent: str
    task_id: UUID
    reason: str


@dataclass(frozen=True, slots=True)
class CancelChild:
    """Cancel the child saga of an attempt."""

    task_id: UUID
    reason: str


@dataclass(frozen=True, slots=True)
class CountConsumers:
    """Count the consumers of these agents' task queues; the event `ConsumersCounted` brings the numbers."""

    agents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Refuse:
    """Refuse the message behind the event: it is quarantined under this problem code."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Conclude:
    """End the saga: synthesise its one result, append it as the last entry `seq`, and send it to the client."""

    seq: int
    at: datetime
    status: SagaStatus
    reason: str = ""


Command = Record | DispatchTask | StartChild | CancelTask | CancelChild | CountConsumers | Refuse | Conclude
