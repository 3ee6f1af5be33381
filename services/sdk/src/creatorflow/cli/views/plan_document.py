"""Writes PLAN.md: a result as a document for people. Pure: values in, text out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from creatorflow_contracts.v1.output import (
    CombinedItem,
    Conflict,
    Source,
    StepSummary,
    Suggestion,
    SynthesizedResult,
)

from creatorflow.cli.outputs.safe_paths import Placed
from creatorflow.cli.text import counted, json_text, one_line, seconds

from .event_lines import recovered
from .markdown import block, cell, code, fenced, heading, inline, item, quote
from .mermaid import flowchart
from .plan_picture import analysis_lines
from .run_state import RunState
from .step_answers import Answer, answers

_STATUS = {"completed": "Completed", "failed": "Failed", "cancelled": "Cancelled"}


def report(result: SynthesizedResult, board: RunState, files: Sequence[Placed] = (), notes: Sequence[str] = ()) -> str:
    """Make the document.

    `board` has the analysis and the plan's edges, `files` the path of each code example, `notes` the messages about
    files that were renamed or not written.
    """
    head = [_answers(answers(result)), _status(result)]
    parts = (
        _title(result),
        *(head if result.status == "completed" else reversed(head)),
        _request(result, board),
        _execution(result, board),
        _requirements(result),
        _decisions(result),
        _by_step("Specifications", result.combined_output.technical_specifications),
        _by_step("Implementation steps", result.combined_output.implementation_steps, numbered=True),
        _code(result, files, notes),
        _grouped("Tests", result.combined_output.testing_requirements, "subject"),
        _grouped("Deployment", result.combined_output.deployment_considerations, "environment"),
        _suggestions("Recommendations", result.recommendations),
        _suggestions("Next steps", result.next_steps),
    )
    return "\n".join(line for part in parts for line in part).rstrip() + "\n"


def _title(result: SynthesizedResult) -> Iterator[str]:
    yield f"<!-- creatorflow plan {result.correlation_id} -->"
    yield f"# {heading(one_line(result.request, 80))}"
    yield ""


def _status(result: SynthesizedResult) -> Iterator[str]:
    """The outcome with its counts and reason; the id and the time of the request."""
    ran = result.execution_summary
    planned = [step for step in ran.steps if step.type != "compensation"]
    if result.status == "completed":  # it stands below the answers, else above them
        yield "## Status"
        yield ""
    done = sum(step.status == "succeeded" for step in planned)
    word = "Completed, degraded" if result.status == "completed" and result.degraded else _STATUS[result.status]
    yield f"**{word}** in {seconds(ran.duration_ms)}: {done} of {counted(len(planned), 'step')}, {ran.pattern}."
    if result.reason:
        yield f"Reason: {inline(result.reason)}"
    if result.degraded:
        yield f"Optional steps that did not succeed: {', '.join(map(code, result.degraded))}."
    yield ""
    yield f"Request `{result.correlation_id}`, {ran.started_at:%Y-%m-%d %H:%M:%S} UTC."
    yield ""


def _answers(outputs: Sequence[Answer]) -> Iterator[str]:
    """The summaries and data of the agents, complete."""
    if not outputs:
        return
    yield "## Answers"
    yield ""
    for answer in outputs:
        yield f"### {answer.step} ({answer.agent})"
        yield ""
        if answer.summary.strip():
            yield block(answer.summary)
            yield ""
        if answer.data:
            yield from fenced(json_text(answer.data, indent=2).split("\n"), "json")
            yield ""


def _request(result: SynthesizedResult, board: RunState) -> Iterator[str]:
    yield "## Request"
    yield ""
    yield from quote(result.request)
    yield ""
    if board.analysis:
        yield "## Analysis"
        yield ""
        yield from fenced(analysis_lines(board.analysis), "text")
        yield ""


def _execution(result: SynthesizedResult, board: RunState) -> Iterator[str]:
    ran = result.execution_summary
    edges = {step.id: step.depends_on for step in board.steps.values()}
    yield "## Execution"
    yield ""
    yield "```mermaid"
    yield flowchart(ran.steps, edges, ran.critical_path)
    yield "```"
    yield ""
    yield "| step | agent | type | outcome | attempts | duration |"
    yield "| --- | --- | --- | --- | ---: | ---: |"
    yield from (_step_row(step) for step in ran.steps)
    yield ""
    if ran.critical_path:
        chain = " → ".join(map(code, ran.critical_path))
        yield f"Critical path, {seconds(ran.critical_path_ms)}: {chain}."
        yield ""
    yield from _recoveries(ran.steps)
    yield from _compensations(ran.steps)


def _step_row(step: StepSummary) -> str:
    agent = f"{step.alternative_used} (for {step.agent})" if step.alternative_used else step.agent
    outcome = step.status.replace("_", " ") + (f": {step.reason}" if step.reason else "")
    time = seconds(step.duration_ms) if step.attempts else ""
    cells = (code(step.step), cell(agent), cell(step.type), cell(outcome), str(step.attempts or ""), time)
    return f"| {' | '.join(cells)} |"


def _recoveries(steps: Iterable[StepSummary]) -> Iterator[str]:
    recoveries = [(step, *recovery) for step in steps for recovery in recovered(step)]
    if not recoveries:
        return
    yield "Failed attempts, and the recovery decided for each:"
    yield ""
    for step, attempt, decided in recoveries:
        yield item(f"{code(step.step)}, attempt {attempt}: {decided}")
    yield ""


def _compensations(steps: Iterable[StepSummary]) -> Iterator[str]:
    compensations = [step for step in steps if step.type == "compensation"]
    if not compensations:
        return
    yield "The steps that had succeeded were compensated, the last one first:"
    yield ""
    for step in compensations:
        status = "done" if step.status == "succeeded" else f"**{step.status.replace('_', ' ')}**"
        yield item(f"{code(step.step)} by {step.agent}: {status}{f'; {step.reason}' if step.reason else ''}")
    yield ""


def _requirements(result: SynthesizedResult) -> Iterator[str]:
    complete = result.completeness
    if not complete.requirements and not complete.unanswered:
        return
    yield "## Requirements"
    yield ""
    yield "| | requirement | answered by |"
    yield "| ---: | --- | --- |"
    for number, answered in enumerate(complete.requirements, start=1):
        agents = ", ".join(f"{source.agent} ({source.step})" for source in answered.answered_by) or "**no agent**"
        note = cell(f"; {answered.note}") if answered.note else ""
        yield f"| {number} | {cell(answered.requirement)} | {cell(agents)}{note} |"
    known = {requirement.requirement for requirement in complete.requirements}
    yield from (f"| | {cell(gap)} | **no agent** |" for gap in complete.unanswered if gap not in known)
    yield ""


def _decisions(result: SynthesizedResult) -> Iterator[str]:
    if result.decisions:
        yield "## Decisions"
        yield ""
        yield "| key | value |"
        yield "| --- | --- |"
        yield from (f"| {code(key)} | {cell(value)} |" for key, value in sorted(result.decisions.items()))
        yield ""
    if result.conflicts:
        yield "## Conflicts"
        yield ""
        yield from (item(_conflict(conflict)) for conflict in result.conflicts)
        yield ""


def _conflict(conflict: Conflict) -> str:
    values = ", ".join(f"{position.value} ({position.source.agent})" for position in conflict.positions)
    if conflict.resolution is None:
        return f"{code(conflict.key)}: {values}. **Not resolved.**"
    by = f" by {conflict.resolved_by}" if conflict.resolved_by else ""
    return f"{code(conflict.key)}: {values}. Resolved{by}: {conflict.resolution}"


def _by_step(title: str, items: Sequence[CombinedItem], *, numbered: bool = False) -> Iterator[str]:
    """List items under the step that they first came from; numbers continue from step to step."""
    if not items:
        return
    yield f"## {title}"
    number = 0
    for sources, group in groupby(items, key=lambda entry: entry.sources[:1]):
        yield ""
        yield f"### {_step_title(sources)}"
        yield ""
        for entry in group:
            number += 1
            yield item(entry.text, mark=f"{number}." if numbered else "-", end=_credit(entry, besides=sources))
    yield ""


def _step_title(sources: Sequence[Source]) -> str:
    return f"{sources[0].step} ({sources[0].agent})" if sources else "from no step in particular"


def _grouped(title: str, items: Sequence[CombinedItem], by: str) -> Iterator[str]:
    """List items under a heading for each group; groups are in the order of their first item."""
    groups: dict[str, list[CombinedItem]] = {}
    for entry in items:
        groups.setdefault(str(getattr(entry, by)), []).append(entry)
    if not groups:
        return
    yield f"## {title}"
    for name, group in groups.items():
        yield ""
        yield f"### {heading(name)}"
        yield ""
        yield from (item(entry.text, end=_credit(entry)) for entry in group)
    yield ""


def _code(result: SynthesizedResult, files: Sequence[Placed], notes: Sequence[str]) -> Iterator[str]:
    examples = result.combined_output.code_examples
    if not examples:
        return
    yield "## Code"
    yield ""
    yield "| file | language | lines | by |"
    yield "| --- | --- | ---: | --- |"
    for at, example in enumerate(examples):
        path = f"code/{files[at].path}" if at < len(files) else example.path
        cells = (code(path), cell(example.language), str(example.text.count("\n") + 1), _agents(example.sources))
        yield f"| {' | '.join(cells)} |"
    yield ""
    yield from (item(note) for note in notes)
    if notes:
        yield ""


def _suggestions(title: str, suggestions: Sequence[Suggestion]) -> Iterator[str]:
    if not suggestions:
        return
    yield f"## {title}"
    yield ""
    yield from (item(suggestion.text, end=f"_(from: {inline(suggestion.follows_from)})_") for suggestion in suggestions)
    yield ""


def _credit(entry: CombinedItem, besides: Sequence[Source] = ()) -> str:
    """The agents of an item, except those named in the heading, and the numbers of the requirements it answers."""
    agents = _agents([source for source in entry.sources if source not in besides])
    answers = ", ".join(str(position + 1) for position in entry.answers)
    credit = f"also {agents}" if agents and besides else agents
    parts = [part for part in (credit, f"answers {answers}" if answers else "") if part]
    return f"_({'; '.join(parts)})_" if parts else ""


def _agents(sources: Sequence[Source]) -> str:
    return ", ".join(dict.fromkeys(source.agent for source in sources))
