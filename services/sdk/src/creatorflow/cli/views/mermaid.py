"""Draws the plan of a request as a mermaid flowchart: one box per step, coloured by its status."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Final

from creatorflow_contracts.v1.output import StepSummary

from creatorflow.cli.text import seconds

_STYLES: Final = {
    "succeeded": "fill:#d9f2d9,stroke:#2e7d32,color:#1b1b1b",
    "failed": "fill:#fbd5d5,stroke:#c62828,color:#1b1b1b",
    "skipped": "fill:#eeeeee,stroke:#9e9e9e,color:#1b1b1b,stroke-dasharray:4 3",
    "cancelled": "fill:#eadcf4,stroke:#6a1b9a,color:#1b1b1b",
    "not_reached": "fill:#ffffff,stroke:#9e9e9e,color:#1b1b1b,stroke-dasharray:4 3",
}


def flowchart(
    steps: Iterable[StepSummary], depends_on: Mapping[str, Iterable[str]], critical: Iterable[str] = ()
) -> str:
    """Make the Mermaid text. `depends_on` maps steps to dependencies; edges of the critical path are drawn thick."""
    boxes = list(steps)
    ids = {step.step: f"s{number}" for number, step in enumerate(boxes)}
    chain = list(critical)
    thick = set(pairwise(chain))
    lines = ["flowchart TD"]
    lines += [f'    {ids[step.step]}["{_label(step)}"]:::{step.status}' for step in boxes]
    for step in boxes:
        needs: dict[str, list[str]] = {}
        for need in step.depends_on or depends_on.get(step.step, ()):
            if need in ids:
                arrow = "-. undo .->" if step.type == "compensation" else "==>" if (need, step.step) in thick else "-->"
                needs.setdefault(arrow, []).append(ids[need])
        lines += [f"    {' & '.join(ends)} {arrow} {ids[step.step]}" for arrow, ends in needs.items()]
    used = {step.status for step in boxes}
    lines += [f"    classDef {status} {style}" for status, style in _STYLES.items() if status in used]
    return "\n".join(lines)


def _label(step: StepSummary) -> str:
    """The text in a box. Names are plain words by contract, so a label needs no escaping."""
    parts = [f"<b>{step.step}</b>", step.alternative_used or step.agent]
    if step.attempts:
        attempts = f" · {step.attempts} attempts" if step.attempts > 1 else ""
        parts.append(f"{seconds(step.duration_ms)}{attempts}")
    return "<br/>".join(parts)
