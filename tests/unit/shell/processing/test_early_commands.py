"""A cancel that precedes its request is kept; without a request it is refused after a while."""

from __future__ import annotations

import json
from uuid import UUID, uuid4

import pytest
from creatorflow_contracts import topology
from creatorflow_orchestrator.shell.processing import early_commands, worker

from tests.unit.shell.orchestrator_in_memory import AGENT, InMemoryOrchestrator
from tests.waiting import in_time

STEP: dict[str, object] = {"id": "schema", "agent": AGENT, "description": "make it"}


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "EARLY_RETRY_S", 0.01)


def cancel(orchestrator: InMemoryOrchestrator, saga_id: UUID, reply_to: str = "mine") -> int:
    body: dict[str, object] = {
        "contract": "cancel-request.v1",
        "correlation_id": str(saga_id),
        "reason": "changed my mind",
    }
    return orchestrator.deliver(topology.COMMANDS_QUEUE, body, topology.command_key("cancel"), reply_to=reply_to)


async def process_next(orchestrator: InMemoryOrchestrator) -> None:
    """Process the next batch, which starts by itself and checks the waiting commands again."""
    await orchestrator.worker.process(await in_time(orchestrator.work_queue.take()))
    await orchestrator.worker._follow_ups.finish()


async def test_a_cancel_that_overtakes_its_request_counts_when_the_request_arrives(
    orchestrator: InMemoryOrchestrator,
) -> None:
    saga_id = uuid4()
    tag = cancel(orchestrator, saga_id)
    await process_next(orchestrator)
    assert tag not in orchestrator.channel.acked
    orchestrator.submit(STEP, correlation_id=str(saga_id))
    while tag not in orchestrator.channel.acked:
        await process_next(orchestrator)
    assert orchestrator.status(saga_id) == "cancelled"
    assert orchestrator.quarantined() == []
    assert [message.type for message in orchestrator.bus.sent if message.routing_key == "mine"] == ["query-answer.v1"]


async def test_a_cancel_in_one_batch_with_its_request_counts(orchestrator: InMemoryOrchestrator) -> None:
    saga_id = orchestrator.submit(STEP)
    tag = cancel(orchestrator, saga_id)
    while tag not in orchestrator.channel.acked:
        await process_next(orchestrator)
    assert orchestrator.status(saga_id) == "cancelled"


async def test_a_cancel_without_a_request_is_refused_after_a_while(
    orchestrator: InMemoryOrchestrator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(early_commands, "PATIENCE_S", 0.05)
    tag = cancel(orchestrator, uuid4())
    while tag not in orchestrator.channel.acked:
        await process_next(orchestrator)
    (problem,) = [json.loads(message.body) for message in orchestrator.bus.sent if message.routing_key == "mine"]
    assert problem["code"] == "UNKNOWN_SAGA"
    assert orchestrator.quarantined() == [], "the sender got a reply"


async def test_only_a_few_cancels_may_wait_so_that_unknown_ids_delay_nobody(orchestrator: InMemoryOrchestrator) -> None:
    tags = [cancel(orchestrator, uuid4(), reply_to="") for _ in range(early_commands.AT_MOST + 5)]
    await process_next(orchestrator)
    assert len([tag for tag in tags if tag not in orchestrator.channel.acked]) == early_commands.AT_MOST
    assert orchestrator.quarantined() == [("command", "UNKNOWN_SAGA")] * 5


async def test_a_waiting_cancel_of_a_lost_channel_frees_its_place(orchestrator: InMemoryOrchestrator) -> None:
    first = [cancel(orchestrator, uuid4()) for _ in range(early_commands.AT_MOST)]
    await process_next(orchestrator)
    orchestrator.channel.lost.update(first)
    tag = cancel(orchestrator, uuid4())
    await process_next(orchestrator)
    assert tag not in orchestrator.channel.acked
    assert orchestrator.quarantined() == []
