"""Step commands are carried out and answered with the state, or refused with the reason."""

from __future__ import annotations

import json
from uuid import UUID, uuid4

import pytest
from creatorflow_contracts import topology

from tests.unit.shell.orchestrator_in_memory import AGENT, InMemoryOrchestrator

ASKER = "amq.gen-asker"
SCHEMA = {"properties": {"data": {"required": ["rows"]}}}
STEP: dict[str, object] = {"id": "schema", "agent": AGENT, "description": "make it", "expected_output": SCHEMA}
AFTER: dict[str, object] = {"id": "after", "agent": "ui-ux-specialist", "depends_on": ["schema"]}


async def parked(orchestrator: InMemoryOrchestrator) -> UUID:
    """Return a saga with a permanently failed, parked step."""
    saga_id = orchestrator.submit(STEP, AFTER, on_failure="park")
    await orchestrator.process_all()
    error = {"type": "permanent", "message": "never"}
    orchestrator.deliver_result(
        orchestrator.result_for(orchestrator.bus.tasks()[-1], success=False, output={}, error=error)
    )
    await orchestrator.process_all()
    assert orchestrator.events(saga_id)[-1] == "step_parked"
    return saga_id


async def send_command(orchestrator: InMemoryOrchestrator, saga_id: UUID, **fields: object) -> dict[str, object]:
    body = {"contract": "step-command.v1", "correlation_id": str(saga_id), "step": "schema"} | fields
    orchestrator.deliver(topology.COMMANDS_QUEUE, body, topology.command_key("step"), reply_to=ASKER)
    await orchestrator.process_all()
    answer: dict[str, object] = json.loads(
        [message for message in orchestrator.bus.sent if message.routing_key == ASKER][-1].body
    )
    return answer


async def test_a_parked_step_is_retried_by_the_named_agent(orchestrator: InMemoryOrchestrator) -> None:
    saga_id = await parked(orchestrator)
    answer = await send_command(orchestrator, saga_id, action="retry", agent="order-workflow-specialist")
    assert answer["ask"] == "state"
    assert orchestrator.bus.tasks()[-1]["agent"] == "order-workflow-specialist"


async def test_a_parked_step_is_skipped(orchestrator: InMemoryOrchestrator) -> None:
    saga_id = await parked(orchestrator)
    assert (await send_command(orchestrator, saga_id, action="skip", reason="not needed"))["ask"] == "state"
    assert "step_skipped" in orchestrator.events(saga_id)


async def test_a_parked_step_is_completed_with_an_output_and_the_next_begins(
    orchestrator: InMemoryOrchestrator,
) -> None:
    saga_id = await parked(orchestrator)
    await send_command(
        orchestrator, saga_id, action="complete", output={"data": {"rows": 1}, "decisions": {"id_type": "uuid"}}
    )
    task = orchestrator.bus.tasks()[-1]
    assert task["step"] == "after"
    assert json.loads(json.dumps(task["context"]))["shared_state"]["id_type"]["value"] == "uuid"
    assert orchestrator.status(saga_id) == "running"


async def test_the_decisions_of_a_manually_completed_child_step_count_as_its_requests(
    orchestrator: InMemoryOrchestrator,
) -> None:
    child: dict[str, object] = {"id": "schema", "plan": {"steps": [{"id": "part", "agent": AGENT}]}}
    saga_id = orchestrator.submit(child, AFTER)
    await orchestrator.process_all()
    answer = await send_command(orchestrator, saga_id, action="complete", output={"decisions": {"id_type": "uuid"}})
    assert answer["ask"] == "state"
    assert orchestrator.quarantined() == []
    task = orchestrator.bus.tasks()[-1]
    assert task["step"] == "after"
    assert json.loads(json.dumps(task["context"]))["shared_state"]["id_type"] == {"value": "uuid", "by": "saga"}


async def test_a_redelivered_command_is_answered_with_the_state_and_retries_nothing(
    orchestrator: InMemoryOrchestrator,
) -> None:
    saga_id, command = await parked(orchestrator), {"action": "retry", "id": str(uuid4())}
    assert (await send_command(orchestrator, saga_id, **command))["ask"] == "state"
    error = {"type": "permanent", "message": "never"}
    orchestrator.deliver_result(
        orchestrator.result_for(orchestrator.bus.tasks()[-1], success=False, output={}, error=error)
    )
    await orchestrator.process_all()
    tasks = len(orchestrator.bus.tasks())
    answer = await send_command(orchestrator, saga_id, **command)
    assert (answer["ask"], len(orchestrator.bus.tasks())) == ("state", tasks)
    assert orchestrator.events(saga_id)[-1] == "step_parked"
    assert orchestrator.quarantined() == []
    assert (await send_command(orchestrator, saga_id, **command | {"id": str(uuid4())}))["ask"] == "state"
    assert len(orchestrator.bus.tasks()) == tasks + 1, "another command of the same words is another try"


REFUSED: dict[str, tuple[dict[str, object], str]] = {
    "an unknown step": ({"step": "nothing", "action": "skip"}, "STEP_UNKNOWN"),
    "a step that has nothing to retry": ({"step": "after", "action": "retry"}, "STEP_SETTLED"),
    "an unknown agent": ({"action": "retry", "agent": "nobody-at-all"}, "FIELD_INVALID"),
    "no output": ({"action": "complete"}, "FIELD_INVALID"),
    "an output that is not what was asked for": ({"action": "complete", "output": {"data": {}}}, "FIELD_INVALID"),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_an_impossible_command_is_refused_and_the_step_stays_parked(
    orchestrator: InMemoryOrchestrator, name: str
) -> None:
    fields, code = REFUSED[name]
    saga_id = await parked(orchestrator)
    answer = await send_command(orchestrator, saga_id, **fields)
    assert (answer["contract"], answer["code"]) == ("problem.v1", code)
    assert answer["hint"]
    assert orchestrator.events(saga_id)[-1] == "step_parked"
    assert orchestrator.quarantined() == [], "the sender got a reply"


async def test_a_step_of_an_unknown_saga_is_refused(orchestrator: InMemoryOrchestrator) -> None:
    answer = await send_command(orchestrator, uuid4(), action="skip")
    assert answer["code"] == "UNKNOWN_SAGA"
