"""Changes of a plan while it runs: a step before another, and steps that undo. The result is a valid plan again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from creatorflow_orchestrator.core.graph import reach
from creatorflow_orchestrator.core.plan import Plan, Step, StepType

MAX_ID = 64


def fresh_id(plan: Plan, wanted: str) -> str:
    """Return a step id that the plan does not have: the wanted one, or that with a number."""
    taken = {step.id for step in plan.steps}
    wanted = wanted[:MAX_ID].rstrip("-_")
    if wanted not in taken:
        return wanted
    number = next(suffix for suffix in range(2, len(taken) + 3) if _numbered(wanted, suffix) not in taken)
    return _numbered(wanted, number)


def _numbered(wanted: str, number: int) -> str:
    return f"{wanted[: MAX_ID - 5].rstrip('-_')}-{number}"


def needs(plan: Plan, step_id: str) -> frozenset[str]:
    """Return every step that must end before this one: its dependencies, and all steps of a loop it waits for."""
    after: dict[str, tuple[str, ...]] = {step.id: step.depends_on for step in plan.steps}
    for loop in plan.loops:
        group = set(loop.steps)
        entry = tuple({dependency for name in loop.steps for dependency in after[name]} - group)
        for step in plan.steps:
            if step.id not in group and group.intersection(step.depends_on):
                after[step.id] = (*after[step.id], *loop.steps)
            elif step.id in group:  # an iteration begins when all dependencies of the group have ended
                after[step.id] = (*after[step.id], *entry)
    return reach(after, step_id)


def with_edge(plan: Plan, step_id: str, on: str) -> Plan:
    """Return the plan in which a step also depends on another, which must not depend on it."""
    return _replaced(plan, {step_id: _waiting(plan.step(step_id), on)}, before={})


def with_dependency(plan: Plan, step_id: str, first: Step) -> Plan:
    """Return the plan with a new step, on which an existing one depends."""
    return _replaced(plan, {step_id: _waiting(plan.step(step_id), first.id)}, before={step_id: first})


def with_compensations(plan: Plan, steps: Sequence[str]) -> tuple[Plan, tuple[str, ...]]:
    """Return the plan with a compensation for each of these steps, in this order one after the other, and their ids."""
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
            depends_on=(step_id, *(previous.id for previous in added[-1:])),
            optional=True,
            timeout_ms=done.timeout_ms,
        )
        added.append(undo)
        plan = replace(plan, steps=(*plan.steps, undo))
    return plan, tuple(undo.id for undo in added)


def _waiting(step: Step, on: str) -> Step:
    return step if on in step.depends_on else replace(step, depends_on=(*step.depends_on, on))


def _replaced(plan: Plan, changed: Mapping[str, Step], before: Mapping[str, Step]) -> Plan:
    """Return the plan with changed steps, and new ones before their dependents; otherwise in the old order."""
    steps: list[Step] = []
    for step in plan.steps:
        if step.id in before:
            steps.append(before[step.id])
        steps.append(changed.get(step.id, step))
    return replace(plan, steps=_sorted(steps))


def _sorted(steps: Sequence[Step]) -> tuple[Step, ...]:
    """Sort the steps topologically; otherwise keep their order."""
    placed: dict[str, Step] = {}
    waiting = list(steps)
    while waiting:
        step = next(ready for ready in waiting if all(name in placed for name in ready.depends_on))
        placed[step.id] = step
        waiting.remove(step)
    return tuple(placed.values())
