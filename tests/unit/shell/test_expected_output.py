"""A result that is not what its step asked for is that attempt's `validation_error`."""

from __future__ import annotations

import json

from .orchestrator_in_memory import AGENT, House

SCHEMA = {"properties": {"data": {"required": ["rows"], "properties": {"rows": {"type": "integer"}}}}}
STEP: dict[str, object] = {"id": "schema", "agent": AGENT, "description": "make it", "expected_output": SCHEMA}


def answer(house: House, task: dict[str, object], rows: object) -> None:
    house.answer(json.dumps(house.result(task) | {"output": {"data": {"rows": rows}}}).encode())


async def test_a_result_that_violates_the_schema_fails_its_attempt_with_the_violations(house: House) -> None:
    saga_id = house.submit(STEP)
    await house.settle()
    answer(house, house.bus.tasks()[-1], "a secret")
    await house.settle()
    assert house.events(saga_id)[-3:] == ["attempt_failed", "recovery_decided", "step_dispatched"]
    (failure,) = house.query("SELECT data FROM history WHERE event = 'attempt_failed'")[0]
    assert json.loads(str(failure))["data"]["details"] == ["$.data.rows: must be of type integer"]
    assert "a secret" not in str(failure)
    assert house.bus.tasks()[-1]["constraints"] == ["The last answer was refused: $.data.rows: must be of type integer"]
    assert house.quarantined() == []


async def test_a_result_that_meets_the_schema_counts(house: House) -> None:
    saga_id = house.submit(STEP)
    await house.settle()
    answer(house, house.bus.tasks()[-1], 3)
    await house.settle()
    assert house.events(saga_id)[-1] == "completed"


async def test_a_duplicate_invalid_result_changes_nothing(house: House) -> None:
    saga_id = house.submit(STEP)
    await house.settle()
    for _ in range(2):
        answer(house, house.bus.tasks()[0], "text")
        await house.settle()
    assert house.events(saga_id).count("attempt_failed") == 1


async def test_a_plan_with_an_unusable_schema_is_refused_with_the_name_of_its_step(house: House) -> None:
    house.submit(STEP | {"expected_output": {"$ref": "https://elsewhere/schema"}})
    await house.settle()
    assert house.quarantined() == [("request", "PLAN_INVALID")]
    assert "step schema" in str(house.query("SELECT message FROM quarantine")[0][0])
