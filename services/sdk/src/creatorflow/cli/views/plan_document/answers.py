"""What every agent brings: its summary, its data, and a link to its full text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from creatorflow_contracts.v1.output import SynthesizedResult

from creatorflow.cli.text import clean, json_text, one_line
from creatorflow.cli.views.markdown import fenced, inline, item
from creatorflow.cli.views.step_answers import Answer, answers

from .page_budget import COLUMNS, Part, height

_LINES = 40
"""Lines of a summary, and of an answer's data, of which PLAN.md has the beginning if there are more."""

_WEIGHT = 4
"""Of this part, as the answers are what the request was made for."""


def answers_part(result: SynthesizedResult, links: Mapping[str, str]) -> Part:
    """The answers of all steps. `links` maps agents to the paths of their full texts."""
    outputs = answers(result)
    silent = [agent for agent in links if agent not in {answer.agent for answer in outputs}]
    others = tuple(f"- {inline(agent or 'No agent in particular')}. {_link(links, agent)}" for agent in silent)
    whole = tuple(_entry(answer, links) for answer in outputs)
    short = tuple(_item(answer, one_line(answer.summary, COLUMNS), links) for answer in outputs)
    if not (*whole, *others):
        return Part(tail=())
    where = "`specialists/`, `result.json`"
    return Part(("## Answers", ""), (*whole, *others), short=(*short, *others), where=where, weight=_WEIGHT)


def _entry(answer: Answer, links: Mapping[str, str]) -> str:
    """An answer with its data; its end is the end of a list item that may hold a block of code."""
    summary = clean(answer.summary).strip()
    if height(summary.split("\n")) > _LINES:
        summary = one_line(summary, _LINES * COLUMNS // 2)
    lines = [_item(answer, summary, links)]
    if answer.data:
        lines += ["", *(f"  {line}" for line in _data(answer.data))]
    return "\n".join(lines)


def _item(answer: Answer, summary: str, links: Mapping[str, str]) -> str:
    text = f": {summary}" if summary else ""
    return item(f"**{answer.step}** ({answer.agent}){text}", end=_link(links, answer.agent))


def _link(links: Mapping[str, str], agent: str) -> str:
    return f"[Full text]({links[agent]})" if agent in links else ""


def _data(data: Mapping[str, Any]) -> Iterator[str]:
    lines = json_text(data, indent=2).split("\n")
    yield from fenced(islice(lines, _LINES), "json")
    if len(lines) > _LINES:
        yield ""
        yield f"_And {len(lines) - _LINES} more lines._"
