"""A cancel that comes before its request is not lost; one of a request that never comes is refused after a while."""

from __future__ import annotations

import json
from uuid import UUID, uuid4

import pytest
from creatorflow_contracts import topology
from creatorflow_orchestrator.shell.processing import early_commands, worker

from tests.waiting import in_time

from .orchestrator_in_memory import AGENT, House

STEP: dict[str, object] = {"id": "schema", "agent": AGENT, "description": "make it"}


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "EARLY_RETRY_S", 0.01)


def cancel(house: House, saga_id: UUID, reply_to: str = "mine") -> int:
    body: dict[str, object] = {
        "contract": "cancel-request.v1",
        "correlation_id": str(saga_id),
        "reason": "changed my mind",
    }
    return house.deliver(topology.COMMANDS_QUEUE, body, topology.command_key("cancel"), reply_to=reply_to)


async def look(house: House) -> None:
    """Run the next batch, which comes by itself: what waits is looked at again."""
    await house.worker.process(await in_time(house.inbox.take()))
    await house.worker._follow_ups.finish()


async def test_a_cancel_that_overtakes_its_request_counts_when_the_request_arrives(house: House) -> None:
    saga_id = uuid4()
    tag = cancel(house, saga_id)
    await look(house)
    assert tag not in house.channel.acked
    house.submit(STEP, correlation_id=str(saga_id))
    while tag not in house.channel.acked:
        await look(house)
    assert house.status(saga_id) == "cancelled"
    assert house.quarantined() == []
    assert [each.type for each in house.bus.sent if each.routing_key == "mine"] == ["query-answer.v1"]


async def test_a_cancel_in_one_batch_with_its_request_counts(house: House) -> None:
    saga_id = house.submit(STEP)
    tag = cancel(house, saga_id)
    while tag not in house.channel.acked:
        await look(house)
    assert house.status(saga_id) == "cancelled"


async def test_a_cancel_without_a_request_is_refused_after_a_while(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(early_commands, "PATIENCE_S", 0.05)
    tag = cancel(house, uuid4())
    while tag not in house.channel.acked:
        await look(house)
    (problem,) = [json.loads(each.body) for each in house.bus.sent if each.routing_key == "mine"]
    assert problem["code"] == "UNKNOWN_SAGA"
    assert house.quarantined() == [], "who sent it was told"


async def test_only_a_few_cancels_may_wait_so_that_unknown_ids_delay_nobody(house: House) -> None:
    tags = [cancel(house, uuid4(), reply_to="") for _ in range(early_commands.AT_MOST + 5)]
    await look(house)
    assert len([tag for tag in tags if tag not in house.channel.acked]) == early_commands.AT_MOST
    assert house.quarantined() == [("command", "UNKNOWN_SAGA")] * 5


async def test_a_waiting_cancel_of_a_lost_channel_frees_its_place(house: House) -> None:
    first = [cancel(house, uuid4()) for _ in range(early_commands.AT_MOST)]
    await look(house)
    house.channel.lost.update(first)
    tag = cancel(house, uuid4())
    await look(house)
    assert tag not in house.channel.acked
    assert house.quarantined() == []
