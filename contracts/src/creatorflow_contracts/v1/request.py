"""Messages of clients: a request, and the commands about it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from .base import (
    MAX_TEXT,
    CorrelationId,
    IdPrefix,
    JsonObject,
    LongText,
    Message,
    Milliseconds,
    Model,
    Name,
    ShortText,
    Timestamp,
)
from .event import SagaStatus

MAX_STEPS = 200
MAX_DEPTH = 3


def _not_blank(text: str) -> str:
    if not text.strip():
        raise PydanticCustomError("REQUEST_EMPTY", "the request has no text")
    return text


RequestText = Annotated[str, Field(max_length=MAX_TEXT), AfterValidator(_not_blank)]


class PlanPart(Model):
    """A part of a plan. Unlike a message it refuses unknown fields: a misspelt `depends_on` would change the order."""

    model_config = ConfigDict(extra="forbid")


class Repeat(PlanPart):
    """A loop over a group of steps: repeated until the check holds, at most `limit` iterations."""

    steps: tuple[Name, ...] = Field(min_length=1, max_length=MAX_STEPS, description="The steps of the group.")
    until: ShortText = Field(description="A CEL expression over `results.<step>.output`, `iteration`, `shared_state`.")
    limit: Annotated[int, Field(ge=1, le=50)]


class StepSpec(PlanPart):
    """One step of a plan that the client submits."""

    id: Name
    agent: Name | None = Field(default=None, description="The agent that does it; absent for a child request.")
    type: Literal["primary", "supporting", "validation"] = "supporting"
    description: LongText = ""
    requirements: tuple[ShortText, ...] = Field(default=(), max_length=200)
    constraints: tuple[ShortText, ...] = Field(default=(), max_length=200)
    depends_on: tuple[Name, ...] = Field(default=(), max_length=MAX_STEPS)
    when: ShortText | None = Field(default=None, description="A CEL guard; the step is skipped if it is false.")
    request: LongText | None = Field(default=None, description="A child request, planned by the orchestrator.")
    plan: JsonObject | None = Field(default=None, description="A child plan, in the form of `PlanSpec`.")
    optional: bool = False
    timeout_ms: Annotated[Milliseconds, Field(ge=1)] | None = None
    expected_output: JsonObject | None = Field(default=None, description="A JSON Schema that the output must meet.")
    compensate: Name | None = Field(default=None, description="The agent that undoes this step if the saga fails.")


class PlanSpec(PlanPart):
    """A plan submitted by the client: a graph of steps, checked before it is accepted."""

    steps: tuple[StepSpec, ...] = Field(min_length=1, max_length=MAX_STEPS)
    loops: tuple[Repeat, ...] = Field(default=(), max_length=50)


class Parent(Model):
    """The parent of a child saga: its saga and the attempt that the child answers."""

    correlation_id: CorrelationId
    task_id: CorrelationId
    step: Name
    attempt: Annotated[int, Field(ge=1)]
    depth: Annotated[int, Field(ge=1, le=MAX_DEPTH)]
    requirements: tuple[ShortText, ...] = Field(
        default=(),
        max_length=200,
        description="Those of the parent's step; the child's result names which it answers.",
    )


class RequestSubmitted(Message):
    """Submit a request. `correlation_id` identifies its saga: the same id again is the same request."""

    contract: Literal["request-submitted.v1"] = "request-submitted.v1"
    correlation_id: CorrelationId
    request: RequestText
    plan: PlanSpec | None = Field(default=None, description="Used instead of the planner's.")
    constraints: tuple[ShortText, ...] = Field(default=(), max_length=200)
    deadline: Timestamp | None = Field(default=None, description="At most 7 days ahead; by default 24 hours.")
    dry_run: bool = Field(default=False, description="Analyse and plan, but dispatch nothing.")
    on_failure: Literal["fail", "park"] = Field(
        default="fail",
        description="What happens when the recoveries of a required step are exhausted: the request fails, or the step "
        "is parked until a `StepCommand` decides, and other steps continue.",
    )
    tags: dict[str, ShortText] = Field(default_factory=dict, max_length=32)
    parent: Parent | None = None


class CancelRequest(Message):
    """Stop a request: open steps are withdrawn, finished work is kept. Answered with the state, a `QueryAnswer`."""

    contract: Literal["cancel-request.v1"] = "cancel-request.v1"
    correlation_id: CorrelationId
    reason: ShortText = ""
    parent: CorrelationId | None = Field(
        default=None,
        description="The saga whose child it is; a child that is unknown yet is refused when it arrives.",
    )


class StepCommand(Message):
    """Retry, skip or complete a step that is parked or has not ended. Answered with the state, a `QueryAnswer`."""

    contract: Literal["step-command.v1"] = "step-command.v1"
    correlation_id: CorrelationId
    step: Name
    action: Literal["retry", "skip", "complete"] = Field(
        description="`retry`: a new attempt; `skip`: continue without it; `complete`: `output` is its result."
    )
    agent: Name | None = Field(default=None, description="`retry`: the agent to use instead of the step's own.")
    output: JsonObject | None = Field(default=None, description="`complete`: the output, as an agent would return it.")
    reason: ShortText = ""
    id: CorrelationId | None = Field(
        default=None,
        description="Id of the command: a repetition has no effect, unless the command was refused, or 32 others for "
        "its step came in between.",
    )


class Query(Message):
    """Query the stored state; answered to `reply_to` with a `QueryAnswer`."""

    contract: Literal["query.v1"] = "query.v1"
    ask: Literal["state", "history", "result", "list", "agents"]
    correlation_id: CorrelationId | None = Field(default=None, description="The saga; unused for `list` and `agents`.")
    id: CorrelationId | None = Field(
        default=None, description="Id of the query; its answer, also a problem, repeats it as `query_id`."
    )
    after_seq: int = Field(default=0, ge=0, description="`history`: events after this sequence number.")
    limit: int = Field(default=100, ge=1, le=1000)
    status: tuple[SagaStatus, ...] = Field(
        default=(), max_length=16, description="`list`: only sagas in one of these states; empty for all."
    )
    since: Timestamp | None = Field(default=None, description="`list`: only sagas submitted at this time or later.")
    dry_run: bool | None = Field(default=None, description="`list`: only dry runs (true) or only others (false).")
    prefix: IdPrefix | None = Field(
        default=None, description="`list`: only sagas whose id begins with these hexadecimal digits, without dashes."
    )
