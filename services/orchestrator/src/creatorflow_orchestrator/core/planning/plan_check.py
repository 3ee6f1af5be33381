"""The check that a plan can run; reports all findings at once, by the names of the steps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from creatorflow_orchestrator.core.errors import Refusal
from creatorflow_orchestrator.core.expressions.evaluate import ExpressionError, check
from creatorflow_orchestrator.core.graph import in_order, reach
from creatorflow_orchestrator.core.plan import Card, Loop, Plan

MAX_STEPS = 200
MAX_LOOP_ITERATIONS = 50
_MAX_REPORTED = 10  # findings in one message


def check_plan(plan: Plan, cards: Sequence[Card]) -> None:
    """Raise Refusal unless the plan can run: PLAN_TOO_LARGE, or PLAN_INVALID, whose message names the steps.

    Child plans are checked with it, and their steps count.
    """
    size = _size(plan)
    if size > MAX_STEPS:
        raise Refusal(
            "PLAN_TOO_LARGE", f"the plan has {size} steps, at most {MAX_STEPS} are allowed", "plan.steps", "Split it."
        )
    findings = list(_findings(plan, frozenset(card.name for card in cards), _known_decision_keys(cards)))
    if findings:
        more = f" (and {len(findings) - _MAX_REPORTED} more)" if len(findings) > _MAX_REPORTED else ""
        raise Refusal("PLAN_INVALID", "; ".join(findings[:_MAX_REPORTED]) + more, "plan.steps", _hint(cards))


def _size(plan: Plan) -> int:
    return len(plan.steps) + sum(_size(step.plan) for step in plan.steps if step.plan)


def _known_decision_keys(cards: Sequence[Card]) -> frozenset[str]:
    """Return the decision keys that an agent decides or owns."""
    return frozenset(
        key
        for card in cards
        for keys in (card.owns, *(capability.decides for capability in card.capabilities))
        for key in keys
    )


def _hint(cards: Sequence[Card]) -> str:
    return "Correct the named steps. Available agents: " + ", ".join(card.name for card in cards)


def _findings(plan: Plan, agents: frozenset[str], keys: frozenset[str]) -> Iterator[str]:
    if not plan.steps:
        yield "the plan has no steps"
    ids = Counter(step.id for step in plan.steps)
    yield from (f"{count} steps are called {step_id}" for step_id, count in ids.items() if count > 1)
    yield from _wrong_workers(plan, agents)
    yield from _wrong_edges(plan, frozenset(ids))
    yield from _wrong_guards(plan, frozenset(ids), keys)
    for loop in plan.loops:
        yield from _wrong_loop(plan, loop, frozenset(ids), keys)
    yield from _shared_by_loops(plan.loops)
    for step in plan.steps:
        if step.plan:
            yield from (f"in the plan of {step.id}: {finding}" for finding in _findings(step.plan, agents, keys))


def _wrong_workers(plan: Plan, agents: frozenset[str]) -> Iterator[str]:
    for step in plan.steps:
        child = step.request is not None or step.plan is not None
        if step.agent and child:
            yield f"step {step.id} has an agent and a child request; it can have one of them"
        elif not step.agent and not child:
            yield f"step {step.id} has neither an agent nor a child request"
        elif step.request is not None and not step.request.strip():
            yield f"step {step.id} has a child request without text"
        elif step.agent and step.agent not in agents:
            yield f"step {step.id} names an agent that is not known"
        if step.compensate and step.compensate not in agents:
            yield f"step {step.id} is to be compensated by an agent that is not known"
        if not all(0 <= position < len(plan.requirements) for position in step.requirements):
            yield f"step {step.id} points to a requirement that the plan does not have"


def _wrong_edges(plan: Plan, ids: frozenset[str]) -> Iterator[str]:
    for step in plan.steps:
        if step.id in step.depends_on:
            yield f"step {step.id} depends on itself"
        if not ids.issuperset(step.depends_on):
            yield f"step {step.id} depends on a step that does not exist"
    after = {step.id: [name for name in step.depends_on if name in ids and name != step.id] for step in plan.steps}
    cycle = sorted(step_id for step_id in set(after) - set(in_order(after)) if step_id in reach(after, step_id))
    if cycle:
        yield f"steps {', '.join(cycle)} depend on each other in a circle"


def _wrong_guards(plan: Plan, ids: frozenset[str], keys: frozenset[str]) -> Iterator[str]:
    after = {step.id: step.depends_on for step in plan.steps}
    for step in plan.steps:
        if step.when is not None:
            earlier = reach(after, step.id).intersection(ids) - {step.id}
            yield from _wrong_expression(f"the guard of step {step.id}", step.when, _outputs(plan, earlier), keys)


def _wrong_loop(plan: Plan, loop: Loop, ids: frozenset[str], keys: frozenset[str]) -> Iterator[str]:
    name = f"the loop over {', '.join(loop.steps) or 'nothing'}"
    if not loop.steps or not ids.issuperset(loop.steps):
        yield f"{name} names a step that does not exist"
        return
    if not 1 <= loop.limit <= MAX_LOOP_ITERATIONS:
        yield f"{name} has a limit that is not between 1 and {MAX_LOOP_ITERATIONS}"
    after = {step.id: step.depends_on for step in plan.steps}
    earlier = frozenset().union(*(reach(after, step) for step in loop.steps)) & ids
    readable = _outputs(plan, earlier | frozenset(loop.steps))
    yield from _wrong_expression(f"the check of {name}", loop.until, readable, keys)
    outside = sorted(name for name in earlier - set(loop.steps) if reach(after, name).intersection(loop.steps))
    if outside:
        yield f"{name} waits for {', '.join(outside)}, which waits for the loop to end"


def _shared_by_loops(loops: Iterable[Loop]) -> Iterator[str]:
    counted = Counter(step_id for loop in loops for step_id in set(loop.steps))
    yield from (f"step {step_id} is in {count} loops" for step_id, count in counted.items() if count > 1)


def _outputs(plan: Plan, names: frozenset[str]) -> dict[str, Mapping[str, Any] | None]:
    """Map the named steps to the schema of their output, `None` if none is declared."""
    return {step.id: step.schema for step in plan.steps if step.id in names}


def _wrong_expression(
    what: str, expression: str, steps: Mapping[str, Mapping[str, Any] | None], keys: frozenset[str]
) -> Iterator[str]:
    try:
        check(expression, steps, keys)
    except ExpressionError as error:
        yield f"{what}: {error}"
