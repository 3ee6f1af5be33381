"""Messages between the orchestrator and its agents: tasks, results, claims, and the control messages."""

from __future__ import annotations

from typing import Annotated, Literal, Self, get_args

from pydantic import BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from .base import CorrelationId, JsonObject, LongText, Message, Milliseconds, Model, Name, ShortText, Timestamp
from .card import AgentCard
from .reading import Reading

StepType = Literal["primary", "supporting", "validation", "compensation"]
"""A `compensation` undoes what an earlier step did; its `previous_results` contain that step's output."""
ErrorType = Literal[
    "timeout",
    "validation_error",
    "dependency_missing",
    "agent_unavailable",
    "retryable",
    "permanent",
    "released",
    "unknown",
]
"""Kinds of an agent's failure; docs/recovery.md describes the recovery of each."""


def _known_error_type(value: object) -> object:
    """Read any other string as `unknown`: a newer agent's error type must not lose its result."""
    return value if not isinstance(value, str) or value in get_args(ErrorType) else "unknown"


Positions = Annotated[tuple[Annotated[int, Field(ge=0, le=10_000)], ...], Field(max_length=1000)]
"""Positions in the task's `requirements`, from 0."""
Attempt = Annotated[int, Field(ge=1)]
InstanceId = Annotated[str, Field(min_length=1, max_length=128)]
Tokens = Annotated[int, Field(ge=0)]


class Quantity(Model):
    """A number that the request states: `5000+ orders/hour` is `orders`, `>=`, 5000, `orders/hour`."""

    subject: ShortText
    comparison: Literal["<", "<=", "=", ">=", ">", "x"]
    value: float
    unit: ShortText
    text: ShortText = Field(description="The text in the request.")


class Decision(Model):
    """A decision in force: its value and the agent that took it."""

    value: ShortText
    by: Name


class PreviousResult(Model):
    """The result of an earlier step on which this one depends; in a loop also those of the last iteration."""

    step: Name
    agent: Name
    iteration: Attempt = Field(default=1, description="The iteration that produced it.")
    requirements: tuple[ShortText, ...] = Field(
        default=(),
        description="That step's requirements, to which the positions under `answers` in its output refer.",
    )
    output: JsonObject = Field(description="The output, or its summary if it was too large.")
    decisions: dict[str, ShortText] = Field(default_factory=dict)
    summarised: bool = False


class CoordinationInfo(Model):
    """The position of this step among the others."""

    pattern: Literal["sequential", "parallel", "conditional", "iterative", "hierarchical"]
    depends_on: tuple[Name, ...] = ()
    peers: tuple[Name, ...] = Field(default=(), description="Steps of the plan that may run at the same time.")
    iteration: Attempt = 1
    deadline: Timestamp


class TaskContext(Model):
    """Everything an agent needs to know beyond its own instruction."""

    original_request: LongText
    previous_results: tuple[PreviousResult, ...] = ()
    shared_state: dict[str, Decision] = Field(default_factory=dict)
    coordination_info: CoordinationInfo


class ExpectedOutput(Model):
    """The required form of the output. Only this makes anything mandatory; an agent's card never does."""

    schema_: JsonObject | None = Field(default=None, alias="schema", description="JSON Schema of the whole output.")
    sections: tuple[Name, ...] = Field(
        default=(),
        description="Sections that must not be empty, unless the output has `data` only. The planner requires some of "
        "the specialists that come with the system, and none of any other agent.",
    )

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)


class AgentTask(Message):
    """One dispatch of a step. `attempt` only grows and is the fencing token: only the current one's result counts."""

    contract: Literal["agent-task.v1"] = "agent-task.v1"
    id: CorrelationId = Field(
        description="uuid5 of saga, step, iteration and attempt: the idempotency key of the work."
    )
    correlation_id: CorrelationId
    agent: Name
    step: Name
    iteration: Attempt = 1
    attempt: Attempt = 1
    type: StepType
    description: LongText
    context: TaskContext
    requirements: tuple[ShortText, ...] = ()
    constraints: tuple[ShortText, ...] = ()
    quantities: tuple[Quantity, ...] = Field(default=(), description="The numbers of this agent's requirements.")
    reading: Reading | None = Field(
        default=None,
        description="The part of the reading that concerns this agent: `asks` in the order of `requirements`, "
        "with their facts, exclusions, constraints and attachments. None for a step of a given plan.",
    )
    expected_output: ExpectedOutput = ExpectedOutput()
    timeout_ms: Annotated[Milliseconds, Field(ge=1)]
    accepts: tuple[Attempt, ...] = Field(
        default=(1,), description="Major versions of AgentResult that the sender reads."
    )


class AgentError(Model):
    """The reason why a task failed, as reported by its agent."""

    type: Annotated[ErrorType, BeforeValidator(_known_error_type)]
    message: ShortText
    retry_after_ms: Milliseconds | None = None
    missing: Name | None = Field(default=None, description="The agent, capability or decision key that is missing.")


class ResultMetadata(Model):
    """Cost and method of the work. `engine` is `playbook`, `model`, or another value that the agent chooses."""

    prompt_tokens: Tokens = 0
    completion_tokens: Tokens = 0
    cost_usd: Annotated[float, Field(ge=0, le=1_000_000)] | None = Field(
        default=None, description="Cost of the work in US dollars, if the agent knows it."
    )
    model: ShortText | None = None
    engine: ShortText | None = None
    capabilities: tuple[Name, ...] = ()


class AgentResult(Message):
    """The one answer to one attempt: an output, or an error whose type decides the recovery."""

    contract: Literal["agent-result.v1"] = "agent-result.v1"
    task_id: CorrelationId
    correlation_id: CorrelationId
    agent: Name
    instance: InstanceId
    attempt: Attempt
    success: bool
    output: JsonObject = Field(default_factory=dict, description="A SpecialistOutput, or any object under `data`.")
    error: AgentError | None = Field(
        default=None, description="Reason of a failure; without it the failure is `unknown`."
    )
    execution_time_ms: Annotated[int, Field(ge=0)] = 0
    metadata: ResultMetadata = ResultMetadata()


class TaskClaimed(Message):
    """An instance's claim of an attempt; sent at the first heartbeat, before its delivery is acknowledged."""

    contract: Literal["task-claimed.v1"] = "task-claimed.v1"
    task_id: CorrelationId
    correlation_id: CorrelationId
    agent: Name
    instance: InstanceId
    attempt: Attempt


class AgentAnnounced(Message):
    """An instance has started (or is stopping), with its agent card. Transient."""

    contract: Literal["agent-announced.v1"] = "agent-announced.v1"
    agent: Name
    instance: InstanceId
    card: AgentCard
    leaving: bool = False

    @model_validator(mode="after")
    def _own_card(self) -> Self:
        if self.card.name != self.agent:
            raise PydanticCustomError("SENDER_NOT_ALLOWED", "an agent announces its own card only")
        return self


class AnnouncementRefused(Message):
    """The orchestrator refused an agent's announcement, so that the agent gets no work; the fields are a problem's.
    Transient, sent by each orchestrator."""

    contract: Literal["announcement-refused.v1"] = "announcement-refused.v1"
    agent: Name
    code: ShortText
    message: ShortText
    where: ShortText = Field(description="The field of the announcement.")
    hint: ShortText = Field(description="What to correct before the next announcement.")


class TaskProgress(Model):
    """One task that an instance works on."""

    task_id: CorrelationId
    correlation_id: CorrelationId
    attempt: Attempt
    progress: Annotated[float, Field(ge=0, le=1)] | None = None
    note: ShortText = ""


class AgentHeartbeat(Message):
    """An instance is alive and works on these tasks. Transient, every 10 s."""

    contract: Literal["agent-heartbeat.v1"] = "agent-heartbeat.v1"
    agent: Name
    instance: InstanceId
    tasks: tuple[TaskProgress, ...] = Field(default=(), max_length=1000)


class CancelTask(Message):
    """Stop working on an attempt: its result is no longer needed. Transient."""

    contract: Literal["cancel-task.v1"] = "cancel-task.v1"
    task_id: CorrelationId
    correlation_id: CorrelationId
    agent: Name
    reason: ShortText = ""


class DiscoverAgents(Message):
    """The orchestrator asks every agent to announce itself. Transient."""

    contract: Literal["discover-agents.v1"] = "discover-agents.v1"
