"""The state of a saga, small enough to be written after every event.

Results are stored once, in the history; the state keeps their digests, the decisions taken, and the outputs that a
guard or a loop's check still reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from creatorflow_orchestrator.core.plan import Plan
from creatorflow_orchestrator.core.request import Reading

MANUAL = "by-hand"
"""The instance of an output that a person gave."""
CHILD_AGENT = "saga"
"""The agent name under which a child saga answers its parent's step."""
SILENCE_MS = 45_000
"""Silence after which the attempt of a claimed task ends and the next one begins (docs/architecture.md)."""


class SagaStatus(StrEnum):
    """`running`, then perhaps `compensating`, then one of the three final states; final stays final."""

    RUNNING = "running"
    COMPENSATING = "compensating"
    """It will fail or be cancelled; the steps that succeeded are being undone."""
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def final(self) -> bool:
        """True if the saga has ended and can no longer change."""
        return self not in _NOT_FINAL


_NOT_FINAL = frozenset({SagaStatus.RUNNING, SagaStatus.COMPENSATING})


class StepStatus(StrEnum):
    """The status of a step."""

    WAITING = "waiting"
    """For its dependencies."""
    OPEN = "open"
    """An attempt is dispatched and unanswered."""
    RETRYING = "retrying"
    """The next attempt starts at `retry_at`: one failed, or the agent's circuit is open."""
    PARKED = "parked"
    """Its recoveries are exhausted; it waits for a step command."""
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"

    @property
    def resolved(self) -> bool:
        """True if the step has ended: succeeded, failed, skipped or cancelled."""
        return self in _RESOLVED


_RESOLVED = frozenset({StepStatus.SUCCEEDED, StepStatus.FAILED, StepStatus.SKIPPED, StepStatus.CANCELLED})


class FailureKind(StrEnum):
    """Kinds of failure of an attempt: those an agent reports, and those that follow from the broker or from silence."""

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
    """Defects of a refused output, by place; the next attempt gets them as constraints."""


@dataclass(frozen=True, slots=True)
class Recovery:
    """The recovery decided for a failed attempt, and the reason."""

    failure: str
    decision: str
    reason: str
    attempt: int
    agent: str = ""
    """The agent whose attempt failed."""
    following: str = ""
    """The agent of the next attempt; empty if none follows."""


@dataclass(frozen=True, slots=True)
class TriedAgent:
    """An agent that was replaced on a step, and why."""

    agent: str
    why: str


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision in force and the agent that took it."""

    value: str
    by: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt of a step by one agent; number 0 is the first, before it is dispatched.

    An ended attempt is kept until the next begins: its id and digest identify late answers and repeats.
    """

    agent: str
    """The agent of the plan, or an alternative; empty where a child request does the work."""
    timeout_ms: int
    constraints: tuple[str, ...] = ()
    """Sent with its task in addition to the plan's: why the last output was refused."""
    number: int = 0
    """Only grows, across iterations too: it fences off late answers."""
    task_id: UUID | None = None
    dispatched_at: datetime | None = None
    check_at: datetime | None = None
    """Time to count the consumers of its queue, unless it is claimed before."""
    claimed_by: str | None = None
    """The instance that works on it."""
    silent_at: datetime | None = None
    """Time at which silence ends it; set once it is claimed."""
    retry_at: datetime | None = None
    """Time at which the next attempt begins."""
    digest: str | None = None
    """Of the answer that ended it."""


@dataclass(frozen=True, slots=True)
class StepState:
    """The state of one step of the plan."""

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
    """The history entry with the result that counts."""
    done_seq: int | None = None
    """The entry of the last result that ever counted, even if refused since or of an earlier iteration: compensation
    has to undo that work."""
    last_round_seq: int | None = None
    """In a loop: the entry with the result of the iteration before this one, if it had one."""
    tokens: int = 0
    recoveries: tuple[Recovery, ...] = ()
    forgiven: int = 0
    """The number of recoveries, from the first, that no longer count: a new iteration or a step command came after."""
    instructed: int = 0
    """The number of the last attempt that a person asked for; a repeat of that command asks for no other."""
    commands: tuple[str, ...] = ()
    """Digests of the last step commands: a late repeat changes nothing, whatever has happened since."""
    tried: tuple[TriedAgent, ...] = ()
    """Agents that are not tried again."""
    unavailable_since: datetime | None = None
    """Start of the known unavailability of its agent, over any number of attempts."""
    reason: str = ""
    """Why it failed, was parked, skipped or cancelled; of a loop's last step also why its limit ended it."""
    verdict: str = ""
    """In words, why its last output says that it did not pass; empty if it does not say so."""


class OnFailure(StrEnum):
    """The fate of a required step whose recoveries are exhausted."""

    FAIL = "fail"
    """The saga ends with it."""
    PARK = "park"
    """The step is parked, and the others go on."""


@dataclass(frozen=True, slots=True)
class PendingEnd:
    """The end of a saga after its compensation, which stops at `until` at the latest."""

    status: SagaStatus
    reason: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Parent:
    """The step and attempt of the parent saga that a child saga answers."""

    saga_id: UUID
    task_id: UUID
    step: str
    attempt: int
    depth: int
    requirements: tuple[str, ...] = ()
    """Of the parent's step: the answer names those that it answers."""


@dataclass(frozen=True, slots=True)
class Definition:
    """The request and its plan: written once, when the request is accepted."""

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
    """Decision key to the agent that owns it, according to the cards when the request was accepted."""
    on_failure: OnFailure = OnFailure.FAIL
    reading: Reading | None = None
    """What was read from the request; none for a plan that the client brought."""


@dataclass(frozen=True, slots=True)
class Saga:
    """The durable state of one request: its definition and the state of each step of its plan."""

    id: UUID
    definition: Definition
    steps: Mapping[str, StepState]
    """By step id, in plan order."""
    status: SagaStatus = SagaStatus.RUNNING
    seq: int = 0
    """Of the last entry of its history."""
    updated_at: datetime | None = None
    decisions: Mapping[str, Decision] = field(default_factory=dict)
    """The shared state: decision key to the value in force. The first value stands until the key's owner decides."""
    outputs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """The parts of outputs that a guard or a loop's check reads, by step id."""
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
        """The plan in force: as revised, else as accepted."""
        return self.definition.plan if self.revised is None else self.revised
