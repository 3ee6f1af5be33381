"""Messages of the orchestrator about a saga: events with sequence numbers, and the answers to queries."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from .base import CorrelationId, JsonObject, LongText, Message, Model, Name, ShortText, Timestamp
from .card import AgentCard
from .output import SynthesizedResult

SagaStatus = Literal["running", "compensating", "completed", "failed", "cancelled"]
"""`compensating`: it has failed or was cancelled, and the steps that succeeded are being undone; not final yet."""


class SagaEvent(Model):
    """One entry of a saga's history. `seq` grows by one; a gap is filled by a history query."""

    seq: Annotated[int, Field(ge=1)]
    at: Timestamp
    event: Name = Field(
        description="Past tense: `accepted`, `step_dispatched`, `step_succeeded`, `recovery_decided`, ..."
    )
    step: Name | None = None
    agent: Name | None = None
    attempt: Annotated[int, Field(ge=1)] | None = None
    message: ShortText = ""
    data: JsonObject = Field(
        default_factory=dict,
        description="Details of the event; `child` of a `step_dispatched`: the id of the child request that it began.",
    )


class SagaEvents(Message):
    """Events of one saga. `accepted`, `completed`, `failed` and `cancelled` are sent until confirmed, others once."""

    contract: Literal["saga-events.v1"] = "saga-events.v1"
    correlation_id: CorrelationId
    status: SagaStatus
    events: tuple[SagaEvent, ...]


class StepState(Model):
    """The present state of one step."""

    step: Name
    agent: Name
    type: ShortText
    status: ShortText = Field(
        description="`waiting`, `dispatched`, `succeeded`, ...; `parked` until a `StepCommand` decides."
    )
    attempt: Annotated[int, Field(ge=0)]
    depends_on: tuple[Name, ...] = ()
    progress: Annotated[float, Field(ge=0, le=1)] | None = None
    message: ShortText = ""
    child: CorrelationId | None = Field(
        default=None, description="The child request that does the step's work in the current attempt."
    )


class SagaState(Model):
    """The present state of one saga."""

    correlation_id: CorrelationId
    status: SagaStatus
    request: LongText
    pattern: ShortText
    seq: Annotated[int, Field(ge=0)]
    submitted_at: Timestamp
    updated_at: Timestamp
    deadline: Timestamp
    steps: tuple[StepState, ...] = Field(default=(), description="Omitted in a list.")
    parked: tuple[Name, ...] = Field(
        default=(), description="The parked steps, which wait for a `StepCommand`; present in a list too."
    )
    tags: dict[str, ShortText] = Field(default_factory=dict)
    dry_run: bool = Field(default=False, description="True for a dry run: analysed and planned, nothing is dispatched.")


class LiveAgent(Model):
    """An agent in the orchestrator's registry, with the number of its live instances."""

    card: AgentCard
    instances: tuple[ShortText, ...] = ()
    open_tasks: Annotated[int, Field(ge=0)] = 0


class RefusedAgent(Model):
    """An agent whose last announcement the orchestrator refused, and why."""

    name: Annotated[str, Field(max_length=64)] = Field(description="The name in the routing key of its announcement.")
    at: Timestamp
    code: ShortText
    message: ShortText
    where: ShortText
    hint: ShortText


class QueryAnswer(Message):
    """The answer to a `Query`; only the requested part is set."""

    contract: Literal["query-answer.v1"] = "query-answer.v1"
    ask: ShortText
    answers: ShortText = Field(
        default="", description="The contract of the command that it answers; empty where it answers a `Query`."
    )
    query_id: CorrelationId | None = Field(default=None, description="The `id` of the `Query` that it answers.")
    correlation_id: CorrelationId | None = None
    state: SagaState | None = None
    events: tuple[SagaEvent, ...] = ()
    result: SynthesizedResult | None = None
    sagas: tuple[SagaState, ...] = ()
    agents: tuple[LiveAgent, ...] = ()
    refused: tuple[RefusedAgent, ...] = Field(
        default=(), description="`agents`: those whose announcements were refused in the last hour, at most 100."
    )
    more: bool = Field(default=False, description="There are more than `limit`; query again from the last `seq`.")
