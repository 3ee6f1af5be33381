"""Makes a plan from an analysis: a step for each agent, after those that it builds on, and for each of its branches.

Where the request says so the plan has guards, loops or child requests; a plan that a client sends is checked by the
same `check_plan`.
"""

from __future__ import annotations

from collections.abc import Sequence

from creatorflow_orchestrator.core.graph import in_order
from creatorflow_orchestrator.core.plan import Analysis, Card, Loop, Pattern, Plan, Step, StepType

from .agents import wanted_domains
from .asked_text import AskedText
from .conditional import find_branches, further_conditions
from .data_flow import missing_bases
from .hierarchical import Part, children, large_parts
from .iterative import MAX_REPETITIONS, find_repetitions
from .left_out import left_out
from .loops import loops_of
from .not_followed import (
    lowered_limits,
    too_many_conditions,
    too_many_repetitions,
    undone_branches,
    unjudged_conditions,
    unmade_loops,
)
from .outline import outline
from .plan_check import check_plan
from .steps import steps_of

__all__ = ["check_plan", "make_plan"]


def make_plan(text: str, analysis: Analysis, cards: tuple[Card, ...]) -> Plan:
    """Make the plan of an analysed request: checked, and in topological order. Raises Refusal: PLAN_TOO_LARGE."""
    reading, out = analysis.reading, left_out(analysis.reading)
    asked = AskedText(text, reading)
    parts = large_parts(asked, reading, wanted_domains(reading, out, cards)) if analysis.in_parts else ()
    branches = find_branches(asked, reading)
    repetitions = [
        repetition for repetition in find_repetitions(asked, reading, branches) if _is_outside(repetition.start, parts)
    ]
    branches = tuple(branch for branch in branches if _is_outside(branch.start, parts))
    asks = [position for position, ask in enumerate(reading.asks) if _is_outside(ask.start, parts)]
    of_parts = children(text, reading, parts)
    draft = outline(asked, analysis, cards, out, branches, asks, [child.id for child in of_parts])
    steps = _in_order([*of_parts, *steps_of(draft)])
    loops, unmade = loops_of(steps, repetitions[:MAX_REPETITIONS], draft)
    further = [condition for condition in further_conditions(asked, reading) if _is_outside(condition.start, parts)]
    notes = (
        *missing_bases(draft.names(), cards, out),
        *unjudged_conditions(asked, draft.division.unjudged),
        *undone_branches(asked, draft.division.undone),
        *too_many_conditions(asked, further),
        *too_many_repetitions(asked, repetitions[MAX_REPETITIONS:]),
        *unmade_loops(asked, unmade),
        *lowered_limits(asked, repetitions[:MAX_REPETITIONS]),
    )
    plan = Plan(_pattern(steps, loops), steps, analysis.requirements, loops, notes)
    check_plan(plan, cards)
    return plan


def _is_outside(place: int, parts: Sequence[Part]) -> bool:
    """True if a place of the request is in no part that becomes a child request."""
    return not any(part.has(place) for part in parts)


def _in_order(steps: Sequence[Step]) -> tuple[Step, ...]:
    by_id = {step.id: step for step in steps}
    return tuple(by_id[name] for name in in_order({step.id: step.depends_on for step in steps}))


def _pattern(steps: Sequence[Step], loops: Sequence[Loop]) -> Pattern:
    """Name the pattern of a plan by its most specific feature; a closing validation leaves it parallel."""
    if any(not step.agent for step in steps):
        return Pattern.HIERARCHICAL
    if any(step.when for step in steps):
        return Pattern.CONDITIONAL
    if loops:
        return Pattern.ITERATIVE
    ordered = any(step.depends_on and step.type is not StepType.VALIDATION for step in steps)
    return Pattern.SEQUENTIAL if ordered else Pattern.PARALLEL
