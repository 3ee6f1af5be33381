"""The analysis of a request as JSON values, for the `planned` event and for output."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from creatorflow_orchestrator.core.plan import Analysis, Pattern, Quantity
from creatorflow_orchestrator.core.planning.target_figures import given_quantities, quantity_of


def analysis_data(analysis: Analysis, pattern: Pattern) -> dict[str, Any]:
    """Return the analysis as JSON values, without the reading that it stands on; `pattern` is that of its plan."""
    reading = analysis.reading
    stated = [quantity for fact in reading.facts if (quantity := quantity_of(fact))]
    return {
        "complexity": analysis.complexity.value,
        "domains": dict(analysis.domains),
        "dependencies": [list(pair) for pair in analysis.dependencies],
        "pattern": pattern.value,
        "agents": {
            "primary": analysis.agents.primary,
            "supporting": list(analysis.agents.supporting),
            "validation": list(analysis.agents.validation),
        },
        "requirements": [_requirement(analysis, position) for position in range(len(reading.asks))],
        "quantities": [asdict(quantity) for quantity in (*stated, *given_quantities(reading.constraints))],
        "unanswered": list(analysis.unanswered),
        "left_out": [analysis.requirements[position] for position in sorted(analysis.left_out)],
    }


def _requirement(analysis: Analysis, position: int) -> dict[str, Any]:
    ask = analysis.reading.asks[position]
    own: list[Quantity | None] = [quantity_of(fact) for fact in analysis.reading.facts if position in fact.asks]
    return {
        "text": analysis.requirements[position],
        "kind": ask.kind.value,
        "domains": list(ask.domains),
        "agents": list(analysis.answering[position]),
        "quantities": [asdict(quantity) for quantity in own if quantity],
    }
