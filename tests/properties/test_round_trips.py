"""Round trips between wire, core and store lose nothing, field by field."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from creatorflow_contracts.v1.card import AgentCard
from creatorflow_contracts.v1.reading import Reading as WireReading
from creatorflow_contracts.v1.request import MAX_DEPTH, PlanSpec, Repeat, RequestSubmitted, StepSpec
from creatorflow_contracts.v1.request import Parent as WireParent
from creatorflow_contracts.v1.work import AgentError, AgentResult, AgentTask
from creatorflow_orchestrator.core.plan import Concern, Loop, Pattern, Plan, Quantity, Step, StepType
from creatorflow_orchestrator.core.request import Reading
from creatorflow_orchestrator.core.state.commands import DispatchTask
from creatorflow_orchestrator.core.state.events import TaskFailed, TaskSucceeded
from creatorflow_orchestrator.core.state.saga_state import Attempt, Definition, Parent, PendingEnd, Saga, StepState
from creatorflow_orchestrator.shell.batch.saga_codec import SagaRecord, decode, encode
from creatorflow_orchestrator.translate.context import Outputs
from creatorflow_orchestrator.translate.definitions import (
    child_request,
    request_digest,
    to_definition,
    to_plan,
    to_spec,
)
from creatorflow_orchestrator.translate.reading import reading_data, to_wire
from creatorflow_orchestrator.translate.tasks import result_event, to_card, to_task
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from .field_strategies import JSON, WORDS, Strategy, default_of, optional_fields, whole

NOW = datetime(2026, 6, 1, tzinfo=UTC)
DERIVED: dict[str, Any] = {"quantities": (), "sections": (), "concern": Concern()}
"""Fields of a step that a user's plan never has, and their values there: numbers are read from its texts again; the
sections and what concerns the step are planned."""


@st.composite
def plans(draw: st.DrawFn, levels: int = 1) -> Plan:
    """Draw plans as users send them, with every field of a step and of a loop that is not derived."""
    inner = st.none() | plans(levels - 1) if levels else st.none()
    derived: dict[str, Strategy] = {name: st.just(value) for name, value in DERIVED.items()}
    kinds = st.sampled_from([kind for kind in StepType if kind is not StepType.COMPENSATION])
    ids = draw(st.lists(WORDS, min_size=1, max_size=3, unique=True))
    texts = [draw(st.lists(WORDS, max_size=2, unique=True)) for _ in ids]
    known = tuple(dict.fromkeys(text for step in texts for text in step))
    drawn = [
        draw(
            whole(
                Step,
                id=st.just(name),
                type=kinds,
                plan=inner,
                schema=st.none() | st.dictionaries(WORDS, JSON, max_size=3),
                requirements=st.just(tuple(known.index(text) for text in own)),
                **derived,
            )
        )
        for name, own in zip(ids, texts, strict=True)
    ]
    loops = draw(st.lists(whole(Loop, steps=st.just(tuple(ids))), max_size=1))
    return Plan(Pattern.PARALLEL, tuple(drawn), known, tuple(loops))


def without_names(plan: Plan) -> Plan:
    """Return the plan without its step names, which follow from the steps."""
    steps = (
        step if step.plan is None else dataclasses.replace(step, plan=without_names(step.plan)) for step in plan.steps
    )
    return dataclasses.replace(plan, pattern=Pattern.PARALLEL, steps=tuple(steps))


SPECS = st.builds(
    PlanSpec,
    steps=st.lists(
        whole(StepSpec, description=WORDS, timeout_ms=st.integers(1, 9), plan=st.none()), min_size=1, max_size=3
    ).map(tuple),
    loops=st.lists(whole(Repeat, steps=st.just(("a",))), max_size=2).map(tuple),
)
STATES = whole(SagaRecord)
CARDS = whole(AgentCard, accepts=st.just((1, 2)))
READINGS = whole(Reading)
DEFINITIONS = whole(Definition, plan=plans(), dry_run=st.just(False))


@given(plans())
def test_a_plan_survives_the_round_trip_to_the_wire(plan: Plan) -> None:
    spec = PlanSpec.model_validate_json(to_spec(plan).model_dump_json())
    assert without_names(to_plan(spec, ())) == plan


@given(SPECS)
def test_a_users_plan_survives_the_round_trip_to_the_core(spec: PlanSpec) -> None:
    assert to_spec(to_plan(spec, ())) == spec


@given(STATES)
def test_a_saga_survives_the_round_trip_to_the_store(record: SagaRecord) -> None:
    assert decode(encode(record)) == record


@given(DEFINITIONS, st.integers(1, 9), st.uuids())
def test_a_child_request_survives_the_round_trip(asked: Definition, attempt: int, attempt_id: UUID) -> None:
    step = asked.plan.steps[0]
    asked = dataclasses.replace(asked, parent=None, submitted_at=NOW, deadline=NOW + timedelta(hours=1))
    saga = Saga(attempt_id, asked, {})
    message = RequestSubmitted.model_validate_json(child_request(saga, step.id, attempt_id, attempt).to_json())
    requirements = tuple(asked.plan.requirements[position] for position in step.requirements)
    own: dict[str, Any] = {
        "request": step.request or step.description,
        "digest": request_digest(message),
        "plan": asked.plan,
        "parent": Parent(saga.id, attempt_id, step.id, attempt, 1, requirements),
        "constraints": tuple(dict.fromkeys((*asked.constraints, *step.constraints))),
        "owners": {},
        "reading": None,
    }
    shallow = dataclasses.replace(asked.plan, steps=())
    assert to_definition(message, shallow, (), NOW) == dataclasses.replace(asked, **own | {"plan": shallow})
    assert (message.plan is None) == (step.plan is None)


@given(st.lists(whole(Quantity), max_size=3).map(tuple))
def test_every_field_of_a_quantity_is_on_the_wire(quantities: tuple[Quantity, ...]) -> None:
    step = Step("a", "b", StepType.PRIMARY, "c", quantities=quantities)
    asked = Definition("r", "", Plan(Pattern.PARALLEL, (step,)), NOW, NOW)
    saga = Saga(UUID(int=1), asked, {"a": StepState("a", Attempt("b", 1))})
    task = to_task(saga, DispatchTask("a", "b", UUID(int=2), 1, 1, 1000, NOW), Outputs())
    task = AgentTask.model_validate_json(task.to_json())
    assert [Quantity(**quantity.model_dump()) for quantity in task.quantities] == list(quantities)


@given(READINGS)
def test_every_field_of_a_reading_is_on_the_wire(reading: Reading) -> None:
    values = dataclasses.asdict(reading)
    for ask in values["asks"]:
        ask["domains"] = tuple(ask["domains"])  # a domain has its rank on the wire, and no score
    assert to_wire(reading).model_dump() == values | {"omitted": 0}


@given(READINGS)
def test_the_data_of_a_reading_is_the_wires_without_defaults(reading: Reading) -> None:
    assert WireReading.model_validate_json(json.dumps(reading_data(reading))) == to_wire(reading)


@given(CARDS)
def test_every_field_of_a_card_reaches_the_core(card: AgentCard) -> None:
    announced = card.model_dump(exclude={"accepts"})  # which versions it reads is the sender's concern
    known = dataclasses.asdict(to_card(card))
    del known["shipped"]  # known by the name, not announced
    assert json.loads(json.dumps(known)) == json.loads(json.dumps(announced))


@given(whole(AgentResult, error=st.none() | whole(AgentError, type=st.sampled_from(["timeout", "permanent"]))))
def test_every_field_of_a_result_reaches_the_core(result: AgentResult) -> None:
    event = result_event(result, NOW, 0.5)
    assert (event.task_id, event.agent) == (result.task_id, result.agent)
    if isinstance(event, TaskSucceeded):
        spent = result.metadata.prompt_tokens + result.metadata.completion_tokens
        assert (event.output, event.instance, event.execution_time_ms) == (
            result.output,
            result.instance,
            result.execution_time_ms,
        )
        assert event.tokens == spent
    elif result.error is not None:
        assert isinstance(event, TaskFailed)
        failure = dataclasses.asdict(event.failure)
        assert {"type": failure.pop("kind"), **failure, "details": ()} == result.error.model_dump() | {"details": ()}


COVERED: list[tuple[type, Strategy]] = [
    (Step, plans().map(lambda plan: plan.steps[0])),
    (StepSpec, SPECS.map(lambda spec: spec.steps[0])),
    (SagaRecord, STATES),
    (Saga, STATES.map(lambda record: record.saga)),
    (Definition, STATES.map(lambda record: record.saga.definition)),
    (Reading, READINGS),
    (Concern, whole(Concern)),
    (StepState, whole(StepState)),
    (Attempt, whole(Attempt)),
    (Parent, whole(Parent)),
    (PendingEnd, whole(PendingEnd)),
    (AgentCard, CARDS),
    (WireParent, whole(WireParent, depth=st.integers(1, MAX_DEPTH))),
]
NOT_DRAWN = {(Step, derived) for derived in DERIVED} | {(StepSpec, "plan")}
"""Not drawn, besides derived fields: the children of a user's plan are drawn as plans of the core."""
FIELDS = [
    (kind, name, strategy)
    for kind, strategy in COVERED
    for name in optional_fields(kind)
    if (kind, name) not in NOT_DRAWN
]


@pytest.mark.parametrize(
    ("kind", "name", "strategy"), FIELDS, ids=[f"{kind.__name__}.{name}" for kind, name, _ in FIELDS]
)
def test_some_example_has_a_value_other_than_the_default(kind: type, name: str, strategy: Strategy) -> None:
    find(
        strategy,
        lambda value: getattr(value, name) != default_of(kind, name),
        settings=settings(max_examples=500, phases=[Phase.generate], database=None),
    )
