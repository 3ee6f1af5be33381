"""A small language for synthesis tests: a request, what became of its steps, and what their agents answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from creatorflow_orchestrator.core.plan import Pattern, Plan, Step, StepType
from creatorflow_orchestrator.core.state.saga_state import (
    Attempt,
    Decision,
    Definition,
    Saga,
    SagaStatus,
    StepState,
    StepStatus,
)
from creatorflow_orchestrator.core.synthesis.synthesis_values import Item, StepOutput, Synthesis
from creatorflow_orchestrator.core.synthesis.synthesizer import synthesise

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
DATABASE, ORDERS, SHIPPING = "database-specialist", "order-workflow-specialist", "shipping-automation-specialist"


def at(seconds: float) -> datetime:
    """A moment after the request came in."""
    return START + timedelta(seconds=seconds)


def step(name: str, agent: str, *requirements: int, after: tuple[str, ...] = (), **fields: Any) -> Step:
    """A step of the plan."""
    return Step(name, agent, StepType.SUPPORTING, f"do {name}", requirements, depends_on=after, **fields)


def went(
    plan_step: Step,
    started: float | None = 0.0,
    finished: float | None = 1.0,
    *,
    agent: str | None = None,
    timeout_ms: int | None = None,
    attempt: int = 1,
    **fields: Any,
) -> StepState:
    """How a step went: it succeeded between two moments, in its first attempt, unless `fields` say otherwise."""
    state = StepState(
        plan_step.id,
        Attempt(
            plan_step.agent if agent is None else agent,
            timeout_ms or plan_step.timeout_ms,
            number=0 if started is None else attempt,
        ),
        StepStatus.SUCCEEDED,
        started_at=None if started is None else at(started),
        finished_at=None if finished is None else at(finished),
    )
    return replace(state, **fields)


def saga(
    *steps: Step,
    requirements: tuple[str, ...] = (),
    states: Mapping[str, StepState] | None = None,
    status: SagaStatus = SagaStatus.COMPLETED,
    decisions: Mapping[str, str] | None = None,
    dry_run: bool = False,
    reason: str = "",
) -> Saga:
    """A final saga whose steps all succeeded, but for those whose state is given. `decisions`: in force."""
    plan = Plan(Pattern.SEQUENTIAL, steps, requirements)
    definition = Definition("Build it", "digest", plan, START, at(86_400), dry_run=dry_run)
    return Saga(
        UUID(int=1),
        definition,
        {each.id: (states or {}).get(each.id) or went(each) for each in steps},
        status=status,
        decisions={key: Decision(value, "somebody") for key, value in (decisions or {}).items()},
        reason=reason,
    )


def said(*texts: str, answers: tuple[int, ...] = (), about: str = "") -> tuple[Item, ...]:
    """Items of one section."""
    return tuple(Item(text, answers, about) for text in texts)


def file(path: str, text: str, *answers: int) -> Item:
    """A file of code."""
    return Item(text, answers, path, "python")


def made(one: Saga, outputs: Mapping[str, StepOutput], owners: Mapping[str, str] | None = None) -> Synthesis:
    """The synthesis ten seconds after the request came in."""
    return synthesise(one, outputs, owners or {}, at(10))
