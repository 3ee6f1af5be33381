"""The state of a saga, small enough to be written at every step.

Results live once, in the history; the state keeps their digests, the decisions taken, and the outputs that a guard or
a loop's check still has to read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from creatorflow_orchestrator.core.plan import Plan

MANUAL = "by-hand"
"""The instance of an output that a person gave."""
CHILD_AGENT = "saga"
"""The name under which a child saga answers the step whose work it is."""
SILENCE_MS = 45_000
"""A claimed task of which nothing was heard for so long is given to another attempt (DESIGN section 5)."""


class SagaStatus(StrEnum):
    """`running`, then perhaps `compensating`, then one of the three final states; final stays final."""

    RUNNING = "running"
    COMPENSATING = "compensating"
    """It will fail or be cancelled; what was done is being undone."""
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def final(self) -> bool:
        """Whether nothing can change any more."""
        return self not in _GOING_ON


_GOING_ON = frozenset({SagaStatus.RUNNING, SagaStatus.COMPENSATING})


class StepStatus(StrEnum):
    """Where a step stands."""

    WAITING = "waiting"
    """For its dependencies."""
    OPEN = "open"
    """An attempt is dispatched and unanswered."""
    RETRYING = "retrying"
    """The next attempt starts at `retry_at`: one failed, or the agent's circuit is open."""
    PARKED = "parked"
    """Nothing is left to try; it rests until a person says what to do."""
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"

    @property
    def settled(self) -> bool:
        """Whether the step has ended, one way or another."""
        return self in _SETTLED


_SETTLED = frozenset({StepStatus.SUCCEEDED, StepStatus.FAILED, StepStatus.SKIPPED, StepStatus.CANCELLED})


class FailureKind(StrEnum):
    """What went wrong with an attempt: what an agent may say, and what the broker or silence says for it."""

    TIMEOUT = "timeout"
    VALIDATION_ERROR = "validation_error"
    DEPENDENCY_MISSING = "dependency_missing"
    AGENT_UNAVAILABLE = "agent_unavailable"
    RETRYABLE = "retryable"
    PERMANENT = "permanent"
    RELEASED = "released"
    UNKNOWN = "unknown"
    CRASHED = "crashed"
    UNREADABLE = "unreadable"
    EXPIRED = "expired"
    CONTEXT_TOO_LARGE = "context_too_large"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an attempt failed. `missing` names the agent, capability or decision key of a `dependency_missing`."""

    kind: FailureKind
    message: str
    retry_after_ms: int | None = None
    missing: str | None = None
    details: tuple[str, ...] = ()
    """What was wrong with an answer, place by place; the next attempt is told."""


@dataclass(frozen=True, slots=True)
class Recovery:
    """A decision taken for a failure, and why."""

    failure: str
    decision: str
    reason: str
    attempt: int
    agent: str = ""
    """Whose attempt failed."""
    following: str = ""
    """Who was given the next attempt; nobody where none was to follow."""


@dataclass(frozen=True, slots=True)
class TriedAgent:
    """An agent that a step was taken from, and why."""

    agent: str
    why: str


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision in force and the agent that took it."""

    value: str
    by: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try of a step by one agent; number 0 stands for the first, before it is dispatched.

    One that has ended stands until the next begins: by its id and digest late answers and repeats are known.
    """

    agent: str
    """The plan's, or an alternative; empty where a child saga does the work."""
    timeout_ms: int
    constraints: tuple[str, ...] = ()
    """Sent with its task beyond the plan's: why the last answer was refused."""
    number: int = 0
    """Only grows, across iterations too: it is the fence."""
    task_id: UUID | None = None
    dispatched_at: datetime | None = None
    check_at: datetime | None = None
    """When to ask whether anybody consumes it, as long as nobody has claimed it."""
    claimed_by: str | None = None
    """The instance that works on it."""
    silent_at: datetime | None = None
    """When silence ends it, once it is claimed."""
    retry_at: datetime | None = None
    """When the next one begins in its place."""
    digest: str | None = None
    """Of the answer that ended it."""


@dataclass(frozen=True, slots=True)
class StepState:
    """One step of the plan as it stands."""

    id: str
    attempt: Attempt
    """The current one, or the last."""
    status: StepStatus = StepStatus.WAITING
    iteration: int = 1
    failures: int = 0
    """Counted failures; the budget is compared with them."""
    started_at: datetime | None = None
    """Of the first attempt."""
    finished_at: datetime | None = None
    result_seq: int | None = None
    """The history entry that holds the counted result."""
    done_seq: int | None = None
    """The entry of the last result that ever counted, though it was refused since or its round is over: it is done."""
    last_round_seq: int | None = None
    """In a loop: the entry that holds the result of the round before this one, if it had one."""
    tokens: int = 0
    recoveries: tuple[Recovery, ...] = ()
    forgiven: int = 0
    """So many of the recoveries, the first, weigh no more: a new round has begun, or a person said so."""
    instructed: int = 0
    """The last attempt that a person asked for; the same word again asks for no other."""
    commands: tuple[str, ...] = ()
    """Digests of the last commands about it: a late repeat of one changes nothing, whatever has happened since."""
    tried: tuple[TriedAgent, ...] = ()
    """Agents that do not get it again."""
    unavailable_since: datetime | None = None
    """Since when its agent is known to be away, over as many attempts as that takes."""
    reason: str = ""
    """Why it failed, was parked, skipped or cancelled."""


class OnFailure(StrEnum):
    """What becomes of a required step when its retries end."""

    FAIL = "fail"
    """The saga ends with it."""
    PARK = "park"
    """It rests, and the others go on."""


@dataclass(frozen=True, slots=True)
class PendingEnd:
    """How a saga ends once what it did is undone, or `until` has come."""

    status: SagaStatus
    reason: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Parent:
    """Where a child saga hangs."""

    saga_id: UUID
    task_id: UUID
    step: str
    attempt: int
    depth: int
    requirements: tuple[str, ...] = ()
    """Of the parent's step: the answer says which of them are met."""


@dataclass(frozen=True, slots=True)
class Definition:
    """What was asked and planned: written once, when the request is accepted."""

    request: str
    digest: str
    """Of the request's content; the same id with another digest is a conflict."""
    plan: Plan
    submitted_at: datetime
    deadline: datetime
    dry_run: bool = False
    parent: Parent | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    constraints: tuple[str, ...] = ()
    owners: Mapping[str, str] = field(default_factory=dict)
    """Decision key to the agent whose word settles it, as the cards said when the request was accepted."""
    on_failure: OnFailure = OnFailure.FAIL


@dataclass(frozen=True, slots=True)
class Saga:
    """One run of a request: what was asked, and where each step of its plan stands."""

    id: UUID
    definition: Definition
    steps: Mapping[str, StepState]
    """By step id, in plan order."""
    status: SagaStatus = SagaStatus.RUNNING
    seq: int = 0
    """Of the last entry of its history."""
    updated_at: datetime | None = None
    decisions: Mapping[str, Decision] = field(default_factory=dict)
    """The shared state: decision key to the value in force. The first word stands until the key's owner speaks."""
    outputs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Outputs of the steps that a guard or a loop's check names."""
    closed_loops: tuple[int, ...] = ()
    """Positions of the plan's loops that have ended."""
    reason: str = ""
    """Why it failed or was cancelled."""
    revised: Plan | None = None
    """The plan as recovery or compensation has changed it."""
    ending: PendingEnd | None = None
    """Set while it compensates."""

    @property
    def plan(self) -> Plan:
        """The plan it runs."""
        return self.definition.plan if self.revised is None else self.revised
