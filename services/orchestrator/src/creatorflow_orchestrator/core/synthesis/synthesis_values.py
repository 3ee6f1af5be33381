"""What goes into a synthesis and what comes out: frozen values, independent of any wire format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from creatorflow_orchestrator.core.plan import Pattern, StepType
from creatorflow_orchestrator.core.state.saga_state import Decision, Recovery, SagaStatus


@dataclass(frozen=True, slots=True)
class Item:
    """One item of an agent's answer. `answers` are positions in its task's requirements.

    `about` is a test's subject, a deployment's environment or a file's path; `language` is a file's.
    """

    text: str
    answers: tuple[int, ...] = ()
    about: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class StepOutput:
    """What a step's agent answered, section by section."""

    technical_specifications: tuple[Item, ...] = ()
    implementation_steps: tuple[Item, ...] = ()
    code_examples: tuple[Item, ...] = ()
    testing_requirements: tuple[Item, ...] = ()
    deployment_considerations: tuple[Item, ...] = ()
    recommendations: tuple[Item, ...] = ()
    next_steps: tuple[Item, ...] = ()
    decisions: Mapping[str, str] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """Who said it: the agent that did the step (not always the plan's)."""

    agent: str
    step: str


@dataclass(frozen=True, slots=True)
class Contribution:
    """The answer of a step that succeeded. `requirements` maps its task's positions to the request's."""

    source: Source
    requirements: tuple[int, ...]
    output: StepOutput

    def answered(self, item: Item) -> set[int]:
        """Positions in the request's requirements that the item answers; those its task did not have are dropped."""
        given = self.requirements
        return {given[answer] for answer in item.answers if 0 <= answer < len(given)}


@dataclass(frozen=True, slots=True)
class Combined:
    """An item with everyone who said it. `answers` are positions in the request's requirements, ascending."""

    text: str
    sources: tuple[Source, ...]
    answers: tuple[int, ...] = ()
    about: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class CombinedOutput:
    """All answers as one. `data` is by step."""

    technical_specifications: tuple[Combined, ...] = ()
    implementation_steps: tuple[Combined, ...] = ()
    code_examples: tuple[Combined, ...] = ()
    testing_requirements: tuple[Combined, ...] = ()
    deployment_considerations: tuple[Combined, ...] = ()
    data: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


class StepOutcome(StrEnum):
    """How a step ended, seen from the end of its saga."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"
    NOT_REACHED = "not_reached"


@dataclass(frozen=True, slots=True)
class StepReport:
    """How one step went. `agent` is the plan's; `alternative` is who did it in its place, if anyone."""

    step: str
    agent: str
    type: StepType
    fate: StepOutcome
    optional: bool
    attempts: int
    duration_ms: int
    tokens: int
    recoveries: tuple[Recovery, ...]
    alternative: str | None
    reason: str
    summary: str = ""
    """What its agent says it has done."""
    depends_on: tuple[str, ...] = ()
    rounds: int = 1
    """Of the loop that repeats it."""

    @property
    def source(self) -> Source:
        """Who did the step, or was to."""
        return Source(self.alternative or self.agent, self.step)


@dataclass(frozen=True, slots=True)
class Execution:
    """What ran, in which order, and what it cost. `path` and `critical_path` are step ids."""

    pattern: Pattern
    started_at: datetime
    finished_at: datetime
    duration_ms: int
    steps: tuple[StepReport, ...]
    path: tuple[str, ...]
    critical_path: tuple[str, ...]
    critical_path_ms: int
    tokens: int


@dataclass(frozen=True, slots=True)
class RequirementAnswer:
    """One requirement of the request, who answers it, and why nobody does. `blamed` are the steps that could not."""

    position: int
    requirement: str
    answered_by: tuple[Source, ...] = ()
    note: str = ""
    blamed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Completeness:
    """Each requirement of the request and what answers it, or that nothing does."""

    complete: bool
    requirements: tuple[RequirementAnswer, ...]

    @property
    def unanswered(self) -> tuple[RequirementAnswer, ...]:
        """The gaps."""
        return tuple(requirement for requirement in self.requirements if not requirement.answered_by)


class ConflictKind(StrEnum):
    """What agents differ about."""

    DECISION = "decision"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Position:
    """What one agent decided, or the path under which its version of a file is kept."""

    value: str
    source: Source


@dataclass(frozen=True, slots=True)
class Conflict:
    """Agents decided differently on `key`, or wrote the file `key` differently. No resolution: nobody settled it."""

    key: str
    kind: ConflictKind
    positions: tuple[Position, ...]
    resolution: str | None = None
    resolved_by: str | None = None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A recommendation or next step, and the item, gap, conflict or recovery that it follows from."""

    text: str
    follows_from: str
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class Synthesis:
    """The one checked result of a saga."""

    status: SagaStatus
    overall_success: bool
    degraded: tuple[str, ...]
    output: CombinedOutput
    execution: Execution
    completeness: Completeness
    conflicts: tuple[Conflict, ...]
    decisions: Mapping[str, Decision]
    recommendations: tuple[Suggestion, ...]
    next_steps: tuple[Suggestion, ...]
