"""A result that violates its step's expected output is a `validation_error` of its attempt."""

from __future__ import annotations

import json

from tests.unit.shell.orchestrator_in_memory import AGENT, InMemoryOrchestrator

SCHEMA = {"properties": {"data": {"required": ["rows"], "properties": {"rows": {"type": "integer"}}}}}
STEP: dict[str, object] = {"id": "schema", "agent": AGENT, "description": "make it", "expected_output": SCHEMA}


def answer(orchestrator: InMemoryOrchestrator, task: dict[str, object], rows: object) -> None:
    orchestrator.deliver_result(
        json.dumps(orchestrator.result_for(task) | {"output": {"data": {"rows": rows}}}).encode()
    )


async def test_a_result_that_violates_the_schema_fails_its_attempt_with_the_violations(
    orchestrator: InMemoryOrchestrator,
) -> None:
    saga_id = orchestrator.submit(STEP)
    await orchestrator.process_all()
    answer(orchestrator, orchestrator.bus.tasks()[-1], "a secret")
    await orchestrator.process_all()
    assert orchestrator.events(saga_id)[-3:] == ["attempt_failed", "recovery_decided", "step_dispatched"]
    (failure,) = orchestrator.query("SELECT data FROM history WHERE event = 'attempt_failed'")[0]
    assert json.loads(str(failure))["data"]["details"] == ["$.data.rows: must be of type integer"]
    assert "a secret" not in str(failure)
    assert orchestrator.bus.tasks()[-1]["constraints"] == [
        "The last answer was refused: $.data.rows: must be of type integer"
    ]
    assert orchestrator.quarantined() == []


async def test_a_result_that_meets_the_schema_counts(orchestrator: InMemoryOrchestrator) -> None:
    saga_id = orchestrator.submit(STEP)
    await orchestrator.process_all()
    answer(orchestrator, orchestrator.bus.tasks()[-1], 3)
    await orchestrator.process_all()
    assert orchestrator.events(saga_id)[-1] == "completed"


async def test_a_duplicate_invalid_result_changes_nothing(orchestrator: InMemoryOrchestrator) -> None:
    saga_id = orchestrator.submit(STEP)
    await orchestrator.process_all()
    for _ in range(2):
        answer(orchestrator, orchestrator.bus.tasks()[0], "text")
        await orchestrator.process_all()
    assert orchestrator.events(saga_id).count("attempt_failed") == 1


async def test_a_plan_with_an_unusable_schema_is_refused_with_the_name_of_its_step(
    orchestrator: InMemoryOrchestrator,
) -> None:
    orchestrator.submit(STEP | {"expected_output": {"$ref": "https://elsewhere/schema"}})
    await orchestrator.process_all()
    assert orchestrator.quarantined() == [("request", "PLAN_INVALID")]
    assert "step schema" in str(orchestrator.query("SELECT message FROM quarantine")[0][0])
