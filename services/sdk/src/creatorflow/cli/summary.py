"""A result for people, in a few lines: what came out, what is missing, what to look at."""

from __future__ import annotations

from collections.abc import Iterator

from creatorflow_contracts.v1.output import SynthesizedResult

from .text import counted, one_line, seconds

SHOWN = 5
"""Recommendations and gaps that are shown; the rest is in PLAN.md."""


def summary(result: SynthesizedResult) -> Iterator[str]:
    """The lines."""
    yield _headline(result)
    yield f"  {_contents(result)}"
    if result.degraded:
        yield f"  without: {', '.join(result.degraded)} (optional, did not succeed)"
    yield from _listed("not answered", result.completeness.unanswered)
    yield from _listed("conflict", [_conflict(result, at) for at in range(len(result.conflicts))])
    yield from _listed("recommended", [each.text for each in result.recommendations])
    yield from _listed("next", [each.text for each in result.next_steps])


def _headline(result: SynthesizedResult) -> str:
    ran = result.execution_summary
    done = sum(step.status == "succeeded" for step in ran.steps)
    word = "completed, degraded" if result.status == "completed" and result.degraded else result.status
    line = f"{word} in {seconds(ran.duration_ms)}: {done} of {counted(len(ran.steps), 'step')}"
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
        gaps = sum(not each.answered_by for each in result.completeness.requirements)
        told.append(f"{asked - gaps} of {counted(asked, 'requirement')} answered")
    return ", ".join(told) or "nothing came of it"


def _conflict(result: SynthesizedResult, at: int) -> str:
    conflict = result.conflicts[at]
    values = ", ".join(f"{each.value} ({each.source.agent})" for each in conflict.positions)
    settled = f"settled by {conflict.resolved_by}: {conflict.resolution}" if conflict.resolved_by else "not settled"
    return f"{conflict.key}: {values}; {settled}"


def _listed(label: str, texts: list[str] | tuple[str, ...]) -> Iterator[str]:
    for text in texts[:SHOWN]:
        yield f"  {label}: {one_line(text, 200)}"
    if len(texts) > SHOWN:
        yield f"  ... and {len(texts) - SHOWN} more"
