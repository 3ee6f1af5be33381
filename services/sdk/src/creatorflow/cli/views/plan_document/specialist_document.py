"""The document of one specialist: all that it answered, whole, in a file beside PLAN.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Final, Protocol, TypeVar
from urllib.parse import quote

from creatorflow_contracts.v1.output import CombinedItem, Source, Suggestion, SynthesizedResult

from creatorflow.cli.outputs.out_folder import SPECIALISTS
from creatorflow.cli.outputs.safe_paths import Placed, place
from creatorflow.cli.text import json_text, one_line
from creatorflow.cli.views.caveats import assumption, not_honoured
from creatorflow.cli.views.markdown import block, cell, code, fenced, heading, inline, item, line_item
from creatorflow.cli.views.step_answers import answers

from .credits import credit
from .indexes import lines_of, path_of

NOBODY: Final = ""
"""Stands for the agent of items that name none."""
_NO_AGENT: Final = "no-agent"


class _Sourced(Protocol):
    """Something with sources."""

    @property
    def sources(self) -> tuple[Source, ...]: ...


_Entry = TypeVar("_Entry", bound=_Sourced)


def specialists(result: SynthesizedResult) -> list[str]:
    """The agents that have something to read, in the order of their steps; last `NOBODY`, if an item names no agent."""
    output = result.combined_output
    items: list[_Sourced] = [
        *output.technical_specifications,
        *output.implementation_steps,
        *output.code_examples,
        *output.testing_requirements,
        *output.deployment_considerations,
    ]
    steps = result.execution_summary.steps
    ran = (step.alternative_used or step.agent for step in steps)
    succeeded = {step.step for step in steps if step.status == "succeeded"}  # of others there are suggestions only
    others: list[_Sourced] = [*result.recommendations, *result.next_steps, *result.assumptions, *result.not_honoured]
    named = {source.agent for entry in items for source in entry.sources}
    named |= {source.agent for entry in others for source in entry.sources if source.step in succeeded}
    named |= {answer.agent for answer in answers(result)}
    agents = [agent for agent in dict.fromkeys((*ran, *sorted(named))) if agent in named]
    return [*agents, NOBODY] if any(not entry.sources for entry in items) else agents


def specialist_paths(agents: Iterable[str]) -> dict[str, Placed]:
    """Map agents to safe file names, each its own."""
    names = list(agents)
    return dict(zip(names, place(f"{agent or _NO_AGENT}.md" for agent in names), strict=True))


def specialist_link(path: Placed) -> str:
    """The address of a document, from PLAN.md."""
    return f"{SPECIALISTS}/{quote(path.path)}"


def specialist_document(result: SynthesizedResult, agent: str, files: Sequence[Placed] = ()) -> str:
    """Write all that one agent answered. `files` are the paths of the code examples."""
    output = result.combined_output
    tests = ((test.subject, test) for test in _of(agent, output.testing_requirements))
    notes = ((note.environment, note) for note in _of(agent, output.deployment_considerations))
    parts = (
        _opening(result, agent),
        _answer(result, agent),
        _section("Assumptions", (line_item(assumption(element)) for element in _of(agent, result.assumptions))),
        _section("Not honoured", (line_item(not_honoured(element)) for element in _of(agent, result.not_honoured))),
        _by_step("Specifications", agent, output.technical_specifications),
        _by_step("Implementation steps", agent, output.implementation_steps, numbered=True),
        _code(result, agent, files),
        _grouped("Tests", tests, agent),
        _grouped("Deployment", notes, agent),
        _section("Recommendations", map(_suggestion, _of(agent, result.recommendations))),
        _section("Next steps", map(_suggestion, _of(agent, result.next_steps))),
    )
    return "\n".join(line for part in parts for line in part).rstrip() + "\n"


def _of(agent: str, entries: Iterable[_Entry]) -> list[_Entry]:
    """The entries of an agent; of `NOBODY`, those without a source."""
    return [
        entry
        for entry in entries
        if agent in {source.agent for source in entry.sources} or (agent == NOBODY and not entry.sources)
    ]


def _opening(result: SynthesizedResult, agent: str) -> Iterator[str]:
    yield f"<!-- creatorflow specialist {result.correlation_id} -->"
    yield f"# {heading(agent or 'From no agent in particular')}"
    yield ""
    yield f"Part of the answer to: {inline(one_line(result.request, 80))}"
    yield ""
    yield "The numbers of requirements are those in [PLAN.md](../PLAN.md)."
    yield ""


def _answer(result: SynthesizedResult, agent: str) -> Iterator[str]:
    given = [answer for answer in answers(result) if answer.agent == agent]
    if given:
        yield "## Answer"
        yield ""
    for answer in given:
        if len(given) > 1:
            yield f"### {answer.step}"
            yield ""
        if answer.summary.strip():
            yield block(answer.summary)
            yield ""
        if answer.data:
            yield from fenced(json_text(answer.data, indent=2).split("\n"), "json")
            yield ""


def _section(title: str, items: Iterable[str]) -> Iterator[str]:
    entries = list(items)
    if entries:
        yield f"## {title}"
        yield ""
        yield from entries
        yield ""


def _by_step(title: str, agent: str, items: Sequence[CombinedItem], *, numbered: bool = False) -> Iterator[str]:
    """List items under the step of the agent that they first came from; numbers continue from step to step."""
    own = _of(agent, items)
    if not own:
        return
    yield f"## {title}"
    number = 0
    for step, group in groupby(own, key=lambda entry: _step(agent, entry)):
        yield ""
        if step:
            yield f"### {step}"
            yield ""
        for entry in group:
            number += 1
            yield item(entry.text, mark=f"{number}." if numbered else "-", end=_credit(agent, entry))
    yield ""


def _step(agent: str, entry: CombinedItem) -> str:
    return next((source.step for source in entry.sources if source.agent == agent), "")


def _credit(agent: str, entry: CombinedItem) -> str:
    return credit(entry, besides=[source for source in entry.sources if source.agent == agent])


def _grouped(title: str, items: Iterable[tuple[str, CombinedItem]], agent: str) -> Iterator[str]:
    """List items under a heading for each group; groups are in the order of their first item."""
    groups: dict[str, list[CombinedItem]] = {}
    for name, entry in items:
        groups.setdefault(name, []).append(entry)
    if groups:
        yield f"## {title}"
        yield ""
    for name, group in groups.items():
        yield f"### {heading(name)}"
        yield ""
        yield from (item(entry.text, end=_credit(agent, entry)) for entry in group)
        yield ""


def _code(result: SynthesizedResult, agent: str, files: Sequence[Placed]) -> Iterator[str]:
    rows = [
        f"| {code(path_of(at, file, files))} | {cell(file.language)} | {lines_of(file)} | {cell(_answered(file))} |"
        for at, file in enumerate(result.combined_output.code_examples)
        if _of(agent, [file])
    ]
    if rows:
        head = ("| file | language | lines | answers |", "| --- | --- | ---: | --- |")
        yield from _section("Code", [*head, *rows])


def _answered(entry: CombinedItem) -> str:
    return ", ".join(str(position + 1) for position in entry.answers)


def _suggestion(suggestion: Suggestion) -> str:
    return item(suggestion.text, end=f"_(from: {inline(suggestion.follows_from)})_")
