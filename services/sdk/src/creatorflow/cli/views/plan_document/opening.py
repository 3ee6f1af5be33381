"""The beginning of PLAN.md: title, the answer in ten lines, and the status."""

from __future__ import annotations

from collections.abc import Iterator

from creatorflow_contracts.v1.output import SynthesizedResult

from creatorflow.cli.text import counted, one_line, seconds
from creatorflow.cli.views.markdown import code, heading, inline, line_item
from creatorflow.cli.views.ten_lines import Line, ten_lines
from creatorflow.cli.views.verdicts import complete

from .page_budget import Part

_STATUS = {"completed": "Completed", "failed": "Failed", "cancelled": "Cancelled"}
_REASON = 500
"""Characters of the reason of a request that did not complete."""
_NAMED = 10
"""Steps that a sentence names."""


def title(result: SynthesizedResult) -> Part:
    """The mark by which a later command knows the file as its own, and the title."""
    mark = f"<!-- creatorflow plan {result.correlation_id} -->"
    return Part((mark, f"# {heading(one_line(result.request, 80))}"), fixed=True)


def answer(result: SynthesizedResult) -> Part:
    """The answer in ten lines, as a list."""
    lines = tuple(map(_list_item, ten_lines(result).lines))
    return Part(entries=lines, tail=("",) if lines else (), fixed=True)


def _list_item(line: Line) -> str:
    return f"- **{inline(line.label)}:** {inline(line.text)}".rstrip() if line.label else f"  {line_item(line.text)}"


def status(result: SynthesizedResult) -> Part:
    """The outcome with its counts and reason; if the result is complete; the id and the time of the request."""
    return Part(tuple(_status(result)), tail=(), fixed=True)


def _status(result: SynthesizedResult) -> Iterator[str]:
    ran = result.execution_summary
    planned = [step for step in ran.steps if step.type != "compensation"]
    if result.status == "completed":  # it stands below the answer, else above it
        yield "## Status"
        yield ""
    done = sum(step.status == "succeeded" for step in planned)
    word = "Completed, degraded" if result.status == "completed" and result.degraded else _STATUS[result.status]
    yield f"**{word}** in {seconds(ran.duration_ms)}: {done} of {counted(len(planned), 'step')}, {ran.pattern}."
    if result.reason:
        yield f"Reason: {inline(one_line(result.reason, _REASON))}"
    if result.degraded:
        more = f" and {len(result.degraded) - _NAMED} more" if len(result.degraded) > _NAMED else ""
        yield f"Optional steps that did not succeed: {', '.join(map(code, result.degraded[:_NAMED]))}{more}."
    yield ""
    yield f"C{complete(result)[1:]}."
    yield ""
    yield f"Request `{result.correlation_id}`, {ran.started_at:%Y-%m-%d %H:%M:%S} UTC."
    yield ""
