"""The plan: agent cards, the analysis of a request, and the plan made from it.

Rules for this package (`core`): frozen values in, frozen values out. It imports the standard library and itself,
nothing else (four exceptions: `expressions` has its library; `reading` has markdown-it-py, pint for units and
gcld3 for the language; the stems are the contracts'); it uses no broker, no database, no clock, no random source, and
awaits nothing. Time and ids arrive as values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from .request import Comparison, Reading

MAX_REQUIREMENT = 4000
"""Characters of one requirement."""


class Pattern(StrEnum):
    """The pattern of a plan (docs/architecture.md)."""

    SEQUENTIAL = "sequential"
    PARALLEL = "parallel"
    CONDITIONAL = "conditional"
    ITERATIVE = "iterative"
    HIERARCHICAL = "hierarchical"


class StepType(StrEnum):
    """The role of a step: the strongest domain's first agent is primary, testing validates, others support."""

    PRIMARY = "primary"
    SUPPORTING = "supporting"
    VALIDATION = "validation"
    COMPENSATION = "compensation"
    """Undoes a step of a saga that failed or was cancelled; never planned."""


class Complexity(StrEnum):
    """The complexity of a request (docs/planning.md)."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class Capability:
    """One thing an agent can do; agents that share a capability's name are each other's alternatives."""

    name: str
    description: str = ""
    decides: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Card:
    """The agent card in the core: the counterpart of the contract's `AgentCard`."""

    name: str
    group: str
    summary: str
    expertise: tuple[str, ...]
    domains: tuple[str, ...]
    vocabulary: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    capabilities: tuple[Capability, ...] = ()
    alternatives: tuple[str, ...] = ()
    owns: tuple[str, ...] = ()
    default_timeout_ms: int = 120_000
    shipped: bool = False
    """True for the system's own specialists: their tasks name the sections of the output."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number that the request states; `5000+ orders/hour` is `orders`, `>=`, 5000.0, `orders/hour`."""

    subject: str
    comparison: Comparison
    value: float
    unit: str
    text: str


@dataclass(frozen=True, slots=True)
class Agents:
    """The agents that work on the request, each at most once."""

    primary: str
    supporting: tuple[str, ...] = ()
    validation: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All of them, the primary first."""
        return (self.primary, *self.supporting, *self.validation)


@dataclass(frozen=True, slots=True)
class Analysis:
    """The analysis of a request, on its reading."""

    reading: Reading
    complexity: Complexity
    domains: Mapping[str, float]
    """The domains asked for, with the sum of their scores, strongest first; none that the request leaves out."""
    dependencies: tuple[tuple[str, str], ...]
    """Pairs (agent, agent it depends on)."""
    agents: Agents
    answering: tuple[tuple[str, ...], ...]
    """By ask: the agents that answer it, the first leads; none for one that is left out or that nobody covers."""
    left_out: frozenset[int] = frozenset()
    """Positions of the asks that an exclusion takes back."""
    indicators: tuple[str, ...] = ()
    in_parts: bool = False
    """True if large parts of the request become child requests."""

    @property
    def requirements(self) -> tuple[str, ...]:
        """The texts of the asks, in one line each."""
        return tuple(" ".join(ask.text.split())[:MAX_REQUIREMENT] for ask in self.reading.asks)

    @property
    def unanswered(self) -> tuple[str, ...]:
        """Asks that no agent covers; those left out are not among them."""
        return tuple(
            text
            for position, (text, agents) in enumerate(zip(self.requirements, self.answering, strict=True))
            if not agents and position not in self.left_out
        )


@dataclass(frozen=True, slots=True)
class Loop:
    """A group of steps repeated until `until` (CEL) holds, at most `limit` iterations."""

    steps: tuple[str, ...]
    until: str
    limit: int


@dataclass(frozen=True, slots=True)
class Concern:
    """The part of the reading that concerns a step beside its asks: positions in its facts, exclusions, constraints."""

    facts: tuple[int, ...] = ()
    exclusions: tuple[int, ...] = ()
    constraints: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One node of the plan."""

    id: str
    agent: str
    """The agent that does it; empty for a child request (`request` or `plan` is set then)."""
    type: StepType
    description: str
    requirements: tuple[int, ...] = ()
    """Positions in the plan's requirements."""
    constraints: tuple[str, ...] = ()
    quantities: tuple[Quantity, ...] = ()
    concern: Concern = Concern()
    depends_on: tuple[str, ...] = ()
    when: str | None = None
    request: str | None = None
    plan: Plan | None = None
    optional: bool = False
    timeout_ms: int = 120_000
    schema: Mapping[str, Any] | None = None
    sections: tuple[str, ...] = ()
    compensate: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """A validated graph of steps, in plan order (a topological order, the order of the synthesis)."""

    pattern: Pattern
    steps: tuple[Step, ...]
    requirements: tuple[str, ...] = ()
    """The request's requirements, including those that no agent can answer."""
    loops: tuple[Loop, ...] = ()
    notes: tuple[str, ...] = ()
    """Remarks of the planner: what a step builds on that the request leaves out, and what no step follows."""

    def step(self, step_id: str) -> Step:
        """Return the step with that id. Raises `KeyError` if the plan has none."""
        for step in self.steps:
            if step.id == step_id:
                return step
        raise KeyError(step_id)
