from __future__ import annotations

from creatorflow_orchestrator.core.state.saga_state import Decision
from creatorflow_orchestrator.core.synthesis.synthesis_values import (
    Conflict,
    ConflictKind,
    Position,
    Source,
    StepOutput,
)

from tests.unit.synthesis_builders import DATABASE, ORDERS, SHIPPING, final_saga, step, synthesis_of

STEPS = (step("tables", DATABASE), step("states", ORDERS), step("labels", SHIPPING))
BY_TABLES, BY_STATES, BY_LABELS = (Source(planned.agent, planned.id) for planned in STEPS)
OWNERS = {"id_type": DATABASE, "time_zone": "nobody-here-specialist"}


def decided(**by_step: dict[str, str]) -> dict[str, StepOutput]:
    return {name: StepOutput(decisions=decisions) for name, decisions in by_step.items()}


def test_agents_that_agree_cause_no_conflict() -> None:
    outputs = decided(tables={"id_type": "uuid"}, states={"id_type": " UUID"})
    result = synthesis_of(final_saga(*STEPS, decisions={"id_type": "uuid"}), outputs, OWNERS)
    assert result.conflicts == ()
    assert result.decisions["id_type"].value == "uuid"


def test_the_owner_of_a_key_resolves_a_conflict_though_another_value_was_in_force() -> None:
    outputs = decided(tables={"id_type": "uuid"}, states={"id_type": "bigint"})
    result = synthesis_of(final_saga(*STEPS, decisions={"id_type": "bigint"}), outputs, OWNERS)
    positions = (Position("uuid", BY_TABLES), Position("bigint", BY_STATES))
    assert result.conflicts == (Conflict("id_type", ConflictKind.DECISION, positions, "uuid", DATABASE),)
    assert result.decisions["id_type"] == Decision("uuid", DATABASE)


def test_a_conflict_without_its_owner_stays_open_and_the_value_in_force_stays() -> None:
    outputs = decided(states={"time_zone": "UTC"}, labels={"time_zone": "Europe/Paris"})
    result = synthesis_of(final_saga(*STEPS, decisions={"time_zone": "Europe/Paris"}), outputs, OWNERS)
    (conflict,) = result.conflicts
    assert (conflict.resolution, conflict.resolved_by) == (None, None)
    assert result.decisions["time_zone"].value == "Europe/Paris"


def test_an_owner_with_two_different_decisions_resolves_nothing() -> None:
    again = step("indexes", DATABASE)
    outputs = decided(tables={"id_type": "uuid"}, indexes={"id_type": "bigint"})
    (conflict,) = synthesis_of(final_saga(STEPS[0], again), outputs, OWNERS).conflicts
    assert conflict.resolution is None


def test_an_outdated_decision_yields_to_the_current_outputs() -> None:
    outputs = decided(states={"retry_budget": "3"}, labels={"retry_budget": "3"})
    result = synthesis_of(final_saga(*STEPS, decisions={"retry_budget": "9", "event_names": "dotted"}), outputs)
    assert {key: decision.value for key, decision in result.decisions.items()} == {
        "retry_budget": "3",
        "event_names": "dotted",
    }


def test_keys_are_ordered_by_plan_and_then_alphabetically() -> None:
    outputs = decided(labels={"b": "1", "a": "1"}, tables={"z": "1", "y": "1"})
    assert list(synthesis_of(final_saga(*STEPS, decisions={"d": "1", "c": "1"}), outputs).decisions) == [
        "y",
        "z",
        "a",
        "b",
        "c",
        "d",
    ]
