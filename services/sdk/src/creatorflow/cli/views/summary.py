"""Formats a result for a terminal: the outputs of its agents, its status, what is missing, what to do next."""

from __future__ import annotations

from collections.abc import Iterator

from creatorflow_contracts.v1.output import StepSummary, SynthesizedResult

from creatorflow.cli.text import counted, one_line, seconds

from .event_lines import recovered
from .step_answers import full_lines, short_lines

SHOWN = 5
"""The number of recommendations, gaps and the like that are shown; PLAN.md has all of them."""


def summary(result: SynthesizedResult, *, full: bool = False) -> Iterator[str]:
    """Format the result in lines: first the agents' outputs, or the status if the request did not complete.

    With `full` the agents' outputs are not shortened.
    """
    answers = full_lines(result) if full else short_lines(result, reading(result))
    if result.status == "completed":
        yield from answers
        yield from _status_lines(result)
    else:
        yield from _status_lines(result)
        yield from answers


def reading(result: SynthesizedResult) -> str:
    """The command that shows a result in full."""
    return f"creatorflow result {result.correlation_id}"


def _status_lines(result: SynthesizedResult) -> Iterator[str]:
    """The status, what happened on the way, and what is missing."""
    yield _headline(result)
    yield f"  {_contents(result)}"
    if result.degraded:
        yield f"  without: {', '.join(result.degraded)} (optional, did not succeed)"
    yield from _listed("recovery", [text for step in result.execution_summary.steps for text in _recovered(step)])
    yield from _listed("skipped", [_skipped(step) for step in _with_status(result, "skipped")])
    compensations = [step for step in result.execution_summary.steps if _is_compensation(step)]
    yield from _listed("compensated", [_compensated(step) for step in compensations])
    yield from _listed("not answered", result.completeness.unanswered)
    yield from _listed("conflict", [_conflict(result, at) for at in range(len(result.conflicts))])
    yield from _listed("recommended", [recommendation.text for recommendation in result.recommendations])
    yield from _listed("next", [step.text for step in result.next_steps])


def _headline(result: SynthesizedResult) -> str:
    ran = result.execution_summary
    planned = [step for step in ran.steps if not _is_compensation(step)]
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
    contents = [counted(number, thing) for number, thing in parts if number]
    requirements = len(result.completeness.requirements)
    if requirements:
        gaps = sum(not requirement.answered_by for requirement in result.completeness.requirements)
        contents.append(f"{requirements - gaps} of {counted(requirements, 'requirement')} answered")
    return ", ".join(contents) or "no output"


def _with_status(result: SynthesizedResult, status: str) -> Iterator[StepSummary]:
    return (step for step in result.execution_summary.steps if step.status == status)


def _is_compensation(step: StepSummary) -> bool:
    return step.type == "compensation"


def _recovered(step: StepSummary) -> Iterator[str]:
    return (f"{step.step}: {recovery}" for _, recovery in recovered(step))


def _skipped(step: StepSummary) -> str:
    return f"{step.step}: {step.reason}" if step.reason else step.step


def _compensated(step: StepSummary) -> str:
    failure = "" if step.status == "succeeded" else f", {step.status.replace('_', ' ')}: {step.reason}"
    return f"{step.step} by {step.agent}{failure}"


def _conflict(result: SynthesizedResult, at: int) -> str:
    conflict = result.conflicts[at]
    values = ", ".join(f"{position.value} ({position.source.agent})" for position in conflict.positions)
    by = conflict.resolved_by
    resolution = f"resolved by {by}: {conflict.resolution}" if by else "not resolved"
    return f"{conflict.key}: {values}; {resolution}"


def _listed(label: str, texts: list[str] | tuple[str, ...]) -> Iterator[str]:
    for text in texts[:SHOWN]:
        yield f"  {label}: {one_line(text, 200)}"
    if len(texts) > SHOWN:
        yield f"  ... and {len(texts) - SHOWN} more"
