"""The picture of a planned request: the analysis, and the steps with their agents by level."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text
from rich.tree import Tree

from creatorflow.cli.text import counted, one_line

from .reading_lines import agents_by_ask, reading_lines
from .run_state import RunState, levels


def plan_picture(board: RunState) -> RenderableType:
    """Draw the reading, the analysis and the plan of a request."""
    agents = agents_by_ask(board.analysis)
    read = list(reading_lines(board.reading, board.notes, agents)) if board.reading else []
    lines = [*analysis_lines(board.analysis, asks=not read), *read]
    return Group(Text("\n".join(lines)), Text(), _tree(board))


def analysis_lines(analysis: Mapping[str, Any], *, asks: bool = True) -> Iterator[str]:
    """Format the analysis in lines; missing parts are left out, without `asks` also what a reading has better."""
    for key in ("complexity", "pattern"):
        if analysis.get(key):
            yield f"{key:<13}{one_line(str(analysis[key]))}"
    domains = analysis.get("domains")
    if domains:
        yield f"{'domains':<13}{', '.join(one_line(str(domain)) for domain in domains)}"
    if not asks:
        return
    if quantities := _texts(analysis.get("quantities")):
        yield f"{'quantities':<13}{', '.join(quantities)}"
    for number, requirement in enumerate(_texts(analysis.get("requirements")), start=1):
        yield f"{'requirement' if number == 1 else '':<13}{number}. {requirement}"
    for gap in _texts(analysis.get("unanswered")):
        yield f"{'no agent for':<13}{gap}"


def _texts(parts: object) -> list[str]:
    if not isinstance(parts, Sequence) or isinstance(parts, str):
        return []
    return [one_line(str(part.get("text", "")) if isinstance(part, Mapping) else str(part)) for part in parts]


def _tree(board: RunState) -> Tree:
    tree = Tree(Text(counted(len(board.steps), "step"), style="bold"), guide_style="bright_black")
    for number, row in enumerate(levels(board.steps), start=1):
        branch = tree.add(Text(f"level {number}", style="dim"))
        for step in row:
            line = Text(one_line(step.id), style="bold")
            line.append(f"  {one_line(step.agent) or 'child request'}", style="cyan")
            line.append(f"  {step.type}", style="dim")
            if step.depends_on:
                line.append(f"  after {', '.join(step.depends_on)}", style="dim")
            if step.optional:
                line.append("  optional", style="dim")
            if step.when:
                line.append(f"  only if {one_line(step.when, 120)}", style="dim")
            branch.add(line)
    return tree
