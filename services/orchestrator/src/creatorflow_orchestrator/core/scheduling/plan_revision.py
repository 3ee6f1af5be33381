"""A plan changed while it runs: steps put before others, and steps that undo. What comes out is again a plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from creatorflow_orchestrator.core.graph import reach
from creatorflow_orchestrator.core.plan import Plan, Step, StepType

MAX_ID = 64


def fresh_id(plan: Plan, wanted: str) -> str:
    """A step id that the plan does not have: the wanted one, or that with a number."""
    taken = {step.id for step in plan.steps}
    wanted = wanted[:MAX_ID].rstrip("-_")
    if wanted not in taken:
        return wanted
    number = next(each for each in range(2, len(taken) + 3) if _numbered(wanted, each) not in taken)
    return _numbered(wanted, number)


def _numbered(wanted: str, number: int) -> str:
    return f"{wanted[: MAX_ID - 5].rstrip('-_')}-{number}"


def needs(plan: Plan, step_id: str) -> frozenset[str]:
    """Everything that must have settled before the step: what it depends on, and all of a loop it waits for."""
    after: dict[str, tuple[str, ...]] = {step.id: step.depends_on for step in plan.steps}
    for loop in plan.loops:
        group = set(loop.steps)
        entry = tuple({each for name in loop.steps for each in after[name]} - group)
        for step in plan.steps:
            if step.id not in group and group.intersection(step.depends_on):
                after[step.id] = (*after[step.id], *loop.steps)
            elif step.id in group:  # a round begins when all that any of the group waits for is there
                after[step.id] = (*after[step.id], *entry)
    return reach(after, step_id)


def with_edge(plan: Plan, step_id: str, on: str) -> Plan:
    """The plan in which a step also depends on another, which must not need it."""
    return _replaced(plan, {step_id: _waiting(plan.step(step_id), on)}, before={})


def with_dependency(plan: Plan, step_id: str, first: Step) -> Plan:
    """The plan with a new step, on which an existing one depends."""
    return _replaced(plan, {step_id: _waiting(plan.step(step_id), first.id)}, before={step_id: first})


def with_compensations(plan: Plan, steps: Sequence[str]) -> tuple[Plan, tuple[str, ...]]:
    """The plan with one step more for each of these, which undoes it; each waits for the one before. And their ids."""
    added: list[Step] = []
    for step_id in steps:
        done = plan.step(step_id)
        undo = Step(
            id=fresh_id(plan, f"undo-{step_id}"),
            agent=done.compensate or "",
            type=StepType.COMPENSATION,
            description=f"Undo step {step_id}, whose request does not go through: {done.description}"[:4096],
            constraints=done.constraints,
            quantities=done.quantities,
            depends_on=(step_id, *(each.id for each in added[-1:])),
            optional=True,
            timeout_ms=done.timeout_ms,
        )
        added.append(undo)
        plan = replace(plan, steps=(*plan.steps, undo))
    return plan, tuple(each.id for each in added)


def _waiting(step: Step, on: str) -> Step:
    return step if on in step.depends_on else replace(step, depends_on=(*step.depends_on, on))


def _replaced(plan: Plan, changed: Mapping[str, Step], before: Mapping[str, Step]) -> Plan:
    """The plan with changed steps, and new ones before those that wait for them; in an order that keeps to the old."""
    steps: list[Step] = []
    for step in plan.steps:
        if step.id in before:
            steps.append(before[step.id])
        steps.append(changed.get(step.id, step))
    return replace(plan, steps=_sorted(steps))


def _sorted(steps: Sequence[Step]) -> tuple[Step, ...]:
    """Each after those it depends on; otherwise as they were."""
    placed: dict[str, Step] = {}
    waiting = list(steps)
    while waiting:
        step = next(each for each in waiting if all(name in placed for name in each.depends_on))
        placed[step.id] = step
        waiting.remove(step)
    return tuple(placed.values())
