"""What a person says of a step is done and answered with the state, or refused with the reason."""

from __future__ import annotations

import json
from uuid import UUID, uuid4

import pytest
from creatorflow_contracts import topology

from .orchestrator_in_memory import AGENT, House

ASKER = "amq.gen-asker"
SCHEMA = {"properties": {"data": {"required": ["rows"]}}}
STEP: dict[str, object] = {"id": "schema", "agent": AGENT, "description": "make it", "expected_output": SCHEMA}
AFTER: dict[str, object] = {"id": "after", "agent": "ui-ux-specialist", "depends_on": ["schema"]}


async def parked(house: House) -> UUID:
    """A saga whose step has failed for good, and rests."""
    saga_id = house.submit(STEP, AFTER, on_failure="park")
    await house.settle()
    error = {"type": "permanent", "message": "never"}
    house.answer(house.result(house.bus.tasks()[-1], success=False, output={}, error=error))
    await house.settle()
    assert house.events(saga_id)[-1] == "step_parked"
    return saga_id


async def say(house: House, saga_id: UUID, **fields: object) -> dict[str, object]:
    body = {"contract": "step-command.v1", "correlation_id": str(saga_id), "step": "schema"} | fields
    house.deliver(topology.COMMANDS_QUEUE, body, topology.command_key("step"), reply_to=ASKER)
    await house.settle()
    answer: dict[str, object] = json.loads([each for each in house.bus.sent if each.routing_key == ASKER][-1].body)
    return answer


async def test_a_parked_step_is_retried_by_the_named_agent(house: House) -> None:
    saga_id = await parked(house)
    answer = await say(house, saga_id, action="retry", agent="order-workflow-specialist")
    assert answer["ask"] == "state"
    assert house.bus.tasks()[-1]["agent"] == "order-workflow-specialist"


async def test_a_parked_step_is_skipped(house: House) -> None:
    saga_id = await parked(house)
    assert (await say(house, saga_id, action="skip", reason="not needed"))["ask"] == "state"
    assert "step_skipped" in house.events(saga_id)


async def test_a_parked_step_is_completed_with_an_output_and_the_next_begins(house: House) -> None:
    saga_id = await parked(house)
    await say(house, saga_id, action="complete", output={"data": {"rows": 1}, "decisions": {"id_type": "uuid"}})
    task = house.bus.tasks()[-1]
    assert task["step"] == "after"
    assert json.loads(json.dumps(task["context"]))["shared_state"]["id_type"]["value"] == "uuid"
    assert house.status(saga_id) == "running"


async def test_the_decisions_of_a_manually_completed_child_step_count_as_its_requests(house: House) -> None:
    child: dict[str, object] = {"id": "schema", "plan": {"steps": [{"id": "part", "agent": AGENT}]}}
    saga_id = house.submit(child, AFTER)
    await house.settle()
    answer = await say(house, saga_id, action="complete", output={"decisions": {"id_type": "uuid"}})
    assert answer["ask"] == "state"
    assert house.quarantined() == []
    task = house.bus.tasks()[-1]
    assert task["step"] == "after"
    assert json.loads(json.dumps(task["context"]))["shared_state"]["id_type"] == {"value": "uuid", "by": "saga"}


async def test_a_redelivered_command_is_answered_with_the_state_and_retries_nothing(
    house: House,
) -> None:
    saga_id, command = await parked(house), {"action": "retry", "id": str(uuid4())}
    assert (await say(house, saga_id, **command))["ask"] == "state"
    error = {"type": "permanent", "message": "never"}
    house.answer(house.result(house.bus.tasks()[-1], success=False, output={}, error=error))
    await house.settle()
    tasks = len(house.bus.tasks())
    answer = await say(house, saga_id, **command)
    assert (answer["ask"], len(house.bus.tasks())) == ("state", tasks)
    assert house.events(saga_id)[-1] == "step_parked"
    assert house.quarantined() == []
    assert (await say(house, saga_id, **command | {"id": str(uuid4())}))["ask"] == "state"
    assert len(house.bus.tasks()) == tasks + 1, "another command of the same words is another try"


REFUSED: dict[str, tuple[dict[str, object], str]] = {
    "an unknown step": ({"step": "nothing", "action": "skip"}, "STEP_UNKNOWN"),
    "a step that has nothing to retry": ({"step": "after", "action": "retry"}, "STEP_SETTLED"),
    "an unknown agent": ({"action": "retry", "agent": "nobody-at-all"}, "FIELD_INVALID"),
    "no output": ({"action": "complete"}, "FIELD_INVALID"),
    "an output that is not what was asked for": ({"action": "complete", "output": {"data": {}}}, "FIELD_INVALID"),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_an_impossible_command_is_refused_and_the_step_stays_parked(house: House, name: str) -> None:
    said, code = REFUSED[name]
    saga_id = await parked(house)
    answer = await say(house, saga_id, **said)
    assert (answer["contract"], answer["code"]) == ("problem.v1", code)
    assert answer["hint"]
    assert house.events(saga_id)[-1] == "step_parked"
    assert house.quarantined() == [], "who sent it was told"


async def test_a_step_of_an_unknown_saga_is_refused(house: House) -> None:
    answer = await say(house, uuid4(), action="skip")
    assert answer["code"] == "UNKNOWN_SAGA"
