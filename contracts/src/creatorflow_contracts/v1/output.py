"""The sections of a specialist's output, and the result that the synthesis makes of all outputs."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from .base import CorrelationId, JsonObject, LongText, Message, Model, Name, ShortText, Timestamp
from .reading import Reading
from .work import Attempt, Positions, Tokens

FilePath = Annotated[str, Field(min_length=1, max_length=200)]
"""A relative path with forward slashes; code that writes the file must make sure that it stays in its folder."""


class Statement(Model):
    """One sentence or paragraph of an output, and the positions of the task's requirements that it answers."""

    text: LongText
    answers: Positions = ()


class CodeExample(Model):
    """A file of code that runs without changes, including its own assertions."""

    path: FilePath
    language: ShortText
    text: LongText
    answers: Positions = ()


class TestRequirement(Model):
    """Something that must be tested. `subject` is what it tests (`orders`, `labels`, ...)."""

    __test__ = False  # not a test class, though pytest would collect it for its name

    text: LongText
    subject: ShortText = "general"
    answers: Positions = ()


class DeploymentNote(Model):
    """An action or a setting for the environment in which the system runs."""

    text: LongText
    environment: ShortText = "all"
    answers: Positions = ()


class Assumption(Model):
    """A value that an answer uses because the request states none; it never stands there as the request's own."""

    text: ShortText = Field(description="What is assumed: `500 orders/hour`.")
    subject: ShortText = Field(default="", description="What the value is of: `orders`.")
    state_it: ShortText = Field(default="", description="How the request can state it: `say how many orders an hour`.")


class NotHonoured(Model):
    """A constraint of the request that the answer does not keep, and why."""

    constraint: ShortText = Field(description="The words of the request.")
    reason: ShortText


class SpecialistOutput(Model):
    """The `output` of a specialist's result. All sections are optional; your own agent may use `data` only."""

    summary: ShortText = ""
    technical_specifications: tuple[Statement, ...] = ()
    implementation_steps: tuple[Statement, ...] = ()
    code_examples: tuple[CodeExample, ...] = ()
    testing_requirements: tuple[TestRequirement, ...] = ()
    deployment_considerations: tuple[DeploymentNote, ...] = ()
    decisions: dict[str, ShortText] = Field(default_factory=dict)
    recommendations: tuple[Statement, ...] = ()
    next_steps: tuple[Statement, ...] = ()
    assumptions: tuple[Assumption, ...] = ()
    not_honoured: tuple[NotHonoured, ...] = ()
    data: JsonObject = Field(default_factory=dict)


class Source(Model):
    """The agent and step that an item comes from."""

    agent: Name
    step: Name


class CombinedItem(Model):
    """One item of the combined output: its text, all its sources, and the requirements of the request it answers."""

    text: LongText
    sources: tuple[Source, ...]
    answers: Positions = Field(default=(), description="Positions in `completeness.requirements`.")


class CombinedFile(CombinedItem):
    """One file of code."""

    path: FilePath
    language: ShortText


class CombinedTest(CombinedItem):
    """A testing requirement with its subject."""

    subject: ShortText


class CombinedDeployment(CombinedItem):
    """A deployment consideration with its environment."""

    environment: ShortText


class CombinedOutput(Model):
    """The merged outputs of all specialists: no duplicates, steps in order of dependency, one file per path."""

    technical_specifications: tuple[CombinedItem, ...] = ()
    implementation_steps: tuple[CombinedItem, ...] = ()
    code_examples: tuple[CombinedFile, ...] = ()
    testing_requirements: tuple[CombinedTest, ...] = ()
    deployment_considerations: tuple[CombinedDeployment, ...] = ()
    data: JsonObject = Field(default_factory=dict, description="By step: the `data` that agents returned.")


class Recovery(Model):
    """A recovery decision for a failed attempt, and its reason."""

    failure: ShortText
    decision: ShortText
    reason: ShortText
    attempt: Attempt
    agent: Name | None = Field(default=None, description="The agent of the next attempt, if there is one.")


class StepSummary(Model):
    """Outcome, attempts and cost of one step."""

    step: Name
    agent: Name
    type: ShortText = Field(description="The step's type; `compensation` for one that undoes another.")
    status: Literal["succeeded", "failed", "skipped", "cancelled", "not_reached"]
    attempts: Annotated[int, Field(ge=0)]
    duration_ms: Annotated[int, Field(ge=0)]
    tokens: Tokens = 0
    recoveries: tuple[Recovery, ...] = ()
    alternative_used: Name | None = None
    depends_on: tuple[Name, ...] = ()
    rounds: Attempt = Field(default=1, description="Number of iterations that began, of the loop that repeats it.")
    reason: ShortText = Field(default="", description="Why it failed, was skipped (with the guard) or never began.")
    summary: ShortText = Field(default="", description="The agent's own summary of its work.")


class ExecutionSummary(Model):
    """The steps that ran, their order, and their cost."""

    pattern: ShortText
    started_at: Timestamp
    finished_at: Timestamp
    duration_ms: Annotated[int, Field(ge=0)]
    steps: tuple[StepSummary, ...]
    path: tuple[Name, ...] = Field(description="Steps in the order in which they finished.")
    critical_path: tuple[Name, ...] = Field(description="The chain of steps that set the duration.")
    critical_path_ms: Annotated[int, Field(ge=0)]
    tokens: Tokens = 0


class Suggestion(Model):
    """A recommendation or next step, and the item, gap, conflict or recovery from which it follows."""

    text: ShortText
    follows_from: ShortText
    sources: tuple[Source, ...] = ()


Verdict = Literal["answered", "partly", "not_answered", "excluded", "nobody"]
"""`answered`: the items that point to it cover its object and its facts; `partly`: some of them; `nobody`: no agent's
card covers it."""


class Answered(Model):
    """One requirement of the request, the steps that answer it, and the verdict of the check."""

    requirement: ShortText
    answered_by: tuple[Source, ...] = ()
    note: ShortText = ""
    verdict: Verdict = "not_answered"
    missing: tuple[ShortText, ...] = Field(default=(), description="`partly`: what the answer does not cover, by name.")


class Completeness(Model):
    """Every requirement with the steps that answer it, or none."""

    complete: bool
    requirements: tuple[Answered, ...] = ()
    unanswered: tuple[ShortText, ...] = ()


class Position(Model):
    """The value that one agent decided."""

    value: ShortText
    source: Source


class Conflict(Model):
    """Agents decided differently on one key, or wrote one path twice; `resolved_by` names the agent that decided."""

    key: ShortText
    kind: Literal["decision", "file"] = "decision"
    positions: tuple[Position, ...]
    resolution: ShortText | None = None
    resolved_by: Name | None = None


class CombinedAssumption(Assumption):
    """An assumption with the steps that made it."""

    sources: tuple[Source, ...] = ()


class CombinedNotHonoured(NotHonoured):
    """A constraint that was not kept, with the steps that did not keep it."""

    sources: tuple[Source, ...] = ()


class SynthesizedResult(Message):
    """The one checked result of a saga."""

    contract: Literal["synthesized-result.v1"] = "synthesized-result.v1"
    correlation_id: CorrelationId
    request: LongText
    status: Literal["completed", "failed", "cancelled"]
    overall_success: bool = Field(description="Every required step succeeded.")
    degraded: tuple[Name, ...] = Field(default=(), description="Optional steps that did not succeed.")
    combined_output: CombinedOutput
    execution_summary: ExecutionSummary
    recommendations: tuple[Suggestion, ...] = ()
    next_steps: tuple[Suggestion, ...] = ()
    completeness: Completeness
    conflicts: tuple[Conflict, ...] = ()
    decisions: dict[str, ShortText] = Field(default_factory=dict, description="The decisions in force at the end.")
    reason: ShortText = Field(default="", description="Why it failed or was cancelled.")
    reading: Reading | None = Field(default=None, description="What was read from the request; none for a given plan.")
    notes: tuple[ShortText, ...] = Field(
        default=(),
        description="Remarks on the plan: what a step builds on that the request leaves out, and what no step follows.",
    )
    assumptions: tuple[CombinedAssumption, ...] = ()
    not_honoured: tuple[CombinedNotHonoured, ...] = ()
