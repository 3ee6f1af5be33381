"""The loops of a plan: the steps of each repetition that the request states, with the checks that judge them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from creatorflow_orchestrator.core.graph import reach
from creatorflow_orchestrator.core.plan import Loop, Step

from .guards import passed_expression
from .iterative import Repetition
from .outline import Outline


def loops_of(
    steps: Sequence[Step], repetitions: Sequence[Repetition], plan: Outline
) -> tuple[tuple[Loop, ...], tuple[Repetition, ...]]:
    """Return the loops of some repetitions, and the repetitions that make none.

    `steps` are those of the outline, in topological order. A step is in one loop only, the first that repeats it; and
    nothing is repeated for work that no step does.
    """
    loops: list[Loop] = []
    none: list[Repetition] = []
    taken: set[str] = set()
    for repetition in repetitions:
        group = _closed(_repeated(repetition, plan), steps)
        if group and taken.isdisjoint(group):
            loops.append(Loop(group, passed_expression(group[-1]), repetition.limit))
            taken.update(group)
        else:
            none.append(repetition)
    return tuple(loops), tuple(none)


def _repeated(repetition: Repetition, plan: Outline) -> set[str]:
    """Return the steps of the asks in a repetition, and those that test in the same branch.

    Tests alone would find the same again: then all that is done in that branch is repeated.
    """
    branches = plan.division.branches
    branch = branches.index(repetition.branch) if repetition.branch in branches else None
    asks = set(plan.asked.overlapping(plan.analysis.reading.asks, repetition.start, repetition.end))
    here = [(work, name) for work, name in zip(plan.division.works, plan.ids, strict=True) if work.branch == branch]
    named = [(work, name) for work, name in here if not asks.isdisjoint(work.asks)]
    if all(work.agent in plan.team.testers for work, _ in named):
        named = here
    testing = [name for work, name in here if work.agent in plan.team.testers]
    return {name for _, name in named} | set(testing)


def _closed(core: set[str], steps: Sequence[Step]) -> tuple[str, ...]:
    """Return the steps of a loop in their order, with those between them."""
    after: Mapping[str, tuple[str, ...]] = {step.id: step.depends_on for step in steps}
    before = {name: reach(after, name) for name in after}
    needed = frozenset[str]().union(*(before[name] for name in core))
    return tuple(name for name in after if name in core or (name in needed and not core.isdisjoint(before[name])))
