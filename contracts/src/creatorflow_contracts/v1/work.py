"""What travels between the orchestrator and its agents: tasks, results, claims, and the control messages."""

from __future__ import annotations

from typing import Annotated, Literal, Self, get_args

from pydantic import BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from .base import CorrelationId, JsonObject, LongText, Message, Milliseconds, Model, Name, ShortText, Timestamp
from .card import AgentCard

StepType = Literal["primary", "supporting", "validation", "compensation"]
"""A `compensation` undoes what an earlier step did; its `previous_results` hold that step's output."""
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
"""How an agent's failure is to be taken; DESIGN section 6 says what is done for each."""


def _known_error_type(value: object) -> object:
    """Any other string reads as `unknown`: a newer agent's word is not a reason to lose its result."""
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
    text: ShortText = Field(description="The words of the request.")


class Decision(Model):
    """A decision in force: its value and who took it."""

    value: ShortText
    by: Name


class PreviousResult(Model):
    """What an earlier step, on which this one depends, has found; in a loop also what the last round has."""

    step: Name
    agent: Name
    iteration: Attempt = Field(default=1, description="The round that found it.")
    requirements: tuple[ShortText, ...] = Field(
        default=(), description="That step's own requirements: what the positions under `answers` in its output name."
    )
    output: JsonObject = Field(description="The output, or its summary where it was too large.")
    decisions: dict[str, ShortText] = Field(default_factory=dict)
    summarised: bool = False


class CoordinationInfo(Model):
    """How this step sits among the others."""

    pattern: Literal["sequential", "parallel", "conditional", "iterative", "hierarchical"]
    depends_on: tuple[Name, ...] = ()
    peers: tuple[Name, ...] = Field(default=(), description="Steps of the plan that may run beside this one.")
    iteration: Attempt = 1
    deadline: Timestamp


class TaskContext(Model):
    """All an agent needs to know beyond its own instruction."""

    original_request: LongText
    previous_results: tuple[PreviousResult, ...] = ()
    shared_state: dict[str, Decision] = Field(default_factory=dict)
    coordination_info: CoordinationInfo


class ExpectedOutput(Model):
    """What the answer must look like. This alone makes anything obligatory; an agent's card never does."""

    schema_: JsonObject | None = Field(default=None, alias="schema", description="JSON Schema of the whole output.")
    sections: tuple[Name, ...] = Field(
        default=(),
        description="Sections that must not be empty, unless the output has `data` alone. The planner asks for some of "
        "the specialists that come with the system; of any other agent for none.",
    )

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)


class AgentTask(Message):
    """One dispatch of a step. `attempt` only grows and is the fence: a result counts only for the current one."""

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
    expected_output: ExpectedOutput = ExpectedOutput()
    timeout_ms: Annotated[Milliseconds, Field(ge=1)]
    accepts: tuple[Attempt, ...] = Field(default=(1,), description="Majors of AgentResult that the sender understands.")


class AgentError(Model):
    """Why a task failed, as its agent tells it."""

    type: Annotated[ErrorType, BeforeValidator(_known_error_type)]
    message: ShortText
    retry_after_ms: Milliseconds | None = None
    missing: Name | None = Field(default=None, description="The agent, capability or decision key that is missing.")


class ResultMetadata(Model):
    """What the work cost and how it was done. `engine` is `playbook`, `model`, or an agent's own word."""

    prompt_tokens: Tokens = 0
    completion_tokens: Tokens = 0
    cost_usd: Annotated[float, Field(ge=0, le=1_000_000)] | None = Field(
        default=None, description="What the work has cost, in US dollars, where the agent knows."
    )
    model: ShortText | None = None
    engine: ShortText | None = None
    capabilities: tuple[Name, ...] = ()


class AgentResult(Message):
    """The one answer to one attempt: an output, or an error that says what to do about it."""

    contract: Literal["agent-result.v1"] = "agent-result.v1"
    task_id: CorrelationId
    correlation_id: CorrelationId
    agent: Name
    instance: InstanceId
    attempt: Attempt
    success: bool
    output: JsonObject = Field(default_factory=dict, description="A SpecialistOutput, or any object under `data`.")
    error: AgentError | None = Field(default=None, description="Why it failed; a failure without one is `unknown`.")
    execution_time_ms: Annotated[int, Field(ge=0)] = 0
    metadata: ResultMetadata = ResultMetadata()


class TaskClaimed(Message):
    """An instance's word that it works on an attempt; sent at the first heartbeat, before its delivery is acked."""

    contract: Literal["task-claimed.v1"] = "task-claimed.v1"
    task_id: CorrelationId
    correlation_id: CorrelationId
    agent: Name
    instance: InstanceId
    attempt: Attempt


class AgentAnnounced(Message):
    """An instance is up (or going down) and this is its card. Transient."""

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
    """The orchestrator did not take an agent's announcement, so that the agent gets no work; the words are a problem's.
    Transient, from each orchestrator."""

    contract: Literal["announcement-refused.v1"] = "announcement-refused.v1"
    agent: Name
    code: ShortText
    message: ShortText
    where: ShortText = Field(description="The field of the announcement.")
    hint: ShortText = Field(description="What to do before it announces itself again.")


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
    """Stop working on an attempt: nobody waits for it any more. Transient."""

    contract: Literal["cancel-task.v1"] = "cancel-task.v1"
    task_id: CorrelationId
    correlation_id: CorrelationId
    agent: Name
    reason: ShortText = ""


class DiscoverAgents(Message):
    """The orchestrator asks every agent to announce itself. Transient."""

    contract: Literal["discover-agents.v1"] = "discover-agents.v1"
