"""Open sagas are bounded: one too many is told when to come back, and nothing that was accepted is ever refused."""

from __future__ import annotations

import json
from uuid import UUID, uuid4

import pytest
from creatorflow.bus import OutgoingMessage
from creatorflow_contracts import topology

from tests.unit.shell.orchestrator_in_memory import AGENT, House

STEP: dict[str, object] = {"id": "schema", "agent": AGENT, "description": "make it"}
CHILD: dict[str, object] = {"id": "parts", "request": "make the parts", "plan": {"steps": [STEP]}}
ASKER = "amq.gen-asker"


def problems(house: House) -> list[dict[str, object]]:
    return [json.loads(each.body) for each in house.bus.sent if each.type == "problem.v1"]


def submit(house: House, saga_id: UUID, reply_to: str | None = ASKER, **fields: object) -> None:
    body: dict[str, object] = {"contract": "request-submitted.v1", "correlation_id": str(saga_id), "request": "make it"}
    body = body | {"plan": {"steps": [STEP]}} | fields
    house.deliver(topology.SUBMIT_QUEUE, body, topology.submit_key(), reply_to=reply_to)


@pytest.fixture
async def full(house: House) -> House:
    """A house with room for two, and both are there."""
    house.admission._at_most = 2
    house.submit(STEP)
    house.submit(STEP)
    await house.settle()
    return house


async def test_a_request_beyond_the_limit_gets_a_retry_delay_and_is_not_kept(full: House) -> None:
    refused = uuid4()
    submit(full, refused)
    await full.settle()
    (problem,) = problems(full)
    assert problem["code"] == "OVERLOADED"
    assert problem["correlation_id"] == str(refused)
    assert 5_000 <= int(str(problem["retry_after_ms"])) <= 15_000
    assert full.quarantined() == []
    assert full.query("SELECT id FROM saga WHERE id = ?", refused.hex) == []


async def test_a_refused_request_without_a_reply_address_is_quarantined(full: House) -> None:
    submit(full, uuid4(), reply_to=None)
    await full.settle()
    assert full.quarantined() == [("request", "OVERLOADED")]


async def test_the_limit_holds_within_one_batch(house: House) -> None:
    house.admission._at_most = 2
    for _ in range(5):
        submit(house, uuid4())
    await house.settle()
    assert len(problems(house)) == 3


async def test_when_a_saga_ends_another_request_is_accepted(full: House) -> None:
    full.answer(full.result(full.bus.tasks()[0]))
    await full.settle()
    accepted = uuid4()
    submit(full, accepted)
    await full.settle()
    assert full.status(accepted) == "running"


async def test_a_resubmitted_request_of_an_accepted_saga_is_not_refused(full: House) -> None:
    accepted = UUID(str(full.bus.tasks()[0]["correlation_id"]))
    body: dict[str, object] = {"contract": "request-submitted.v1", "correlation_id": str(accepted)}
    full.deliver(
        topology.SUBMIT_QUEUE,
        body | {"request": "make it", "plan": {"steps": [STEP]}},
        topology.submit_key(),
        reply_to=ASKER,
    )
    await full.settle()
    full.answer(full.result(full.bus.tasks()[0]))
    await full.settle()
    assert problems(full) == []
    assert [each.type for each in full.bus.sent if each.routing_key == ASKER] == ["synthesized-result.v1"]


async def test_child_requests_dry_runs_and_commands_are_accepted_at_the_limit(full: House) -> None:
    full.admission._at_most = 3
    parent = full.submit(CHILD)
    await full.settle()
    (sent,) = [each for each in full.bus.sent if each.type == "request-submitted.v1"]
    full.deliver(topology.SUBMIT_QUEUE, sent.body, topology.submit_key())
    submit(full, dry := uuid4(), dry_run=True)
    await full.settle()  # a child whose parent has ended is not begun
    cancel: dict[str, object] = {"contract": "cancel-request.v1", "correlation_id": str(parent)}
    full.deliver(topology.COMMANDS_QUEUE, cancel, topology.command_key("cancel"), reply_to=ASKER)
    await full.settle()
    assert problems(full) == []
    assert full.status(child_of(sent)) == "running"
    assert full.status(dry) == "completed"
    assert full.status(parent) == "cancelled"


async def test_the_count_is_corrected_from_the_store(full: House) -> None:
    """As after a restart, or where another replica has ended what this one began."""
    full.admission._open = 0
    await full.admission.read()
    submit(full, uuid4())
    await full.settle()
    assert len(problems(full)) == 1


def child_of(sent: OutgoingMessage) -> UUID:
    return UUID(json.loads(sent.body)["correlation_id"])
