"""What the result is worth: the verdict of every requirement, and what is assumed, left out and not honoured."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from creatorflow_contracts.v1.output import Answered, SynthesizedResult

from creatorflow.cli.text import one_line
from creatorflow.cli.views.caveats import assumption, exclusions, not_honoured
from creatorflow.cli.views.markdown import cell, line_item
from creatorflow.cli.views.verdicts import further_gaps, verdict, verdict_words

from .page_budget import Part

_CHARACTERS = 200
"""Characters of a requirement, and of a note about it."""
_WEIGHT = 3
"""Of the requirements and of the assumptions, which no other file has in one place."""
_NAMED = 10
"""Steps that answer a requirement and are named."""


def requirements_part(result: SynthesizedResult) -> Part:
    """Every requirement with its verdict and the agents that answer it."""
    rows = [
        _row(result, number, requirement)
        for number, requirement in enumerate(result.completeness.requirements, start=1)
    ]
    rows += [f"| | {cell(one_line(gap, _CHARACTERS))} | **no agent** | |" for gap in further_gaps(result)]
    if not rows:
        return Part(tail=())
    head = ("## Requirements", "", "| | requirement | verdict | answered by |", "| ---: | --- | --- | --- |")
    return Part(head, tuple(rows), weight=_WEIGHT)


def _row(result: SynthesizedResult, number: int, answered: Answered) -> str:
    decided = verdict_words(result, answered)
    if verdict(result, answered) not in ("answered", "excluded"):
        decided = f"**{cell(one_line(decided, _CHARACTERS))}**"
    return f"| {number} | {cell(one_line(answered.requirement, _CHARACTERS))} | {decided} | {cell(_by(answered))} |"


def _by(answered: Answered) -> str:
    agents = [f"{source.agent} ({source.step})" for source in answered.answered_by]
    more = [f"{len(agents) - _NAMED} more"] if len(agents) > _NAMED else []
    named = ", ".join([*agents[:_NAMED], *more])
    return "; ".join(part for part in (named, one_line(answered.note, _CHARACTERS)) if part)


def caveat_parts(result: SynthesizedResult) -> Iterator[Part]:
    """What is assumed, what was left out as asked, and what was not honoured."""
    yield replace(_listed("Assumptions", map(assumption, result.assumptions)), weight=_WEIGHT)
    yield _listed("Left out", exclusions(result))
    yield _listed("Not honoured", map(not_honoured, result.not_honoured))


def _listed(title: str, texts: Iterable[str]) -> Part:
    entries = tuple(line_item(text) for text in texts)
    return Part((f"## {title}", ""), entries) if entries else Part(tail=())
