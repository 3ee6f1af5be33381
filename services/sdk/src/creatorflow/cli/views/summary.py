"""A result for people: what its agents answered, how it went, what is missing, what to look at."""

from __future__ import annotations

from collections.abc import Iterator

from creatorflow_contracts.v1.output import StepSummary, SynthesizedResult

from creatorflow.cli.text import counted, one_line, seconds

from .event_lines import recovered
from .step_answers import full_lines, short_lines

SHOWN = 5
"""Recommendations and gaps that are shown; the rest is in PLAN.md."""


def summary(result: SynthesizedResult, *, full: bool = False) -> Iterator[str]:
    """The lines, the answer first: what the agents say, or, of a request that did not complete, why.

    With `full` the agents' answers are not shortened.
    """
    answers = full_lines(result) if full else short_lines(result, reading(result))
    if result.status == "completed":
        yield from answers
        yield from _course(result)
    else:
        yield from _course(result)
        yield from answers


def reading(result: SynthesizedResult) -> str:
    """The command that shows a result in full."""
    return f"creatorflow result {result.correlation_id}"


def _course(result: SynthesizedResult) -> Iterator[str]:
    """How it went and what is open."""
    yield _headline(result)
    yield f"  {_contents(result)}"
    if result.degraded:
        yield f"  without: {', '.join(result.degraded)} (optional, did not succeed)"
    yield from _listed("recovery", [each for step in result.execution_summary.steps for each in _recovered(step)])
    yield from _listed("skipped", [_why(step) for step in _of(result, "skipped")])
    yield from _listed("undone", [_undone(step) for step in result.execution_summary.steps if _undoes(step)])
    yield from _listed("not answered", result.completeness.unanswered)
    yield from _listed("conflict", [_conflict(result, at) for at in range(len(result.conflicts))])
    yield from _listed("recommended", [recommendation.text for recommendation in result.recommendations])
    yield from _listed("next", [step.text for step in result.next_steps])


def _headline(result: SynthesizedResult) -> str:
    ran = result.execution_summary
    planned = [step for step in ran.steps if not _undoes(step)]
    done = sum(step.status == "succeeded" for step in planned)
    word = "completed, degraded" if result.status == "completed" and result.degraded else result.status
    line = f"{word} in {seconds(ran.duration_ms)}: {done} of {counted(len(planned), 'step')}"
    return line + (f"; {one_line(result.reason)}" if result.reason else "")


def _contents(result: SynthesizedResult) -> str:
    output = result.combined_output
    parts = (
        (len(output.technical_specifications), "specification"),
        (len(output.implementation_steps), "implementation step"),
        (len(output.code_examples), "code file"),
        (len(output.testing_requirements), "test"),
        (len(output.deployment_considerations), "deployment note"),
    )
    told = [counted(number, thing) for number, thing in parts if number]
    asked = len(result.completeness.requirements)
    if asked:
        gaps = sum(not requirement.answered_by for requirement in result.completeness.requirements)
        told.append(f"{asked - gaps} of {counted(asked, 'requirement')} answered")
    return ", ".join(told) or "nothing came of it"


def _of(result: SynthesizedResult, status: str) -> Iterator[StepSummary]:
    return (step for step in result.execution_summary.steps if step.status == status)


def _undoes(step: StepSummary) -> bool:
    return step.type == "compensation"


def _recovered(step: StepSummary) -> Iterator[str]:
    return (f"{step.step}: {told}" for _, told in recovered(step))


def _why(step: StepSummary) -> str:
    return f"{step.step}: {step.reason}" if step.reason else step.step


def _undone(step: StepSummary) -> str:
    how = "" if step.status == "succeeded" else f", {step.status.replace('_', ' ')}: {step.reason}"
    return f"{step.step} by {step.agent}{how}"


def _conflict(result: SynthesizedResult, at: int) -> str:
    conflict = result.conflicts[at]
    values = ", ".join(f"{position.value} ({position.source.agent})" for position in conflict.positions)
    settled = f"settled by {conflict.resolved_by}: {conflict.resolution}" if conflict.resolved_by else "not settled"
    return f"{conflict.key}: {values}; {settled}"


def _listed(label: str, texts: list[str] | tuple[str, ...]) -> Iterator[str]:
    for text in texts[:SHOWN]:
        yield f"  {label}: {one_line(text, 200)}"
    if len(texts) > SHOWN:
        yield f"  ... and {len(texts) - SHOWN} more"
