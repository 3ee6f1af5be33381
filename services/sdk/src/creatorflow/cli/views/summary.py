"""Formats a result for a terminal: the answer in ten lines, its status, what to do next, and if it is complete."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from creatorflow_contracts.v1.output import StepSummary, SynthesizedResult

from creatorflow.cli.text import counted, one_line, seconds

from .caveats import assumption, exclusions, not_honoured
from .event_lines import recovered
from .reading_lines import SECTION, reading_lines
from .step_answers import full_lines, short_lines
from .ten_lines import ten_lines
from .verdicts import complete, gaps

SHOWN = 5
"""The number of recommendations, conflicts and the like that are shown."""


def summary(result: SynthesizedResult, *, full: bool = False) -> Iterator[str]:
    """Format the result in lines: the answer, then the status, and last if it is complete.

    Of a request that did not complete the status comes first. With `full` the outputs of the agents, and what the ten
    lines only count, are not shortened.
    """
    if result.status == "completed":
        yield from _answer(result, full=full)
        yield from _status_lines(result)
    else:
        yield from _status_lines(result)
        yield from _answer(result, full=full)
    yield f"  {complete(result)}"


def reading_command(result: SynthesizedResult) -> str:
    """The command that shows a result in full."""
    return f"creatorflow result {result.correlation_id}"


def _answer(result: SynthesizedResult, *, full: bool) -> Iterator[str]:
    """The ten lines, and what they do not show of the agents' outputs."""
    ten = ten_lines(result)
    yield from (line.plain for line in ten.lines)
    if full:
        yield from full_lines((*ten.cut, *ten.further))
        for title, lines in _sections(result):
            yield f"{title}:"
            yield from (f"  {line}" for line in lines)
    else:
        data = [replace(answer, summary="") for answer in ten.cut if answer.data]
        yield from short_lines([*data, *ten.further], reading_command(result))


def _sections(result: SynthesizedResult) -> Iterator[tuple[str, Sequence[str]]]:
    """The lists to which the ten lines refer, whole."""
    for title, lines in (
        (SECTION, list(reading_lines(result.reading)) if result.reading else []),
        ("Assumptions", [assumption(assumed) for assumed in result.assumptions]),
        ("Left out", list(exclusions(result))),
        ("Requirements", [f"{gap.text}: {gap.why}" for gap in gaps(result)]),
        ("Not honoured", [not_honoured(entry) for entry in result.not_honoured]),
    ):
        if lines:
            yield title, lines


def _status_lines(result: SynthesizedResult) -> Iterator[str]:
    """The status, what happened on the way, and what to do next."""
    yield _headline(result)
    yield f"  {_contents(result)}"
    if result.degraded:
        yield f"  without: {', '.join(result.degraded)} (optional, did not succeed)"
    yield from _listed("recovery", [text for step in result.execution_summary.steps for text in _recovered(step)])
    yield from _listed("skipped", [_skipped(step) for step in _with_status(result, "skipped")])
    compensations = [step for step in result.execution_summary.steps if _is_compensation(step)]
    yield from _listed("compensated", [_compensated(step) for step in compensations])
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
