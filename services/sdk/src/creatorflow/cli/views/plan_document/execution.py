"""The plan as it was executed: its picture, its steps, what was recovered and what was compensated."""

from __future__ import annotations

from collections.abc import Iterator

from creatorflow_contracts.v1.output import StepSummary, SynthesizedResult

from creatorflow.cli.text import cut, one_line, seconds
from creatorflow.cli.views.event_lines import recovered
from creatorflow.cli.views.markdown import cell, code, item
from creatorflow.cli.views.mermaid import flowchart
from creatorflow.cli.views.run_state import RunState

from .page_budget import Part, height

_PICTURE_LINES = 80
"""Lines of the picture; a larger one could not be read on a page."""
_CHARACTERS = 300
"""Characters of a reason."""
_CHAINED = 20
"""Steps of the critical path that are named."""


def execution_parts(result: SynthesizedResult, board: RunState) -> Iterator[Part]:
    """The picture, the table of steps, the critical path, the recoveries and the compensations."""
    ran = result.execution_summary
    edges = {step.id: step.depends_on for step in board.steps.values()}
    picture = flowchart(ran.steps, edges, ran.critical_path)
    fits = height([picture]) <= _PICTURE_LINES
    drawn = ("```mermaid", picture, "```") if fits else ("_The plan is too large for a picture._",)
    yield Part(("## Execution", "", *drawn), fixed=True)
    head = ("| step | agent | type | outcome | attempts | duration |", "| --- | --- | --- | --- | ---: | ---: |")
    yield Part(head, tuple(map(_row, ran.steps)))
    if ran.critical_path:
        chain = " → ".join(map(code, ran.critical_path[:_CHAINED]))
        more = " → …" if len(ran.critical_path) > _CHAINED else ""
        yield Part((f"Critical path, {seconds(ran.critical_path_ms)}: {chain}{more}.",))
    yield _listed("Failed attempts, and the recovery decided for each:", tuple(_recoveries(ran.steps)))
    compensations = (step for step in ran.steps if step.type == "compensation")
    yield _listed(
        "The steps that had succeeded were compensated, the last one first:", tuple(map(_compensation, compensations))
    )


def _listed(introduction: str, entries: tuple[str, ...]) -> Part:
    return Part((introduction, ""), entries) if entries else Part(tail=())


def _row(step: StepSummary) -> str:
    agent = f"{step.alternative_used} (for {step.agent})" if step.alternative_used else step.agent
    outcome = step.status.replace("_", " ") + (f": {one_line(step.reason, _CHARACTERS)}" if step.reason else "")
    time = seconds(step.duration_ms) if step.attempts else ""
    cells = (code(step.step), cell(agent), cell(cut(step.type, 80)), cell(outcome), str(step.attempts or ""), time)
    return f"| {' | '.join(cells)} |"


def _recoveries(steps: tuple[StepSummary, ...]) -> Iterator[str]:
    for step in steps:
        for attempt, decided in recovered(step):
            yield item(f"{code(step.step)}, attempt {attempt}: {one_line(decided, _CHARACTERS)}")


def _compensation(step: StepSummary) -> str:
    outcome = "done" if step.status == "succeeded" else f"**{step.status.replace('_', ' ')}**"
    reason = f"; {one_line(step.reason, _CHARACTERS)}" if step.reason else ""
    return item(f"{code(step.step)} by {step.agent}: {outcome}{reason}")
