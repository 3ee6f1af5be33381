"""Sender checks: messages between a parent and its child are accepted only from the orchestrator's own user, and an
agent's messages from no user that is known to be another's."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID, uuid4

import pytest
from creatorflow_contracts import topology
from creatorflow_orchestrator.shell.messaging.intake import Intake

from tests.unit.shell.orchestrator_in_memory import AGENT, InMemoryOrchestrator

CHILD: dict[str, object] = {"id": "child", "plan": {"steps": [{"id": "schema", "agent": AGENT}]}}
STEP: dict[str, object] = {"id": "schema", "agent": AGENT}


@pytest.fixture
def protected(orchestrator: InMemoryOrchestrator) -> InMemoryOrchestrator:
    """Provide an orchestrator with a user of its own."""
    orchestrator.intake = Intake(orchestrator.bus, orchestrator.work_queue, "orchestrator")
    return orchestrator


async def waiting_parent(orchestrator: InMemoryOrchestrator) -> tuple[Any, dict[str, Any]]:
    """Return a parent that waits for its child, and the child's request."""
    parent = orchestrator.submit(CHILD)
    await orchestrator.process_all()
    return parent, json.loads(
        next(message.body for message in orchestrator.bus.sent if message.type == "request-submitted.v1")
    )


def child_result(request: dict[str, Any]) -> dict[str, object]:
    parent = request["parent"]
    return {
        "contract": "agent-result.v1",
        "task_id": parent["task_id"],
        "correlation_id": parent["correlation_id"],
        "agent": "saga",
        "instance": parent["task_id"],
        "attempt": parent["attempt"],
        "success": True,
        "output": {"summary": "forged"},
    }


@pytest.mark.parametrize("user", ["client", AGENT, "my-agent", "guest", None])
async def test_only_the_orchestrators_user_can_start_a_child(protected: InMemoryOrchestrator, user: str | None) -> None:
    _, request = await waiting_parent(protected)
    protected.deliver(topology.SUBMIT_QUEUE, request, topology.submit_key(), user_id=user)
    await protected.process_all()
    assert protected.quarantined() == [("request", "SENDER_NOT_ALLOWED")]
    protected.deliver(topology.SUBMIT_QUEUE, request, topology.submit_key(), user_id="orchestrator")
    await protected.process_all()
    assert protected.status(request["correlation_id"]) == "running"


@pytest.mark.parametrize("user", ["client", "my-agent", None])
@pytest.mark.parametrize("readable", [True, False])
async def test_only_the_orchestrators_user_can_answer_for_a_child(
    protected: InMemoryOrchestrator, user: str | None, readable: bool
) -> None:
    parent, request = await waiting_parent(protected)
    body = json.dumps(child_result(request)).encode()
    sent = body if readable else body[:-5]
    protected.deliver(topology.RESULTS_QUEUE, sent, topology.SAGA_RESULT_KEY, user_id=user)
    await protected.process_all()
    assert len(protected.quarantined()) == 1
    assert protected.status(parent) == "running"
    assert protected.events(parent)[-1] == "step_dispatched"


async def test_only_the_orchestrators_user_can_cancel_a_child(protected: InMemoryOrchestrator) -> None:
    parent, request = await waiting_parent(protected)
    protected.deliver(topology.SUBMIT_QUEUE, request, topology.submit_key(), user_id="orchestrator")
    await protected.process_all()
    stop = {"contract": "cancel-request.v1", "correlation_id": request["correlation_id"], "parent": str(parent)}
    protected.deliver(topology.COMMANDS_QUEUE, stop, topology.command_key("cancel"), user_id="client")
    await protected.process_all()
    assert protected.status(request["correlation_id"]) == "running"
    assert protected.quarantined() == [("command", "SENDER_NOT_ALLOWED")]


@pytest.mark.parametrize("user", ["client", "ui-ux-specialist"])
@pytest.mark.parametrize("readable", [True, False])
async def test_only_an_agents_own_user_can_answer_for_it(
    protected: InMemoryOrchestrator, user: str, readable: bool
) -> None:
    saga_id = protected.submit(STEP)
    await protected.process_all()
    body = json.dumps(protected.result_for(protected.bus.tasks()[-1])).encode()
    protected.deliver_result(body if readable else body[:-5], user_id=user)
    await protected.process_all()
    assert len(protected.quarantined()) == 1
    assert protected.events(saga_id)[-1] == "step_dispatched"


async def test_a_shared_user_name_proves_nothing(orchestrator: InMemoryOrchestrator) -> None:
    orchestrator.intake = Intake(orchestrator.bus, orchestrator.work_queue, "guest")
    _, request = await waiting_parent(orchestrator)
    orchestrator.deliver(topology.SUBMIT_QUEUE, request, topology.submit_key(), user_id="guest")
    await orchestrator.process_all()
    orchestrator.deliver_result(orchestrator.result_for(orchestrator.bus.tasks()[-1]), user_id="guest")
    await orchestrator.process_all()
    assert orchestrator.status(request["correlation_id"]) == "completed"
    assert orchestrator.quarantined() == []


async def test_a_clients_own_request_is_accepted_from_any_user(protected: InMemoryOrchestrator) -> None:
    saga_id = str(uuid4())
    body: dict[str, object] = {
        "contract": "request-submitted.v1",
        "correlation_id": saga_id,
        "request": "a schema for orders",
    }
    protected.deliver(topology.SUBMIT_QUEUE, body, topology.submit_key(), user_id="client")
    await protected.process_all()
    assert protected.status(UUID(saga_id)) == "running"
