"""The inputs and outputs of the synthesis: frozen values, independent of any wire format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from creatorflow_orchestrator.core.plan import Pattern, StepType
from creatorflow_orchestrator.core.request import Fact
from creatorflow_orchestrator.core.state.saga_state import Decision, Recovery, SagaStatus


@dataclass(frozen=True, slots=True)
class Item:
    """One item of an agent's output. `answers` are positions in its task's requirements.

    `about` is a test's subject, a deployment's environment or a file's path; `language` is a file's.
    """

    text: str
    answers: tuple[int, ...] = ()
    about: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Assumption:
    """A value that an answer uses because the request states none; `state_it` says how the request can state it."""

    text: str
    subject: str = ""
    state_it: str = ""


@dataclass(frozen=True, slots=True)
class NotHonoured:
    """A constraint of the request that an answer does not keep, in the request's words, and why."""

    constraint: str
    reason: str


@dataclass(frozen=True, slots=True)
class StepOutput:
    """The output of a step, section by section."""

    technical_specifications: tuple[Item, ...] = ()
    implementation_steps: tuple[Item, ...] = ()
    code_examples: tuple[Item, ...] = ()
    testing_requirements: tuple[Item, ...] = ()
    deployment_considerations: tuple[Item, ...] = ()
    recommendations: tuple[Item, ...] = ()
    next_steps: tuple[Item, ...] = ()
    decisions: Mapping[str, str] = field(default_factory=dict)
    assumptions: tuple[Assumption, ...] = ()
    not_honoured: tuple[NotHonoured, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """The origin of an item: the agent that did the step (not always the plan's), and the step."""

    agent: str
    step: str


@dataclass(frozen=True, slots=True)
class Contribution:
    """The output of a step that counts. `requirements` maps its task's positions to the request's."""

    source: Source
    requirements: tuple[int, ...]
    output: StepOutput

    def answered(self, item: Item) -> set[int]:
        """Return the positions in the request's requirements that the item answers, without those its task lacks."""
        positions = self.requirements
        return {positions[answer] for answer in item.answers if 0 <= answer < len(positions)}


@dataclass(frozen=True, slots=True)
class Combined:
    """An item with all its sources. `answers` are positions in the request's requirements, ascending."""

    text: str
    sources: tuple[Source, ...]
    answers: tuple[int, ...] = ()
    about: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class CombinedAssumption:
    """An assumption with the steps that make it."""

    assumption: Assumption
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class CombinedNotHonoured:
    """A constraint that is not kept, with the steps that do not keep it."""

    not_honoured: NotHonoured
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Contradiction:
    """An assumption about something that the request states, and those facts."""

    assumed: CombinedAssumption
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class CombinedOutput:
    """All outputs merged. `data` is by step id."""

    technical_specifications: tuple[Combined, ...] = ()
    implementation_steps: tuple[Combined, ...] = ()
    code_examples: tuple[Combined, ...] = ()
    testing_requirements: tuple[Combined, ...] = ()
    deployment_considerations: tuple[Combined, ...] = ()
    data: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


class StepOutcome(StrEnum):
    """The outcome of a step at the end of its saga."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"
    NOT_REACHED = "not_reached"


@dataclass(frozen=True, slots=True)
class StepReport:
    """The report of one step. `agent` is the plan's; `alternative` is the agent that did it in its place, if any."""

    step: str
    agent: str
    type: StepType
    outcome: StepOutcome
    optional: bool
    attempts: int
    duration_ms: int
    tokens: int
    recoveries: tuple[Recovery, ...]
    alternative: str | None
    reason: str
    summary: str = ""
    """The summary in its agent's output."""
    depends_on: tuple[str, ...] = ()
    iterations: int = 1
    """Iterations of the loop that repeats it."""

    @property
    def source(self) -> Source:
        """The agent that did the step, or was to do it."""
        return Source(self.alternative or self.agent, self.step)


@dataclass(frozen=True, slots=True)
class Execution:
    """The execution summary: steps, their order and cost. `path` and `critical_path` are step ids."""

    pattern: Pattern
    started_at: datetime
    finished_at: datetime
    duration_ms: int
    steps: tuple[StepReport, ...]
    path: tuple[str, ...]
    critical_path: tuple[str, ...]
    critical_path_ms: int
    tokens: int


class Verdict(StrEnum):
    """The judgement of one requirement."""

    ANSWERED = "answered"
    PARTLY = "partly"
    """Items that point to it cover some of it."""
    NOT_ANSWERED = "not_answered"
    EXCLUDED = "excluded"
    """The request takes it back itself."""
    NOBODY = "nobody"
    """No agent's card covers it."""


@dataclass(frozen=True, slots=True)
class RequirementAnswer:
    """One requirement with its verdict and its sources.

    `missing` names what its answer does not cover. `note` says why there is no answer, or none from all steps;
    `blamed` are the steps that were to answer.
    """

    position: int
    requirement: str
    verdict: Verdict
    answered_by: tuple[Source, ...] = ()
    missing: tuple[str, ...] = ()
    note: str = ""
    blamed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Completeness:
    """All requirements of the request with their verdicts; `complete` if every one is answered or excluded."""

    complete: bool
    requirements: tuple[RequirementAnswer, ...]

    @property
    def unanswered(self) -> tuple[RequirementAnswer, ...]:
        """The requirements without an answer, those that nobody covers among them."""
        return self._with(Verdict.NOT_ANSWERED, Verdict.NOBODY)

    @property
    def partly_answered(self) -> tuple[RequirementAnswer, ...]:
        """The requirements of which the answers cover some."""
        return self._with(Verdict.PARTLY)

    def _with(self, *verdicts: Verdict) -> tuple[RequirementAnswer, ...]:
        return tuple(requirement for requirement in self.requirements if requirement.verdict in verdicts)


class ConflictKind(StrEnum):
    """The subject of a conflict between agents."""

    DECISION = "decision"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Position:
    """One side of a conflict: the value decided, or the path under which a version of a file is kept."""

    value: str
    source: Source


@dataclass(frozen=True, slots=True)
class Conflict:
    """Different decisions of agents on `key`, or different files `key`. Unresolved if `resolution` is `None`."""

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
    assumptions: tuple[CombinedAssumption, ...] = ()
    not_honoured: tuple[CombinedNotHonoured, ...] = ()
