"""The decisions that agents share, and the conflicts between them."""

from __future__ import annotations

from creatorflow_contracts.v1.output import Conflict, SynthesizedResult

from creatorflow.cli.text import one_line
from creatorflow.cli.views.markdown import cell, code, item

from .page_budget import Part

_CHARACTERS = 200
"""Characters of a value."""
_POSITIONS = 8
"""Positions of a conflict that are named."""


def decisions_part(result: SynthesizedResult) -> Part:
    """The decisions in force at the end."""
    rows = tuple(
        f"| {code(one_line(key, _CHARACTERS))} | {cell(one_line(value, _CHARACTERS))} |"
        for key, value in sorted(result.decisions.items())
    )
    return Part(("## Decisions", "", "| key | value |", "| --- | --- |"), rows) if rows else Part(tail=())


def conflicts_part(result: SynthesizedResult) -> Part:
    """The keys and files on which agents differ, with who said what."""
    entries = tuple(item(_conflict(conflict)) for conflict in result.conflicts)
    return Part(("## Conflicts", ""), entries) if entries else Part(tail=())


def _conflict(conflict: Conflict) -> str:
    positions = [
        f"{one_line(position.value, _CHARACTERS)} ({position.source.agent})" for position in conflict.positions
    ]
    more = [f"{len(positions) - _POSITIONS} more"] if len(positions) > _POSITIONS else []
    values = ", ".join([*positions[:_POSITIONS], *more])
    key = code(one_line(conflict.key, _CHARACTERS))
    if conflict.resolution is None:
        return f"{key}: {values}. **Not resolved.**"
    by = f" by {conflict.resolved_by}" if conflict.resolved_by else ""
    return f"{key}: {values}. Resolved{by}: {one_line(conflict.resolution, _CHARACTERS)}"
