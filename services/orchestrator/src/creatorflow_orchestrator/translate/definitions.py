"""Translates requests and plans from the wire to the core and, for a child request, back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from creatorflow_contracts.v1.request import MAX_DEPTH, PlanSpec, RequestSubmitted, StepSpec
from creatorflow_contracts.v1.request import Parent as WireParent
from creatorflow_contracts.validation_errors import explain
from pydantic import ValidationError

from creatorflow_orchestrator.core.errors import Refusal
from creatorflow_orchestrator.core.plan import Card, Loop, Pattern, Plan, Quantity, Step, StepType
from creatorflow_orchestrator.core.planning.target_figures import quantities_in
from creatorflow_orchestrator.core.request import Reading
from creatorflow_orchestrator.core.state.saga_state import Definition, OnFailure, Parent, Saga

DEFAULT_DEADLINE = timedelta(hours=24)
MAX_DEADLINE = timedelta(days=7)
MAX_CONSTRAINTS = 200
"""Constraints of one request; a child's are its parent's, then its step's."""
MAX_MEASURED = 64 * 1024
"""Characters of a client's plan that are searched for quantities; the same bound as for the text of a request."""


def request_digest(message: RequestSubmitted) -> str:
    """Digest the content of a submission without its id: two submissions under one id are the same if it is equal.

    Default values are left out, so that a later release with another optional field computes the same digest.
    """
    content = message.model_dump_json(exclude={"correlation_id", "parent"}, exclude_defaults=True)
    return hashlib.blake2b(content.encode(), digest_size=16).hexdigest()


def to_deadline(message: RequestSubmitted, at: datetime) -> datetime:
    """Return the deadline of the request. Raises `Refusal` for one that is past, or more than 7 days ahead."""
    if message.deadline is None:
        return at + DEFAULT_DEADLINE
    if message.deadline <= at:
        raise Refusal("DEADLINE_PAST", "the deadline has passed", "deadline", "Give a deadline in the future, or none.")
    if message.deadline > at + MAX_DEADLINE:
        raise Refusal("DEADLINE_TOO_FAR", "the deadline is more than 7 days ahead", "deadline", "Give a nearer one.")
    return message.deadline


def to_definition(
    message: RequestSubmitted, plan: Plan, cards: Sequence[Card], at: datetime, reading: Reading | None = None
) -> Definition:
    """Return the definition of a saga, which is written once; `reading` is that of a request without a plan.

    Raises `Refusal` for an invalid deadline, a forged parent, and child requests that nest too deep.
    """
    _check_nesting(message, plan)
    return Definition(
        request=message.request,
        digest=request_digest(message),
        plan=plan,
        submitted_at=at,
        deadline=to_deadline(message, at),
        dry_run=message.dry_run,
        parent=None if message.parent is None else _to_parent(message.parent),
        tags=dict(message.tags),
        constraints=message.constraints,
        owners={key: card.name for card in cards for key in card.owns},
        on_failure=OnFailure(message.on_failure),
        reading=reading,
    )


def is_attempt(message: RequestSubmitted) -> bool:
    """True if a request that names a parent is its child: a child saga has the id of the attempt that it answers."""
    return message.parent is not None and message.parent.task_id == message.correlation_id


def _check_nesting(message: RequestSubmitted, plan: Plan) -> None:
    if message.parent is not None and not is_attempt(message):
        text = "a child's request id is the id of its parent's attempt"
        raise Refusal("PROPERTY_MISMATCH", text, "parent.task_id", "Leave out the parent; only a plan makes children.")
    if generations(plan) > generations_left(message):
        raise Refusal("PLAN_INVALID", f"child requests nest deeper than {MAX_DEPTH}", "plan", "Flatten the plan.")


def generations_left(message: RequestSubmitted) -> int:
    """Return the number of generations of children that a request may still have; it may be a child itself."""
    return MAX_DEPTH - (message.parent.depth if message.parent else 0)


def generations(plan: Plan) -> int:
    """Count the generations of child requests in the plan, as far as they are known."""
    children = [step for step in plan.steps if step.request or step.plan]
    return max((1 + (generations(child.plan) if child.plan else 0) for child in children), default=0)


def _to_parent(wire: WireParent) -> Parent:
    return Parent(wire.correlation_id, wire.task_id, wire.step, wire.attempt, wire.depth, wire.requirements)


def to_plan(spec: PlanSpec, cards: Sequence[Card], limits: Sequence[str] = ()) -> Plan:
    """Translate a client's plan; `limits` are the constraints of its request, whose quantities every step is given.

    The planner's `check_plan` checks its graph. Raises `Refusal` for a child plan that is not a plan.
    """
    timeouts = {card.name: card.default_timeout_ms for card in cards}
    requirements = dict.fromkeys(text for step in spec.steps for text in step.requirements)
    positions = {text: position for position, text in enumerate(requirements)}  # of up to 40,000
    quantities = _quantities_by_text(
        (*limits, *requirements, *(line for step in spec.steps for line in step.constraints))
    )
    steps = tuple(_to_step(step, positions, timeouts, cards, limits, quantities) for step in spec.steps)
    loops = tuple(Loop(loop.steps, loop.until, loop.limit) for loop in spec.loops)
    return Plan(_pattern(spec), steps, tuple(requirements), loops)


def _quantities_by_text(texts: Iterable[str]) -> dict[str, tuple[Quantity, ...]]:
    """Map texts to their quantities; only the first `MAX_MEASURED` characters of a plan are searched."""
    quantities_of: dict[str, tuple[Quantity, ...]] = {}
    remaining = MAX_MEASURED
    for text in dict.fromkeys(texts):
        remaining -= len(text)
        if remaining < 0:
            break
        quantities_of[text] = quantities_in(text)
    return quantities_of


def _to_step(
    spec: StepSpec,
    positions: dict[str, int],
    timeouts: dict[str, int],
    cards: Sequence[Card],
    limits: Sequence[str],
    quantities: Mapping[str, tuple[Quantity, ...]],
) -> Step:
    texts = (*spec.requirements, *spec.constraints, *limits)
    return Step(
        id=spec.id,
        agent=spec.agent or "",
        type=StepType(spec.type),
        description=spec.description or spec.request or "",
        requirements=tuple(positions[text] for text in spec.requirements),
        constraints=spec.constraints,
        quantities=tuple(dict.fromkeys(quantity for text in texts for quantity in quantities.get(text, ()))),
        depends_on=spec.depends_on,
        when=spec.when,
        request=spec.request,
        plan=None if spec.plan is None else to_plan(_child_spec(spec), cards, limits),
        optional=spec.optional,
        timeout_ms=spec.timeout_ms or timeouts.get(spec.agent or "", 120_000),
        schema=spec.expected_output,
        compensate=spec.compensate,
    )


def _child_spec(spec: StepSpec) -> PlanSpec:
    plan = spec.plan or {}
    try:
        return PlanSpec.model_validate_json(json.dumps(plan))
    except ValidationError as error:
        where = explain(error, plan, PlanSpec).where
        raise Refusal(
            "PLAN_INVALID", f"the child plan of step {spec.id} is not a plan", f"{spec.id}.plan.{where}", "Correct it."
        ) from error


def _pattern(spec: PlanSpec) -> Pattern:
    """Name the pattern of a client's plan by its most specific feature."""
    if any(step.request or step.plan for step in spec.steps):
        return Pattern.HIERARCHICAL
    if spec.loops:
        return Pattern.ITERATIVE
    if any(step.when for step in spec.steps):
        return Pattern.CONDITIONAL
    return Pattern.SEQUENTIAL if any(step.depends_on for step in spec.steps) else Pattern.PARALLEL


def child_request(saga: Saga, step_id: str, task_id: UUID, attempt: int) -> RequestSubmitted:
    """Return the child request of a step without an agent. Raises `Refusal` when children would nest too deep."""
    step = saga.plan.step(step_id)
    depth = saga.definition.parent.depth + 1 if saga.definition.parent else 1
    if depth > MAX_DEPTH:
        raise Refusal("PLAN_INVALID", f"child requests nest deeper than {MAX_DEPTH}", step_id, "Flatten the plan.")
    return RequestSubmitted(
        correlation_id=task_id,
        request=next(
            text for text in (step.request, step.description, saga.definition.request) if text and text.strip()
        ),
        plan=None if step.plan is None else to_spec(step.plan),
        constraints=tuple(dict.fromkeys((*saga.definition.constraints, *step.constraints)))[:MAX_CONSTRAINTS],
        deadline=saga.definition.deadline,
        tags=dict(saga.definition.tags),
        on_failure=saga.definition.on_failure.value,
        parent=WireParent(
            correlation_id=saga.id,
            task_id=task_id,
            step=step_id,
            attempt=attempt,
            depth=depth,
            requirements=tuple(saga.plan.requirements[requirement] for requirement in step.requirements),
        ),
    )


def to_spec(plan: Plan) -> PlanSpec:
    """Translate a plan to the wire, with its child plans."""
    steps = tuple(
        StepSpec(
            id=step.id,
            agent=step.agent or None,
            type=step.type.value,  # type: ignore[arg-type]  # a client's plan has no compensations
            description=step.description,
            requirements=tuple(plan.requirements[requirement] for requirement in step.requirements),
            constraints=step.constraints,
            depends_on=step.depends_on,
            when=step.when,
            request=step.request,
            plan=None if step.plan is None else json.loads(to_spec(step.plan).model_dump_json(exclude_none=True)),
            optional=step.optional,
            timeout_ms=step.timeout_ms,
            expected_output=None if step.schema is None else dict(step.schema),
            compensate=step.compensate,
        )
        for step in plan.steps
    )
    return PlanSpec.model_validate(
        {
            "steps": steps,
            "loops": tuple({"steps": loop.steps, "until": loop.until, "limit": loop.limit} for loop in plan.loops),
        }
    )
