"""Who says it: what a parent and its child tell each other is taken from the orchestrator's own user alone, and an
agent's word from nobody who is known to be somebody else."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID, uuid4

import pytest
from creatorflow_contracts import topology
from creatorflow_orchestrator.shell.messaging.intake import Intake

from .orchestrator_in_memory import AGENT, House

CHILD: dict[str, object] = {"id": "child", "plan": {"steps": [{"id": "schema", "agent": AGENT}]}}
STEP: dict[str, object] = {"id": "schema", "agent": AGENT}


@pytest.fixture
def known(house: House) -> House:
    """An orchestrator with a user of its own."""
    house.intake = Intake(house.bus, house.inbox, "orchestrator")
    return house


async def asked_for_a_child(house: House) -> tuple[Any, dict[str, Any]]:
    """A parent that waits for its child, and the child's request."""
    parent = house.submit(CHILD)
    await house.settle()
    return parent, json.loads(next(each.body for each in house.bus.sent if each.type == "request-submitted.v1"))


def childs_answer(request: dict[str, Any]) -> dict[str, object]:
    order = request["parent"]
    return {
        "contract": "agent-result.v1",
        "task_id": order["task_id"],
        "correlation_id": order["correlation_id"],
        "agent": "saga",
        "instance": order["task_id"],
        "attempt": order["attempt"],
        "success": True,
        "output": {"summary": "forged"},
    }


@pytest.mark.parametrize("user", ["client", AGENT, "my-agent", "guest", None])
async def test_only_the_orchestrators_user_can_start_a_child(known: House, user: str | None) -> None:
    _, request = await asked_for_a_child(known)
    known.deliver(topology.SUBMIT_QUEUE, request, topology.submit_key(), user_id=user)
    await known.settle()
    assert known.quarantined() == [("request", "SENDER_NOT_ALLOWED")]
    known.deliver(topology.SUBMIT_QUEUE, request, topology.submit_key(), user_id="orchestrator")
    await known.settle()
    assert known.status(request["correlation_id"]) == "running"


@pytest.mark.parametrize("user", ["client", "my-agent", None])
@pytest.mark.parametrize("readable", [True, False])
async def test_only_the_orchestrators_user_can_answer_for_a_child(
    known: House, user: str | None, readable: bool
) -> None:
    parent, request = await asked_for_a_child(known)
    body = json.dumps(childs_answer(request)).encode()
    sent = body if readable else body[:-5]
    known.deliver(topology.RESULTS_QUEUE, sent, topology.SAGA_RESULT_KEY, user_id=user)
    await known.settle()
    assert len(known.quarantined()) == 1
    assert known.status(parent) == "running"
    assert known.events(parent)[-1] == "step_dispatched"


async def test_only_the_orchestrators_user_can_cancel_a_child(known: House) -> None:
    parent, request = await asked_for_a_child(known)
    known.deliver(topology.SUBMIT_QUEUE, request, topology.submit_key(), user_id="orchestrator")
    await known.settle()
    stop = {"contract": "cancel-request.v1", "correlation_id": request["correlation_id"], "parent": str(parent)}
    known.deliver(topology.COMMANDS_QUEUE, stop, topology.command_key("cancel"), user_id="client")
    await known.settle()
    assert known.status(request["correlation_id"]) == "running"
    assert known.quarantined() == [("command", "SENDER_NOT_ALLOWED")]


@pytest.mark.parametrize("user", ["client", "ui-ux-specialist"])
@pytest.mark.parametrize("readable", [True, False])
async def test_only_an_agents_own_user_can_answer_for_it(known: House, user: str, readable: bool) -> None:
    saga_id = known.submit(STEP)
    await known.settle()
    body = json.dumps(known.result(known.bus.tasks()[-1])).encode()
    known.answer(body if readable else body[:-5], user_id=user)
    await known.settle()
    assert len(known.quarantined()) == 1
    assert known.events(saga_id)[-1] == "step_dispatched"


async def test_a_shared_user_name_proves_nothing(house: House) -> None:
    house.intake = Intake(house.bus, house.inbox, "guest")
    _, request = await asked_for_a_child(house)
    house.deliver(topology.SUBMIT_QUEUE, request, topology.submit_key(), user_id="guest")
    await house.settle()
    house.answer(house.result(house.bus.tasks()[-1]), user_id="guest")
    await house.settle()
    assert house.status(request["correlation_id"]) == "completed"
    assert house.quarantined() == []


async def test_a_clients_own_request_is_accepted_from_any_user(known: House) -> None:
    saga_id = str(uuid4())
    body: dict[str, object] = {
        "contract": "request-submitted.v1",
        "correlation_id": saga_id,
        "request": "a schema for orders",
    }
    known.deliver(topology.SUBMIT_QUEUE, body, topology.submit_key(), user_id="client")
    await known.settle()
    assert known.status(UUID(saga_id)) == "running"
