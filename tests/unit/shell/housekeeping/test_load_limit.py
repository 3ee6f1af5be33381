"""Open sagas are bounded: a request beyond the limit gets a retry delay, and no accepted request is ever refused."""

from __future__ import annotations

import json
from uuid import UUID, uuid4

import pytest
from creatorflow.bus import OutgoingMessage
from creatorflow_contracts import topology

from tests.unit.shell.orchestrator_in_memory import AGENT, InMemoryOrchestrator

STEP: dict[str, object] = {"id": "schema", "agent": AGENT, "description": "make it"}
CHILD: dict[str, object] = {"id": "parts", "request": "make the parts", "plan": {"steps": [STEP]}}
ASKER = "amq.gen-asker"


def problems(orchestrator: InMemoryOrchestrator) -> list[dict[str, object]]:
    return [json.loads(message.body) for message in orchestrator.bus.sent if message.type == "problem.v1"]


def submit(orchestrator: InMemoryOrchestrator, saga_id: UUID, reply_to: str | None = ASKER, **fields: object) -> None:
    body: dict[str, object] = {"contract": "request-submitted.v1", "correlation_id": str(saga_id), "request": "make it"}
    body = body | {"plan": {"steps": [STEP]}} | fields
    orchestrator.deliver(topology.SUBMIT_QUEUE, body, topology.submit_key(), reply_to=reply_to)


@pytest.fixture
async def full(orchestrator: InMemoryOrchestrator) -> InMemoryOrchestrator:
    """Provide an orchestrator with a limit of two open sagas, both taken."""
    orchestrator.load_limit._at_most = 2
    orchestrator.submit(STEP)
    orchestrator.submit(STEP)
    await orchestrator.process_all()
    return orchestrator


async def test_a_request_beyond_the_limit_gets_a_retry_delay_and_is_not_kept(full: InMemoryOrchestrator) -> None:
    refused = uuid4()
    submit(full, refused)
    await full.process_all()
    (problem,) = problems(full)
    assert problem["code"] == "OVERLOADED"
    assert problem["correlation_id"] == str(refused)
    assert 5_000 <= int(str(problem["retry_after_ms"])) <= 15_000
    assert full.quarantined() == []
    assert full.query("SELECT id FROM saga WHERE id = ?", refused.hex) == []


async def test_a_refused_request_without_a_reply_address_is_quarantined(full: InMemoryOrchestrator) -> None:
    submit(full, uuid4(), reply_to=None)
    await full.process_all()
    assert full.quarantined() == [("request", "OVERLOADED")]


async def test_the_limit_holds_within_one_batch(orchestrator: InMemoryOrchestrator) -> None:
    orchestrator.load_limit._at_most = 2
    for _ in range(5):
        submit(orchestrator, uuid4())
    await orchestrator.process_all()
    assert len(problems(orchestrator)) == 3


async def test_when_a_saga_ends_another_request_is_accepted(full: InMemoryOrchestrator) -> None:
    full.deliver_result(full.result_for(full.bus.tasks()[0]))
    await full.process_all()
    accepted = uuid4()
    submit(full, accepted)
    await full.process_all()
    assert full.status(accepted) == "running"


async def test_a_resubmitted_request_of_an_accepted_saga_is_not_refused(full: InMemoryOrchestrator) -> None:
    accepted = UUID(str(full.bus.tasks()[0]["correlation_id"]))
    body: dict[str, object] = {"contract": "request-submitted.v1", "correlation_id": str(accepted)}
    full.deliver(
        topology.SUBMIT_QUEUE,
        body | {"request": "make it", "plan": {"steps": [STEP]}},
        topology.submit_key(),
        reply_to=ASKER,
    )
    await full.process_all()
    full.deliver_result(full.result_for(full.bus.tasks()[0]))
    await full.process_all()
    assert problems(full) == []
    assert [message.type for message in full.bus.sent if message.routing_key == ASKER] == ["synthesized-result.v1"]


async def test_child_requests_dry_runs_and_commands_are_accepted_at_the_limit(full: InMemoryOrchestrator) -> None:
    full.load_limit._at_most = 3
    parent = full.submit(CHILD)
    await full.process_all()
    (sent,) = [message for message in full.bus.sent if message.type == "request-submitted.v1"]
    full.deliver(topology.SUBMIT_QUEUE, sent.body, topology.submit_key())
    submit(full, dry := uuid4(), dry_run=True)
    await full.process_all()  # a child whose parent has ended is not started
    cancel: dict[str, object] = {"contract": "cancel-request.v1", "correlation_id": str(parent)}
    full.deliver(topology.COMMANDS_QUEUE, cancel, topology.command_key("cancel"), reply_to=ASKER)
    await full.process_all()
    assert problems(full) == []
    assert full.status(child_of(sent)) == "running"
    assert full.status(dry) == "completed"
    assert full.status(parent) == "cancelled"


async def test_the_count_is_corrected_from_the_store(full: InMemoryOrchestrator) -> None:
    """The count differs after a restart, or after another replica has ended a saga that this one began."""
    full.load_limit._open = 0
    await full.load_limit.read()
    submit(full, uuid4())
    await full.process_all()
    assert len(problems(full)) == 1


def child_of(sent: OutgoingMessage) -> UUID:
    return UUID(json.loads(sent.body)["correlation_id"])
