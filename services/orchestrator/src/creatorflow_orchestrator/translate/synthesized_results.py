"""A synthesis as the contract's `SynthesizedResult`, within the contract's bounds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from creatorflow_contracts.v1.output import SynthesizedResult

from creatorflow_orchestrator.core.state.saga_state import Recovery, Saga
from creatorflow_orchestrator.core.synthesis.synthesis_values import (
    Combined,
    CombinedAssumption,
    CombinedNotHonoured,
    CombinedOutput,
    Completeness,
    Conflict,
    Execution,
    Position,
    RequirementAnswer,
    Source,
    StepReport,
    Suggestion,
    Synthesis,
)

from .reading import to_wire
from .truncation import cut, fit_result

SHORT = 4096
"""Characters of a `ShortText`."""
MAX_POSITION = 10_000
MAX_POSITIONS = 1_000
Draft = dict[str, Any]
"""An object of the result before it is validated."""


def to_result(synthesis: Synthesis, saga: Saga) -> SynthesizedResult:
    """Return the result to publish: always valid, always small enough for one message.

    A text over its bound ends in an ellipsis; parts that do not fit a message are left out and named in `next_steps`.
    """
    return fit_result(_draft(synthesis, saga))


def _draft(synthesis: Synthesis, saga: Saga) -> Draft:
    return {
        "correlation_id": saga.id,
        "request": saga.definition.request,
        "status": synthesis.status.value,
        "overall_success": synthesis.overall_success,
        "degraded": synthesis.degraded,
        "notes": tuple(map(_short, saga.definition.plan.notes)),
        "combined_output": _output(synthesis.output),
        "execution_summary": _execution(synthesis.execution),
        "recommendations": tuple(_suggestion(recommendation) for recommendation in synthesis.recommendations),
        "next_steps": tuple(_suggestion(step) for step in synthesis.next_steps),
        "completeness": _completeness(synthesis.completeness),
        "conflicts": tuple(_conflict(conflict) for conflict in synthesis.conflicts),
        "decisions": {_short(key): _short(decision.value) for key, decision in synthesis.decisions.items()},
        "reason": _short(saga.reason),
        "reading": None if saga.definition.reading is None else to_wire(saga.definition.reading).model_dump(),
        "assumptions": tuple(map(_assumption, synthesis.assumptions)),
        "not_honoured": tuple(map(_not_honoured, synthesis.not_honoured)),
    }


def _short(text: str) -> str:
    return cut(text, SHORT)


def _sources(sources: Iterable[Source]) -> tuple[Draft, ...]:
    return tuple(_source(source) for source in sources)


def _source(source: Source) -> Draft:
    return {"agent": source.agent, "step": source.step}


def _output(output: CombinedOutput) -> Draft:
    return {
        "technical_specifications": tuple(_item(specification) for specification in output.technical_specifications),
        "implementation_steps": tuple(_item(step) for step in output.implementation_steps),
        "code_examples": tuple(
            _item(example) | {"path": example.about, "language": _short(example.language)}
            for example in output.code_examples
        ),
        "testing_requirements": tuple(
            _item(requirement) | {"subject": _short(requirement.about)} for requirement in output.testing_requirements
        ),
        "deployment_considerations": tuple(
            _item(consideration) | {"environment": _short(consideration.about)}
            for consideration in output.deployment_considerations
        ),
        "data": dict(output.data),
    }


def _item(item: Combined) -> Draft:
    answers = tuple(answer for answer in item.answers if answer <= MAX_POSITION)[:MAX_POSITIONS]
    return {"text": item.text, "sources": _sources(item.sources), "answers": answers}


def _execution(execution: Execution) -> Draft:
    return {
        "pattern": execution.pattern.value,
        "started_at": execution.started_at,
        "finished_at": execution.finished_at,
        "duration_ms": execution.duration_ms,
        "steps": tuple(_step(step) for step in execution.steps),
        "path": execution.path,
        "critical_path": execution.critical_path,
        "critical_path_ms": execution.critical_path_ms,
        "tokens": execution.tokens,
    }


def _step(report: StepReport) -> Draft:
    return {
        "step": report.step,
        "agent": report.agent,
        "type": report.type.value,
        "status": report.outcome.value,
        "attempts": report.attempts,
        "duration_ms": report.duration_ms,
        "tokens": report.tokens,
        "recoveries": tuple(_recovery(recovery) for recovery in report.recoveries),
        "alternative_used": report.alternative,
        "depends_on": report.depends_on,
        "rounds": report.iterations,
        "reason": _short(report.reason),
        "summary": _short(report.summary),
    }


def _recovery(recovery: Recovery) -> Draft:
    return {
        "agent": recovery.following or None,
        "failure": _short(recovery.failure),
        "decision": _short(recovery.decision),
        "reason": _short(recovery.reason),
        "attempt": max(1, recovery.attempt),
    }


def _suggestion(suggestion: Suggestion) -> Draft:
    return {
        "text": _short(suggestion.text),
        "follows_from": _short(suggestion.follows_from),
        "sources": _sources(suggestion.sources),
    }


def _completeness(completeness: Completeness) -> Draft:
    return {
        "complete": completeness.complete,
        "requirements": tuple(_answered(requirement) for requirement in completeness.requirements),
        "unanswered": tuple(_short(gap.requirement) for gap in completeness.unanswered),
    }


def _answered(answered: RequirementAnswer) -> Draft:
    return {
        "requirement": _short(answered.requirement),
        "answered_by": _sources(answered.answered_by),
        "note": _short(answered.note),
        "verdict": answered.verdict.value,
        "missing": tuple(map(_short, answered.missing)),
    }


def _assumption(assumed: CombinedAssumption) -> Draft:
    assumption = assumed.assumption
    return {
        "text": _short(assumption.text),
        "subject": _short(assumption.subject),
        "state_it": _short(assumption.state_it),
        "sources": _sources(assumed.sources),
    }


def _not_honoured(kept: CombinedNotHonoured) -> Draft:
    return {
        "constraint": _short(kept.not_honoured.constraint),
        "reason": _short(kept.not_honoured.reason),
        "sources": _sources(kept.sources),
    }


def _conflict(conflict: Conflict) -> Draft:
    return {
        "key": _short(conflict.key),
        "kind": conflict.kind.value,
        "positions": tuple(_position(position) for position in conflict.positions),
        "resolution": None if conflict.resolution is None else _short(conflict.resolution),
        "resolved_by": conflict.resolved_by,
    }


def _position(position: Position) -> Draft:
    return {"value": _short(position.value), "source": _source(position.source)}
