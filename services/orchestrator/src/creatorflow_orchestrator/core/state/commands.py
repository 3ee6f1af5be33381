"""What the core wants done: the outputs of `advance`. Imperative, frozen; the shell executes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from .saga_state import SagaStatus

HistoryValue = str | int | bool | Sequence[str] | Sequence[Mapping[str, object]] | Mapping[str, object]
HistoryData = Mapping[str, HistoryValue]
"""What a history entry says beside its message, by name: JSON."""


@dataclass(frozen=True, slots=True)
class Record:
    """Append an entry to the saga's history and tell it to whoever watches. `seq` grows by one."""

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
    """Send an attempt of a step to its agent. At `expires_at` nobody waits for it any more."""

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
    """Tell an agent that nobody waits for this attempt any more."""

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
    """Find out whether anybody consumes these agents' tasks, and tell with `ConsumersCounted`."""

    agents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Refuse:
    """The message behind the event cannot count: it goes to quarantine under this problem code."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Conclude:
    """The saga is final: synthesise its one result, append it as the last entry `seq`, and answer who asked."""

    seq: int
    at: datetime
    status: SagaStatus
    reason: str = ""


Command = Record | DispatchTask | StartChild | CancelTask | CancelChild | CountConsumers | Refuse | Conclude
