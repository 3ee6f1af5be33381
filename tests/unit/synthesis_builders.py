"""Builders for synthesis tests: a request, the outcome of its steps, and the outputs of their agents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from creatorflow_orchestrator.core.plan import Pattern, Plan, Step, StepType
from creatorflow_orchestrator.core.request import Ask, AskKind, Fact, FactKind, Reading
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
    """Return the time so many seconds after the request was submitted."""
    return START + timedelta(seconds=seconds)


def step(name: str, agent: str, *requirements: int, after: tuple[str, ...] = (), **fields: Any) -> Step:
    """Return a step of the plan."""
    return Step(name, agent, StepType.SUPPORTING, f"do {name}", requirements, depends_on=after, **fields)


def step_state(
    plan_step: Step,
    started: float | None = 0.0,
    finished: float | None = 1.0,
    *,
    agent: str | None = None,
    timeout_ms: int | None = None,
    attempt: int = 1,
    **fields: Any,
) -> StepState:
    """Return the state of a step that succeeded between two times in its first attempt, unless `fields` differ."""
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


def final_saga(
    *steps: Step,
    requirements: tuple[str, ...] = (),
    states: Mapping[str, StepState] | None = None,
    status: SagaStatus = SagaStatus.COMPLETED,
    decisions: Mapping[str, str] | None = None,
    dry_run: bool = False,
    reason: str = "",
    reading: Reading | None = None,
) -> Saga:
    """Return a final saga whose steps all succeeded except those with a given state. `decisions` are in force."""
    plan = Plan(Pattern.SEQUENTIAL, steps, requirements)
    definition = Definition("Build it", "digest", plan, START, at(86_400), dry_run=dry_run, reading=reading)
    return Saga(
        UUID(int=1),
        definition,
        {planned.id: (states or {}).get(planned.id) or step_state(planned) for planned in steps},
        status=status,
        decisions={key: Decision(value, "somebody") for key, value in (decisions or {}).items()},
        reason=reason,
    )


def section(*texts: str, answers: tuple[int, ...] = (), about: str = "") -> tuple[Item, ...]:
    """Return items of one section."""
    return tuple(Item(text, answers, about) for text in texts)


def file(path: str, text: str, *answers: int) -> Item:
    """Return a code file."""
    return Item(text, answers, path, "python")


def synthesis_of(saga: Saga, outputs: Mapping[str, StepOutput], owners: Mapping[str, str] | None = None) -> Synthesis:
    """Return the synthesis ten seconds after the request was submitted."""
    return synthesise(saga, outputs, owners or {}, at(10))


def ask(
    text: str, about: str = "", *, kind: AskKind = AskKind.BUILD, domains: tuple[str, ...] = (), at: int = 0
) -> Ask:
    """Return an ask; its object is its text unless it has another."""
    return Ask(at, at + len(text), text, kind, about or text, dict.fromkeys(domains, 4.0))


def figure(text: str, value: float, unit: str, subject: str = "", asks: tuple[int, ...] = (), role: str = "") -> Fact:
    """Return a fact that is a figure."""
    return Fact(0, len(text), text, FactKind.QUANTITY, subject, "=", value, unit, role, asks=asks)


def named(text: str, category: str = "", asks: tuple[int, ...] = ()) -> Fact:
    """Return a fact that is a named thing."""
    return Fact(0, len(text), text, FactKind.NAME, name=text, category=category, asks=asks)
