"""Translates tasks to the wire, and results and dead letters to events of the core."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime

from creatorflow_contracts.cards import known_agents
from creatorflow_contracts.v1.card import AgentCard
from creatorflow_contracts.v1.work import (
    AgentResult,
    AgentTask,
    CoordinationInfo,
    Decision,
    ExpectedOutput,
    Quantity,
    TaskContext,
)

from creatorflow_orchestrator.core.plan import Capability, Card, Step
from creatorflow_orchestrator.core.reading.excerpt import excerpt
from creatorflow_orchestrator.core.state.commands import DispatchTask
from creatorflow_orchestrator.core.state.events import TaskFailed, TaskSucceeded
from creatorflow_orchestrator.core.state.saga_state import Failure, FailureKind, Saga

from .context import Outputs, decisions_of, previous_results
from .reading import to_wire

_DEATHS = {
    "delivery_limit": (FailureKind.CRASHED, "was delivered again and again, and no instance survived it"),
    "rejected": (FailureKind.UNREADABLE, "could not be read by its agent"),
    "expired": (FailureKind.EXPIRED, "waited until the deadline and was never started"),
}


def to_task(saga: Saga, command: DispatchTask, outputs: Outputs) -> AgentTask:
    """Return the task for the agent: only its requirements, only the results that it depends on.

    Raises `ContextTooLarge`.
    """
    step, reading = saga.plan.step(command.step), saga.definition.reading
    bounds = saga.definition.constraints if reading is None else ()  # of a reading, the step has those that concern it
    return AgentTask(
        id=command.task_id,
        correlation_id=saga.id,
        agent=command.agent,
        step=step.id,
        iteration=command.iteration,
        attempt=command.attempt,
        type=step.type.value,
        description=step.description,
        context=_context(saga, step, command, outputs),
        requirements=tuple(saga.plan.requirements[requirement] for requirement in step.requirements),
        constraints=(*bounds, *step.constraints, *command.constraints),
        quantities=tuple(
            Quantity(
                subject=quantity.subject,
                comparison=quantity.comparison,
                value=quantity.value,
                unit=quantity.unit,
                text=quantity.text,
            )
            for quantity in step.quantities
        ),
        reading=None if reading is None else to_wire(excerpt(reading, step)),
        expected_output=ExpectedOutput(
            schema_=None if step.schema is None else dict(step.schema), sections=step.sections
        ),
        timeout_ms=command.timeout_ms,
    )


def _context(saga: Saga, step: Step, command: DispatchTask, outputs: Outputs) -> TaskContext:
    return TaskContext(
        original_request=saga.definition.request,
        previous_results=previous_results(saga, step, outputs),
        shared_state={key: Decision(value=decision.value, by=decision.by) for key, decision in saga.decisions.items()},
        coordination_info=CoordinationInfo(
            pattern=saga.plan.pattern.value,
            depends_on=step.depends_on,
            peers=_peers(saga, step),
            iteration=command.iteration,
            deadline=saga.definition.deadline,
        ),
    )


def _peers(saga: Saga, step: Step) -> tuple[str, ...]:
    """Return the steps with the same dependencies, which run in parallel to this one."""
    steps = saga.plan.steps
    return tuple(other.id for other in steps if other.depends_on == step.depends_on and other.id != step.id)


def result_event(result: AgentResult, at: datetime, jitter: float) -> TaskSucceeded | TaskFailed:
    """Translate an agent's result to its event."""
    digest = _digest(result)
    if result.success:
        return TaskSucceeded(
            at=at,
            task_id=result.task_id,
            agent=result.agent,
            digest=digest,
            output=result.output,
            decisions=decisions_of(result.output),
            execution_time_ms=result.execution_time_ms,
            tokens=result.metadata.prompt_tokens + result.metadata.completion_tokens,
            instance=result.instance,
        )
    error = result.error
    failure = (
        Failure(FailureKind.UNKNOWN, "the agent reports a failure without an error")
        if error is None
        else Failure(FailureKind(error.type), error.message, error.retry_after_ms, error.missing)
    )
    return TaskFailed(at=at, task_id=result.task_id, failure=failure, jitter=jitter, digest=digest, agent=result.agent)


def _digest(result: AgentResult) -> str:
    """Digest the content of the result, not its instance and duration, so that a repeated run is no conflict."""
    content = [result.success, result.output, result.error and result.error.model_dump()]
    return hashlib.blake2b(json.dumps(content, sort_keys=True).encode(), digest_size=16).hexdigest()


def dead_letter_event(task: AgentTask, reason: str, at: datetime, jitter: float) -> TaskFailed:
    """Translate a dead-lettered task to its failure; the broker gives only the reason (docs/facts.md, fact 19)."""
    kind, text = _DEATHS.get(reason, (FailureKind.UNKNOWN, f"was dead-lettered ({reason[:64]})"))
    return TaskFailed(at, task.id, Failure(kind, f"the task for {task.agent} {text}"), jitter)


def returned_event(task: AgentTask, at: datetime, jitter: float) -> TaskFailed:
    """Translate a task that the broker returned as unroutable to its failure."""
    text = f"no queue takes tasks for {task.agent}: none of its instances was ever started"
    return TaskFailed(at, task.id, Failure(FailureKind.AGENT_UNAVAILABLE, text), jitter)


def to_card(card: AgentCard) -> Card:
    """Translate an agent card to the core."""
    return Card(
        name=card.name,
        group=card.group,
        summary=card.summary,
        expertise=card.expertise,
        domains=card.domains,
        vocabulary=card.vocabulary,
        capabilities=tuple(
            Capability(capability.name, capability.description, capability.decides) for capability in card.capabilities
        ),
        alternatives=card.alternatives,
        owns=card.owns,
        default_timeout_ms=card.default_timeout_ms,
        shipped=card.name in known_agents(),
    )
