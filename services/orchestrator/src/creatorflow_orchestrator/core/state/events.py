"""Events: the inputs of `advance`. Named in the past tense, frozen; time, ids and jitter arrive as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from .saga_state import SILENCE_MS, Definition, Failure


@dataclass(frozen=True, slots=True)
class RequestSubmitted:
    """A request was accepted, read and planned.

    `analysis` and `reading`, in the form of the wire, are recorded with the plan and not read again.
    """

    saga_id: UUID
    at: datetime
    definition: Definition
    analysis: Mapping[str, Any] = field(default_factory=dict)
    reading: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TaskClaimed:
    """An instance claimed an attempt: it works on it."""

    at: datetime
    task_id: UUID
    agent: str
    instance: str
    silence_ms: int = SILENCE_MS


@dataclass(frozen=True, slots=True)
class TaskHeartbeat:
    """A heartbeat named a claimed attempt, or heartbeats could not be received until `at`: silence counts from `at`."""

    at: datetime
    task_id: UUID
    agent: str
    silence_ms: int = SILENCE_MS


@dataclass(frozen=True, slots=True)
class TaskSucceeded:
    """An agent returned a result. `digest` covers the whole result, to distinguish a repeat from a different one."""

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
    """An attempt failed: its agent or the broker reported it, or its silence lasted too long. `jitter` is in [0, 1)."""

    at: datetime
    task_id: UUID
    failure: Failure
    jitter: float = 0.0
    digest: str = ""
    """Of the result that reported the failure; empty where none did."""
    agent: str = ""
    """The agent that reported the failure; empty where none did."""


@dataclass(frozen=True, slots=True)
class CancelRequested:
    """A client asked to cancel the request."""

    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Ticked:
    """The wake-up time was reached (`wake_at`). `jitter` is in [0, 1)."""

    at: datetime
    jitter: float = 0.0


@dataclass(frozen=True, slots=True)
class ConsumersCounted:
    """The number of consumers at each of these agents' queues; 0 for a queue that does not exist."""

    at: datetime
    consumers: Mapping[str, int]


Action = Literal["retry", "skip", "complete"]


@dataclass(frozen=True, slots=True)
class StepCommanded:
    """A person retries a step (with `agent`, if given), skips it, or completes it with the given output."""

    at: datetime
    step: str
    action: Action
    agent: str = ""
    output: Mapping[str, Any] = field(default_factory=dict)
    decisions: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
    digest: str = ""
    """Of the whole command, its id included: a late repeat is recognised by it. Empty for a command without an id."""


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
