"""What happens to a saga: the inputs of `advance`. Past tense, frozen; time, ids and jitter arrive as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from .saga_state import SILENCE_MS, Definition, Failure


@dataclass(frozen=True, slots=True)
class RequestSubmitted:
    """A request came in, analysed and planned. `analysis` is recorded with the plan, and not looked at again."""

    saga_id: UUID
    at: datetime
    definition: Definition
    analysis: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TaskClaimed:
    """An instance works on an attempt."""

    at: datetime
    task_id: UUID
    agent: str
    instance: str
    silence_ms: int = SILENCE_MS


@dataclass(frozen=True, slots=True)
class TaskHeartbeat:
    """A heartbeat named a claimed attempt, or nobody was listening: silence counts from `at`."""

    at: datetime
    task_id: UUID
    agent: str
    silence_ms: int = SILENCE_MS


@dataclass(frozen=True, slots=True)
class TaskSucceeded:
    """An agent answered an attempt. `digest` is of the whole result, so that another answer is told from a repeat."""

    at: datetime
    task_id: UUID
    agent: str
    digest: str
    output: Mapping[str, Any]
    decisions: Mapping[str, str] = field(default_factory=dict)
    execution_time_ms: int = 0
    tokens: int = 0
    instance: str = ""


@dataclass(frozen=True, slots=True)
class TaskFailed:
    """An attempt has no result: the agent said so, or the broker, or silence did. `jitter` is in [0, 1)."""

    at: datetime
    task_id: UUID
    failure: Failure
    jitter: float = 0.0
    digest: str = ""
    """Of the result that said so; empty where none did."""
    agent: str = ""
    """Who said so; empty where it was no agent."""


@dataclass(frozen=True, slots=True)
class CancelRequested:
    """A client wants the saga stopped."""

    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Ticked:
    """Time passed: `wake_at` was reached. `jitter` is in [0, 1)."""

    at: datetime
    jitter: float = 0.0


@dataclass(frozen=True, slots=True)
class ConsumersCounted:
    """So many consumers were found at each of these agents' queues; a queue that does not exist has none."""

    at: datetime
    consumers: Mapping[str, int]


Action = Literal["retry", "skip", "complete"]


@dataclass(frozen=True, slots=True)
class StepCommanded:
    """A person says what becomes of a step: another attempt (by `agent`), none, or none because here is its output."""

    at: datetime
    step: str
    action: Action
    agent: str = ""
    output: Mapping[str, Any] = field(default_factory=dict)
    decisions: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
    digest: str = ""
    """Of the whole command, its own id included, so that a late repeat is told from another word; empty: has no id."""


Event = (
    RequestSubmitted
    | TaskClaimed
    | TaskHeartbeat
    | TaskSucceeded
    | TaskFailed
    | ConsumersCounted
    | StepCommanded
    | CancelRequested
    | Ticked
)
