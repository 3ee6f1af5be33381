"""The sections of a specialist's output, and the result that the synthesis makes of all outputs."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from .base import CorrelationId, JsonObject, LongText, Message, Model, Name, ShortText, Timestamp
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


class Answered(Model):
    """One requirement of the request and the steps that answer it; no step means a gap."""

    requirement: ShortText
    answered_by: tuple[Source, ...] = ()
    note: ShortText = ""


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
